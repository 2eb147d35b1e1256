"""The C twin: the same memory as numba's kernels, the same structs, the forms it claims."""

import os
import subprocess
from pathlib import Path

import pytest

from strategies import AS_COMPILED, Strategy, every, structs
from strategies.code import code_hash
from strategies.facts import Counts, facts
from strategies.native import build
from strategies.native.build import compile_kernels, flags_of
from strategies.native.compilers import PACKAGES, Compiler, compilers, missing
from tests.twins import CASES, pair_of

REQUESTS = 2_000  # for each form and compiler; 100_000 take half a minute
EPISODE = 250  # requests on one queue
RINGS = (8, 64, 256)
FORMS = {
    "flat_array": (AS_COMPILED, "mask"),
    "chained_scatterlist": (AS_COMPILED, "branch", "select", "outofline"),
    "sg_ring": (AS_COMPILED, "outofline", "mask"),
}
# A descriptor's loads and stores as gcc 12 makes them. A forced add_desc loads ``num_free`` twice.
ACCESSES = {"flat_array": (7, 3), "chained_scatterlist": (9, 3), "sg_ring": (10, 4)}
MADE = [s for s in every() if s.axes]  # each of its values has a twin
TWINS = [s for s in every() if build.has_twin(s.name)]
SHARED = ("kick", "get_buf")
VARIANTS = [(name, form) for name, forms in FORMS.items() for form in forms]
FOUND = compilers()


@pytest.fixture(params=PACKAGES)
def compiler(request: pytest.FixtureRequest) -> Compiler:
    """Give each compiler in turn; skip what this system lacks."""
    if request.param not in FOUND:
        pytest.skip(missing(FOUND))
    return FOUND[request.param]


@pytest.mark.parametrize(("name", "form"), VARIANTS)
def test_memory_is_what_numba_leaves(name: str, form: str, compiler: Compiler) -> None:
    """Queue, tokens, ring, list memory and words are the same, byte by byte, after every call."""
    reached: set[str] = set()
    for episode in range(-(-REQUESTS // EPISODE)):
        pair = pair_of(name, form, compiler, RINGS[episode % len(RINGS)], episode)
        steps = (pair.kick, pair.complete, pair.get)
        for _ in range(EPISODE):
            pair.add()
            for step in pair.draw.choices(steps, k=pair.draw.randint(0, 4)):
                step()
            if pair.draw.random() < 0.02:
                pair.refuse()
        reached |= pair.reached
    assert reached == CASES


@pytest.mark.parametrize("strategy", MADE, ids=lambda strategy: strategy.label)
def test_memory_is_what_numba_leaves_with_parameters(
    strategy: Strategy, compiler: Compiler
) -> None:
    """A form with values on an axis leaves the same bytes as its twin of the same values."""
    pair = pair_of(strategy.name, strategy.form, compiler, 256, 1, strategy.axes)
    for _ in range(EPISODE):
        pair.add()
        for step in pair.draw.choices((pair.kick, pair.complete, pair.get), k=2):
            step()
    assert "added" in pair.reached


def test_the_null_strategy_is_the_same_too(compiler: Compiler) -> None:
    """Its kernels count calls where numba's do, and return what they return."""
    pair = pair_of("noop", AS_COMPILED, compiler, 8, 1)
    rig = pair.rig
    for _ in range(3):
        pair.add()
        assert pair.call("kick", rig.vq) == 0
        assert pair.call("get_buf", rig.vq, rig.length) == 1


@pytest.mark.parametrize(("name", "form"), VARIANTS)
def test_a_form_does_what_it_says(name: str, form: str, compiler: Compiler) -> None:
    """A descriptor's loads and stores are gcc 12's, give or take a load; nothing is unrolled.

    Around a call that must keep nine values in six registers, one may be stored and loaded too.
    """
    loads, stores = ACCESSES[name]
    steps = steps_of(name, form, compiler)
    assert len(steps) == 2  # out, then in
    for step in steps:
        spilt = step.stores - stores
        assert spilt in {0, int(form == "outofline")}
        assert abs(step.loads - loads) <= 1 + spilt
        assert step.calls == (form == "outofline")
        assert step.conditional_moves in conditional_moves(name, form)


def steps_of(name: str, form: str, compiler: Compiler) -> list[Counts]:
    """Return the counts of one step of each loop of ``add_buf``."""
    code = compile_kernels(name, form, compiler, ["add_buf"])["add_buf"]
    return [walk.step for walk in facts(code, compiler.machine).walks]


def conditional_moves(name: str, form: str) -> set[int]:
    """Return how many a step may have: the compiler decides, unless the form does."""
    if name != "chained_scatterlist":
        return {0}
    return {"branch": {0}, "select": {1}}.get(form, {0, 1})


def test_what_a_compiler_decides_is_one_of_the_forms(compiler: Compiler) -> None:
    """As compiled, ``sg_next`` is the branch or the select, and all forms are different code."""
    forms = FORMS["chained_scatterlist"]
    own, *forced = (steps_of("chained_scatterlist", form, compiler) for form in forms)
    found = [[(s.conditional_moves, s.branches) for s in steps] for steps in (own, *forced)]
    assert found[0] in found[1:3]
    codes = (compile_kernels("chained_scatterlist", form, compiler) for form in forms[1:])
    assert len({code_hash(kernels["add_buf"]) for kernels in codes}) == 3


def test_map_has_the_form_too(compiler: Compiler) -> None:
    """``sg_next`` in ``map``, which has two loops that step, is forced as it is in ``add_buf``."""
    whole = {
        form: facts(compile_kernels("chained_scatterlist", form, compiler)["map"]).whole
        for form in FORMS["chained_scatterlist"]
    }
    assert whole["outofline"].calls == 2
    assert whole[AS_COMPILED].calls == whole["branch"].calls == whole["select"].calls == 0
    assert whole["select"].conditional_moves == whole["branch"].conditional_moves + 2


def test_a_form_of_add_desc_leaves_map_alone(compiler: Compiler) -> None:
    """What a form does not touch is the same code in both."""
    plain, forced, _ = (compile_kernels("sg_ring", form, compiler) for form in FORMS["sg_ring"])
    assert plain["map"] == forced["map"]
    assert plain["add_buf"] != forced["add_buf"]


@pytest.mark.parametrize(("name", "form"), VARIANTS)
def test_forms_hold_on_arm(name: str, form: str) -> None:
    """For aarch64, clang makes code that stands alone, with the same selects and calls."""
    if "clang" not in FOUND:
        pytest.skip("no clang to compile for another machine with")
    clang = FOUND["clang"]
    target = (*clang.command, "--target=aarch64-linux-gnu")
    arm = Compiler("clang", target, clang.version, "aarch64")
    steps = steps_of(name, form, arm)
    assert len(steps) == 2
    for step in steps:
        assert step.calls == (form == "outofline")
        assert step.conditional_moves in conditional_moves(name, form)


STRUCTS = {
    "struct scatterlist": structs.SCATTERLIST,
    "struct sg_ring": structs.SG_RING,
    "struct vring_desc": structs.VRING_DESC,
    "struct vring_avail": structs.VRING_AVAIL,
    "struct vring_used": structs.VRING_USED,
    "struct vring_used_elem": structs.VRING_USED_ELEM,
    "struct vring_virtqueue": structs.VIRTQUEUE,
    "struct request": structs.REQUEST,
    "struct group": structs.GROUP,
    "struct segment": structs.SEGMENT,
}
NESTED = {
    "struct sg_ring": {"next": "list.next", "prev": "list.prev"},
    "struct vring_virtqueue": {
        **{field: f"vq.{field}" for field in ("callback", "vdev", "vq_ops", "priv")},
        **{field: f"vring.{field}" for field in ("num", "desc", "avail", "used")},
    },
}
CONSTANTS = {
    "sizeof(struct page)": structs.STRUCT_PAGE_BYTES,
    "VMEMMAP": structs.VMEMMAP,
    "PAGE_OFFSET": structs.PAGE_OFFSET,
    "PAGE_SHIFT": structs.PAGE_SHIFT,
    "SG_CHAIN": structs.SG_CHAIN,
    "SG_LAST": structs.SG_LAST,
    "VRING_DESC_F_NEXT": structs.DESC_F_NEXT,
    "VRING_DESC_F_WRITE": structs.DESC_F_WRITE,
    "VRING_USED_F_NO_NOTIFY": structs.USED_F_NO_NOTIFY,
    "-ENOSPC": structs.ENOSPC,
    "BUG": structs.BUG,
}


def test_structs_are_those_of_the_python_kernels(compiler: Compiler, tmp_path: Path) -> None:
    """Every size, offset and constant of ``structs.py`` is that of ``model.h``."""
    lines = ['#include "model.h"']
    for name, dtype in STRUCTS.items():
        lines.append(f"SIZE({name}, {dtype.itemsize});")
        for field, (kind, offset, *_) in (dtype.fields or {}).items():
            inside = NESTED.get(name, {}).get(field, field)
            lines.append(f"AT({name}, {inside}, {offset});")
            lines.append(f"SIZE((({name} *)0)->{inside}, {kind.itemsize});")
    for name, value in CONSTANTS.items():
        lines.append(f'_Static_assert(({name}) == {value}{"UL" * (value >= 0)}, "{name}");')
    source = tmp_path / "sizes.c"
    source.write_text("\n".join(lines))
    command = [*compiler.command, *flags_of(compiler), f"-I{build.SOURCES}", "-fsyntax-only"]
    done = subprocess.run([*command, source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("strategy", TWINS, ids=lambda strategy: strategy.label)
def test_sources_compile_without_warnings(strategy: Strategy, compiler: Compiler) -> None:
    """Whoever edits a C file is told of more than errors, in every form of it."""
    own = [name for name in SHARED if getattr(strategy, name) is not None]
    for kernel in (*build.KERNELS, *own):
        check_warnings(strategy.name, compiler, build._choice(kernel, strategy.form, strategy.axes))


@pytest.mark.parametrize("kernel", SHARED)
def test_the_queue_compiles_without_warnings(kernel: str, compiler: Compiler) -> None:
    """Likewise what all layouts share."""
    check_warnings("virtqueue", compiler, build._choice(kernel, AS_COMPILED, ()))


def check_warnings(name: str, compiler: Compiler, choice: tuple[str, ...]) -> None:
    """Compile a kernel with all warnings as errors."""
    ignored = ["-Wno-unused-function", "-Wno-unused-parameter"]  # one kernel at a time; the ABI
    words = [*choice, "-Wall", "-Wextra", "-Werror", *ignored, "-c", "-o", os.devnull]
    command = [*compiler.command, *flags_of(compiler), *words, str(build.SOURCES / f"{name}.c")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

"""The C twins: the same memory as numba's kernels, the same structs, the right forms."""

import os
import random
import subprocess
from pathlib import Path

import pytest

from strategies import AS_COMPILED, OWN, SHARED, Role, Strategy, every
from strategies.backends import native as build
from strategies.backends.c_compilers import PACKAGES, Compiler, compilers, missing
from strategies.backends.native import compile_kernels, flags_of
from strategies.compile.code import code_hash
from strategies.compile.elf import text_of
from strategies.disassemble.assembly import Flow, decode
from strategies.disassemble.facts import Counts, facts
from strategies.linux import structs
from tests.kernels.rig import is_layout, kernels_of, place
from tests.kernels.steps import LOADS_AND_STORES, READ_FROM
from tests.kernels.twins import CASES, Pair, pair_of, twin_of
from workloads import Direction, Group, Request, Segment

REQUESTS = 2_000  # for each form and compiler; 100_000 take half a minute
EPISODE = 250  # requests on one queue
RINGS = (8, 64, 256)
TWINS = [s for s in every() if build.has_twin(s.name)]
LAYOUTS = [s for s in TWINS if is_layout(s)]
FORMS = [s for s in LAYOUTS if not s.axes]
MADE = [s for s in LAYOUTS if s.axes]  # each of its values has a twin
INCOMING = Request((Group(Direction.IN, (Segment(1, 0, 8),), room=1),))
FOUND = compilers()


def by_label(strategies: list[Strategy]) -> pytest.MarkDecorator:
    """Parametrize a test with strategies."""
    return pytest.mark.parametrize("strategy", strategies, ids=lambda strategy: strategy.label)


@pytest.fixture(params=PACKAGES)
def compiler(request: pytest.FixtureRequest) -> Compiler:
    """Give each compiler in turn; skip what this system lacks."""
    if request.param not in FOUND:
        pytest.skip(missing(FOUND))
    return FOUND[request.param]


@by_label(FORMS)
def test_memory_is_what_numba_leaves(strategy: Strategy, compiler: Compiler) -> None:
    """Queue, tokens, ring, list memory and words are the same, byte by byte, after every call."""
    reached: set[str] = set()
    for episode in range(-(-REQUESTS // EPISODE)):
        pair = pair_of(strategy, compiler, RINGS[episode % len(RINGS)], episode)
        steps = (pair.kick, pair.complete, pair.get)
        for _ in range(EPISODE):
            pair.add()
            for step in pair.draw.choices(steps, k=pair.draw.randint(0, 4)):
                step()
            if pair.draw.random() < 0.02:
                pair.refuse()
        reached |= pair.reached
    assert reached == CASES


@by_label(MADE)
def test_memory_is_what_numba_leaves_with_parameters(
    strategy: Strategy, compiler: Compiler
) -> None:
    """A form with values on an axis leaves the same bytes as its twin."""
    pair = pair_of(strategy, compiler, 256, 1)
    for _ in range(EPISODE):
        pair.add()
        for step in pair.draw.choices((pair.kick, pair.complete, pair.get), k=2):
            step()
    assert "added" in pair.reached


def test_a_twin_that_marks_all_as_outgoing_is_found(compiler: Compiler, tmp_path: Path) -> None:
    """One wrong flag in a layout's C file is a difference in memory."""
    baseline = next(s for s in LAYOUTS if s.role is Role.BASELINE)
    source = tmp_path / "wrong.c"
    source.write_text(
        '#include "mapping.h"\n#include "virtio_ring.h"\n'
        "#undef VRING_DESC_F_WRITE\n#define VRING_DESC_F_WRITE 0\n"
        f'#include "{baseline.name}.c"\n'
    )
    words = (*flags_of(compiler), *build._choice("add_buf", AS_COMPILED, ()))
    made = tmp_path / "wrong.o"
    command = [*compiler.command, *words, f"-I{build.SOURCES}", "-c", "-o", str(made), str(source)]
    subprocess.run(command, check=True)
    wrong = text_of(made.read_bytes(), "add_buf")
    codes = {**twin_of(baseline, compiler).codes, "add_buf": wrong}
    pair = Pair(kernels_of(baseline), place("wrong", codes), 64, random.Random(1))
    list_words = pair.rig.map(INCOMING)
    with pytest.raises(AssertionError, match="wrong: add_buf differs"):
        pair.call("add_buf", pair.rig.vq, *list_words, 1)


@by_label([s for s in TWINS if s.role is Role.NULL])
def test_the_null_strategy_is_the_same_too(strategy: Strategy, compiler: Compiler) -> None:
    """Its kernels count calls and return values as numba's do."""
    pair = pair_of(strategy, compiler, 8, 1)
    rig = pair.rig
    for _ in range(3):
        pair.add()
        assert pair.call("kick", rig.vq) == 0
        assert pair.call("get_buf", rig.vq, rig.length) == 1


@by_label(FORMS)
def test_a_form_does_what_it_says(strategy: Strategy, compiler: Compiler) -> None:
    """A descriptor's loads and stores are those of numba's plain form, within one load.

    Around a call with nine live values and six registers, one may be spilled.
    """
    steps, plain = steps_of(strategy, compiler), plain_steps(strategy)
    assert len(steps) == len(plain)
    for step, numbas in zip(steps, plain, strict=True):
        spilt = step.stores - numbas.stores
        assert spilt in {0, int(strategy.form == "outofline")}
        assert abs(step.loads - numbas.loads) <= 1 + spilt
        assert step.calls == (strategy.form == "outofline")
        assert step.conditional_moves in conditional_moves(strategy)


@pytest.mark.parametrize("name", LOADS_AND_STORES)
def test_a_step_touches_memory_as_the_model_says(name: str, compiler: Compiler) -> None:
    """Exactly so by the compilers that the table was read from, by others give or take a load."""
    slack = not any(version in compiler.title for version in READ_FROM)
    loads, stores = LOADS_AND_STORES[name]
    steps = steps_of(form_of(name, AS_COMPILED), compiler)
    assert len(steps) == 2
    for step in steps:
        assert step.stores == stores
        assert abs(step.loads - loads) <= slack


def steps_of(strategy: Strategy, compiler: Compiler) -> tuple[Counts, ...]:
    """The counts of one step of each loop of ``add_buf``."""
    code = compile_kernels(strategy.name, strategy.form, compiler, ["add_buf"])["add_buf"]
    return tuple(walk.step for walk in facts(code, compiler.machine).walks)


def plain_steps(strategy: Strategy) -> tuple[Counts, ...]:
    """The counts of the layout as compiled by numba."""
    plain = form_of(strategy.name, AS_COMPILED)
    return tuple(walk.step for walk in facts(kernels_of(plain).codes["add_buf"]).walks)


def form_of(name: str, form: str) -> Strategy:
    """A layout in a form that has no values on an axis."""
    return next(s for s in FORMS if (s.name, s.form) == (name, form))


def conditional_moves(strategy: Strategy) -> set[int]:
    """The allowed number per step: any, unless the form forces it."""
    if "select" not in {s.form for s in FORMS if s.name == strategy.name}:
        return {0}
    return {"branch": {0}, "select": {1}}.get(strategy.form, {0, 1})


CHAIN = "chained_scatterlist"  # the layout with decisions about sg_next


def test_what_a_compiler_decides_is_one_of_the_forms(compiler: Compiler) -> None:
    """As compiled, ``sg_next`` is the branch or the select, and all forms are different code."""
    forms = ("branch", "select", "outofline")
    steps = (steps_of(form_of(CHAIN, form), compiler) for form in (AS_COMPILED, *forms))
    found = [[(s.conditional_moves, s.branches) for s in each] for each in steps]
    assert found[0] in found[1:3]
    codes = (compile_kernels(CHAIN, form, compiler) for form in forms)
    assert len({code_hash(kernels["add_buf"]) for kernels in codes}) == 3


def test_map_has_the_form_too(compiler: Compiler) -> None:
    """``sg_next`` is forced in both loops of ``map`` as in ``add_buf``."""
    whole = {
        form: facts(compile_kernels(CHAIN, form, compiler)["map"]).whole
        for form in (AS_COMPILED, "branch", "select", "outofline")
    }
    assert whole["outofline"].calls == 2
    assert whole[AS_COMPILED].calls == whole["branch"].calls == whole["select"].calls == 0
    assert whole["select"].conditional_moves == whole["branch"].conditional_moves + 2


def test_a_form_of_add_desc_leaves_map_alone(compiler: Compiler) -> None:
    """Code that a form does not affect is the same in both."""
    plain, forced = (
        compile_kernels("sg_ring", form, compiler) for form in (AS_COMPILED, "outofline")
    )
    assert plain["map"] == forced["map"]
    assert plain["add_buf"] != forced["add_buf"]


@by_label([s for s in LAYOUTS if s.form in {AS_COMPILED, "mainline", "v2.6.24", "copy"}])
def test_map_stops_where_numbas_does(strategy: Strategy, compiler: Compiler) -> None:
    """BUG_ON of a page's low bits is exactly where numba's ``map`` has it."""
    ours = decode(kernels_of(strategy).codes["map"])
    theirs = decode(twin_of(strategy, compiler).codes["map"])
    traps = [any(i.flow is Flow.TRAP for i in each) for each in (ours, theirs)]
    assert traps[0] == traps[1]


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


@by_label(TWINS)
def test_sources_compile_without_warnings(strategy: Strategy, compiler: Compiler) -> None:
    """C files compile without warnings in every form."""
    own = [name for name in SHARED if getattr(strategy, name) is not None]
    for kernel in (*OWN, *own):
        check_warnings(strategy.name, compiler, build._choice(kernel, strategy.form, strategy.axes))


@pytest.mark.parametrize("kernel", SHARED)
def test_the_queue_compiles_without_warnings(kernel: str, compiler: Compiler) -> None:
    """So do the shared files."""
    check_warnings("virtqueue", compiler, build._choice(kernel, AS_COMPILED, ()))


def check_warnings(name: str, compiler: Compiler, choice: tuple[str, ...]) -> None:
    """Compile a kernel with all warnings as errors."""
    ignored = ["-Wno-unused-function", "-Wno-unused-parameter"]  # one kernel at a time; the ABI
    words = [*choice, "-Wall", "-Wextra", "-Werror", *ignored, "-c", "-o", os.devnull]
    command = [*compiler.command, *flags_of(compiler), *words, str(build.SOURCES / f"{name}.c")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

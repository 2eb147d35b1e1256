"""The C twins as compilers make them for aarch64: run by qemu, held by checks, model and oracle.

What these tests prove of that machine, and what they cannot, is in docs/aarch64.md.
"""

import random
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.worker.memory import PAGE, TRAP
from strategies import AS_COMPILED, Role, Strategy, every
from strategies.backends import native as build
from strategies.backends.c_compilers import PACKAGES, Compiler
from strategies.backends.cross import cross_compilers, cross_missing
from strategies.backends.native import compile_kernels, flags_of, has_twin
from strategies.compile.code import Code
from strategies.compile.elf import text_of
from strategies.disassemble import catalog, cli
from strategies.disassemble.assembly import decode
from strategies.disassemble.facts import facts
from strategies.linux.structs import GROUP, REQUEST
from tests.fake import armed
from tests.fake.emulator import MISSING, StoppedError, build_runner, emulated, emulator
from tests.kernels import checks
from tests.kernels.checks import CHECKS, applies
from tests.kernels.rig import Kernels, Rig, is_layout, kernels_of
from tests.kernels.steps import LOADS_AND_STORES, READ_FROM
from tests.kernels.test_native import conditional_moves
from tests.kernels.twins import CASES, Pair, twin_codes
from workloads import Direction, Group, Request, Segment

MACHINE, CHAIN = "aarch64", "chained_scatterlist"
FOUND = cross_compilers(MACHINE)
TWINS = [s for s in every() if has_twin(s.name)]
LAYOUTS = [s for s in TWINS if is_layout(s)]
FORMS = [s for s in LAYOUTS if not s.axes]
ZEROING = [s for s in LAYOUTS if s.form in {"init-stosq", "memset-movq"}]
RINGS = (8, 64, 256)
PAGED = Request((Group(Direction.OUT, (Segment(1, 0, 8),), room=1),))
FEW, MANY = 300, 2_000  # requests for each form and compiler
EPISODE = 100  # requests on one queue
# Of a kernel for ARMv8.1: cas x0, x1, [x2]; ret. The first ARMv8 has no such instruction.
NEWER = Code(bytes.fromhex("417ca0c8 c0035fd6"))
WORD, VECTOR = re.compile(r"\w+"), re.compile(r"[vqdshb]\d+")


def by_label(strategies: list[Strategy]) -> pytest.MarkDecorator:
    """Parametrize a test with strategies."""
    return pytest.mark.parametrize("strategy", strategies, ids=lambda strategy: strategy.label)


@pytest.fixture(params=PACKAGES)
def compiler(request: pytest.FixtureRequest) -> Compiler:
    """Give each compiler for aarch64 in turn; skip what this system lacks."""
    if request.param not in FOUND:
        pytest.skip(cross_missing(MACHINE, FOUND))
    return FOUND[request.param]


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the program that runs kernels under qemu, where that can be had."""
    if "gcc" not in FOUND:  # clang brings no linker
        pytest.skip(cross_missing(MACHINE, FOUND))
    if emulator() is None:
        pytest.skip(MISSING)
    return build_runner(FOUND["gcc"], tmp_path_factory.mktemp("runner"))


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Give what ends the processes that a test starts."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def arm(strategy: Strategy, compiler: Compiler, runner: Path, stack: ExitStack) -> Kernels:
    """Give all kernels of a layout's C file, running under qemu."""
    label = f"{strategy.label}@{compiler.name} on {MACHINE}"
    return stack.enter_context(emulated(label, twin_codes(strategy, compiler), runner))


def exercise(strategy: Strategy, arm: Kernels, requests: int) -> set[str]:
    """Drive numba's kernels of this machine and those of the other; return the cases reached."""
    here = replace(kernels_of(strategy), arena=arm.arena)
    reached: set[str] = set()
    for episode in range(-(-requests // EPISODE)):
        pair = Pair(here, arm, RINGS[episode % len(RINGS)], random.Random(episode))
        steps = (pair.kick, pair.complete, pair.get)
        for _ in range(EPISODE):
            pair.add()
            for step in pair.draw.choices(steps, k=pair.draw.randint(0, 4)):
                step()
            if pair.draw.random() < 0.02:
                pair.refuse()
        reached |= pair.reached
    return reached


def pass_all(kernels: Kernels) -> None:
    """Hold kernels to every check that there is for what they make."""
    for check in CHECKS:
        if applies(check, kernels):
            check(kernels)


@by_label(FORMS)
def test_memory_is_what_this_machine_leaves(strategy: Strategy, arm: Kernels) -> None:
    """Queue, tokens, ring, list memory and words are the same, byte by byte, after every call."""
    assert exercise(strategy, arm, FEW) == CASES


@pytest.mark.slow
@by_label(LAYOUTS)
def test_memory_is_what_this_machine_leaves_for_long(strategy: Strategy, arm: Kernels) -> None:
    """The same over more requests, and of forms that an experiment alone takes."""
    assert exercise(strategy, arm, FEW if strategy.axes else MANY) == CASES


@by_label([s for s in FORMS if s.form == AS_COMPILED])
def test_layout_passes(arm: Kernels) -> None:
    """A layout does what each check's docstring says, by model and oracle."""
    pass_all(arm)


@pytest.mark.slow
@by_label(LAYOUTS)
def test_every_form_passes(arm: Kernels) -> None:
    """The same of every form, those of an experiment too."""
    pass_all(arm)


@pytest.mark.parametrize("low_bits", range(4))
@by_label([s for s in FORMS if s.name == CHAIN and s.form == AS_COMPILED])
def test_map_stops_at_a_page_that_is_not_aligned(low_bits: int, arm: Kernels) -> None:
    """BUG_ON ends the process by an instruction of its own, and only where it should."""
    rig = Rig(arm, 8)
    memory = rig.create(PAGED)
    rig._write(PAGED)
    page = rig.arena.view(rig.request + REQUEST.itemsize + GROUP.itemsize, np.dtype("u8"), 1)
    rig.call("create", memory, rig.request)
    page |= low_bits
    with pytest.raises(StoppedError, match="SIGTRAP") if low_bits else nullcontext():
        assert rig.call("map", memory, rig.request, rig.words) == 0


def test_a_twin_that_marks_all_as_outgoing_is_found(
    compiler: Compiler, runner: Path, tmp_path: Path
) -> None:
    """One wrong flag in a layout's C file is found by what it leaves in the ring under qemu."""
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
    right = twin_codes(baseline, compiler)
    wrong = {**right, "add_buf": text_of(made.read_bytes(), "add_buf", MACHINE)}
    with emulated("right", right, runner) as kernels:
        checks.check_a_request_reads_back(kernels)
    with emulated("wrong", wrong, runner) as kernels, pytest.raises(AssertionError, match="wrong"):
        checks.check_a_request_reads_back(kernels)


@pytest.mark.parametrize(
    ("code", "number"),
    [
        (NEWER, signal.SIGILL),
        (Code(bytes([TRAP]) * 8), signal.SIGILL),
        (Code(bytes.fromhex("1f0000f9 c0035fd6")), signal.SIGSEGV),  # str xzr, [x0]; ret
    ],
    ids=["of ARMv8.1", "filling", "store to 0"],
)
def test_what_does_not_come_back_is_named(code: Code, number: signal.Signals, runner: Path) -> None:
    """An instruction that the first ARMv8 lacks, what lies between kernels, a wild store."""
    with emulated("wild", {"kick": code}, runner) as kernels:
        with pytest.raises(StoppedError, match=f"wild: kick ended by {number.name}") as caught:
            kernels.functions["kick"](0)
        assert caught.value.signal == number
        with pytest.raises(StoppedError):  # once ended, it stays so
            kernels.functions["kick"](0)


def test_words_reach_the_other_side_and_come_back(runner: Path) -> None:
    """All five, all bits of each; the result has a sign, and memory is the same on both sides."""
    subtract = Code(bytes.fromhex("000004cb c0035fd6"))  # sub x0, x0, x4; ret
    store = Code(bytes.fromhex("010000f9 c0035fd6"))  # str x1, [x0]; ret
    with emulated("words", {"add_buf": subtract, "get_buf": store}, runner) as kernels:
        assert kernels.functions["add_buf"](2**64 - 1, 1, 1, 1, 7) == -8
        assert kernels.functions["add_buf"](5, 1, 1, 1, 7) == -2
        arena = kernels.arena()
        kernels.functions["get_buf"](arena.base + PAGE, 2**63 + 1)
        assert arena.view(arena.base, np.dtype("u8"), 1024).nonzero()[0].tolist() == [512]
        assert arena.view(arena.base + PAGE, np.dtype("u8"))[0] == 2**63 + 1
        assert not kernels.arena().bytes.any()


@by_label(FORMS)
def test_a_step_does_what_the_model_says(strategy: Strategy, compiler: Compiler) -> None:
    """Loads, stores, selects and calls a descriptor; a select is forced, or the compiler's choice.

    Exactly so by the compilers that the table was read from; by others give or take a load, as on
    x86-64. Where ``add_desc`` is a call, ``num_free`` is loaded once more.
    """
    code = compile_kernels(strategy.name, strategy.form, compiler, ["add_buf"])["add_buf"]
    steps = [walk.step for walk in facts(code, MACHINE).walks]
    assert len(steps) == 2
    loads, stores = LOADS_AND_STORES[strategy.name]
    loads += strategy.label == "sg_ring[outofline]"
    slack = not any(version in compiler.title for version in READ_FROM)
    for step in steps:
        assert step.stores == stores
        assert abs(step.loads - loads) <= slack
        assert step.calls == (strategy.form == "outofline")
        assert step.conditional_moves in conditional_moves(strategy)


def test_without_a_compiler_for_it_the_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By the names of the programs and of their packages; one that is there is not asked for."""
    assert cross_compilers(MACHINE, str(tmp_path)) == {}
    line = cross_missing(MACHINE, ())
    assert line == (
        "no aarch64-linux-gnu-gcc and no clang on PATH to compile for aarch64 with "
        "(Debian, Ubuntu: apt install gcc-aarch64-linux-gnu clang)"
    )
    assert "clang" not in cross_missing(MACHINE, {"clang"})
    assert cross_missing(MACHINE, PACKAGES) == ""
    monkeypatch.setattr(catalog, "cross_backends", lambda _: {})
    with pytest.raises(catalog.UnknownNameError, match="apt install gcc-aarch64-linux-gnu"):
        catalog.kernel("flat_array@gcc", machine=MACHINE)


def test_a_compiler_for_another_machine_is_told_apart(compiler: Compiler) -> None:
    """It says for which, so that no object of it is taken for one of this machine's."""
    assert compiler.machine == MACHINE
    assert compiler.name in PACKAGES
    code = compile_kernels("noop", AS_COMPILED, compiler, ["get_buf"])["get_buf"]
    assert [i.mnemonic for i in decode(code, MACHINE)] == ["mov", "ret"]


def test_the_command_shows_code_of_the_other_machine(
    compiler: Compiler, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads assembly can read this machine's and the other's."""
    words = ["strategies", "--asm", "--machine", MACHINE, f"flat_array@{compiler.name}"]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert "udiv" in said  # of the avail ring's slot
    assert "rdi" not in said


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ("--machine", "riscv64", "sg_ring@gcc"),
            "there is no machine riscv64: did you mean aarch64?",
        ),
        (("--machine", MACHINE, "sg_ring"), "there is no backend numba: "),
    ],
)
@pytest.mark.usefixtures("compiler")
def test_what_cannot_be_compiled_for_is_named(
    words: Sequence[str],
    line: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One line and status 2: a machine unknown, or a compiler that compiles for its own alone."""
    monkeypatch.setattr(sys, "argv", ["strategies", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert (ended.value.code, said.count("\n")) == (2, 1)
    assert line in said


@pytest.mark.slow
@by_label([*FORMS, *ZEROING])
def test_numbas_kernels_hold_on_the_other_machine(
    strategy: Strategy, runner: Path, stack: ExitStack
) -> None:
    """As LLVM makes them for aarch64: the same memory, and all checks."""
    label = f"{strategy.label}@numba on {MACHINE}"
    kernels = stack.enter_context(emulated(label, armed.kernels(strategy.label), runner))
    assert exercise(strategy, kernels, FEW) == CASES
    pass_all(kernels)


@by_label(TWINS)
def test_a_kernel_uses_no_vector_register(strategy: Strategy, compiler: Compiler) -> None:
    """As a kernel is compiled: general registers only, in every kernel of every file."""
    for kernel, code in twin_codes(strategy, compiler).items():
        words = {word for i in decode(code, MACHINE) for word in WORD.findall(i.operands)}
        assert not {w for w in words if VECTOR.fullmatch(w)}, kernel

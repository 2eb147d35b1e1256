"""Reading machine code: decoded instructions, loops, counts, and the command line."""

import os
import platform
import subprocess
import sys
from typing import Any

import llvmlite.binding as llvm
import pytest

from bench.paths import ROOT
from strategies import Role, Strategy, load
from strategies.backends import backends
from strategies.compile import codegen
from strategies.compile.code import Code, code_hash
from strategies.compile.target import VARIABLE
from strategies.disassemble import cli
from strategies.disassemble.assembly import TABLES, CodeError, decode, disassemble
from strategies.disassemble.catalog import UnknownNameError, kernel
from strategies.disassemble.facts import Counts, Walk, facts
from strategies.disassemble.loops import EXIT, Graph, Loop, best_round, best_way, innermost
from tests.kernels.steps import LOADS_AND_STORES

# Two loops, one in the other. The inner one stores once, loads a next and steps as sg_next does,
# loading a link twice where there is one.
NESTED = {
    "x86_64": """
        4889d1        mov rcx, rdx                  # outer
        488937        mov [rdi], rsi                # inner
        0fb7470e      movzx eax, word ptr [rdi+14]
        f60602        test byte ptr [rsi], 2
        7513          jne end
        4c8d4e20      lea r9, [rsi+32]
        f6462001      test byte ptr [rsi+32], 1
        740c          je go
        4d8b09        mov r9, [r9]
        4983e1fc      and r9, -4
        eb03          jmp go
        4531c9        xor r9d, r9d                  # end
        4c89ce        mov rsi, r9                   # go
        48ffc9        dec rcx
        75d6          jne inner
        49ffc8        dec r8
        75ce          jne outer
        c3            ret""",
    "aarch64": """
        e50302aa      mov x5, x2                    # outer
        010000f9      str x1, [x0]                  # inner
        061c4079      ldrh w6, [x0, 14]
        27004039      ldrb w7, [x1]
        c7000837      tbnz w7, 1, end
        270c4238      ldrb w7, [x1, 32]!
        a7000036      tbz w7, 0, go
        270040f9      ldr x7, [x1]
        e1f47e92      and x1, x7, -4
        02000014      b go
        e1031faa      mov x1, xzr                   # end
        a50400f1      subs x5, x5, 1                # go
        a1feff54      b.ne inner
        630400f1      subs x3, x3, 1
        41feff54      b.ne outer
        c0035fd6      ret""",
}
# A loop whose every turn calls a helper, which refuses (one load) or stores and loads a next.
CALLING = {
    "x86_64": """
        833f00        cmp dword ptr [rdi], 0        # helper
        7408          je full
        48893e        mov [rsi], rdi
        0fb7470e      movzx eax, word ptr [rdi+14]
        c3            ret
        b8ffffffff    mov eax, -1                   # full
        c3            ret
        90            nop
        e8e7ffffff    call helper                   # entry
        48ffc9        dec rcx
        75f6          jne entry
        c3            ret""",
    "aarch64": """
        060040b9      ldr w6, [x0]                  # helper
        86000034      cbz w6, full
        200000f9      str x0, [x1]
        001c4079      ldrh w0, [x0, 14]
        c0035fd6      ret
        00008092      mov x0, -1                    # full
        c0035fd6      ret
        f9ffff97      bl helper                     # entry
        420400f1      subs x2, x2, 1
        c1ffff54      b.ne entry
        c0035fd6      ret""",
}
CALLING_ENTRY = {"x86_64": 20, "aarch64": 28}
both_machines = pytest.mark.parametrize("machine", sorted(TABLES))


def text(listing: str) -> bytes:
    """The bytes of a listing's first column."""
    return bytes.fromhex("".join(line.split()[0] for line in listing.split("\n") if line.strip()))


def only_walk(code: Code, machine: str) -> Walk:
    """The one loop of the walk."""
    (walk,) = facts(code, machine).walks
    return walk


def compiled_for(machine: str, function: Any, monkeypatch: pytest.MonkeyPatch) -> Code:
    """A kernel's machine code, also of a machine that this is not."""
    if machine != platform.machine():
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
        try:
            target = llvm.Target.from_triple(f"{machine}-unknown-linux-gnu")
        except RuntimeError as error:
            pytest.skip(f"this llvmlite does not compile for {machine}: {error}")
        made = target.create_target_machine(cpu="generic", features="", opt=3, reloc="static")
        monkeypatch.setattr(codegen, "_machine", lambda: made)
    return codegen.machine_code(function)


def by_its_label(label: str) -> Strategy:
    """The strategy with this label."""
    return {strategy.label: strategy for strategy in load()}[label]


@both_machines
@pytest.mark.parametrize("label", LOADS_AND_STORES)
def test_a_step_of_each_layout_loads_and_stores_what_the_model_says(
    label: str, machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both walks, out and in, touch memory per descriptor as often as the source does."""
    code = compiled_for(machine, by_its_label(label).add_buf, monkeypatch)
    walks = facts(code, machine).walks
    assert [(walk.step.loads, walk.step.stores) for walk in walks] == [LOADS_AND_STORES[label]] * 2


@pytest.mark.parametrize(
    ("moves", "direction"),
    [
        ("bb01000000", "out"),
        ("bb03000000", "in"),
        ("bb02000000", ""),
        ("bb01000000 ba03000000", ""),
    ],
)
def test_a_walk_has_the_direction_of_its_flags(moves: str, direction: str) -> None:
    """NEXT where the device reads, NEXT | WRITE where it writes; else nobody can tell."""
    body = bytes.fromhex(f"0fb7470e {moves} 66895f0c ffc9")  # load, mov, store, dec
    back = bytes([0x75, 256 - len(body) - 2, 0xC3])  # jne, ret
    assert only_walk(Code(body + back), "x86_64").direction == direction


def test_the_null_strategy_walks_nothing() -> None:
    """A strategy that does nothing has no loop."""
    nulls = [strategy for strategy in load() if strategy.role is Role.NULL]
    assert nulls
    for null in nulls:
        assert facts(kernel(null.label)).walks == ()


@both_machines
def test_only_the_inner_of_two_loops_is_walked(machine: str) -> None:
    """The walk begins at the entry of the inner loop, without the end of the outer one."""
    found = facts(Code(text(NESTED[machine])), machine)
    (walk,) = found.walks
    first = decode(Code(text(NESTED[machine])), machine)[0]
    assert walk.address == first.size
    assert walk.body.instructions == found.whole.instructions - 4
    assert found.whole.bytes == len(text(NESTED[machine]))


def test_a_step_goes_from_an_entry_to_the_one_beside_it() -> None:
    """Neither the list's end, with fewer loads, nor a link, with more, is the likely way."""
    x86, arm = (only_walk(Code(text(NESTED[m])), m) for m in ("x86_64", "aarch64"))
    assert x86.step == Counts(10, 3, 1, 3, 0, 0, 30)
    assert x86.body == Counts(14, 4, 1, 4, 0, 0, 42)
    assert arm.step == Counts(8, 3, 1, 3, 0, 0, 32)
    assert arm.body == Counts(12, 4, 1, 4, 0, 0, 48)


def test_what_a_loop_calls_is_counted_beside_it() -> None:
    """The helper's path is the one that loads a next; a step is loop plus helper."""
    x86, arm = (
        only_walk(Code(text(CALLING[m]), CALLING_ENTRY[m]), m) for m in ("x86_64", "aarch64")
    )
    assert (x86.way, x86.helpers) == (Counts(3, 0, 0, 1, 0, 1, 10), Counts(5, 2, 1, 1, 0, 0, 13))
    assert (arm.way, arm.helpers) == (Counts(3, 0, 0, 1, 0, 1, 12), Counts(5, 2, 1, 1, 0, 0, 20))
    assert x86.step == Counts(8, 2, 1, 2, 0, 1, 23)
    assert x86.body == x86.way


def test_what_control_cannot_reach_is_not_counted() -> None:
    """Padding between functions is in the text, not in the counts."""
    code = Code(text(CALLING["x86_64"]), CALLING_ENTRY["x86_64"])
    assert facts(code).whole.instructions == len(disassemble(code, "x86_64")) - 1


@pytest.mark.parametrize(
    ("machine", "listing", "expected"),
    [
        ("x86_64", "ff07         inc dword ptr [rdi]", Counts(1, 1, 1)),
        ("x86_64", "488d4708     lea rax, [rdi+8]", Counts(1)),
        ("x86_64", "660f1f0400   nop word ptr [rax+rax]", Counts(1)),
        ("x86_64", "0f180f       prefetcht0 [rdi]", Counts(1)),
        ("x86_64", "48833f00     cmp qword ptr [rdi], 0", Counts(1, 1)),
        ("x86_64", "480f4507     cmovne rax, [rdi]", Counts(1, 1, conditional_moves=1)),
        ("x86_64", "0f94c0       sete al", Counts(1)),
        ("x86_64", "50           push rax", Counts(1)),
        ("x86_64", "488707       xchg [rdi], rax", Counts(1, 1, 1)),
        ("x86_64", "ffd0         call rax", Counts(1, calls=1)),
        ("x86_64", "ffe0         jmp rax", Counts(1, branches=1)),
        ("aarch64", "2010829a     csel x0, x1, x2, ne", Counts(1, conditional_moves=1)),
        ("aarch64", "2004829a     csinc x0, x1, x2, eq", Counts(1, conditional_moves=1)),
        ("aarch64", "e0179f9a     cset x0, eq", Counts(1)),
        ("aarch64", "e00740a9     ldp x0, x1, [sp]", Counts(1, 2)),
        ("aarch64", "e007bfa9     stp x0, x1, [sp, -16]!", Counts(1, 0, 2)),
        ("aarch64", "20244078     ldrh w0, [x1], 2", Counts(1, 1)),
        ("aarch64", "20fc9fc8     stlr x0, [x1]", Counts(1, 0, 1)),
        ("aarch64", "4100e078     ldaddalh w0, w1, [x2]", Counts(1, 1, 1)),
        ("aarch64", "417ca0c8     cas x0, x1, [x2]", Counts(1, 1, 1)),
        ("aarch64", "000080f9     prfm pldl1keep, [x0]", Counts(1)),
        ("aarch64", "60003fd6     blr x3", Counts(1, calls=1)),
        ("aarch64", "60001fd6     br x3", Counts(1, branches=1)),
    ],
)
def test_an_instruction_counts_for_what_it_does(
    machine: str, listing: str, expected: Counts
) -> None:
    """The tables know read-modify-write, pairs, conditional moves, and what only looks like one."""
    code = Code(text(listing))
    assert facts(code, machine).whole == expected + Counts(bytes=len(code.text))


def test_an_undecodable_byte_is_refused() -> None:
    """A byte that is no instruction is named by its place."""
    with pytest.raises(CodeError, match="byte at 0x1 of 3 is not an instruction of x86_64"):
        facts(Code(b"\x90\x06\xc3"), "x86_64")
    with pytest.raises(CodeError, match="byte at 0x4 of 8 is not an instruction of aarch64"):
        facts(Code(text("c0035fd6") + b"\xff" * 4), "aarch64")
    with pytest.raises(CodeError, match="byte at 0x0 of 0"):
        facts(Code(b""), "x86_64")


def test_padding_may_follow_the_last_instruction() -> None:
    """Half an instruction of trailing zeros is not a fault, and is not counted."""
    assert facts(Code(b"\xc3\x00"), "x86_64").whole == Counts(1, bytes=1)
    assert facts(Code(b"\xc3\xcc\xcc"), "x86_64").whole == Counts(1, bytes=1)


def test_a_jump_out_of_the_text_is_refused() -> None:
    """Code that runs anywhere jumps nowhere else, nor into the middle of an instruction."""
    with pytest.raises(CodeError, match="jmp at 0x0 leads out of the text"):
        facts(Code(b"\xeb\x10\xc3"), "x86_64")
    with pytest.raises(CodeError, match="jmp at 0x0 leads out of the text"):
        facts(Code(b"\xeb\xff\xc3"), "x86_64")


def test_an_unknown_machine_is_refused() -> None:
    """The message names the supported machines."""
    with pytest.raises(CodeError, match="riscv64 is not supported, only x86_64 and aarch64"):
        facts(Code(b"\xc3"), "riscv64")


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ({0: [1], 1: [2], 2: []}, []),
        ({0: [1], 1: [1, 2], 2: []}, [Loop(frozenset({1}), frozenset({1}))]),
        (
            {0: [1], 1: [2], 2: [3], 3: [2, 4], 4: [1, 5], 5: []},
            [Loop(frozenset({2}), frozenset({2, 3}))],
        ),
        (
            {0: [1], 1: [2, 3], 2: [1], 3: [4], 4: [3, 5], 5: [0]} | {-2: [0]},
            [Loop(frozenset({1}), frozenset({1, 2})), Loop(frozenset({3}), frozenset({3, 4}))],
        ),
        (
            {0: [1, 2], 1: [2], 2: [1, 3], 3: []},
            [Loop(frozenset({1, 2}), frozenset({1, 2}))],
        ),
    ],
    ids=["none", "itself", "nested", "two in one", "entered twice"],
)
def test_innermost_loops_are_found_by_control_flow(graph: Graph, expected: list[Loop]) -> None:
    """A loop that holds another is not reported, and each is entered at its headers."""
    assert innermost(graph) == expected


def test_a_way_round_passes_what_it_must() -> None:
    """A shorter path that avoids the node is not taken; an endless loop has none."""
    graph = {-2: [0], 0: [1, 2], 1: [2], 2: [0], 3: [3], EXIT: []}
    (loop,) = innermost(graph)  # the other cycle cannot be entered
    assert best_round(graph, loop, [1], lambda way: (-len(way),)) == [0, 1, 2]
    assert best_round(graph, loop, [2], lambda way: (-len(way),)) == [0, 2]
    assert best_way(graph, 3, [3], lambda way: (-len(way),)) == []


def test_a_kernel_is_found_by_name() -> None:
    """A name without a backend means numba; map is available, too."""
    assert kernel("noop") == kernel("noop@numba")
    assert kernel("noop", "map") != kernel("noop")


def test_a_form_made_for_one_experiment_is_found_with_its_axes() -> None:
    """As a result names it; what always takes turns is what is listed where no name is near."""
    made = kernel("sg_ring{piece=16}")
    assert made == kernel("sg_ring{piece=16}@numba")
    with pytest.raises(UnknownNameError) as caught:
        kernel("#")
    assert str(caught.value).count("{") == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("sgring", "there is no strategy sgring: did you mean sg_ring?"),
        ("sg_ring[outoflime]", "there is no strategy sg_ring[outoflime]: did you mean sg_ring"),
        ("sg_ring@numbers", "there is no backend numbers: did you mean numba?"),
        ("#", "there is no strategy #: there are flat_array, "),
        ("multiply_chain@gcc", "multiply_chain has no C source for gcc; use multiply_chain@numba"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, message: str) -> None:
    """Strategy, form and backend are checked, and the message suggests what exists."""
    with pytest.raises(UnknownNameError) as caught:
        kernel(name)
    assert str(caught.value).startswith(message)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    """Run the command line and return its exit status."""
    monkeypatch.setattr(sys, "argv", ["strategies", *arguments])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    return caught.value.code


def test_the_command_lists_every_form(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a name, there is one line per strategy."""
    assert run(monkeypatch) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} == {s.name for s in load()} | {"backends"}
    own = {line.split()[0]: line for line in lines}
    assert all(s.form in own[s.name] for s in load())


def test_the_command_prints_facts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hash and size of both kernels, and one row per loop of the walk."""
    assert run(monkeypatch, "flat_array@numba") == 0
    out = capsys.readouterr().out
    for function in ("map", "add_buf"):
        code = kernel("flat_array", function)
        assert f"{code_hash(code)} {len(code.text):6} bytes" in out
    assert out.count("per step") == len(facts(kernel("flat_array")).walks)


def test_the_command_prints_helpers_and_other_ways() -> None:
    """One more row if a step calls, or if a loop is more than a step."""
    machine = platform.machine()
    calling = facts(Code(text(CALLING[machine]), CALLING_ENTRY[machine]))
    nested = facts(Code(text(NESTED[machine])))
    assert [heading.strip() for heading, _ in cli.rows("add_buf", calling)][2:] == ["in helpers"]
    assert [heading.strip() for heading, _ in cli.rows("add_buf", nested)][2:] == ["whole loop"]


def test_the_command_prints_assembly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line per instruction, under the kernel's name."""
    assert run(monkeypatch, "--asm", "noop") == 0
    lines = capsys.readouterr().out.splitlines()
    codes = [kernel("noop", function) for function in ("map", "add_buf")]
    assert len(lines) == 2 + sum(len(disassemble(code)) for code in codes)
    assert [line for line in lines if line.endswith(":")] == ["map:", "add_buf:"]


@pytest.mark.parametrize("arguments", [("sgring",), ("--asm",)])
def test_bad_use_is_one_line_and_status_2(
    arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Only the fault is printed, with the remedy."""
    assert run(monkeypatch, *arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("strategies: ")


def test_facts_need_no_compiler() -> None:
    """Counting bytes of code does not import numba."""
    loaded = "sys.exit('numba' in sys.modules or not f.facts)"
    script = f"import sys, strategies.disassemble.facts as f; {loaded}"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.parametrize("form", ["branch", "select", "outofline"])
def test_numba_makes_the_form_that_was_asked_for(form: str) -> None:
    """A conditional move in form select, a call in form outofline, else neither."""
    names = {strategy.label for strategy in load() if strategy.form == form}
    assert names
    for name in names:
        walks = facts(kernel(name)).walks
        assert walks
        for walk in walks:
            assert walk.step.conditional_moves == (form == "select")
            assert walk.step.calls == (form == "outofline")


WALKING = [
    s for s in load() if s.role not in {Role.NULL, Role.SENTINEL} and s.name != "floor_stream"
]


@pytest.mark.parametrize("strategy", WALKING, ids=lambda strategy: strategy.label)
def test_numba_reads_and_writes_as_often_as_gcc(strategy: Strategy) -> None:
    """Per descriptor: the same stores, and the same loads within one, for a spill of gcc."""
    gcc = backends().get("gcc")
    if gcc is None or not gcc.serves(strategy):
        pytest.skip("gcc is missing, or the strategy has no source for it")
    label = strategy.label
    ours, theirs = (facts(kernel(f"{label}@{name}")).walks for name in ("numba", "gcc"))
    assert ours
    for one, other in zip(ours, theirs, strict=True):
        spilt = other.step.stores - one.step.stores
        assert 0 <= spilt <= other.step.calls
        assert abs(other.step.loads - one.step.loads) <= 1 + spilt


def test_an_unknown_machine_to_compile_for_is_one_line_and_status_2() -> None:
    """Whichever command the environment is given to."""
    for module in ("strategies", "bench"):
        command = [sys.executable, "-m", module, "--help"]
        environment = os.environ | {VARIABLE: "riscv64"}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        wanted = "SG_RING_MACHINE=riscv64: no such machine: there are aarch64, x86_64\n"
        assert (done.returncode, done.stderr) == (2, wanted)

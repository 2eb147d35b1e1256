"""``--explain``: what is marked as changed, and what only moved."""

import difflib

from bench.gate.explain import listings
from strategies.compile.code import Code
from strategies.disassemble.assembly import decode

LOOP = "31c0 ffc0 ffcf 75fa 7401 90 c3"  # xor; inc; dec; jne inc; je ret; nop; ret
LONGER = "31c0 ffc0 89c2 ffcf 75f8 7401 90 c3"  # a move more inside
ELSEWHERE = "31c0 ffc0 ffcf 75f8 7401 90 c3"  # back to the xor
OTHER_HEAD = "31c0 83c001 ffcf 75f9 7401 90 c3"  # what the loop begins with is another


def marked(base: str, head: str) -> list[str]:
    """The marked lines, without spaces in operands."""
    code = (decode(Code(bytes.fromhex(text)), "x86_64") for text in (base, head))
    before, now = listings(*code)
    lines = list(difflib.unified_diff(before, now, lineterm="", n=0))[2:]
    return [" ".join(line.split()) for line in lines if not line.startswith("@@")]


def test_a_jump_over_new_code_is_no_change() -> None:
    """Its distance differs, and its target is the same."""
    assert marked(LOOP, LONGER) == ["+mov edx, eax"]
    assert marked(LONGER, LOOP) == ["-mov edx, eax"]


def test_a_jump_to_another_place_is_a_change() -> None:
    """Although no other instruction is."""
    assert marked(LOOP, ELSEWHERE) == ["-jne -> line 2", "+jne -> line 1"]


def test_a_jump_to_what_was_replaced_is_no_change() -> None:
    """Only the instruction there is marked."""
    assert marked(LOOP, OTHER_HEAD) == ["-inc eax", "+add eax, 1"]


def test_the_same_code_has_no_marks() -> None:
    """Of whatever jumps."""
    assert marked(LOOP, LOOP) == []

"""What pairs with what, what is the same code, and what a kit of both sides holds."""

from dataclasses import replace

import pytest

from bench.gate.joint import columns, join, shifted, swap
from bench.gate.sides import Side, SideError, Variant, check_contract, match
from bench.kit import KERNELS
from strategies.code import Code

PHASES = ("map", "add", "cycle")


def variant(name: str, text: bytes = b"\x90", **codes: bytes) -> Variant:
    """Return a variant whose kernels are all ``text`` but those given."""
    kernels = {kernel: Code(codes.get(kernel, text)) for kernel in KERNELS}
    return Variant(name, "as compiled", "numba", "candidate", PHASES, kernels)


def side(*variants: Variant) -> Side:
    """Return a side with these."""
    return Side({"GROUP": "1"}, {}, {v.name: v for v in variants})


def test_what_only_one_side_has_is_new_or_removed() -> None:
    """Neither is an error, and neither is compared."""
    found = match(side(variant("a"), variant("b", b"b")), side(variant("a"), variant("c", b"c")))
    assert [pair.name for pair in found.pairs] == ["a@numba"]
    assert found.new == ("c@numba",)
    assert found.removed == ("b@numba",)
    assert found.renamed == {}


def test_a_new_name_with_a_removed_ones_code_is_renamed() -> None:
    """It is compared under its new name."""
    found = match(side(variant("old", b"x")), side(variant("now", b"x"), variant("new", b"n")))
    assert found.renamed == {"old@numba": "now@numba"}
    assert [(pair.base.name, pair.head.name) for pair in found.pairs] == [
        ("old@numba", "now@numba")
    ]
    assert found.new == ("new@numba",)


@pytest.mark.parametrize(
    ("kernel", "differs"),
    [
        ("create", {"map", "add", "cycle"}),
        ("map", {"map", "add", "cycle"}),
        ("add_buf", {"add", "cycle"}),
        ("kick", {"cycle"}),
        ("get_buf", {"cycle"}),
    ],
)
def test_a_phase_is_identical_if_all_it_hangs_on_is(kernel: str, differs: set[str]) -> None:
    """Another map makes other lists for add to walk; another kick shows in a cycle only."""
    (pair,) = match(side(variant("a")), side(variant("a", **{kernel: b"\xcc"}))).pairs
    assert {phase for phase in PHASES if not pair.identical(phase)} == differs


def test_another_record_is_another_contract() -> None:
    """The line says which record, and of which side."""
    base = replace(side(), records={"GROUP": "2"})
    with pytest.raises(SideError, match=r"base has another contract \(GROUP differ\)"):
        check_contract({"GROUP": "1"}, base=base, head=side())
    check_contract({"GROUP": "1"}, base=side(), head=side())


def test_swapped_kits_differ_in_order_alone() -> None:
    """Base and head change places, and ``columns`` knows where they are."""
    pairs = match(side(variant("a"), variant("b")), side(variant("a"), variant("b"))).pairs
    kit = join(pairs, (), {}, seed=1)
    other = swap(kit)
    assert other.codes == kit.codes
    for number in range(len(pairs)):
        for one, swapped in ((kit, False), (other, True)):
            base, head = columns(number, swapped=swapped)
            assert one.variants[base].label.endswith(" base")
            assert one.variants[head].label.endswith(" head")
            assert one.variants[base].label.split()[0] == pairs[number].name
    assert swap(other) == kit


def test_shifted_code_is_the_same_code_farther() -> None:
    """Sixteen bytes that trap stand before it, and the entry moves with it."""
    moved = shifted(Code(b"\x90\xc3", entry=1))
    assert moved.text[-2:] == b"\x90\xc3"
    assert moved.text[: moved.entry - 1] == b"\xcc" * 16

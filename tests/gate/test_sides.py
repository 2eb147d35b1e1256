"""Pairs of both sides, identical code, and the kit of both sides."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.gate.versions import sides
from bench.gate.versions.collect import Wanted
from bench.gate.versions.joint_kit import Place, columns, join, shifted, slowed, swap
from bench.gate.versions.sides import (
    Side,
    SideError,
    Source,
    Variant,
    check_contract,
    compile_sides,
    match,
)
from bench.paths import ROOT
from strategies import KERNELS, PHASES
from strategies.compile import kept
from strategies.compile.code import Code
from strategies.compile.kept import Store
from tests.fake.engine import cell

WANTED = Wanted(("numba",), forms=False)
EMPTY: dict[str, Any] = {"versions": {}, "variants": [], "codes": {}}


def variant(name: str, text: bytes = b"\x90", **codes: bytes) -> Variant:
    """A variant whose kernels are all ``text``, except those given."""
    kernels = {kernel: Code(codes.get(kernel, text)) for kernel in KERNELS}
    return Variant(name, "as compiled", "numba", "candidate", tuple(PHASES), kernels)


def side(*variants: Variant) -> Side:
    """A side with these variants."""
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
    """The line names the record and the side."""
    base = replace(side(), records={"GROUP": "2"})
    with pytest.raises(SideError, match=r"base has another contract \(GROUP differ\)"):
        check_contract({"GROUP": "1"}, base=base, head=side())
    check_contract({"GROUP": "1"}, base=side(), head=side())


def test_swapped_kits_differ_in_order_alone() -> None:
    """Base and head are exchanged, and ``columns`` follows."""
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
    """Sixteen trapping bytes precede it, and the entry moves with it."""
    moved = shifted(Code(b"\x90\xc3", entry=1))
    assert moved.text[-2:] == b"\x90\xc3"
    assert moved.text[: moved.entry - 1] == b"\xcc" * 16


class Compiled(Exception):  # noqa: N818  no error: it says that a side was about to be compiled
    """Raised instead of starting a side's process."""


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Source:
    """Give a side that was compiled and cached; compiling it again raises ``Compiled``."""
    place = tmp_path / "side"
    for path in (*Path(ROOT / "strategies").rglob("*.py"), ROOT / "strategies/native/model.h"):
        copy = place / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    own = Store(tmp_path / "store")
    monkeypatch.setattr(kept, "store", lambda: own)
    monkeypatch.delenv(kept.FRESH, raising=False)
    given = Source("base", place)

    def written(sources: list[Source], *_: object) -> dict[str, bytes]:
        records = {one.name: {"records": {"of": str(one.root)}} for one in sources}
        return {name: json.dumps(EMPTY | found).encode() for name, found in records.items()}

    def refuse(sources: list[Source], *_: object) -> dict[str, bytes]:
        if sources:
            raise Compiled
        return {}

    monkeypatch.setattr(sides, "_compiled", written)
    compile_sides([given], WANTED, tmp_path)
    monkeypatch.setattr(sides, "_compiled", refuse)
    return given


def test_a_side_is_compiled_once(source: Source, tmp_path: Path) -> None:
    """Wherever its checkout is: its content identifies it."""
    moved = tmp_path / "moved"
    source.root.rename(moved)
    (side,) = compile_sides([replace(source, name="head", root=moved)], WANTED, tmp_path)
    assert side.records == {"of": str(source.root)}


@pytest.mark.parametrize("file", ["strategies/linux/mapping.py", "strategies/native/model.h"])
def test_an_edited_side_is_compiled_again(source: Source, tmp_path: Path, file: str) -> None:
    """A helper in Python or C is part of it, like a layout."""
    with (source.root / file).open("a") as text:
        text.write("\n")
    with pytest.raises(Compiled):
        compile_sides([source], WANTED, tmp_path)


def test_what_else_is_asked_for_is_compiled(source: Source, tmp_path: Path) -> None:
    """Forms, other backends, another environment, or ``--fresh``."""
    for wanted in (replace(WANTED, forms=True), replace(WANTED, backends=("numba", "gcc"))):
        with pytest.raises(Compiled):
            compile_sides([source], wanted, tmp_path)
    with pytest.raises(Compiled):
        compile_sides([replace(source, environment=tmp_path)], WANTED, tmp_path)


def test_fresh_compiles_a_side_again(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although it is cached."""
    monkeypatch.setenv(kept.FRESH, "1")
    with pytest.raises(Compiled):
        compile_sides([source], WANTED, tmp_path)


def test_a_damaged_side_is_compiled_again(source: Source, tmp_path: Path) -> None:
    """It causes neither a traceback nor another verdict."""
    (path,) = (p for p in (tmp_path / "store").iterdir() if not p.name.startswith("."))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Compiled):
        compile_sides([source], WANTED, tmp_path)


def test_a_side_does_not_see_the_users_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older checkout passes CPATH to its compilers, and NUMBA_DEBUGINFO to numba."""
    place = tmp_path / "side" / "strategies"
    place.mkdir(parents=True)
    (place / "__init__.py").write_text(
        "import os, sys\nsys.exit(' '.join(n for n in os.environ if n in ('CPATH', 'NUMBA_OPT')))"
    )
    for name in ("CPATH", "NUMBA_OPT"):
        monkeypatch.setenv(name, "1")
    with pytest.raises(SideError) as refused:
        compile_sides([Source("base", place.parent)], WANTED, tmp_path)
    assert "CPATH" not in str(refused.value)
    assert "NUMBA_OPT" not in str(refused.value)


def test_a_side_that_hangs_is_not_waited_for_without_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line names the side and the remedy, and its process is gone."""
    monkeypatch.setattr(sides, "COMPILE_MAX_S", 1.0)
    place = tmp_path / "side" / "strategies"
    place.mkdir(parents=True)
    (place / "__init__.py").write_text("import time; time.sleep(600)")
    with pytest.raises(SideError, match=r"base, .*, does not compile in 1 s: .*--backend numba"):
        compile_sides([Source("base", place.parent)], WANTED, tmp_path)


def test_a_slowed_head_does_more_than_it_is_credited_with() -> None:
    """Only head, in one cell: the known truth of a study of the gate's power."""
    pairs = match(side(variant("a"), variant("b")), side(variant("a"), variant("b"))).pairs
    kit = slowed(join(pairs, (cell(),), {}, seed=1), Place(0, 1), 0.02)
    added = {variant.label: variant.added for variant in kit.variants if variant.added}
    assert added == {"b@numba head": {cell().name: 0.02}}

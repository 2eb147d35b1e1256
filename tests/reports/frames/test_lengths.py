"""The answer by length of a request, against the known truth of a file, and in words."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reports.frames import block, lengths, tables
from reports.frames.tables import Tables
from reports.page.plain import block_lines
from reports.read.result import load as read
from reports.rounds.processes import per_process, rounds
from reports.statistics.signed_rank import Estimate
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Truth

SHORT_ONLY = tuple(shape for shape in synthetic.SHAPES if shape.descriptors < 4)


def tabulated(directory: Path, truth: Truth | None = None) -> Tables:
    """The frames of a file with this truth."""
    return tables.tabulate(read(synthetic.write(directory / "r.json", truth)))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The frames of a small, complete result."""
    return tabulated(tmp_path_factory.mktemp("lengths"))


def test_each_length_has_its_true_mean(small: Tables) -> None:
    """Named shapes alone count, each once; the nanoseconds are those of the mean request."""
    rows = {(r["phase"], r["length"], r["strategy"]): r for r in small.lengths.to_dict("records")}
    for length, shapes, ns in (("short", 2, 9), ("long", 1, 40)):
        one = rows["add", length, "sg_ring"]
        assert one["centre"] == pytest.approx(1.3, rel=0.003)
        assert one["low"] <= one["centre"] <= one["high"]
        assert one["shapes"] == shapes
        assert one["base_ns"] == pytest.approx(ns, rel=0.05)
        assert one["ns"] == pytest.approx(0.3 * ns, rel=0.05)
        assert one["ns_low"] <= one["ns"] <= one["ns_high"]
    assert set(small.lengths["phase"]) == {"map", "add", "cycle"}


def test_where_no_process_has_all_shapes_the_shapes_are_averaged(tmp_path: Path) -> None:
    """The mean stays, and its interval is at least as wide as of independent errors."""
    result = read(synthetic.write(tmp_path / "r.json", Truth(processes=16)))
    processes = per_process(rounds(result.values))
    ratios = tables.tabulate(result).ratios
    shape = processes["shape"].astype(str)
    half = np.where(shape == "4k-read", processes["process"] < 8, processes["process"] >= 8)
    whole = lengths.by_length(processes, ratios)
    parted = lengths.by_length(processes[half], ratios)
    keys = ["phase", "length", "strategy"]
    both = whole.merge(parted, on=keys, suffixes=("", "_parted"))
    both = both[both["length"] == "short"]
    assert len(both) == 2 * 3
    np.testing.assert_allclose(both["centre"], both["centre_parted"], rtol=0.002)
    width, parted_width = (both[f"high{end}"] - both[f"low{end}"] for end in ("", "_parted"))
    assert (parted_width > 0).all()
    assert parted_width.mean() > width.mean() / np.sqrt(2)


def test_the_hidden_factor_widens_it_as_it_does_ratios(tmp_path: Path) -> None:
    """A share of the ratio is added like an independent error, to the nanoseconds as well."""
    result = read(synthetic.write(tmp_path / "r.json"))
    ratios = tables.tabulate(result).ratios.assign(hidden=0.05)
    found = lengths.by_length(per_process(rounds(result.values)), ratios)
    rows = {(r["phase"], r["length"], r["strategy"]): r for r in found.to_dict("records")}
    one = rows["add", "long", "sg_ring"]
    assert (one["high"] - one["low"]) / 2 == pytest.approx(0.05 * 1.3, rel=0.05)
    assert (one["ns_high"] - one["ns_low"]) / 2 == pytest.approx(0.05 * 1.3 * 40, rel=0.1)


def test_words_of_one_compiler(tmp_path: Path) -> None:
    """Nanoseconds, the share of the call and of the whole; no compiler is named."""
    found = block.block(tabulated(tmp_path).lengths)
    assert found is not None
    chained, ring = block.sentences(found, "Example CPU")
    assert chained.startswith("On Example CPU, with chained_scatterlist in place of flat_array, a ")
    assert "short request (2 - 3 descriptors) takes 0.90 ns longer (+10 % of add_buf, " in chained
    assert "; a long one (18 descriptors) takes 4.0 ns longer (+10" in chained
    assert ring.startswith("With sg_ring, a short request takes 2.7 ns longer (+30 % of add_buf, ")
    assert "of the whole request); a long one takes 12 ns longer (+30 %, " in ring


@pytest.mark.parametrize(
    ("ratio", "said"),
    [(0.8, "1.8 ns less (-20 % of add_buf)"), (1.0, "as long (under 0."), (1.002, "as long (")],
)
def test_a_difference_that_does_not_matter_is_none(tmp_path: Path, ratio: float, said: str) -> None:
    """Faster is said as such; what is within the gate's band is as long."""
    layouts = (synthetic.LAYOUTS[0], Layout("ring", ratio))
    truth = Truth(layouts=layouts, phases=("add",), shapes=SHORT_ONLY)
    found = block.block(tabulated(tmp_path, truth).lengths)
    assert found is not None
    (sentence,) = block.sentences(found)
    assert said in sentence
    assert sentence.endswith("; a long one (18 and more descriptors) was not measured.")


def test_compilers_stand_side_by_side(tmp_path: Path) -> None:
    """A column for each length and compiler, and the forms by what they are, that of 2007 first."""
    called = Layout("ring", 1.6, form="outofline", backend="gcc", calls=1)
    truth = Truth(layouts=(*synthetic.TWO_COMPILERS, called), phases=("add", "cycle"))
    found = tabulated(tmp_path, truth).lengths
    known, forms = block.block(found), block.forms_block(found)
    assert known is not None
    assert forms is not None
    assert [(one.length, one.backend) for one in known.columns] == [
        *(("short", "numba"), ("short", "gcc"), ("long", "numba"), ("long", "gcc"))
    ]
    assert [group.name for group in known.groups] == ["add_buf", "the whole request"]
    narrow = block_lines(known, 40)
    assert max(map(len, narrow)) <= 40
    assert narrow.count("add_buf") == 2, "a part for each length"
    assert "of 2007" in forms.groups[0].name
    assert forms.groups[0].lines[0].effects[0] is None, "numba has no such form here"
    assert {line.name for group in forms.groups for line in group.lines} == {"chain", "ring"}


def test_nothing_measured_is_no_block(tmp_path: Path) -> None:
    """Without a candidate, or a request of either length, there is none."""
    alone = tabulated(tmp_path, Truth(layouts=(Layout("flat", 1.0, "baseline"),)))
    between = tuple(replace(shape, descriptors=8.0) for shape in synthetic.SHAPES[:1])
    assert block.block(alone.lengths) is None
    assert block.forms_block(alone.lengths) is None
    assert block.block(tabulated(tmp_path, Truth(shapes=between)).lengths) is None


def test_few_processes_have_no_interval(tmp_path: Path) -> None:
    """Five of them have a centre, and it is printed without one."""
    found = block.block(tabulated(tmp_path, Truth(processes=5)).lengths)
    assert found is not None
    effect = found.groups[0].lines[1].effects[0]
    assert effect is not None
    assert effect.ratio == Estimate(effect.ratio.centre, None, None, 5)
    assert effect.ns_half_width is None

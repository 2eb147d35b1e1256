"""Comparisons of results whose core was, or may have been, in different states."""

import html
from collections.abc import Mapping
from pathlib import Path

import pytest

from reports.compare import runs_page
from reports.compare import sides as compare
from reports.compare.around import cautions, environments
from reports.compare.ratios import ratios_of_ratios
from reports.compare.sides import Side
from reports.read.result import load
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Truth

LAYOUTS = (Layout("flat", 1.0, "baseline"), Layout("ring", 1.0))
SHAPES = (*synthetic.SHAPES[:2], *synthetic.MORE_SHAPES)


def sides(directory: Path, *changes: Mapping[str, object]) -> list[Side]:
    """Files with these changes as sides."""
    settings: dict[str, object] = {
        "layouts": LAYOUTS,
        "shapes": SHAPES,
        "phases": ("add",),
        "rounds": 40,
    }
    paths = [
        synthetic.write(
            directory / f"{at}.json",
            Truth(**(settings | {"seed": at, "processes": 12} | dict(change))),  # type: ignore[arg-type]
        )
        for at, change in enumerate(changes)
    ]
    return compare.sides([load(path) for path in paths])


def test_unknown_state_is_said_and_not_refused(tmp_path: Path) -> None:
    """An older file is compared, and the page says that a difference may be the neighbour's."""
    found = sides(tmp_path, {"alone": 0.7, "beside": 1.3}, {})
    (said,) = cautions(found)
    assert said.startswith("B: whether a neighbour was on the core is unknown in 8 of 8 cells")
    assert len(ratios_of_ratios(*found)) == len(SHAPES)
    index = runs_page.write(found, runs_page.compared(found), tmp_path / "page")
    page = html.unescape(index.read_text())
    assert said in page.replace("\xa0", " ")
    assert ("the core in cells", ["alone", "unknown"]) in environments(found)


def test_other_states_are_said(tmp_path: Path) -> None:
    """One run alone against one that never was: the comparison names it."""
    found = sides(tmp_path, {"alone": 1.0}, {"alone": 0.0, "beside": 1.3})
    (said,) = cautions(found)
    assert said.startswith("B: in 8 of 8 common cells its rounds were in another state")
    assert not list(cautions(sides(tmp_path, {"alone": 1.0}, {"alone": 1.0})))


def test_hidden_factors_widen_what_is_compared(tmp_path: Path) -> None:
    """If a neighbour moved one run unnoticed, the ratio of ratios has a wider interval."""
    quiet, moved = {"alone": 1.0}, {"alone": 0.5, "beside": 1.3, "told": False}
    both = sides(tmp_path, quiet, quiet), sides(tmp_path, quiet, moved)
    widths = [
        float((rows["high"] - rows["low"]).median())
        for rows in (ratios_of_ratios(*found) for found in both)
    ]
    assert widths[1] > 10 * widths[0]
    assert any("unexplained factor" in said for said in cautions(both[1]))


def test_rule_of_the_centre_is_one_for_all_sides(tmp_path: Path) -> None:
    """Position that matters in one run is accounted for in both, or their rules would differ."""
    moved = {("blk/4k-read/add", "ring"): 1.4}
    plain = {"positions": (1.0,) * 4}
    found = sides(tmp_path, plain, plain | {"moved": moved})
    rules = [side.cells[0].series["rule"].tolist() for side in found]
    assert rules[0] == rules[1]
    assert set(rules[0]) - {"", "median"}
    (row,) = ratios_of_ratios(*found).query("shape == '4k-read'").to_dict("records")
    assert row["centre"] == pytest.approx(1.1, abs=0.02)

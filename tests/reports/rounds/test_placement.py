"""The effect of placement, and flagged cells, against known truth."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reports.doubt import marks
from reports.doubt.conditions import Effect
from reports.figures import gallery
from reports.frames import tables
from reports.frames.tables import Tables
from reports.page import page
from reports.page import placement as spreads
from reports.read import facts
from reports.read.result import Result
from reports.read.result import load as read
from reports.rounds.placement import least_settled
from reports.text.table import ratio_cell
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Truth

LAYOUTS = (
    Layout("flat", 1.0, "baseline"),
    Layout("ring", 1.0),
    Layout("clock", 3.0, "sentinel"),
    Layout("flat", 1.0, "control", form="again"),
)
SHAPES = synthetic.SHAPES[:2]


def tabulated(directory: Path, **truth: object) -> Tables:
    """The frames of a small file with this truth."""
    return tables.tabulate(loaded(directory, **truth))


def loaded(directory: Path, **truth: object) -> Result:
    """The result of such a file."""
    settings: dict[str, object] = {"layouts": LAYOUTS, "shapes": SHAPES, "rounds": 24} | truth
    path = synthetic.write(directory / "r.json", Truth(**settings))  # type: ignore[arg-type]
    return read(path)


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The frames of a file in which code position moves the candidate by 10 %."""
    directory = tmp_path_factory.mktemp("moved")
    return tabulated(directory, positions=(0.95, 1.0, 1.0, 1.05), processes=10)


def ring(frame: pd.DataFrame) -> pd.DataFrame:
    """The candidate's rows."""
    return frame[frame["strategy"] == "ring"]


def test_code_position_is_told(moved: Tables) -> None:
    """Each position has its centre, their spread is the true one, and the copy stays."""
    found = ring(moved.placement)
    np.testing.assert_allclose(found["position_0"], 0.95, rtol=0.01)
    np.testing.assert_allclose(found["position_spread"], 0.1, atol=0.01)
    assert found["moved_by_position"].all()
    copy = moved.placement[moved.placement["role"] == "control"]
    assert (copy["position_spread"] < 0.01).all()


def test_answer_that_changes_with_position_is_said(moved: Tables) -> None:
    """Faster at one position and slower at another: the verdicts are listed in order."""
    found = ring(moved.placement)["by_position"]
    assert found.str.startswith("faster, ").all()
    assert found.str.endswith(", slower").all()
    grid = spreads.spread_grid(moved)
    assert grid is not None
    assert [str(row.head) for row in grid.rows] == ["ring (@numba)", "flat[again] (@numba)"]
    assert grid.rows[0].cells[2].centre == "6 of 6"


def test_pages_are_what_is_left(moved: Tables) -> None:
    """With code position divided out only the noise of rounds is left."""
    found = ring(moved.placement)
    assert (found["p95"] - found["p05"] > 0.09).all()
    assert (found["page_span"] < 0.02).all()


def test_unknown_positions_are_unknown(tmp_path: Path) -> None:
    """A file without positions has spans all the same."""
    found = tabulated(tmp_path)
    assert found.placement["position_spread"].isna().all()
    assert not found.placement["moved_by_position"].any()
    assert found.placement["page_span"].isna().all()
    assert found.ratios["p95"].notna().all()
    grid = spreads.spread_grid(found)
    assert grid is not None
    assert grid.rows[0].cells[0].centre == "unknown"


@pytest.fixture(scope="module")
def grouped(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The frames of a file in which half of a candidate's rounds take 40 % longer."""
    return tabulated(tmp_path_factory.mktemp("grouped"), groups=1.4, processes=10)


def test_groups_of_rounds_depend_on_placement(grouped: Tables) -> None:
    """Both clusters are within the span, the mean is between them, and the cell says so."""
    found = ring(grouped.ratios)
    assert found["depends_on_placement"].all()
    np.testing.assert_allclose(found["mean"], 1.2, atol=0.03)
    np.testing.assert_allclose(found["p05"], 1.0, atol=0.01)
    np.testing.assert_allclose(found["p95"], 1.4, atol=0.01)
    assert not grouped.ratios.loc[grouped.ratios["role"] == "control", "depends_on_placement"].any()
    shown = ratio_cell(found.to_dict("records")[0])
    assert all(words.endswith("by what is not recorded") for words in shown.placements)
    assert (found["decided_by"] == "unknown").all()
    np.testing.assert_allclose(found["kind_low"], 1.0, atol=0.01)
    np.testing.assert_allclose(found["kind_high"], 1.4, atol=0.02)
    np.testing.assert_allclose(found["kind_share"], 0.5, atol=0.1)
    assert str(shown).endswith(" ↕")


def test_least_settled_rounds_are_drawn(grouped: Tables) -> None:
    """One figure shows the rounds of those cells, and a table lists the widest first."""
    assert set(grouped.least_settled["label"]) == {"ring"}
    assert len(grouped.least_settled) == 6 * 10 * 24
    (picture,) = [one for one in gallery.pictures(grouped) if one.section == "placement"]
    assert len(picture.figure.axes) == 6
    grid = spreads.dependent_grid(grouped)
    assert grid is not None
    assert len(grid.rows) == 6
    assert spreads.sentence(grouped).startswith("6 of 6 ratios depend on placement: ")


def test_a_quiet_ratio_depends_on_nothing(tmp_path: Path) -> None:
    """Rounds that do not vary do not depend on placement."""
    found = tabulated(tmp_path, noise=0.0, shapes=SHAPES[:1], phases=("add",))
    assert not found.ratios["depends_on_placement"].any()
    assert spreads.sentence(found) == ""
    assert spreads.dependent_grid(found) is None
    assert least_settled([], found.ratios).empty


OTHERS = "others took 12.0 % of CPU 0; steal time 3.1 % on CPU 0"


def test_reports_that_moved_nothing_are_conditions(tmp_path: Path) -> None:
    """Reports of five of twelve processes are counted, and no cell is flagged for them."""
    said = dict.fromkeys(range(4), OTHERS) | {5: "others took 9.0 % of CPU 1"}
    found = tabulated(tmp_path, processes=12, doubts=said)
    assert set(found.doubts["doubt"]) == {""}
    assert set(found.doubts["doubted"]) == {5}
    rows = found.conditions.set_index("condition")
    assert rows["processes"].to_dict() == {"other load": 5, "steal time": 4}
    assert (rows["cells"] == 0).all()
    assert marks.conditions_sentence(found.conditions) == (
        "Conditions that processes reported: other load in 5 and steal time in 4; "
        "no numbers changed with them."
    )


def test_reports_that_moved_numbers_are_a_doubt(tmp_path: Path) -> None:
    """If processes that report steal are 3 % off, the cells are flagged, with the reason."""
    found = tabulated(
        tmp_path,
        processes=12,
        doubts=dict.fromkeys(range(4), OTHERS),
        off=dict.fromkeys(range(4), 1.03),
    )
    words = [
        f"ratios changed with {what} in 4 of 12 processes" for what in ("other load", "steal time")
    ]
    assert set(found.doubts["doubt"]) == {"; ".join(words)}
    assert "6 of 6 cells are flagged: other load in 6, steal time in 6" in (
        marks.sentence(found.ratios, found.doubts, found.conditions)
    )
    grid = marks.conditions_grid(found.conditions)
    assert grid is not None
    assert [str(cell) for cell in grid.rows[0].cells][0::2] == ["4", "6"]


def test_a_cell_is_marked_only_where_the_run_moved() -> None:
    """A cell's p is not enough: that of all cells must be lower with more conditions."""
    cells = np.array([0.01, 0.2])
    assert marks._moved(Effect(0.004, cells), 2).tolist() == [True, False]
    assert not marks._moved(Effect(0.004, cells), 3).any()
    assert not marks._moved(Effect(0.02, cells), 1).any()


def test_copy_that_is_off_is_a_doubt(tmp_path: Path) -> None:
    """If the baseline's own copy is 3 % off, that cell is flagged, and no other."""
    found = tabulated(tmp_path, factors={("blk/4k-read/add", "flat[again]"): 1.03})
    rows = found.doubts[found.doubts["doubt"] != ""]
    (row,) = rows.to_dict("records")
    assert (row["shape"], row["phase"]) == ("4k-read", "add")
    said = marks.sentence(found.ratios, found.doubts, found.conditions)
    assert said.startswith("1 of 6 cells is flagged: the baseline's own copy off in 1")
    assert row["doubt"].startswith("the baseline's own copy flat[again] is off by 3.")
    little = tabulated(tmp_path, factors={("blk/4k-read/add", "flat[again]"): 1.006})
    assert set(little.doubts["doubt"]) == {""}


@pytest.mark.parametrize(
    ("report", "kind"),
    [
        ("clock of CPU 0 changed from 2.60 to 3.10 GHz", "clock changes"),
        ("CPU 1, on the same core, was busy 30.0 % of the time", "a busy neighbour on the core"),
        ("had to give way to others 300 times a second", "preemption"),
        ("something new on CPU 3", "something new on"),
    ],
)
def test_reports_are_counted_by_kind(report: str, kind: str) -> None:
    """A report is reduced to its kind; an unknown one keeps its own words without numbers."""
    assert marks.kind(report) == kind


def test_sentinel_that_moves_alone_is_no_doubt(tmp_path: Path) -> None:
    """If it takes 5 % longer in a quarter of the processes and ratios stay, that is a condition."""
    found = tabulated(tmp_path, clocks={0: 1.05, 1: 1.05})
    assert set(found.doubts["doubt"]) == {""}
    assert set(found.doubts["sentinel_moved"]) == {2}
    assert found.conditions["condition"].tolist() == [marks.CLOCK]
    assert "2 of 8 processes" in marks.sentinel_facts(found.doubts)["off by more than 2%"]


def test_quiet_run_has_no_doubt(tmp_path: Path) -> None:
    """A sentinel that differs only between cells flags nothing; its absence is mentioned."""
    found = tabulated(tmp_path)
    assert marks.sentence(found.ratios, found.doubts, found.conditions).startswith(
        "None of 6 cells"
    )
    alone = tabulated(tmp_path, layouts=LAYOUTS[:2])
    said = marks.sentence(alone.ratios, alone.doubts, alone.conditions)
    assert "no sentinel watched the clock" in said
    assert marks.sentinel_facts(alone.doubts) == {}


CONDITIONS = {
    "condition_steal": "fine, 0.0 %",
    "condition_turbo": "unknown, nothing says",
    "condition_other_load": "doubtful, 40 % of CPU 0; end what runs there",
    "placement": "drawn",
    "length": "quick",
    "partial": "interrupted",
}


def test_conditions_and_partial_are_on_the_page(tmp_path: Path) -> None:
    """Doubtful conditions come first, and an interrupted run says so at once."""
    result = loaded(
        tmp_path,
        metadata={**synthetic.METADATA, **CONDITIONS},
        doubts=dict.fromkeys(range(8), OTHERS),
        groups=1.4,
    )
    found = tables.tabulate(result)
    names = [name for name, _ in facts.conditions(result)]
    assert names == ["other load", "turbo", "steal"]
    text = page.index(result, found, [])
    first = text.split('<h2 id="ratios">')[0]
    assert "Doubtful before the run: other load. Measure again while" in first
    assert "Interrupted: fewer processes than planned." in text
    assert "None of 6 cells is flagged" in text
    assert "depend on placement" in text
    assert "other load in 8" in text
    assert "end what runs there" in text
    assert "length of the run" in text
    assert "Interrupted: fewer processes" in page.summary(result, found)

"""Rounds with and without a neighbour: what is published, in which rows, and what is said."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from reports import exports, load_rounds
from reports import load as load_frame
from reports.doubt import marks
from reports.frames import tables
from reports.page import page, terminal
from reports.read import states
from reports.read.result import Result, load
from reports.rounds.processes import every, in_state, per_process, published, rounds, shared
from reports.statistics.signed_rank import PROCESSES_MIN
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Truth

LAYOUTS = (
    Layout("flat", 1.0, "baseline"),
    Layout("ring", 1.0),
    Layout("chain", 1.2),
    Layout("clock", 3.0, "sentinel"),
    Layout("flat", 1.0, "control", form="again"),
)
SHAPES = (*synthetic.SHAPES[:2], *synthetic.MORE_SHAPES)
BESIDE = 1.3  # a neighbour's factor on a candidate


def loaded(directory: Path, **truth: object) -> Result:
    """The result of a file with this truth: half of the rounds have a neighbour."""
    settings: dict[str, object] = {
        "layouts": LAYOUTS,
        "shapes": SHAPES,
        "phases": ("add",),
        "rounds": 40,
        "processes": 10,
        "alone": 0.5,
        "beside": BESIDE,
    }
    path = directory / "r.json"
    return load(synthetic.write(path, Truth(**(settings | truth))))  # type: ignore[arg-type]


def ring(frame: pd.DataFrame) -> pd.DataFrame:
    """One candidate's rows."""
    return frame[frame["strategy"] == "ring"]


@pytest.fixture(scope="module")
def half(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A result whose rounds had a neighbour half of the time."""
    return loaded(tmp_path_factory.mktemp("half"))


@pytest.fixture(scope="module")
def found(half: Result) -> tables.Tables:
    """Its frames."""
    return tables.tabulate(half)


def test_published_are_rounds_alone(found: tables.Tables) -> None:
    """The published ratio is the one without a neighbour, and says so; the other is separate."""
    np.testing.assert_allclose(ring(found.ratios)["centre"], 1.0, rtol=0.01)
    assert set(found.ratios["state"]) == {"alone"}
    np.testing.assert_allclose(ring(found.shared)["centre"], BESIDE, rtol=0.01)
    assert set(found.shared["state"]) == {"shared"}
    assert set(ring(found.ratios)["verdict"]) <= {"inconclusive", "doubtful"}
    assert (ring(found.shared)["verdict"] == "slower").all()


def test_what_is_accounted_for_is_no_hidden_factor(half: Result, found: tables.Tables) -> None:
    """The same rounds without their states have a factor that moves all cells together."""
    assert not found.hidden["found"].iloc[0]
    values = half.values.assign(state=states.UNKNOWN)  # noqa: PD011  (a frame of ours)
    blind = tables.tabulate(half, cells=rounds(values))
    assert blind.hidden["found"].iloc[0]
    assert set(blind.ratios["state"]) == {""}


def test_none_alone_is_said_by_name(tmp_path: Path) -> None:
    """If no round is alone, the numbers are from the shared state, and there are no others."""
    result = loaded(tmp_path, alone=0.0)
    found = tables.tabulate(result)
    np.testing.assert_allclose(ring(found.ratios)["centre"], BESIDE, rtol=0.01)
    assert set(found.ratios["state"]) == {"shared"}
    assert found.shared.empty
    text = "The numbers are from rounds with a busy neighbour on the core."
    assert text in page.index(result, found, [])
    assert text in page.summary(result, found)


def test_too_few_of_each_are_mixed(tmp_path: Path) -> None:
    """Five rounds per process are too few of either state: all are used, and the page says so."""
    result = loaded(tmp_path, rounds=10, alone=0.5)
    found = tables.tabulate(result)
    assert set(found.ratios["state"]) == {"mixed"}
    assert states.sentence(found.ratios["state"]).startswith(
        "The numbers are from all rounds, with and"
    )


def test_processes_without_enough_rounds_are_left_out(half: Result) -> None:
    """A process counts with eight rounds of the state, and a cell with six such processes."""
    whole = every(half.values)[0]
    processes = whole.seconds.index.get_level_values("process")
    few = np.where(processes < PROCESSES_MIN, states.ALONE, states.SHARED).astype(np.int8)
    cell = replace(whole, states=few)
    cell.states[processes == 9] = states.NEITHER
    cell.states[np.flatnonzero(processes == 9)[:8]] = states.ALONE
    here = in_state(cell, states.ALONE)
    assert sorted(set(here.seconds.index.get_level_values("process"))) == [0, 1, 2, 3, 4, 5, 9]
    assert len(here.seconds) == len(here.positions) == len(here.states) == PROCESSES_MIN * 40 + 8
    cell.states[np.flatnonzero(processes == 9)[0]] = states.NEITHER
    assert len(in_state(cell, states.ALONE).seconds) == PROCESSES_MIN * 40
    cell.states[processes == 0] = states.NEITHER
    assert published(cell).state == "mixed"


def test_older_files_are_of_unknown_state(tmp_path: Path) -> None:
    """Without states every round counts, and the page says that they are unknown."""
    result = loaded(tmp_path, told=False)
    found = tables.tabulate(result)
    assert set(found.ratios["state"]) == {""}
    assert not shared(result.values)
    assert "The numbers are from rounds of unknown state" in page.index(result, found, [])


def test_states_of_wrong_length_or_letter_are_unknown(tmp_path: Path) -> None:
    """A run whose text does not fit its values has unknown states."""
    path = tmp_path / "r.json"
    data = json.loads(synthetic.write(path, Truth(layouts=LAYOUTS[:2], alone=0.5)).read_text())
    runs = data["benchmarks"][0]["runs"]
    runs[0]["metadata"]["states"] = "a"
    runs[1]["metadata"]["states"] = "?" * 7
    path.write_text(json.dumps(data))
    values = load(path).values  # noqa: PD011  (a frame of ours)
    first = values[values["process"].isin((0, 1))].head(14)
    assert set(first["state"]) == {states.UNKNOWN}
    assert set(values["state"]) == {states.UNKNOWN, states.ALONE, states.SHARED}


def test_page_says_what_a_neighbour_does(half: Result, found: tables.Tables) -> None:
    """Each candidate with a neighbour; that the numbers are from rounds alone is no doubt."""
    console = Console(record=True, width=120)
    terminal.show(console, half, found)
    text = console.export_text()
    assert "The numbers are from" not in text
    assert "With a busy neighbour, ring takes 1." in page.index(half, found, [])


def test_frames_and_exports_have_both(half: Result, found: tables.Tables, tmp_path: Path) -> None:
    """Rows of the shared state come with the others, and exports name them apart."""
    frame = load_frame(half.path)
    assert set(frame["state"]) == {"alone", "shared"}
    both = ring(frame).groupby("state")["ratio"].median()
    assert both["shared"] / both["alone"] == pytest.approx(BESIDE, rel=0.01)
    each = load_rounds(half.path)
    assert set(each["state"]) == {"alone", "shared"}
    written = exports.write("bencher", exports.Export(half, found), tmp_path)
    names = json.loads(written.read_text())
    assert "blk/4k-read/add/ring@numba" in names
    assert "blk/4k-read/add/ring@numba{state=shared}" in names


def test_cells_in_different_states_are_counted() -> None:
    """If cells differ, the sentence counts the cells of each state."""
    text = states.sentence(["alone", "shared", "alone"])
    assert text.startswith(
        "The numbers are from rounds that had the core to themselves (2 cells) and from rounds"
    )


@pytest.mark.parametrize("step", [1.3, 0.7])
def test_a_clock_that_changes_is_no_neighbour_and_no_doubt(tmp_path: Path, step: float) -> None:
    """Four processes at another clock: ratios stay, so there is no factor and no flag."""
    clocks = dict.fromkeys(range(4), step)
    found = tables.tabulate(loaded(tmp_path, alone=None, clocks=clocks))
    assert not found.hidden["found"].iloc[0]
    assert set(found.doubts["doubt"]) == {""}
    (row,) = found.conditions.to_dict("records")
    assert (row["condition"], row["processes"], row["cells"]) == (marks.CLOCK, 4, 0)


def test_turbo_steps_that_move_numbers_are_a_doubt(tmp_path: Path) -> None:
    """If the processes of another clock also have other ratios, the cells are flagged."""
    moved = dict.fromkeys(range(4), 1.03)
    result = loaded(tmp_path, alone=None, clocks=moved, off=moved)
    found = tables.tabulate(result)
    assert set(found.doubts["doubt"]) == {"ratios changed with the clock in 4 of 10 processes"}
    assert "numbers changed with the clock" in page.index(result, found, [])


def test_relabelling_processes_and_strategies_changes_nothing(half: Result) -> None:
    """Renumbered processes and renamed strategies have the same centres, one by one."""
    values = half.values  # noqa: PD011  (a frame of ours)
    before = per_process(rounds(values)).pivot_table("ratio", "process", ["cell", "label"])
    mixed = values.assign(process=(values["process"] * 7 + 3) % 10)
    names = {"ring": "chain", "chain": "ring"}
    for key in ("strategy", "variant", "label"):
        mixed[key] = mixed[key].cat.rename_categories(names)
    after = per_process(rounds(mixed)).pivot_table("ratio", "process", ["cell", "label"])
    after = after.rename(columns=names, level="label")[before.columns]
    np.testing.assert_allclose(after.loc[(before.index * 7 + 3) % 10], before)

"""Thinned copies of results of an AMD EPYC with a neighbour, on which the suite once failed.

``epyc-states``: eight cells of a quick run, its rounds' states by a prototype of the throughput
sentinel. ``epyc-default``: seven cells of a default run, of an older commit, without states.
"""

from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from bench.paths import ROOT
from reports.doubt import hidden, marks
from reports.frames import tables
from reports.neighbour import main, neighbour
from reports.read.result import load
from reports.rounds.processes import every, rounds
from reports.rounds.watch import SENTINELS, sums_over_chain, watched

DATA = ROOT / "tests" / "data"
STATES, DEFAULT = DATA / "epyc-states.json.gz", DATA / "epyc-default.json.gz"


@pytest.fixture(scope="module")
def alone() -> tables.Tables:
    """The frames of the rounds with known states."""
    return tables.tabulate(load(STATES))


@pytest.fixture(scope="module")
def blind() -> tables.Tables:
    """The frames of the same file without its states."""
    result = load(STATES)
    values = result.values.assign(state=-1)
    return tables.tabulate(result, cells=rounds(values))


def test_without_states_the_hidden_factor_is_found(
    alone: tables.Tables, blind: tables.Tables
) -> None:
    """It explains nearly all variation; with the core to itself it is within chance."""
    assert blind.hidden["found"].iloc[0]
    assert blind.hidden["share"].iloc[0] > 0.8
    assert not alone.hidden["found"].iloc[0]
    assert alone.hidden["share"].iloc[0] < 2 * alone.hidden["chance"].iloc[0]
    assert (blind.ratios["hidden"] > 0.01).mean() > 0.5
    assert (alone.ratios["hidden"] == 0).all()


def test_with_states_intervals_are_many_times_narrower(
    alone: tables.Tables, blind: tables.Tables
) -> None:
    """The neighbour is a result of its own and no longer an error."""
    width = [(one.ratios["high"] - one.ratios["low"]).median() for one in (alone, blind)]
    assert width[0] < width[1] / 8
    assert set(alone.ratios["state"]) == {"alone"}
    both = alone.shared.set_index("cell")["centre"] / alone.ratios.set_index("cell")["centre"]
    assert both.max() > 1.2


def test_default_file_says_one_clear_thing() -> None:
    """No cell is flagged for harmless load: the first doubt is about all, with its size."""
    found = tables.tabulate(load(DEFAULT))
    first = hidden.sentence(found.hidden)
    assert first.startswith("An unexplained factor moves all cells together")
    assert set(found.doubts["doubt"]) == {""}
    assert (found.doubts["doubted"] > 0).all()
    assert marks.conditions_sentence(found.conditions).endswith("no numbers changed with them.")


def test_what_watched_is_read_round_by_round() -> None:
    """Both sentinels at both ends, with the states of the values; other files have none."""
    found = watched(STATES)
    assert found[list(SENTINELS)].notna().all(axis=None)
    assert set(found["state"]) == {"alone", "shared", "neither"}
    assert len(found) == 14 * 48
    assert watched(DEFAULT).empty
    slow = sums_over_chain(found).groupby(found["state"]).median()
    assert slow["shared"] > 1.15 * slow["alone"]


def test_clock_is_not_in_the_quotient() -> None:
    """A core 30 % slower gives the same quotient; the worse end of a round counts."""
    found = watched(STATES)
    slower = found.assign(**{name: 1.3 * found[name] for name in SENTINELS})
    np.testing.assert_allclose(sums_over_chain(slower), sums_over_chain(found))
    ended = found.assign(sums_end=2 * found["sums_end"])
    np.testing.assert_allclose(sums_over_chain(ended), 2 * sums_over_chain(found))


def test_neighbour_is_drawn() -> None:
    """Above the sentinel by state, below one histogram per state, both labelled."""
    cell = every(load(STATES).values)[0]
    figure = neighbour(watched(STATES), cell, "chained_scatterlist", "title")
    above, below = figure.axes
    named = [axes.get_legend_handles_labels()[1] for axes in (above, below)]
    assert named[0] == ["alone", "shared", "neither"]
    assert [words.partition(":")[0] for words in named[1]] == ["alone", "shared"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([str(DEFAULT), "blk/4k-read/add", "chained_scatterlist"], "did not watch the core"),
        ([str(STATES), "blk/none/add", "chained_scatterlist"], "no cell blk/none/add"),
        ([str(STATES), "blk/4k-barrier/add", "ring"], "no series ring in blk/4k-barrier/add"),
    ],
    ids=["no watch", "no cell", "no series"],
)
def test_what_cannot_be_drawn_is_said(tmp_path: Path, words: list[str], complaint: str) -> None:
    """One line that names the thing, and exit status 2."""
    app = typer.Typer()
    app.command()(main)
    done = CliRunner().invoke(app, [*words, "-o", str(tmp_path / "neighbour")])
    assert done.exit_code == 2
    assert complaint in " ".join(done.output.split())


def test_figure_is_written_for_a_document(tmp_path: Path) -> None:
    """One SVG, at the given path."""
    app = typer.Typer()
    app.command()(main)
    words = [str(STATES), "blk/4k-barrier/add", "chained_scatterlist", "-o", str(tmp_path / "n")]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == ["n.svg"]

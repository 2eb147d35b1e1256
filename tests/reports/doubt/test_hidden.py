"""The hidden factor, and the effect of conditions, on ratios with known truth."""

import numpy as np
import pandas as pd
import pytest

from reports.doubt import hidden
from reports.doubt.conditions import LEVEL, Table, effect, table_of
from reports.rounds.processes import CELL
from reports.statistics.signed_rank import Estimate

CELLS, SERIES, PROCESSES = 8, 3, 16


def table(seed: int, factor: float = 0.0, processes: int = PROCESSES, cells: int = CELLS) -> Table:
    """Ratios with 1 % noise, moved by one number per process of this size.

    The series of a cell share a baseline, whose noise is in all of them; one cell is wild.
    """
    draw = np.random.default_rng(seed)
    owners = np.repeat(np.arange(cells), SERIES)
    own = draw.normal(0, 0.01, (processes, cells * SERIES))
    base = draw.normal(0, 0.01, (processes, cells))[:, owners]
    wild = np.where(owners == 0, 20.0, 1.0)
    moved = draw.normal(0, factor, (processes, 1)) * draw.choice((-1, 1), len(owners))
    names = [("blk", f"cell-{at}", "add", "") for at in range(cells)]
    keys = [(*names[at], f"series-{number}") for number, at in enumerate(owners)]
    return Table((own + base) * wild + moved, list(range(processes)), keys, owners, names)


def test_a_factor_is_found_and_measured() -> None:
    """A factor that moves ratios by 5 % explains most of them, and its size is found."""
    found = hidden.factor(table(1, factor=0.05))
    assert found is not None
    assert found.found
    assert found.share > hidden.TIMES_CHANCE * found.chance
    assert found.size == pytest.approx(0.05, rel=0.3)
    assert (found.processes, found.cells) == (PROCESSES, CELLS)
    assert "unexplained factor" in hidden.sentence(hidden.as_row(found))


def test_no_factor_is_none() -> None:
    """Neither noise, nor a shared baseline, nor one wild cell moves all cells together."""
    found = [hidden.factor(table(seed)) for seed in range(40)]
    assert not any(one is None or one.found for one in found)
    assert hidden.sentence(hidden.as_row(found[0])) == ""
    assert hidden.outcome(hidden.as_row(found[0]))["more than chance"].startswith("no")


def test_too_few_cannot_tell() -> None:
    """Five processes or two cells are not enough."""
    assert hidden.factor(table(1, 0.1, processes=5)) is None
    assert hidden.factor(table(1, 0.1, cells=2)) is None
    assert hidden.sentence(hidden.as_row(None)) == ""
    assert hidden.outcome(hidden.as_row(None)) == {}


def test_what_is_missing_is_left_out() -> None:
    """Processes that lack cells leave the block, as do cells that most lack."""
    whole = table(2, factor=0.05)
    whole.logs[:4, SERIES:] = np.nan
    whole.logs[6:, :SERIES] = np.nan
    found = hidden.factor(whole)
    assert found is not None
    assert found.found
    assert (found.processes, found.cells) == (PROCESSES - 4, CELLS - 1)


def test_relabelling_changes_nothing() -> None:
    """The order of processes and series does not matter."""
    one, draw = table(3, factor=0.02), np.random.default_rng(3)
    rows = draw.permutation(PROCESSES)
    columns = np.argsort(draw.random(len(one.keys)) + 10 * one.owners)
    mixed = Table(
        one.logs[rows][:, columns],
        [one.processes[at] for at in rows],
        [one.keys[at] for at in columns],
        one.owners[columns],
        one.cells,
    )
    before, after = hidden.factor(one), hidden.factor(mixed)
    assert before is not None
    assert after is not None
    assert after.share == pytest.approx(before.share)
    assert after.chance == pytest.approx(before.chance)
    assert after.sizes == pytest.approx(before.sizes)


def test_intervals_are_widened_by_one_draw_of_it() -> None:
    """An interval of 3 % either way, and 1.96 deviations of 2 %: 4.9 %, added like errors.

    The copy of the baseline keeps its own interval, as it shows the noise.
    """
    key = ("blk", "cell", "add", "", "series")
    row = dict(zip([*CELL, "label"], key, strict=True))
    ends = {"centre": 1.0, "low": 0.97, "high": 1.03, "smallest": 0.04}
    rows = pd.DataFrame([row | ends | {"role": role} for role in ("candidate", "control")])
    found = hidden.Factor(0.5, 0.1, 20, 10, found=True, sizes={key: 0.02})
    wide, copy = hidden.widened(rows, found, [*CELL, "label"]).to_dict("records")
    assert (copy["low"], copy["high"], copy["hidden"]) == (0.97, 1.03, 0.0)
    assert wide["high"] - 1 == pytest.approx(np.hypot(0.03, 1.96 * 0.02), rel=1e-3)
    assert 1 - wide["low"] == pytest.approx(np.hypot(0.03, 1.96 * 0.02), rel=1e-3)
    assert wide["smallest"] == pytest.approx(0.04 * np.hypot(0.03, 1.96 * 0.02) / 0.03, rel=1e-3)
    quiet = hidden.Factor(0.1, 0.1, 20, 10, found=False, sizes={key: 0.02})
    assert hidden.widened(rows, quiet, [*CELL, "label"]).iloc[0]["high"] == 1.03
    assert hidden.wider_by(Estimate(2.0, 1.9, 2.1, 9), 0.2).high == pytest.approx(
        2 + np.hypot(0.1, 0.2)
    )
    assert hidden.wider_by(Estimate(2.0, None, None, 3), 0.2).low is None


def test_a_condition_that_moves_numbers_is_named_with_its_cells() -> None:
    """Five processes are 4 % slower in two cells: those two and the run are found, no other."""
    one = table(4)
    flags = np.zeros((PROCESSES, CELLS), dtype=bool)
    flags[:5] = True
    one.logs[:5, 3 * SERIES : 5 * SERIES] += 0.04
    found = effect(one, flags)
    assert found.p <= LEVEL
    assert (found.of_cells[3:5] <= 0.05).all()
    assert (found.of_cells[[0, 1, 2, 5, 6, 7]] > 0.05).all()


def test_conditions_that_moved_nothing_are_doubted_as_rarely_as_promised() -> None:
    """Of 100 runs whose condition did nothing, about 1 in 20 has a p of 5 %."""
    flags = np.zeros((PROCESSES, CELLS), dtype=bool)
    flags[:5] = True
    chances = np.array([effect(table(seed), flags).p for seed in range(100)])
    assert 0 <= np.mean(chances <= 0.05) <= 0.11
    assert 0.35 <= np.median(chances) <= 0.65


def test_a_condition_of_one_process_shows_nothing() -> None:
    """One process is random, and so is a condition that all have."""
    flags = np.zeros((PROCESSES, CELLS), dtype=bool)
    flags[0] = True
    assert effect(table(5), flags).p == 1
    assert effect(table(5), ~np.zeros_like(flags)).p == 1


def test_table_holds_the_candidates() -> None:
    """One row per process, one column per series of a cell; missing values are NaN."""
    rows = [("a", "x", 0, 2.0), ("a", "x", 1, 4.0), ("b", "y", 1, 8.0)]
    names = ["shape", "label", "process", "ratio"]
    frame = pd.DataFrame(rows, columns=names).assign(
        workload="blk", phase="add", axes="", role="candidate"
    )
    found = table_of(pd.concat([frame, frame.assign(role="control")]))
    np.testing.assert_allclose(np.exp(found.logs), np.array([[2.0, np.nan], [4.0, 8.0]]))
    assert found.cells == [("blk", "a", "add", ""), ("blk", "b", "add", "")]
    assert found.processes == [0, 1]

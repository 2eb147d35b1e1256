"""Draws of placements against known truth: their spread, the slow ones, the code's positions."""

import numpy as np
import pytest

from reports.experiments import draws
from reports.read.result import load
from reports.rounds.processes import Rounds, rounds
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Truth

CELL, SERIES = "blk/4k-read/add", "ring"
LAYOUTS = (Layout("flat", 1.0, "baseline"), Layout(SERIES, 1.0))
ROUNDS, SHARE, MOVED = 40, 0.2, 0.9


@pytest.fixture(scope="module")
def cell(tmp_path_factory: pytest.TempPathFactory) -> Rounds:
    """A cell in which a fifth of the ring's draws are slow and one position is fast."""
    truth = Truth(
        layouts=LAYOUTS,
        shapes=synthetic.SHAPES[:1],
        phases=("add",),
        rounds=ROUNDS,
        noise=1e-5,
        shared=1e-5,
        positions=(1.0,) * 4,
        slow={(CELL, SERIES): SHARE},
        moved={(CELL, SERIES): MOVED},
    )
    path = synthetic.write(tmp_path_factory.mktemp("draws") / "r.json", truth)
    (found,) = rounds(load(path).values)
    return found


def test_slow_draws_are_counted_and_their_cost_is_shown(cell: Rounds) -> None:
    """The share is exact, and the cost is the extra time of slow draws, positions included."""
    (ring,) = draws.frame([cell], "draws").query("strategy == @SERIES").to_dict("records")
    assert ring["draws"] == ROUNDS * 8
    assert ring["slow_share"] == pytest.approx(SHARE)
    assert synthetic.SLOW * MOVED - 1 < ring["slow_cost"] < synthetic.SLOW - 1 + 1e-3
    assert "20.0 %, +" in draws.slow_text(ring)


def test_draws_alike_are_not_slow(cell: Rounds) -> None:
    """A series without slow draws has no cost for them."""
    (flat,) = draws.frame([cell], "draws").query("strategy == 'flat'").to_dict("records")
    assert flat["slow_share"] == 0
    assert np.isnan(flat["slow_cost"])
    assert draws.slow_text(flat) == "0.0 %"


def test_each_code_position_has_its_estimate(cell: Rounds) -> None:
    """The moved position has its factor, the others are the median."""
    rows = draws.frame([cell], "position").query("strategy == @SERIES").set_index("code")
    np.testing.assert_allclose(rows["centre"].loc[["16", "32", "48"]], 1, atol=0.01)
    assert rows["centre"].loc["0"] == pytest.approx(MOVED, abs=0.01)


def test_the_table_says_what_slow_draws_cost(cell: Rounds) -> None:
    """One row per series: draws, span, share, and the median of the slow ones."""
    (table,) = draws.grids(draws.frame([cell], "draws"))
    assert [row.head.name for row in table.rows] == ["flat", SERIES]
    assert [str(one) for one in table.rows[0].cells][-1] == "none"
    assert str(table.rows[1].cells[2]) == "20.0 %"

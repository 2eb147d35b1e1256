"""The reference of a ratio: a baseline that depends on code position counts as its mean."""

import numpy as np
import pandas as pd
import pytest

from reports.rounds.processes import CELL, per_process, ratios_of, rounds
from reports.statistics.centre import Rule
from reports.statistics.signed_rank import hodges_lehmann
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Truth

PROCESSES, ROUNDS = 8, 32
COSTS = np.array([1.0, 1.0, 1.0, 1.4])  # of the baseline's code, by position
TRUTH = {"flat": 1.0, "flat[again]": 1.0, "ring": 1.2}
LAYOUTS = (
    Layout("flat", 1.0, "baseline"),
    Layout("flat", 1.0, "control", form="again"),
    Layout("ring", 1.2),
)


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """The values of a cell whose baseline, and so its copy, depends on position."""
    from reports.read.result import load

    truth = Truth(
        layouts=LAYOUTS,
        shapes=synthetic.SHAPES[:1],
        phases=("add",),
        processes=PROCESSES,
        rounds=ROUNDS,
        positions=(1.0,) * 4,
    )
    path = tmp_path_factory.mktemp("pairing") / "r.json"
    found = load(synthetic.write(path, truth)).values  # noqa: PD011  (a frame of ours)
    draw = np.random.default_rng(4)
    at = pd.Series(0, found.index)
    for _, part in found.groupby(["label", "process"], observed=True):
        at[part.index] = draw.permuted(np.arange(len(part)) % 4)
    costs = np.where(found["strategy"] == "flat", COSTS[at], 1.0)
    return found.assign(position=at.astype(np.int8), seconds=found["seconds"] * costs)


def centre(values: pd.DataFrame, label: str) -> float:
    """The centre of a series' ratio."""
    rows = per_process(rounds(values))
    return hodges_lehmann(rows.loc[rows["label"] == label, "ratio"])


def test_the_copy_of_such_a_baseline_is_off_by_nothing(values: pd.DataFrame) -> None:
    """A mean over a median would be 1.1: a false alarm of the A/A control."""
    assert centre(values, "flat[again]") == pytest.approx(1.0, abs=0.004)


def test_a_candidate_is_held_against_the_mean_of_positions(values: pd.DataFrame) -> None:
    """Its own rounds form one cluster: the ratio is to the baseline's average cost."""
    assert centre(values, "ring") == pytest.approx(TRUTH["ring"] / COSTS.mean(), abs=0.004)


def test_the_rule_is_found_in_the_baselines_own_rounds(values: pd.DataFrame) -> None:
    """Not in a candidate's: without positions of the baseline nothing is scaled."""
    (cell,) = rounds(values)
    assert cell.levels is not None
    assert cell.series.loc["flat[again]", "rule"] == Rule.POSITIONS.value
    blind = values.assign(
        position=values["position"].where(values["role"] != "baseline", -1).astype(np.int8)
    )
    (cell,) = rounds(blind)
    assert cell.levels is None
    pd.testing.assert_frame_equal(
        ratios_of(cell), cell.seconds.div(cell.seconds["flat"], axis="index")
    )


def test_processes_may_be_relabelled(values: pd.DataFrame) -> None:
    """The numbering of processes does not matter."""
    other = values.assign(process=PROCESSES - 1 - values["process"])
    other = other.sort_values([*CELL, "label", "process", "round"], ignore_index=True)
    for label in ("ring", "flat[again]"):
        assert centre(other, label) == pytest.approx(centre(values, label), rel=1e-12)

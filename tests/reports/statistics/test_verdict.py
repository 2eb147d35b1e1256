"""The verdict of a ratio, given how far the baseline's own copy is off."""

import tempfile
from pathlib import Path

import pytest

from reports.frames import tables
from reports.read.result import load
from reports.statistics.signed_rank import Estimate
from reports.statistics.verdict import Verdict, judge
from tests.fake import synthetic
from tests.fake.synthetic import SHAPES, Layout, Truth

SLOWER = Estimate(1.01, 1.005, 1.015, 20)


def test_a_ratio_within_the_noise_of_the_copy_is_doubtful() -> None:
    """However narrow its interval: the copy of the same code is off by as much."""
    assert judge(SLOWER) is Verdict.SLOWER
    assert judge(SLOWER, noise=0.009) is Verdict.SLOWER
    assert judge(SLOWER, noise=0.011) is Verdict.DOUBTFUL
    assert judge(Estimate(0.99, 0.985, 0.995, 20), noise=0.011) is Verdict.DOUBTFUL


def test_the_noise_is_that_of_the_copy_in_the_same_cell() -> None:
    """A copy 10 % off, as no copy should be: a ratio of 1.05 is doubtful there and slower else."""
    base, ring = Layout("flat", 1.0, "baseline"), Layout("ring", 1.05)
    verdicts = []
    for copy in (1.1, 1.0):
        layouts = (base, ring, Layout("flat", copy, "control", form="again"))
        truth = Truth(layouts, SHAPES[:1], ("add",))
        with tempfile.TemporaryDirectory() as folder:
            found = load(synthetic.write(Path(folder) / "r.json", truth))
        ratios = tables.tabulate(found).ratios
        verdicts += ratios.loc[ratios["label"].str.startswith("ring"), "verdict"].unique().tolist()
    assert verdicts == ["doubtful", "slower"]


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (None, Verdict.MISSING),
        (Estimate(1.1, None, None, 3), Verdict.NO_INTERVAL),
        (Estimate(1.1, 0.9, 1.3, 9), Verdict.INCONCLUSIVE),
        (Estimate(0.9, 0.8, 0.95, 9), Verdict.FASTER),
    ],
)
def test_every_ratio_has_a_verdict(found: Estimate | None, verdict: Verdict) -> None:
    """A missing ratio too."""
    assert judge(found) is verdict

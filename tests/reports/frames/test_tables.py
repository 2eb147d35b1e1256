"""Frames of a report against the known truth of their file."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reports.frames import answer, tables
from reports.frames.tables import Tables
from reports.read.result import load as read
from reports.statistics.verdict import Verdict
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Truth

BASE, RING = Layout("flat", 1.0, "baseline"), Layout("ring", 1.3)
COPY = Layout("flat", 1.0, "control", form="again")


def tabulated(directory: Path, truth: Truth | None = None) -> Tables:
    """The frames of a file with this truth."""
    return tables.tabulate(read(synthetic.write(directory / "r.json", truth)))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The frames of a small, complete result."""
    return tabulated(tmp_path_factory.mktemp("tables"))


def test_ratios_are_the_true_ones(small: Tables) -> None:
    """Every candidate has its true ratio in every cell."""
    for name, ratio in (("chained_scatterlist", 1.1), ("sg_ring", 1.3), ("noop", 0.2)):
        found = small.ratios[small.ratios["strategy"] == name]
        assert len(found) == 8 * 3
        np.testing.assert_allclose(found["centre"], ratio, rtol=0.005)
        assert (found["low"] <= found["centre"]).all()
        assert (found["centre"] <= found["high"]).all()


def test_baseline_has_no_ratio_to_itself(small: Tables) -> None:
    """The baseline is the unit of the others, not a row."""
    assert "baseline" not in set(small.ratios["role"])
    assert set(small.ratios["against"]) == {"flat_array"}


def test_times_are_the_true_ones(small: Tables) -> None:
    """Nanoseconds per request and per descriptor follow from what a shape costs."""
    at = (small.times["shape"] == "64k-read") & (small.times["phase"] == "add")
    baseline = at & (small.times["role"] == "baseline")
    assert small.times.loc[baseline, "centre"].item() == pytest.approx(40, rel=0.03)
    per = small.per_descriptor.loc[baseline, "centre"].item()
    assert per == pytest.approx(40 / 18, rel=0.03)


def test_lines_are_the_true_ones(small: Tables) -> None:
    """A sweep's slope is the cost of a descriptor, its intercept that of a request."""
    found = small.lines[(small.lines["workload"] == "net") & (small.lines["phase"] == "add")]
    of_ring = found[found["strategy"] == "sg_ring"].set_index("coefficient")["centre"]
    assert of_ring["slope"] == pytest.approx(2 * 1.3, rel=0.05)
    assert of_ring["intercept"] == pytest.approx(4 * 1.3, rel=0.3)


def test_verdicts_say_what_was_found(small: Tables) -> None:
    """A candidate slower than the baseline is called slower."""
    candidates = small.ratios[small.ratios["role"] == "candidate"]
    assert set(candidates["verdict"]) == {"slower"}


def test_no_difference_is_inconclusive_or_doubtful(tmp_path: Path) -> None:
    """A candidate equal to the baseline is hardly ever called slower or faster."""
    truth = Truth(layouts=(BASE, Layout("twin", 1.0), COPY), noise=0.02, processes=12)
    found = tabulated(tmp_path, truth).ratios
    verdicts = found.loc[found["role"] == "candidate", "verdict"]
    assert verdicts.isin(["inconclusive", "doubtful"]).mean() >= 0.9


def test_baseline_is_that_of_the_same_backend(tmp_path: Path) -> None:
    """Two backends differ by a factor of two, and no ratio shows it."""
    gcc = (Layout("flat", 2.0, "baseline", backend="gcc"), Layout("ring", 2.2, backend="gcc"))
    found = tabulated(tmp_path, Truth(layouts=(BASE, RING, *gcc))).ratios
    centres = found.groupby("label")["centre"].mean()
    assert centres["ring@numba"] == pytest.approx(1.3, rel=0.01)
    assert centres["ring@gcc"] == pytest.approx(1.1, rel=0.01)


def test_backend_without_baseline_is_missing(tmp_path: Path) -> None:
    """A ratio to another backend's baseline is never made."""
    found = tabulated(tmp_path, Truth(layouts=(BASE, Layout("ring", 2, backend="gcc"))))
    assert set(found.ratios["verdict"]) == {"missing"}
    assert (found.times["processes"] == 8).all()


def test_series_missing_in_a_cell_has_a_row(tmp_path: Path) -> None:
    """A series that failed in one cell is shown there as missing."""
    truth = Truth(layouts=(BASE, RING), missing=frozenset({("4k-read", "ring")}))
    found = tabulated(tmp_path, truth).ratios
    gone = found[found["processes"] == 0]
    assert set(gone["shape"]) == {"4k-read"}
    assert set(gone["verdict"]) == {"missing"}
    assert gone["centre"].isna().all()


def test_few_processes_have_no_interval(tmp_path: Path) -> None:
    """Five processes give centres, no intervals and no verdict."""
    found = tabulated(tmp_path, Truth(processes=5)).ratios
    assert found["centre"].notna().all()
    assert found["low"].isna().all()
    assert set(found["verdict"]) == {Verdict.NO_INTERVAL.value}
    assert "5 processes" in answer.caution(5)
    assert answer.caution(6) == ""


def test_axes_are_cells_of_their_own(tmp_path: Path) -> None:
    """A row of an experiment has its axes in the heading."""
    found = tabulated(tmp_path, Truth(axes="chunk=16", layouts=(BASE, RING)))
    assert "4k-read{chunk=16}" in set(found.ratios["cell"])


def test_answer_is_the_range_with_its_ends(small: Tables) -> None:
    """The sentence names both ends with interval and shape, and counts verdicts."""
    chained, ring = answer.answers(small.ratios)
    assert (chained.strategy, ring.strategy) == ("chained_scatterlist", "sg_ring")
    assert chained.text.startswith("takes 1.")
    assert chained.text.count("[") == 2
    assert "times as long as flat_array: slower in all 3 shapes." in chained.text
    assert ring.lowest.found.centre <= ring.highest.found.centre


def test_answer_says_inconclusive(tmp_path: Path) -> None:
    """An end whose interval includes 1 is called inconclusive."""
    truth = Truth(layouts=(BASE, Layout("twin", 1.0)), noise=0.05)
    (twin,) = answer.answers(tabulated(tmp_path, truth).ratios)
    assert "(inconclusive, " in twin.text
    assert "inconclusive in" in twin.text


def test_answer_of_one_cell_is_no_range(small: Tables) -> None:
    """Nothing goes from a number to the same number."""
    one = small.ratios[small.ratios["cell"] == small.ratios["cell"].iloc[0]]
    chained, _ = answer.answers(one)
    assert chained.text.count("[") == 1
    assert " to " not in chained.text


def test_answer_has_a_range_a_backend(tmp_path: Path) -> None:
    """A candidate has one range per backend, of its code as compiled, without forced forms."""
    gcc = (Layout("flat", 2.0, "baseline", backend="gcc"), Layout("ring", 2.2, backend="gcc"))
    forced = Layout("ring", 1.9, form="called")
    truth = Truth(layouts=(BASE, RING, forced, *gcc))
    (ring,) = answer.answers(tabulated(tmp_path, truth).ratios)
    assert [one.backend for one in ring.ranges] == ["numba", "gcc"]
    assert " times as long as flat by numba and 1." in ring.text
    assert ring.text.endswith(" by gcc: slower in all 6 cells.")
    assert ring.text.count("[") == 4, "each end has its interval"
    assert ring.highest.found.centre == pytest.approx(1.3, rel=0.01)


def test_answer_without_baseline_is_none(tmp_path: Path) -> None:
    """A file without a baseline has no answer, and nothing fails."""
    found = tabulated(tmp_path, Truth(layouts=(RING, Layout("noop", 0.1, "null"))))
    assert answer.answers(found.ratios) == []
    assert answer.deviation(found.ratios) is None


def test_headline_is_the_phase_measured(tmp_path: Path) -> None:
    """If phase add was not measured, the answer is about another phase."""
    found = tabulated(tmp_path, Truth(phases=("cycle",)))
    assert {one.phase for one in answer.answers(found.ratios)} == {"cycle"}


def test_deviation_of_the_control(small: Tables) -> None:
    """The control's error is given for the median and the worst cell, in per cent."""
    off = answer.deviation(small.ratios)
    assert off is not None
    assert off.endswith("(worst)")
    assert off.count("%") == 2


def test_tables_are_written_in_two_forms(small: Tables, tmp_path: Path) -> None:
    """Each frame is a CSV file and a Parquet file that read back, the latter unchanged."""
    small.write(tmp_path)
    expected = {f"{name}.{kind}" for name in vars(small) for kind in ("csv", "parquet")}
    assert {path.name for path in tmp_path.iterdir()} == expected
    again = pd.read_csv(tmp_path / "ratios.csv")
    assert len(again) == len(small.ratios)
    np.testing.assert_allclose(again["centre"], small.ratios["centre"], rtol=1e-5)
    for name, frame in vars(small).items():
        whole = pd.read_parquet(tmp_path / f"{name}.parquet")
        assert list(whole.columns) == list(frame.columns)
        assert len(whole) == len(frame)
    whole = pd.read_parquet(tmp_path / "ratios.parquet")
    np.testing.assert_array_equal(whole["centre"], small.ratios["centre"])


def test_distance_to_the_floor_is_the_true_one(tmp_path: Path) -> None:
    """The time of a layout above a floor of its backend, per descriptor; a floor has none."""
    floor = Layout("walk", 0.5, "floor")
    other = (Layout("flat", 2.0, "baseline", backend="gcc"), Layout("ring", 2.2, backend="gcc"))
    found = tabulated(tmp_path, Truth(layouts=(BASE, RING, floor, *other))).above_floor
    assert set(found["label"]) == {"flat@numba", "ring@numba"}
    at = (found["shape"] == "seg-128") & (found["phase"] == "add")
    ring = found[at & (found["strategy"] == "ring")]
    assert ring["centre"].item() == pytest.approx((1.3 - 0.5) * 264 / 130, rel=0.05)
    assert (found["low"] <= found["centre"]).all()


def test_code_of_each_series_is_kept(small: Tables) -> None:
    """One row per series and phase, with the numbers of a step in the phase that has them."""
    of_ring = small.codes[small.codes["strategy"] == "sg_ring"].set_index("phase")
    assert of_ring.loc["add", "step_loads"] == 7
    assert np.isnan(of_ring["step_loads"].astype(float)["map"])
    assert of_ring.loc["map", "code_bytes"] == 512

"""What a layout costs on a whole load: the mean, and an interval that holds both uncertainties."""

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from reports.experiments import weighted
from reports.experiments.sections import Section, sections
from reports.experiments.weighted import Load
from reports.frames.tables import tabulate
from reports.page import report, terminal
from reports.read.experiments import parse
from reports.read.result import load
from reports.read.text import ResultError
from reports.statistics.signed_rank import estimate
from tests.fake import synthetic
from tests.fake.synthetic import Shape, Truth

SHAPES = (
    Shape("mine", "small", 3, experiment="shapes"),
    Shape("mine", "large", 18, experiment="shapes"),
    Shape("mine", "blk-mix", 10, experiment="shapes"),  # a stream of all, and no part of the mean
)
SMALL, LARGE = (synthetic.true_ns(shape, "add", synthetic.LAYOUTS[0]) for shape in SHAPES[:2])
RING = 1.3  # times the baseline, by synthetic.LAYOUTS


def experiment(
    weights: object = (("mine/small", 75.0), ("mine/large", 25.0)), sample: object = 100.0
) -> str:
    """The experiment of a shape file as a result describes it."""
    about = {"name": "shapes", "question": "Mine?", "figures": [{"kind": "cells"}]}
    more = {"expectations": [], "note": "SHA-256", "weights": weights, "sample": sample}
    return json.dumps([about | more])


def truth(text: str | None = None, **change: Any) -> Truth:
    """What a file is made of."""
    metadata = {**synthetic.METADATA, "experiments": text or experiment()}
    return replace(Truth(shapes=SHAPES, phases=("add",), metadata=metadata), **change)


def section(path: Path, made: Truth) -> Section:
    """The section of a file with one experiment."""
    (one,) = sections(load(synthetic.write(path / "r.json", made)))
    return one


def constant(*values: float, processes: int = 8) -> np.ndarray:
    """The same values of every process."""
    return np.tile(values, (processes, 1))


def test_a_mean_is_by_share_of_requests_and_a_ratio_by_share_of_time() -> None:
    """What is nine tenths of the requests and half of the time counts half in the ratio."""
    one = Load(np.array([0.9, 0.1]), None, constant(10, 180), constant(10, 90), constant(1.0, 2.0))
    time, ratio = one.time(), one.ratio()
    assert time is not None
    assert ratio is not None
    assert (time.centre, time.low, time.high) == pytest.approx((27, 27, 27))
    assert (ratio.centre, ratio.low, ratio.high) == pytest.approx((1.5, 1.5, 1.5))


def test_counted_weights_widen_the_interval_as_a_sample_does() -> None:
    """By the standard error of a mean of n requests; a hundred times the sample, a tenth of it."""
    values = constant(10, 90)
    widths = []
    for sample in (100.0, 10_000.0):
        found = Load(np.array([0.9, 0.1]), sample, values, values, constant(1, 1)).time()
        assert found is not None
        assert found.half_width is not None
        widths.append(found.half_width)
    deviation = 80 * np.sqrt(0.9 * 0.1)  # of one request's cost
    assert widths == pytest.approx([1.96 * deviation / 10, 1.96 * deviation / 100], rel=1e-3)


def test_where_all_shapes_have_one_ratio_weights_do_not_matter() -> None:
    """However few requests they were counted from."""
    found = Load(
        np.array([0.5, 0.5]), 10, constant(20, 180), constant(10, 90), constant(2, 2)
    ).ratio()
    assert found is not None
    assert (found.low, found.high) == pytest.approx((2, 2))


def test_the_interval_holds_both_uncertainties() -> None:
    """Of 400 made-up captures and runs it holds the truth in 95 %; timing's alone does not."""
    draw = np.random.default_rng(1)
    shares, bases, ratios = np.array([0.7, 0.3]), np.array([20.0, 60.0]), np.array([1.0, 1.3])
    true = float(shares @ (bases * ratios) / (shares @ bases))
    held = {100.0: 0, None: 0}
    for _ in range(400):
        counted = draw.multinomial(100, shares) / 100
        own = ratios * draw.normal(1, 0.02, (10, 2))
        for sample in held:
            base = bases * draw.normal(1, 0.02, (10, 2))
            found = Load(counted, sample, base * own, base, own).ratio()
            assert found is not None
            assert found.low is not None
            assert found.high is not None
            held[sample] += found.low <= true <= found.high
    assert 0.93 <= held[100.0] / 400 <= 0.99
    assert held[None] / 400 < 0.85


def test_where_no_process_has_all_shapes_their_intervals_are_averaged() -> None:
    """As wide as if all erred the same way: never narrower than with whole processes."""
    draw = np.random.default_rng(2)
    whole = np.array([10.0, 90.0]) * draw.normal(1, 0.05, (16, 2))
    parts = whole.copy()
    parts[:8, 0], parts[8:, 1] = np.nan, np.nan
    shares = np.array([0.9, 0.1])
    found = Load(shares, None, parts, parts, np.ones_like(parts)).time()
    halves = [estimate(parts[8:, 0]), estimate(parts[:8, 1])]
    assert found is not None
    assert found.centre == pytest.approx(0.9 * halves[0].centre + 0.1 * halves[1].centre)
    assert found.processes == 8
    assert halves[0].low is not None
    assert halves[1].low is not None
    assert found.low == pytest.approx(0.9 * halves[0].low + 0.1 * halves[1].low)
    few = Load(shares, None, parts[6:10], parts[6:10], np.ones((4, 2))).time()
    assert few is not None
    assert few.low is None


def test_a_report_has_the_mean_of_every_layout(tmp_path: Path) -> None:
    """In ns and over the baseline's, next to the shapes; the stream of all is no part of it."""
    one = section(tmp_path, truth())
    rows = one.frame[one.frame["kind"] == weighted.RATIO].set_index("label")
    assert rows.loc["sg_ring", "centre"] == pytest.approx(RING, rel=0.01)
    assert "flat_array" not in rows.index
    times = one.frame[one.frame["kind"] == weighted.NS].set_index("label")
    array = times.loc["flat_array"].to_dict()
    mean = 0.75 * SMALL + 0.25 * LARGE
    assert array["centre"] == pytest.approx(mean, rel=0.02)
    assert array["descriptors"] == pytest.approx(0.75 * 3 + 0.25 * 18)
    spread = 1.96 * np.sqrt(0.75 * 0.25 / 100) * (LARGE - SMALL)
    assert array["high"] - mean > spread * 0.9
    titles = [grid.title for grid in one.grids]
    assert titles == [
        f"mine, weighted mean, {unit}" for unit in ("ratio to the baseline", "ns per request")
    ]
    (line,) = one.means
    assert line.startswith("mine, weighted mean, phase add: chained_scatterlist 1.1")


def test_every_output_says_the_mean(tmp_path: Path) -> None:
    """Page, summary and terminal; of an experiment without expectations no verdict is shown."""
    path = synthetic.write(tmp_path / "r.json", truth())
    result = load(path)
    found, asked_for = tabulate(result.main), sections(result)
    index = report.write(result, found, tmp_path / "out", experiments=asked_for)
    console = Console(file=io.StringIO(), width=200)
    terminal.show(console, result, found, asked_for)
    screen = console.file.getvalue()  # type: ignore[attr-defined]
    summary = (tmp_path / "out" / "summary.md").read_text()
    for text in (index.read_text(), summary, screen):
        assert "mine, weighted mean, phase add: chained" in text
        assert "annot tell" not in text
    assert "SHA-256" in index.read_text()


def test_a_layout_that_lacks_a_shape_has_no_mean(tmp_path: Path) -> None:
    """A mean over other shapes would be compared with one over all."""
    one = section(tmp_path, truth(missing=frozenset({("large", "sg_ring")})))
    rows = one.frame[one.frame["kind"] == weighted.RATIO]
    assert set(rows["label"]) >= {"chained_scatterlist"}
    assert "sg_ring" not in set(rows["label"])


def test_a_run_that_lacks_a_shape_has_no_mean(tmp_path: Path) -> None:
    """Nor one that knows no weights."""
    one = section(tmp_path, truth(shapes=SHAPES[:1]))
    assert one.means == []
    assert one.grids == []
    (other,) = json.loads(experiment())
    del other["weights"], other["sample"]
    assert section(tmp_path, truth(json.dumps([other]))).means == []


@pytest.mark.parametrize(
    ("weights", "sample"),
    [
        ([["mine/small", -1]], None),
        ([["mine/small", 0]], None),
        ([["mine/small", "much"]], None),
        ([["mine/small"]], None),
        ([["mine/small", float("nan")]], None),
        ([["mine/small", float("inf")]], None),
        (7, None),
        ([["mine/small", 1]], 0),
        ([["mine/small", 1]], "x"),
    ],
)
def test_weights_that_are_none_are_refused(weights: object, sample: object) -> None:
    """In one line, as all of a file that breaks its format."""
    with pytest.raises(ResultError, match="experiments are not described"):
        parse(experiment(weights, sample))

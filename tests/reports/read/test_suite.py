"""Reading a suite without pyperf, and refusing what pyperf refuses."""

import json
from pathlib import Path

import numpy as np
import pyperf
import pytest

from reports.read.suite import SuiteError, metadata_of, parse
from tests.fake import synthetic
from tests.fake.synthetic import Truth


@pytest.mark.parametrize(
    "truth",
    [
        Truth(shapes=synthetic.SHAPES[:2], positions=(1.0,) * 4, doubts={1: "others took 9 %"}),
        Truth(shapes=synthetic.SHAPES[:1], processes=1),
        Truth(shapes=synthetic.SHAPES[:1], phases=("add",), layouts=synthetic.LAYOUTS[:1]),
    ],
    ids=["usual", "one process", "one benchmark"],
)
def test_it_is_what_pyperf_reads(tmp_path: Path, truth: Truth) -> None:
    """Names, values and metadata are those of pyperf's reader, wherever its writer put them."""
    text = synthetic.write(tmp_path / "r.json", truth).read_text()
    ours, theirs = parse(text), pyperf.BenchmarkSuite.loads(text)
    assert [one.name for one in ours] == theirs.get_benchmark_names()
    for our, their in zip(ours, theirs, strict=True):
        for run, expected in zip(our.runs, their.get_runs(), strict=True):
            np.testing.assert_array_equal(run.seconds, expected.values)
            assert run.warmups == [value for _, value in expected.warmups]
            known = expected.get_metadata()
            assert {key: our.of(run, key) for key in known} == known
    assert {key for key, _ in metadata_of(ours)} >= theirs.get_metadata().keys()


def _suite(**change: object) -> dict[str, object]:
    run = {"values": [1.0], "metadata": {"process": 1}} | change.pop("run", {})  # type: ignore[operator]
    return {
        "version": "1.0",
        "benchmarks": [{"metadata": {"name": "one"}, "runs": [run]}],
    } | change


@pytest.mark.parametrize(
    "data",
    [
        [],
        {},
        _suite(version="7"),
        _suite(benchmarks=[]),
        _suite(benchmarks=[{"metadata": {"name": "one"}, "runs": []}]),
        _suite(benchmarks=[{"metadata": {}, "runs": [{"values": [1.0]}]}]),
        _suite(benchmarks=2 * [{"metadata": {"name": "one"}, "runs": [{"values": [1.0]}]}]),
        _suite(run={"values": [0.0]}),
        _suite(run={"values": [-1.0]}),
        _suite(run={"values": ["1"]}),
        _suite(run={"values": [True]}),
        _suite(run={"values": [[1.0]]}),
        _suite(run={"values": [float("nan")]}),
        _suite(run={"warmups": [1.0]}),
        _suite(run={"warmups": [[1, -1.0]]}),
        _suite(run={"metadata": {"key": ["a list"]}}),
    ],
)
def test_what_pyperf_refuses_is_refused(data: object) -> None:
    """JSON that is not a suite has an error of its own."""
    with pytest.raises(SuiteError):
        parse(json.dumps(data))


def test_a_suite_without_fault_is_taken() -> None:
    """The refusals above are not those of a suite that is always refused."""
    (one,) = parse(json.dumps(_suite()))
    assert (one.name, one.runs[0].seconds.tolist()) == ("one", [1.0])

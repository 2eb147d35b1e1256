"""Compiling, first calls and the steady state are shown together and kept apart."""

import dataclasses
from pathlib import Path

import pyperf
import pytest

from reports.frames.tables import tabulate
from reports.page import page
from reports.page.kinds import kinds
from reports.read.result import Result, load
from tests.fake import synthetic
from tests.fake.synthetic import Truth, suite

FIRST_S = 5e-7


def with_first(benchmark: pyperf.Benchmark, seconds: float) -> pyperf.Benchmark:
    """A benchmark whose runs all have a first call."""
    return pyperf.Benchmark(
        [
            pyperf.Run(
                run.values,
                warmups=[(1, seconds)],
                metadata=run.get_metadata(),
                collect_metadata=False,
            )
            for run in benchmark.get_runs()
        ]
    )


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A result whose runs have one first call each, and one layout that was compiled."""
    benchmarks = [with_first(benchmark, FIRST_S) for benchmark in suite()]
    about = {"name": "compile/sg_ring@numba", "kind": "compile", "schema_version": 1}
    run = pyperf.Run([0.25], metadata=about, collect_metadata=False)
    path = tmp_path_factory.mktemp("kinds") / "result.json"
    pyperf.BenchmarkSuite([*benchmarks, pyperf.Benchmark([run])]).dump(str(path))
    return load(path)


def test_no_first_call_is_among_the_values(result: Result) -> None:
    """The frames are the same as without first calls."""
    values = result.values
    assert (values["seconds"] < FIRST_S / 2).any()
    assert not (values["seconds"] == FIRST_S).any()
    assert result.compile_s == {"sg_ring@numba": 0.25}
    assert result.firsts["first"].tolist() == pytest.approx([FIRST_S] * len(result.firsts))


def test_each_kind_has_its_column(result: Result) -> None:
    """Seconds if a layout was compiled, and nothing if its objects were cached."""
    found = kinds(result, tabulate(result).times).set_index("variant")
    assert found["first_ns"].tolist() == pytest.approx([500.0] * len(found))
    assert (found["steady_ns"] > 0).all()
    known = found["compile_s"].dropna()
    assert known.to_dict() == {"sg_ring": 0.25}
    assert len(known) < len(found)


def test_first_calls_of_a_shape_elsewhere_stay_there(tmp_path: Path) -> None:
    """An experiment's variant of the same shape is another cell with its own first call."""
    shape = synthetic.SHAPES[0]
    elsewhere = dataclasses.replace(shape, axes="aged=yes")
    made = suite(Truth(shapes=(shape, elsewhere)))
    slower = {True: 100 * FIRST_S, False: FIRST_S}
    benchmarks = [with_first(b, slower["aged" in b.get_name()]) for b in made]
    path = tmp_path / "result.json"
    pyperf.BenchmarkSuite(benchmarks).dump(str(path))
    found = load(path)
    times = tabulate(found).times
    plain = kinds(found, times[times["axes"] == ""])
    assert plain["first_ns"].tolist() == pytest.approx([1e9 * FIRST_S] * len(plain))


def test_the_page_shows_them(result: Result) -> None:
    """In a table of their own, with seconds and nanoseconds distinguished."""
    text = page.index(result, tabulate(result), [])
    assert "the first request through new code" in text
    assert "0.25" in text


def test_a_result_without_first_calls_has_no_such_table(tmp_path: Path) -> None:
    """Older files stay readable."""
    path = tmp_path / "old.json"
    suite().dump(str(path))
    old = load(path)
    assert kinds(old, tabulate(old).times).empty
    assert "the first request through new code" not in page.index(old, tabulate(old), [])

"""Against an earlier result: the rank-sum interval, and what is refused."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from bench.gate.baseline import Against, BaselineError, Earlier, read
from bench.gate.design import Say
from bench.gate.run import harness
from bench.gate.shift import depth, shift, ways
from bench.gate.sides import Side, Variant
from bench.kit import KERNELS
from strategies.code import Code, code_hash


def by_hand(first: int, second: int) -> list[int]:
    """Count U over every order of both samples."""
    counts = [0] * (first * second + 1)
    for places in combinations(range(first + second), first):
        counts[sum(places) - first * (first - 1) // 2] += 1
    return counts


@pytest.mark.parametrize(("first", "second"), [(1, 1), (2, 3), (4, 4), (5, 2), (6, 5)])
def test_orders_are_counted_exactly(first: int, second: int) -> None:
    """The generating function gives what counting every order gives."""
    assert list(ways(first, second)) == by_hand(first, second)


def test_there_is_no_interval_from_too_few() -> None:
    """Of 3 and 3 the smallest two-sided p is 2 / 20."""
    assert depth(3, 3, 0.05) == 0
    assert depth(3, 3, 0.1) == 1
    assert shift([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], 0.05).low is None


def test_the_interval_holds_the_difference_as_often_as_it_says() -> None:
    """Of 400 pairs of samples 95 % intervals miss 20; 34 is exceeded once in a thousand."""
    draw = np.random.default_rng(3)
    missed = 0
    for _ in range(400):
        found = shift(draw.normal(1, 1, 9), draw.normal(0, 1, 12), 0.05)
        missed += found.excludes(1.0)
    assert missed <= 34


def test_the_design_holds_new_processes_against_the_earlier_ones() -> None:
    """Two per cent more than then is slower; as much as then is the same."""
    earlier = tuple(np.linspace(0.499, 0.501, 20))
    design = Against(cells=1, earlier=earlier)
    assert design.look([value + 0.02 for value in earlier])[0] is Say.SLOWER
    assert design.look(list(earlier))[0] is Say.SAME


@pytest.fixture
def head() -> Side:
    """Give a side that is a baseline alone."""
    codes = {kernel: Code(b"\x90") for kernel in KERNELS}
    phases = ("map", "add", "cycle")
    flat = Variant("flat", "flat", "as compiled", "numba", "baseline", phases, codes)
    return Side({}, {}, {flat.name: flat})


@pytest.fixture
def earlier() -> Earlier:
    """Give a result of this machine and driver."""
    import pyperf

    here = pyperf.Run([1.0], collect_metadata=True).get_metadata()
    about = {"driver_hash": code_hash(harness()["driver"])}
    about |= {key: here[key] for key in ("hostname", "cpu_model_name") if key in here}
    baselines = {("add", "numba"): code_hash(Code(b"\x90"))}
    return Earlier(Path("then.json"), {}, baselines, about)


def test_what_agrees_may_be_compared(head: Side, earlier: Earlier) -> None:
    """Nothing is said."""
    earlier.check(head)


@pytest.mark.parametrize("key", ["driver_hash", "hostname"])
def test_another_driver_or_machine_is_refused(head: Side, earlier: Earlier, key: str) -> None:
    """The line says what it was, and what it is."""
    other = replace(earlier, about=earlier.about | {key: "another"})
    with pytest.raises(BaselineError, match=f"{key} was another, is "):
        other.check(head)


def test_other_code_of_the_baseline_is_refused(head: Side, earlier: Earlier) -> None:
    """Ratios to other code do not compare."""
    other = replace(earlier, baselines={("add", "numba"): "0123"})
    with pytest.raises(BaselineError, match="flat@numba was other code in add, 0123"):
        other.check(head)


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    """Missing or of something else, one line names it."""
    with pytest.raises(BaselineError, match="no such file"):
        read(tmp_path / "none.json")
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(BaselineError, match="no result of this suite"):
        read(tmp_path / "x.json")

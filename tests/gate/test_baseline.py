"""Comparison with an earlier result: the rank-sum interval, and refusals."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.compile.build import harness
from bench.gate import baseline
from bench.gate.baseline import Against, BaselineError, Earlier, read
from bench.gate.design import Say
from bench.gate.versions.sides import Side, Variant
from bench.messages import DRAWN, TURN_US
from reports import publish
from reports.read.result import load
from strategies import KERNELS
from strategies.compile.code import Code, code_hash
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Truth


def test_the_design_holds_new_processes_against_the_earlier_ones() -> None:
    """Two per cent more than before is slower; the same as before is the same."""
    earlier = tuple(np.linspace(0.499, 0.501, 20))
    design = Against(cells=1, earlier=earlier)
    assert design.look([value + 0.02 for value in earlier])[0] is Say.SLOWER
    assert design.look(list(earlier))[0] is Say.SAME


@pytest.fixture
def head() -> Side:
    """Give a side with only a baseline."""
    codes = {kernel: Code(b"\x90") for kernel in KERNELS}
    phases = ("map", "add", "cycle")
    flat = Variant("flat", "as compiled", "numba", "baseline", phases, codes)
    return Side({}, {}, {flat.name: flat})


@pytest.fixture(scope="module")
def driver() -> dict[str, Code]:
    """Compile the harness once."""
    return harness()


@pytest.fixture
def earlier(driver: dict[str, Code], monkeypatch: pytest.MonkeyPatch) -> Earlier:
    """Give a result of this machine and driver."""
    monkeypatch.setattr(baseline, "harness", lambda: driver)
    import pyperf

    here = pyperf.Run([1.0], collect_metadata=True).get_metadata()
    about: dict[str, Any] = {"driver_hash": code_hash(driver["driver"])}
    about |= {"placement": DRAWN, "turn_us": TURN_US}
    about |= {key: here[key] for key in ("hostname", "cpu_model_name") if key in here}
    baselines = {("add", "numba"): code_hash(Code(b"\x90"))}
    return Earlier(Path("then.json"), {}, baselines, about)


def test_what_agrees_may_be_compared(head: Side, earlier: Earlier) -> None:
    """There is no message."""
    earlier.check(head)


@pytest.mark.parametrize("key", ["driver_hash", "hostname", "placement", "turn_us"])
def test_another_driver_or_machine_is_refused(head: Side, earlier: Earlier, key: str) -> None:
    """The line states the old and the new value."""
    other = replace(earlier, about=earlier.about | {key: "another"})
    with pytest.raises(BaselineError, match=f"{key} was another, is "):
        other.check(head)


def test_other_code_of_the_baseline_is_refused(head: Side, earlier: Earlier) -> None:
    """Ratios to other code cannot be compared."""
    other = replace(earlier, baselines={("add", "numba"): "0123"})
    with pytest.raises(BaselineError, match="code of flat@numba in add was 0123"):
        other.check(head)


@pytest.mark.parametrize("condensed", [False, True])
def test_a_published_result_says_the_ratios_of_the_whole_one(
    tmp_path: Path, *, condensed: bool
) -> None:
    """A ratio of medians is not the median of ratios."""
    whole = synthetic.write(tmp_path / "r.json.gz")
    size_max = 2 * whole.stat().st_size // (3 if condensed else 1)
    publish.publish(whole, tmp_path / "published", size_max)
    published = tmp_path / "published" / "r.json.gz"
    assert load(published).condensed == condensed
    here, there = read(whole).ratios, read(published).ratios
    assert here.keys() == there.keys()
    for key, ratios in here.items():
        assert there[key] == pytest.approx(ratios, abs=1e-5)


def test_a_result_without_a_baseline_has_no_ratios(tmp_path: Path) -> None:
    """There is nothing to compare with."""
    path = synthetic.write(tmp_path / "r.json", Truth(layouts=(Layout("ring", 1.1),)))
    assert not any(read(path).ratios.values())


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    """If it is missing or something else, one line names it."""
    with pytest.raises(BaselineError, match="no such file"):
        read(tmp_path / "none.json")
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(BaselineError, match="not a result of this suite"):
        read(tmp_path / "x.json")

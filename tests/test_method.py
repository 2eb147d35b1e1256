"""Whole runs again and again: which are missing, under what, and how far they are apart."""

import time
from pathlib import Path

import pandas as pd
import psutil
import pytest

from bench import method
from bench.asked import UsageError
from bench.method import STUDIES, Study, disturbance, make, paths
from reports.method import coverage, spreads, studies


def run_of(centre: float, half_width: float = 0.01) -> pd.DataFrame:
    """Return what one run found in two cells, the second twice as far from 1."""
    rows = [
        {"shape": shape, "role": role, "centre": 1 + factor * centre}
        for shape, factor in (("near", 1), ("far", 2))
        for role in ("candidate", "control")
    ]
    frame = pd.DataFrame(rows).assign(workload="w", phase="add", label="l")
    return frame.assign(low=frame["centre"] - half_width, high=frame["centre"] + half_width)


def test_the_spread_is_that_of_whole_runs() -> None:
    """Median and worst cell, each role apart, in percent."""
    found = spreads("quiet", [run_of(0.00), run_of(0.01), run_of(0.02)])
    assert {one.role for one in found} == {"candidate", "control"}
    for one in found:
        assert (one.runs, one.cells) == (3, 2)
        assert one.worst_percent == pytest.approx(2.0)
        assert one.median_percent == pytest.approx(1.5)
        assert one.worst_cell == "w/far/add/l"


def test_coverage_is_of_the_other_runs() -> None:
    """An interval is held to the centre of all runs but its own."""
    centres = [1.00, 1.00, 1.00, 1.05]
    rows = pd.DataFrame({"centre": centres}).assign(
        low=lambda frame: frame["centre"] - 0.02, high=lambda frame: frame["centre"] + 0.02
    )
    assert coverage(rows) == [True, True, True, False]


def test_a_study_is_its_files(tmp_path: Path) -> None:
    """Files group by the name before their number; others are none of a study's."""
    for name in ("quiet-00", "quiet-01", "turn-10us-00"):
        (tmp_path / f"{name}.json.gz").touch()
    (tmp_path / "notes.txt").touch()
    found = {name: len(files) for name, files in studies(tmp_path).items()}
    assert found == {"quiet": 2, "turn-10us": 1}


def test_studies_have_names_and_files_of_their_own() -> None:
    """No run of one study is taken for another's."""
    every = [path for study in STUDIES for path in paths(study)]
    assert len(set(every)) == len(every)


def test_a_run_that_fails_ends_the_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, and what was made before stays."""
    monkeypatch.setattr(method, "FOLDER", tmp_path)
    with pytest.raises(UsageError, match=r"bad-00.* could not be made"):
        make(Study("bad", 1, ("--nonsense",)), tmp_path / "bad-00.json.gz")


@pytest.mark.parametrize("kind", ["busy", "bandwidth"])
def test_a_disturbance_ends_with_its_run(kind: str) -> None:
    """The load is there while the context lasts, and gone after it."""
    me = psutil.Process()
    before = {child.pid for child in me.children()}
    with disturbance(kind, min(me.cpu_affinity() or [0])):
        (child,) = (child for child in me.children() if child.pid not in before)
        time.sleep(1)
        assert child.cpu_times().user + child.cpu_times().system > 0.2
    assert child.pid not in {one.pid for one in me.children()}

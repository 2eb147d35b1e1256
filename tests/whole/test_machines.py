"""Tests on made-up results do not depend on the machine: they pass on others."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from bench.paths import ROOT
from tests.fake.machine import MACHINES

ASKING = (
    "tests/bench/experiments/test_experiments.py",
    "tests/reports/experiments/test_experiments.py",
)
# What runs code, compilers or programs here, so that it is true of here alone: rooms and files.
MACHINES_OWN = (
    *("kernels", "strategies", "engine", "todays", "whole"),
    *(f"bench/{room}" for room in ("check", "compile", "counts", "driver", "fleet", "studies")),
    "bench/worker",
    *(f"bench/test_{name}" for name in ("cli", "git", "layouts", "shapes")),
    "bench/ring/test_ageing",
    *(f"bench/experiments/test_{name}" for name in ("backpressure", "lifecycle", "serialise")),
    *(f"gate/test_{name}" for name in ("baseline", "cli", "faults", "outside", "power", "sides")),
    *("reports/page/test_browser", "reports/compare/test_browser", "reports/read/test_mutated"),
    *("reports/documents/test_stack", "workloads/test_traces_owners"),
    "reports/statistics/test_coverage",  # knows nothing of machines, and takes long
)
FARTHEST = (  # from one that runs these tests: 4 minutes of CPU time each
    "notebook",
    pytest.param("board", marks=pytest.mark.long),
)


def passed(names: Iterable[str], *words: str) -> bool:
    """Run tests on machines; return whether they passed on each."""
    command = [sys.executable, "-m", "tests.fake.machine", ",".join(names), "-q", *words]
    command += ["-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.count(" passed") == len(list(names))


def test_what_an_experiment_expects_is_measured_on_any() -> None:
    """On any machine, each experiment that depends on it can be judged both ways."""
    assert passed(MACHINES, *ASKING, "-k", "(working-set or other-side) and not place")


@pytest.mark.slow
@pytest.mark.first
@pytest.mark.parametrize("name", FARTHEST)
def test_made_results_are_the_same_there(name: str) -> None:
    """New tests are tried on every machine, unless named above."""
    place = ROOT / "tests"
    files = [path.relative_to(place).with_suffix("") for path in place.rglob("test_*.py")]
    own = [path for path in files if _within(path)]
    assert {_within(path) for path in own} == set(MACHINES_OWN)
    chosen = sorted(f"tests/{path}.py" for path in files if path not in own)
    assert passed([name], *chosen)


def _within(path: Path) -> str:
    """The entry of MACHINES_OWN that names a file or one of the rooms it is in; else nothing."""
    return next((str(one) for one in (path, *path.parents) if str(one) in MACHINES_OWN), "")

"""No test on made results follows the machine: they pass on machines that this one is not."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.machine import MACHINES

ROOT = Path(__file__).parent.parent
ASKING = ("tests/test_experiments.py", "tests/test_reports_experiments.py")
MACHINES_OWN = {  # what runs code, compilers or programs here, so that it is true of here alone
    *("ageing", "backpressure", "browser", "cli", "counts", "facts", "kernels", "lifecycle"),
    *("machines", "memory", "method", "mutants", "native", "native_build", "other_side"),
    *("reliability", "ring_of_127", "speed", "turns", "waiting", "worker", "working_set"),
    *("gate_baseline", "gate_cli", "gate_faults", "gate_power", "gate_sides"),
    *("ambience", "codegen", "commands", "git", "kept", "killed", "layout_option", "making"),
    *("driver", "engine_mutants", "mutated", "rounds", "shared", "siblings", "stack", "stage"),
    "watch",
}
FARTHEST = (  # from one that runs these tests: 4 minutes of CPU time each
    "notebook",
    pytest.param("board", marks=pytest.mark.long),
)
KNOWING_NOTHING = {"coverage", "imports", "noxfile"}  # of results or machines, and long to run


def passed(names: Iterable[str], *words: str) -> bool:
    """Run tests on machines to their end; return whether they passed on each."""
    command = [sys.executable, "-m", "tests.machine", ",".join(names), "-q", *words]
    command += ["-p", "no:cacheprovider"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.count(" passed") == len(list(names))


def test_what_an_experiment_expects_is_measured_on_any() -> None:
    """Whatever the machine, each experiment that asks it can be judged both ways."""
    assert passed(MACHINES, *ASKING, "-k", "(working-set or other-side) and not place")


@pytest.mark.slow
@pytest.mark.parametrize("name", FARTHEST)
def test_made_results_are_the_same_there(name: str) -> None:
    """Whatever is new among the tests is tried on every machine, unless it is named above."""
    files = {path.stem.removeprefix("test_"): path for path in ROOT.glob("tests/test_*.py")}
    assert files.keys() >= MACHINES_OWN | KNOWING_NOTHING
    chosen = files.keys() - MACHINES_OWN - KNOWING_NOTHING
    assert passed([name], *(str(files[stem]) for stem in sorted(chosen)))

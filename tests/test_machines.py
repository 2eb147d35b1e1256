"""No test on made results follows the machine: they pass on machines that this one is not."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.machine import MACHINES

ROOT = Path(__file__).parent.parent
ASKING = ("tests/test_experiments.py", "tests/test_reports_experiments.py")
ON_ANY = pytest.mark.parametrize("name", MACHINES)


def run(name: str, *words: str) -> str:
    """Run tests on a machine to their end; return what pytest printed, whose last line says how."""
    command = [sys.executable, "-m", "tests.machine", name, "-q", "-p", "no:cacheprovider", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@ON_ANY
def test_what_an_experiment_expects_is_measured_there(name: str) -> None:
    """Whatever the machine, each experiment that asks it can be judged both ways."""
    assert " passed" in run(name, *ASKING, "-k", "working-set or other-side")

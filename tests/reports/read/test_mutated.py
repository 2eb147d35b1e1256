"""Whatever a file holds, a reader answers or refuses in one line: no traceback, no endless work."""

import random
import signal
import subprocess
import sys

import pytest

from bench.paths import ROOT
from tests.fake.mutated import mutated, run
from tests.fake.readers import KINDS, OfGate

FEW, MANY, AT_ONCE = 50, 10_000, 1000


def read(kind: str, first: int, count: int) -> tuple[int, int]:
    """Read mutations in a process of limited memory; the numbers of refusals and answers."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fake.mutated", kind, str(first), str(count)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    refused, answered = map(int, done.stdout.split())
    assert refused + answered == count
    return refused, answered


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_nearly_right_is_answered_or_refused(kind: str) -> None:
    """In text, within limits of memory and time; some of each, or nothing was tested."""
    refused, answered = read(kind, 0, FEW)
    assert refused
    assert answered


def test_no_timer_outlives_a_reading() -> None:
    """A timer once ended a worker of the test run twenty seconds later, without a message."""
    run("gate", 0, 1)
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGPROF) is signal.SIG_DFL


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("first", range(0, MANY, AT_ONCE))
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_files_that_are_nearly_right(kind: str, first: int) -> None:
    """As above, of every kind of file."""
    read(kind, first, AT_ONCE)


def test_the_same_seed_is_the_same_file() -> None:
    """A failure can be reproduced."""
    data = {"a": [1, 2.0, "x", {"b": None}], "c": {}}
    for seed in range(200):
        assert mutated(random.Random(seed), data) == mutated(random.Random(seed), data)
    assert len({mutated(random.Random(seed), data) for seed in range(200)}) > 100
    assert data == {"a": [1, 2.0, "x", {"b": None}], "c": {}}


def test_a_reader_that_lets_a_fault_through_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seed and the fault are named: a traceback, and a refusal of several lines."""

    def broken(self: OfGate) -> str:
        if b'"rows"' not in (self.folder / self.name).read_bytes():
            raise KeyError("rows")
        return ""

    monkeypatch.setattr(OfGate, "told", broken)
    with pytest.raises(AssertionError, match=r"gate \d+: KeyError\('rows'\); the file is "):
        run("gate", 0, 200)

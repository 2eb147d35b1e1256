"""Two workers that would share a core are detected before a run, from fake readings."""

import math
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.worker import siblings
from bench.worker.siblings import TRIES, reader, slowed
from tests.fake import engine
from tests.fake.kits import watch_kit


def reads(both: Sequence[float]) -> "tuple[list[int], object]":
    """Readings of 1.5 alone, and these with both at work, try by try."""
    asked: list[int] = []
    left = iter(both)

    def read(cpus: Sequence[int]) -> list[float]:
        asked.append(len(cpus))
        return [1.5] if len(cpus) == 1 else [1.5, next(left)]

    return asked, read


def test_two_threads_of_one_core_are_seen() -> None:
    """Both slow each other down every time; the least slowdown is reported."""
    asked, read = reads([2.7, 2.6, 2.8])
    assert slowed(read, [0, 1]) == pytest.approx(2.6 / 1.5)  # type: ignore[arg-type]
    assert asked == [1, 2] * TRIES


def test_two_cores_are_left_alone_at_the_first_look() -> None:
    """It costs one reading of each kind."""
    asked, read = reads([1.51])
    assert slowed(read, [0, 1]) is None  # type: ignore[arg-type]
    assert asked == [1, 2]


def test_another_tenant_is_not_taken_for_ourselves() -> None:
    """They come and go, independently of our second worker."""
    _, read = reads([2.7, 1.52])
    assert slowed(read, [0, 1]) is None  # type: ignore[arg-type]


def test_what_could_not_be_read_is_no_reason() -> None:
    """If a process died, both workers stay: the run itself will report the fault."""
    _, read = reads([float("nan")])
    assert slowed(read, [0, 1]) is None  # type: ignore[arg-type]


def test_the_watch_is_read_on_each_cpu(tmp_path: Path) -> None:
    """With one process per CPU, which prints one number."""
    (one,) = reader(watch_kit(), tmp_path)([min(os.sched_getaffinity(0))])
    assert 0 < one < math.inf


def test_one_worker_is_left_where_two_would_share_a_core() -> None:
    """With a line that says why."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(siblings, "reader", lambda *_words: None)
        patch.setattr(siblings, "slowed", lambda *_words: 1.7)
        cpus, (line,) = siblings.undisturbed(engine.kit_of(), [2, 5], Path())
        patch.setattr(siblings, "slowed", lambda *_words: None)
        assert siblings.undisturbed(engine.kit_of(), [2, 5], Path()) == ([2, 5], ())
    assert cpus == [2]
    assert line.startswith("CPUs 2 and 5 are threads of one core")

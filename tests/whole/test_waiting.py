"""Waiting ends with the awaited process, and never by a clock."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fake.waiting import until


def child_of(script: str) -> "subprocess.Popen[str]":
    """Start Python on a script."""
    return subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.PIPE, text=True)


def test_what_a_process_did_last_counts(tmp_path: Path) -> None:
    """A file that it leaves is found, even if it ended between two polls."""
    file = tmp_path / "made"
    with child_of(f"open({str(file)!r}, 'w').close()") as child:
        child.wait()
        until(file.exists, child)


def test_what_never_comes_is_a_failure_with_its_words() -> None:
    """A process that ended cannot do it any more: its output is shown."""
    with (
        child_of("import sys; sys.exit('no such luck')") as child,
        pytest.raises(AssertionError, match="ended with 1 before that: no such luck"),
    ):
        until(lambda: False, child)

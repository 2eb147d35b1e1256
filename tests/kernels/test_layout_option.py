"""``--layout NAME``: the tests of one layout, from files with tests of all."""

import re
import subprocess
import sys

import noxfile
from bench.paths import ROOT

PLAIN = re.compile(r"[\[-]sg_ring[]-]")  # its name as one of a test's parameters


def collected(layout: str) -> "subprocess.CompletedProcess[str]":
    """Collect what ``nox -s layout`` runs."""
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "--layout", layout]
    return subprocess.run(
        [*command, *noxfile.LAYOUT_TESTS], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_only_the_tests_of_a_layout_are_kept() -> None:
    """Oracle, twin and facts of the layout's forms are collected, and no other layout's."""
    found = [line for line in collected("sg_ring").stdout.splitlines() if "::" in line]
    for test in ("test_layout_passes", "test_memory_is_what_numba_leaves", "as_often_as_gcc"):
        assert any(test in line and PLAIN.search(line) for line in found), test
    assert all("sg_ring" in line and "{" not in line for line in found)
    assert any("sg_ring[outofline]" in line for line in found)


def test_an_unknown_layout_is_refused() -> None:
    """A typo does not pass by testing nothing."""
    done = collected("sg_rign")
    assert done.returncode != 0
    assert "no layout is named sg_rign: python -m strategies lists them" in done.stderr

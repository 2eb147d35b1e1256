"""A gate on a user's layout: two versions of its file, out of the user's repository."""

import os
import subprocess
from pathlib import Path

import pytest

from bench.gate.cli import app
from bench.gate.design import Design
from bench.gate.versions.versions import Asked, Sides, compiled
from bench.layouts import given
from tests.bench.test_cli import refused_with
from tests.fake.gaterepo import WHO
from tests.fake.outside import a_compiler, in_c


def git(folder: Path, *words: str) -> None:
    """Run git."""
    command = ["git", "-C", str(folder), *words]
    subprocess.run(command, check=True, env=os.environ | WHO)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Give a layout that was committed in a folder of a repository, and not changed since."""
    folder = tmp_path / "theirs" / "layouts"
    folder.mkdir(parents=True)
    path = in_c(folder)
    git(folder.parent, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    return path


def sides(path: Path, ref: str = "HEAD") -> Sides:
    """Both sides of a gate on it."""
    name = a_compiler().name
    design = Design(0, 0.005, 4, 0.001)
    return compiled(
        Asked(None, None, (), (name,), design, 1, 1, layouts=given([path]), base_layout=ref)
    )


def test_both_versions_are_compiled_and_nothing_else(source: Path) -> None:
    """What did not change is identical; what did is not, in the phases that run it."""
    same = sides(source)
    (pair,) = same.matched.pairs
    assert pair.name == f"iovec_array@{a_compiler().name}"
    assert pair.identical("cycle")
    text = source.read_text()
    source.write_text(text.replace("	u64 *words", "	volatile u64 *words"))
    changed = sides(source)
    (pair,) = changed.matched.pairs
    assert not pair.identical("map")
    assert changed.versions[1].changes
    assert changed.versions[0].commit == changed.versions[1].commit
    git(source.parent, "status", "--short")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--base-layout", "nowhere"), "there is no commit nowhere in "),
        ((), "--layout FILE and --base-layout REF belong together"),
        (("--base-layout", "HEAD", "--base", "HEAD"), "--base and --layout exclude each other"),
    ],
)
def test_bad_use_is_one_line_and_status_2(
    words: tuple[str, ...], says: str, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong ref, half of the two options, or two bases."""
    asked = (
        "--layout",
        str(source),
        "--backend",
        a_compiler().name,
        "--explain",
        "x/y/add",
        *words,
    )
    assert refused_with(asked, app) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert says in line


def test_a_file_that_git_does_not_have_is_refused(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In no repository, or not yet in that version."""
    asked = ("--backend", a_compiler().name, "--explain", "x/y/add", "--base-layout", "HEAD")
    outside = tmp_path / "outside"
    outside.mkdir()
    later = in_c(source.parent, name="later")
    for path, says in (
        (in_c(outside), f"git cannot read {outside} as a repository"),
        (later, "has no layouts/later.c: name a version that has"),
    ):
        assert refused_with(("--layout", str(path), *asked), app) == 2
        (line,) = capsys.readouterr().err.strip().splitlines()
        assert says in line

"""A small repository to test the gate: this checkout's files with two layouts."""

import os
import shutil
import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from bench.paths import ROOT
from tests.fake.waiting import started

KEPT = ("flat_array", "sg_ring")  # layouts, one of which walks with counted_walk.py
WHO = {
    "GIT_AUTHOR_NAME": "test",
    "GIT_AUTHOR_EMAIL": "test@example.org",
    "GIT_COMMITTER_NAME": "test",
    "GIT_COMMITTER_EMAIL": "test@example.org",
}
CELL = "console/add_inbuf/add"
SMALL = ("--backend", "numba", "--cell", CELL, "--seconds", "3", "--quiet")


@dataclass(frozen=True)
class Repository:
    """A clone to edit."""

    root: Path
    scratch: Path  # its TMPDIR

    def git(self, *words: str) -> str:
        """Run git here."""
        command = ["git", "-C", str(self.root), *words]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, env=os.environ | WHO
        )
        return done.stdout.strip()

    def edit(self, path: str, before: str, after: str) -> None:
        """Replace text in a file."""
        file = self.root / path
        text = file.read_text()
        assert before in text
        file.write_text(text.replace(before, after, 1))

    def commit(self) -> str:
        """Commit everything; return the hash."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "edit")
        return self.git("rev-parse", "HEAD")

    def started(self, *words: str) -> AbstractContextManager["subprocess.Popen[str]"]:
        """A gate that ends with its test."""
        command = [sys.executable, "-m", "bench.gate", *words]
        return started(command, self.root, {"TMPDIR": str(self.scratch)})

    def gate(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a gate to its end."""
        with self.started(*words) as child:
            out, errors = child.communicate()
        return subprocess.CompletedProcess(words, child.returncode, out, errors)

    @property
    def clean(self) -> bool:
        """Whether no checkout is left, in git's list or on disk."""
        trees = self.git("worktree", "list", "--porcelain").count("worktree ")
        return trees == 1 and not list(self.scratch.glob("sg-ring-gate-*"))


def make(place: Path) -> Repository:
    """Make a repository with one commit on main."""
    root, scratch = place / "repo", place / "scratch"
    scratch.mkdir()
    for name in Repository(ROOT, scratch).git("ls-files", "-co", "--exclude-standard").split("\n"):
        if name.startswith(("bench/", "reports/", "strategies/", "workloads/")):
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
    for path in (root / "strategies").glob("*.py"):
        text = path.read_text()
        if "\nSTRATEGIES" in text and path.stem not in (*KEPT, "noop"):
            path.unlink()
    repository = Repository(root, scratch)
    repository.git("init", "-q", "-b", "main")
    kept = ROOT / ".cache"  # compiled code is shared between tests
    kept.mkdir(exist_ok=True)
    (root / ".cache").symlink_to(kept)
    with (root / ".git" / "info" / "exclude").open("a") as file:
        file.write(".cache\n")
    repository.commit()
    return repository

"""Versions from git: commits, and a checkout of one outside the working tree.

Nothing here writes into the repository or the working tree: a version's files are exported to a
temporary folder, which is always removed.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import git
from bench.errors import BenchError
from bench.git import GitError

DEFAULT_BRANCHES = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
PREFIX = "sg-ring-gate-"
ROOM_MIN_BYTES = 1 << 16  # git does not say why a file could not be written


class CheckoutError(BenchError):
    """A version that is not available; the text names it and the remedy."""


@dataclass(frozen=True)
class Version:
    """One side's source."""

    name: str  # as the user wrote it
    commit: str
    changes: str = ""  # of a dirty working tree: digest of its differences from the commit

    @property
    def shown(self) -> str:
        """The name, the commit, and whether there are changes."""
        changed = f", with changes {self.changes}" if self.changes else ""
        return f"{self.name} ({self.commit[:12]}{changed})"


def working_tree(root: Path) -> Version:
    """The working tree, committed or not."""
    commit = commit_of("HEAD", root)
    return Version("working tree", commit, git.digest(root, git.changed(root)))


def commit_of(ref: str, root: Path) -> str:
    """The commit of a ref.

    Raises:
        GitError: if this is not our repository.
        CheckoutError: if there is no such commit.
    """
    git.check_ours(root)
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    found = _said(root, *asked)
    if found is None:
        why = _if_shallow(root) or "name a branch, tag or hash"
        raise CheckoutError(f"there is no commit {ref} in {root}: {why}")
    return found


def merge_base(head: str, root: Path) -> str:
    """The commit at which ``head`` left the default branch.

    Raises:
        CheckoutError: if there is no such branch, or the history is too short.
    """
    refs = (ref for ref in DEFAULT_BRANCHES if _said(root, "rev-parse", "--verify", "--quiet", ref))
    branch = next(refs, None)
    if branch is None:
        raise CheckoutError("there is no default branch here (main, master): name a --base")
    found = _said(root, "merge-base", head, branch)
    if found is None:
        why = _if_shallow(root) or "their histories have nothing in common: name a --base"
        raise CheckoutError(f"no merge base with {branch}: {why}")
    return found


@contextmanager
def checked_out(commit: str, root: Path, patch: Path | None = None) -> Iterator[Path]:
    """A temporary folder with a commit's files, with a patch applied if one is given.

    Raises:
        CheckoutError: if git cannot check it out, or the patch does not fit.
    """
    with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as name:
        tree = Path(name) / "tree"
        tree.mkdir()
        try:
            git.export(root, commit, tree)
        except GitError as error:
            why = _if_full(tree.parent) or error
            raise CheckoutError(f"{commit[:12]} cannot be checked out: {why}") from None
        if patch is not None:
            _apply(patch, root, tree, commit)
        yield tree


def _apply(patch: Path, root: Path, tree: Path, commit: str) -> None:
    words = ("apply", "--whitespace=nowarn", str(patch.absolute()))
    done = git.run(tree, *words, more=git.within(root, tree))
    if done.returncode:
        why = git.complaint(done)
        raise CheckoutError(f"{patch.name} does not fit {commit[:12]}: {why}")


def _if_shallow(root: Path) -> str:
    if _said(root, "rev-parse", "--is-shallow-repository") != "true":
        return ""
    return "this clone is shallow: git fetch --unshallow (in CI: fetch-depth: 0)"


def _if_full(folder: Path) -> str:
    if shutil.disk_usage(folder).free > ROOM_MIN_BYTES:
        return ""
    return f"no room in {folder.parent}: make some, or name another place with TMPDIR"


def _said(root: Path, *words: str) -> str | None:
    """What git prints; None if it fails."""
    done = git.run(root, *words)
    return None if done.returncode else done.stdout.decode().strip()

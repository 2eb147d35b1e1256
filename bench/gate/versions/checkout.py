"""Versions out of git: which commits, and a checkout of one beside the working tree.

Nothing here writes into the repository or the working tree: a version's files are read into a
temporary folder, which goes whatever happens.
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
    """A version cannot be had; the text says which and what helps."""


@dataclass(frozen=True)
class Version:
    """One side's source."""

    name: str  # as it was asked for
    commit: str
    changes: str = ""  # digest of what differs from the commit, of a dirty working tree

    @property
    def shown(self) -> str:
        """Return the name, the commit, and that there are changes."""
        changed = f", with changes {self.changes}" if self.changes else ""
        return f"{self.name} ({self.commit[:12]}{changed})"


def working_tree(root: Path) -> Version:
    """Return what lies in the working tree, committed or not."""
    commit = commit_of("HEAD", root)
    return Version("working tree", commit, git.digest(root, git.changed(root)))


def commit_of(ref: str, root: Path) -> str:
    """Return a ref's commit.

    Raises:
        GitError: if this is no repository of ours.
        CheckoutError: if git knows no such commit.
    """
    git.check_ours(root)
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    found = _told(root, *asked)
    if found is None:
        why = _if_shallow(root) or "name a branch, tag or hash"
        raise CheckoutError(f"there is no commit {ref} here: {why}")
    return found


def merge_base(head: str, root: Path) -> str:
    """Return the commit at which ``head`` left the default branch.

    Raises:
        CheckoutError: if there is no such branch, or the history does not reach so far.
    """
    refs = (ref for ref in DEFAULT_BRANCHES if _told(root, "rev-parse", "--verify", "--quiet", ref))
    branch = next(refs, None)
    if branch is None:
        raise CheckoutError("there is no default branch here (main, master): name a --base")
    found = _told(root, "merge-base", head, branch)
    if found is None:
        why = _if_shallow(root) or "their histories have nothing in common: name a --base"
        raise CheckoutError(f"no merge base with {branch}: {why}")
    return found


@contextmanager
def checked_out(commit: str, root: Path, patch: Path | None = None) -> Iterator[Path]:
    """Give a folder with a commit's files, a patch applied if one is given, and take it away.

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
    if _told(root, "rev-parse", "--is-shallow-repository") != "true":
        return ""
    return "this clone is shallow: git fetch --unshallow (in CI: fetch-depth: 0)"


def _if_full(folder: Path) -> str:
    if shutil.disk_usage(folder).free > ROOM_MIN_BYTES:
        return ""
    return f"no room in {folder.parent}: make some, or name another place with TMPDIR"


def _told(root: Path, *words: str) -> str | None:
    """Return what git prints, None if it fails."""
    done = git.run(root, *words)
    return None if done.returncode else done.stdout.decode().strip()

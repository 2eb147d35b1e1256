"""Versions out of git: which commits, and a checkout of one beside the working tree.

Nothing here writes into the working tree: a version is checked out by ``git worktree`` into a
temporary folder, which goes whatever happens.
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError

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
    return Version("working tree", commit_of("HEAD", root), changes(root))


def commit_of(ref: str, root: Path) -> str:
    """Return a ref's commit.

    Raises:
        CheckoutError: if git knows no such commit.
    """
    found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
    if found is None:
        if (done := _run(root, "rev-parse", "--git-dir")).returncode:
            raise CheckoutError(f"{root} is no repository that git reads: {_first(done.stderr)}")
        raise CheckoutError(
            f"there is no commit {ref} here: {_if_shallow(root) or 'name a branch, tag or hash'}"
        )
    return found


def merge_base(head: str, root: Path) -> str:
    """Return the commit at which ``head`` left the default branch.

    Raises:
        CheckoutError: if there is no such branch, or the history does not reach so far.
    """
    refs = (ref for ref in DEFAULT_BRANCHES if _git(root, "rev-parse", "--verify", "--quiet", ref))
    branch = next(refs, None)
    if branch is None:
        raise CheckoutError("there is no default branch here (main, master): name a --base")
    found = _git(root, "merge-base", head, branch)
    if found is None:
        why = _if_shallow(root) or "their histories have nothing in common: name a --base"
        raise CheckoutError(f"no merge base with {branch}: {why}")
    return found


def changes(root: Path) -> str:
    """Return a digest of all that differs from the last commit, nothing if nothing does."""
    differs = _run(root, "diff", "HEAD", "--binary").stdout
    others = _run(root, "ls-files", "--others", "--exclude-standard", "-z").stdout
    names = [name for name in others.split(b"\0") if name]
    if not differs and not names:
        return ""
    digest = hashlib.sha256(differs)
    for name in names:
        path = root / os.fsdecode(name)
        if path.is_symlink():
            digest.update(name + os.fsencode(path.readlink()))
        else:  # a repository within this one is its name alone
            digest.update(name + (path.read_bytes() if path.is_file() else b""))
    return digest.hexdigest()[:12]


@contextmanager
def checked_out(commit: str, root: Path, patch: Path | None = None) -> Iterator[Path]:
    """Give a folder with a commit's files, a patch applied if one is given, and take it away.

    Raises:
        CheckoutError: if git cannot check it out, or the patch does not fit.
    """
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    tree = folder / "tree"
    try:
        done = _run(root, "worktree", "add", "--detach", "--quiet", str(tree), commit)
        if done.returncode:
            why = _if_full(folder) or _first(done.stderr)
            raise CheckoutError(f"{commit[:12]} cannot be checked out: {why}")
        if patch is not None:
            done = _run(tree, "apply", str(patch))
            if done.returncode:
                raise CheckoutError(
                    f"{patch.name} does not fit {commit[:12]}: {_first(done.stderr)}"
                )
        yield tree
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _run(root, "worktree", "prune")


def _if_shallow(root: Path) -> str:
    if _git(root, "rev-parse", "--is-shallow-repository") != "true":
        return ""
    return "this clone is shallow: git fetch --unshallow (in CI: fetch-depth: 0)"


def _if_full(folder: Path) -> str:
    if shutil.disk_usage(folder).free > ROOM_MIN_BYTES:
        return ""
    return f"no room in {folder.parent}: make some, or name another place with TMPDIR"


def _git(root: Path, *words: str) -> str | None:
    """Return what git prints, None if it fails."""
    done = _run(root, *words)
    return None if done.returncode else done.stdout.decode().strip()


def _run(root: Path, *words: str) -> "subprocess.CompletedProcess[bytes]":
    command = ["git", "-C", str(root), *words]
    try:
        return subprocess.run(
            command, capture_output=True, check=False, env=os.environ | {"LC_ALL": "C"}
        )
    except FileNotFoundError:
        raise CheckoutError("no git on PATH: install it") from None


def _first(text: bytes) -> str:
    return (text.decode(errors="replace").strip().splitlines() or ["no message"])[0]

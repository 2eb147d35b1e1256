"""Git commands, unaffected by the user's hooks and settings; plumbing, in bytes.

Nothing here writes into a repository or a working tree: a command that needs an index gets its own
in a temporary folder.
"""

import hashlib
import os
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from bench.errors import BenchError

FULL = ("Out of diskspace", "No space left on device")  # in messages of git and of the system
# The only variables of git that reach a child: where to look for settings and repositories, and how
# a partial clone fetches. The others describe what a hook's own git is working on.
KEPT = (
    *("GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_ACROSS_FILESYSTEM", "GIT_EXEC_PATH"),
    *("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"),
    *("GIT_ASKPASS", "GIT_SSH", "GIT_SSH_COMMAND"),
)
SETTINGS = (
    "core.hooksPath=/dev/null",  # a hook that runs us on every write of an index would never end
    "core.splitIndex=false",  # would write a part of our index into their repository
    "core.fsmonitor=false",  # would run their program
)
CODE = ("*.py", "*.c", "*.h")  # measured, even if the user's settings ignore it


class GitError(BenchError):
    """Git cannot answer, or answers for another repository; the text says why."""


def environment() -> dict[str, str]:
    """The environment of every git command."""
    ours = {k: v for k, v in os.environ.items() if k in KEPT or not k.startswith("GIT_")}
    return ours | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}


def run(
    root: Path, *words: str, more: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[bytes]":
    """Run git in a folder, with ``more`` added to its environment.

    Raises:
        GitError: if git is not installed.
    """
    settings = (word for setting in SETTINGS for word in ("-c", setting))
    command = ["git", "-C", str(root), "--no-replace-objects", *settings, *words]
    try:
        return subprocess.run(
            command,
            capture_output=True,
            check=False,
            stdin=subprocess.DEVNULL,
            env=environment() | (more or {}),
        )
    except OSError as error:
        raise GitError(f"git cannot be run ({error.strerror}): install it") from None


def answer(root: Path, *words: str, more: dict[str, str] | None = None) -> bytes:
    """The output of git.

    Raises:
        GitError: with the first line of its message, if it fails.
    """
    done = run(root, *words, more=more)
    if done.returncode:
        raise GitError(complaint(done))
    return done.stdout


def complaint(done: "subprocess.CompletedProcess[bytes]") -> str:
    """The first line of git's error message, or what to do if a disk is full."""
    said = done.stderr.decode(errors="replace")
    if any(words in said for words in FULL):
        return f"no room in {tempfile.gettempdir()}: make some, or name another place with TMPDIR"
    return (said.strip().splitlines() or ["no message"])[0]


def top(folder: Path) -> Path:
    """The top of the working tree that a folder is in.

    Raises:
        GitError: with git's reason.
    """
    done = run(folder, "rev-parse", "--show-toplevel")
    if done.returncode:
        why = complaint(done)
        if "dubious ownership" in why:
            why += f": git config --global --add safe.directory {folder}"
        raise GitError(f"git cannot read {folder} as a repository: {why}")
    return Path(os.fsdecode(done.stdout.removesuffix(b"\n")))


def check_ours(root: Path) -> None:
    """Refuse a folder that is not the top of a repository: git would answer for another one.

    Raises:
        GitError: with git's reason, or the repository found.
    """
    found = top(root)
    if not found.samefile(root):
        raise GitError(f"{root} is not a repository but inside one, {found}: clone the suite")


def commit(root: Path) -> str:
    """The commit of a checkout, followed by ``-dirty`` if any file differs.

    Raises:
        GitError: if there is no commit.
    """
    check_ours(root)
    head = run(root, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if head.returncode:
        raise GitError(f"{root} has no commit yet")
    return head.stdout.decode().strip() + ("-dirty" if changed(root) else "")


def changed(root: Path) -> list[bytes]:
    """The names of all files that differ from the last commit, including new and missing ones.

    Our own index has no flags that hide a file (assume-unchanged, skip-worktree).
    """
    with tempfile.TemporaryDirectory(prefix="sg-ring-git-") as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        answer(root, "read-tree", "HEAD", more=index)
        done = run(root, "update-index", "-q", "--refresh", more=index)
        if done.returncode > 1:  # 1: something differs
            raise GitError(complaint(done))
        differ = ("diff-files", "--name-only", "-z", "--ignore-submodules=dirty")
        others = ("ls-files", "--others", "-z")
        asked = (
            differ,
            (*others, "--exclude-standard"),
            (*others, "--exclude-per-directory=.gitignore", "--", *CODE),
        )
        names = {name for words in asked for name in _names(answer(root, *words, more=index))}
    left_out = {n for n in names & _skipped(root) if not os.path.lexists(_at(root, n))}
    return sorted(names - left_out)


def digest(root: Path, names: list[bytes]) -> str:
    """A digest of files; empty if there are none."""
    total = hashlib.sha256()
    for name in names:
        content = _content(_at(root, name))
        total.update(b"%d %s %d %s" % (len(name), name, len(content), content))
    return total.hexdigest()[:12] if names else ""


def export(root: Path, commit: str, tree: Path) -> None:
    """Write a commit's files into an empty folder.

    Raises:
        GitError: if git fails.
    """
    there = within(root, tree)
    answer(tree, "read-tree", commit, more=there)
    answer(tree, "checkout-index", "--all", "--quiet", more=there)


def within(root: Path, tree: Path) -> dict[str, str]:
    """Variables that make ``tree`` git's working tree of ``root``."""
    repository = os.fsdecode(answer(root, "rev-parse", "--absolute-git-dir").removesuffix(b"\n"))
    index = str(tree.with_name("index"))
    return {"GIT_DIR": repository, "GIT_WORK_TREE": str(tree), "GIT_INDEX_FILE": index}


def _names(text: bytes) -> list[bytes]:
    return [name for name in text.split(b"\0") if name]


def _skipped(root: Path) -> set[bytes]:
    """The files that a sparse checkout leaves out."""
    marked = _names(answer(root, "ls-files", "-t", "-z"))
    return {name.removeprefix(b"S ") for name in marked if name.startswith(b"S ")}


def _at(root: Path, name: bytes) -> bytes:
    return os.path.join(os.fsencode(root), name)  # noqa: PTH118  a name need not be text


def _content(path: bytes) -> bytes:
    """What identifies a file's content; empty for anything else, or if it cannot be read."""
    with suppress(OSError):
        if os.path.islink(path):  # noqa: PTH114
            return b"link %s" % os.readlink(path)  # noqa: PTH115
        if os.path.isfile(path):  # noqa: PTH113
            mode = b"x" if os.access(path, os.X_OK) else b"-"
            with open(path, "rb") as file:  # noqa: PTH123
                return mode + hashlib.file_digest(file, "sha256").digest()
    return b""

"""Git's answers do not depend on anybody's hooks, settings and variables."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import git
from bench.gate.versions.checkout import CheckoutError, checked_out, commit_of, working_tree
from bench.paths import ROOT
from tests.fake.gaterepo import WHO

HOOKS = (
    *("pre-commit", "prepare-commit-msg", "commit-msg", "post-commit"),
    *("pre-rebase", "post-checkout", "post-merge", "post-rewrite", "reference-transaction"),
)
NO_TEXT = b"caf\xe9.py"  # a file's name that is no UTF-8


def told(root: Path, *words: str, **more: str) -> str:
    """Run git as a user does."""
    done = subprocess.run(
        ["git", *words],  # noqa: S607
        cwd=root,
        env=os.environ | WHO | more,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Give a repository of two commits, the first of them tagged, and a stash."""
    root = tmp_path / "repository"
    (root / "sub").mkdir(parents=True)
    told(root, "init", "-q", "-b", "main")
    (root / "a.py").write_text("first\n")
    (root / "sub" / "b.py").write_text("b\n")
    told(root, "add", "-A")
    told(root, "commit", "-qm", "first")
    told(root, "tag", "first")
    (root / "a.py").write_text("second\n")
    told(root, "commit", "-qam", "second")
    (root / "a.py").write_text("stashed\n")
    told(root, "stash", "-q")
    return root


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, including git's own."""
    return {str(p): p.read_bytes() for p in folder.rglob("*") if p.is_file() and not p.is_symlink()}


def all_of_it(root: Path) -> tuple[str, list[bytes], dict[str, str]]:
    """Run every query of a bench and a gate."""
    with checked_out("first", root) as tree:
        files = {p.name: p.read_text() for p in tree.rglob("*") if p.is_file()}
        return git.commit(root), git.changed(root), files


@pytest.mark.parametrize("place", [".", "sub"])
def test_hooks_that_ask_us_lose_nothing(repository: Path, place: str) -> None:
    """Commit, rebase, checkout and merge end as they do without us, whatever git set."""
    asks = (
        "from bench import git; from bench.gate.versions.checkout import checked_out\n"
        f"from pathlib import Path; root = Path({str(repository)!r}); git.commit(root)\n"
        "with checked_out('first', root) as tree: assert (tree / 'a.py').read_text() == 'first\\n'"
    )
    for hook in HOOKS:
        script, mark = repository / ".git" / "hooks" / hook, repository.parent / hook
        command = f'PYTHONPATH={ROOT} {sys.executable} -P -c "{asks}"'
        script.write_text(f"#!/bin/sh\n{command} || exit 1\ntouch {mark}\n")
        script.chmod(0o755)
    where = repository / place
    (repository / "a.py").write_text("third\n")
    told(where, "commit", "-am", "third")
    told(where, "checkout", "-q", "-b", "topic", "first")
    (repository / "c.py").write_text("c\n")
    told(where, "add", "../c.py" if place == "sub" else "c.py")
    told(where, "commit", "-qm", "c")
    told(where, "commit", "--amend", "-qm", "amended")
    told(where, "rebase", "-q", "main")
    told(where, "checkout", "-q", "main")
    told(where, "merge", "-q", "topic")
    assert [hook for hook in HOOKS if not (repository.parent / hook).exists()] == []
    assert told(repository, "show", "main:a.py") == "third"
    assert told(repository, "show", "main:c.py") == "c"
    assert told(repository, "status", "--porcelain") == ""
    assert told(repository, "worktree", "list", "--porcelain").count("worktree ") == 1


def test_nothing_of_theirs_is_written(repository: Path) -> None:
    """Index, HEAD, stash, objects and files are the same bytes before and after."""
    (repository / "a.py").write_text("changed\n")
    (repository / "new.py").write_text("new\n")
    told(repository, "config", "core.splitIndex", "true")
    told(repository, "config", "core.untrackedCache", "true")
    before = contents(repository)
    assert all_of_it(repository)[1] == [b"a.py", b"new.py"]
    assert contents(repository) == before


def test_no_hook_of_theirs_is_run(repository: Path) -> None:
    """A hook that runs us on every write of an index would never end."""
    mark = repository.parent / "ran"
    for hook in (*HOOKS, "post-index-change", "fsmonitor"):
        script = repository / ".git" / "hooks" / hook
        script.write_text(f"#!/bin/sh\ntouch {mark}\n")
        script.chmod(0o755)
    told(repository, "config", "core.fsmonitor", ".git/hooks/fsmonitor")
    all_of_it(repository)
    assert not mark.exists()
    told(repository, "status")
    assert mark.exists()


def test_no_variable_of_a_repository_reaches_our_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of those that git itself calls local to a repository."""
    names = told(ROOT, "rev-parse", "--local-env-vars").split()
    assert "GIT_INDEX_FILE" in names
    for name in names:
        monkeypatch.setenv(name, "0")
    assert not set(names) & set(git.environment())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GIT_DIR", "{other}/.git"),
        ("GIT_WORK_TREE", "{other}"),
        ("GIT_INDEX_FILE", "{other}/.git/index"),
        ("GIT_OBJECT_DIRECTORY", "{other}/.git/objects"),
        ("GIT_EXTERNAL_DIFF", "true"),
        ("GIT_LITERAL_PATHSPECS", "1"),
        ("GIT_TRACE", "1"),
        ("GIT_CONFIG_PARAMETERS", "'core.worktree={other}'"),
        ("COLUMNS", "1"),
    ],
)
def test_a_variable_of_another_git_changes_no_answer(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Whatever a hook or a shell has set for another repository."""
    other = tmp_path / "other"
    other.mkdir()
    told(other, "init", "-q")
    (repository / "a.py").write_text("changed\n")
    before = all_of_it(repository)
    monkeypatch.setenv(name, value.format(other=other))
    assert all_of_it(repository) == before
    assert before[0].endswith("-dirty")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("diff.external", "true"),
        ("diff.noprefix", "true"),
        ("diff.ignoreSubmodules", "all"),
        ("color.ui", "always"),
        ("color.status", "always"),
        ("status.showUntrackedFiles", "no"),
        ("core.quotePath", "false"),
        ("core.fsmonitor", "false; exit 1"),
        ("core.hooksPath", "{hooks}"),
        ("core.excludesFile", "{hooks}/ignored"),
        ("core.ignoreStat", "true"),
        ("core.attributesFile", "{hooks}/attributes"),
        ("core.sparseCheckout", "true"),
        ("apply.whitespace", "error-all"),
        ("commit.gpgSign", "true"),
        ("log.showSignature", "true"),
    ],
)
def test_a_setting_of_theirs_changes_no_answer(
    repository: Path, tmp_path: Path, key: str, value: str
) -> None:
    """Nor does the name of a file that is not text, or a hook that fails."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "post-checkout").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "post-checkout").chmod(0o755)
    (hooks / "ignored").write_text("*.py\n")
    (hooks / "attributes").write_text("*.py diff=odd -text\n")
    told(repository, "config", "diff.odd.textconv", "true")
    with open(os.fsencode(repository) + b"/" + NO_TEXT, "w") as file:  # noqa: PTH123
        file.write("new")
    (repository / "a.py").write_text("changed\n")
    before = all_of_it(repository)
    told(repository, "config", key, value.format(hooks=hooks))
    assert all_of_it(repository) == before
    assert before[1] == [b"a.py", NO_TEXT]


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_a_flag_that_hides_a_change_hides_it_not_from_us(repository: Path, flag: str) -> None:
    """What is measured is what lies there."""
    told(repository, "update-index", flag, "a.py")
    assert git.changed(repository) == []
    (repository / "a.py").write_text("changed\n")
    assert git.changed(repository) == [b"a.py"]


def test_what_a_sparse_checkout_leaves_out_is_no_change(repository: Path) -> None:
    """And a version that is checked out next to it is whole."""
    told(repository, "sparse-checkout", "set", "--no-cone", "/a.py")
    assert not (repository / "sub").exists()
    commit, changed, files = all_of_it(repository)
    assert (commit, changed) == (told(repository, "rev-parse", "HEAD"), [])
    assert files == {"a.py": "first\n", "b.py": "b\n"}


def test_every_kind_of_change_is_one(repository: Path) -> None:
    """Staged, unstaged, removed, new, made executable, a link, a repository within."""
    (repository / "staged.py").write_text("")
    told(repository, "add", "staged.py")
    (repository / "a.py").chmod(0o755)
    (repository / "sub" / "b.py").unlink()
    (repository / "link").symlink_to("nowhere")
    told(repository, "init", "-q", "inner")
    (repository / "inner" / "file").write_text("")
    names = [b"a.py", b"inner/", b"link", b"staged.py", b"sub/b.py"]
    assert git.changed(repository) == names
    assert len({git.digest(repository, names[:n]) for n in range(len(names) + 1)}) == 6


def test_the_digest_follows_the_content(repository: Path) -> None:
    """Two texts of equal length, a link and its target."""
    link = repository / "link"
    found = set()
    for text, target in ("aa", "x"), ("bb", "x"), ("bb", "y"):
        (repository / "a.py").write_text(text)
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        found.add(git.digest(repository, git.changed(repository)))
    assert len(found) == 3


def test_a_copy_inside_another_repository_is_not_taken_for_it(repository: Path) -> None:
    """Its commit would be another project's."""
    with pytest.raises(git.GitError, match=r"inside one, .*repository: clone the suite"):
        git.commit(repository / "sub")
    with pytest.raises(git.GitError, match="but inside one"):
        commit_of("HEAD", repository / "sub")


def test_a_repository_without_a_commit_is_said(tmp_path: Path) -> None:
    """As in a new one."""
    told(tmp_path, "init", "-q")
    with pytest.raises(git.GitError, match="has no commit yet"):
        git.commit(tmp_path)


def test_a_filter_that_fails_is_said(repository: Path) -> None:
    """Then it is not known whether a file differs."""
    told(repository, "config", "filter.odd.clean", "false")
    told(repository, "config", "filter.odd.required", "true")
    (repository / ".git" / "info" / "attributes").write_text("*.py filter=odd\n")
    with pytest.raises(git.GitError, match="external filter 'false' failed"):
        git.commit(repository)


@pytest.fixture
def foreign(repository: Path) -> Iterator[Path]:
    """Give a repository that another user owns."""
    if os.geteuid():
        pytest.skip("only root can give a folder away")
    os.chown(repository, 65534, 65534)
    yield repository
    os.chown(repository, 0, 0)


def test_what_git_does_not_trust_is_said_with_the_remedy(
    foreign: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It does not silently become unknown."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    with pytest.raises(git.GitError, match=r"dubious ownership.*: git config --global --add safe"):
        git.commit(foreign)


def test_a_linked_worktree_and_a_submodule_are_repositories(
    repository: Path, tmp_path: Path
) -> None:
    """Each is the top of one, with access to any commit."""
    told(repository, "worktree", "add", "-q", str(tmp_path / "linked"), "first")
    outer = tmp_path / "outer"
    outer.mkdir()
    told(outer, "init", "-q")
    allowed = ("-c", "protocol.file.allow=always")
    told(outer, *allowed, "submodule", "--quiet", "add", str(repository), "inner")
    for root in tmp_path / "linked", outer / "inner":
        assert git.commit(root) == told(root, "rev-parse", "HEAD")
        assert all_of_it(root)[2] == {"a.py": "first\n", "b.py": "b\n"}


def test_a_ceiling_does_not_hide_the_top(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The search starts there."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(repository.parent))
    assert git.commit(repository) == told(repository, "rev-parse", "HEAD")


def test_a_patch_is_applied_inside_another_repository(repository: Path, tmp_path: Path) -> None:
    """Temporary folders may be inside one, whose files git would take for ours."""
    told(tmp_path, "init", "-q")
    patch = tmp_path / "edit.patch"
    patch.write_text("--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-first\n+edited \n")
    told(repository, "config", "apply.whitespace", "error-all")
    with checked_out("first", repository, patch) as tree:
        assert (tree / "a.py").read_text() == "edited \n"
    head = working_tree(repository).commit
    misfit = checked_out(head, repository, patch)
    with pytest.raises(CheckoutError, match=r"edit.patch does not fit"), misfit:
        pass

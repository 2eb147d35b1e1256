"""The gate as its users run it, in a small repository: refusals and leftovers."""

import gzip
import json
import os
import shutil
import signal
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.gate.versions.checkout import commit_of
from bench.git import GitError
from bench.paths import ROOT
from tests.fake.gaterepo import CELL, SMALL, Repository, make
from tests.fake.waiting import until

EDITS = ROOT / "bench" / "studies" / "edits"
COUNTED = "strategies/linux/counted_walk.py"
WALK = "        i = previous = head\n"


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    """Give a repository; after the gate, no checkout is left in it."""
    made = make(tmp_path)
    yield made
    assert made.clean


def refused(ended: "subprocess.CompletedProcess[str]", *says: str) -> None:
    """Check for one line with all these words, and status 2."""
    assert ended.returncode == 2, ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    for text in says:
        assert text in ended.stderr


def found(path: Path) -> dict[str, Any]:
    """The file that the gate wrote."""
    read: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return read


def verdicts(path: Path) -> dict[str, str]:
    """The verdict of each variant in the one cell."""
    return {row["variant"]: row["verdict"] for row in found(path)["rows"]}


def test_a_ref_that_git_does_not_know_is_named(repository: Repository) -> None:
    """It says what to give instead."""
    refused(repository.gate(*SMALL, "--base", "v9"), "no commit v9", "name a branch, tag or hash")


def test_a_shallow_clone_says_how_to_deepen_it(repository: Repository, tmp_path: Path) -> None:
    """The merge base is missing, and the line says how to fetch it."""
    repository.git("checkout", "-q", "-b", "topic")
    repository.edit(COUNTED, WALK, "\n" + WALK)
    repository.commit()
    repository.git("checkout", "-q", "main")
    shallow = tmp_path / "shallow"
    url = f"file://{repository.root}"
    command = ["git", "clone", "-q", "--depth", "1", "--no-single-branch", url, str(shallow)]
    subprocess.run(command, check=True)
    other = Repository(shallow, repository.scratch)
    other.git("checkout", "-q", "topic")
    refused(other.gate(*SMALL), "shallow", "git fetch --unshallow", "fetch-depth: 0")


def test_a_base_without_strategies_cannot_be_compared(repository: Repository) -> None:
    """The line names the base and what it lacks."""
    head = repository.git("rev-parse", "HEAD")
    shutil.rmtree(repository.root / "strategies")
    base = repository.commit()
    repository.git("checkout", "-q", head)
    refused(repository.gate(*SMALL, "--base", base), "base", base[:12], "has no strategies")


def test_a_base_with_other_records_has_another_contract(repository: Repository) -> None:
    """No driver serves both, and the line names the record."""
    head = repository.git("rev-parse", "HEAD")
    repository.edit(
        "strategies/linux/structs.py", "GROUP = struct(\n", 'GROUP = struct(\n    ("x", "u8"),\n'
    )
    base = repository.commit()
    repository.git("checkout", "-q", head)
    refused(repository.gate(*SMALL, "--base", base), "base has another contract", "GROUP")


def test_a_base_from_before_there_were_backends_has_an_older_contract(
    repository: Repository,
) -> None:
    """A checkout lacks what the gate needs."""
    head = repository.git("rev-parse", "HEAD")
    shutil.rmtree(repository.root / "strategies" / "backends")
    base = repository.commit()
    repository.git("checkout", "-q", head)
    refused(repository.gate(*SMALL, "--base", base), "base", "older contract", "backends")


@pytest.mark.parametrize(
    "wrong", ["        i = previous = \n", "        i = previous = head.none\n"]
)
def test_a_head_that_does_not_compile_is_said(repository: Repository, wrong: str) -> None:
    """No traceback of Python or numba is shown, only their message."""
    repository.edit(COUNTED, WALK, wrong)
    refused(repository.gate(*SMALL, "--base", "HEAD"), "head", "does not compile")


def test_a_head_that_cannot_be_imported_is_no_verdict(repository: Repository) -> None:
    """The gate itself imports it; Python's status 1 would mean that something is slower."""
    (repository.root / "strategies" / "linux" / "views.py").write_text("(")
    ended = repository.gate(*SMALL, "--base", "HEAD")
    assert ended.returncode == 2
    assert "SyntaxError" in ended.stderr


def test_an_environment_without_python_is_named(repository: Repository, tmp_path: Path) -> None:
    """``--base-env`` is a folder with bin/python."""
    words = ("--base", "HEAD", "--base-env", str(tmp_path))
    refused(repository.gate(*SMALL, *words), "--base-env", "there is no")


def test_a_wrong_ring_fails_by_name_and_the_rest_is_decided(
    repository: Repository, tmp_path: Path
) -> None:
    """The oracle detects it before it is timed; the other layout is still compared."""
    repository.edit(COUNTED, "i, sg, WRITE)", "i, sg, OUTGOING)")
    out = tmp_path / "out.json.gz"
    ended = repository.gate(*SMALL, "--base", "HEAD", "-o", str(out))
    assert ended.returncode == 2, ended.stderr
    assert "flat_array@numba cannot be compared" in ended.stderr
    assert verdicts(out) == {"flat_array@numba": "failed", "sg_ring@numba": "identical"}


def test_a_kernel_that_crashes_fails_by_name(repository: Repository, tmp_path: Path) -> None:
    """The gate survives it and reports the signal and the cell."""
    repository.edit(COUNTED, WALK, f"{WALK}        vring_desc(ZERO).flags = WRITE\n")
    out = tmp_path / "out.json.gz"
    ended = repository.gate(*SMALL, "--base", "HEAD", "-o", str(out))
    assert ended.returncode == 2, ended.stderr
    (row,) = (row for row in found(out)["rows"] if row["variant"] == "flat_array@numba")
    assert row["verdict"] == "failed"
    assert "crashed (SIGSEGV) in console/add_inbuf" in row["why"]


@pytest.mark.slow
def test_identical_code_is_not_timed_and_passes(repository: Repository, tmp_path: Path) -> None:
    """A clean tree against its own commit: nothing differs, so nothing is slower."""
    out = tmp_path / "out.json.gz"
    ended = repository.gate(*SMALL, "-o", str(out))
    assert ended.returncode == 0, ended.stderr
    assert set(verdicts(out).values()) == {"identical"}
    assert found(out)["processes"] == 0


def test_a_dirty_tree_is_recorded_and_never_touched(repository: Repository, tmp_path: Path) -> None:
    """A comment changes no code, only the digest of the changes; the tree stays unchanged.

    Identical code is not timed, and passes.
    """
    repository.edit(COUNTED, WALK, f"{WALK}        # said\n")
    before = repository.git("status", "--porcelain"), repository.git("diff")
    out = tmp_path / "out.json.gz"
    assert repository.gate(*SMALL, "-o", str(out)).returncode == 0
    assert (repository.git("status", "--porcelain"), repository.git("diff")) == before
    assert len(found(out)["head"]["changes"]) == 12
    assert set(verdicts(out).values()) == {"identical"}
    assert found(out)["processes"] == 0


def test_a_folder_that_is_no_repository_is_said(tmp_path: Path) -> None:
    """Naming a branch would not help."""
    with pytest.raises(GitError, match="as a repository: fatal: not a git"):
        commit_of("HEAD", tmp_path)


def test_a_new_layout_that_changed_is_named(repository: Repository, tmp_path: Path) -> None:
    """Committed on a branch and changed: base lacks it, so the rest alone was compared."""
    path = "strategies/mine.py"
    text = (repository.root / "strategies/sg_ring.py").read_text()
    repository.git("checkout", "-q", "-b", "topic")
    (repository.root / path).write_text(text.replace('"sg_ring"', '"mine"'))
    out = tmp_path / "new.json.gz"
    assert repository.gate(*SMALL, "-o", str(out)).returncode == 0
    repository.commit()
    repository.edit(path, "STRATEGIES", "# said\nSTRATEGIES")
    out = tmp_path / "said.json.gz"
    assert repository.gate(*SMALL, "-o", str(out)).returncode == 0
    repository.edit(path, "in_, WRITE)", "in_, OUTGOING)")
    out = tmp_path / "changed.json.gz"
    ended = repository.gate(*SMALL, "-o", str(out))
    assert ended.returncode == 2, ended.stderr
    assert "mine@numba changed since the last commit and is not in base" in ended.stderr


def test_counts_find_a_counting_pass(repository: Repository, tmp_path: Path) -> None:
    """More instructions in one layout, exactly; the other one is the same."""
    if shutil.which("valgrind") is None:
        pytest.skip("no valgrind")
    repository.git("apply", str(EDITS / "counting.patch"))
    out = tmp_path / "out.json.gz"
    words = ("--base", "HEAD", "--counts", "--no-time", "-o", str(out))
    ended = repository.gate(*SMALL, *words)
    assert ended.returncode == 1, ended.stderr
    counts = {row["variant"]: row["count_verdict"] for row in found(out)["rows"]}
    assert counts == {"flat_array@numba": "more", "sg_ring@numba": "same"}


def test_explain_shows_what_was_compiled(repository: Repository) -> None:
    """The difference of two kernels, line by line, and nothing measured."""
    repository.git("apply", str(EDITS / "counting.patch"))
    words = ("--backend", "numba", "--base", "HEAD", "--explain", f"{CELL}/flat_array@numba")
    ended = repository.gate(*words)
    assert ended.returncode == 0, ended.stderr
    assert "--- base" in ended.stdout
    assert any(line.startswith("+") and "mov" in line for line in ended.stdout.splitlines())


def test_timed_runs_keep_every_process(repository: Repository, tmp_path: Path) -> None:
    """Both sides of the same code take turns; each process has a value near 0."""
    out = tmp_path / "out.json.gz"
    words = ("--base", "HEAD", "--time-identical", "--seed", "1", "-o", str(out))
    ended = repository.gate(*SMALL, *words)
    assert ended.returncode in {0, 2}, ended.stderr
    written = found(out)
    names = [step["name"] for step in written["steps"]]
    assert names[:4] == ["checkout", "compiling", "checking", "measuring"]
    rows = written["rows"]
    assert {row["code_base"] == row["code_head"] for row in rows} == {True}
    assert all(0 < row["processes"] == len(row["values"]) for row in rows)
    assert all(abs(statistics.median(row["values"])) < 1 for row in rows)


def test_ctrl_c_takes_checkouts_away(repository: Repository) -> None:
    """Interrupted while it compiles, the gate leaves neither a checkout nor a process."""
    with repository.started("--base", "HEAD", "--backend", "numba", "--fresh") as child:
        until(lambda: list(repository.scratch.glob("sg-ring-gate-*/head.wanted.json")), child)
        os.killpg(child.pid, signal.SIGINT)
        _, errors = child.communicate()
    assert child.returncode == 130, errors
    assert "Traceback" not in errors


def test_a_full_disk_is_one_line(repository: Repository, tmp_path: Path) -> None:
    """If nothing can be checked out, the line says so."""
    small = tmp_path / "small"
    small.mkdir()
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)]
    if os.geteuid() or not mount or subprocess.run([mount, *options], check=False).returncode:
        pytest.skip("a small file system can be mounted by root only")
    try:
        refused(Repository(repository.root, small).gate(*SMALL, "--base", "HEAD"), "no room in")
    finally:
        subprocess.run([shutil.which("umount") or "umount", "-l", str(small)], check=True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--cell", "blk/4k-read/ad"), "did you mean blk/4k-read/add?"),
        (("--band", "0.5"), "--band 0.5: give a percentage"),
        (("--inconclusive", "most"), "--inconclusive most: give a percentage"),
        (("--explain", "nothing"), "nothing: name a cell"),
        (("--seconds", "0"), "--seconds 0: give a number above 0"),
        (("--baseline", "x", "--base", "HEAD"), "--base and --baseline exclude each other"),
        (("--baseline", "x", "--counts"), "--counts and --baseline exclude each other"),
    ],
)
def test_bad_use_is_one_line(repository: Repository, words: tuple[str, ...], says: str) -> None:
    """It names the offending word and a valid one."""
    refused(repository.gate("--backend", "numba", "--quiet", "--base", "HEAD", *words), says)

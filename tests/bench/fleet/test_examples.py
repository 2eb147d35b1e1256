"""What is documented for those who have a scheduler, as far as it can be tried here."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from bench.fleet import pack
from bench.paths import ROOT
from tests.fake.fleet import PARCEL, packed, result

EXAMPLES = ROOT / "examples" / "fleet"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.sh")), ids=lambda path: path.name)
def test_a_script_is_one(path: Path) -> None:
    """Bash parses it, and it may be executed."""
    subprocess.run([shutil.which("bash") or "bash", "-n", str(path)], check=True)
    assert os.access(path, os.X_OK)


def fake_parcel(folder: Path) -> tuple[Path, dict[str, str]]:
    """A parcel that measures nothing, and the variables that it wants."""
    good, parcel = folder / "good.json.gz", folder / "sg-ring.pyz"
    good.write_bytes(packed(result(folder / "plain.json").read_bytes())[0])
    with zipfile.ZipFile(parcel, "w") as made:
        made.writestr("__main__.py", PARCEL)
    return parcel, os.environ | {"RESULT": str(good)}


@pytest.mark.skipif(not shutil.which("parallel"), reason="GNU parallel is not installed")
def test_gnu_parallel_brings_a_file_from_each_host(tmp_path: Path) -> None:
    """Where ssh is a shell on this machine; nothing is left of a run."""
    parcel, environment = fake_parcel(tmp_path)
    ssh, place = tmp_path / "ssh", tmp_path / "tmp"
    ssh.write_text('#!/bin/sh\nexec sh -c "$2"\n')
    ssh.chmod(0o700)
    place.mkdir()
    more = {"SSH": str(ssh), "TMPDIR": str(place), "HOME": str(tmp_path)}
    command = [str(EXAMPLES / "parallel.sh"), str(parcel), str(tmp_path / "r"), "one", "two"]
    subprocess.run(command, env=environment | more, check=True, cwd=tmp_path)
    good = (tmp_path / "good.json.gz").read_bytes()
    found = {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir()}
    assert found == {"one.json.gz": good, "two.json.gz": good}
    assert not [path for path in place.iterdir() if path.name.startswith("tmp.")]


def test_a_slurm_task_leaves_one_file(tmp_path: Path) -> None:
    """Where srun is a command that runs its words."""
    parcel, environment = fake_parcel(tmp_path)
    srun = tmp_path / "bin" / "srun"
    srun.parent.mkdir()
    srun.write_text('#!/bin/sh\nshift\nexec "$@"\n')
    srun.chmod(0o700)
    more = {"PATH": f"{srun.parent}:{environment['PATH']}", "SLURM_ARRAY_TASK_ID": "7"}
    command = [str(EXAMPLES / "slurm.sh"), str(parcel), str(tmp_path / "r")]
    subprocess.run(command, env=environment | more, check=True)
    assert [path.name for path in (tmp_path / "r").iterdir()] == ["task-7.json.gz"]


def test_a_playbook_measures_by_one_task_and_fetches_by_one() -> None:
    """As Ansible reads it: YAML, with modules by their whole names."""
    (play,) = yaml.safe_load((EXAMPLES / "ansible.yml").read_text("utf-8"))
    modules = [next(key for key in task if "." in key) for task in play["tasks"]]
    assert modules == [f"ansible.builtin.{name}" for name in ("copy", "command", "fetch")]
    task: dict[str, Any] = play["tasks"][1]
    assert task["ansible.builtin.command"]["cmd"].startswith("python3 sg-ring.pyz -o ")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--python", "3"), "--python 3: give a version as 3.11"),
        (("--machine", "vax"), "--machine vax: kernels are made for aarch64 and x86_64: --comp"),
        (("-o", __file__), "exists: name a new file"),
    ],
)
def test_a_parcel_for_nobody_is_refused(tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    """In one line."""
    ended = CliRunner().invoke(pack.app, ["-o", str(tmp_path / "x.pyz"), *words])
    assert says in str(ended.exception)


def test_a_parcel_for_others_says_so(tmp_path: Path) -> None:
    """Before it unpacks anything; with status 2."""
    parcel = tmp_path / "x.pyz"
    with zipfile.ZipFile(parcel, "w") as made:
        made.write(ROOT / "bench" / "fleet" / "unpack.py", "__main__.py")
        made.writestr("target", "vax 3.7 sg-ring-0")
    ended = subprocess.run(
        [sys.executable, str(parcel)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("parcel: made for Python 3.7 on vax, and this is 3.")
    assert list(tmp_path.iterdir()) == [parcel]

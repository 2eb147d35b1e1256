"""The kit that a fleet sends to hosts of aarch64, as it is unpacked: approved, measured by qemu."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.fleet import foreign, parcel
from bench.fleet.packages import Target
from bench.fleet.parcel import CONTENTS, KIT, Contents
from bench.kit import Kit, load
from bench.messages import decode
from bench.paths import ROOT
from bench.plan import QUICK, Plan
from strategies import AS_COMPILED
from strategies.backends import NAMES, NUMBA
from strategies.compile.code import code_hash
from strategies.compile.target import VARIABLE
from strategies.disassemble import cli
from strategies.disassemble.catalog import FUNCTIONS
from tests.fake.emulated_stage import approved, elsewhere, measured
from tests.kernels.test_aarch64 import FOUND, MACHINE, runner

__all__ = ["runner"]  # a fixture

LAYOUTS = ("flat_array", "chained_scatterlist", "sg_ring")
PLAN = Plan(("console",), LAYOUTS, NAMES, ("map", "add", "cycle"), QUICK, seed=1)
TARGET = Target(MACHINE, (3, 11), (2, 36))

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder as such a host unpacks it, without the packages."""
    folder = tmp_path_factory.mktemp("fleet")
    kit, contents = foreign.provided(Contents(PLAN, "c0ffee", "ab" * 32), MACHINE, folder)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(parcel, "files", lambda *_: iter(()))
        made = parcel.make(TARGET, contents, kit, folder / "parcels")
    with zipfile.ZipFile(made) as packed:
        packed.extractall(folder / "there")
    return folder / "there"


@pytest.fixture(scope="module")
def kit(unpacked: Path) -> Kit:
    """Give the kit out of the parcel."""
    return load(unpacked / KIT)


def test_it_is_of_every_backend_and_not_approved(unpacked: Path, kit: Kit) -> None:
    """No oracle has looked at it: it cannot run here."""
    contents = decode((unpacked / CONTENTS).read_bytes(), Contents)
    assert contents.approve
    assert kit.machine == MACHINE
    assert {one.backend for one in kit.variants} == {NUMBA, *FOUND}
    assert not any(one.pictures or one.list_bytes for one in kit.cells)


def test_its_kernels_are_those_that_the_command_shows(kit: Kit) -> None:
    """By their hashes: those of C compilers, and numba's in a process that compiles for it."""
    plain = [v for v in kit.variants if v.form == AS_COMPILED]
    assert len(plain) == len(LAYOUTS) * (1 + len(FOUND))
    for variant in plain:
        shown = by_numba(variant.label) if variant.backend == NUMBA else by_c(variant.label)
        lines = [line.split()[:2] for line in shown.splitlines()[: len(FUNCTIONS)]]
        assert lines == [[name, code_hash(kit.code(variant, name))] for name in FUNCTIONS]


def by_c(label: str) -> str:
    """What the command says of a kernel of a C compiler."""
    return CliRunner().invoke(cli.app, ["--machine", MACHINE, label]).stdout


def by_numba(label: str) -> str:
    """What it says of numba's."""
    return subprocess.run(
        [sys.executable, "-m", "strategies", label],
        cwd=ROOT,
        env=os.environ | {VARIABLE: MACHINE},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_it_is_approved_and_measured(kit: Kit, runner: Path) -> None:
    """As its host does: the oracle refuses nothing, and no round finds anything wrong."""
    with elsewhere(runner, kit.arena_pages) as there:
        whole = approved(kit, there)
        series = measured(whole, there)
    assert whole.refused == {}
    assert all(one.list_bytes and one.pictures for one in whole.cells)
    assert [one.failed for one in series] == [{}] * len(kit.cells)

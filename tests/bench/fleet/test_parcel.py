"""A parcel: the same content is the same bytes, and all that a run needs is in it."""

import ast
import os
import platform
import subprocess
import sys
import zipfile
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bench import kit as kits
from bench import messages
from bench.children import PARENT
from bench.experiments import load as known
from bench.fleet import measure, packages, parcel, remote, unpack
from bench.fleet.measure import ParcelError
from bench.fleet.packages import Target
from bench.fleet.parcel import CONTENTS, KIT, Contents, make
from bench.kit import Cell
from bench.lock import alone
from bench.options import UsageError
from bench.paths import ROOT
from bench.processes.journal import Journal, JournalError
from bench.progress import Progress
from strategies.linux.encode import encode
from tests.fake import engine
from tests.fake.fleet import CONTENTS as PLANNED
from tests.fake.kits import kit_of, with_code
from workloads import STREAM_SEED, Workload
from workloads import load as workloads

TARGET = Target("x86_64", (3, 11), (2, 36))


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send one small file in place of the packages."""
    monkeypatch.setattr(parcel, "files", lambda *_: iter([("numpy/__init__.py", b"")]))


def test_the_same_content_is_the_same_bytes(tmp_path: Path) -> None:
    """Wherever and whenever it is made; another kit is another name inside."""
    kit = tmp_path / "kit.json"
    kit.write_text("{}")
    one, other = (make(TARGET, PLANNED, kit, tmp_path / n).read_bytes() for n in "ab")
    assert one == other
    kit.write_text("{ }")
    assert name_of(make(TARGET, PLANNED, kit, tmp_path / "c")) != name_of(tmp_path / "a" / NAME)


NAME = f"{TARGET.name}-kit.pyz"


def name_of(path: Path) -> str:
    """The name under which a parcel unpacks."""
    with zipfile.ZipFile(path) as packed:
        return packed.read(unpack.FOR).decode().split()[2]


def test_a_parcel_is_made_once(tmp_path: Path) -> None:
    """A second visit takes that of the first."""
    first = make(TARGET, PLANNED, None, tmp_path)
    before = first.stat().st_mtime_ns
    assert make(TARGET, PLANNED, None, tmp_path) == first
    assert first.stat().st_mtime_ns == before
    assert first.name == f"{TARGET.name}-compiles.pyz"


def test_a_parcel_holds_plan_kit_sources_and_packages(tmp_path: Path) -> None:
    """Of reports only what the bench imports; no file leaves the folder."""
    kit = tmp_path / "kit.json"
    kit.write_text("{}")
    with zipfile.ZipFile(make(TARGET, PLANNED, kit, tmp_path)) as packed:
        names = set(packed.namelist())
        assert messages.decode(packed.read(CONTENTS), Contents) == PLANNED
        assert packed.read(KIT) == b"{}"
    assert {"__main__.py", "target", "packages/numpy/__init__.py"} <= names
    assert {
        "bench/worker/__main__.py",
        "strategies/native/list.h",
        "workloads/imix.shapes.json",
    } <= names
    assert "reports/statistics/centre.py" in names
    assert not [name for name in names if name.startswith(("/", "..", "reports/page", "tests"))]


def test_every_module_that_a_run_imports_is_in_the_parcel(tmp_path: Path) -> None:
    """By importing from what it unpacks, where nothing else of ours can be found."""
    place = tmp_path / "there"
    with zipfile.ZipFile(make(TARGET, PLANNED, None, tmp_path)) as packed:
        packed.extractall(place, [n for n in packed.namelist() if not n.startswith("packages/")])
    code = (
        "import bench.fleet.measure, bench.run, bench.worker.__main__, bench.worker.siblings; "
        "from bench.experiments import load; load(); print(bench.__file__)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], cwd=place, capture_output=True, text=True, check=True
    )
    assert ended.stdout.strip().startswith(str(place))


def test_packages_are_those_that_a_run_imports() -> None:
    """Whatever is imported at the top of what runs there is on the list, or required by it."""
    code = (
        "import sys, bench.fleet.measure, bench.worker.__main__, pyperf; "
        "from bench.experiments import load; load(); print(*sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    there = {name.partition(".")[0] for name in run.stdout.split()}
    lists = (packages.needed(packages.RUN).values(), packages.needed(packages.COMPILING).values())
    sent, others = (
        {file.parts[0].removesuffix(".py") for one in some for file in one.files or ()}
        for some in lists
    )
    installed = {path.name.removesuffix(".py") for path in _site().iterdir()}
    assert (there & installed) - sent - {"_distutils_hack"} - _editable() == set()
    assert there & (others - sent) == set()


def _site() -> Path:
    return Path(msgspec.__file__).parents[1]


def _editable() -> set[str]:
    return {path.stem for path in _site().glob("__editable__*")}


def test_what_a_killed_process_has_unpacked_is_no_part_of_what_the_next_one_does(
    tmp_path: Path,
) -> None:
    """It goes; and what is unpacked is not touched again."""
    about = f"{platform.machine()} {sys.version_info[0]}.{sys.version_info[1]} sg-ring-1\n"
    with zipfile.ZipFile(tmp_path / "x.pyz", "w") as packed:
        packed.writestr(unpack.FOR, about)
    (tmp_path / ".unpacking-sg-ring-1" / "half").mkdir(parents=True)
    place = unpack.unpack(tmp_path / "x.pyz")
    assert [path.name for path in place.iterdir()] == [unpack.FOR]
    names = {"x.pyz", "sg-ring-1", "sg-ring-1.lock"}
    assert {path.name for path in tmp_path.iterdir()} == names
    (place / unpack.FOR).write_text("changed")
    unpack.unpack(tmp_path / "x.pyz")
    assert (place / unpack.FOR).read_text() == "changed"


def test_the_part_that_unpacks_is_read_by_old_pythons() -> None:
    """They are to be told which one they should be; so is the far side's, which looks first."""
    for name in "unpack", "remote":
        text = (ROOT / "bench" / "fleet" / f"{name}.py").read_text("utf-8")
        ast.parse(text, feature_version=(3, 8))


def test_a_kit_that_is_not_what_was_sent_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On arrival in the worker's hands, too."""
    monkeypatch.setattr(measure, "ROOT", tmp_path)
    (tmp_path / KIT).write_text("{}")
    sent = msgspec.structs.replace(PLANNED, kit="0" * 64)
    with pytest.raises(ParcelError, match="is not what was sent: remove"):
        measure.kit_of(sent, sent.plan, tmp_path)


def test_a_kit_for_another_machine_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even one whose hash is right."""
    monkeypatch.setattr(measure, "ROOT", tmp_path)
    kits.save(replace(engine.kit_of(), machine="vax"), tmp_path / KIT)
    sent = msgspec.structs.replace(PLANNED, kit=remote.digest(tmp_path / KIT))
    with pytest.raises(ParcelError, match="is for vax, and this is "):
        measure.kit_of(sent, sent.plan, tmp_path)


@pytest.mark.parametrize("workload", workloads().values(), ids=lambda one: one.name)
def test_requests_are_read_out_of_a_kit(workload: Workload) -> None:
    """As the oracle wants them: no layout reads a header."""
    for shape in workload.shapes:
        asked = shape.stream(STREAM_SEED)
        cell = Cell("", shape.name, "add", 8, tuple(map(encode, asked)), (), (), {})
        assert measure.requests_of(cell) == tuple(replace(one, header=b"") for one in asked)


@pytest.mark.parametrize("wrong", [False, True])
def test_a_kit_that_nobody_has_looked_at_is_approved_there(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    wrong: bool,  # noqa: FBT001
) -> None:
    """As the process that compiles does it; by this look, a wrong kernel is refused."""
    points = [p for p in known()["core"].points() if p.shape.name == "tx-gso"]
    whole = kit_of(points, ("flat_array", "sg_ring"))
    codes = {"flat_array@numba/map": whole.codes["sg_ring@numba/map"]} if wrong else {}
    cells = tuple(replace(one, pictures=(), list_bytes={}) for one in whole.cells)
    monkeypatch.setattr(measure, "ROOT", tmp_path)
    kits.save(replace(with_code(whole, codes), cells=cells), tmp_path / KIT)
    digest = remote.digest(tmp_path / KIT)
    sent = msgspec.structs.replace(PLANNED, kit=digest, approve=True)
    found = measure.kit_of(sent, sent.plan, tmp_path)
    assert {one.split("@")[0] for one in found.refused} == (
        {"flat_array", "flat_array[again]"} if wrong else set()
    )
    assert wrong or found.cells == whole.cells
    assert measure.origin(sent) == f"sent, SHA-256 {digest[:16]}, approved there"


def test_a_run_goes_on_or_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From its journal; one that nothing can go on from is thrown away."""
    path, did = tmp_path / "r.json.gz", []
    about: list[dict[str, str]] = []

    def run(_plan: object, _path: Path, _progress: object, told: dict[str, str], _: object) -> None:
        did.append("run")
        about.append(told)

    def resume(*_: object) -> None:
        did.append("resume")

    def refuse(*_: object) -> None:
        raise JournalError("of another kernel")

    monkeypatch.setattr(measure, "run", run)
    monkeypatch.setattr(measure, "resume", resume)
    for sent in PLANNED, msgspec.structs.replace(PLANNED, kit="ab" * 32):
        measure.begun(sent, path, Progress(quiet=True), {})
    Journal.of(path).begin(PLANNED.plan)
    measure.begun(PLANNED, path, Progress(quiet=True), {})
    monkeypatch.setattr(measure, "resume", refuse)
    measure.begun(PLANNED, path, Progress(quiet=True), {})
    assert did == ["run", "run", "resume", "run"]
    assert not Journal.of(path).folder.exists()
    assert [one["kit"] for one in about[:2]] == ["compiled there", f"sent, SHA-256 {'ab' * 8}"]
    assert about[0]["commit"] == "c0ffee"


def test_cpus_that_are_not_there_are_refused() -> None:
    """With those that are."""
    with pytest.raises(UsageError, match=r"--cpu \[65000\]: this process may use 0?"):
        measure.pin([65_000])


def test_a_second_run_on_a_machine_is_told_who_measures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is looked at; nothing is left of it."""
    monkeypatch.delenv(PARENT, raising=False)
    monkeypatch.setattr(measure, "ROOT", tmp_path)
    monkeypatch.setattr(measure, "LOST_S", 0)
    (tmp_path / CONTENTS).write_bytes(messages.encode(PLANNED))
    with alone(), pytest.raises(UsageError, match=rf"one bench at a time.*process {os.getpid()} "):
        measure.command(tmp_path / "r.json.gz")
    assert [path.name for path in tmp_path.iterdir()] == [CONTENTS]


def test_a_result_that_was_not_collected_is_not_measured_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named, as if it had just been made."""
    monkeypatch.delenv(PARENT, raising=False)
    monkeypatch.setattr(measure, "ROOT", tmp_path)
    (tmp_path / CONTENTS).write_bytes(messages.encode(PLANNED))
    (tmp_path / "r.json.gz").write_bytes(b"whole")
    measure.command(tmp_path / "r.json.gz")
    assert capsys.readouterr().out == f"{tmp_path}/r.json.gz\n"
    assert (tmp_path / "r.json.gz").read_bytes() == b"whole"


def test_a_run_waits_for_one_whose_controller_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends within seconds, and holds the lock until then."""
    monkeypatch.delenv(PARENT, raising=False)
    monkeypatch.setattr(measure, "ROOT", tmp_path)
    (tmp_path / CONTENTS).write_bytes(messages.encode(PLANNED))
    (tmp_path / "r.json.gz").write_bytes(b"whole")
    with ExitStack() as before:
        before.enter_context(alone())
        monkeypatch.setattr("time.sleep", lambda _: before.close())
        measure.command(tmp_path / "r.json.gz")
    assert capsys.readouterr().out == f"{tmp_path}/r.json.gz\n"


def test_a_host_without_a_kit_compiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan that it was sent, in the run's own folder."""
    made = engine.kit_of()
    asked: list[object] = []

    def compiled(plan: object, folder: Path) -> object:
        asked.extend((plan, folder))
        return made

    monkeypatch.setattr(measure, "compiled", compiled)
    assert measure.kit_of(PLANNED, PLANNED.plan, tmp_path) is made
    assert asked == [PLANNED.plan, tmp_path]

"""A visit from both sides, without a process between: what is asked, sent, checked and refused."""

import hashlib
import os
import subprocess
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bench import kit as kits
from bench import messages
from bench.errors import BenchError
from bench.fleet import arrival, foreign, parcel, remote, unpack
from bench.fleet.hosts import Host
from bench.fleet.state import Stage, State
from bench.fleet.visit import (
    Channel,
    Ended,
    Facts,
    Order,
    VisitError,
    fetch,
    reason,
    sent,
    spec,
    visit,
)
from tests.fake import engine
from tests.fake.fleet import CONTENTS, KEY, Told, begun, host, packed, pair, result


@pytest.fixture(autouse=True)
def _light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read no result as a report does: test_arrival.py has that."""
    monkeypatch.setattr(arrival, "_see", lambda _: None)
    monkeypatch.setattr(arrival, "SIZE_MAX", 1 << 20)


FACTS = {"python": [3, 11, 2], "machine": "x86_64", "libc": "glibc 2.36", "free": 1 << 40}


def order(folder: Path, fate: str = "good") -> Order:
    """The order to visit a host whose run is a few lines."""
    good = folder / "good.json"
    if not good.exists():
        begun(folder)
        good.write_bytes(packed(result(folder / "plain.json").read_bytes())[0])
    return Order(host("a", folder, good, fate), str(folder), "run-1", CONTENTS, 60.0, names=False)


def served(asked: Order) -> tuple[State, list[Stage]]:
    """Visit a host whose far side is a thread; return its last state, and those before."""
    ours, theirs = pair()
    far = threading.Thread(target=remote.serve, args=(theirs,), daemon=True)
    far.start()
    stages: list[Stage] = []
    try:
        return visit(ours, asked, lambda one: stages.append(one.stage)), stages
    finally:
        far.join(60)


def test_a_host_is_sent_its_parcel_and_its_result_is_kept(tmp_path: Path) -> None:
    """The far side keeps the parcel, and nothing of the run."""
    asked = order(tmp_path)
    ended, stages = served(asked)
    assert (ended.stage, ended.why, ended.wrong) == (Stage.DONE, "", False)
    assert ended.about is not None
    assert ended.about.key == KEY
    assert stages == [Stage.SENDING, Stage.MEASURING, Stage.COLLECTING, Stage.DONE]
    assert (tmp_path / "hosts" / "a.json.gz").exists()
    (left,) = Path(asked.host.folder).iterdir()
    assert left.suffix == ".pyz"


def test_a_host_is_done_before_it_forgets_its_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that whoever is killed in between loses nothing, nor who finds the host gone by then."""
    asked, stages = order(tmp_path), list[Stage]()
    data, digest = packed(result(tmp_path / "plain.json").read_bytes())
    (there,) = (tmp_path / "parcels").glob("*.pyz")
    monkeypatch.setattr("bench.fleet.parcel.make", lambda *_: there)
    far = Told(FACTS, {"have": True}, {"arrived": True}, lie(len(data)) | {"sha256": digest}, data)

    def send(item: object) -> None:
        if item == {"taken": True}:
            assert stages[-1] is Stage.DONE
            raise OSError("cannot send (already closed?)")

    monkeypatch.setattr(far, "send", send)
    assert visit(far, asked, lambda one: stages.append(one.stage)).stage is Stage.DONE
    assert (tmp_path / "hosts" / "a.json.gz").exists()


def test_a_parcel_that_is_there_is_not_sent_again(tmp_path: Path) -> None:
    """One that was damaged meanwhile is."""
    asked = order(tmp_path)
    served(asked)
    (parcel,) = Path(asked.host.folder).glob("*.pyz")
    before = parcel.stat().st_ino
    assert served(asked)[0].stage is Stage.DONE
    assert parcel.stat().st_ino == before
    parcel.write_bytes(b"damaged")
    assert served(asked)[0].stage is Stage.DONE
    assert parcel.read_bytes() != b"damaged"


def test_something_wrong_there_is_told_and_the_result_kept(tmp_path: Path) -> None:
    """As a bench on this machine ends with 1."""
    ended, _ = served(order(tmp_path, "wrong"))
    assert (ended.stage, ended.wrong) == (Stage.DONE, True)
    assert ended.why == "wrong: it counted to three"
    assert (tmp_path / "hosts" / "a.json.gz").exists()


@pytest.mark.parametrize(
    ("fate", "says"),
    [
        ("full", "No space left on device: make room"),
        ("killed", r"the run was killed \(SIGKILL\): the same command goes on"),
        ("silent", "the run ended with status 3, and said nothing"),
        ("huge", "its result has 2 MiB; none has over 1"),
    ],
)
def test_a_run_that_fails_says_why(tmp_path: Path, fate: str, says: str) -> None:
    """And nothing of it is kept here."""
    asked = order(tmp_path, fate)
    ours, theirs = pair()
    far = threading.Thread(target=remote.serve, args=(theirs,), daemon=True)
    far.start()
    with pytest.raises(BenchError, match=says):
        visit(ours, asked, lambda _: None)
    ours.send({"send": False})  # ends the thread where it still waits
    far.join(60)
    assert not (tmp_path / "hosts" / "a.json.gz").exists()


def test_a_parcel_that_arrives_damaged_is_refused_and_removed(tmp_path: Path) -> None:
    """By its hash."""
    _, theirs = pair()
    theirs.heard.put(b"other")
    with pytest.raises(ValueError, match="its hash is another"):
        remote.take(theirs, tmp_path / "x.pyz", hashlib.sha256(b"right").hexdigest(), 5, tmp_path)
    assert list(tmp_path.iterdir()) == []


def lie(size: int) -> dict[str, object]:
    """The end of a run with a result of this size."""
    return {"status": 0, "said": "", "size": size, "sha256": "0" * 64}


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ((FACTS | {"name": "../../etc/passwd"},), "unknown field `name`"),
        ((FACTS | {"machine": "../x"},), "answers what it was not asked.*machine"),
        ((FACTS | {"free": -1},), "answers what it was not asked.*free"),
        (("hello",), "answers what it was not asked"),
        ((FACTS | {"python": [3, 9, 2]},), "is Python 3.9: name 3.11 or newer as `python`"),
        ((FACTS | {"free": 10},), "0 MiB free of"),
        ((FACTS, {"have": 3}), "answers what it was not asked.*have"),
        ((FACTS, {"have": True}, {"arrived": True}, lie(10 << 30)), "10240 MiB; none has over 1"),
        ((FACTS, {"have": True}, {"arrived": True}, lie(4), b"12345"), "another result than it"),
        ((FACTS, {"have": True}, {"arrived": True}, lie(4), b""), "another result than it"),
        ((FACTS, {"have": True}, {"arrived": True}, lie(4), "1234"), "another result than it"),
        ((FACTS, {"have": True}, {"arrived": True}, lie(4), b"1234"), "another hash than it said"),
    ],
)
def test_a_host_that_lies_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: tuple[object, ...], says: str
) -> None:
    """At its first lie; no file is named by it, and nothing is kept."""
    asked = order(tmp_path)
    (there,) = (tmp_path / "parcels").glob("*.pyz")
    monkeypatch.setattr("bench.fleet.parcel.make", lambda *_: there)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(BenchError, match=says):
        visit(Told(*answers), asked, lambda _: None)
    assert sorted(tmp_path.rglob("*")) == before


def test_nothing_is_sent_while_a_host_measures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the word to begin until the host has said that it ended."""
    asked, sent = order(tmp_path), []
    (there,) = (tmp_path / "parcels").glob("*.pyz")
    monkeypatch.setattr("bench.fleet.parcel.make", lambda *_: there)
    far = Told(FACTS, {"have": True}, {"arrived": True})

    def ends() -> dict[str, object]:
        sent.extend(far.sent)
        return lie(0) | {"status": 2, "said": "no"}

    far.answers.append(ends)
    with pytest.raises(VisitError, match="no"):
        visit(far, asked, lambda _: None)
    assert sent[-1] == {"words": []}


def test_a_result_is_taken_in_pieces() -> None:
    """As many bytes as announced."""
    far: Channel = Told(b"12", b"34")
    assert fetch(far, 4) == b"1234"
    with pytest.raises(BenchError, match="none has over"):
        fetch(far, arrival.SIZE_MAX + 1)


@pytest.mark.parametrize(
    ("status", "said", "says"),
    [
        (2, "a\nbench: no room: make some\n", "bench: no room: make some"),
        (1, "wrong: x\n/there/run/result.json.gz\n", "wrong: x"),
        (-9, "x", "the run was killed (SIGKILL): the same command goes on"),
        (-999, "", "the run ended with status -999, and said nothing"),
    ],
)
def test_the_reason_is_what_the_run_said_last(status: int, said: str, says: str) -> None:
    """But not the path of its result, which is the host's own."""
    assert reason(Ended(status, said, 0, "")) == says


def test_execnet_is_told_how_to_reach_a_host() -> None:
    """Through ssh it asks for no password, and notices in minutes that a host is gone."""
    far = Host(name="a", address="me@b", ssh_config="/x/y", python="python3.12")
    assert spec(far) == (
        "ssh=-o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=60 "
        "-o ServerAliveCountMax=3 me@b//python=python3.12//id=a//ssh_config=/x/y"
    )
    assert spec(Host(name="a", address="")) == "popen//python=python3//id=a"
    with pytest.raises(VisitError, match="write it without //"):
        spec(Host(name="a", address="", python="/x//python3"))


def test_a_run_ends_with_whoever_waits_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the connection is lost, which interrupts the far side."""
    started: list[int] = []

    def interrupted(child: "subprocess.Popen[bytes]") -> int:
        started.append(child.pid)
        raise KeyboardInterrupt

    wait = subprocess.Popen.wait
    calls = iter((interrupted, wait))

    def waits(child: "subprocess.Popen[bytes]") -> int:
        return next(calls)(child)

    monkeypatch.setattr(subprocess.Popen, "wait", waits)
    with pytest.raises(KeyboardInterrupt):
        remote.run(["sleep", "600"], tmp_path, {}, tmp_path / "said")
    with pytest.raises(ProcessLookupError):
        os.kill(started[0], 0)


@pytest.mark.parametrize(
    ("machine", "there", "compiles"),
    [
        ("x86_64", False, False),
        ("x86_64", True, True),
        ("aarch64", True, True),
        ("vax", False, True),
    ],
)
def test_a_kit_is_for_hosts_of_its_architecture(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    machine: str,
    there: bool,  # noqa: FBT001
    compiles: bool,  # noqa: FBT001
) -> None:
    """Those that nobody here compiles for compile themselves, and so does who is asked to."""
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    whole = msgspec.structs.replace(CONTENTS, kit="ab" * 32)
    far = Host(name="a", address="a", compile_there=there)
    asked = Order(far, str(tmp_path), "run-1", whole, 60.0, names=False)
    facts = msgspec.convert(FACTS | {"machine": machine}, Facts)
    kit, contents = sent(asked, facts)
    assert (kit is None, contents.kit) == (compiles, "" if compiles else whole.kit)


ARM = FACTS | {"machine": "aarch64"}
NEITHER = msgspec.structs.replace(CONTENTS, kit="ab" * 32)  # what a fleet has for its own kind


class Compiling:
    """In place of the compiling process: a kit for whom it is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        monkeypatch.setattr(foreign, "compiled", self)

    def __call__(self, _plan: object, machine: str) -> kits.Kit:
        """Compile."""
        self.asked.append(machine)
        return replace(engine.kit_of(), machine=machine)


@pytest.fixture
def compiling(monkeypatch: pytest.MonkeyPatch) -> Compiling:
    """Compile nothing, on a controller of x86-64."""
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr(parcel, "files", lambda *_: iter([("numpy/__init__.py", b"")]))
    return Compiling(monkeypatch)


def test_hosts_of_another_architecture_get_a_kit_of_their_own(
    tmp_path: Path, compiling: Compiling
) -> None:
    """It is compiled once, and each of them is to approve it; its hash is in their contents."""
    asked = Order(Host(name="a", address="a"), str(tmp_path), "run-1", NEITHER, 60.0, names=False)
    found = [sent(asked, msgspec.convert(ARM, Facts)) for _ in range(2)]
    assert compiling.asked == ["aarch64"]
    assert found[0] == found[1]
    kit, contents = found[0]
    assert kit is not None
    assert contents.approve
    assert contents.kit == hashlib.sha256(kit.read_bytes()).hexdigest()
    assert kits.load(kit).machine == "aarch64"


@pytest.mark.usefixtures("compiling")
def test_a_host_whose_python_is_of_another_architecture_gets_its_parcel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And refuses it where it is another machine after all: nothing is unpacked or measured."""
    far_side = remote.facts
    monkeypatch.setattr(remote, "facts", lambda one: far_side(one) | {"machine": "aarch64"})
    monkeypatch.setattr("platform.libc_ver", lambda: ("glibc", "2.36"))
    asked = msgspec.structs.replace(order(tmp_path), contents=NEITHER)
    ours, theirs = pair()
    threading.Thread(target=remote.serve, args=(theirs,), daemon=True).start()
    with pytest.raises(VisitError, match=r"made for Python 3\.\d+ on aarch64, and this is .* on "):
        visit(ours, asked, lambda _: None)
    (arrived,) = Path(asked.host.folder).glob("*.pyz")
    with zipfile.ZipFile(arrived) as packed_:
        contents = messages.decode(packed_.read(parcel.CONTENTS), parcel.Contents)
        assert hashlib.sha256(packed_.read(parcel.KIT)).hexdigest() == contents.kit
        assert packed_.read(unpack.FOR).startswith(b"aarch64 ")
    assert contents.approve
    assert not list(Path(asked.host.folder).glob("sg-ring-*"))


@pytest.mark.usefixtures("compiling")
def test_without_a_compiler_for_it_the_kit_has_numbas_code_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line says what to install; without numba either, the host compiles."""
    monkeypatch.setattr(foreign, "cross_compilers", lambda _: {})
    plan = replace(CONTENTS.plan, backends=("numba", "gcc"))
    assert foreign.backends(plan, "aarch64") == {"numba"}
    assert foreign.lacking(plan, "aarch64") == (
        "no aarch64-linux-gnu-gcc on PATH to compile for aarch64 with "
        "(Debian, Ubuntu: apt install gcc-aarch64-linux-gnu), or --compile-there"
    )
    assert foreign.lacking(CONTENTS.plan, "aarch64") == ""
    alone = msgspec.structs.replace(NEITHER, plan=replace(plan, backends=("gcc",)))
    kit, contents = foreign.provided(alone, "aarch64", tmp_path)
    assert (kit, contents.kit, contents.approve) == (None, "", False)


@pytest.mark.parametrize("found", [(), ("gcc",)])
@pytest.mark.usefixtures("compiling")
def test_a_table_says_what_a_kit_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: tuple[str, ...]
) -> None:
    """Of a host that is done: no compiler for it was here."""
    plan = replace(CONTENTS.plan, backends=("numba", "gcc"))
    contents = msgspec.structs.replace(NEITHER, plan=plan)
    asked = msgspec.structs.replace(order(tmp_path), contents=contents)
    (there,) = (tmp_path / "parcels").glob("*.pyz")
    monkeypatch.setattr("bench.fleet.parcel.make", lambda *_: there)
    monkeypatch.setattr(arrival, "about", lambda *_: arrival.About(KEY))
    monkeypatch.setattr(foreign, "cross_compilers", lambda _: dict.fromkeys(found))
    far_side = remote.facts
    monkeypatch.setattr(remote, "facts", lambda one: far_side(one) | {"machine": "aarch64"})
    ended, _ = served(asked)
    assert ended.stage is Stage.DONE
    line = "" if found else "no aarch64-linux-gnu-gcc on PATH"
    assert ended.why[: len(line) or None] == line

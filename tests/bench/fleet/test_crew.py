"""Hosts side by side over execnet, each with another fate, whose runs measure nothing."""

import os
import sys
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from bench import messages
from bench.fleet import crew, state
from bench.fleet.cli import said
from bench.fleet.crew import RECORD, Crew, prepared, visited
from bench.fleet.hosts import Host
from bench.fleet.state import Stage, State
from bench.lock import alone, free
from bench.options import UsageError
from tests.fake.fleet import begun, host, packed, result
from tests.fake.waiting import started, until, until_none
from tests.whole.test_killed import ours as processes_of

FATES = ("good", "gateway killed", "full", "good")


def good(folder: Path) -> Path:
    """A result that a host has."""
    path = folder / "good.json.gz"
    path.write_bytes(packed(result(folder / "plain.json").read_bytes())[0])
    return path


def fleet(folder: Path, *fates: str) -> tuple[Crew, crew.Fleet]:
    """A fleet of hosts that are processes here, a to z."""
    there = good(folder)
    hosts = tuple(host(chr(97 + n), folder, there, fate) for n, fate in enumerate(fates))
    return Crew(hosts, folder / "fleet"), begun(folder / "fleet")


def test_each_fate_costs_its_host_only_and_the_same_command_goes_on(tmp_path: Path) -> None:
    """The table says which and why; hosts that are done are not visited again."""
    ours, known = fleet(tmp_path, *FATES)
    ended: list[str] = []
    visited(ours, known, lambda one: ended.append(one.host))
    assert sorted(ended) == ["a", "b", "c", "d"]
    states = {one.host: one for one in ours.states()}
    assert [states[name].stage for name in "abcd"] == [
        *(Stage.DONE, Stage.FAILED, Stage.FAILED, Stage.DONE),
    ]
    assert "measuring: the connection ended" in states["b"].why
    assert "No space left on device" in states["c"].why
    assert state.status(ours.states()) == 1
    names = ["amd-25-17-1.json.gz", "amd-25-17-2.json.gz"]
    assert [path.name for path in ours.named(names=False)] == names

    before = ours.result("a").stat().st_mtime_ns
    mended = tuple(host(one.name, tmp_path, tmp_path / "good.json.gz") for one in ours.hosts)
    again, ended = Crew(mended, ours.folder), []
    visited(again, known, lambda one: ended.append(one.host))
    assert sorted(ended) == ["b", "c"]
    assert state.status(again.states()) == 0
    assert ours.result("a").stat().st_mtime_ns == before
    assert [path.name for path in again.named(names=True)] == [f"{n}.json.gz" for n in "abcd"]


def test_hosts_may_share_a_folder(tmp_path: Path) -> None:
    """As those of a cluster do with a home: one parcel, and a run for each."""
    ours, known = fleet(tmp_path, "good", "good", "good")
    shared = ours.hosts[0].folder
    hosts = tuple(msgspec.structs.replace(one, folder=shared) for one in ours.hosts)
    visited(Crew(hosts, ours.folder), known, lambda _: None)
    assert [one.stage for one in ours.states()] == [Stage.DONE] * len(hosts)
    assert [path.suffix for path in Path(shared).iterdir()] == [".pyz"]


@pytest.mark.slow
def test_a_host_that_never_ends_is_given_up(tmp_path: Path) -> None:
    """After a time that one may choose; nothing of its run is left there."""
    ours, known = fleet(tmp_path, "hangs")
    visited(ours, known, lambda _: None, limit_s=2)
    (one,) = ours.states()
    assert "no result in 0 minutes: see --limit; it can go on" in one.why
    until_none(lambda: processes_of(Path(ours.hosts[0].folder)))


def test_a_host_that_cannot_be_reached_says_why(tmp_path: Path) -> None:
    """No such interpreter; one that is no Python; and a port where nobody listens."""
    ours, known = fleet(tmp_path, "good")
    (one,) = ours.hosts
    config = tmp_path / "config"
    config.write_text("Host *\n  HostName 127.0.0.1\n  Port 1\n  UserKnownHostsFile /dev/null\n")
    hosts = (
        Host(name="none", address="", python="/no/such/python", folder=one.folder),
        Host(name="false", address="", python="false", folder=one.folder),
        Host(name="far", address="far", ssh_config=str(config), folder=one.folder),
    )
    ours = Crew(hosts, ours.folder)
    visited(ours, known, lambda _: None, limit_s=60)
    none, false, far = (one.why for one in ours.states())
    assert none.startswith("connecting: no Python answers as /no/such/python")
    assert false.startswith("connecting: ")
    assert far.startswith("connecting: no Python answers as python3: ssh: connect to host")


def test_a_result_that_was_removed_is_measured_again(tmp_path: Path) -> None:
    """What is on disk counts."""
    ours, _ = fleet(tmp_path, "good")
    state.write(State("a", Stage.DONE, 1.0), ours.places)
    assert ours.states() == [State("a")]
    ours.result("a").touch()
    assert ours.states() == [State("a", Stage.DONE, 1.0)]


def test_a_visit_that_dies_without_a_word_has_failed(tmp_path: Path) -> None:
    """Whatever ended it; its log says what it can."""
    ours, _ = fleet(tmp_path, "good")
    state.write(State("a", Stage.MEASURING, 1.0), ours.places)
    (ours.places / "a.log").write_text("what it said\n")
    ended = crew._ended("a", -9, ours.places)
    assert ended.why == "measuring: its visit ended with status -9: what it said"
    assert ours.states() == [ended]


def test_a_folder_is_of_one_fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other words or other code need another; the same go on with the same plan."""
    known = begun(tmp_path / "f", ("--quick",))
    assert prepared(["--quick"], tmp_path / "f", compile_there=False) == known
    for words, there in ((["--rigorous"], False), (["--quick"], True)):
        with pytest.raises(UsageError, match="measures --quick: name another with -o"):
            prepared(words, tmp_path / "f", compile_there=there)
    monkeypatch.setattr("strategies.compile.kept.sources", lambda *_: "other")
    with pytest.raises(UsageError, match="other code"):
        prepared(["--quick"], tmp_path / "f", compile_there=False)
    (tmp_path / "f" / RECORD).write_text("{}")
    with pytest.raises(UsageError, match="another version"):
        prepared(["--quick"], tmp_path / "f", compile_there=False)


def test_a_lock_says_who_holds_it(tmp_path: Path) -> None:
    """A fleet's is its folder's."""
    place = str(tmp_path)
    assert free(place)
    with alone(place, "one fleet at a time in a folder"):
        assert not free(place)
        with pytest.raises(UsageError, match=rf"one fleet at a time.*process {os.getpid()} of"):
            alone(place, "one fleet at a time in a folder").__enter__()
    assert free(place)


def test_who_waits_for_a_lock_has_it_once_it_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a run does whose predecessor has lost its controller, and is about to end."""
    with ExitStack() as before:
        before.enter_context(alone(str(tmp_path)))
        monkeypatch.setattr("time.sleep", lambda _: before.close())
        with alone(str(tmp_path), wait_s=600):
            assert not free(str(tmp_path))


@pytest.mark.slow
def test_a_controller_that_is_killed_takes_everything_along(tmp_path: Path) -> None:
    """Its visits, and the run on the host; what is left says that it was broken off."""
    ours, _ = fleet(tmp_path, "hangs")
    (one,) = ours.hosts
    hosts = tmp_path / "hosts.toml"
    known = "".join(f"{name} = '{value}'\n" for name, value in one.environment.items())
    hosts.write_text(
        f"[[hosts]]\nname = 'a'\nlocal = true\npython = '{sys.executable}'\n"
        f"folder = '{one.folder}'\n[hosts.environment]\n{known}"
    )
    command = [sys.executable, "-m", "bench.fleet", str(hosts), "-o", str(ours.folder)]
    with started(command) as child:
        until(lambda: ours.states()[0].stage is Stage.MEASURING, child)
        until(lambda: list(Path(one.folder).rglob("said")), child)
        assert not free(str(ours.folder))
        child.kill()
        child.wait()
        assert free(str(ours.folder))
        assert said(ours) == 1
        until_none(lambda: processes_of(Path(one.folder)))


def test_a_plan_is_the_benchs(capfd: pytest.CaptureFixture[str]) -> None:
    """Its options, checked by it, and refused in its words."""
    with pytest.raises(UsageError, match="nothing to measure by: --workload block"):
        crew.planned(["--workload", "block"])
    assert "did you mean blk?" in capfd.readouterr().err


def test_status_of_a_fleet_that_never_began_is_refused(tmp_path: Path) -> None:
    """Rather than a table of hosts that wait."""
    from bench.fleet.hosts import HostsError

    with pytest.raises(HostsError, match="no fleet was begun there"):
        said(Crew((), tmp_path))


def test_a_state_file_of_another_kind_is_that_of_a_host_waiting(tmp_path: Path) -> None:
    """As one that an older version wrote."""
    state.path_of(tmp_path, "a").write_bytes(messages.encode({"host": 1}))
    assert state.read(tmp_path, "a") == State("a")

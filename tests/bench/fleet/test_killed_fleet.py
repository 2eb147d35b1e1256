"""A fleet whose gateway, run or controller is killed at any stage: it costs one host, and goes on.

One of two hosts is hit again and again, a stage later each time, at a moment that is drawn with a
seed.
"""

import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from bench import messages
from bench.fleet import parcel, remote, state
from bench.fleet.cli import said
from bench.fleet.crew import Crew, prepared
from bench.fleet.hosts import read
from bench.fleet.parcel import KIT
from bench.fleet.state import Stage
from bench.fleet.visit import Facts
from tests.bench.fleet.test_fleets import BASE, PLAN, checked, command, hosts_file
from tests.fake.waiting import LOOK_S, until

pytestmark = pytest.mark.slow
SEED, LOOKS = 20, 8  # of a moment: how many looks after its stage began, at most
END_S = 120  # for a loaded machine
HIT, OTHER = "hit", "other"
MEASURING = "run-*/*.run/"  # the journal there
MOMENTS = {  # stage: what the host has by then
    "connecting": (Stage.CONNECTING, ""),
    "sending": (Stage.SENDING, ""),
    "unpacking": (Stage.MEASURING, ".unpacking-*"),
    "preparing": (Stage.MEASURING, f"{MEASURING}run.json"),
    "measuring": (Stage.MEASURING, f"{MEASURING}process-*.log"),
    "finishing": (Stage.MEASURING, f"{MEASURING}process-*.json"),
    "collecting": (Stage.COLLECTING, ""),
    "done": (Stage.DONE, ""),
}
OF_A_RUN = ("unpacking", "preparing", "measuring", "finishing")

Child = subprocess.Popen[str]


@pytest.fixture(name="begun", scope="module")
def _begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a fleet that has compiled and packed, and visited nobody."""
    if not BASE.exists():
        pytest.skip(f"there is no {BASE}, an interpreter without our packages")
    folder = tmp_path_factory.mktemp("begun")
    fleet = prepared(PLAN, folder, compile_there=False)
    facts = messages.decode(messages.encode(remote.facts(folder)), Facts)
    parcel.make(facts.target, fleet.contents, folder / KIT, folder / "parcels")
    return folder


def writes(one: psutil.Process, log: Path) -> bool:
    """Whether a process has a host's log as its standard error."""
    try:
        return Path(f"/proc/{one.pid}/fd/2").readlink() == log
    except OSError:
        return False


def below(processes: list[psutil.Process]) -> list[psutil.Process]:
    """The children of processes, some of which may have ended."""
    found = []
    for one in processes:
        with suppress(psutil.Error):
            found += one.children()
    return found


def controllers(child: Child, _: Crew) -> list[psutil.Process]:
    """The command itself."""
    return [psutil.Process(child.pid)]


def gateways(child: Child, crew: Crew) -> list[psutil.Process]:
    """The gateway of the host that is hit, while there is one."""
    log = crew.places / f"{HIT}.log"
    visits = [one for one in below(controllers(child, crew)) if writes(one, log)]
    return [one for one in below(visits) if writes(one, log)]


def runs(child: Child, crew: Crew) -> list[psutil.Process]:
    """The run on the host that is hit, while there is one."""
    return below(gateways(child, crew))


@pytest.mark.parametrize(
    ("victims", "moments"),
    [(gateways, tuple(MOMENTS)), (controllers, tuple(MOMENTS)), (runs, OF_A_RUN)],
)
def test_what_is_killed_at_any_stage_costs_its_host_and_goes_on(
    tmp_path: Path,
    begun: Path,
    victims: Callable[[Child, Crew], list[psutil.Process]],
    moments: tuple[str, ...],
) -> None:
    """It is named, the other is done, and the same command ends with 0 and leaves nothing."""
    shutil.copytree(begun, tmp_path / "fleet")
    file = hosts_file(tmp_path, dict.fromkeys((HIT, OTHER), "local = true"))
    crew = Crew(read(file), tmp_path / "fleet")
    draw, family, failed = random.Random(SEED), [], []
    for moment in moments:
        with command(file, *PLAN, "--no-page") as child:
            reached(child, crew, moment)
            time.sleep(draw.randrange(LOOKS) * LOOK_S)
            until(lambda: child.poll() is not None or victims(child, crew), child)
            family += kill(child, crew, victims)
            _, errors = child.communicate()
        failed += [moment] * costs(crew, child, errors)
    assert failed
    with command(file, *PLAN, "--no-page") as again:
        _, errors = again.communicate()
    assert again.returncode == 0, errors
    checked(crew)
    assert psutil.wait_procs(family, END_S)[1] == []
    clean(tmp_path)


def reached(child: Child, crew: Crew, moment: str) -> None:
    """Wait until the host that is hit is so far, or the command has ended."""
    stage, pattern = MOMENTS[moment]
    folder = Path(crew.hosts[0].folder)

    def there() -> bool:
        return state.read(crew.places, HIT).stage is stage and (
            not pattern or any(folder.glob(pattern))
        )

    until(lambda: child.poll() is not None or there(), child)


def kill(
    child: Child, crew: Crew, victims: Callable[[Child, Crew], list[psutil.Process]]
) -> list[psutil.Process]:
    """Kill what is there of the victim; return all processes of the fleet."""
    if child.poll() is not None:
        return []
    family = psutil.Process(child.pid).children(recursive=True)
    for one in victims(child, crew):
        with suppress(psutil.Error):
            one.send_signal(signal.SIGKILL)
    return family


def costs(crew: Crew, child: Child, errors: str) -> bool:
    """Hold an ended command to its states; return whether the host that is hit has failed."""
    one, other = crew.states()
    if child.returncode == -signal.SIGKILL:  # nobody was there to say so
        one, _ = state.settled([one, other])
        assert said(crew) == state.status(state.settled([one, other]))
    else:
        assert child.returncode == int(one.stage is Stage.FAILED), errors
        assert other.stage is Stage.DONE, errors
    assert one.stage in {Stage.DONE, Stage.FAILED, Stage.WAITING}
    assert (one.stage is Stage.FAILED) == bool(one.why), one.why
    return one.stage is Stage.FAILED


def clean(folder: Path) -> None:
    """Hold hosts and controller to what they may keep: parcels, unpacked, and whole results."""
    for host in HIT, OTHER:
        kept = {path.suffix for path in (folder / host).iterdir() if path.name != "tmp"}
        assert kept == {".pyz", ".lock", ""}
        left = {path.name for path in (folder / host).glob("run-*/*")}
        assert left <= {"result.json.gz", "said"}  # nobody was there to say that it was taken
        assert not list((folder / host).glob(".*"))
    names = {path.name for path in (folder / "fleet" / "hosts").iterdir()}
    endings = (".json.gz", ".state.json", ".log")
    assert names == {f"{host}{ending}" for host in (HIT, OTHER) for ending in endings}

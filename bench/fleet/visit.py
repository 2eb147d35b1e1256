"""One host's visit, in a process of its own: what befalls it befalls no other host.

``python -m bench.fleet.visit``, with the order as JSON on standard input. What ssh and the far side
print on their way to failure is in the log that is this process's standard error.
"""

import platform
import resource
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, NoReturn, Protocol, TypeVar

import execnet
import msgspec
from execnet.gateway_bootstrap import HostNotFound

from bench import kit as kits
from bench import messages
from bench.children import end_with_parent
from bench.errors import BenchError
from bench.fleet import arrival, foreign, parcel, remote, state
from bench.fleet.hosts import Host
from bench.fleet.packages import Target
from bench.fleet.state import Stage, State

PYTHON_MIN = (3, 11)
SSH = "-o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=60 -o ServerAliveCountMax=3"
MEMORY_MAX = 4 << 30  # bytes, beside what a visit takes from its start: for whatever a host sends
ROOM = 4  # times the parcel: packed, unpacked, and what is measured
WORDS_MAX = 400  # characters of a reason
MEASURED = (0, 1, 130)  # statuses of a run that may have left a result
Text = Annotated[str, msgspec.Meta(max_length=10_000)]
Size = Annotated[int, msgspec.Meta(ge=0)]
Message = TypeVar("Message")


class Channel(Protocol):
    """What a visit needs of execnet's channel."""

    def send(self, item: object) -> None:
        """Send."""

    def receive(self) -> Any:
        """Wait for what comes next."""


class Order(msgspec.Struct, frozen=True):
    """What a visit is told."""

    host: Host
    folder: str  # of the fleet
    run: str  # name of the plan: of a folder there
    contents: parcel.Contents
    limit_s: float  # for all of it
    names: bool  # whether results say what their machine is called


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a host is."""

    python: tuple[int, int, int]
    machine: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_]{1,32}$")]
    libc: Annotated[str, msgspec.Meta(max_length=100)]
    free: Size

    @property
    def target(self) -> Target:
        """Return what its parcel is for."""
        name, _, version = self.libc.partition(" ")
        parts = version.split(".")
        known = name == "glibc" and len(parts) > 1 and all(part.isdecimal() for part in parts[:2])
        glibc = (int(parts[0]), int(parts[1])) if known else None
        return Target(self.machine, self.python[:2], glibc)


class Have(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the parcel is there."""

    have: bool


class Arrived(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parcel has the right hash."""

    arrived: bool


class Ended(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the run ended."""

    status: int
    said: Text
    size: Size
    sha256: Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")]


class VisitError(BenchError):
    """Why a host has no result."""


class TimeUpError(VisitError):
    """A host that took longer than any should."""


def visit(channel: Channel, order: Order, tell: Callable[[State], None]) -> State:
    """Take a host through its run; return its last state.

    Raises:
        BenchError: why there is no result.
    """
    host = order.host

    def at(stage: Stage) -> None:
        tell(State(host.name, stage, time.time()))

    run = f"{order.run}-{host.name}"  # hosts may share a folder
    about = {"folder": host.folder, "run": run, "environment": dict(host.environment)}
    channel.send(about)
    facts = told(channel, Facts)
    at(Stage.SENDING)
    kit, contents = sent(order, facts)
    path = parcel.make(facts.target, contents, kit, Path(order.folder) / "parcels")
    if ROOM * path.stat().st_size > facts.free:
        need, there = (size >> 20 for size in (ROOM * path.stat().st_size, facts.free))
        raise VisitError(f"{host.folder}: {there} MiB free of {need}: make room, or name another")
    send(channel, path)
    at(Stage.MEASURING)
    channel.send({"words": [word for cpu in host.cpus for word in ("--cpu", str(cpu))]})
    ended = told(channel, Ended)
    if ended.status not in MEASURED or not ended.size:
        channel.send({"send": False})
        raise VisitError(reason(ended))
    at(Stage.COLLECTING)
    text = arrival.text_of(fetch(channel, ended.size), ended.sha256)
    loaded = kits.load(kit) if kit else None
    found = arrival.about(text, loaded, contents.plan.seed)
    into = Path(order.folder) / "hosts" / f"{host.name}.json.gz"
    arrival.keep(text, into, host.name if order.names else "")
    lacking = foreign.lacking(contents.plan, facts.machine) if contents.approve else ""
    why = reason(ended) if ended.status else lacking
    done = State(host.name, Stage.DONE, time.time(), why, ended.status == 1, found)
    tell(done)  # before the host forgets its result: we may be killed in between
    with suppress(OSError):  # it may be gone by now, and what it has is here
        channel.send({"taken": True})
    return done


def sent(order: Order, facts: Facts) -> tuple[Path | None, parcel.Contents]:
    """Return the kit that this host is sent, or none where it compiles, and what it is to do."""
    if facts.python[:2] < PYTHON_MIN:
        version = "{}.{}".format(*facts.python)
        raise VisitError(f"{order.host.python} is Python {version}: name 3.11 or newer as `python`")
    folder = Path(order.folder)
    if order.host.compile_there or not order.contents.kit:
        return None, msgspec.structs.replace(order.contents, kit="")
    if facts.machine != platform.machine():
        return foreign.provided(order.contents, facts.machine, folder)
    return folder / parcel.KIT, order.contents


def told(channel: Channel, kind: type[Message]) -> Message:
    """Return the host's next message.

    Raises:
        VisitError: if it is another.
    """
    try:
        return msgspec.convert(channel.receive(), kind)
    except msgspec.ValidationError as error:
        raise VisitError(f"it answers what it was not asked: {error}") from None


def send(channel: Channel, path: Path) -> None:
    """Send the parcel, unless the host has it."""
    channel.send({"sha256": remote.digest(path), "size": path.stat().st_size})
    if not told(channel, Have).have:
        for part in remote.parts(path):
            channel.send(part)
    told(channel, Arrived)


def fetch(channel: Channel, size: int) -> bytes:
    """Return the result's bytes: as many as announced, and never more than any result has."""
    if size > arrival.SIZE_MAX:
        most = arrival.SIZE_MAX >> 20
        raise arrival.LieError(f"its result has {size >> 20} MiB; none has over {most}")
    channel.send({"send": True})
    data = bytearray()
    while len(data) < size:
        part = channel.receive()
        if not (isinstance(part, bytes) and 0 < len(part) <= size - len(data)):
            raise arrival.LieError("it sends another result than it announced")
        data += part
    return bytes(data)


def reason(ended: Ended) -> str:
    """Return what the run said last, or how it died."""
    lines = [line.strip() for line in ended.said.splitlines() if line.strip()]
    lines = [line for line in lines if not line.endswith("result.json.gz")]  # where it is there
    if ended.status < 0:
        with suppress(ValueError):
            died = f"the run was killed ({signal.Signals(-ended.status).name})"
            return f"{died}: the same command goes on"
    return lines[-1] if lines else f"the run ended with status {ended.status}, and said nothing"


def spec(host: Host) -> str:
    """Return execnet's words for how to reach a host.

    Raises:
        VisitError: if they cannot be said to execnet.
    """
    parts = [f"ssh={SSH} {host.address}" if host.address else "popen"]
    parts += [f"python={host.python}", f"id={host.name}"]
    parts += [f"ssh_config={host.ssh_config}"] if host.ssh_config and host.address else []
    for part in parts:
        if "//" in part:
            raise VisitError(f"{part}: write it without //, which execnet takes for an end")
    return "//".join(parts)


def reached(host: Host, log: Path) -> tuple[execnet.Gateway, Channel]:
    """Return a gateway to a host, and the channel to our code there.

    Raises:
        VisitError: if it cannot be reached, or has no such Python.
    """
    try:
        gateway = execnet.Group().makegateway(spec(host))
        return gateway, gateway.remote_exec(remote)
    except (HostNotFound, OSError, EOFError, AssertionError):  # or something else answers
        hint = (
            f"try: ssh {host.address} {host.python} -V" if host.address else "name it as `python`"
        )
        why = last(log) or hint
    raise VisitError(f"no Python answers as {host.python}: {why}")


def last(log: Path) -> str:
    """Return the last line of a log, of what others have printed."""
    lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def limited(seconds: float) -> None:
    """End this visit after so long, and let a host fill no more memory than MEMORY_MAX."""

    def end(*_: object) -> NoReturn:
        raise TimeUpError(f"no result in {seconds / 60:.0f} minutes: see --limit; it can go on")

    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    pages = int(Path("/proc/self/statm").read_text("utf-8").split()[0])
    most = pages * resource.getpagesize() + MEMORY_MAX
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or most < hard:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def outcome(order: Order, log: Path, tell: Callable[[State], None]) -> State:
    """Visit a host, and say what became of it, whatever it was."""
    stage = Stage.CONNECTING

    def noted(one: State) -> None:
        nonlocal stage
        stage = one.stage
        tell(one)

    gateway: execnet.Gateway | None = None
    try:
        noted(State(order.host.name, stage, time.time()))
        gateway, channel = reached(order.host, log)
        return visit(channel, order, noted)
    except KeyboardInterrupt:
        why = "interrupted: the same command goes on"
    except BenchError as error:
        why = str(error)
    except execnet.RemoteError as error:
        why = str(error).strip().splitlines()[-1]
    except (EOFError, OSError) as error:
        why = f"the connection ended ({last(log) or _said(error)}): the same command goes on"
    except MemoryError:
        why = "it sends more than fits in memory"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is left is to write this down
        if gateway is not None:
            gateway.exit()
    said = "".join(letter if letter.isprintable() else " " for letter in why)
    return State(order.host.name, Stage.FAILED, time.time(), f"{stage}: {said}"[:WORDS_MAX])


def _said(error: Exception) -> str:
    """Return what an error says, if it says it to anybody but execnet."""
    return "without a word" if isinstance(error, EOFError) else str(error)


def main() -> int:
    """Take the order, and write down how it went."""
    end_with_parent()
    order = messages.decode(sys.stdin.buffer.read(), Order)
    folder = Path(order.folder) / "hosts"
    limited(order.limit_s)
    ended = outcome(order, folder / f"{order.host.name}.log", lambda one: state.write(one, folder))
    state.write(ended, folder)
    return int(ended.stage is not Stage.DONE)


if __name__ == "__main__":
    sys.exit(main())

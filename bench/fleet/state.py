"""How far each host is, in files: written by its visit, read by whoever wants to know."""

import time
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import msgspec
from rich.table import Table
from rich.text import Text

from bench import messages
from bench.fleet.arrival import About

SUFFIX = ".state.json"


class Stage(StrEnum):
    """What a host is at."""

    WAITING = "waiting"
    CONNECTING = "connecting"
    SENDING = "sending"
    MEASURING = "measuring"
    COLLECTING = "collecting"
    DONE = "done"
    FAILED = "failed"


UNDER_WAY = (Stage.CONNECTING, Stage.SENDING, Stage.MEASURING, Stage.COLLECTING)


class State(msgspec.Struct, frozen=True):
    """How far a host is."""

    host: str
    stage: Stage = Stage.WAITING
    since: float = 0.0  # seconds since 1970
    why: str = ""  # it failed, or what to know of its result
    wrong: bool = False  # it was measured, and something of it is wrong
    about: About | None = None  # of its result


def path_of(folder: Path, host: str) -> Path:
    """Where a host's state is kept."""
    return folder / f"{host}{SUFFIX}"


def write(state: State, folder: Path) -> None:
    """Write down a state; a reader finds the one before, or this."""
    path = path_of(folder, state.host)
    part = path.with_suffix(".part")
    part.write_bytes(messages.encode(state))
    part.replace(path)


def read(folder: Path, host: str) -> State:
    """A host's state; one that was never written, or is damaged, is that of a host waiting."""
    try:
        return messages.read(path_of(folder, host), State)
    except (OSError, ValueError):
        return State(host)


def settled(states: Sequence[State]) -> list[State]:
    """The states when nobody visits any more: what was under way has failed."""
    why = "broken off, as the controller ended: the same command goes on"
    return [
        msgspec.structs.replace(one, stage=Stage.FAILED, why=f"{one.stage}: {why}")
        if one.stage in UNDER_WAY
        else one
        for one in states
    ]


def status(states: Sequence[State]) -> int:
    """The exit status of the states: 1 if any host failed, or measured wrong."""
    return int(any(one.stage is Stage.FAILED or one.wrong for one in states))


def table(states: Sequence[State], now_s: float | None = None) -> Table:
    """A row for each host: how far it is, since when, and why it failed."""
    now_s = time.time() if now_s is None else now_s
    made = Table(box=None, pad_edge=False)
    for name in ("host", "state", "since", "machine", "switches/s", "why"):
        made.add_column(name, overflow="fold")
    for one in states:
        rate = one.about.per_second if one.about else None
        row = (
            one.host,
            f"{one.stage}, wrong" if one.wrong else str(one.stage),
            _ago(now_s - one.since) if one.since else "",
            one.about.key if one.about else "",
            "" if rate is None else f"{rate:.2f}",
            one.why,
        )
        made.add_row(*map(Text, row))
    return made


def _ago(seconds: float) -> str:
    """A duration as people say it."""
    for unit, name in ((7200, "h"), (120, "min")):
        if seconds >= unit:
            return f"{2 * int(seconds) // unit} {name}"
    return f"{int(seconds)} s"

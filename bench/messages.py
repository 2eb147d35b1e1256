"""The messages between the processes of a run: a worker's task, and its results.

They are JSON in transit and records at both ends. msgspec refuses what does not fit and names its
place (``$.cells.3.values[0]``).
"""

import os
from array import array
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    Floats: TypeAlias = array[float]
else:
    Floats = array  # not generic before Python 3.12

DRAWN, FIXED = PLACEMENTS = ("drawn", "fixed")  # in every round, or once per process
TURN_US = 100  # of every turn: its length is a part of what is measured (docs/method.md)
SECONDS_MAX = 1e9  # 30 years: no measured time is longer
Second = Annotated[float, msgspec.Meta(gt=0, lt=SECONDS_MAX)]
Number = Annotated[int, msgspec.Meta(ge=0, lt=10**6)]  # of a cell or a variant
Turns = list[list[float]] | None
Metadata = dict[str, str | int | float]  # of a process or a benchmark, as pyperf keeps it
Record = TypeVar("Record")


class Options(msgspec.Struct, frozen=True):
    """Options that are the same for every worker of a run."""

    raw: bool = False  # keep every turn
    placement: str = DRAWN
    turn_us: int = TURN_US


class Task(msgspec.Struct, frozen=True):
    """The work of one process."""

    process: int
    seconds: float  # of measuring
    cells: tuple[int, ...]
    rounds: int  # per cell, at most
    kit: str = "kit.json"  # a file in the folder of its output


class Order(msgspec.Struct, frozen=True):
    """A task, its options and its CPU."""

    task: Task
    options: Options
    cpu: int


class CellRecord(msgspec.Struct, frozen=True):
    """A worker's results in one cell: one list per variant, with one value per round."""

    requests: list[int]  # per turn
    values: list[Floats]  # seconds per request; empty where the variant was not measured
    firsts: list[Second | None]  # seconds of the first request
    positions: list[str]  # of the code in its cache line, one digit per round
    failed: dict[Number, str]  # variant: its fault
    facts: dict[str, str]
    watch: dict[str, NDArray[np.float64]] = {}  # sentinel: seconds per step, [end, round]
    turns: list[Turns] | None = None  # ns per request of every turn, if requested


class ProcessRecord(msgspec.Struct, frozen=True):
    """A worker's output."""

    process: Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
    cpu: int
    start_s: float  # from the start of the process to its first turn
    doubts: list[str]  # disturbances by the machine meanwhile
    cells: dict[Number, CellRecord]
    metadata: Metadata
    peak_bytes: int


def encode(record: Any) -> bytes:
    """The record as JSON."""
    return msgspec.json.encode(record, enc_hook=_list)


def decode(text: bytes | str, kind: type[Record]) -> Record:
    """The record in a JSON text.

    Raises:
        ValueError: if it is not one; the message names the place.
    """
    return msgspec.json.decode(text, type=kind, dec_hook=_array)


def read(path: Path, kind: type[Record]) -> Record:
    """The record in a file; raises as ``decode`` does."""
    return decode(path.read_bytes(), kind)


def write(record: Any, path: Path) -> None:
    """Write a record to a file that appears complete, on disk, or not at all."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(encode(record))
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)


def _list(values: Floats | NDArray[np.float64]) -> list[float]:
    return values.tolist()


def _array(kind: type, values: Any) -> Any:
    """Values in an eighth of a list's memory: a run ends with those of all processes."""
    return array("d", values) if kind is array else np.array(values, np.float64)

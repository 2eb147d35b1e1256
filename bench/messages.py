"""What the processes of a run tell each other: a task to a worker, and what it found.

JSON on the way; records on both sides. What does not fit is refused with the place where it does
not (``$.cells.3.values[0]``), by msgspec.
"""

from array import array
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    Floats: TypeAlias = array[float]
else:
    Floats = array  # which says nothing of its items before Python 3.12

SECONDS_MAX = 1e9  # 30 years: no measured time is longer
Second = Annotated[float, msgspec.Meta(gt=0, lt=SECONDS_MAX)]
Number = Annotated[int, msgspec.Meta(ge=0, lt=10**6)]  # of a cell or a variant
Turns = list[list[float]] | None
Record = TypeVar("Record")


class Options(msgspec.Struct, frozen=True):
    """What every worker of a run is told."""

    raw: bool = False  # keep every turn
    placement: str = "drawn"  # or fixed: one draw per process
    turn_us: int = 100


class Task(msgspec.Struct, frozen=True):
    """What one process is to do."""

    process: int
    seconds: float  # of measuring
    cells: tuple[int, ...]
    rounds: int  # of each cell, at most
    kit: str = "kit.json"  # a file in the folder that the process writes to


class Order(msgspec.Struct, frozen=True):
    """A task, and where and how it is to be done."""

    task: Task
    options: Options
    cpu: int


class CellRecord(msgspec.Struct, frozen=True):
    """What a worker found in one cell: one list per variant, with one value per round."""

    requests: list[int]  # per turn
    values: list[Floats]  # seconds per request; empty where the variant was not measured
    firsts: list[Second | None]  # seconds of the first request
    positions: list[str]  # of the code in its cache line, one digit per round
    failed: dict[Number, str]  # variant: what it did wrong
    facts: dict[str, str]
    watch: dict[str, NDArray[np.float64]] = {}  # sentinel: seconds per step, [end, round]
    turns: list[Turns] | None = None  # ns per request of every turn, where they were asked for


class ProcessRecord(msgspec.Struct, frozen=True):
    """What a worker writes when it ends."""

    process: Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
    cpu: int
    start_s: float  # from its start to its first turn
    doubts: list[str]  # what the machine did meanwhile
    cells: dict[Number, CellRecord]
    metadata: dict[str, str | int | float]  # pyperf's
    peak_bytes: int


def encode(record: Any) -> bytes:
    """The record as JSON."""
    return msgspec.json.encode(record, enc_hook=_list)


def decode(text: bytes | str, kind: type[Record]) -> Record:
    """The record that JSON holds.

    Raises:
        ValueError: if it holds something else; says where.
    """
    return msgspec.json.decode(text, type=kind, dec_hook=_array)


def read(path: Path, kind: type[Record]) -> Record:
    """The record that a file holds; raises as ``decode`` does."""
    return decode(path.read_bytes(), kind)


def _list(values: Floats | NDArray[np.float64]) -> list[float]:
    return values.tolist()


def _array(kind: type, values: Any) -> Any:
    """Values in an eighth of a list's memory: all processes' are there in the end."""
    return array("d", values) if kind is array else np.array(values, np.float64)

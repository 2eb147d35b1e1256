"""What a checking process is handed, and what it tells."""

import msgspec

from strategies.compile.code import Code
from workloads import Request


class Asked(msgspec.Struct, frozen=True):
    """A request, and where it is from: WORKLOAD/SHAPE."""

    place: str
    request: Request


class Trial(msgspec.Struct, frozen=True):
    """What one process is to hold to the oracle."""

    label: str  # STRATEGY[FORM]@BACKEND
    codes: dict[str, Code]  # by kernel
    asked: tuple[Asked, ...]


class Told(msgspec.Struct, frozen=True):
    """What a process tells: what it does now, or what is wrong; it ends after that."""

    doing: str  # kernel and request
    wrong: str = ""
    shown: tuple[str, ...] = ()  # request, list memory, descriptors, queue: lines for a person


class Wrong(Exception):  # noqa: N818  it is what a kernel did, not a fault of the program
    """A kernel did what the contract forbids; the text says what."""

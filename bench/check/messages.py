"""What a checking process is handed, and what it reports."""

import msgspec

from strategies.compile.code import Code
from workloads import Request


class ShapeRequest(msgspec.Struct, frozen=True):
    """A request, and the shape that it is from."""

    shape: str  # WORKLOAD/SHAPE
    request: Request


class CheckTask(msgspec.Struct, frozen=True):
    """The kernels that one process checks, and the requests on which it does."""

    label: str  # STRATEGY[FORM]@BACKEND
    codes: dict[str, Code]  # by kernel
    requests: tuple[ShapeRequest, ...]


class CheckReport(msgspec.Struct, frozen=True):
    """What a process does now, or the fault that it found; it ends after that."""

    doing: str  # kernel and request
    wrong: str = ""
    shown: tuple[str, ...] = ()  # request, list memory, descriptors, queue: lines for a person


class Wrong(Exception):  # noqa: N818  it is what a kernel did, not a fault of the program
    """A kernel did what the contract forbids; the text says what."""

"""The shape file, ``NAME.shapes.json``: its records, reading and writing.

Errors name the line and the key.
"""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from workloads.shapes.place import line_of
from workloads.traces.record import BYTES_MAX, COUNT_MAX

ENDING = ".shapes.json"
FILE_MAX = 16 << 20  # bytes
SHAPES_MAX = 4096
FIRSTS, ORDER_MAX = 4096, 8192  # requests kept in order, per kind and in total
SEGMENTS_MAX = 128  # of a request to a disk, or without a header
FRAMES_MAX = 19  # of a packet: its linear part, and MAX_SKB_FRAGS
NAME = r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,46}[A-Za-z0-9_])?$"
REMEDY = "docs/your-requests.md says what belongs there"
AT = re.compile(r" - at `(\$[^`]*)`$")
BYTE = re.compile(r" \(byte (\d+)\)$")

Way = Literal["out", "in"]
Header = Literal["blk", "net", "none"]
Weight = (
    Annotated[int, Meta(ge=1, le=COUNT_MAX)] | Annotated[float, Meta(gt=0, le=float(COUNT_MAX))]
)


class ShapeError(Exception):
    """A shape file that cannot be used; the text is one line with the file, line and key."""


class FileShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Equal requests, and their number or share."""

    bytes: Annotated[int, Meta(ge=1, le=BYTES_MAX, description="of data, without headers")]
    segments: Annotated[
        int,
        Meta(
            ge=1,
            le=SEGMENTS_MAX,
            description="entries of the list that the data take: of a packet its linear part too",
        ),
    ]
    direction: Annotated[
        Way, Meta(description="out: read by the device (a write, tx); in: written by it")
    ]
    header: Annotated[
        Header,
        Meta(description="blk: 24 bytes out, 1 in; net: 8 bytes in front; none: data alone"),
    ]
    weight: Annotated[
        Weight, Meta(description="counted: a whole number of requests; stated: any share")
    ]

    @property
    def name(self) -> str:
        """Its name in cells."""
        return f"{self.header}-{self.direction}-{self.bytes}x{self.segments}"


class Dropped(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was captured and is not among the shapes."""

    shapes: Annotated[int, Meta(ge=0, le=COUNT_MAX)] = 0
    weight: Annotated[float, Meta(ge=0, le=float(COUNT_MAX))] | int = 0


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A capture that was read."""

    name: Annotated[str, Meta(max_length=255)]
    format: Annotated[str, Meta(max_length=72)]
    requests: Annotated[int, Meta(ge=0, le=COUNT_MAX)]


class ShapeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Weighted shapes of requests."""

    schema_version: Literal[1]
    name: Annotated[str, Meta(pattern=NAME, description="of the workload, in names of cells")]
    about: Annotated[str, Meta(max_length=400, description="what a reader should know")] = ""
    model: Annotated[
        str,
        Meta(max_length=72, description="how segments are known: measured, pages, merge P, stated"),
    ] = "stated"
    weights: Annotated[
        Literal["counted", "stated"],
        Meta(description="counted requests are a sample, a mean over them is as uncertain"),
    ] = "stated"
    sizes: Annotated[
        Literal["each", "together"],
        Meta(description="together: sizes of as many segments are one shape, of the commonest"),
    ] = "each"
    shapes: Annotated[tuple[FileShape, ...], Meta(min_length=1, max_length=SHAPES_MAX)]
    dropped: Dropped = Dropped()
    order: Annotated[
        tuple[Annotated[int, Meta(ge=0, lt=SHAPES_MAX)], ...],
        Meta(
            max_length=ORDER_MAX, description="of the first requests of a header: numbers of shapes"
        ),
    ] = ()
    sources: Annotated[tuple[Origin, ...], Meta(max_length=1024)] = ()


class KeyFaultError(ValueError):
    """A value of the right type that makes no sense: its path, and the reason."""


def load(path: Path) -> tuple[ShapeFile, str]:
    """A shape file, and the SHA-256 of its bytes in hexadecimal.

    Raises:
        ShapeError: if it is not one.
        OSError: if it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(FILE_MAX + 1)
    if len(data) > FILE_MAX:
        raise ShapeError(f"{path}: larger than {FILE_MAX >> 20} MiB, so not a shape file")
    return parse(data, str(path)), hashlib.sha256(data).hexdigest()


def parse(data: bytes, name: str) -> ShapeFile:
    """The shape file in ``data``; errors call it ``name``."""
    try:
        found = msgspec.json.decode(data, type=ShapeFile)
        _check(found)
    except KeyFaultError as error:
        raise ShapeError(_fault(data, name, *error.args)) from None
    except msgspec.ValidationError as error:
        text = str(error)
        at = AT.search(text)
        where = at[1] if at else "$"
        raise ShapeError(_fault(data, name, where, text[: at.start()] if at else text)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ShapeError(_no_json(data, name, str(error))) from None
    return found


def encoded(file: ShapeFile) -> bytes:
    """A shape file for human readers: one line per shape."""
    whole: dict[str, Any] = msgspec.to_builtins(file)
    parts = []
    for key, value in whole.items():
        if key in {"shapes", "sources"} and value:
            rows = ",\n    ".join(json.dumps(row) for row in value)
            parts.append(f'  "{key}": [\n    {rows}\n  ]')
        else:
            parts.append(f'  "{key}": {json.dumps(value)}')
    return ("{\n" + ",\n".join(parts) + "\n}\n").encode()


def save(file: ShapeFile, path: Path) -> None:
    """Write a shape file, completely or not at all, and never over an existing one.

    Raises:
        ShapeError: if it would not be valid.
        OSError: if it cannot be written.
    """
    data = encoded(file)
    parse(data, str(path))
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_bytes(data)
        os.link(part, path)
    finally:
        part.unlink(missing_ok=True)


def schema() -> str:
    """The JSON schema of the format, the content of docs/shapes.schema.json."""
    return json.dumps(msgspec.json.schema(ShapeFile), indent=2) + "\n"


def _check(file: ShapeFile) -> None:
    """Check what types cannot express."""
    seen: dict[str, int] = {}
    for number, shape in enumerate(file.shapes):
        where = f"$.shapes[{number}]"
        if shape.segments > shape.bytes:
            raise KeyFaultError(f"{where}.segments", "more segments than bytes")
        if shape.header == "net" and shape.segments > FRAMES_MAX:
            raise KeyFaultError(f"{where}.segments", f"a packet has {FRAMES_MAX} at most")
        if shape.name in seen:
            raise KeyFaultError(where, f"is shape {seen[shape.name]} again: add their weights")
        if file.weights == "counted" and not isinstance(shape.weight, int):
            raise KeyFaultError(f"{where}.weight", "counted weights are whole numbers")
        seen[shape.name] = number
    for number, index in enumerate(file.order):
        if index >= len(file.shapes):
            raise KeyFaultError(f"$.order[{number}]", f"there is no shape {index}")


def _fault(data: bytes, name: str, where: str, why: str) -> str:
    line = line_of(data.decode("utf-8", "replace"), where)
    key = where.removeprefix("$").removeprefix(".") or "the whole"
    return f"{name}, line {line}: {key}: {why[:1].lower()}{why[1:]}; {REMEDY}"


def _no_json(data: bytes, name: str, why: str) -> str:
    at = BYTE.search(why)
    line = data.count(b"\n", 0, int(at[1]) if at else len(data)) + 1
    return f"{name}, line {line}: no JSON ({why[:1].lower()}{why[1:]}); {REMEDY}"

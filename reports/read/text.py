"""Reads the text of a file, or says in one line why it cannot."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from reports.text.wording import printable

REASON_LENGTH_MAX = 200  # characters
GZIP_MAGIC = b"\x1f\x8b"
BYTE_ORDER_MARK = "\ufeff"  # some editors begin a file with it

Kind = TypeVar("Kind")


class ResultError(Exception):
    """A file that is not what it should be; the message names the file and the remedy."""


def bytes_of(path: Path) -> bytes:
    """Read the file's bytes; raise ``ResultError`` if that fails."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ResultError(f"{path}: no such file; name a result that a run has written") from None
    except OSError as error:
        raise ResultError(f"{path}: {error.strerror}; name a result that can be read") from None


def text_of(path: Path) -> str:
    """Read the file's text, unzipped; raise ``ResultError`` if that fails."""
    data = bytes_of(path)
    try:
        if data.startswith(GZIP_MAGIC):
            data = gzip.decompress(data)
        text = data.decode()
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise ResultError(
            f"{path}: truncated or damaged gzip data; copy it again or measure again"
        ) from None
    except UnicodeDecodeError:
        raise ResultError(f"{path}: not a text file; name a .json or .json.gz result") from None
    if not text.strip():
        raise ResultError(f"{path}: empty; measure again")
    return text.removeprefix(BYTE_ORDER_MARK)


def json_of(path: Path) -> Any:
    """Read the file's JSON; None if it is not JSON, ``ResultError`` if it cannot be read."""
    try:
        return json.loads(text_of(path))
    except (RecursionError, ValueError):
        return None


def record(data: Any, kind: type[Kind], length_max: int) -> Kind:
    """Convert plain JSON data to a record, its texts safe to show; unknown keys are ignored.

    Raises:
        ValueError: if a value is missing or wrong; the message names its place.
    """
    try:
        return msgspec.convert(_shown(data, length_max), kind)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except msgspec.ValidationError as error:
        raise ValueError(printable(error, REASON_LENGTH_MAX)) from None


def _shown(part: Any, length_max: int) -> Any:
    """The data without control characters and overlong texts."""
    if isinstance(part, str):
        return printable(part, length_max)
    if isinstance(part, dict):
        return {printable(key): _shown(value, length_max) for key, value in part.items()}
    return [_shown(one, length_max) for one in part] if isinstance(part, list) else part


def stem_of(path: Path) -> str:
    """The file's name without its suffixes."""
    return path.name.removesuffix(".gz").removesuffix(".json") or "result"

"""Reads the text of a file, or says in one line why it cannot."""

import gzip
import zlib
from pathlib import Path

GZIP_MAGIC = b"\x1f\x8b"
BYTE_ORDER_MARK = "\ufeff"  # some editors begin a file with it


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
            f"{path}: truncated or damaged gzip data; copy it again or measure anew"
        ) from None
    except UnicodeDecodeError:
        raise ResultError(f"{path}: not a text file; name a .json or .json.gz result") from None
    if not text.strip():
        raise ResultError(f"{path}: empty; measure anew")
    return text.removeprefix(BYTE_ORDER_MARK)


def stem_of(path: Path) -> str:
    """The file's name without its suffixes."""
    return path.name.removesuffix(".gz").removesuffix(".json") or "result"

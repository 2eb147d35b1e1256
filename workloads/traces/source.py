"""A file or standard input as a stream of bytes, decompressed in bounded memory.

gzip, xz and Zstandard are recognised by their first bytes. A file that grows far more than captures
do when decompressed is taken for an attack.
"""

import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PIECE = 1 << 16  # bytes at a time
HEAD = PIECE  # bytes by which formats are recognised
STDIN = "-"
XZ_MEMORY_MAX = 80 << 20  # bytes: xz -9 takes 65 MiB to unpack
BOMB_FROM, BOMB_TIMES = 64 << 20, 500  # a bomb: more decompressed bytes, and growth, than this


class TraceError(Exception):
    """A capture that cannot be read; the text is one line with the file and the remedy."""


class Counted:
    """A file that counts the bytes read from it."""

    def __init__(self, file: BinaryIO, head: bytes = b"") -> None:
        self._file, self._head = file, head
        self.taken = 0  # bytes
        self.closed = False  # readers of files ask for it

    def read(self, count: int = PIECE) -> bytes:
        """The next ``count`` bytes; fewer at the end."""
        head, self._head = self._head[:count], self._head[count:]
        found = head or self._file.read(count)
        self.taken += len(found)
        return found

    def close(self) -> None:
        """Leave the file open for its owner."""
        self.closed = True


class Source:
    """The bytes of a capture: its head, all of it in pieces, or a given number of bytes."""

    def __init__(self, name: str, pieces: Iterator[bytes]) -> None:
        self.name = name
        self.cut = ""  # how the compressed data are truncated, if they are
        self._pieces = self._watched(pieces)
        self._buffer, self._at = b"", 0
        self.head = self._filled(HEAD)[:HEAD]

    def pieces(self) -> Iterator[bytes]:
        """Yield everything not taken yet."""
        rest, self._buffer, self._at = self._buffer[self._at :], b"", 0
        if rest:
            yield rest
        yield from self._pieces

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes; fewer at the end."""
        end = self._at + count
        if end > len(self._buffer):
            self._filled(count)
            end = min(self._at + count, len(self._buffer))
        found = self._buffer[self._at : end]
        self._at = end
        return found

    def skip(self, count: int) -> bool:
        """Skip ``count`` bytes in bounded memory; False if there are fewer."""
        while count > 0:
            taken = len(self.take(min(count, PIECE)))
            if not taken:
                return False
            count -= taken
        return True

    def _filled(self, count: int) -> bytes:
        """The buffer, filled to at least ``count`` bytes if there are that many."""
        parts = [self._buffer[self._at :]]
        there = len(parts[0])
        while there < count:
            piece = next(self._pieces, b"")
            if not piece:
                break
            parts.append(piece)
            there += len(piece)
        self._buffer, self._at = b"".join(parts), 0
        return self._buffer

    def _watched(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        try:
            yield from pieces
        except EOFError:
            self.cut = "its compressed data end early"


Unpack = Callable[[Counted], Iterator[bytes]]


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open a capture, ``-`` for standard input.

    Raises:
        OSError: if the file cannot be read.
        TraceError: while it is read, if it cannot be decompressed.
    """
    if str(path) == STDIN:
        yield unpacked("standard input", sys.stdin.buffer)
        return
    with path.open("rb") as file:
        yield unpacked(str(path), file)


def unpacked(name: str, file: BinaryIO) -> Source:
    """The content of a file, decompressed if it is compressed."""
    head = file.read(max(map(len, PACKINGS)))
    counted = Counted(file, head)
    unpack = next((how for magic, how in PACKINGS.items() if head.startswith(magic)), None)
    return Source(name, _plain(counted) if unpack is None else _held(unpack, name, counted))


def _held(unpack: Unpack, name: str, file: Counted) -> Iterator[bytes]:
    """Yield decompressed data; raise if they are damaged, or too many for a capture."""
    out = 0
    try:
        for piece in unpack(file):
            out += len(piece)
            if out > BOMB_FROM and out > BOMB_TIMES * file.taken:
                raise TraceError(
                    f"{name}: grows more than {BOMB_TIMES} times when it is unpacked, as no "
                    "capture does; if it is one, unpack it first"
                )
            yield piece
    except (zlib.error, lzma.LZMAError) as error:
        raise TraceError(
            f"{name}: damaged after {out} bytes unpacked ({error}); copy it again"
        ) from None


def _plain(file: Counted) -> Iterator[bytes]:
    while piece := file.read():
        yield piece


def _gzip(file: Counted) -> Iterator[bytes]:
    data = file.read()
    while data.strip(b"\0"):  # members one behind the other, zeros behind the last
        unpacker = zlib.decompressobj(wbits=31)
        while not unpacker.eof:
            piece = unpacker.decompress(data, PIECE)
            data = unpacker.unconsumed_tail
            if piece:
                yield piece
            elif not data and not unpacker.eof:
                data = _more(file)
        data = unpacker.unused_data or file.read()


def _xz(file: Counted) -> Iterator[bytes]:
    data = file.read()
    while data.strip(b"\0"):
        unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY_MAX)
        while not unpacker.eof:
            piece = unpacker.decompress(data, PIECE)
            data = b""
            if piece:
                yield piece
            elif unpacker.needs_input and not unpacker.eof:
                data = _more(file)
        data = unpacker.unused_data or file.read()


def _zstandard(file: Counted) -> Iterator[bytes]:
    import pyarrow as pa

    with pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd") as stream:
        while True:
            try:
                piece: bytes = stream.read(PIECE)
            except OSError as error:
                if "runcated" in str(error):
                    raise EOFError from None
                raise zlib.error(str(error)) from None
            if not piece:
                return
            yield piece


def _more(file: Counted) -> bytes:
    """The next bytes of a file that must not end here."""
    found = file.read()
    if not found:
        raise EOFError
    return found


PACKINGS: dict[bytes, Unpack] = {
    b"\x1f\x8b": _gzip,
    b"\xfd7zXZ\0": _xz,
    b"\x28\xb5\x2f\xfd": _zstandard,
}

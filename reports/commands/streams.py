"""Standard output and error that never stop a command: a measurement outlives its reader.

A reader that has gone away is not an error; any other fault (a full device) is kept until the
command has finished its work.
"""

import codecs
import io
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

TOLERANT = "tolerant"  # error handler: bytes of a file name pass unchanged, all else becomes "?"


def _tolerant(error: UnicodeError) -> tuple[str | bytes, int]:
    with suppress(UnicodeError):
        return codecs.lookup_error("surrogateescape")(error)
    return codecs.lookup_error("replace")(error)


codecs.register_error(TOLERANT, _tolerant)


class Patient(io.FileIO):
    """A descriptor that accepts every write; after a fault, writes are discarded."""

    fault: OSError | None = None

    def write(self, data: Any) -> int:
        """Write, or discard."""
        try:
            return super().write(data)
        except OSError as error:
            if not isinstance(error, BrokenPipeError):
                self.fault = error
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  children inherit it
                os.dup2(nowhere.fileno(), self.fileno())
            return memoryview(data).nbytes


def make_patient() -> Patient | None:
    """Make standard output and error patient; the new output, or None.

    None if standard output is not a file, as under a test that captures it.
    """
    _reopen()
    sys.stdout, out = _patient(sys.stdout)
    sys.stderr, _ = _patient(sys.stderr)
    return out


def _patient(stream: TextIO) -> tuple[TextIO, Patient | None]:
    if not (isinstance(stream, io.TextIOWrapper) and _is_file(stream)):
        return stream, None
    stream.flush()
    file = Patient(stream.fileno(), "w", closefd=False)
    text = io.TextIOWrapper(
        io.BufferedWriter(file),
        stream.encoding,
        TOLERANT,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
    return text, file


def _is_file(stream: io.TextIOWrapper) -> bool:
    return isinstance(getattr(stream.buffer, "raw", stream.buffer), io.FileIO)  # without: python -u


def _reopen() -> None:
    """Open the streams that the caller closed, so that the next file does not take their place."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115

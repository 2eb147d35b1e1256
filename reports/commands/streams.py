"""Standard output and error that never stop a command: what was measured outlives its reader.

A reader that went away is no fault, and whatever else keeps text from being written (a full device)
is remembered until the command has done its work.
"""

import codecs
import io
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

TOLERANT = "tolerant"  # error handler: bytes of a file's name come out as they are, else "?"


def _tolerant(error: UnicodeError) -> tuple[str | bytes, int]:
    with suppress(UnicodeError):
        return codecs.lookup_error("surrogateescape")(error)
    return codecs.lookup_error("replace")(error)


codecs.register_error(TOLERANT, _tolerant)


class Patient(io.FileIO):
    """A descriptor that takes whatever is written: after a fault, into nowhere."""

    fault: OSError | None = None

    def write(self, data: Any) -> int:
        """Write, or forget."""
        try:
            return super().write(data)
        except OSError as error:
            if not isinstance(error, BrokenPipeError):
                self.fault = error
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  children have it, too
                os.dup2(nowhere.fileno(), self.fileno())
            return memoryview(data).nbytes


def make_patient() -> Patient | None:
    """Give the process such an output and error; return the output.

    None where somebody watches it from within this process.
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
    """Open what the caller closed, or the next file would be taken for it."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115

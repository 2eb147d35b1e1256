"""CAPTURES of real requests, read one request at a time: one file per format.

A format is a module of this package with a constant ``FORMAT``; adding one touches no other file.
Formats are recognised by content, never by file name. A reader yields ``Record`` s and reports to
its ``Capture`` what it left out, so nothing is dropped silently.

All sizes are in bytes. Requests without data (flushes, discards, passthrough commands) take no data
descriptor in virtio; they are left out and counted.
"""

import importlib
import pkgutil

from workloads.traces.capture import Capture, Format
from workloads.traces.record import Record
from workloads.traces.source import Source, TraceError, opened

__all__ = ["Capture", "Format", "Record", "Source", "TraceError", "formats", "opened", "recognised"]


def formats() -> tuple[Format, ...]:
    """Every format of this package, in the order of file names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    modules = (importlib.import_module(f"{__name__}.{name}") for name in names)
    return tuple(module.FORMAT for module in modules if hasattr(module, "FORMAT"))


def recognised(source: Source) -> Format:
    """The format of a source, by its first bytes.

    Raises:
        TraceError: if it is none of them; the text lists what each looks like.
    """
    for one in formats():
        if one.matches(source.head):
            return one
    if not source.head:
        raise TraceError(f"{source.name}: empty, so there is no request in it")
    looked = "; ".join(f"{one.name} ({one.signs})" for one in formats())
    raise TraceError(f"{source.name}: of no format that is read here; looked for {looked}")

"""CAPTURES of what real machines asked, read a request at a time: one file a format.

A format is a file of this package with a module constant ``FORMAT``; adding one touches nothing
else. It is found by what a file holds, never by its name. A reader yields ``Record`` s and tells
its ``Capture`` what it left out, so that nothing is dropped unsaid.

Every size is in bytes. A request without data (a flush, a discard, a passthrough command) takes no
data descriptor of virtio's and is left out, counted.
"""

import importlib
import pkgutil

from workloads.traces.capture import Capture, Format
from workloads.traces.record import Record
from workloads.traces.source import Source, TraceError, opened

__all__ = ["Capture", "Format", "Record", "Source", "TraceError", "formats", "opened", "recognised"]

HELPERS = (
    "capture",
    "link",
    "record",
    "rwbs",
    "source",
)  # files of this package that are no format


def formats() -> tuple[Format, ...]:
    """Every format of this package, in the order of file names."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return tuple(
        importlib.import_module(f"{__name__}.{name}").FORMAT
        for name in names
        if name not in HELPERS
    )


def recognised(source: Source) -> Format:
    """The format that a source's first bytes are of.

    Raises:
        TraceError: if they are of none; it says what was looked for.
    """
    for one in formats():
        if one.matches(source.head):
            return one
    if not source.head:
        raise TraceError(f"{source.name}: empty, so there is no request in it")
    looked = "; ".join(f"{one.name} ({one.signs})" for one in formats())
    raise TraceError(f"{source.name}: of no format that is read here; looked for {looked}")

"""VMware's vscsiStats, binary, versions 1 and 2 (the CloudPhysics traces as libCacheSim has them).

Little-endian records. Version 1, 32 bytes: serial number, length, entries of the scatter list (u32
each), command, version (u16 each), LBN, microseconds (u64 each). Version 2, 40 bytes: command,
version, serial number, length, entries, LBN, microseconds, response time. There is no magic number:
it is recognised by the version in each of the first records.
"""

import struct
from collections.abc import Iterator

from workloads.traces.capture import NO_DATA, Capture, Format
from workloads.traces.record import SECTOR, Record
from workloads.traces.vscsi import DIRECTIONS

FIRST, SECOND = struct.Struct("<IIIHHQQ"), struct.Struct("<HHIIIQQQ")
VERSION_AT = {FIRST: 14, SECOND: 2}  # byte of a record
VERSION_OF = {FIRST: 1, SECOND: 2}  # in the upper byte of that field
LOOKED_AT = 16  # records by which the version is recognised


def version(head: bytes) -> struct.Struct | None:
    """The layout of a record; None if it is not a record."""
    for form, at in VERSION_AT.items():
        starts = range(0, min(len(head) - form.size + 1, LOOKED_AT * form.size), form.size)
        fields = [struct.unpack_from("<H", head, start + at)[0] for start in starts]
        if fields and all(found >> 8 == VERSION_OF[form] for found in fields):
            return form
    return None


def matches(head: bytes) -> bool:
    """Whether a file's first records have versions of one kind."""
    return version(head) is not None


def read(capture: Capture) -> Iterator[Record]:
    """Yield every request."""
    capture.unit = "record"
    form = version(capture.source.head)
    assert form is not None
    while found := capture.source.take(form.size):
        capture.number += 1
        if len(found) < form.size:
            capture.cut = "its last record is not whole"
            return
        fields = form.unpack(found)
        if form is FIRST:
            _, length, entries, command, which, block, _ = fields
        else:
            command, which, _, length, entries, block, _, _ = fields
        if which >> 8 != VERSION_OF[form]:
            capture.broken(f"version {which:#x} among records of version {VERSION_OF[form]}")
            continue
        direction = DIRECTIONS.get(command)
        if direction is None:
            capture.left_out[NO_DATA] += 1
            continue
        yield Record(length, entries, direction, offset=SECTOR * block)


FORMAT = Format("vscsi binary", "records of 32 or 40 bytes with version 1 or 2", matches, read)

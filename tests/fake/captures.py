"""Captures, written byte by byte as their formats say, of requests that a test knows."""

import struct
from collections.abc import Callable, Iterable
from typing import NamedTuple

from workloads import Direction

IN, OUT = Direction.IN, Direction.OUT
SECTOR = 512


class Made(NamedTuple):
    """A request that a capture is to hold."""

    length: int
    segments: int
    direction: Direction
    offset: int
    time: int  # nanoseconds


MADE = (
    Made(4096, 1, IN, 8192, 1_000),
    Made(65536, 16, OUT, 1 << 40, 2_000),
    Made(512, 1, OUT, 1024 + 512, 3_500),
    Made(8192, 2, IN, 4096, 4_000),
    Made(69632, 17, IN, 12288, 5_000),
)
PACKETS = (64, 1514, 66, 65549, 9014)  # bytes of an Ethernet frame


def letter(one: Made) -> str:
    """R or W."""
    return "R" if one.direction is IN else "W"


def seconds(one: Made, digits: int = 9) -> str:
    """A time in seconds with ``digits`` decimals."""
    return f"{one.time / 1e9:.{digits}f}"


def blkparse(made: Iterable[Made], action: str = "D") -> bytes:
    """Blkparse's output: another event before each request, summaries at the end."""
    lines = [
        f"{8:3d},{0:<3d} {1:2d} {number:8d} {seconds(one):>14} {697:5d} {shown:>2} "
        f"{letter(one) + 'S':>3} {one.offset // SECTOR} + {one.length // SECTOR} [a [b] c]"
        for number, one in enumerate(made)
        for shown in ("G", action)
    ]
    lines += ["CPU0 (sda):", " Reads Queued:           2,       12KiB", "Throughput (R/W): 1KiB/s"]
    return ("\n".join(lines) + "\n").encode()


def blktrace(made: Iterable[Made], order: str = "<", payload: bytes = b"name\0") -> bytes:
    """Blktrace's records: first a message, and a queueing event before each request."""
    found = [_event(order, 0, 0, 0, 1 << 26, payload)]
    for one in made:
        way = 1 if one.direction is IN else 2
        for what, also in ((1, 1 << 20), (7, 1 << 22)):
            action = what | way << 16 | also
            found.append(_event(order, one.time, one.offset // SECTOR, one.length, action))
    return b"".join(found)


def _event(  # noqa: PLR0913, PLR0917  a record's fields
    order: str, time: int, sector: int, length: int, action: int, payload: bytes = b""
) -> bytes:
    fields = (0x65617407, 1, time, sector, length, action, 697, 8 << 20, 0, 0, len(payload))
    return struct.pack(f"{order}IIQQIIIIIHH", *fields) + payload


def perf(made: Iterable[Made]) -> bytes:
    """Perf script's lines, with blanks in command names, and other events in between."""
    lines = []
    for one in made:
        start = f"a b [c]  697 [001] {seconds(one, 6)}: "
        extent = f"{one.offset // SECTOR} + {one.length // SECTOR}"
        lines += [
            f"{start}    block:block_rq_insert: 8,0 {letter(one)}S {one.length} () {extent} [x]",
            f"{start}     block:block_rq_issue: 8,0 {letter(one)}S {one.length} () {extent} [x]",
        ]
    return ("\n".join(lines) + "\n").encode()


def ftrace(made: Iterable[Made]) -> bytes:
    """Ftrace's lines: from a kernel that prints priorities, and from one that prints 0 bytes."""
    lines = ["# tracer: nop", "#", "#           TASK-PID     CPU#  |||||  TIMESTAMP  FUNCTION"]
    lines += [
        f"  kworker/0:1H-697     [000] d..1. {seconds(one, 6)}: block_rq_issue: 253,0 "
        f"{letter(one)} 0 () {one.offset // SECTOR} + {one.length // SECTOR} none,0,0 [kw 0:1H]"
        for one in made
    ]
    return ("\n".join(lines) + "\n").encode()


def biosnoop(made: Iterable[Made], *, queued: bool = False, pattern: bool = False) -> bytes:
    """Bcc's table, with a blank in the command name."""
    heading = f"{'TIME(s)':<11} {'COMM':<14} {'PID':<7} {'DISK':<9} {'T':<1} "
    heading += f"{'SECTOR':<10} {'BYTES':<7} " + "P " * pattern
    heading += "QUE(ms) " * queued + "LAT(ms)"
    lines = [heading]
    for one in made:
        line = f"{seconds(one, 6):<11} {'my command':<14} {697:<7} {'vda':<9} {letter(one):<1} "
        line += f"{one.offset // SECTOR:<10} {one.length:<7} " + "R " * pattern
        lines.append(line + "   0.01 " * queued + "   0.74")
    return ("\n".join(lines) + "\n").encode()


def fio(made: Iterable[Made], version: int = 2) -> bytes:
    """An iolog."""
    lines = [f"fio version {version} iolog"]
    stamp = "{} " if version == 3 else ""
    lines += [stamp.format(0) + "/dev/vda add", stamp.format(0) + "/dev/vda open"]
    for one in made:
        word = "read" if one.direction is IN else "write"
        lines.append(stamp.format(one.time // 1000) + f"/dev/vda {word} {one.offset} {one.length}")
    if version == 2:
        lines.append("/dev/vda wait 100 0")
    lines.append(stamp.format(9) + "/dev/vda close")
    return ("\n".join(lines) + "\n").encode()


def msr(made: Iterable[Made]) -> bytes:
    """Lines of the MSR-Cambridge traces, with DOS line ends."""
    words = {IN: "Read", OUT: "Write"}
    return b"".join(
        f"{128166372003061629 + one.time},hm,1,{words[one.direction]},{one.offset},"
        f"{one.length},1331\r\n".encode()
        for one in made
    )


def alibaba(made: Iterable[Made]) -> bytes:
    """Lines of Alibaba's traces."""
    return b"".join(
        f"419,{letter(one)},{one.offset},{one.length},{one.time}\n".encode() for one in made
    )


def tencent(made: Iterable[Made]) -> bytes:
    """Lines of Tencent's traces, in sectors."""
    return b"".join(
        f"1538323200,{one.offset // SECTOR},{one.length // SECTOR},"
        f"{int(one.direction is OUT)},1063\n".encode()
        for one in made
    )


def vscsi(made: Iterable[Made]) -> bytes:
    """The text of vscsiStats with its heading."""
    words = {IN: "read", OUT: "0x2a"}
    lines = ["#Serial Number,IO Data Length,Num SG Entries,Command Type,LBN,Time Stamp"]
    lines += [
        f"{number}, {one.length}, {one.segments}, {words[one.direction]}, "
        f"{one.offset // SECTOR}, {one.time}"
        for number, one in enumerate(made)
    ]
    return ("\n".join(lines) + "\n").encode()


def vscsi_binary(made: Iterable[Made], version: int = 1) -> bytes:
    """Binary records of vscsiStats."""
    found = []
    for number, one in enumerate(made):
        command = 0x28 if one.direction is IN else 0x2A
        sizes = (one.length, one.segments)
        block = one.offset // SECTOR
        if version == 1:
            found.append(struct.pack("<IIIHHQQ", number, *sizes, command, 0x100, block, one.time))
        else:
            found.append(
                struct.pack("<HHIIIQQQ", command, 0x200, number, *sizes, block, one.time, 5)
            )
    return b"".join(found)


def bpftrace(made: Iterable[Made]) -> bytes:
    """A histogram's lines, each request three times."""
    words = {IN: "read", OUT: "write"}
    lines = ["Attaching 1 probe...", "^C", ""]
    lines += [f"@{words[one.direction]}[{one.length}, {one.segments}]: 3" for one in made]
    return ("\n".join(lines) + "\n").encode()


def frame(length: int, kept: int = 34) -> bytes:
    """The beginning of an Ethernet frame with an IPv4 packet."""
    network = struct.pack(
        ">BBHHHBBH4s4s",
        0x45,
        0,
        min(length - 14, 65535),
        0,
        0,
        64,
        17,
        0,
        b"\x7f\0\0\1" * 1,
        b"\x7f\0\0\1",
    )
    return (b"\2\0\0\0\0\1\2\0\0\0\0\2\x08\0" + network).ljust(min(kept, length), b"\0")[:kept]


def pcap(
    lengths: Iterable[int] = PACKETS,
    order: str = "<",
    magic: int = 0xA1B2C3D4,
    link: int = 1,
    begin: Callable[[int], bytes] = frame,
) -> bytes:
    """A capture that kept little of each packet."""
    found = [struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 96, link)]
    for number, length in enumerate(lengths):
        kept = begin(length)
        found.append(struct.pack(f"{order}IIII", 1700000000, number, len(kept), length) + kept)
    return b"".join(found)


def block(order: str, kind: int, body: bytes) -> bytes:
    """A block of pcapng."""
    body += b"\0" * (-len(body) % 4)
    edge = len(body) + 12
    return struct.pack(f"{order}II", kind, edge) + body + struct.pack(f"{order}I", edge)


def section(order: str) -> bytes:
    """The block that begins a section."""
    return block(order, 0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(order: str, link: int = 1, *, nanoseconds: bool = False) -> bytes:
    """The block that describes an interface."""
    options = struct.pack(f"{order}HHB3xHH", 9, 1, 9, 0, 0) if nanoseconds else b""
    return block(order, 1, struct.pack(f"{order}HHI", link, 0, 96) + options)


def enhanced(order: str, length: int, number: int = 0, flags: int | None = None) -> bytes:
    """A packet's block, with the option that says its direction."""
    kept = frame(length)
    options = b"" if flags is None else struct.pack(f"{order}HHIHH", 2, 4, flags, 0, 0)
    head = struct.pack(f"{order}5I", number, 0, 5, len(kept), length)
    return block(order, 6, head + kept + b"\0" * (-len(kept) % 4) + options)


def simple(order: str, length: int) -> bytes:
    """A simple packet's block."""
    return block(order, 3, struct.pack(f"{order}I", length) + frame(length))


def old_packet(order: str, length: int) -> bytes:
    """The obsolete packet's block."""
    kept = frame(length)
    head = struct.pack(f"{order}HHIIII", 0, 0, 0, 5, len(kept), length)
    return block(order, 2, head + kept)


def pcapng(lengths: Iterable[int] = PACKETS, order: str = "<") -> bytes:
    """A capture of two interfaces, with a block that is no packet's."""
    head = section(order) + interface(order) + interface(order, nanoseconds=True)
    named = block(order, 4, struct.pack(f"{order}HH", 0, 0))
    packets = (enhanced(order, length, n % 2) for n, length in enumerate(lengths))
    return head + named + b"".join(packets)

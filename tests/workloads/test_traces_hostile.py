"""Malicious captures: huge, negative, endless, truncated, bombs. One line, little memory."""

import gzip
import io
import lzma
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from bench.paths import ROOT
from tests.fake import captures
from tests.fake.captures import MADE
from tests.workloads.test_traces import BLOCKS, NETS, PACKED, capture, records
from workloads.traces import TraceError, formats, recognised
from workloads.traces.source import HEAD, unpacked

MEMORY_MAX = 200 << 20  # bytes, of a whole process
GOOD = {  # format: a capture, and a line of it to be spoilt
    "blkparse": (captures.blkparse(MADE), b"  8,0    1        2    0.000003500   697  D  WS {}"),
    "perf": (captures.perf(MADE), b"x 1 [0] 1.0: block:block_rq_issue: 8,0 W {}"),
    "biosnoop": (captures.biosnoop(MADE), b"0.1 x 1 vda W {}"),
    "fio": (captures.fio(MADE), b"/dev/vda write {}"),
    "msr": (captures.msr(MADE), b"1,hm,1,Read,{}"),
    "alibaba": (captures.alibaba(MADE), b"419,W,{}"),
    "tencent": (captures.tencent(MADE), b"1538323200,{}"),
    "vscsi": (captures.vscsi(MADE), b"1,{}"),
    "bpftrace": (captures.bpftrace(MADE), b"@read[{}"),
}
SPOILT = [  # format, the rest of the line, what is said of it
    ("blkparse", b"8 + -8 [x]", "SECTOR"),
    ("blkparse", b"8 + 8388608 [x]", "a request of 4294967296 bytes"),
    ("blkparse", b"8 + 99999999999999999999 [x]", "a request of 5119"),
    ("blkparse", b"8 + " + b"9" * 3000 + b" [x]", "SECTOR"),
    ("perf", b"-1 () 8 + 8 [x]", "MAJ,MIN"),
    ("perf", b"4294967296 () 8 + 8 [x]", "4294967296 bytes"),
    ("perf", b"4096 () 8 + 8", "MAJ,MIN"),
    ("biosnoop", b"8 -4096 0.1", "TIME COMM"),
    ("biosnoop", b"4096", "TIME COMM"),
    ("fio", b"8", "OFFSET LENGTH"),
    ("fio", b"8 -8", "OFFSET LENGTH"),
    ("fio", b"8 4294967296", "4294967296 bytes"),
    ("msr", b"8,-1,1", "Timestamp"),
    ("msr", b"8,18446744073709551616,1", "18446744073709551616 bytes"),
    ("alibaba", b"8,1e3,1", "device"),
    ("alibaba", b"8,4294967296,1", "4294967296 bytes"),
    ("tencent", b"8,8,2,1", "time"),
    ("tencent", b"8,8388608,1,1", "4294967296 bytes"),
    ("vscsi", b"512,-1,read,8,9", "serial number"),
    ("vscsi", b"512,0,read,8,9", "0 segments in 512 bytes"),
    ("vscsi", b"512,513,read,8,9", "513 segments in 512 bytes"),
    ("vscsi", b"4294967295,4294967295,read,8,9", "4294967295 segments"),
    ("bpftrace", b"512, 1]: 99999999999999999999", "99999999999999999999 requests"),
    ("bpftrace", b"512, 1]: -1", "COUNT"),
    ("bpftrace", b"512, -1]: 1", "COUNT"),
]


@pytest.mark.parametrize(("form", "rest", "says"), SPOILT)
def test_a_broken_line_is_named_and_can_be_skipped(form: str, rest: bytes, says: str) -> None:
    """By number and content; with ``skip_bad`` it is counted, and the others are read."""
    data, line = GOOD[form]
    spoilt = data + line.replace(b"{}", rest) + b"\n" + data.splitlines(keepends=True)[-1]
    number = data.count(b"\n") + 1
    with pytest.raises(TraceError) as told:
        records(spoilt)
    text = str(told.value)
    assert text.startswith(f"it: line {number} is broken (")
    assert says in text
    assert line.split(b"{}")[0].decode()[:40].strip()[:10] in text
    assert len(text) < 400
    assert "\n" not in text
    one = capture(spoilt, skip_bad=True)
    found = list(one.records(recognised(one.source)))
    assert one.bad == 1
    assert len(found) >= len(MADE)


@pytest.mark.parametrize("form", GOOD)
@pytest.mark.parametrize("line", [b"\0" * 50, b"x" * 5000, b"a\0b"])
def test_no_text_has_zero_bytes_or_endless_lines(form: str, line: bytes) -> None:
    """Whatever else such a line contains."""
    data, _ = GOOD[form]
    with pytest.raises(TraceError, match=r"zero byte|longer than 4096 bytes") as told:
        records(data + line + b"\n" + data)
    assert len(str(told.value)) < 300
    assert str(told.value).isprintable()


def test_a_line_without_end_is_not_kept() -> None:
    """Only its beginning is kept, even of a gibibyte, and the next line is read."""
    long = b"419,W,1,1,1\n" + b"9" * (5 * HEAD) + b"\n419,R,1,1,1\n"
    one = capture(long, skip_bad=True)
    assert len(list(one.records(recognised(one.source)))) == 2
    assert one.bad == 1
    assert len(one.line) < HEAD


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (captures.blktrace(MADE) + b"\0" * 48, "does not begin with blktrace's magic"),
        (captures.blktrace(MADE, ">") + captures.blktrace(MADE, "<"), "blktrace's magic"),
        (captures.pcap() + struct.pack("<IIII", 0, 0, 1 << 31, 60), "2147483648 bytes kept"),
        (captures.pcap() + struct.pack("<IIII", 0, 0, 0, 0xFFFFFFFF), "4294967295 bytes"),
        (captures.pcap()[:20], "not even a header"),
        (captures.pcapng() + struct.pack("<II", 6, 8), "a block of 8 bytes"),
        (captures.pcapng() + struct.pack("<II", 6, 13), "a block of 13 bytes"),
        (captures.pcapng() + struct.pack("<II", 6, 0xFFFFFFFC), "packet's block of 4294967292"),
        (captures.pcapng() + captures.block("<", 6, b"\0" * 8), "is too short"),
        (captures.pcapng() + captures.enhanced("<", 60, 7), "interface 7"),
        (captures.pcapng() + captures.enhanced("<", 1 << 31), "2147483648 bytes"),
        (captures.pcapng() + captures.simple("<", 60)[:-4] + b"\1\0\0\0", "two lengths differ"),
        (
            captures.pcapng() + captures.section("<")[:8] + b"\0" * 20,
            "without its byte-order mark",
        ),
        (
            captures.vscsi_binary(MADE * 9) + captures.vscsi_binary(MADE, 2),
            "among records of version 1",
        ),
        (
            captures.pcapng() + captures.block("<", 6, struct.pack("<5I", 0, 0, 0, 1 << 31, 60)),
            "bytes kept of a packet",
        ),
        (captures.section("<") + captures.interface("<") * 5000, "more than 4096 interfaces"),
    ],
)
def test_broken_records_are_named_by_number(data: bytes, says: str) -> None:
    """In one line; with ``skip_bad`` all records before it are kept."""
    with pytest.raises(TraceError, match=says) as told:
        records(data)
    assert "\n" not in str(told.value)
    if "not even" in says:
        return
    one = capture(data, skip_bad=True)
    found = list(one.records(recognised(one.source)))
    assert one.bad >= 1
    assert len(found) >= (0 if "interfaces" in says else 5)


def outcome(data: bytes, *, skip_bad: bool) -> str:
    """How reading ended: refused in one line, or with valid requests."""
    one = capture(data, skip_bad=skip_bad)
    try:
        found = list(one.records(recognised(one.source)))
    except TraceError as error:
        return "refused" if str(error).isprintable() else str(error)
    return "read" if all(r.length > 0 and r.times >= 0 for r in found) else str(found)


@pytest.mark.parametrize("name", [one.name for one in formats()])
def test_whatever_a_file_holds_it_is_read_or_refused(name: str) -> None:
    """Good captures with some bytes changed give requests or one line, and nothing else."""
    draw = random.Random(name)
    samples = [data for form, data, _, _ in BLOCKS.values() if form == name]
    samples += [data for label, data in NETS.items() if label.split()[0] == name]
    assert samples
    ended = set()
    for _ in range(200):
        data = bytearray(draw.choice(samples))
        for _ in range(draw.randint(1, 6)):
            at = draw.randrange(len(data))
            data[at : at + draw.randint(0, 3)] = draw.randbytes(draw.randint(0, 5))
        ended.add(outcome(bytes(data), skip_bad=draw.random() < 0.5))
    assert ended == {"refused", "read"}


@pytest.mark.parametrize("packing", PACKED)
def test_damaged_packing_is_named(packing: str) -> None:
    """With the number of bytes that could be read."""
    packed = bytearray(PACKED[packing](captures.alibaba(MADE * 5000)))
    packed[len(packed) // 2 : len(packed) // 2 + 9] = b"\xff" * 9
    with pytest.raises(TraceError, match=r"it: (damaged after \d+ bytes|line \d+ is broken)"):
        records(bytes(packed))


@pytest.mark.parametrize("packing", PACKED)
def test_a_bomb_is_refused(packing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It grows more than any capture, even if each line is valid."""
    monkeypatch.setattr("workloads.traces.source.BOMB_FROM", 1 << 20)
    monkeypatch.setattr("workloads.traces.source.BOMB_TIMES", 100)
    packed = PACKED[packing](captures.alibaba(MADE[:1]) * 200_000)
    with pytest.raises(TraceError, match="grows more than 100 times"):
        records(packed)


def test_packing_in_packing_is_no_capture() -> None:
    """Only one layer is decompressed: it must contain a format."""
    with pytest.raises(TraceError, match="of no format"):
        records(gzip.compress(gzip.compress(captures.alibaba(MADE))))


def test_xz_may_not_ask_for_all_memory() -> None:
    """A header alone can request a dictionary of 1.5 GiB."""
    with pytest.raises(TraceError, match="damaged after 0 bytes unpacked"):
        unpacked("it", io.BytesIO(_large_dictionary()))


def _large_dictionary() -> bytes:
    """An xz file whose block header requests a dictionary of 1.5 GiB."""
    whole = bytearray(lzma.compress(captures.alibaba(MADE), preset=0))
    header = 12  # bytes of the stream's, before the block's
    size = (whole[header] + 1) * 4
    at = whole.index(b"\x21\x01", header) + 2  # LZMA2 and the length of its one property
    whole[at] = 37
    body = bytes(whole[header : header + size - 4])
    whole[header + size - 4 : header + size] = struct.pack("<I", zlib.crc32(body))
    return bytes(whole)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["blkparse", "biosnoop", "pcap", "gzip"])
def test_a_million_lines_take_little_memory(form: str, tmp_path: Path) -> None:
    """200 MiB at most, whatever their number; every second line of blkparse's is a request."""
    path = tmp_path / "big"
    made = {
        "blkparse": lambda: captures.blkparse(MADE).partition(b"CPU0")[0] * 100_000,
        "biosnoop": lambda: captures.biosnoop(MADE * 200_000),
        "pcap": lambda: captures.pcap(captures.PACKETS * 200_000),
        "gzip": lambda: gzip.compress(captures.alibaba(MADE * 200_000), 1),
    }
    path.write_bytes(made[form]())
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from workloads.shapes.command import app\n"
        "ended = CliRunner().invoke(app, [sys.argv[1]])\n"
        "assert ended.exit_code == 0, ended.output\n"
        "print(ended.output.splitlines()[0])\n"
        "status = open('/proc/self/status').read()\n"
        "print(status.partition('VmHWM:')[2].split()[0])\n"  # getrusage tells a parent's, too
    )
    command = [sys.executable, "-c", code, str(path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    said, peak = ended.stdout.strip().splitlines()
    assert ("500,000 requests" if form == "blkparse" else "1,000,000 requests") in said
    assert 1024 * int(peak) < MEMORY_MAX

"""Captures are read to the last request, whatever their format, byte order and compression."""

import gzip
import io
import lzma
import random
from collections.abc import Callable

import pyarrow as pa
import pytest

from tests.fake import captures
from tests.fake.captures import IN, MADE, OUT, PACKETS
from workloads import Direction
from workloads.traces import Capture, Record, TraceError, formats, recognised
from workloads.traces.source import unpacked

BLOCKS = {  # name: format, the capture, whether it says segments, whether offsets
    "blkparse": ("blkparse", captures.blkparse(MADE), False, True),
    "blktrace little": ("blktrace", captures.blktrace(MADE, "<"), False, True),
    "blktrace big": ("blktrace", captures.blktrace(MADE, ">"), False, True),
    "perf": ("perf script or ftrace", captures.perf(MADE), False, True),
    "ftrace": ("perf script or ftrace", captures.ftrace(MADE), False, True),
    "biosnoop": ("biosnoop", captures.biosnoop(MADE), False, True),
    "biosnoop -Q": ("biosnoop", captures.biosnoop(MADE, queued=True), False, True),
    "biosnoop -P": ("biosnoop", captures.biosnoop(MADE, pattern=True), False, True),
    "biosnoop -QP": ("biosnoop", captures.biosnoop(MADE, queued=True, pattern=True), False, True),
    "fio 2": ("fio iolog", captures.fio(MADE), False, True),
    "fio 3": ("fio iolog", captures.fio(MADE, 3), False, True),
    "msr": ("MSR-Cambridge CSV", captures.msr(MADE), False, True),
    "alibaba": ("Alibaba CSV", captures.alibaba(MADE), False, True),
    "tencent": ("Tencent CSV", captures.tencent(MADE), False, True),
    "vscsi": ("vscsi text", captures.vscsi(MADE), True, True),
    "vscsi 1": ("vscsi binary", captures.vscsi_binary(MADE), True, True),
    "vscsi 2": ("vscsi binary", captures.vscsi_binary(MADE, 2), True, True),
    "bpftrace": ("bpftrace histogram", captures.bpftrace(MADE), True, False),
}
NETS = {
    f"pcap {order}{magic:x}": captures.pcap(order=order, magic=magic)
    for order in "<>"
    for magic in (0xA1B2C3D4, 0xA1B23C4D)
} | {f"pcapng {order}": captures.pcapng(order=order) for order in "<>"}
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "xz": lzma.compress,
    "zstd": lambda data: pa.compress(data, "zstd", asbytes=True),
}


def capture(data: bytes, *, skip_bad: bool = False, direction: Direction = OUT) -> Capture:
    """A capture of these bytes, about to be read."""
    source = unpacked("it", io.BytesIO(data))
    return Capture(source, skip_bad=skip_bad, direction=direction)


def records(data: bytes) -> list[Record]:
    """All requests in these bytes."""
    one = capture(data)
    found = list(one.records(recognised(one.source)))
    assert not one.cut
    return found


@pytest.mark.parametrize("name", BLOCKS)
def test_every_block_format_is_read_to_the_last_request(name: str) -> None:
    """Sizes, directions, offsets and, if the format has them, segments; nothing else counts."""
    form, data, says_segments, says_offsets = BLOCKS[name]
    one = capture(data)
    assert recognised(one.source).name == form
    found = list(one.records(recognised(one.source)))
    assert [(r.length, r.direction) for r in found] == [(m.length, m.direction) for m in MADE]
    assert [r.segments for r in found] == [m.segments if says_segments else None for m in MADE]
    assert [r.offset for r in found] == [m.offset if says_offsets else None for m in MADE]
    assert {r.kind for r in found} == {"blk"}
    assert (one.bad, one.cut, dict(one.left_out)) == (0, "", {})
    assert one.read == len(MADE) * (3 if name == "bpftrace" else 1)


@pytest.mark.parametrize("name", NETS)
def test_every_packet_has_its_original_length(name: str) -> None:
    """Not its captured length; in both byte orders, with microseconds and nanoseconds."""
    found = records(NETS[name])
    assert [r.length for r in found] == list(PACKETS)
    assert {(r.kind, r.segments, r.direction) for r in found} == {("net", None, OUT)}


def test_no_two_formats_claim_a_sample() -> None:
    """Their order does not matter."""
    samples = [data for _, data, _, _ in BLOCKS.values()] + list(NETS.values())
    for data in samples:
        assert sum(one.matches(data) for one in formats()) == 1


@pytest.mark.parametrize("packing", PACKED)
@pytest.mark.parametrize("data", [captures.blkparse(MADE * 9), captures.pcap(PACKETS * 9)])
def test_what_is_packed_is_unpacked(packing: str, data: bytes) -> None:
    """Recognised by its first bytes; a file may have several members, one after the other."""
    pack = PACKED[packing]
    assert records(pack(data)) == records(data)
    cut = len(data) // 2
    assert records(pack(data[:cut]) + pack(data[cut:])) == records(data)


def test_blkparse_counts_what_reaches_the_driver_alone() -> None:
    """Queued, merged and completed requests are the same ones again; flushes have no data."""
    assert records(captures.blkparse(MADE, action="D")) != []
    for action in ("Q", "C", "I", "M"):
        one = capture(captures.blkparse(MADE, action))
        assert list(one.records(recognised(one.source))) == []
    text = (
        b"  8,0    0        1     0.000000000   697  D   R 8 + 8 (  1234) [x]\n"
        b"  8,0    0        1     0.000000000   697  D  FN [x]\n"
        b"  8,0    0        1     0.000000000   697  D  DS 8 + 8 [x]\n"
        b"  8,0    0        1     0.000000000   697  D   R 36 (12 00 00) [x]\n"
        b"  8,0    0        1     0.000000000   697  m   N cfq697 message\n"
        b"  8,0    0        1     0.000000000   697  D FWFS 16 + 8 [x]\n"
        b"  8,0    0        1     0.000000000   697 UT   N [x] 1\n"
    )
    one = capture(text)
    found = list(one.records(recognised(one.source)))
    assert [(r.offset, r.direction) for r in found] == [(4096, IN), (8192, OUT)]
    assert dict(one.left_out) == {"without data": 3}


def test_tracepoints_of_flushes_have_no_data() -> None:
    """Their sector is all ones and their size 0."""
    text = captures.perf(MADE[:1]) + (
        b"x 1 [000] 1.000000: block:block_rq_issue: 8,0 FF 0 () 18446744073709551615 + 0 [x]\n"
    )
    one = capture(text)
    assert len(list(one.records(recognised(one.source)))) == 1
    assert one.left_out["without data"] == 1


def test_tracepoints_may_begin_with_others_for_long() -> None:
    """A file is recognised by any tracepoint of the block layer."""
    others = captures.perf(MADE).replace(b"block_rq_issue", b"block_bio_queue")
    assert len(records(others * 500 + captures.perf(MADE))) == len(MADE)


def test_pcapng_says_directions_where_it_knows() -> None:
    """By an option of the packet: 1 is inbound, 2 outbound; otherwise as requested."""
    head = captures.section("<") + captures.interface("<")
    data = head + b"".join(captures.enhanced("<", 99, flags=flags) for flags in (1, 2, None))
    one = capture(data, direction=IN)
    ways = [r.direction for r in one.records(recognised(one.source))]
    assert ways == [IN, OUT, IN]


def test_pcapng_has_three_kinds_of_packets_and_sections_of_their_own() -> None:
    """A section may have the other byte order, and does not share interfaces with others."""
    data = b"".join(
        captures.section(order)
        + captures.interface(order)
        + captures.enhanced(order, 100)
        + captures.simple(order, 200)
        + captures.old_packet(order, 300)
        for order in "<>"
    )
    assert [r.length for r in records(data)] == [100, 200, 300] * 2
    lost = captures.section("<") + captures.interface("<") + captures.section("<")
    with pytest.raises(TraceError, match="interface 0, which was not described"):
        records(lost + captures.enhanced("<", 100))


@pytest.mark.parametrize(("link", "before"), [(113, 16), (276, 20), (101, 0)])
def test_packets_of_other_links_are_as_long_as_on_ethernet(link: int, before: int) -> None:
    """A cooked header is longer than Ethernet's, and records whether the packet was sent."""
    heads = {
        113: [b"\0\0" + b"\0" * 14, b"\0\4" + b"\0" * 14],
        276: [b"\0" * 20, b"\0" * 10 + b"\4" + b"\0" * 9],
        101: [b"\x45" * 20] * 2,
    }[link]
    waiting = iter(heads)
    data = captures.pcap([100 + before] * 2, link=link, begin=lambda _: next(waiting))
    found = records(data)
    assert [r.length for r in found] == [114, 114]
    assert [r.direction for r in found] == ([OUT, OUT] if link == 101 else [IN, OUT])


def test_a_capture_of_no_network_card_is_refused() -> None:
    """USB packets are not packets of virtio_net."""
    with pytest.raises(TraceError, match="link type 220 is not a network card's"):
        records(captures.pcap(link=220))
    with pytest.raises(TraceError, match="link type 220"):
        records(captures.section("<") + captures.interface("<", 220))


def test_bpftrace_maps_say_what_they_are_of() -> None:
    """By their names; without one, a disk's in the requested direction."""
    text = b"@[512, 1]: 2\n@tx[65602, 17]: 3\n@rx[1514, 1]: 4\n@write[4096, 1]: 5\n"
    one = capture(text, direction=IN)
    found = [(r.kind, r.direction, r.times) for r in one.records(recognised(one.source))]
    assert found == [("blk", IN, 2), ("net", OUT, 3), ("net", IN, 4), ("blk", OUT, 5)]
    with pytest.raises(TraceError, match="line 2 is broken"):
        records(b"@[512, 1]: 2\n@other[512, 1]: 2\n")


def test_vscsi_commands_are_scsis_numbers_or_words() -> None:
    """Reads and writes of 6, 10, 12 and 16 bytes; others have no data."""
    commands = ("0x08", "0x28", "168", "0x88", "READ", "0x0a", "42", "0xAA", "138", "write")
    lines = [f"1,512,1,{command},8,9\n" for command in (*commands, "0x35", "unmap")]
    one = capture("".join(lines).encode())
    found = [r.direction for r in one.records(recognised(one.source))]
    assert found == [IN] * 5 + [OUT] * 5
    assert one.left_out["without data"] == 2


@pytest.mark.parametrize(
    ("data", "read"),
    [
        (captures.blkparse(MADE).split(b"CPU0")[0][:-9], 4),
        (captures.blktrace(MADE)[:-9], 4),
        (captures.blktrace(MADE)[:-48] + captures.blktrace(MADE)[:50], 4),
        (captures.vscsi(MADE)[:-14], 4),
        (captures.vscsi_binary(MADE)[:-1], 4),
        (captures.pcap()[:-1], 4),
        (captures.pcap()[: -len(captures.frame(9014)) - 3], 4),
        (captures.pcapng()[:-1], 4),
        (captures.pcapng() + b"\6\0\0\0", 5),
        (captures.alibaba(MADE) + b"419,W,87", 5),
    ],
)
def test_a_capture_that_ends_early_is_read_as_far_as_it_goes(data: bytes, read: int) -> None:
    """A missing end does not spoil the rest."""
    one = capture(data)
    assert len(list(one.records(recognised(one.source)))) == one.read == read
    assert "not whole" in one.cut


@pytest.mark.parametrize("packing", PACKED)
def test_a_packed_capture_that_ends_early_is_read_as_far_as_it_goes(packing: str) -> None:
    """Even if its last line is complete by chance."""
    draw = random.Random(1)
    made = [MADE[0]._replace(offset=512 * draw.randrange(1 << 40)) for _ in range(9000)]
    packed = PACKED[packing](captures.alibaba(made))
    one = capture(packed[: len(packed) * 3 // 4])
    found = list(one.records(recognised(one.source)))
    assert one.cut
    assert [r.offset for r in found] == [m.offset for m in made[: len(found)]]


def test_files_are_told_by_what_they_hold_alone() -> None:
    """For another file, the message lists all formats."""
    with pytest.raises(TraceError) as told:
        records(b"hello\nworld\n")
    assert all(one.name in str(told.value) and one.signs in str(told.value) for one in formats())
    assert "\n" not in str(told.value)
    with pytest.raises(TraceError, match="it: empty"):
        records(b"")

"""We read the same as other tools for these formats: blkparse, fio, tshark and dpkt."""

import io
import json
import shutil
import socket
import subprocess
from pathlib import Path

import dpkt
import pytest

from tests.fake import captures
from tests.fake.captures import MADE, PACKETS
from tests.workloads.test_traces import NETS, capture, records
from workloads.traces import recognised


def tool(name: str) -> str:
    """The path of a tool; skip where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: blktrace, fio, tshark)")
    return found


def said(*words: str | Path) -> bytes:
    """The output of a command."""
    return subprocess.run(list(map(str, words)), capture_output=True, check=True).stdout


@pytest.mark.parametrize("order", "<>")
def test_blkparse_reads_our_records_as_we_do(order: str, tmp_path: Path) -> None:
    """And we read its lines: sizes, directions and offsets are the same in both byte orders."""
    blkparse = tool("blkparse")
    path = tmp_path / "sda.blktrace.0"
    path.write_bytes(captures.blktrace(MADE, order))
    text = said(blkparse, "-i", path)
    ours = records(path.read_bytes())
    assert [one._replace(ns=0) for one in ours] == records(text)
    assert len(ours) == len(MADE)
    times = said(blkparse, "-t", "-i", path)
    assert len(records(times)) == len(MADE)


@pytest.mark.parametrize("mode", ["randrw", "randread", "randwrite", "trimwrite"])
def test_we_read_the_log_that_fio_writes(mode: str, tmp_path: Path) -> None:
    """The same numbers of requests and bytes in each direction as fio itself reports."""
    fio, log = tool("fio"), tmp_path / "log"
    words = ("--size=4m", "--bsrange=512-64k", "--ioengine=null", "--filename=data", "--randseed=1")
    report = json.loads(
        said(
            fio, "--name=x", f"--rw={mode}", *words, f"--write_iolog={log}", "--output-format=json"
        )
    )
    (job,) = report["jobs"]
    found = records(log.read_bytes())
    for way, name in ((captures.IN, "read"), (captures.OUT, "write")):
        ours = [one.length for one in found if one.direction is way]
        assert len(ours) == job[name]["total_ios"]
        assert sum(ours) == job[name]["io_bytes"]
    one = capture(log.read_bytes())
    list(one.records(recognised(one.source)))
    assert one.left_out["without data"] == job["trim"]["total_ios"]


@pytest.mark.parametrize("name", NETS)
def test_tshark_reads_our_packets_as_we_do(name: str, tmp_path: Path) -> None:
    """Original lengths, of both byte orders and units of time."""
    tshark, path = tool("tshark"), tmp_path / "x"
    path.write_bytes(NETS[name])
    lengths = said(tshark, "-r", path, "-T", "fields", "-e", "frame.len").split()
    assert list(map(int, lengths)) == [one.length for one in records(NETS[name])] == list(PACKETS)


@pytest.mark.parametrize("name", NETS)
def test_capinfos_counts_our_packets_as_we_do(name: str, tmp_path: Path) -> None:
    """And their bytes."""
    capinfos, path = tool("capinfos"), tmp_path / "x"
    path.write_bytes(NETS[name])
    lines = said(capinfos, "-c", "-d", "-M", "-T", "-r", "-B", path).split(b"\t")
    assert [int(lines[1]), int(lines[2])] == [len(PACKETS), sum(PACKETS)]


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("magic", [0xA1B2C3D4, 0xA1B23C4D])
def test_dpkt_reads_our_packets_as_we_do(order: str, magic: int) -> None:
    """Of packets captured as a whole, as it reports captured lengths."""
    data = captures.pcap(order=order, magic=magic, begin=lambda size: captures.frame(size, size))
    theirs = [len(kept) for _, kept in dpkt.pcap.Reader(io.BytesIO(data))]
    assert theirs == [one.length for one in records(data)] == list(PACKETS)


def test_we_read_the_pcapng_that_dpkt_writes() -> None:
    """A packet's block may have options, and its section a comment."""
    file = io.BytesIO()
    writer = dpkt.pcapng.Writer(file)
    for size in PACKETS:
        writer.writepkt(captures.frame(size, size), ts=1.5)
    assert [one.length for one in records(file.getvalue())] == list(PACKETS)


def test_we_read_a_capture_of_the_loopback_interface(tmp_path: Path) -> None:
    """Every datagram that was sent while dumpcap listened, headers and all."""
    dumpcap, path = tool("dumpcap"), tmp_path / "lo.pcapng"
    payloads = (0, 1, 64, 1400, 9000, 512)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        here.bind(("127.0.0.1", 0))
        port = here.getsockname()[1]
        words = [
            "-i",
            "lo",
            "-f",
            f"udp port {port}",
            "-c",
            str(len(payloads)),
            "-a",
            "duration:30",
        ]
        with subprocess.Popen(
            [dumpcap, *words, "-w", str(path)], stderr=subprocess.PIPE, text=True
        ) as listener:
            assert listener.stderr is not None
            if not any(
                line.startswith("File:") for line in listener.stderr
            ):  # it listens from here on
                pytest.skip("dumpcap may not listen on the loopback interface here")
            for length in payloads:
                here.sendto(bytes(length), ("127.0.0.1", port))
            listener.stderr.read()
    headers = 14 + 20 + 8  # Ethernet, IPv4, UDP
    assert [one.length for one in records(path.read_bytes())] == [headers + n for n in payloads]

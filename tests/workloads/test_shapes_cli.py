"""``python -m workloads`` as its users meet it: captures in, a shape file out; else one line."""

import json
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bench.paths import ROOT
from reports.commands import ending
from tests.fake import captures
from tests.fake.captures import MADE
from workloads.shapes import command, records


def asked(*words: str | Path) -> str:
    """Run the command line within this process; return its output."""
    ended = CliRunner().invoke(command.app, list(map(str, words)), catch_exceptions=False)
    assert ended.exit_code == 0
    return ended.output


def refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str | Path
) -> str:
    """Run a command that must end with one line and status 2; return the line."""
    monkeypatch.setattr(sys, "argv", ["workloads", *map(str, words)])
    monkeypatch.setattr(ending, "make_patient", lambda: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        command.main()
    assert ended.value.code == 2
    told = capsys.readouterr()
    (line,) = told.err.strip().splitlines()
    return line


def test_captures_come_to_a_shape_file(tmp_path: Path) -> None:
    """Several formats in one; names without folders, counts, order and the dropped rest."""
    disk, card, out = tmp_path / "disk", tmp_path / "card", tmp_path / "mine.shapes.json"
    disk.write_bytes(captures.vscsi(MADE * 30))
    card.write_bytes(captures.pcapng([1514] * 100 + [9014]))
    said = asked(disk, card, "-o", out, "--keep", "90%", "--about", "a test")
    found, _ = records.load(out)
    assert [(s.name, s.weight) for s in found.shapes] == [
        ("net-out-1514x1", 100),
        ("blk-out-512x1", 30),
        ("blk-out-65536x16", 30),
        ("blk-in-4096x1", 30),
        ("blk-in-8192x2", 30),
        ("blk-in-69632x17", 30),
    ]
    assert (found.name, found.about, found.weights) == ("mine", "a test", "counted")
    assert found.model == "measured and pages"
    assert found.dropped == records.Dropped(1, 1)
    assert [s.name for s in found.sources] == ["disk", "card"]
    assert [s.requests for s in found.sources] == [150, 101]
    assert found.order[:5] == (3, 2, 1, 4, 5)
    assert "6 shapes hold 99.6 % of 251 requests; 1 shapes with 0.4 % are dropped" in said
    assert said.strip().endswith(str(out))


def test_standard_input_is_a_capture() -> None:
    """Compressed or not, as from ``zcat | python -m workloads -``."""
    ended = subprocess.run(
        [sys.executable, "-m", "workloads", "-", "--segments", "pages"],
        cwd=ROOT,
        input=captures.alibaba(MADE),
        capture_output=True,
        check=True,
    )
    assert b"standard input: Alibaba CSV, 5 requests" in ended.stdout
    assert ended.stderr == b""


def test_files_of_one_blktrace_are_put_in_order(tmp_path: Path) -> None:
    """One file per CPU, merged by time."""
    paths = [tmp_path / f"sda.blktrace.{cpu}" for cpu in (0, 1)]
    for cpu, path in enumerate(paths):
        path.write_bytes(captures.blktrace(MADE[cpu::2]))
    out = tmp_path / "x.shapes.json"
    asked(*paths, "-o", out, "--keep", "100%")
    found, _ = records.load(out)
    assert [found.shapes[n].bytes for n in found.order] == [one.length for one in MADE]


def test_what_is_cut_or_broken_is_said(tmp_path: Path) -> None:
    """A warning with the number of requests read; skipped lines are counted."""
    path = tmp_path / "x"
    path.write_bytes(captures.alibaba(MADE) + b"419,W,-1,4096,1\n419,W,1,40")
    ended = CliRunner().invoke(command.app, [str(path), "--skip-bad"])
    assert ended.exit_code == 0
    assert "Alibaba CSV, 5 requests; 1 broken lines skipped" in ended.output
    assert "warning: " in ended.output
    assert "its last line is not whole; the 5 requests before are counted" in ended.output


def test_requests_beyond_a_limit_are_said(tmp_path: Path) -> None:
    """A small ring has a low limit."""
    path = tmp_path / "x"
    path.write_bytes(captures.vscsi(MADE))
    assert "2 requests beyond a limit are split into 4" in asked(path, "--ring", "16")
    assert "split" not in asked(path)


def test_many_sizes_are_put_together(tmp_path: Path) -> None:
    """Layouts read no length, so packets of all sizes need not be a thousand cells."""
    path, out = tmp_path / "x", tmp_path / "x.shapes.json"
    path.write_bytes(captures.pcap([*range(60, 200), 100]))
    said = asked(path, "-o", out)
    found, _ = records.load(out)
    assert [(s.name, s.weight) for s in found.shapes] == [("net-out-100x1", 141)]
    assert found.sizes == "together"
    assert "sizes: of over 64 shapes" in said
    assert found.order == (0,) * 141


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("FILE", "--keep", "0%"), "--keep 0%: give a percentage"),
        (("FILE", "--keep", "lots"), "--keep lots: give a percentage"),
        (("FILE", "--keep", "nan"), "--keep nan: give a percentage"),
        (("FILE", "--direction", "up"), "--direction up: give out or in"),
        (
            ("FILE", "--segments", "some"),
            "--segments some: give measured, pages, offset or merge:P",
        ),
        (("FILE", "--segments", "measured"), "--segments measured, but"),
        (("FILE", "--ring", "3"), "--ring"),
        (("FILE", "--about", "x" * 401, "-o", "x.shapes.json"), "about: expected `str` of length"),
        (("FILE", "-o", "x.json"), "x.json: a shape file's name ends in .shapes.json"),
        (("FILE", "-o", "/nowhere/x.shapes.json"), "/nowhere/x.shapes.json: there is no such"),
        (("FILE", "--name", "a b"), "a b: a name has letters, digits"),
        (("NOWHERE",), "NOWHERE: No such file or directory"),
        (("/",), "/: Is a directory"),
        (("-", "-"), "standard input can be read only once"),
        (("EMPTY",), "EMPTY: empty"),
        (("FLUSHES",), "no request with data in it (2 lines of blkparse, 2 without data)"),
        ((), "Missing argument"),
    ],
)
def test_bad_use_is_one_line_and_status_2(
    words: tuple[str, ...],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The line names the fault and the remedy; nothing is written."""
    (tmp_path / "FILE").write_bytes(captures.alibaba(MADE))
    (tmp_path / "EMPTY").write_bytes(b"")
    flush = b"  8,0    0        1     0.000000000   697  D  FN [x]\n"
    (tmp_path / "FLUSHES").write_bytes(flush * 2)
    monkeypatch.chdir(tmp_path)
    assert says in refused(monkeypatch, capsys, *words)
    assert not list(tmp_path.glob("*.json"))


def test_an_existing_file_is_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is refused before anything is read."""
    out = tmp_path / "x.shapes.json"
    out.write_text("mine")
    assert "exists, and files are never overwritten" in refused(
        monkeypatch, capsys, "no such capture", "-o", out
    )
    assert out.read_text() == "mine"


def test_a_capture_made_on_the_spot_is_read(tmp_path: Path) -> None:
    """Datagrams captured on the loopback interface, if this process may."""
    try:
        listening = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        listening.bind(("lo", 0))
    except OSError as error:
        pytest.skip(f"no packet socket on lo: {error}")
    sizes = [1, 100, 1000]
    with listening, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as to:
        to.bind(("127.0.0.1", 0))
        port = to.getsockname()[1]
        listening.settimeout(5)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
            for size in sizes:
                sending.sendto(b"x" * size, ("127.0.0.1", port))
        packets = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 64, 1)]
        while len(packets) < 2 * len(sizes) + 1:  # each is sent and received
            caught = listening.recv(65536)
            if caught[36:38] == struct.pack(">H", port):
                packets.append(struct.pack("<IIII", 0, 0, 64, len(caught)) + caught[:64].ljust(64))
    path, out = tmp_path / "lo.pcap", tmp_path / "lo.shapes.json"
    path.write_bytes(b"".join(packets))
    asked(path, "-o", out, "--keep", "100%")
    found = json.loads(out.read_text())
    assert {one["bytes"]: one["weight"] for one in found["shapes"]} == {
        14 + 20 + 8 + size: 2 for size in sizes
    }

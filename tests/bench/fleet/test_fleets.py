"""Whole fleets on this machine: popen and ssh hosts, kernels compiled once, one page, one table."""

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from bench.fleet import state
from bench.fleet.crew import Crew
from bench.fleet.hosts import read
from bench.fleet.state import Stage
from reports.read.result import load
from tests.fake.waiting import started, until

PLAN = (
    *("--quick", "--workload", "console", "--phase", "add", "--backend", "numba", "--seed", "7"),
    *("--strategy", "flat_array", "--strategy", "noop", "--processes", "2", "--no-intervals"),
)
SWITCHES_MAX = 0.1  # a second, of our transport while a host measures
ADDRESSES = [f"127.0.0.{number}" for number in (1, 2, 3)]
SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
BASE = Path(sys.base_prefix) / "bin" / f"python{sysconfig.get_python_version()}"
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("plain")]


@pytest.fixture(name="plain")
def _plain() -> None:
    """Skip where there is no interpreter without our packages."""
    if not BASE.exists():
        pytest.skip(f"there is no {BASE}, an interpreter without our packages")


def hosts_file(folder: Path, entries: dict[str, str]) -> Path:
    """Hosts with folders and locks of their own, and one more setting each."""
    lines = []
    for name, more in entries.items():
        place = folder / name
        (place / "tmp").mkdir(parents=True, exist_ok=True)
        python = "" if "python =" in more else f"python = '{BASE}'\n"
        lines.append(
            f"[[hosts]]\nname = '{name}'\nfolder = '{place}'\n{python}{more}\n"
            f"environment = {{ TMPDIR = '{place}/tmp' }}\n"  # noqa: S108
        )
    path = folder / "hosts.toml"
    path.write_text("".join(lines), encoding="utf-8")
    return path


def command(hosts: Path, *words: str) -> AbstractContextManager["subprocess.Popen[str]"]:
    """The command, which ends with its test."""
    out = hosts.parent / "fleet"
    return started([sys.executable, "-m", "bench.fleet", str(hosts), "-o", str(out), *words])


def gateways(child: "subprocess.Popen[str]", folder: Path) -> list[psutil.Process]:
    """The gateways whose runs lie in a folder."""
    found = []
    with suppress(psutil.Error):  # the fleet has ended
        for one in psutil.Process(child.pid).children(recursive=True):
            with suppress(psutil.Error):  # it ended, or is a zombie, since it was listed
                words = " ".join(one.cmdline())
                ours = "bench.fleet.measure" in words and str(folder) in words
                if ours and (parent := one.parent()):
                    found.append(parent)
    return found


def killed(child: "subprocess.Popen[str]", folder: Path) -> bool:
    """Kill the gateway whose run lies in a folder, once there is one; return whether it was."""
    found = gateways(child, folder)
    for one in found:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    return bool(found)


@contextmanager
def narrow(folder: Path) -> Iterator[None]:
    """A folder with a megabyte of room; without root, one as it is."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    done = subprocess.run(words, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no file system of a megabyte can be mounted here: be root")
    try:
        yield
    finally:
        subprocess.run([shutil.which("umount") or "umount", "-l", str(folder)], check=True)


def test_four_hosts_one_killed_one_full_one_slow(tmp_path: Path) -> None:
    """Exit status 1 and a table that says which; then the same command ends with 0."""
    slow = tmp_path / "slow-python"
    slow.write_text(f'#!/bin/sh\nsleep 3\nexec "{BASE}" "$@"\n')
    slow.chmod(0o700)
    local = "local = true"
    entries = dict.fromkeys(("well", "killed", "full"), local)
    hosts = {**entries, "slow": f"{local}\npython = '{slow}'"}
    with narrow(tmp_path / "full"):
        file = hosts_file(tmp_path, hosts)
        crew = Crew(read(file), tmp_path / "fleet")
        with command(file, *PLAN) as child:
            until(lambda: state.read(crew.places, "killed").stage is Stage.MEASURING, child)
            until(lambda: killed(child, tmp_path / "killed"), child)
            out, errors = child.communicate()
    assert child.returncode == 1, errors
    states = {one.host: one for one in crew.states()}
    assert {name: str(one.stage) for name, one in states.items()} == {
        "well": "done",
        "slow": "done",
        "killed": "failed",
        "full": "failed",
    }, errors
    assert "make room" in states["full"].why
    assert "the connection ended" in states["killed"].why
    assert all(name in out for name in hosts)

    (tmp_path / "full" / "tmp").mkdir()
    with command(file, *PLAN) as again:
        out, errors = again.communicate()
    assert again.returncode == 0, errors
    checked(crew)
    with command(file, "--status") as shown:
        assert shown.wait() == 0


def checked(crew: Crew) -> None:
    """Every host measured the same code, in silence, and its result says where it is from."""
    results = [load(crew.result(host.name)) for host in crew.hosts]
    assert len({tuple(one.benchmarks["code_hash"]) for one in results}) == 1
    for one, known in zip(results, crew.states(), strict=True):
        (kit,) = one.metadata["kit"]
        assert kit.startswith("sent, SHA-256 ")
        assert "hostname" not in one.metadata
        assert known.about is not None
        switches, seconds = known.about.switches, known.about.seconds
        assert switches is not None and seconds is not None  # noqa: PT018
        assert switches <= 2 + SWITCHES_MAX * seconds


def free_port() -> int:
    """A port where nobody listens, at none of the addresses."""
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = int(first.getsockname()[1])
        for address in ADDRESSES[1:]:
            socket.create_server((address, port)).close()
    return port


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[Path]:
    """Give a config for hosts on loopback addresses, behind an sshd of our own."""
    if not (Path(SSHD).exists() and shutil.which("ssh") and shutil.which("ssh-keygen")):
        pytest.skip("sshd is not installed: apt-get install openssh-server")
    for name in ("host", "user"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)]
        subprocess.run(words, check=True)
    shutil.copy(tmp_path / "user.pub", tmp_path / "authorized")
    port = free_port()
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    (tmp_path / "sshd_config").write_text(
        "".join(f"ListenAddress {address}:{port}\n" for address in ADDRESSES)
        + f"HostKey {tmp_path}/host\nAuthorizedKeysFile {tmp_path}/authorized\nPidFile none\n"
        "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n"
    )
    addresses = "".join(
        f"Host {name}\n  HostName {address}\n"
        for name, address in zip(("one", "two", "three"), ADDRESSES, strict=True)
    )
    config = tmp_path / "ssh_config"
    config.write_text(
        f"{addresses}Host *\n  Port {port}\n  IdentityFile {tmp_path}/user\n"
        "  IdentitiesOnly yes\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n"
        "  LogLevel ERROR\n"
    )
    words = [SSHD, "-D", "-e", "-f", str(tmp_path / "sshd_config")]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as daemon:
        asked = ["ssh", "-F", str(config), "-o", "BatchMode=yes", "one", "true"]
        until(
            lambda: subprocess.run(asked, capture_output=True, check=False).returncode == 0, daemon
        )
        yield config
        daemon.terminate()


def test_three_hosts_by_ssh(tmp_path: Path, ssh: Path) -> None:
    """With keys, ports and addresses of the user's own config, and one page."""
    config = f"ssh_config = '{ssh}'"
    file = hosts_file(tmp_path, dict.fromkeys(("one", "two", "three"), config))
    with command(file, *PLAN) as child:
        out, errors = child.communicate()
    assert child.returncode == 0, errors
    crew = Crew(read(file), tmp_path / "fleet")
    checked(crew)
    page = crew.folder / "page" / "index.html"
    assert str(page) in out

"""What a host has sent is believed once it is a result of this plan, of the code that was sent.

Nothing in it names a file: where it goes is the controller's to say. What is private is left out:
the host's name and paths, and its clock, which is no fact of a machine.
"""

import gzip
import hashlib
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec

from bench.children import environment
from bench.errors import BenchError
from bench.kit import Kit
from bench.output import write
from bench.paths import ROOT
from bench.result import benchmark_name, describe
from reports.statistics.comparable import SCHEMA_VERSION
from reports.statistics.machine_key import MACHINE_KEY

SIZE_MAX = 256 << 20  # bytes of a result, as it is sent
TEXT_MAX = 1 << 30  # and unzipped
PRIVATE = ("cpu_freq", "python_cflags", "python_config_args", "python_executable")
HOST = "hostname"
KINDS = ("compile", "watch")  # of benchmarks that time no kernel
CHECK_MAX_S = 600

Metadata = dict[str, str | int | float]


class LieError(BenchError):
    """A result that is not what was asked for."""


class _Benchmark(msgspec.Struct, frozen=True):
    runs: list[msgspec.Raw]
    metadata: Metadata = {}


class _Suite(msgspec.Struct, frozen=True):
    benchmarks: list[_Benchmark]
    version: str
    metadata: Metadata = {}


class About(msgspec.Struct, frozen=True):
    """What a table says of a result."""

    key: str  # of its machine
    switches: int | None = None  # of our transport while it measured
    seconds: float | None = None  # that they were counted in

    @property
    def per_second(self) -> float | None:
        """Switches in a second; None where nothing was counted."""
        known = self.switches is not None and self.seconds
        return self.switches / self.seconds if known else None  # type: ignore[operator]


def text_of(data: bytes, sha256: str) -> bytes:
    """A result, unzipped as far as any result goes.

    Raises:
        LieError: if it is not the one that was announced, damaged, or grows too large.
    """
    if hashlib.sha256(data).hexdigest() != sha256:
        raise LieError("its result has another hash than it said: measure again")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            text = packed.read(TEXT_MAX + 1)
    except (EOFError, OSError, ValueError):
        raise LieError("its result is damaged: measure again") from None
    if len(text) > TEXT_MAX:
        raise LieError(f"its result unzips to more than {TEXT_MAX >> 20} MiB: none is so large")
    return text


def about(text: bytes, kit: Kit | None, plan_seed: int) -> About:
    """What a table says of a result that fits the plan and, where it was sent, the kit.

    Raises:
        LieError: if it is of another schema, another plan or other code.
    """
    try:
        suite = msgspec.json.decode(text, type=_Suite)
    except (RecursionError, ValueError) as error:
        raise LieError(f"its result is no result ({error}): see docs/format.md") from None
    codes = hashes(kit) if kit else {}
    every = [suite.metadata | one.metadata for one in suite.benchmarks]
    for known in every:
        name = str(known.get("name"))
        if known.get("schema_version") != SCHEMA_VERSION:
            version = known.get("schema_version", "none")
            raise LieError(f"its result is of schema {version!s:.20}, not {SCHEMA_VERSION}")
        if known.get("kind") in KINDS:
            continue
        if known.get("seed") != plan_seed:
            raise LieError("its result is of another plan: its seed differs")
        if kit and known.get("code_hash") != codes.get(name):
            raise LieError(f"{name:.200}: measured other code than was sent")
    if all(known.get("kind") in KINDS for known in every):
        raise LieError("its result holds no times")
    return _about(every[0])


def hashes(kit: Kit) -> dict[str, str]:
    """The hash of the code behind every benchmark that a kit can give."""
    return {
        benchmark_name(cell, variant): str(describe(kit, cell, variant)["code_hash"])
        for cell in kit.cells
        for variant in kit.variants
        if cell.phase in variant.phases
    }


def _about(metadata: Metadata) -> About:
    try:
        counted = metadata.get("transport_switches"), metadata.get("transport_s")
        switches = None if counted[0] is None else int(counted[0])
        seconds = None if counted[1] is None else float(counted[1])
    except ValueError:
        raise LieError("its result does not say what the transport did") from None
    return About(str(metadata.get(MACHINE_KEY, "unknown")), switches, seconds)


def keep(text: bytes, path: Path, name: str = "") -> None:
    """Write a result without what is private, once a report can be made of it.

    Args:
        text: the result, checked
        path: where it goes
        name: what its machine is called, and that its own name may stay; empty: neither

    Raises:
        LieError: if no report can be made of it.
        OutputError: if it cannot be written.
    """
    data: dict[str, Any] = msgspec.json.decode(text)
    for part in (
        data,
        *data["benchmarks"],
        *(r for one in data["benchmarks"] for r in one["runs"]),
    ):
        known = part.get("metadata", {})
        for key in (*PRIVATE, *([] if name else [HOST])):
            known.pop(key, None)
    for one in data["benchmarks"] if name else ():
        one.setdefault("metadata", {})["machine"] = name
    unseen = path.with_name(f".{path.name.removesuffix('.json.gz')}.unseen.json.gz")
    unseen.unlink(missing_ok=True)
    try:
        write([msgspec.json.encode(data).decode()], unseen)
        _see(unseen)
        unseen.replace(path)
    finally:
        unseen.unlink(missing_ok=True)


def _see(path: Path) -> None:
    """Have a process of its own read the result as a report does."""
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "reports.check", str(path)],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            timeout=CHECK_MAX_S,
        )
    except subprocess.TimeoutExpired:
        raise LieError(f"its result could not be read in {CHECK_MAX_S} s") from None
    if ended.returncode:
        said = ended.stderr.strip().splitlines()[-1:] or ["no message"]
        why = said[0].replace(f"{path}: ", "")
        raise LieError(f"no report can be made of its result: {why:.400}")

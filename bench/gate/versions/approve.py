"""The oracle's check of both sides before anything is timed, in a process that kernels may crash.

``python -m bench.gate.versions.approve KIT OUT`` writes a line for each cell and variant before and
after it is checked, so the parent knows which kernel crashed or hangs. Started again, it continues.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from bench import kit as kits
from bench import messages
from bench.children import end_with_parent, environment
from bench.errors import BenchError
from bench.kit import Cell, Kit
from bench.paths import ROOT

HANG_S = 15  # a check takes a few milliseconds, the start of the process a second
POLL_S = 0.02


class Check(msgspec.Struct, frozen=True, omit_defaults=True):
    """The check of a variant in a shape; one without pictures and fault has only begun."""

    variant: str
    shape: str
    create: str = ""  # key of the code that creates its lists
    bytes: int = 0  # of list memory
    pictures: tuple[str, ...] = ()  # digests of its rings
    fault: str = ""

    @property
    def ended(self) -> bool:
        """Whether the check has ended."""
        return bool(self.pictures or self.fault)


class ApprovalError(BenchError):
    """The approving process cannot work; the text gives the reason."""


def approved(kit: Kit, folder: Path) -> tuple[Kit, dict[str, str]]:
    """The kit with list sizes and pictures of rings, and the fault of each wrong variant.

    A variant that is wrong in one shape is not timed in any.
    """
    path, out = folder / "unseen.json", folder / "checks.jsonl"
    kits.save(kit, path)
    out.touch()
    while not _run(path, out):  # each time one variant less
        pass
    checks = [check for check in _checks(out) if check.ended]
    faults = {check.variant: f"{check.fault} in {check.shape}" for check in checks if check.fault}
    good = [check for check in checks if not check.fault]
    cells = tuple(_seen(cell, good, faults) for cell in kit.cells)
    return replace(kit, cells=cells), faults


def _seen(cell: Cell, checks: list[Check], faults: dict[str, str]) -> Cell:
    """The cell with sizes and pictures; a variant whose ring differs from the first is wrong."""
    shape = cell.place
    here = [check for check in checks if check.shape == shape and check.variant not in faults]
    pictures = here[0].pictures if here else ()
    for check in here:
        if check.pictures != pictures:
            faults[check.variant] = f"another ring than {here[0].variant} in {shape}"
    sizes = {check.create: check.bytes for check in here}
    return replace(cell, pictures=pictures, list_bytes=sizes)


def _checks(out: Path) -> list[Check]:
    return [messages.decode(line, Check) for line in out.read_bytes().splitlines()]


def _run(path: Path, out: Path) -> bool:
    """Check what was not checked yet; True if the process survived.

    Raises:
        ApprovalError: if it ended by itself, or before its first check.
    """
    command = [sys.executable, "-m", "bench.gate.versions.approve", str(path), str(out)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(),
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    ) as child:
        try:
            _watch(child, out)
        finally:
            child.kill()
            errors = child.communicate()[1]
    if child.returncode == 0:
        return True
    if child.returncode > 0:  # it ended by itself, so no kernel is to blame
        raise ApprovalError((errors.strip().splitlines() or ["no message"])[-1])
    checks = _checks(out)
    if not checks or checks[-1].ended:
        raise ApprovalError(
            f"the approving process died ({signal.Signals(-child.returncode).name})"
        )
    _end(out, signal.Signals(-child.returncode).name)
    return False


def _watch(child: "subprocess.Popen[str]", out: Path) -> None:
    size, since = -1, time.monotonic()
    while child.poll() is None:
        time.sleep(POLL_S)
        now = out.stat().st_size
        if now != size:
            size, since = now, time.monotonic()
        if time.monotonic() - since > HANG_S:
            child.kill()
            child.wait()


def _end(out: Path, why: str) -> None:
    """Record that the process died of the variant it was checking."""
    last = _checks(out)[-1]
    hung = f"hung for {HANG_S} s" if why == "SIGKILL" else f"crashed ({why})"
    _write(out, Check(last.variant, last.shape, fault=hung))


def _write(out: Path, check: Check) -> None:
    with out.open("ab") as file:
        file.write(messages.encode(check) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def check_all(kit: Kit, done: set[str], lost: set[str], say: Callable[[Check], None]) -> None:
    """Check every variant alone in every shape, except those done and those that crashed."""
    from bench.gate.cells import every

    requests = every(("map",))
    for cell in _one_a_shape(kit):
        shape = cell.place
        asked = requests[f"{shape}/map"][1]
        for variant in kit.variants:
            if variant.label in lost or f"{variant.label} {shape}" in done:
                continue
            say(Check(variant.label, shape))
            alone = replace(cell, variants=(0,))
            say(_checked(replace(kit, variants=(variant,), cells=(alone,)), alone, asked))


def _one_a_shape(kit: Kit) -> Iterator[Cell]:
    yield from {cell.place: cell for cell in kit.cells}.values()


def _checked(alone: Kit, cell: Cell, requests: Any) -> Check:
    from bench.compile.approval import Approval
    from bench.worker.cell_memory import StageError

    (variant,), approval = alone.variants, Approval(alone)
    try:
        seen = approval.of(cell, requests)
    except StageError as error:
        return Check(variant.label, cell.place, fault=str(error))
    if approval.refused:
        return Check(variant.label, cell.place, fault=next(iter(approval.refused.values())))
    (size,) = seen.list_bytes.values()
    create = variant.kernels["create"]
    return Check(variant.label, cell.place, create, size, seen.pictures)


def main(arguments: list[str]) -> int:
    """Check, and record the results."""
    end_with_parent()
    path, out = map(Path, arguments)
    before = _checks(out)
    done = {f"{check.variant} {check.shape}" for check in before if check.ended}
    lost = {check.variant for check in before if check.fault}
    check_all(kits.load(path), done, lost, lambda check: _write(out, check))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What the gate decided, in words: its answer, notes, every decision, and what to run next."""

import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from reports.gate.file import ORDER, Decision, GateFile, Version
from reports.gate.junit import CANNOT_SAY, SLOWER, judged
from reports.text import wording

MARKS = {"slower": "▲", "faster": "▼", "failed": "✗", "inconclusive": "○", "not timed": "-",
         "same": "=", "identical": "≡"}  # fmt: skip
NOISY = "Nothing slower so far; too noisy to pass"
QUICK = "--quick"  # the option of the gate that leaves more cells open
HALF, MOST = 0.5, 0.9  # of the cells


@dataclass(frozen=True)
class Entry:
    """A row of the table, as text."""

    cell: str
    layout: str
    verdict: str
    mark: str
    ratio: str
    interval: str
    seen: str
    counts: str
    why: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The row's columns."""
        verdict = f"{self.mark} {self.verdict}"
        return (self.cell, self.layout, verdict, self.ratio, self.interval, self.seen, self.counts)


@dataclass(frozen=True)
class Report:
    """The contents of the gate's page."""

    title: str
    lines: tuple[Entry, ...]  # every cell, the most important first
    notes: tuple[str, ...]
    next: tuple[str, ...]  # commands to run next
    facts: tuple[tuple[str, str], ...]


def reported(gate: GateFile) -> Report:
    """The report of a gate's file."""
    rows = sorted(gate.rows, key=lambda row: ORDER.index(row.verdict))
    return Report(
        title=title(gate),
        lines=tuple(map(_entry, rows)),
        notes=tuple(notes(gate)),
        next=tuple(next_steps(gate)),
        facts=(
            ("base", _version(gate.base)),
            ("head", _version(gate.head)),
            ("processes", str(gate.processes)),
            *[("took", _took(gate))] * (gate.seconds > 0),
            ("repeat with", f"{gate.command} --seed {gate.seed}"),
        ),
    )


def _took(gate: GateFile) -> str:
    """The time of all steps and of each, with what was said before."""
    steps = ", ".join(
        f"{step.name} {step.took_s:.0f} s" + _said(step.said_s) for step in gate.steps
    )
    return f"{gate.seconds:.0f} s" + (f": {steps}" if steps else "")


def _said(seconds: float | None) -> str:
    return "" if seconds is None else f" (said: {seconds:.0f} s)"


def title(gate: GateFile) -> str:
    """The answer in one line."""
    why = gate.why
    if gate.status == SLOWER:  # "slower in ...", or "more instructions in ..."
        return f"{why[:1].upper()}{why[1:]}" or "Slower"
    if gate.status == CANNOT_SAY:
        only_noise = _noisy(gate) and "inconclusive" in why
        return f"{NOISY if only_noise else 'No answer'}: {why}"
    nothing = "No more instructions" if gate.mode == "counts" else "Nothing is slower"
    verdicts = [judged(row, gate.mode) for row in gate.rows]
    left = verdicts.count("inconclusive")
    return f"{nothing}; {left} of {len(verdicts)} cells are inconclusive" if left else nothing


def notes(gate: GateFile) -> Iterator[str]:
    """Yield what a reader must know to read the table."""
    seen = Counter(row.verdict for row in gate.rows)
    yield ", ".join(f"{seen[verdict]} {verdict}" for verdict in ORDER if seen[verdict])
    band = 100 * gate.design.band
    yield f"The band is {band:g} %: smaller slowdowns pass. {_reach(gate)}"
    if _is_baseline(gate):
        yield "Compared with another run, which shares no rounds with this one: coarser."
    else:
        yield "Intervals are family-wise: in 99.9 % of runs all intervals of a stage are right."
    if gate.mode == "counts":
        yield "Decided by instructions; times are shown too, as fewer instructions can be slower."
        if seen["slower"]:
            yield f"Slower by time in {seen['slower']} cells, whatever their instruction counts."
    for what in ("new", "removed"):
        if names := getattr(gate, what):
            yield f"{what}, so not compared: {', '.join(names)}"
    for old, now in gate.renamed.items():
        yield f"renamed, with the same code: {old} is now {now}"
    if seen["identical"] == len(gate.rows) and gate.rows:
        yield "Identical code everywhere: nothing to time."
    yield from gate.notes


def _reach(gate: GateFile) -> str:
    judged = (row for row in gate.rows if row.verdict != "identical")
    sizes = [row.found for row in judged if row.found is not None]
    if not sizes:
        return "No interval shows which slowdowns are found."
    half, most = (100 * float(np.quantile(sizes, share)) for share in (HALF, MOST))
    return (
        f"In 95 % of runs a slowdown of {half:.2g} % is found in half of the cells, one of "
        f"{most:.2g} % in nine of ten."
    )


def next_steps(gate: GateFile) -> Iterator[str]:
    """Yield commands to run next."""
    row = next(_telling(gate), None)
    if row is not None:
        if not _is_baseline(gate):  # which lacks the other side's code
            yield f"{gate.command} --explain {shlex.quote(_name(row))}"
        yield f"{_of_all(gate.command)} --cell {shlex.quote(row.cell)}"
    if QUICK in shlex.split(gate.command) and _noisy(gate):
        kept = (word for word in shlex.split(gate.command) if word != QUICK)
        yield shlex.join(kept)  # the full gate, which takes longer and leaves fewer cells open


def _noisy(gate: GateFile) -> bool:
    """Whether nothing but cells that are open keeps the gate from passing."""
    verdicts = {judged(row, gate.mode) for row in gate.rows}
    bad = verdicts & {"slower", "failed"} or any(row.suspected for row in gate.rows)
    return not bad and "inconclusive" in verdicts


def _telling(gate: GateFile) -> Iterator[Decision]:
    """Yield the rows that differ, the worst first; by instructions if they decide."""
    slower = _ranked(gate, "verdict", "slower", lambda row: -(row.ratio or 0))
    more = _ranked(gate, "count_verdict", "more", lambda row: -_growth(row))
    yield from (*more, *slower) if gate.mode == "counts" else (*slower, *more)
    yield from (row for row in gate.rows if row.suspected)
    yield from _ranked(gate, "verdict", "faster", lambda row: row.ratio or 0)
    yield from _ranked(gate, "count_verdict", "fewer", _growth)


def _ranked(
    gate: GateFile, key: str, value: str, rank: Callable[[Decision], float]
) -> list[Decision]:
    return sorted((row for row in gate.rows if getattr(row, key) == value), key=rank)


def _growth(row: Decision) -> float:
    """The growth of a request's instructions, as a share."""
    return float((row.count_head or 0) / (row.count_base or 1))


def _of_all(command: str) -> str:
    """The command without its selection of cells."""
    left = iter(shlex.split(command))
    kept = []
    for word in left:
        if word == "--cell":
            next(left, None)
        elif not word.startswith("--cell="):
            kept.append(word)
    return shlex.join(kept)


def _is_baseline(gate: GateFile) -> bool:
    return "--baseline" in gate.command


def _name(row: Decision) -> str:
    return f"{row.cell}/{row.variant}"


def _entry(row: Decision) -> Entry:
    counts = ""
    if row.count_base is not None:
        counts = f"{row.count_base:.1f} → {row.count_head:.1f} {row.count_verdict}"
    interval = "" if row.low is None else f"[{row.low:.4f}, {row.high:.4f}]"
    return Entry(
        cell=wording.printable(row.cell),
        layout=wording.printable(row.variant),
        verdict=row.verdict,
        mark=MARKS[row.verdict],
        ratio="" if row.ratio is None else f"{row.ratio:.4f}",
        interval=interval,
        seen="" if row.seen is None else f"{100 * row.seen:.2f} %",
        counts=counts,
        why=wording.printable(row.why, 200),
    )


def _version(side: Version) -> str:
    changed = f", with changes {side.changes}" if side.changes else ""
    made = ", ".join(side.versions.values())
    return wording.printable(f"{side.name} ({side.commit[:12]}{changed}), {made}", 200)

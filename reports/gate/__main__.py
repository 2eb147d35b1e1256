"""``python -m reports.gate FILE``: the gate's decision as a table, pages and test results.

Reads the gate's file and measures nothing. Writes ``index.html``, ``summary.md`` and ``junit.xml``.
"""

import shlex
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree as ET

import numpy as np
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.commands.ending import run
from reports.commands.refusing import refusing
from reports.commands.screen import screen
from reports.gate.file import ORDER, Decision, GateFile, Version, load
from reports.gate.junit import CANNOT_SAY, SLOWER, judged, junit
from reports.read.paths import OUTPUT
from reports.read.text import stem_of
from reports.text import wording
from reports.text.template import environment

MARKS = {"slower": "▲", "faster": "▼", "failed": "✗", "inconclusive": "○", "not timed": "-",
         "same": "=", "identical": "≡"}  # fmt: skip
COLUMNS = ("cell", "layout", "verdict", "head / base", "interval", "detectable", "instructions")
NOISY = "Nothing slower so far; too noisy to pass"
QUICK = "--quick"  # the option of the gate that leaves more cells open
HALF, MOST = 0.5, 0.9  # of the cells
WIDTH_MIN = 120  # of the table: names must be complete to be copied into a command

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


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


@app.command()
def main(
    file: Annotated[Path, typer.Argument(help="A file that the gate has written.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write.")] = None,
) -> None:
    """Say what the gate decided, and write its pages."""
    directory = output or OUTPUT / stem_of(file)
    with refusing(directory):
        gate = load(file)
        report = reported(gate)
        index = write(gate, report, directory)
    show(screen(WIDTH_MIN), report)
    typer.echo(index)


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
            *[("took", f"{gate.seconds:.0f} s")] * (gate.seconds > 0),
            ("repeat with", f"{gate.command} --seed {gate.seed}"),
        ),
    )


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


def write(gate: GateFile, report: Report, directory: Path) -> Path:
    """Write page, summary and test results; the page's path."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in ("index.html", "summary.md"):
        text = environment().get_template(f"gate-{name}").render(report=report, columns=COLUMNS)
        (directory / name).write_text(text, encoding="utf-8")
    ET.ElementTree(junit(gate)).write(
        directory / "junit.xml", encoding="utf-8", xml_declaration=True
    )
    return directory / "index.html"


def show(console: Console, report: Report) -> None:
    """Print the table; cells with identical code are only counted."""
    rows = [line.cells for line in report.lines if line.verdict != "identical"]
    told = [at for at in range(len(COLUMNS)) if any(row[at] for row in rows)]  # width is scarce
    table = Table(box=None, pad_edge=False)
    for at in told:
        table.add_column(COLUMNS[at], no_wrap=True)
    for row in rows:
        table.add_row(*(Text(row[at]) for at in told))
    console.print(Text(report.title, style="bold"))
    if table.row_count:
        console.print(table)
    for text in (*report.notes, *(f"next: {step}" for step in report.next)):
        console.print(Text(text), soft_wrap=True)


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


if __name__ == "__main__":
    run(app, "reports")

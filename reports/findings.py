"""``python -m reports.findings FILE...``: the tables of docs/findings.md, from published results.

Writes each table between its two comments. Each result is of one processor, called by ``--name``;
of several of one name the first has the core, and each experiment is the first's that has it.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from reports.commands.ending import run
from reports.commands.marked_part import text_with
from reports.commands.refusing import refusing
from reports.experiments.expectations import Held
from reports.experiments.sections import Section, sections
from reports.frames import backends
from reports.frames.answer import PHASE, deviation
from reports.frames.counts import counts_of
from reports.frames.descriptors import COUNTS, LONG, LONG_MIN, by_descriptors
from reports.frames.tables import Tables, tabulate
from reports.page import foremost
from reports.read import facts
from reports.read.paths import ROOT
from reports.read.result import Result, load
from reports.read.series import LAYOUTS
from reports.rounds.processes import rounds

DOCUMENT = ROOT / "docs" / "findings.md"
LENGTH_HEADS = (*(str(length) for length in COUNTS), f"{LONG_MIN} and more")
STEPS = "serialise"  # the experiment whose times stand in a table of their own
STEPS_SHAPE, STEPS_AXES = "max-read", "apart=drawn,bypass={bypass},stride=32"
BYPASSES = ("left", "off")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True, eq=False)
class Run:
    """One published result and what reports make of it."""

    name: str  # of its processor
    result: Result

    @cached_property
    def tables(self) -> Tables:
        """The frames of its core and sweeps."""
        return tabulate(self.result.main)

    @cached_property
    def sections(self) -> list[Section]:
        """Its experiments."""
        return sections(self.result, rounds(self.result.values))


@app.command()
def main(
    files: Annotated[list[Path], typer.Argument(help="Published results.")],
    document: Annotated[Path, typer.Option(help="The file to write into.")] = DOCUMENT,
    names: Annotated[
        list[str] | None, typer.Option("--name", help="What to call each processor, in order.")
    ] = None,
) -> None:
    """Write the tables of the findings into their document."""
    with refusing(document, "--document"):
        known = list(names or ())
        runs = [
            Run(known[number] if number < len(known) else facts.named(result), result)
            for number, result in enumerate(map(load, files))
        ]
        text = document.read_text(encoding="utf-8")
        for part, made in PARTS.items():
            text = text_with(text, made(runs), part, document.name)
        document.write_text(text, encoding="utf-8")
    typer.echo(f"{document}: tables of {', '.join(map(str, files))}")


def firsts(runs: Sequence[Run]) -> list[Run]:
    """The first run of each name."""
    return list({run_.name: run_ for run_ in reversed(runs)}.values())[::-1]


def machines(runs: Sequence[Run]) -> str:
    """A line for each result: processor, file, versions, date, commit, and control of the core."""
    lines, of_core = [], firsts(runs)
    for run_ in runs:
        result = run_.result
        made = f"{facts.measured(result)[:10]}, commit {facts.shown(result, 'commit')[:12]}"
        off = deviation(run_.tables.ratios) if run_ in of_core else ""
        said = [f"A copy of the baseline is off by {off}."] * bool(off)
        said += [*foremost.sentences(run_.tables)] * bool(off) + [facts.unfinished(result)]
        lines.append(
            f"* **{run_.name}**: `{result.path.name}`, {facts.shown(result, 'length')}, "
            f"{facts.machine(result)}; {facts.versions(result)}; {made}. {' '.join(said)}".rstrip()
        )
    return "\n".join(lines)


def walks(runs: Sequence[Run]) -> str:
    """Phase add by length: each baseline in ns, all else as a multiple of it."""
    lines = _head("processor", "layout", *LENGTH_HEADS)
    for run_ in firsts(runs):
        found = run_.tables
        times, ratios = (_of_phase(frame) for frame in (found.times, found.ratios))
        base = by_descriptors(times[times["role"] == "baseline"], ["label"])
        told = ratios[ratios["role"].isin({*LAYOUTS, "floor"})]
        order = told.sort_values(["strategy", "backend", "form"], kind="stable")
        for row in base.to_dict("records"):
            lines.append(_line(run_.name, f"`{row['label']}`, ns", *_numbers(row, "{:.1f}")))
        for row in by_descriptors(order, ["label"]).to_dict("records"):
            lines.append(_line(run_.name, f"`{row['label']}`", *_numbers(row, "{:.2f}")))
    return "\n".join(lines)


def compilers(runs: Sequence[Run]) -> str:
    """One compiler's time as a multiple of another's, by length."""
    lines = _head("processor", "compared", "phase", *LENGTH_HEADS)
    for run_ in firsts(runs):
        across = run_.tables.across
        known = across[(across["processes"] > 0) & (across["axes"] == "")]
        for row in by_descriptors(known, ["pair", "phase", "strategy", "forms"]).to_dict("records"):
            what = f"`{backends.what(row)}`, {row['pair']}"
            lines.append(_line(run_.name, what, row["phase"], *_numbers(row, "{:.3f}")))
    return "\n".join(lines)


def counts(runs: Sequence[Run]) -> str:
    """Instructions of one ``add_buf``, by length, of the newest result that was counted."""
    counted = [counts_of(run_.result).found for run_ in runs]
    found = next((frame for frame in reversed(counted) if not frame.empty), None)
    lines = _head("layout", *LENGTH_HEADS[:-1])
    if found is None:
        return "\n".join(lines)
    swept = found[(found["phase"] == PHASE) & (found["descriptors"].isin(COUNTS))]
    one = swept.sort_values("swept", kind="stable").drop_duplicates(["label", "descriptors"])
    table = one.pivot_table(index="label", columns="descriptors", values="instructions", sort=False)
    for label, row in table.reindex(columns=COUNTS).iterrows():
        numbers = ("" if math.isnan(number) else f"{number:g}" for number in row)
        lines.append(_line(f"`{label}`", *numbers))
    return "\n".join(lines)


def expectations(runs: Sequence[Run]) -> str:
    """What was predicted, and what each result says of it."""
    held: dict[str, dict[tuple[str, str], Held]] = {run_.name: {} for run_ in runs}
    for run_ in reversed(runs):
        for section in run_.sections:
            known = {(section.experiment.name, one.expectation.text): one for one in section.held}
            held[run_.name] |= {key: one for key, one in known.items() if one.numbers}
    lines = _head("experiment", "predicted", *held)
    keys = dict.fromkeys(key for one in held.values() for key in one)
    for key in sorted(keys, key=_place):
        name, text = key
        found = [one.get(key) for one in held.values()]
        cells = (_held(one) if one else "" for one in found)
        lines.append(_line(f"`{name}`", text.rstrip("."), *cells))
    return "\n".join(lines)


def pace(runs: Sequence[Run]) -> str:
    """Nanoseconds of the walks of experiment serialise, with store bypass and without it."""
    frames: dict[str, pd.DataFrame] = {}
    for run_ in runs:
        for section in run_.sections:
            if section.experiment.name == STEPS:
                frames[run_.name] = section.frame
    columns = [(name, bypass) for name in frames for bypass in BYPASSES]
    lines = _head("walk", *(f"{name}, bypass {bypass}" for name, bypass in columns))
    found = {
        (name, bypass): _steps(frames[name], STEPS_AXES.format(bypass=bypass))
        for name, bypass in columns
    }
    for label in dict.fromkeys(label for one in found.values() for label in one):
        cells = (f"{one[label]:.0f}" if label in one else "" for one in found.values())
        lines.append(_line(f"`{label}`", *cells))
    return "\n".join(lines)


PARTS: dict[str, Callable[[Sequence[Run]], str]] = {
    one.__name__: one for one in (machines, walks, compilers, counts, expectations, pace)
}


def _of_phase(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[(frame["phase"] == PHASE) & (frame["axes"] == "") & (frame["processes"] > 0)]


def _steps(frame: pd.DataFrame, axes: str) -> dict[str, float]:
    """The ns of each walk of the longest request with these axes."""
    rows = frame[(frame["kind"] == "ns") & (frame["axes"] == axes)]
    rows = rows[(rows["shape"] == STEPS_SHAPE) & rows["role"].isin({*LAYOUTS, "floor"})]
    order = rows.sort_values(["strategy", "form", "backend"], kind="stable")
    return dict(zip(order["label"], order["centre"], strict=True))


def _held(held: Held) -> str:
    """The outcome and the numbers of an expectation, short."""
    values = [one.found.centre for one in held.numbers]
    ends = dict.fromkeys(f"{value:.3g}" for value in (min(values), max(values)))
    return f"{held.observation.mark} {' to '.join(ends)}"


def _place(key: tuple[str, str]) -> tuple[bool, str]:
    """Where an experiment stands: those of every run first, then by name."""
    return key[0] not in {"core", "segments"}, key[0]


def _numbers(row: dict[object, float], form: str) -> Iterable[str]:
    return ("" if math.isnan(row[key]) else form.format(row[key]) for key in (*COUNTS, LONG))


def _head(*columns: str) -> list[str]:
    return [_line(*columns), _line(*("---" for _ in columns))]


def _line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    run(app, "reports")

"""``python -m reports.documents.findings FILE...``: the tables of docs/findings.md.

Writes each table between its two comments. Each result is of one processor, called by ``--name``;
of several of one name the first has the core, and each experiment is the first's that has it.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from reports.commands.ending import run
from reports.commands.marked_part import text_with
from reports.commands.refusing import refusing
from reports.documents.published import Names, Published, published
from reports.experiments.expectations import Held
from reports.frames import backends
from reports.frames.answer import PHASE, deviation
from reports.frames.counts import counts_of
from reports.frames.descriptors import COUNTS, LONG, LONG_MIN, by_descriptors
from reports.page import foremost
from reports.read import facts
from reports.read.paths import ROOT
from reports.read.series import LAYOUTS
from reports.text.markdown import table

DOCUMENT = ROOT / "docs" / "findings.md"
LENGTH_HEADS = (*(str(length) for length in COUNTS), f"{LONG_MIN} and more")
STEPS = "serialise"  # the experiment whose times stand in a table of their own
STEPS_SHAPE, STEPS_AXES = "max-read", "apart=drawn,bypass={bypass},stride=32"
BYPASSES = ("left", "off")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    files: Annotated[list[Path], typer.Argument(help="Published results.")],
    document: Annotated[Path, typer.Option(help="The file to write into.")] = DOCUMENT,
    names: Names = None,
) -> None:
    """Write the tables of the findings into their document."""
    with refusing(document, "--document"):
        results = published(files, names)
        text = document.read_text(encoding="utf-8")
        for part, made in PARTS.items():
            text = text_with(text, made(results), part, document.name)
        document.write_text(text, encoding="utf-8")
    typer.echo(f"{document}: tables of {', '.join(map(str, files))}")


def firsts(results: Sequence[Published]) -> list[Published]:
    """The first result of each name."""
    return list({one.name: one for one in reversed(results)}.values())[::-1]


def machines(results: Sequence[Published]) -> str:
    """A line for each result: processor, file, versions, date, commit, and control of the core."""
    lines, of_core = [], firsts(results)
    for one in results:
        off = deviation(one.tables.ratios) if one in of_core else ""
        caveats = [f"A copy of the baseline is off by {off}."] * bool(off)
        caveats += [*foremost.sentences(one.tables)] * bool(off) + [facts.unfinished(one.result)]
        file, length = one.result.path.name, facts.shown(one.result, "length")
        line = f"* **{one.name}**: `{file}`, {length}, {one.about}. {' '.join(caveats)}"
        lines.append(line.rstrip())
    return "\n".join(lines)


def walks(results: Sequence[Published]) -> str:
    """Phase add by length: each baseline in ns, all else as a multiple of it."""
    rows = []
    for one in firsts(results):
        times, ratios = (_of_phase(frame) for frame in (one.tables.times, one.tables.ratios))
        base = by_descriptors(times[times["role"] == "baseline"], ["label"])
        others = ratios[ratios["role"].isin({*LAYOUTS, "floor"})]
        others = others.sort_values(["strategy", "backend", "form"], kind="stable")
        rows += [
            (one.name, f"`{row['label']}`, ns", *_numbers(row, "{:.1f}"))
            for row in base.to_dict("records")
        ]
        rows += [
            (one.name, f"`{row['label']}`", *_numbers(row, "{:.2f}"))
            for row in by_descriptors(others, ["label"]).to_dict("records")
        ]
    return table(("processor", "layout", *LENGTH_HEADS), rows)


def compilers(results: Sequence[Published]) -> str:
    """One compiler's time as a multiple of another's, by length."""
    rows = []
    for one in firsts(results):
        across = one.tables.across
        known = across[(across["processes"] > 0) & (across["axes"] == "")]
        for row in by_descriptors(known, ["pair", "phase", "strategy", "forms"]).to_dict("records"):
            what = f"`{backends.what(row)}`, {row['pair']}"
            rows.append((one.name, what, row["phase"], *_numbers(row, "{:.3f}")))
    return table(("processor", "compared", "phase", *LENGTH_HEADS), rows)


def counts(results: Sequence[Published]) -> str:
    """Instructions of one ``add_buf``, by length, of the newest result that was counted."""
    counted = [counts_of(one.result).found for one in results]
    newest = next((frame for frame in reversed(counted) if not frame.empty), None)
    return table(("layout", *LENGTH_HEADS[:-1]), [] if newest is None else _counts(newest))


def expectations(results: Sequence[Published]) -> str:
    """What was predicted, and what each result says of it."""
    held: dict[str, dict[tuple[str, str], Held]] = {one.name: {} for one in results}
    for one in reversed(results):
        for section in one.sections:
            name = section.experiment.name
            known = {(name, each.expectation.text): each for each in section.held if each.numbers}
            held[one.name] |= known
    keys = dict.fromkeys(key for by_key in held.values() for key in by_key)
    rows = [
        (f"`{name}`", text.rstrip("."), *(_held(of.get((name, text))) for of in held.values()))
        for name, text in sorted(keys, key=_place)
    ]
    return table(("experiment", "predicted", *held), rows)


def pace(results: Sequence[Published]) -> str:
    """Nanoseconds of the walks of experiment serialise, with store bypass and without it."""
    frames = {
        one.name: section.frame
        for one in results
        for section in one.sections
        if section.experiment.name == STEPS
    }
    steps = {
        f"{name}, bypass {bypass}": _steps(frame, STEPS_AXES.format(bypass=bypass))
        for name, frame in frames.items()
        for bypass in BYPASSES
    }
    rows = (
        (f"`{label}`", *(f"{ns[label]:.0f}" if label in ns else "" for ns in steps.values()))
        for label in dict.fromkeys(label for ns in steps.values() for label in ns)
    )
    return table(("walk", *steps), rows)


PARTS: dict[str, Callable[[Sequence[Published]], str]] = {
    part.__name__: part for part in (machines, walks, compilers, counts, expectations, pace)
}


def _of_phase(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[(frame["phase"] == PHASE) & (frame["axes"] == "") & (frame["processes"] > 0)]


def _counts(counted: pd.DataFrame) -> Iterator[tuple[str, ...]]:
    """Yield the instructions of each layout."""
    swept = counted[(counted["phase"] == PHASE) & counted["descriptors"].isin(COUNTS)]
    one = swept.sort_values("swept", kind="stable").drop_duplicates(["label", "descriptors"])
    wide = one.pivot_table(index="label", columns="descriptors", values="instructions", sort=False)
    for label, row in wide.reindex(columns=COUNTS).iterrows():
        yield f"`{label}`", *("" if math.isnan(number) else f"{number:g}" for number in row)


def _steps(frame: pd.DataFrame, axes: str) -> dict[str, float]:
    """The ns of each walk of the longest request with these axes."""
    rows = frame[(frame["kind"] == "ns") & (frame["axes"] == axes)]
    rows = rows[(rows["shape"] == STEPS_SHAPE) & rows["role"].isin({*LAYOUTS, "floor"})]
    order = rows.sort_values(["strategy", "form", "backend"], kind="stable")
    return dict(zip(order["label"], order["centre"], strict=True))


def _held(held: Held | None) -> str:
    """The outcome and the numbers of an expectation, short; empty if it was not measured."""
    if held is None:
        return ""
    values = [one.found.centre for one in held.numbers]
    ends = dict.fromkeys(f"{value:.3g}" for value in (min(values), max(values)))
    return f"{held.observation.mark} {' to '.join(ends)}"


def _place(key: tuple[str, str]) -> tuple[bool, str]:
    """Where an experiment stands: those of every run first, then by name."""
    return key[0] not in {"core", "segments"}, key[0]


def _numbers(row: dict[object, float], form: str) -> Iterator[str]:
    return ("" if math.isnan(row[key]) else form.format(row[key]) for key in (*COUNTS, LONG))


if __name__ == "__main__":
    run(app, "reports")

"""Writes and prints the comparison of ``reports.compare.ratios``."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from reports.compare.ratios import (
    CONTRARY,
    SAME,
    Side,
    cautions,
    conclusions,
    environments,
    ratios_of_ratios,
    refused,
    sentences,
)
from reports.figures.gallery import pictures
from reports.frames import tables
from reports.frames.answer import answers, headline
from reports.frames.code import by_itself
from reports.frames.order import by
from reports.page import page
from reports.page.report import draw
from reports.read import facts
from reports.rounds.processes import CELL
from reports.statistics.estimates import estimate_of
from reports.statistics.verdict import Verdict
from reports.text import wording
from reports.text.table import FrameRow, Grid, Printed, exact_cell, grid
from reports.text.template import environment

REFUSED_MAX = 5  # lines in a terminal


@dataclass(frozen=True)
class Part:
    """The first result compared with one of the others."""

    letter: str
    title: str
    sentence: str
    named: list[Grid]
    others: list[Grid]


def write(found: Sequence[Side], directory: Path) -> Path:
    """Write the page and its table into ``directory``; the page's path."""
    directory.mkdir(parents=True, exist_ok=True)
    first, *others = found
    each = {side.letter: ratios_of_ratios(first, side) for side in others}
    whole = pd.concat([rows.assign(against=letter) for letter, rows in each.items()])
    tables.write(whole, directory / "compared")
    index = directory / "index.html"
    text = (
        environment()
        .get_template("compare.html")
        .render(
            sides=found,
            sentences=list(sentences(found)),
            cautions=list(cautions(found)),
            environments=environments(found),
            conclusions=_conclusion_grids(conclusions(found)),
            parts=[_part(first, side, each[side.letter]) for side in others],
            refused=refused(found),
            panels=[_panel(side, directory) for side in found],
        )
    )
    index.write_text(text, encoding="utf-8")
    return index


def show(console: Console, found: Sequence[Side]) -> None:
    """Print what differs around the runs, then the ratios of the answer, and what is left out."""
    for block in _blocks(found):
        console.print(block)


def _blocks(found: Sequence[Side]) -> Iterator[RenderableType]:
    yield from map(Text, cautions(found))
    rows = environments(found)
    around = _table("Differences around the runs", "", *(side.name for side in found))
    for name, values in rows:
        around.add_row(*map(Text, (name, *values)))
    yield around if rows else Text("The files show no difference around the runs.")
    for side in found[1:]:
        compared = _named(found[0], ratios_of_ratios(found[0], side))
        title = f"Ratios to the baseline: {side.letter} over {found[0].letter}"
        table = _table(title, "cell", "series", found[0].letter, side.letter, "ratio of ratios")
        for row in compared.to_dict("records"):
            one = estimate_of(row)
            assert one is not None
            shown = f"{wording.ratio_with_interval(one)} {Verdict(row['verdict']).mark}"
            cell = f"{row['workload']}/{row['cell']}"
            numbers = (f"{row['first']:.3f}", f"{row['second']:.3f}", shown)
            table.add_row(*map(Text, (cell, str(row["label"]), *numbers)))
        yield table
        yield Text(_sentence(found[0], side, compared))
    yield from map(Text, sentences(found))
    lines = refused(found)
    more = f"\nand {len(lines) - REFUSED_MAX} more" if len(lines) > REFUSED_MAX else ""
    if lines:
        yield Text("Not compared:\n" + "\n".join(lines[:REFUSED_MAX]) + more)


def _named(first: Side, compared: pd.DataFrame) -> pd.DataFrame:
    """The rows of the answer."""
    rows = by_itself(headline(first.found.ratios))
    keys = set(rows[[*CELL, "variant", "backend"]].itertuples(index=False, name=None))
    names = compared[[*CELL, "variant", "backend"]].itertuples(index=False, name=None)
    return compared[[row in keys for row in names]]


def _part(first: Side, side: Side, compared: pd.DataFrame) -> Part:
    named = _named(first, compared)
    others = compared.drop(named.index)
    return Part(
        side.letter,
        f"{side.letter} over {first.letter}",
        _sentence(first, side, named),
        [grid(title, part, "cell", "label", _ratio_cell) for title, part in by(named, "workload")],
        [
            grid(title, part, "cell", "label", _ratio_cell)
            for title, part in by(others, "workload", "phase")
        ],
    )


def _sentence(first: Side, side: Side, compared: pd.DataFrame) -> str:
    """How many ratios differ, and how many of them have the same machine code."""
    moved = compared[compared["verdict"].isin([Verdict.SLOWER.value, Verdict.FASTER.value])]
    same = int(compared["same_code"].sum())
    return (
        f"Of {len(compared)} ratios, {len(moved)} differ between {first.letter} and {side.letter}; "
        f"{same} have the same machine code, of which {int(moved['same_code'].sum())} differ."
    )


def _panel(side: Side, directory: Path) -> dict[str, Any]:
    return {
        "side": side,
        "machine": facts.machine(side.result),
        "commit": facts.shown(side.result, "commit"),
        "answers": answers(side.found.ratios),
        "drawing": _drawing(side, directory),
    }


def _drawing(side: Side, directory: Path) -> page.Drawing | None:
    """The figure of the answer, also written next to the page."""
    picture = next(pictures(side.found), None)
    if picture is None or picture.section != "ratio":
        return None
    named = replace(picture, stem=f"{picture.stem}-{side.letter}")
    return draw(named, directory, f"f{side.letter}")


def _conclusion_grids(rows: pd.DataFrame) -> list[Grid]:
    return [
        grid(title, part, "cell", "label", _conclusion_cell) for title, part in by(rows, "workload")
    ]


def _conclusion_cell(row: FrameRow) -> Printed:
    ends = f"{row['lowest']:.3f} to {row['highest']:.3f}"
    if row["says"] == SAME:
        return Printed(ends, f"{row['verdict']} on all", Verdict(row["verdict"]))
    return exact_cell(ends, "contradict" if row["says"] == CONTRARY else "open on some")


def _ratio_cell(row: FrameRow) -> Printed:
    found = estimate_of(row)
    assert found is not None
    from_to = f"{row['first']:.3f} to {row['second']:.3f}"
    interval = f"{wording.ratio_interval(found) or 'no interval'}, {from_to}"
    return Printed(wording.ratio(found), interval, Verdict(row["verdict"]))


def _table(title: str, *headings: str) -> Table:
    table = Table(title=Text(title, style="bold"), title_justify="left", box=None, pad_edge=False)
    for heading in headings:
        table.add_column(Text(heading), overflow="fold")
    return table

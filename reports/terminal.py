"""The result in a terminal: a row a shape, and how far to trust it."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import pandas as pd
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from reports.doubt import marks
from reports.experiments.sections import Section
from reports.frames.answer import answers, caution, deviation, headline
from reports.frames.code import by_itself, decisions
from reports.frames.tables import Tables
from reports.page import foremost, placement
from reports.read import facts
from reports.read.result import Result
from reports.statistics.estimates import estimate_of
from reports.statistics.verdict import Verdict
from reports.text import wording

MARKED = (Verdict.INCONCLUSIVE, Verdict.DOUBTFUL)  # what is worth a sign behind a ratio
COLUMN = 12  # characters of a ratio with half-width and sign, and the gap before it
GAP = 2  # between candidates


def show(console: Console, result: Result, found: Tables, asked: Sequence[Section] = ()) -> None:
    """Print the candidates' ratios as compiled, their ranges, the control, and what is in doubt.

    And what came of the experiments that were asked for.
    """
    rows = headline(found.ratios)
    if rows.empty:
        console.print("No candidate was measured: there is nothing to compare.")
        return
    plain = by_itself(rows)
    for line in foremost.sentences(found):
        console.print(Text(line))
    for block in _blocks(plain, console.width):
        console.print(block)
    means = [line for section in asked for line in section.means]
    held = [_verdict(section) for section in asked if section.held]
    for line in (*_lines(result, found, plain), *held, *means):
        console.print(Text(line))


def _lines(result: Result, found: Tables, plain: pd.DataFrame) -> Iterator[str]:
    """Yield what is said under the table."""
    for verdict in MARKED:
        count = int((plain["verdict"] == verdict.value).sum())
        if count:
            yield f"{verdict.mark} {verdict.value} in {count}: {verdict.meaning}."
    for answer in answers(found.ratios):
        if answer.over:
            yield f"Phase {answer.phase}: {answer.short}{answer.over}."
    if decisions(found.codes):
        yield f"What each compiler did by itself: {decisions(found.codes)}"
    off = deviation(found.ratios)
    yield f"A/A: the baseline's copy is off by {off}." if off else "A/A: no control."
    yield from foremost.beside_neighbour(found)
    yield marks.sentence(found.ratios, found.doubts)
    for sentence in (
        marks.conditions_sentence(found.conditions),
        placement.sentence(found),
        placement.widest(found),
        facts.doubtful(result),
        caution(result.processes),
        facts.unfinished(result),
    ):
        if sentence:
            yield sentence


def _verdict(section: Section) -> str:
    """Return an experiment's question and what came of it."""
    return f"{section.observation.mark} {section.asked.question} {section.observation.value}"


def _blocks(rows: pd.DataFrame, width: int) -> Iterator[RenderableType]:
    """Yield tables side by side, one a candidate; as many beside the shapes as fit."""
    against = ", ".join(
        dict.fromkeys(str(name).split("@", maxsplit=1)[0] for name in rows["against"] if name)
    )
    scale = f"multiples of {against or 'the baseline'}'s time"
    yield Text(f"Phase {rows['phase'].iloc[0]}, as compiled: {scale}", style="bold")
    shapes = rows.drop_duplicates(["workload", "cell"])[["workload", "cell"]]
    names = [f"{workload}/{cell}" for workload, cell in shapes.itertuples(index=False)]
    beside_names = width - max(map(len, names))
    parts = [
        part
        for _, whole in rows.groupby("strategy", observed=True, sort=False)
        for part in _fitting(whole, beside_names)
    ]
    room = max(1, beside_names // max(map(_width, parts)))
    for _, group in groupby(enumerate(parts), lambda numbered: numbered[0] // room):
        beside = Table.grid(padding=(0, GAP, 0, 0))
        beside.add_row(_names(names), *(_table(part, shapes) for _, part in group))
        yield beside


def _fitting(part: pd.DataFrame, width: int) -> Iterator[pd.DataFrame]:
    """Yield a candidate's series, as many at once as the width has room for."""
    labels = list(part["label"].unique())
    at_once = max(1, (width - GAP) // _column(part))
    for start in range(0, len(labels), at_once):
        yield part[part["label"].isin(labels[start : start + at_once])]


def _width(part: pd.DataFrame) -> int:
    """Return the characters of a candidate's table."""
    return GAP + _column(part) * part["label"].nunique()


def _column(part: pd.DataFrame) -> int:
    """Return the characters of the widest column."""
    return max(COLUMN, *(1 + len(_heading(row)) for row in part.to_dict("records")))


def _heading(row: Mapping[Hashable, Any]) -> str:
    form = str(row["variant"]).removeprefix(str(row["strategy"]))
    return f"{form} {row['backend']}".strip()


def _names(names: list[str]) -> Table:
    table = _empty("")
    table.add_column("shape", no_wrap=True)
    for name in names:
        table.add_row(Text(name))
    return table


def _table(part: pd.DataFrame, shapes: pd.DataFrame) -> Table:
    """Return one candidate's ratios: a row a shape, a column a series."""
    table = _empty(str(part["strategy"].iloc[0]))
    labels = list(part["label"].unique())
    for label in labels:
        row = part[part["label"] == label].iloc[0].to_dict()
        table.add_column(Text(_heading(row)), no_wrap=True)
    keys = ["workload", "cell", "label"]
    known = {tuple(row[key] for key in keys): row for row in part.to_dict("records")}
    for workload, cell in shapes.itertuples(index=False):
        rows = [known.get((workload, cell, label)) for label in labels]
        table.add_row(*(_cell(row) for row in rows))
    return table


def _empty(title: str) -> Table:
    """Return a table whose head takes two lines, so that rows of neighbours stand level."""
    name = Text(title or " ", style="bold", no_wrap=True, overflow="ellipsis")
    return Table(title=name, title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0))


def _cell(row: Mapping[Hashable, Any] | None) -> Text:
    found = estimate_of(row) if row else None
    if row is None or found is None:
        return Text("missing ", style="italic")
    verdict = Verdict(row["verdict"])
    mark = verdict.mark if verdict in MARKED else " "
    return Text(f"{wording.ratio_with_half_width(found).replace(' ± 0', '±')}{mark}")

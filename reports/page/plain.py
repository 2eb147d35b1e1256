"""The answer in characters, for a terminal and for a mailing list: its block, and a row a shape."""

import textwrap
from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import groupby

import pandas as pd
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from reports.experiments.sections import Section
from reports.frames.answer import deviation, headline, precision
from reports.frames.block import UNMEASURED, Block, Effect, block, sentences
from reports.frames.code import by_itself, decisions
from reports.frames.tables import Tables
from reports.page import foremost
from reports.read import facts
from reports.read.result import Result
from reports.statistics.estimates import estimate_of
from reports.statistics.verdict import Verdict
from reports.text import wording
from reports.text.table import FrameRow

MAIL, SCREEN = 72, 80  # columns of a mailing list; of a sentence in a terminal of any width
MARKED = (Verdict.INCONCLUSIVE, Verdict.DOUBTFUL)  # verdicts marked after a ratio
COLUMN = 12  # characters of a ratio with half-width and mark, and the gap before it
GAP = 2  # between candidates, and before a column of the block
CAVEATS_MAX = 3


def summary(result: Result, tables: Tables, experiments: Sequence[Section] = ()) -> str:
    """The result for a mail: plain text of at most MAIL columns."""
    console = Console(width=MAIL, file=StringIO(), record=True, color_system=None)
    for part in (*answer(result, tables, MAIL), *asked(experiments)):
        console.print(part)
    lines = [line.rstrip() for line in console.export_text().splitlines()]
    about = (
        *caveats(result, tables)[:CAVEATS_MAX],
        f"{facts.machine(result)}; {facts.versions(result)}",
        f"commit {facts.shown(result, 'commit')[:12]}; again with: {facts.repeat(result)}",
    )
    lines += ["", *(line for text in about for line in _wrapped(text, MAIL))]
    return "\n".join(lines).strip("\n") + "\n"


def answer(result: Result, tables: Tables, width: int) -> Iterator[RenderableType]:
    """Yield the block, the table of ratios, and the sentences."""
    rows = headline(tables.ratios)
    if rows.empty:
        yield Text("No candidate was measured: there is nothing to compare.")
        return
    known = block(tables.lengths)
    if known:
        yield Text("\n".join(block_lines(known, width)) + "\n")
    yield from _tables(by_itself(rows), width)
    yield from (Text(line) for line in _key(by_itself(rows)))
    if known:
        for sentence in sentences(known, facts.named(result)):
            yield Text("\n".join(["", *_wrapped(sentence, min(width, SCREEN))]))
    made = decisions(tables.codes)
    if made:
        yield Text("\n".join(_wrapped(f"Why: {made}", min(width, SCREEN))))


def asked(experiments: Sequence[Section]) -> Iterator[RenderableType]:
    """Yield each experiment's outcome if experiments alone were asked for, and weighted means."""
    if not any(section.experiment.on_page for section in experiments):
        for section in experiments:
            if section.held:
                yield Text(f"{section.experiment.question} {section.outcome}")
    for section in experiments:
        yield from map(Text, section.means)


def caveats(result: Result, tables: Tables) -> list[str]:
    """The weightiest doubt, if there is one, how well ratios are known, and what a copy shows."""
    return [*list(foremost.doubts(result, tables))[:1], *precisely(tables)]


def precisely(tables: Tables) -> list[str]:
    """How well ratios are known, and how far a copy of the baseline's code is off."""
    off, known = deviation(tables.ratios), precision(tables.ratios)
    said = (
        f"{known[:1].upper()}{known[1:]} (95 % intervals over processes)." if known else "",
        f"A copy of the baseline's own code is off by {off}." if off else "",
    )
    return list(filter(None, said))


def block_lines(found: Block, width: int) -> list[str]:
    """The block in lines of at most ``width`` characters, in parts if it is wider."""
    for at_once in (len(found.columns), len(found.columns) // len(found.lengths), 1):
        starts = range(0, len(found.columns), at_once)
        parts = [_part(found, range(at, at + at_once)) for at in starts]
        if all(len(line) <= width for part in parts for line in part):
            break
    return [line for part in parts for line in part]


def _part(found: Block, chosen: range) -> list[str]:
    """Some columns of the block, under the headings of their lengths."""
    title = f"per cent of {found.baseline}"
    names = [line.name for group in found.groups for line in group.lines]
    first = max(len(title), *(2 + len(name) for name in names))
    cells = {
        (group.name, line.name): [_effect(line.effects[at]) for at in chosen]
        for group in found.groups
        for line in group.lines
    }
    columns = [found.columns[at] for at in chosen]
    widths = [
        GAP + max(len(column.backend), *(len(row[at]) for row in cells.values()))
        for at, column in enumerate(columns)
    ]
    heads = _heads(found, chosen, widths)
    lines = [f"{title:{first}}{heads}", " " * first + _row([c.backend for c in columns], widths)]
    for group in found.groups:
        lines.append(group.name)
        lines += [
            f"{'  ' + line.name:{first}}{_row(cells[group.name, line.name], widths)}"
            for line in group.lines
        ]
    return [line.rstrip() for line in lines]


def _heads(found: Block, chosen: range, widths: list[int]) -> str:
    """The headings of the lengths, each at the right of its columns, which it widens if need be."""
    count = len(found.columns) // len(found.lengths)
    text = ""
    for length, group in groupby(range(len(chosen)), key=lambda at: chosen[at] // count):
        places = list(group)
        name = found.lengths[length][0]
        room = sum(widths[at] for at in places)
        widths[places[0]] += max(0, GAP + len(name) - room)
        text += f"{name:>{sum(widths[at] for at in places)}}"
    return text


def _row(cells: list[str], widths: list[int]) -> str:
    return "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths, strict=True))


def _effect(one: Effect | None) -> str:
    if one is None:
        return UNMEASURED
    return wording.change_with_half_width(one.ratio).replace(" ± ", "±")


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _key(rows: pd.DataFrame) -> Iterator[str]:
    """Yield what the marks of the table mean, in one line."""
    there = set(rows["verdict"])
    shown = [f"{one.mark} {one.meaning}" for one in MARKED if one.value in there]
    if shown:
        yield "; ".join(shown)


def _tables(rows: pd.DataFrame, width: int) -> Iterator[RenderableType]:
    """Yield tables side by side, one per candidate, as many as fit next to the shapes."""
    rows = rows.sort_values("descriptors", kind="stable")
    against = ", ".join(
        dict.fromkeys(str(name).split("@", maxsplit=1)[0] for name in rows["against"] if name)
    )
    scale = f"multiples of {against or 'the baseline'}'s time"
    yield Text(f"Phase {rows['phase'].iloc[0]}, as compiled: {scale}")
    shapes = rows.drop_duplicates(["workload", "cell"])[["workload", "cell"]]
    names = [f"{workload}/{cell}" for workload, cell in shapes.itertuples(index=False)]
    left = width - max(map(len, names))
    parts = [
        part
        for _, whole in rows.groupby("strategy", observed=True, sort=False)
        for part in _fitting(whole, left)
    ]
    room = max(1, left // max(map(_width, parts)))
    for _, group in groupby(enumerate(parts), lambda numbered: numbered[0] // room):
        side_by_side = Table.grid(padding=(0, GAP, 0, 0))
        side_by_side.add_row(_names(names), *(_table(part, shapes) for _, part in group))
        yield side_by_side


def _fitting(part: pd.DataFrame, width: int) -> Iterator[pd.DataFrame]:
    """Yield a candidate's series, as many at a time as fit the width."""
    labels = list(part["label"].unique())
    at_once = max(1, (width - GAP) // _column(part))
    for start in range(0, len(labels), at_once):
        yield part[part["label"].isin(labels[start : start + at_once])]


def _width(part: pd.DataFrame) -> int:
    """The characters of a candidate's table."""
    return GAP + _column(part) * part["label"].nunique()


def _column(part: pd.DataFrame) -> int:
    """The characters of the widest column."""
    lacking = 1 + len(UNMEASURED) if (part["processes"] == 0).any() else 0
    return max(COLUMN, lacking, *(1 + len(_heading(row)) for row in part.to_dict("records")))


def _heading(row: FrameRow) -> str:
    form = str(row["variant"]).removeprefix(str(row["strategy"]))
    return f"{form} {row['backend']}".strip()


def _names(names: list[str]) -> Table:
    table = _empty("")
    table.add_column("shape", no_wrap=True)
    for name in names:
        table.add_row(Text(name))
    return table


def _table(part: pd.DataFrame, shapes: pd.DataFrame) -> Table:
    """One candidate's ratios: one row per shape, one column per series."""
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
    """A table with a heading of two lines, so that the rows of adjacent tables align."""
    name = Text(title or " ", style="bold", no_wrap=True, overflow="ellipsis")
    return Table(title=name, title_justify="left", box=None, pad_edge=False, padding=(0, 1, 0, 0))


def _cell(row: FrameRow | None) -> Text:
    found = estimate_of(row) if row else None
    if row is None or found is None:
        return Text(UNMEASURED)
    verdict = Verdict(row["verdict"])
    mark = verdict.mark if verdict in MARKED else " "
    return Text(f"{wording.ratio_with_half_width(found).replace(' ± 0', '±')}{mark}")

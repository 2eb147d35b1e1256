"""Both comparisons in a terminal of 80 columns; no name is broken."""

from collections.abc import Iterator, Sequence

import pandas as pd
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from reports.compare.around import cautions, environments, refused
from reports.compare.comparison import Comparison, doubts
from reports.compare.kinds import FLOOR, WHOLE, Compared
from reports.compare.kinds_page import LONGEST_FIRST
from reports.compare.runs_page import of_answer, ratios, sentence
from reports.compare.sides import Side
from reports.statistics.verdict import Verdict
from reports.text import wording

REFUSED_MAX = 5  # lines
COLUMN = 9  # letters of a ratio with its mark, and the gap before it


def kinds(console: Console, comparison: Comparison) -> None:
    """Print whether the answer holds, which machine is which, and the ratios by length."""
    for block in _of_kinds(comparison, console.width):
        console.print(block)


def runs(console: Console, sides: Sequence[Side], each: dict[str, pd.DataFrame]) -> None:
    """Print what differs around the runs, then the ratios of the answer, and what is left out."""
    for line in cautions(sides):
        console.print(Text(line))
    rows = environments(sides)
    if not rows:
        console.print("The files show no difference around the runs.")
    for name, values in rows:
        console.print(Text(f"{name}:", style="bold"))
        for side, value in zip(sides, values, strict=True):
            console.print(Text(f"  {side.letter}: {value}"))
    for side in sides[1:]:
        answer = of_answer(sides[0], each[side.letter])
        for block in _between(sides[0], side, answer):
            console.print(block)
        console.print(Text(sentence(sides[0], side, answer)))
    lines = refused(sides)
    more = f"\nand {len(lines) - REFUSED_MAX} more" if len(lines) > REFUSED_MAX else ""
    if lines:
        console.print(Text("Not compared:\n" + "\n".join(lines[:REFUSED_MAX]) + more))


def _of_kinds(comparison: Comparison, width: int) -> Iterator[RenderableType]:
    """Yield failed checks first, then the answer and what it is made of."""
    yield from (Text(check.text, style="bold") for check in comparison.checks if check.wrong)
    yield from map(Text, comparison.sentences)
    for side in comparison.sides:
        yield Text(f"{side.letter}: {side.machine.name} ({side.name.partition(': ')[2]})")
    for length in LONGEST_FIRST:
        rows = [row for row in comparison.lengths if row.cell == length and _is_shown(row)]
        if rows:
            title = f"{length.capitalize()} requests, {rows[0].span} descriptors"
            yield Text(title, style="bold")
            yield from _by_length(comparison, rows, width)
    for one in doubts(comparison.sides):
        yield from (Text(f"{one.letter}: {line}") for line in one.sentences)
    yield from (Text(check.text) for check in comparison.checks if not check.wrong)


def _is_shown(row: Compared) -> bool:
    return row.phase != WHOLE and row.role != FLOOR


def _by_length(comparison: Comparison, rows: Sequence[Compared], width: int) -> Iterator[Table]:
    """Yield a table per block of kinds that fits next to the layouts."""
    names = [row.label for row in rows]
    at_once = max(1, (width - max(map(len, names))) // COLUMN)
    for start in range(0, len(comparison.kinds), at_once):
        block = range(start, min(start + at_once, len(comparison.kinds)))
        table = _table()
        table.add_column("layout", no_wrap=True)
        for at in block:
            table.add_column(Text(comparison.kinds[at].letters), no_wrap=True, justify="right")
        for name, row in zip(names, rows, strict=True):
            table.add_row(Text(name), *(_kind_ratio(row, at) for at in block))
        yield table


def _kind_ratio(row: Compared, at: int) -> Text:
    one = row.ratios[at]
    if one is None:
        return Text("-  ")
    return Text(f"{wording.ratio(one.ratio)} {one.says.mark}")


def _between(first: Side, side: Side, rows: pd.DataFrame) -> Iterator[RenderableType]:
    """Yield a heading and a table per series: its requests, both ratios and their quotient."""
    for label, part in rows.groupby("label", observed=True, sort=False):
        yield Text(f"{label}: {side.letter} over {first.letter}", style="bold")
        table = _table()
        for head in ("request", first.letter, side.letter, "quotient"):
            table.add_column(head, no_wrap=True)
        for row in part.to_dict("records"):
            before, after, between, interval = ratios(row)
            mark = Verdict(row["verdict"]).mark
            cells = (f"{row['workload']}/{row['cell']}", before, after)
            table.add_row(*map(Text, (*cells, f"{between} {interval} {mark}")))
        yield table


def _table() -> Table:
    return Table(box=None, pad_edge=False)

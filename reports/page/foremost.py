"""What qualifies every number: the doubts about a run, and the rounds that its numbers are from."""

from collections.abc import Iterator

from reports.doubt import hidden, marks
from reports.frames.answer import answers, caution
from reports.frames.tables import Tables
from reports.read import facts, states
from reports.read.result import Result
from reports.rounds.processes import CELL

ALONE = states.NAMES[states.ALONE]
QUIETER = "Measure again while the machine is otherwise idle."


def sentences(tables: Tables) -> Iterator[str]:
    """Yield the hidden factor, if there is one, and the state that the numbers are from."""
    first = hidden.sentence(tables.hidden)
    if first:
        yield first
    cells = _states(tables)
    if cells:
        yield states.sentence(cells)


def with_neighbour(tables: Tables) -> Iterator[str]:
    """Yield each candidate's answer in the rounds with a busy neighbour."""
    for one in answers(tables.shared) if len(tables.shared) else ():
        yield f"With a busy neighbour, {one.strategy} {one.text}"


def doubts(result: Result, tables: Tables) -> Iterator[str]:
    """Yield reasons to doubt the numbers, the weightiest first, with what to do about each."""
    yield from filter(None, [caution(result.processes)])
    moved = hidden.sentence(tables.hidden)
    if moved:
        yield f"{moved} {QUIETER}"
    there = _states(tables)
    if set(there) - {ALONE, ""}:
        yield f"{states.sentence(there)} {QUIETER}"
    if (tables.doubts["doubt"] != "").any():
        yield marks.sentence(tables.ratios, tables.doubts, tables.conditions)
    before = facts.doubtful(result)
    if before:
        yield f"{before} {QUIETER}"
    yield from filter(None, [facts.unfinished(result)])
    if "" in there:
        yield states.sentence(there)


def _states(tables: Tables) -> list[str]:
    """The state of the core in each measured cell."""
    cells = tables.ratios[tables.ratios["processes"] > 0].drop_duplicates(CELL)
    return list(cells["state"])

"""What comes before any number: the hidden factor, and the rounds that the numbers are from."""

from collections.abc import Iterator

from reports.doubt import hidden
from reports.frames.answer import answers
from reports.frames.tables import Tables
from reports.read import states
from reports.rounds.processes import CELL


def sentences(found: Tables) -> Iterator[str]:
    """Yield the hidden factor, if there is one, and the state that the numbers are from."""
    first = hidden.sentence(found.hidden)
    if first:
        yield first
    cells = found.ratios[found.ratios["processes"] > 0].drop_duplicates(CELL)
    if len(cells):
        yield states.sentence(cells["state"])


def with_neighbour(found: Tables) -> Iterator[str]:
    """Yield each candidate's answer in the rounds with a busy neighbour."""
    for one in answers(found.shared) if len(found.shared) else ():
        yield f"With a busy neighbour, {one.strategy} {one.text}"

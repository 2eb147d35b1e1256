"""Answers to the questions that are open of today's rings, from results of their experiments.

Which they are, who asked them and what was predicted stands in ``templates/todays.toml``. A number
is a quotient of times, as an expectation's is, by each backend.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from matplotlib.figure import Figure

from reports.experiments.expectations import name_of, times
from reports.figures.dots import BARS
from reports.figures.gallery import Picture
from reports.figures.todays import quotients
from reports.read.experiments import Expectation, Pick
from reports.read.paths import TEMPLATES
from reports.read.result import Result
from reports.rounds.processes import Rounds, rounds
from reports.statistics.signed_rank import Estimate

SOURCE = TEMPLATES / "todays.toml"


@dataclass(frozen=True)
class Asked:
    """A number that a question asks for."""

    text: str
    experiment: str
    of: Pick
    to: Pick


@dataclass(frozen=True)
class Question:
    """A question, and who asked it where."""

    title: str
    thread: str
    predicted: str
    numbers: tuple[Asked, ...]


@dataclass(frozen=True)
class Number:
    """What was found of a number, in one cell."""

    asked: Asked
    cell: str
    found: Mapping[str, Estimate]  # by backend
    state: str  # of the core, of ``reports.read.states``

    @property
    def verdict(self) -> str:
        """What the intervals say together."""
        ways = {_way(one) for one in self.found.values()}
        return ways.pop() if len(ways) == 1 else "it depends on the compiler"


def questions() -> tuple[Question, ...]:
    """Return every question, in order."""
    return msgspec.convert(
        tomllib.loads(SOURCE.read_text(encoding="utf-8"))["questions"], tuple[Question, ...]
    )


def asked_in(result: Result) -> set[str]:
    """Return the experiments of a result that questions ask."""
    wanted = {number.experiment for one in questions() for number in one.numbers}
    return wanted & set(result.benchmarks["experiment"])


def answers(result: Result) -> list[tuple[Question, tuple[Number, ...]]]:
    """Return each question with what a result has of its numbers, which may be nothing."""
    there = asked_in(result)
    cells = rounds(result.of(*there).values) if there else []
    return [
        (one, tuple(found for asked in one.numbers for found in _numbers(asked, cells)))
        for one in questions()
    ]


def _numbers(asked: Asked, cells: Sequence[Rounds]) -> list[Number]:
    """Return what cells have of a number: one for each cell that it picks."""
    own = {name_of(cell): cell for cell in cells if cell.experiment == asked.experiment}
    found: dict[str, dict[str, Estimate]] = {}
    for name, label, estimate in times(
        Expectation(asked.text, asked.of, asked.to), [*own.values()]
    ):
        backend = str(own[name].series.loc[label, "backend"])
        found.setdefault(name, {})[backend] = estimate
    return [Number(asked, name, by, own[name].state) for name, by in found.items()]


def _way(found: Estimate) -> str:
    if found.low is None or found.high is None:
        return "cannot tell: too few processes for an interval"
    if found.low > 1:
        return "costs more"
    return "costs less" if found.high < 1 else "no difference seen"


def drawing(known: Sequence[tuple[Question, Sequence[Number]]], title: str) -> Figure | None:
    """Return the figure of all numbers there are; None if there is none."""
    rows = [(one.asked.text, one.found) for _, numbers in known for one in numbers]
    return quotients(rows, title) if rows else None


def pictures(result: Result) -> Iterator[Picture]:
    """Yield the page's figure of today's questions, if the result asked any of them."""
    known = answers(result)
    answered = sum(bool(numbers) for _, numbers in known)
    message = f"Open questions of today's rings: {answered} of {len(known)} have numbers here"
    figure = drawing(known, message)
    if figure is not None:
        caption = f"Time over that of what it stands in for, apart from the answer of 2007. {BARS}"
        yield Picture("todays", "todays-rings", message, caption, figure)

"""Answers to the questions that are open of today's rings, from results of their experiments.

Which they are, who asked them and what was predicted stands in ``templates/todays.toml``. A number
is a quotient of times, as an expectation's is, by each backend.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import msgspec
from matplotlib.figure import Figure

from reports.experiments.measures import name_of, times
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
class Quotient:
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
    numbers: tuple[Quotient, ...]


@dataclass(frozen=True)
class Answer:
    """A quotient as it was measured in one cell."""

    of: Quotient
    cell: str
    ratios: Mapping[str, Estimate]  # by backend
    state: str  # of the core, of ``reports.read.states``

    @property
    def verdict(self) -> str:
        """What the intervals say together."""
        ways = {_way(one) for one in self.ratios.values()}
        return ways.pop() if len(ways) == 1 else "it depends on the compiler"


Answers = Mapping[Question, Sequence[Answer]]


@cache
def questions() -> tuple[Question, ...]:
    """Every question, in order."""
    return msgspec.convert(
        tomllib.loads(SOURCE.read_text(encoding="utf-8"))["questions"], tuple[Question, ...]
    )


def asked_in(result: Result) -> set[str]:
    """The experiments of a result that questions are about."""
    wanted = {number.experiment for one in questions() for number in one.numbers}
    return wanted & set(result.benchmarks["experiment"])


def answers(result: Result) -> Answers:
    """Each question with what a result says of its numbers, which may be nothing."""
    there = asked_in(result)
    cells = rounds(result.of(*there).values) if there else []
    return {
        one: [answer for quotient in one.numbers for answer in _answers(quotient, cells)]
        for one in questions()
    }


def _answers(quotient: Quotient, cells: Sequence[Rounds]) -> Iterator[Answer]:
    """Yield what each cell that a quotient picks says of it."""
    own = {name_of(cell): cell for cell in cells if cell.experiment == quotient.experiment}
    ratios: dict[str, dict[str, Estimate]] = {}
    expectation = Expectation(quotient.text, quotient.of, quotient.to)
    for name, label, ratio in times(expectation, [*own.values()]):
        backend = str(own[name].series.loc[label, "backend"])
        ratios.setdefault(name, {})[backend] = ratio
    return (Answer(quotient, name, by, own[name].state) for name, by in ratios.items())


def _way(ratio: Estimate) -> str:
    if ratio.low is None or ratio.high is None:
        return "cannot tell: too few processes for an interval"
    if ratio.low > 1:
        return "costs more"
    return "costs less" if ratio.high < 1 else "no difference seen"


def drawing(known: Answers, title: str) -> Figure | None:
    """The figure of all answers; None if there are none."""
    rows = [(one.of.text, one.ratios) for found in known.values() for one in found]
    return quotients(rows, title) if rows else None


def pictures(result: Result) -> Iterator[Picture]:
    """Yield the page's figure of today's questions, if the result asked any of them."""
    known = answers(result)
    answered = sum(map(bool, known.values()))
    message = f"Open questions of today's rings: {answered} of {len(known)} have numbers here"
    figure = drawing(known, message)
    if figure is not None:
        caption = f"Time over that of what it stands in for, apart from the answer of 2007. {BARS}"
        yield Picture("todays", "todays-rings", message, caption, figure)

"""A page's section per experiment: its question, what was observed, figures and tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports.experiments import draws, weighted
from reports.experiments.axes import drawn
from reports.experiments.expectations import Held, Number, Observation, hold, together
from reports.experiments.figures import KINDS
from reports.experiments.measures import with_code
from reports.figures.gallery import Picture
from reports.figures.style import looks
from reports.read import facts
from reports.read.experiments import PAGE, Experiment
from reports.read.result import Result
from reports.read.series import APART
from reports.rounds.processes import CELL, OF_SHAPE, SERIES, Rounds, per_process, rounds
from reports.statistics.estimates import estimated
from reports.text import wording
from reports.text.table import Grid


@dataclass(frozen=True)
class Section:
    """What a page says about one experiment."""

    experiment: Experiment
    held: tuple[Held, ...]
    frame: pd.DataFrame  # one row per series of a cell, with estimates of ns and ratio

    @property
    def anchor(self) -> str:
        """Its address within the page, and the stem of its figures."""
        return f"experiment-{wording.file_name(self.experiment.name)}"

    @property
    def observation(self) -> Observation:
        """The outcome of all expectations together."""
        return together([one.observation for one in self.held])

    @property
    def outcome(self) -> str:
        """The outcome in words, after the question."""
        if self.observation is not Observation.NEWS:
            return f"{self.observation.mark} {self.observation.value.capitalize()}."
        hold = sum(one.observation is Observation.AS_EXPECTED for one in self.held)
        return f"Predicted for other processors: {hold} of {len(self.held)} hold here."

    @property
    def findings(self) -> list[tuple[Observation, str]]:
        """One sentence per expectation, with the number that decides it."""
        return [(held.observation, self._sentence(held)) for held in self.held]

    @property
    def means(self) -> list[str]:
        """What each layout costs on a whole load, where the weights of its shapes are known."""
        return list(weighted.sentences(self.frame))

    @property
    def grids(self) -> list[Grid]:
        """Tables of draws and of means; every other number is in the files next to the page."""
        return [*draws.grids(self.frame), *weighted.grids(self.frame)]

    def _sentence(self, held: Held) -> str:
        return news(held) if held.observation is Observation.NEWS else sentence(held)


def sections(result: Result, cells: Sequence[Rounds] | None = None) -> list[Section]:
    """One section for each experiment of a result that has values.

    ``cells``: the result's, if they are known.
    """
    cells = rounds(result.values) if cells is None else cells
    parts = {one: [c for c in cells if c.experiment == one.name] for one in result.experiments}
    kind = facts.kind(result)
    return [_section(one, part, result.benchmarks, kind) for one, part in parts.items() if part]


def pictures(section: Section) -> Iterator[Picture]:
    """Yield the figures that an experiment asks for, except those of the page itself."""
    look = looks(section.frame)
    for number, figure in enumerate(section.experiment.figures):
        if figure.kind == PAGE:
            continue
        rows = drawn(section.frame, figure)
        if rows.empty:
            continue
        more = f"-{number + 1}" * (number > 0)
        message = title(section)
        caption = KINDS[figure.kind].caption(figure, section.experiment)
        made = KINDS[figure.kind].draw(rows, figure, look, message)
        yield Picture(section.anchor, f"{section.anchor}{more}", message, caption, made)


def title(section: Section) -> str:
    """The title of a figure: the question, and an expectation that decided."""
    if section.observation is Observation.NEWS:
        return "\n".join([section.experiment.question, section.outcome][: 1 + bool(section.held)])
    deciding = [one for one in section.held if one.observation is section.observation]
    texts = [f"{one.observation.value}: {one.expectation.text}" for one in deciding[:1]]
    return "\n".join([section.experiment.question, *texts])


def sentence(held: Held) -> str:
    """An expectation, its outcome, and the number that decides it."""
    text = held.expectation.text.rstrip(".")
    decisive = held.decisive
    if decisive is None:
        return f"{text}: not measured."
    values = [one.found.centre for one in held.numbers]
    span = f"{min(values):.4g} to {max(values):.4g}{_unit(held)}"
    where = f"{decisive.series} in {decisive.where} {_number(decisive, held)}"
    if len(values) == 1:
        return f"{text}: {where}."
    kind = "nearest to the bound" if held.observation is Observation.AS_EXPECTED else "decided by"
    count = sum(one.observation is held.observation for one in held.numbers)
    share = f"{held.observation.value} in {count} of {len(values)}"
    return f"{text}: {share}, {span}; {kind} {where}."


def news(held: Held) -> str:
    """An expectation that does not hold on a processor that it was not made for."""
    decisive = held.decisive
    assert decisive is not None  # something was outside of the bounds
    least, most, centre = held.expectation.at_least, held.expectation.at_most, decisive.found.centre
    turned = not _unit(held) and ((least or 0) >= 1 > centre or centre > 1 >= (most or np.inf))
    text = held.expectation.text.rstrip(".")
    return (
        f"{'Turns round' if turned else 'Otherwise'} here: {_number(decisive, held)} "
        f"({decisive.series} in {decisive.where}). "
        f"On {wording.listed(list(held.expectation.processors))}: {text[:1].lower()}{text[1:]}."
    )


def _number(number: Number, held: Held) -> str:
    if _unit(held):
        return f"{wording.time(number.found)} ns {wording.time_interval(number.found)}".rstrip()
    return wording.ratio_with_interval(number.found)


def _unit(held: Held) -> str:
    return "" if held.expectation.to or held.expectation.measure in draws.MEASURES else " ns"


def _section(
    experiment: Experiment, known: Sequence[Rounds], benchmarks: pd.DataFrame, kind: str
) -> Section:
    cells = with_code(known, benchmarks)
    held = tuple(hold(expectation, cells, kind) for expectation in experiment.expectations)
    more = [draws.frame(cells, v) for v in draws.ROWS if v in {f.value for f in experiment.figures}]
    more += [weighted.frame(cells, experiment)] if experiment.weights else []
    numbers = pd.concat([_frame(per_process(known)), *more], ignore_index=True)
    return Section(experiment, held, numbers)


def _frame(processes: pd.DataFrame) -> pd.DataFrame:
    """Estimates of ns and of ratio, which ``kind`` distinguishes."""
    keys = [*CELL, *SERIES, *OF_SHAPE]
    kept = processes[~processes["role"].isin(APART)]
    found = {kind: estimated(kept, kind, keys).assign(kind=kind) for kind in ("ns", "ratio")}
    found["ratio"] = found["ratio"][found["ratio"]["label"] != found["ratio"]["against"]]
    return pd.concat(found.values(), ignore_index=True).dropna(subset="centre")

"""A page's section for each experiment: its question, what was observed, figures and tables."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from reports import weighted
from reports.experiments import draws
from reports.experiments.axes import drawn
from reports.experiments.expectations import Held, Number, Observation, hold, together, with_code
from reports.experiments.figures import KINDS
from reports.figures.gallery import Picture
from reports.figures.style import looks
from reports.frames.order import by
from reports.read.experiments import PAGE, Asked
from reports.read.result import Result
from reports.read.series import APART
from reports.rounds.processes import CELL, OF_SHAPE, SERIES, Rounds, per_process, rounds
from reports.statistics.estimates import estimated
from reports.text import wording
from reports.text.table import Grid, grid, ratio_cell, time_cell


@dataclass(frozen=True)
class Section:
    """What a page says of one experiment."""

    asked: Asked
    held: tuple[Held, ...]
    frame: pd.DataFrame  # a row a series of a cell: CELL, SERIES, OF_SHAPE, estimates of ns, ratio

    @property
    def anchor(self) -> str:
        """Its name in the page, and of its figures."""
        return f"experiment-{wording.file_name(self.asked.name)}"

    @property
    def observation(self) -> Observation:
        """The verdict: what all expectations together came to."""
        return together([one.observation for one in self.held])

    @property
    def findings(self) -> list[tuple[Observation, str]]:
        """A sentence an expectation, with the number that says so."""
        return [(held.observation, sentence(held)) for held in self.held]

    @property
    def means(self) -> list[str]:
        """What each layout costs on a whole load, where the weights of its shapes are known."""
        return list(weighted.sentences(self.frame))

    @property
    def grids(self) -> list[Grid]:
        """Its numbers, a table a workload, phase and backend; none where the page has them."""
        means = list(weighted.grids(self.frame))
        if self.asked.on_page:
            return means
        several = ["backend"] if len(set(self.frame["backend"])) > 1 else []
        return [
            grid(f"{title}, {unit}", part, "cell", "variant", show)
            for kind, unit, show in (
                ("ns", "ns per request", time_cell),
                ("ratio", "ratio to the baseline", ratio_cell),
            )
            for title, part in by(
                self.frame[self.frame["kind"] == kind], "workload", "phase", *several
            )
        ] + [*draws.grids(self.frame), *means]


def sections(result: Result, cells: Sequence[Rounds] | None = None) -> list[Section]:
    """Return a section for each experiment of a result that has values.

    ``cells``: the result's, where they are known.
    """
    cells = rounds(result.values) if cells is None else cells
    parts = {one: [c for c in cells if c.experiment == one.name] for one in result.experiments}
    return [_section(one, part, result.benchmarks) for one, part in parts.items() if part]


def pictures(section: Section) -> Iterator[Picture]:
    """Yield the figures that an experiment asks for, but those that are the page's own."""
    look = looks(section.frame)
    for number, figure in enumerate(section.asked.figures):
        if figure.kind == PAGE:
            continue
        rows = drawn(section.frame, figure)
        if rows.empty:
            continue
        more = f"-{number + 1}" * (number > 0)
        message = title(section)
        caption = KINDS[figure.kind].caption(figure, section.asked)
        made = KINDS[figure.kind].draw(rows, figure, look, message)
        yield Picture(section.anchor, f"{section.anchor}{more}", message, caption, made)


def title(section: Section) -> str:
    """Return what a figure is headed with: the question, and an expectation that decided."""
    deciding = [one for one in section.held if one.observation is section.observation]
    telling = [f"{one.observation.value}: {one.expectation.text}" for one in deciding[:1]]
    return "\n".join([section.asked.question, *telling])


def sentence(held: Held) -> str:
    """Return an expectation, what came of it, and the number that says so."""
    text = held.expectation.text.rstrip(".")
    telling = held.telling
    if telling is None:
        return f"{text}: not measured."
    values = [one.found.centre for one in held.numbers]
    unit = _unit(held)
    span = f"{min(values):.4g} to {max(values):.4g}{unit} over {len(values)}"
    where = f"{telling.series} in {telling.where} {_number(telling, held)}"
    if len(values) == 1:
        return f"{text}: {where}."
    kind = "nearest to the bound" if held.observation is Observation.AS_EXPECTED else "decided by"
    count = sum(one.observation is held.observation for one in held.numbers)
    said = f"{held.observation.value} in {count} of {len(values)}"
    return f"{text}: {said}, {span.rsplit(' over', 1)[0]}; {kind} {where}."


def _number(number: Number, held: Held) -> str:
    if _unit(held):
        return f"{wording.time(number.found)} ns {wording.time_interval(number.found)}".rstrip()
    return wording.ratio_with_interval(number.found)


def _unit(held: Held) -> str:
    return "" if held.expectation.to or held.expectation.measure in draws.MEASURES else " ns"


def _section(asked: Asked, known: Sequence[Rounds], benchmarks: pd.DataFrame) -> Section:
    cells = with_code(known, benchmarks)
    held = tuple(hold(expectation, cells) for expectation in asked.expectations)
    more = [draws.frame(cells, v) for v in draws.ROWS if v in {f.value for f in asked.figures}]
    more += [weighted.frame(cells, asked)] if asked.weights else []
    return Section(asked, held, pd.concat([_frame(per_process(cells)), *more], ignore_index=True))


def _frame(processes: pd.DataFrame) -> pd.DataFrame:
    """Return estimates of ns and of ratio, told apart by ``kind``."""
    keys = [*CELL, *SERIES, *OF_SHAPE]
    kept = processes[~processes["role"].isin(APART)]
    found = {kind: estimated(kept, kind, keys).assign(kind=kind) for kind in ("ns", "ratio")}
    found["ratio"] = found["ratio"][found["ratio"]["label"] != found["ratio"]["against"]]
    return pd.concat(found.values(), ignore_index=True).dropna(subset="centre")

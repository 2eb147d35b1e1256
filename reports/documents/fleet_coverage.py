"""``python -m reports.documents.fleet_coverage``: how often intervals over machines hold.

Fleets of M kinds of machine are drawn from populations whose truth is known, each kind is measured
with an error of its own, and ``reports.statistics.machines`` is asked. Seeded: it prints and keeps
the same table every time.
"""

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from reports.commands.ending import run
from reports.commands.marked_part import put
from reports.commands.refusing import refusing
from reports.statistics.machines import KINDS_MIN, next_inside, spread
from reports.statistics.signed_rank import Values, estimates
from reports.text import markdown

KINDS = (3, 6, 12, 24)
FLEETS = 4000  # of each row: a share of 95 % is known to 0.7 per cent
SEED = 17
ERRORS = (0.001, 0.01)  # standard errors of a machine's logarithm, drawn between them
WIDE = 0.1  # standard deviation between kinds: what two processors showed
PART = "fleet-coverage"
HEADS = (
    *("kinds of machine differ by", "M:", "signed rank:", "Knapp-Hartung:"),
    *("next inside:", "promised:"),
)
KEPT = Path("results/fleet/coverage.json")
MEDIAN_OF_GAMMA = 1.6783469900166605  # of shape 2: twice the mean of two exponentials

Draw = Callable[[np.random.Generator, tuple[int, int]], Values]


@dataclass(frozen=True)
class Population:
    """Kinds of machine as they might be: logarithms of a ratio."""

    name: str
    draw: Draw  # true logarithms, of so many fleets and kinds
    centre: float = 0.0  # the median of the means of two: what Hodges-Lehmann is of
    mean: float = 0.0


@dataclass(frozen=True)
class Coverage:
    """What came of fleets of one size from one population; shares of fleets."""

    population: str
    kinds: int
    signed_rank: float | None  # holds the population's centre; None: too few kinds
    knapp_hartung: float  # holds the population's mean
    next_inside: float  # the next kind, measured, falls inside the range
    promised: float  # with which it should
    signed_rank_half: float | None  # median half-width, of the logarithm
    knapp_hartung_half: float


def _normal(deviation: float) -> Draw:
    return lambda rng, shape: rng.normal(0.0, deviation, shape)


def _student(rng: np.random.Generator, shape: tuple[int, int]) -> Values:
    drawn: Values = WIDE * rng.standard_t(3, shape) / np.sqrt(3)
    return drawn


def _two(rng: np.random.Generator, shape: tuple[int, int]) -> Values:
    return WIDE * rng.choice([-1.0, 1.0], shape)


def _exponential(rng: np.random.Generator, shape: tuple[int, int]) -> Values:
    return rng.exponential(WIDE, shape)


POPULATIONS = (
    Population("all alike", _normal(0.0)),
    Population("normal, 1 %", _normal(0.01)),
    Population("normal, 10 %", _normal(WIDE)),
    Population("heavy tails, 10 %", _student),
    Population("turns round, ±10 %", _two),
    Population("skewed, 10 %", _exponential, centre=WIDE * MEDIAN_OF_GAMMA / 2, mean=WIDE),
)


def simulate(
    population: Population, kinds: int, fleets: int = FLEETS, seed: int = SEED
) -> Coverage:
    """How often intervals held the truth in so many fleets."""
    rng = np.random.default_rng((seed, kinds, *population.name.encode()))
    shape = (fleets, kinds + 1)  # and the next one
    errors = np.exp(rng.uniform(math.log(ERRORS[0]), math.log(ERRORS[1]), shape))
    logs = population.draw(rng, shape) + rng.normal(0.0, errors)
    seen, following = logs[:, :kinds], logs[:, kinds]
    inside = (seen.min(axis=1) <= following) & (following <= seen.max(axis=1))
    ranked, ranked_half = _signed_rank(seen, population.centre)
    hartung, hartung_half = _knapp_hartung(seen, errors[:, :kinds], population.mean)
    return Coverage(
        population=population.name,
        kinds=kinds,
        signed_rank=ranked,
        knapp_hartung=hartung,
        next_inside=float(inside.mean()),
        promised=next_inside(kinds),
        signed_rank_half=ranked_half,
        knapp_hartung_half=hartung_half,
    )


def repeated(kinds: int, times: int, fleets: int = FLEETS, seed: int = SEED) -> tuple[float, float]:
    """How often the signed-rank interval holds the centre where kinds are repeated.

    Of so many normal kinds, each measured on ``times`` machines: with machines as witnesses, and
    with the kinds.
    """
    rng = np.random.default_rng((seed, kinds, times))
    true = rng.normal(0.0, WIDE, (fleets, kinds, 1))
    logs = true + rng.normal(0.0, max(ERRORS), (fleets, kinds, times))
    as_machines, _ = _signed_rank(logs.reshape(fleets, -1), 0.0)
    as_kinds, _ = _signed_rank(logs.mean(axis=2), 0.0)
    assert as_machines is not None
    assert as_kinds is not None
    return as_machines, as_kinds


def table(rows: list[Coverage], witnesses: tuple[float, float]) -> str:
    """The rows as Markdown, and what repetitions taken for witnesses do."""
    cells = (
        (
            row.population,
            row.kinds,
            _share(row.signed_rank, row.signed_rank_half),
            _share(row.knapp_hartung, row.knapp_hartung_half),
            f"{row.next_inside:.1%}",
            f"{row.promised:.1%}",
        )
        for row in rows
    )
    machines, kinds = witnesses
    held = f"the interval over 24 machines holds the centre in {machines:.1%}"
    repetitions = f"Six kinds, four machines each: {held}, the one over six kinds in {kinds:.1%}."
    return f"{markdown.table(HEADS, cells)}\n\n{repetitions}"


def main(
    out: Annotated[Path, typer.Option("-o", help="where the rows are kept")] = KEPT,
    into: Annotated[
        Path | None, typer.Option("--document", help="write the table into this document")
    ] = None,
    fleets: Annotated[int, typer.Option(min=1, help="fleets a row")] = FLEETS,
) -> None:
    """Simulate, keep the rows and print them, or write them into a document."""
    rows = [simulate(one, kinds, fleets) for one in POPULATIONS for kinds in KINDS]
    witnesses = repeated(6, 4, fleets)
    kept = {"fleets": fleets, "seed": SEED, "rows": [asdict(row) for row in rows]}
    kept["repeated"] = dict(zip(("as_machines", "as_kinds"), witnesses, strict=True))
    with refusing(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    text = table(rows, witnesses)
    if into is None:
        typer.echo(text)
        return
    with refusing(into, "--document"):
        put(text, into, PART)


def _signed_rank(logs: Values, centre: float) -> tuple[float | None, float | None]:
    """The share of rows in which the interval holds the centre, and its median half-width."""
    if logs.shape[1] < KINDS_MIN:
        return None, None
    found = [one for one in estimates(logs.T) if one is not None]
    halves = [one.half_width for one in found if one.half_width is not None]
    return float(np.mean([not one.excludes(centre) for one in found])), float(np.median(halves))


def _knapp_hartung(logs: Values, errors: Values, mean: float) -> tuple[float, float]:
    held, halves = [], []
    for values, known in zip(logs, errors, strict=True):
        centre = spread(values.tolist(), known.tolist()).centre
        assert centre.low is not None
        assert centre.high is not None
        low, high = np.log(centre.low), np.log(centre.high)
        held.append(low <= mean <= high)
        halves.append((high - low) / 2)
    return float(np.mean(held)), float(np.median(halves))


def _share(share: float | None, half: float | None) -> str:
    if share is None or half is None:
        return "-"
    return f"{share:.1%}, ±{100 * half:.2g} %"


if __name__ == "__main__":
    run(main, "reports")

"""The answer, one sentence per candidate: the range of its ratios, each end with its interval.

It is about the code that each compiler produced by itself; forced forms explain it, but are not
the answer.
"""

import math
from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports.frames.code import by_itself
from reports.frames.order import by_size
from reports.rounds.processes import CELL
from reports.statistics.estimates import estimate_of
from reports.statistics.signed_rank import CONFIDENCE, PROCESSES_MIN, Estimate
from reports.statistics.verdict import Verdict
from reports.text import wording

DRAWN_MAX = 8  # shapes, those with the widest intervals
OF_DOT = [*CELL, "cell", "backend", "variant", "label", "process", "ratio"]
PHASE = "add"  # the layouts differ in this call; the answer is about it if it was measured


@dataclass(frozen=True)
class End:
    """One end of a range."""

    where: str  # the cell
    found: Estimate
    verdict: Verdict


@dataclass(frozen=True)
class Range:
    """The range of the ratios of one backend's code."""

    backend: str
    lowest: End
    highest: End

    @property
    def ends(self) -> tuple[End, ...]:
        """Both ends, or the only one of a single cell."""
        both = (self.lowest, self.highest)
        return both[:1] if self.lowest.where == self.highest.where else both


@dataclass(frozen=True)
class Answer:
    """The answer for one candidate over all named shapes, by backend."""

    strategy: str
    baseline: str  # its time is 1
    phase: str
    ranges: tuple[Range, ...]  # one per backend
    verdicts: Counter[Verdict]
    unit: str  # what the verdicts count: shapes, or cells if there are several backends

    @property
    def lowest(self) -> End:
        """The lowest end over all backends."""
        return min((one.lowest for one in self.ranges), key=lambda end: end.found.centre)

    @property
    def highest(self) -> End:
        """The highest end over all backends."""
        return max((one.highest for one in self.ranges), key=lambda end: end.found.centre)

    @property
    def over(self) -> str:
        """What the range covers, if there are several backends."""
        return f" over {len(self.ranges)} backends" if len(self.ranges) > 1 else ""

    @property
    def text(self) -> str:
        """The sentence, to follow the candidate's name."""
        several = len(self.ranges) > 1
        ends = [
            " to ".join(_end(end, where=not several) for end in one.ends) for one in self.ranges
        ]
        ends[0] += f" times as long as {self.baseline}"
        by = [f" by {one.backend}" * several for one in self.ranges]
        parts = [words + name for words, name in zip(ends, by, strict=True)]
        return f"takes {wording.listed(parts)}: {_counted(self)}."

    def cell(self, backend: str) -> str:
        """The range of one backend, for a table; empty if it was not measured."""
        found = [one for one in self.ranges if one.backend == backend]
        ends = [f"{e.found.centre:.2f}" for r in found for e in (r.lowest, r.highest)]
        return " to ".join(dict.fromkeys(ends))

    @property
    def known_to(self) -> float:
        """The widest half-width of an end; infinite if one has no interval."""
        ends = (end for one in self.ranges for end in (one.lowest, one.highest))
        return max(math.inf if e.found.half_width is None else e.found.half_width for e in ends)

    @property
    def short(self) -> str:
        """The range alone, for a title."""
        low, high = (f"{end.found.centre:.2f}" for end in (self.lowest, self.highest))
        return f"{self.strategy} {low}" + f" to {high}" * (low != high)


def headline_phase(found: pd.DataFrame) -> str:
    """The phase that the answer is about: PHASE, or the first one measured."""
    phases = list(found["phase"].unique())
    return PHASE if PHASE in phases else str(phases[0])


def headline(ratios: pd.DataFrame, phase: str = "") -> pd.DataFrame:
    """The rows of ``ratios`` behind the answer: named shapes, nothing varied.

    Only of one phase, by default that of the headline.
    """
    named = ratios[ratios["swept"].isna() & (ratios["role"] == "candidate")]
    plain = named[named["axes"] == ""]
    named = named if plain.empty else plain
    return named if named.empty else named[named["phase"] == (phase or headline_phase(named))]


def answers(ratios: pd.DataFrame, phase: str = "", form: str = "") -> list[Answer]:
    """An answer for every candidate that has a ratio, as compiled or in a forced form.

    Empty if something is varied in every cell: such cells answer an experiment's question, and a
    range over them would have no meaning.
    """
    rows = headline(ratios, phase)
    rows = rows[rows["axes"] == ""]
    if form:
        rows = rows[rows["form"] == form]
    elif not rows.empty:
        rows = by_itself(rows)
    groups = rows.groupby("strategy", observed=True, sort=False)
    return [_answer(str(name), part) for name, part in groups if part["processes"].any()]


def deviation(ratios: pd.DataFrame) -> str | None:
    """How far the controls are from 1, in the median and the worst cell; None without a control."""
    control = ratios[(ratios["role"] == "control") & (ratios["processes"] > 0)]
    if control.empty:
        return None
    off = (control["centre"] - 1).abs()
    return f"{wording.percent(off.median())} (median cell) to {wording.percent(off.max())} (worst)"


def precision(ratios: pd.DataFrame) -> str:
    """How well the candidates' ratios are known, by their half-widths; empty without intervals."""
    known = ratios[(ratios["role"] == "candidate") & ratios["low"].notna()]
    if known.empty:
        return ""
    widths = (known["high"] - known["low"]) / (2 * known["centre"])
    usual, most = (wording.percent(float(widths.quantile(at))) for at in (0.5, 0.95))
    return f"half of {len(known)} ratios are known to ±{usual}, 95 % of them to ±{most}"


def caution(processes: int) -> str:
    """A warning if there are no intervals; empty if there are."""
    if processes >= PROCESSES_MIN:
        return ""
    return (
        f"No intervals: {processes} process{'es' * (processes != 1)} measured, and an interval of "
        f"{CONFIDENCE:.0%} needs {PROCESSES_MIN}. Read every ratio as a first look."
    )


def _answer(strategy: str, rows: pd.DataFrame) -> Answer:
    known = rows[rows["processes"] > 0].sort_values("centre", kind="stable")
    backends = [str(name) for name in rows["backend"].unique() if name in set(known["backend"])]
    ranges = tuple(_range(name, known[known["backend"] == name]) for name in backends)
    return Answer(
        strategy=strategy,
        baseline=str(known["against"].iloc[0]).split("@", maxsplit=1)[0],
        phase=str(known["phase"].iloc[0]),
        ranges=ranges,
        verdicts=Counter(Verdict(value) for value in rows["verdict"]),
        unit="cells" if len(set(rows["label"])) > 1 else "shapes",
    )


def _range(backend: str, rows: pd.DataFrame) -> Range:
    """The range of rows sorted by centre."""
    ordered = rows.to_dict("records")
    return Range(backend, _read_end(ordered[0]), _read_end(ordered[-1]))


def _read_end(row: Mapping[Hashable, Any]) -> End:
    found = estimate_of(row)
    assert found is not None
    return End(f"{row['workload']}/{row['cell']}", found, Verdict(row["verdict"]))


def _end(end: End, *, where: bool) -> str:
    """An end with its interval, and its cell unless there are too many to read."""
    open_verdicts = (Verdict.INCONCLUSIVE, Verdict.DOUBTFUL)
    notes = [end.verdict.value] * (end.verdict in open_verdicts) + [end.where] * where
    return wording.ratio_with_interval(end.found) + f" ({', '.join(notes)})" * bool(notes)


def _counted(answer: Answer) -> str:
    """The number of verdicts of each kind."""
    counts = {verdict: answer.verdicts[verdict] for verdict in Verdict}
    total = sum(counts.values())
    parts = [f"{verdict.value} in {count}" for verdict, count in counts.items() if count]
    if total in counts.values():
        return f"{parts[0].replace(' in ', ' in all ')} {answer.unit}"
    return f"{wording.listed(parts)} of {total} {answer.unit}"


def least_precise(processes: pd.DataFrame, ratios: pd.DataFrame) -> pd.DataFrame:
    """One row per process: ``ratio`` of its median round, in the shapes with the widest intervals.

    Only of candidates as compiled, in named shapes and the phase of the answer.
    """
    known = headline(ratios)
    known = known[known["low"].notna()]
    if known.empty:
        return pd.DataFrame(columns=OF_DOT)
    known = by_size(by_itself(known))
    width = (known["high"] - known["low"]) / known["centre"]
    widest = known.loc[width.sort_values(ascending=False, kind="stable").index]
    cells = widest.drop_duplicates(CELL).head(DRAWN_MAX)[CELL]
    found = cells.merge(processes, on=CELL).merge(known[[*CELL, "label"]], on=[*CELL, "label"])
    return found[OF_DOT].dropna(subset="ratio").reset_index(drop=True)


def baseline_of(ratios: pd.DataFrame) -> str:
    """The baseline's name, without the backend if there are several."""
    names = ratios.loc[ratios["processes"] > 0, "against"].unique()
    if not len(names):
        return "the baseline"
    return wording.drawable(
        names[0] if len(names) == 1 else str(names[0]).split("@", maxsplit=1)[0]
    )

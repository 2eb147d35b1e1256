"""The answer in a sentence a candidate: the range of its ratios, each end with its interval."""

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from reports import wording
from reports.estimates import estimate_of
from reports.statistics import CONFIDENCE, PROCESSES_MIN, Estimate
from reports.verdict import Verdict

PHASE = "add"  # the call that the layouts differ in; the answer is about it where it was measured


@dataclass(frozen=True)
class End:
    """One end of the range."""

    where: str  # the cell, and the series where there are several
    found: Estimate
    verdict: Verdict


@dataclass(frozen=True)
class Answer:
    """What was found for one candidate over all named shapes, forms and backends."""

    strategy: str
    baseline: str  # whose time is 1
    phase: str
    lowest: End
    highest: End
    verdicts: Counter[Verdict]
    unit: str  # what the verdicts count: shapes, or cells where there are several series
    over: str  # what the range spans, if several backends or forms

    @property
    def text(self) -> str:
        """The sentence, to be read behind the candidate's name."""
        low, high = (_end(end) for end in (self.lowest, self.highest))
        return (
            f"takes {low} to {high} times as long as {self.baseline}{self.over}: {_counted(self)}."
        )

    @property
    def short(self) -> str:
        """The range alone, for a title."""
        low, high = (f"{end.found.centre:.2f}" for end in (self.lowest, self.highest))
        return f"{self.strategy} {low}" + f" to {high}" * (low != high)


def headline_phase(found: pd.DataFrame) -> str:
    """Return the phase that the answer is about: PHASE, or the first one measured."""
    phases = list(found["phase"].unique())
    return PHASE if PHASE in phases else str(phases[0])


def headline(ratios: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``ratios`` that the answer is made of: named shapes, nothing varied."""
    named = ratios[ratios["swept"].isna() & (ratios["role"] == "candidate")]
    plain = named[named["axes"] == ""]
    named = named if plain.empty else plain
    return named if named.empty else named[named["phase"] == headline_phase(named)]


def answers(ratios: pd.DataFrame) -> list[Answer]:
    """Return an answer for every candidate that has a ratio."""
    rows = headline(ratios)
    groups = rows.groupby("strategy", observed=True, sort=False)
    return [_answer(str(name), part) for name, part in groups if part["processes"].any()]


def deviation(ratios: pd.DataFrame) -> str | None:
    """Return how far from 1 the controls are, median and worst cell; None without a control."""
    control = ratios[(ratios["role"] == "control") & (ratios["processes"] > 0)]
    if control.empty:
        return None
    off = (control["centre"] - 1).abs()
    return f"{wording.percent(off.median())} (median cell) to {wording.percent(off.max())} (worst)"


def caution(processes: int) -> str:
    """Return what to say where there are no intervals; empty where there are."""
    if processes >= PROCESSES_MIN:
        return ""
    return (
        f"No intervals: {processes} process{'es' * (processes != 1)} measured, and an interval of "
        f"{CONFIDENCE:.0%} needs {PROCESSES_MIN}. Read every ratio as a first look."
    )


def _answer(strategy: str, rows: pd.DataFrame) -> Answer:
    several = len(set(rows["label"])) > 1
    known = rows[rows["processes"] > 0].sort_values("centre")
    ordered = known.to_dict("records")
    ends = [_read_end(row, several=several) for row in (ordered[0], ordered[-1])]
    return Answer(
        strategy=strategy,
        baseline=str(known["against"].iloc[0]).split("@", maxsplit=1)[0],
        phase=str(known["phase"].iloc[0]),
        lowest=ends[0],
        highest=ends[1],
        verdicts=Counter(Verdict(value) for value in rows["verdict"]),
        unit="cells" if several else "shapes",
        over=_over(known),
    )


def _over(rows: pd.DataFrame) -> str:
    """Return how many backends and forms a range spans, where there is more than one."""
    counts = {"backends": rows["backend"].nunique(), "forms": rows["form"].nunique()}
    parts = [f"{count} {name}" for name, count in counts.items() if count > 1]
    return f" over {' and '.join(parts)}" if parts else ""


def _read_end(row: Mapping[Hashable, Any], *, several: bool) -> End:
    found = estimate_of(row)
    assert found is not None
    where = f"{row['workload']}/{row['shape']}" + f", {row['label']}" * several
    return End(where, found, Verdict(row["verdict"]))


def _end(end: End) -> str:
    open_verdicts = (Verdict.INCONCLUSIVE, Verdict.DOUBTFUL)
    verdict = f"{end.verdict.value}, " if end.verdict in open_verdicts else ""
    return f"{wording.ratio_with_interval(end.found)} ({verdict}{end.where})"


def _counted(answer: Answer) -> str:
    """Return how many verdicts there are of each kind."""
    counts = {verdict: answer.verdicts[verdict] for verdict in Verdict}
    total = sum(counts.values())
    parts = [f"{verdict.value} in {count}" for verdict, count in counts.items() if count]
    if total in counts.values():
        return f"{parts[0].replace(' in ', ' in all ')} {answer.unit}"
    return f"{wording.listed(parts)} of {total} {answer.unit}"

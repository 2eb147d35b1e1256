"""Tables of the page with times and their ratios to the baseline."""

from collections.abc import Iterator

import pandas as pd

from reports.frames.answer import baseline_of, headline_phase
from reports.frames.code import by_itself
from reports.frames.order import by, together
from reports.frames.tables import Tables
from reports.read.series import APART
from reports.text.table import Grid, grid, ratio_cell, time_cell

COEFFICIENTS = {"slope": "ns/descriptor", "intercept": "ns/request"}


def ratio_grids(found: Tables, *, others: bool = False) -> Iterator[Grid]:
    """Yield one table per workload: each candidate's ratio, as compiled, one column per backend.

    In the phase of the answer, or one table for each of the others.
    """
    ratios = by_itself(_named_candidates(found, others=others))
    for title, part in by(ratios, "workload", *["phase"] * others):
        yield grid(
            title, together(part, "strategy"), "cell", "label", ratio_cell, note=_times_of(part)
        )


def form_grids(found: Tables) -> Iterator[Grid]:
    """Yield one table per workload and backend: every form of the candidates that have several."""
    ratios = _named_candidates(found)
    several = ratios.groupby("strategy", observed=True)["form"].transform("nunique") > 1
    for title, part in by(ratios[several], "workload", "backend"):
        rows = together(part, "strategy")
        yield grid(title, rows, "cell", "variant", ratio_cell, note=_times_of(part))


def time_grids(found: Tables) -> Iterator[Grid]:
    """Yield one table per workload, phase and backend: nanoseconds per request, as compiled."""
    times = found.times[found.times["swept"].isna() & ~found.times["role"].isin(APART)]
    for title, part in by(by_itself(times), "workload", "phase", *_backend(times)):
        yield grid(title, part, "cell", "variant", time_cell, note="ns per request")


def line_grids(found: Tables, *, others: bool = False) -> Iterator[Grid]:
    """Yield one table per sweep: what a descriptor and what a request adds, as compiled.

    In the phase of the answer, or in the others.
    """
    lines = found.lines[~found.lines["role"].isin(APART)]
    if lines.empty:
        return
    of_answer = lines["phase"] == headline_phase(lines)
    lines = by_itself(lines[~of_answer if others else of_answer])
    lines = lines.replace({"coefficient": COEFFICIENTS})
    for title, part in by(lines, "workload", "phase", "axes"):
        yield grid(title, part, "label", "coefficient", time_cell)


def sweep_grids(found: Tables) -> Iterator[Grid]:
    """Yield one table per sweep and backend: nanoseconds per descriptor at each point."""
    times = by_itself(found.per_descriptor[~found.per_descriptor["role"].isin(APART)])
    for title, part in by(_swept(times), "workload", *_backend(times)):
        yield grid(title, part, "cell", "variant", time_cell, note="ns per descriptor")


def floor_grids(found: Tables) -> Iterator[Grid]:
    """Yield one table per sweep, backend and floor: nanoseconds per descriptor above that floor."""
    above = _swept(by_itself(found.above_floor))
    for title, part in by(above, "workload", *_backend(above), "floor"):
        yield grid(
            f"{title}, ns above it", part, "cell", "variant", time_cell, note="ns per descriptor"
        )


def control_grids(found: Tables) -> Iterator[Grid]:
    """Yield one table per workload and copy: its ratio to the original, one column per phase."""
    control = found.ratios[found.ratios["role"] == "control"]
    for title, part in by(control, "workload", "label"):
        yield grid(title, part, "cell", "phase", ratio_cell, note=_times_of(part))


def _times_of(ratios: pd.DataFrame) -> str:
    """The unit of a table of ratios, unless its title gives it."""
    phases = list(ratios["phase"].unique())
    where = f" in phase {phases[0]}" if len(phases) == 1 else ""
    return f"time{where} as a multiple of {baseline_of(ratios)}'s"


def _named_candidates(found: Tables, *, others: bool = False) -> pd.DataFrame:
    """The candidates' ratios in named shapes, in the phase of the answer or the others."""
    ratios = found.ratios
    named = ratios[ratios["swept"].isna() & (ratios["role"] == "candidate")]
    if named.empty:
        return named
    of_answer = named["phase"] == headline_phase(named)
    return named[~of_answer if others else of_answer]


def _swept(frame: pd.DataFrame) -> pd.DataFrame:
    """The points of sweeps, in the phase of the answer."""
    swept = frame[frame["swept"].notna()]
    return swept if swept.empty else swept[swept["phase"] == headline_phase(swept)]


def _backend(frame: pd.DataFrame) -> list[str]:
    """The column that tells backends apart, if there are several."""
    return ["backend"] if len(set(frame["backend"])) > 1 else []

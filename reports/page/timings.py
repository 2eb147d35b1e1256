"""Tables of the page with times and their ratios to the baseline."""

from collections.abc import Iterator

import pandas as pd

from reports.frames.answer import baseline_of, headline_phase
from reports.frames.code import by_itself
from reports.frames.order import by, together
from reports.frames.tables import Tables
from reports.read.series import APART
from reports.text.table import FrameRow, Grid, Printed, exact_cell, grid, ratio_cell, time_cell

COEFFICIENTS = {"slope": "ns/descriptor", "intercept": "ns/request"}
MISFIT_MAX = 0.05  # of a point's time; farther from its line, a sweep is not linear


def ratio_grids(tables: Tables) -> Iterator[Grid]:
    """Yield one table per workload in the phase of the answer, as compiled, short requests first.

    The baseline's nanoseconds, and each candidate's ratio to them, one column per backend.
    """
    ratios = by_itself(_named_candidates(tables))
    for title, part in by(ratios, "workload"):
        cells = part[["workload", "cell", "phase", "against"]].drop_duplicates()
        bases = tables.times.merge(
            cells.rename(columns={"against": "label"}), on=["workload", "cell", "phase", "label"]
        )
        of_time = bases.assign(
            strategy=bases["strategy"].astype(str) + ", ns",
            label=[
                str(row["label"]).replace(row["strategy"], f"{row['strategy']}, ns", 1)
                for row in bases.to_dict("records")
            ],
        )
        doubts = part.drop_duplicates("cell").set_index("cell")["doubt"]
        rows = pd.concat([of_time.assign(doubt=of_time["cell"].map(doubts)), part])
        rows = together(rows.sort_values("descriptors", kind="stable"), "strategy")
        yield grid(title, rows, "cell", "label", _cell, note=_times_of(part))


def line_grids(tables: Tables) -> Iterator[Grid]:
    """Yield one table per sweep: what a descriptor and what a request adds, as compiled.

    In the phase of the answer.
    """
    lines = tables.lines[~tables.lines["role"].isin(APART)]
    if lines.empty:
        return
    lines = by_itself(lines[lines["phase"] == headline_phase(lines)])
    lines = lines.replace({"coefficient": COEFFICIENTS})
    for title, part in by(lines, "workload", "phase", "axes"):
        yield grid(title, part, "label", "coefficient", _coefficient_cell)


def _cell(row: FrameRow) -> Printed:
    return time_cell(row) if row["role"] == "baseline" else ratio_cell(row)


def _coefficient_cell(row: FrameRow) -> Printed:
    """A coefficient of a line; of one that does not fit, the intercept means nothing."""
    if row["misfit"] <= MISFIT_MAX or row["coefficient"] != COEFFICIENTS["intercept"]:
        return time_cell(row)
    return exact_cell("not linear", f"a point is {100 * row['misfit']:.0f} % off")


def _times_of(ratios: pd.DataFrame) -> str:
    """The unit of a table of ratios, unless its title gives it."""
    phases = list(ratios["phase"].unique())
    where = f" in phase {phases[0]}" if len(phases) == 1 else ""
    return f"time{where} as a multiple of {baseline_of(ratios)}'s"


def _named_candidates(tables: Tables) -> pd.DataFrame:
    """The candidates' ratios in named shapes, in the phase of the answer."""
    ratios = tables.ratios
    named = ratios[ratios["swept"].isna() & (ratios["role"] == "candidate")]
    return named[named["phase"] == headline_phase(named)] if named["processes"].any() else named[:0]

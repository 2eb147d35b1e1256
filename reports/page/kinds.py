"""Three kinds of time, kept apart: compiling, a first call, the steady state."""

import numpy as np
import pandas as pd

from reports.frames.answer import headline_phase
from reports.frames.tables import Tables
from reports.read.result import Result
from reports.read.series import LAYOUTS
from reports.rounds.processes import NS
from reports.text.table import FrameRow, Grid, Head, Row, exact_cell, series_head

PLACE = ["axes", "workload", "shape", "phase", "label"]


def kinds(result: Result, times: pd.DataFrame) -> pd.DataFrame:
    """One row per layout: seconds to compile it, ns of a first request and of a steady one.

    Both requests are medians over the named shapes, in the phase of the answer. NaN if the compiler
    was not run because its objects were cached.
    """
    named = times[times["swept"].isna() & times["role"].isin(LAYOUTS) & (times["processes"] > 0)]
    if named.empty or result.firsts.empty:
        return pd.DataFrame(columns=["variant", "backend", "compile_s", "first_ns", "steady_ns"])
    here = named[named["phase"] == headline_phase(named)]
    both = here.merge(result.firsts[[*PLACE, "first"]], on=PLACE)
    groups = both.groupby(["variant", "backend"], observed=True, sort=False)
    found = groups[["first", "centre"]].median().reset_index()
    keys = found["variant"].astype(str) + "@" + found["backend"].astype(str)
    found["compile_s"] = keys.map(result.compile_s).astype(float)
    return found.assign(first_ns=NS * found["first"], steady_ns=found["centre"])


def kinds_grid(result: Result, tables: Tables) -> Grid | None:
    """The ``kinds`` as a table; None if the file has no first calls."""
    rows = kinds(result, tables.times)
    if rows.empty:
        return None
    heads = (
        Head("compiling", "s"),
        Head("first request", "ns"),
        Head("steady", "ns"),
        Head("first / steady"),
    )
    lines = [
        Row(series_head(row), tuple(map(exact_cell, _texts(row))))
        for row in rows.to_dict("records")
    ]
    title = "Compiling, the first request through new code, the steady state"
    return Grid(title, heads, tuple(lines), narrow=True, corner="layout")


def _texts(row: FrameRow) -> tuple[str, ...]:
    compiled, first, steady = (float(row[key]) for key in ("compile_s", "first_ns", "steady_ns"))
    compiling = "kept" if np.isnan(compiled) else f"{compiled:.2f}"
    return compiling, f"{first:.0f}", f"{steady:.1f}", f"{first / steady:.1f}"

"""Tables of the page on the effect of placement: on each strategy, and in which cells."""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd

from reports.frames.tables import Tables
from reports.rounds.placement import POSITIONS, dependent
from reports.rounds.processes import CELL
from reports.statistics.estimates import estimate_of
from reports.statistics.signed_rank import DIFFERENCE_MIN
from reports.text import wording
from reports.text.table import FrameRow, Grid, Head, Printed, Row, exact_cell, place, series_head

LISTED_MAX = 10  # cells listed as depending on placement; the CSV file has all
OF_POSITIONS = [f"position_{at}" for at in range(POSITIONS)]
LEAST = f"{100 * DIFFERENCE_MIN:g} %"
SHOWN = ("candidate", "control")  # the control shows the effect on the baseline's own code
SUMMARY = (
    Head("code position", "median cell"),
    Head("code position", "worst cell"),
    Head("answer changes", "cells"),
    Head("pages", "median span"),
    Head("slow rounds", "share"),
    Head("depend", "cells"),
)
DEPENDENT = (
    Head("two clusters of rounds"),
    Head("centre"),
    Head("mean"),
    Head("90 % of rounds"),
    Head("by code position"),
    Head("slow rounds"),
)


def spread_grid(tables: Tables) -> Grid | None:
    """One row per series: how far code position and pages move it, and how often."""
    rows = placed(tables)
    if rows.empty:
        return None
    lines = [
        Row(series_head(part.iloc[0].to_dict()), tuple(_series_cells(part)))
        for _, part in rows.groupby("label", observed=True, sort=False)
    ]
    title = "What moves each ratio, all phases"
    return Grid(title, SUMMARY, tuple(lines), narrow=True, corner="layout")


def dependent_grid(tables: Tables) -> Grid | None:
    """One row per ratio that depends on placement, widest first: its clusters, centre and mean."""
    rows = dependent(placed(tables))
    if rows.empty:
        return None
    lines = tuple(
        Row(Head(place(row), str(row["label"])), tuple(_dependent_cells(row)))
        for row in rows.head(LISTED_MAX).to_dict("records")
    )
    shown = f"the {len(lines)} of {len(rows)} least settled" if len(rows) > len(lines) else "all"
    title = f"Ratios that depend on placement: {shown}"
    return Grid(title, DEPENDENT, lines, narrow=True, corner="cell")


def placed(tables: Tables) -> pd.DataFrame:
    """The ratios of candidates and copies, each with the effect of placement."""
    ratios = tables.ratios[tables.ratios["role"].isin(SHOWN) & (tables.ratios["processes"] > 0)]
    keys = [*CELL, "label"]
    more = ["slow_share", "moved_by_position", "by_position", "page_span", *OF_POSITIONS]
    return ratios.merge(tables.placement[[*keys, *more]], on=keys)


def sentence(tables: Tables) -> str:
    """How many ratios depend on placement, and why; empty if none does."""
    rows = dependent(placed(tables))
    if rows.empty:
        return ""
    kinds = Counter(rows["decided_by"])
    parts = [f"in {kinds[by]} by {what}" for by, what in wording.DECIDES.items() if kinds[by]]
    parts += [f"in {kinds['']} mean or span are off (an older file)"] * bool(kinds[""])
    changing = int((rows["by_position"] != "").sum())
    parts += [f"in {changing} the answer changes with code position"] * bool(changing)
    return f"{depending(tables)}: {wording.listed(parts)}."


def depending(tables: Tables) -> str:
    """How many ratios depend on placement; empty if none does."""
    count = len(dependent(placed(tables)))
    total = int(((tables.ratios["role"] == "candidate") & (tables.ratios["processes"] > 0)).sum())
    ratios = wording.count_of(count, total, "ratio")
    return f"{ratios} depend{'s' * (count == 1)} on placement" if count else ""


def widest(tables: Tables) -> str:
    """The ratio with the widest interval of those that depend on placement; empty without any."""
    rows = dependent(placed(tables))
    if rows.empty:
        return ""
    worst = rows.iloc[0].to_dict()
    typical = estimate_of(worst)
    assert typical is not None
    return (
        f"The least settled is {place(worst)}, {worst['label']}: "
        f"{wording.ratio_with_interval(typical)}, "
        f"{wording.kinds(worst) if worst['decided_by'] else 'mean ' + format(worst['mean'], '.3f')}"
        f"; 90 % of rounds {wording.span(worst['p05'], worst['p95'])}."
    )


def _series_cells(part: pd.DataFrame) -> Iterator[Printed]:
    relative = part["position_spread"] / part["centre"]
    if relative.notna().any():
        worst = part.iloc[int(relative.argmax())]
        yield exact_cell(_percent(relative.median()))
        yield exact_cell(_percent(relative.max()), place(worst.to_dict()))
        changing = int((part["by_position"] != "").sum())
        yield exact_cell(f"{changing} of {len(part)}")
        yield exact_cell(_percent(part["page_span"].median()))
    else:
        yield from [exact_cell("unknown")] * 4
    yield exact_cell(_percent(part["slow_share"].mean()))
    yield exact_cell(f"{int(part['depends_on_placement'].sum())} of {len(part)}")


def _dependent_cells(row: FrameRow) -> Iterator[Printed]:
    yield exact_cell(wording.kinds(row) if row["decided_by"] else "unknown")
    for centre, low, high in (("centre", "low", "high"), ("mean", "mean_low", "mean_high")):
        found = estimate_of({**row, "centre": row[centre], "low": row[low], "high": row[high]})
        assert found is not None
        yield Printed(wording.ratio(found), wording.ratio_interval(found))
    yield exact_cell(wording.span(row["p05"], row["p95"]))
    centres = [row[name] for name in OF_POSITIONS]
    known = not np.isnan(centres).any()
    yield exact_cell(
        wording.span(min(centres), max(centres)) if known else "unknown", row["by_position"]
    )
    yield exact_cell(_percent(row["slow_share"]))


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"

"""Tables of the page that support the times: code, counts, and other backends."""

from collections.abc import Iterator

import numpy as np

from reports.frames import backends
from reports.frames.answer import headline_phase
from reports.frames.backends import Agreement
from reports.frames.code_times import measured
from reports.frames.tables import Tables
from reports.statistics.estimates import estimate_of
from reports.text import wording
from reports.text.table import (
    FrameRow,
    Grid,
    Head,
    Printed,
    Row,
    exact_cell,
    ratio_cell,
    series_head,
    time_cell,
)

STEP = {  # column: its heading
    "step_instructions": "instr",
    "step_loads": "loads",
    "step_stores": "stores",
    "step_branches": "branches",
    "step_conditional_moves": "cond. moves",
    "step_calls": "calls",
}
HASH_DIGITS = 8  # of a hash on a page; the CSV file has it in full
RATIO = ("centre_ratio", "low_ratio", "high_ratio", "processes_ratio")


def code_grid(tables: Tables) -> Grid | None:
    """One row per series: what its code does for a descriptor, its hash, time and ratio."""
    rows = measured(tables)
    if rows.empty:
        return None
    where = f"{rows['workload'].iloc[0]}/{rows['cell'].iloc[0]}"
    heads = [Head(name) for name in STEP.values()]
    heads += [Head("ns/desc", where), Head("ratio", where), Head("bytes", "hash begins")]
    lines = [Row(series_head(row), tuple(_code_cells(row))) for row in rows.to_dict("records")]
    return Grid(
        "The code that was measured, for one descriptor",
        tuple(heads),
        tuple(lines),
        narrow=True,
        corner="layout",
    )


def agreement_grid(tables: Tables) -> Grid | None:
    """One row per pair of backends and phase: how well they agree, and where least."""
    known = backends.agreements(tables.across)
    if not known:
        return None
    heads = ("cells", "geometric mean", "farthest from 1", "limit", "cells beyond")
    rows = tuple(Row(Head(one.pair, one.phase), tuple(_agreement_cells(one))) for one in known)
    title = "One backend against another"
    return Grid(title, tuple(map(Head, heads)), rows, narrow=True, corner="backends")


def gap_sentence(tables: Tables) -> str:
    """How far the ratios to the baseline differ between backends; empty without any."""
    gaps = tables.gaps[tables.gaps["processes"] > 0]
    if gaps.empty:
        return ""
    gaps = gaps[gaps["phase"] == headline_phase(gaps)]
    worst = gaps.iloc[int(gaps["centre"].abs().argmax())].to_dict()
    off = estimate_of(worst)
    assert off is not None
    within = int((gaps["centre"].abs() <= backends.GAP_MAX).sum())
    return (
        f"From {backends.DESCRIPTORS_MIN} descriptors on, the ratio to the baseline differs "
        f"between backends by at most {backends.GAP_MAX:.2f} in {within} of {len(gaps)} cells "
        f"of phase {gaps['phase'].iloc[0]}, at worst by {wording.ratio_with_interval(off)} "
        f"({worst['pair']}, {backends.place(worst)})."
    )


def alone_sentence(tables: Tables) -> str:
    """The series without a counterpart in another backend; empty if all have one."""
    lonely = backends.alone(tables.codes)
    parts = [f"{label} in {backends}" for label, backends in lonely]
    return f"No counterpart, and left out of the comparison: {'; '.join(parts)}." if parts else ""


def _code_cells(row: FrameRow) -> Iterator[Printed]:
    for key in STEP:
        yield exact_cell("-" if np.isnan(row[key]) else f"{row[key]:g}")
    yield time_cell(row)
    ratio: FrameRow = {key.removesuffix("_ratio"): row[key] for key in RATIO}
    yield ratio_cell({**ratio, "role": ""}) if row["processes_ratio"] else exact_cell("")
    yield exact_cell(f"{row['code_bytes']:g}", row["code_hash"][:HASH_DIGITS])


def _agreement_cells(one: Agreement) -> Iterator[Printed]:
    yield exact_cell(one.cells)
    yield exact_cell(f"{one.mean:.3f}")
    worst = wording.ratio_with_interval(one.worst_found)
    yield exact_cell(worst, one.worst)
    yield exact_cell(f"{one.limit:.2f}")
    yield exact_cell(len(one.beyond))

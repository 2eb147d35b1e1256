"""The frames of a report: one row per series of a cell, with centre and interval.

``ratios``, ``times``, ``per_descriptor`` and ``above_floor`` have the columns CELL, SERIES and
OF_SHAPE and, of the estimate, ``centre``, ``low``, ``high`` (NaN with too few processes),
``smallest`` (the smallest difference that such an interval shows in 80 % of runs) and
``processes``: 0 if a cell lacks a series that its workload has.
``ratios`` also has the columns of ``reports.rounds.placement`` (OF_PLACEMENT),
``depends_on_placement`` of ``reports.statistics.signed_rank``, ``verdict``, ``doubt`` of
``reports.doubt.marks``, and ``hidden``: the share of the ratio by which ``reports.doubt.hidden``
widened its interval. The other frames have columns of their own, described where they are made.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from reports.doubt.conditions import table_of
from reports.doubt.hidden import Factor, as_row, factor, widened
from reports.doubt.marks import doubts
from reports.frames.answer import least_precise
from reports.frames.backends import across, gaps
from reports.frames.code import codes
from reports.frames.counts import NOTHING
from reports.frames.floors import above_floor
from reports.frames.lengths import by_length
from reports.read.grammar import inert
from reports.read.result import Result
from reports.rounds.placement import least_settled, placement, placement_of_condensed
from reports.rounds.processes import CELL, OF_SHAPE, SERIES, Rounds, per_process, rounds, shared
from reports.statistics import signed_rank
from reports.statistics.estimates import columns_of, estimate_of, estimated
from reports.statistics.verdict import judge

SWEEP = ["workload", "phase", "axes", "sweep"]
POINTS_MIN = 2  # of a line
OF_PLACEMENT = [
    *("mean", "mean_low", "mean_high", "p05", "p95", "position_spread"),
    *("state", "rule", "other", "other_low", "other_high"),
    *("kind_low", "kind_high", "kind_share", "decided_by"),
]
OF_ESTIMATE = ["centre", "low", "high", "smallest", "processes"]
NO_TIMES = pd.DataFrame(columns=[*CELL, *SERIES, *OF_SHAPE, *OF_ESTIMATE])
NO_RATIOS = pd.DataFrame(
    columns=[*NO_TIMES, "hidden", "verdict", *OF_PLACEMENT, "depends_on_placement", "doubt"]
)


@dataclass(frozen=True)
class Tables:
    """All frames of a report, under the names of their CSV files."""

    ratios: pd.DataFrame
    times: pd.DataFrame
    per_descriptor: pd.DataFrame
    lines: pd.DataFrame
    above_floor: pd.DataFrame  # of reports.frames.floors
    codes: pd.DataFrame  # of reports.frames.code
    across: pd.DataFrame  # of reports.frames.backends, as is the next
    gaps: pd.DataFrame
    placement: pd.DataFrame  # of reports.rounds.placement
    least_settled: pd.DataFrame  # the rounds of a few cells
    process_medians: pd.DataFrame  # of the shapes with the widest intervals
    doubts: pd.DataFrame  # of reports.doubt.marks, as is the next
    conditions: pd.DataFrame
    hidden: pd.DataFrame  # of reports.doubt.hidden: one row
    shared: pd.DataFrame  # as ``ratios``, of rounds with a busy neighbour, in addition
    shared_times: pd.DataFrame  # as ``times``, likewise
    counts: pd.DataFrame  # of reports.frames.counts
    lengths: pd.DataFrame  # of reports.frames.lengths: the answer

    def write(self, directory: Path) -> None:
        """Write each as CSV and as Parquet."""
        for name, frame in vars(self).items():
            write(frame, directory / name)


def write(frame: pd.DataFrame, stem: Path) -> None:
    """Write a frame as CSV, with numbers rounded to their precision, and in full as Parquet."""
    told = frame.copy()
    for key in frame.select_dtypes(exclude="number"):
        told[key] = frame[key].astype("object").map(inert)
    told.to_csv(stem.with_name(f"{stem.name}.csv"), index=False, float_format="%.6g")
    frame.to_parquet(stem.with_name(f"{stem.name}.parquet"), index=False)


def tabulate(
    result: Result,
    counted: pd.DataFrame | None = None,
    cells: Sequence[Rounds] | None = None,
) -> Tables:
    """The frames of a result, and of the instructions counted of its code.

    ``cells``: the result's and others, if they are known.
    """
    known = set(result.benchmarks["experiment"])
    cells = rounds(result.values) if cells is None else [c for c in cells if c.experiment in known]
    processes = per_process(cells)
    times_ns = times(processes)
    made = codes(result.benchmarks)
    placed = (
        placement_of_condensed(cells, result.benchmarks) if result.condensed else placement(cells)
    )
    doubted, conditions = doubts(processes, result.doubts)
    hidden = factor(table_of(processes))
    to_baseline = ratios(processes, placed, doubted, hidden)
    beside, beside_ns = _shared(result)
    return Tables(
        ratios=to_baseline,
        times=times_ns,
        per_descriptor=per_descriptor(times_ns),
        lines=lines(processes),
        above_floor=above_floor(processes),
        codes=made,
        across=across(cells, made),
        gaps=gaps(processes, made),
        placement=placed,
        least_settled=least_settled([] if result.condensed else cells, to_baseline),
        process_medians=least_precise(processes, to_baseline),
        doubts=doubted,
        conditions=conditions,
        hidden=as_row(hidden),
        shared=beside,
        shared_times=beside_ns,
        counts=NOTHING if counted is None else counted,
        lengths=by_length(processes, to_baseline),
    )


def _shared(result: Result) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ratios and times of rounds with a busy neighbour; empty frames if there are none."""
    cells = shared(result.values)
    if not cells:
        return NO_RATIOS, NO_TIMES
    processes = per_process(cells)
    undoubted = processes[CELL].drop_duplicates().assign(doubt="")
    found = ratios(processes, placement(cells), undoubted, factor(table_of(processes)))
    return found, times(processes)


def times(processes: pd.DataFrame) -> pd.DataFrame:
    """Nanoseconds per request."""
    return _completed(estimated(processes, "ns", [*CELL, *SERIES, *OF_SHAPE]))


def ratios(
    processes: pd.DataFrame,
    placed: pd.DataFrame,
    doubted: pd.DataFrame,
    hidden: Factor | None = None,
) -> pd.DataFrame:
    """Times as multiples of the baseline's, with all that is known about each."""
    found = _completed(estimated(processes, "ratio", [*CELL, *SERIES, *OF_SHAPE]))
    found = found[found["label"] != found["against"]].reset_index(drop=True)
    found = widened(found, hidden, [*CELL, "label"])
    noise = _noise(found)
    verdicts = [
        judge(estimate_of(row), noise.get(_cell_and_backend(row), 0.0)).value
        for row in found.to_dict("records")
    ]
    found = found.assign(verdict=verdicts)
    found = found.merge(placed[[*CELL, "label", *OF_PLACEMENT]], how="left", on=[*CELL, "label"])
    found["depends_on_placement"] = [_depends(row) for row in found.to_dict("records")]
    return found.merge(doubted[[*CELL, "doubt"]], how="left", on=CELL)


def per_descriptor(times_ns: pd.DataFrame) -> pd.DataFrame:
    """Nanoseconds per descriptor, from ``times``."""
    scaled = ("centre", "low", "high", "smallest")
    return times_ns.assign(**{key: times_ns[key] / times_ns["descriptors"] for key in scaled})


def lines(processes: pd.DataFrame) -> pd.DataFrame:
    """The line through every sweep, in two rows per series that ``coefficient`` tells apart.

    ``slope`` is in ns per descriptor, ``intercept`` in ns per request. ``misfit`` is how far the
    median of a point is from the line, as a share of the point, where that is most.
    """
    keys = [*SWEEP, *SERIES]
    rows: list[dict[str, Any]] = []
    of_line = [*keys, "descriptors", "cell", "process", "ns"]
    swept = processes.loc[processes["swept"].notna(), of_line]
    for key, part in swept.groupby(keys, observed=True, sort=False):
        points = part.pivot(  # noqa: PD010  (pivot_table takes three times as long)
            index=["descriptors", "cell"], columns="process", values="ns"
        )
        whole = points.dropna(axis="columns")
        if len(whole) < POINTS_MIN or whole.empty:
            continue
        x = whole.index.get_level_values(0).to_numpy()
        line = signed_rank.estimate_line(x, whole.to_numpy().T)
        usual = whole.median(axis="columns").to_numpy()
        off = np.abs(line.slope.centre * x + line.intercept.centre - usual) / usual
        one = dict(zip(keys, key, strict=True)) | {"misfit": float(off.max())}
        rows += [
            one | {"coefficient": name} | columns_of(found)
            for name, found in (("slope", line.slope), ("intercept", line.intercept))
        ]
    return pd.DataFrame(rows, columns=[*keys, "coefficient", *columns_of(None), "misfit"])


def _completed(found: pd.DataFrame) -> pd.DataFrame:
    """Add a row without processes for every series of a workload that a cell lacks."""
    rows = []
    for _, workload in found.groupby(["workload", "phase", "axes"], sort=False):
        series = workload.drop_duplicates("label")[SERIES]
        cells = workload.drop_duplicates("shape")[[*CELL, *OF_SHAPE]]
        rows.append(
            cells.merge(series, how="cross").merge(
                workload[[*CELL, "label", *columns_of(None)]], how="left", on=[*CELL, "label"]
            )
        )
    whole = pd.concat(rows, ignore_index=True)
    return whole.assign(processes=whole["processes"].fillna(0).astype(int))


def _depends(row: Mapping[Hashable, Any]) -> bool:
    typical = estimate_of(row)
    if typical is None:
        return False
    if not row["rule"]:  # of an older condensed file
        return signed_rank.depends_on_placement(typical, row["mean"], row["p05"], row["p95"])
    apart = row["kind_high"] - row["kind_low"]
    return bool(apart > max(signed_rank.DIFFERENCE_MIN * typical.centre, typical.half_width or 0))


def _noise(found: pd.DataFrame) -> dict[tuple[Any, ...], float]:
    """How far from 1 the control's interval reaches, by cell and backend."""
    control = found[(found["role"] == "control") & (found["processes"] > 0)]
    reach = (control[["low", "high"]] - 1).abs().max(axis="columns").fillna(0.0)
    keys = (_cell_and_backend(row) for row in control.to_dict("records"))
    return dict(zip(keys, reach, strict=True))


def _cell_and_backend(row: Mapping[Hashable, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in (*CELL, "backend"))

"""What a layout costs on a whole load: the mean over its shapes, each by its share of requests.

The mean time is that of a request drawn from the load. The ratio to the baseline is that of two
such means, so a shape counts by its share of the baseline's time: of a process the sum of share
times the baseline's median time times the paired ratio, over the sum without the ratio.

Its interval holds two uncertainties, put together as the root of the sum of their squares:

* Of timing: over processes, the Hodges-Lehmann centre and its interval, as of every number here.
  Only processes that measured every shape can have a mean; where these are too few, the shapes'
  own intervals are averaged by the same shares, as wide as if all erred the same way.
* Of the weights, where they are counts of a sample: n requests drawn independently are multinomial,
  so the mean's variance is that of one request's cost over n; of a ratio, that of a request's cost
  less the ratio times its baseline's, over n and the baseline's mean squared (the delta method:
  W. G. Cochran, "Sampling Techniques", 3rd ed. (1977), section 6.4). Requests of a real load follow
  one another, so that n of them tell less than n independent ones: the interval does not hold that.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from reports.doubt.hidden import NORMAL, wider_by
from reports.frames.order import by
from reports.read.experiments import Experiment
from reports.read.series import APART
from reports.rounds.processes import CELL, OF_SHAPE, SERIES, Rounds, per_process
from reports.statistics import signed_rank as statistics
from reports.statistics.estimates import columns_of, estimate_of
from reports.statistics.signed_rank import PROCESSES_MIN, Estimate, Values
from reports.text import wording
from reports.text.table import Grid, grid, ratio_cell, time_cell

NS, RATIO = "weighted ns", "weighted ratio"  # kinds of rows
CALLED = "weighted mean"  # in place of a shape's name
COLUMNS = [*CELL, *SERIES, *OF_SHAPE, *columns_of(None), "kind"]


@dataclass(frozen=True)
class Load:
    """One series' processes over the shapes of a load."""

    shares: Values  # of each shape, 1 together
    sample: float | None  # requests that the shares were counted from
    ns: Values  # of each process and shape; NaN where it was not measured
    bases: Values  # likewise, of the baseline
    ratios: Values  # likewise, of the paired rounds

    def time(self) -> Estimate | None:
        """The mean time of a request, in nanoseconds."""
        found = _over_processes(self.ns, np.broadcast_to(self.shares, self.ns.shape))
        costs = statistics.medians(self.ns.T)
        spread = float(self.shares @ costs**2 - (self.shares @ costs) ** 2)
        return self._widened(found, spread)

    def ratio(self) -> Estimate | None:
        """The mean time over the baseline's."""
        found = _over_processes(self.ratios, self.shares * self.bases)
        bases, ratios = (statistics.medians(values.T) for values in (self.bases, self.ratios))
        mean = float(self.shares @ bases)
        whole = float(self.shares @ (bases * ratios)) / mean
        spread = float(self.shares @ (bases * (ratios - whole)) ** 2) / mean**2
        return self._widened(found, spread)

    def _widened(self, estimate: Estimate | None, spread: float) -> Estimate | None:
        """An estimate with the weights' uncertainty; ``spread``: of one request."""
        if estimate is None or self.sample is None:
            return estimate
        return wider_by(estimate, NORMAL * np.sqrt(max(0.0, spread) / self.sample))


def frame(cells: Sequence[Rounds], experiment: Experiment) -> pd.DataFrame:
    """One row per series and phase of each kind; none where no weights are known.

    A series that was not measured in every shape has no mean.
    """
    weights = dict(experiment.weights)
    chosen = [cell for cell in cells if _name(cell) in weights]
    rows: list[dict[str, Any]] = []
    if chosen:
        processes = per_process(chosen)
        processes["of"] = processes["workload"].astype(str) + "/" + processes["shape"].astype(str)
        for _, part in by(processes, "workload", "phase"):
            rows += _rows(part, weights, experiment.sample)
    return pd.DataFrame(rows, columns=COLUMNS)


def grids(found: pd.DataFrame) -> Iterator[Grid]:
    """Yield a table of mean times, and one of ratios to the baseline: a row per phase."""
    several = ["backend"] if len(set(found["backend"])) > 1 else []
    for kind, unit, show in (
        (RATIO, "ratio to the baseline", ratio_cell),
        (NS, "ns per request", time_cell),
    ):
        rows = found[found["kind"] == kind]
        for title, part in by(rows, "workload", *several):
            yield grid(f"{title}, {CALLED}, {unit}", part, "phase", "variant", show)


def sentences(found: pd.DataFrame) -> Iterator[str]:
    """Yield a line per workload and phase: each layout's ratio on the whole load."""
    rows = found[(found["kind"] == RATIO) & (found["role"] == "candidate")]
    for _, part in by(rows, "workload", "phase"):
        records = part.to_dict("records")
        words = [f"{row['label']} {text}" for row in records if (text := _ratio(row))]
        if words:
            first = records[0]
            yield f"{first['workload']}, {CALLED}, phase {first['phase']}: {', '.join(words)}"


def _ratio(row: Mapping[Hashable, Any]) -> str:
    found = estimate_of(row)
    return wording.ratio_with_interval(found) if found else ""


def _rows(
    part: pd.DataFrame, weights: Mapping[str, float], sample: float | None
) -> Iterator[dict[str, Any]]:
    """Yield the rows of a workload's phase."""
    names = [name for name in weights if name in set(part["of"])]
    of_workload = str(part["workload"].iloc[0])
    if names != [name for name in weights if name.partition("/")[0] == of_workload]:
        return
    shares = np.array([weights[name] for name in names])
    shares /= shares.sum()
    kept = part[~part["role"].isin(APART)]
    wide = {key: _wide(part, key, names) for key in ("ns", "ratio")}
    descriptors = float(shares @ kept.drop_duplicates("of").set_index("of")["descriptors"][names])
    for label, rows in kept.groupby("label", observed=True, sort=False):
        first = rows.iloc[0]
        ns, ratios = (wide[key].get(str(label)) for key in ("ns", "ratio"))
        bases = wide["ns"].get(first["against"])
        if ns is None or ratios is None:
            continue
        load = Load(shares, sample, ns, ns if bases is None else bases, ratios)
        about = {key: first[key] for key in (*CELL, *SERIES, *OF_SHAPE)}
        about |= {"shape": CALLED, "cell": CALLED, "descriptors": descriptors}
        yield {**about, **columns_of(load.time()), "kind": NS}
        if bases is not None and label != first["against"]:
            yield {**about, **columns_of(load.ratio()), "kind": RATIO}


def _wide(part: pd.DataFrame, column: str, names: Sequence[str]) -> dict[str, Values]:
    """The values of each series that has all shapes: a row per process, a column per shape."""
    processes = sorted(set(part["process"]))
    found = {}
    for label, rows in part.groupby("label", observed=True, sort=False):
        table = rows.pivot_table(column, "process", "of", observed=True)
        if set(names) <= set(table.columns):
            table = table.reindex(index=processes, columns=list(names))
            found[str(label)] = table.to_numpy(np.float64)
    return found


def _over_processes(values: Values, shares: Values) -> Estimate | None:
    """The mean by shares (of each process and shape) over processes, as timing knows it."""
    whole = ~np.isnan(values * shares).any(axis=1)
    if whole.sum() >= PROCESSES_MIN or whole.all():
        totals = (values * shares)[whole].sum(axis=1) / shares[whole].sum(axis=1)
        return statistics.estimate(totals)
    return _averaged(statistics.estimates(values), statistics.medians(shares.T))


def _averaged(estimates: Sequence[Estimate | None], shares: Values) -> Estimate | None:
    """The mean of estimates that may all err the same way."""
    known = [one for one in estimates if one is not None]
    if len(known) < len(estimates):
        return None
    weights = shares / shares.sum()
    centre = float(weights @ [one.centre for one in known])
    processes = min(one.processes for one in known)
    if any(one.low is None for one in known):
        return Estimate(centre, None, None, processes)
    low, high = (float(weights @ [getattr(one, end) for one in known]) for end in ("low", "high"))
    return Estimate(centre, low, high, processes)


def _name(cell: Rounds) -> str:
    """WORKLOAD/SHAPE; empty with axes."""
    first = cell.series.iloc[0]
    return "" if first["axes"] else f"{first['workload']}/{first['shape']}"

"""Chooses what each figure of a report shows, and titles it with the finding."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from reports.figures import curves
from reports.figures import cycle as stacks
from reports.figures import processes as scatter
from reports.figures import ratios as figures
from reports.figures.dots import BARS, Looks
from reports.figures.style import looks
from reports.frames import backends, cycle
from reports.frames.answer import answers, deviation, headline, headline_phase
from reports.frames.code import by_itself
from reports.frames.code_times import counted, fewer_but_slower, longest
from reports.frames.order import by, by_size, sized
from reports.frames.tables import Tables
from reports.read.series import APART, PLAIN_FORM
from reports.rounds.processes import CELL
from reports.text.wording import file_name, listed, ratio_interval


@dataclass(frozen=True)
class Picture:
    """A figure and the text that goes with it on a page."""

    section: str  # of the page
    stem: str  # of its file names
    message: str  # the finding: its title, and with the caption its alternative text
    caption: str  # how to read it
    figure: Figure


def made(found: Tables, at: int) -> Iterator[Picture]:
    """Yield the figures of one place in MAKERS for which the frames have data."""
    yield from MAKERS[at](found, looks(found.times))


def pictures(found: Tables) -> Iterator[Picture]:
    """Yield every figure for which the frames have data."""
    look = looks(found.times)
    for make in MAKERS:
        yield from make(found, look)


def _ratio(found: Tables, look: Looks) -> Iterator[Picture]:
    rows, known = headline(found.ratios), answers(found.ratios)
    if not known:
        return
    forms = len(set(rows["form"])) > 1
    ranges = "; ".join(answer.short for answer in known)
    over = max((answer.over for answer in known), key=len)
    message = f"Time of phase {known[0].phase}, {known[0].baseline} = 1{over}:\n{ranges}"
    shown = " as compiled; forced forms have a figure below" if forms else ""
    caption = (
        f"Ratio to the baseline by shape and number of descriptors, phase {known[0].phase}{shown}. "
        f"{BARS}"
    )
    shown_rows = sized(by_size(by_itself(rows)))
    figure = figures.ratio_to_baseline(shown_rows, look, message)
    yield Picture("ratio", "ratio-to-baseline", message, caption, figure)


def _decisions(found: Tables, look: Looks) -> Iterator[Picture]:
    swept = _swept(found.ratios[found.ratios["role"] == "candidate"])
    if not swept["processes"].any():
        return
    rows = swept[swept["workload"] == longest(swept)["workload"].iloc[0]]
    several = rows.groupby("strategy", observed=True)["form"].transform("nunique") > 1
    rows = rows[several]
    if not rows["processes"].any():
        return
    at = longest(rows[rows["processes"] > 0])
    ends = [f"{name} {_range(part['centre'])}" for name, part in by(at, "strategy")]
    message = (
        f"What the compiler decides: with {at['swept'].iloc[0]:g} {at['sweep'].iloc[0]}, by form "
        f"and backend,\n{'; '.join(ends)} times the baseline"
    )
    caption = (
        f"Ratio to the baseline of each form over the size of a {rows['workload'].iloc[0]} "
        f"request, phase {rows['phase'].iloc[0]}. A form that is missing is what its compiler "
        f"produced by itself. {BARS}"
    )
    figure = curves.decisions(rows, found.codes[_plain_with_kind(found.codes)], look, message)
    yield Picture("decisions", "what-the-compiler-decides", message, caption, figure)


def _sweep(found: Tables, look: Looks) -> Iterator[Picture]:
    ratios = by_itself(_swept(found.ratios[found.ratios["role"] == "candidate"]))
    times = by_itself(_swept(found.per_descriptor[~found.per_descriptor["role"].isin(APART)]))
    if not ratios["processes"].any():
        return
    workloads = by(ratios, "workload")
    for workload, part in workloads:
        message = _cost(workload, part, times[times["workload"] == workload])
        caption = (
            "Nanoseconds per descriptor, and below the ratio to the baseline, over the size of a "
            f"request, phase {part['phase'].iloc[0]}, as compiled. Thin lines: the work that no "
            f"layout can avoid, and the harness. {BARS}"
        )
        figure = curves.sweep(times[times["workload"] == workload], part, look, message)
        more = f"-{file_name(workload)}" if len(workloads) > 1 else ""
        yield Picture("sweep", f"time-per-descriptor{more}", message, caption, figure)


def _phases(found: Tables, look: Looks) -> Iterator[Picture]:
    ratios = by_itself(_named(found.ratios[found.ratios["role"] == "candidate"]))
    if not ratios["processes"].any():
        return
    medians = "; ".join(_by_phase(name, part) for name, part in by(ratios, "strategy"))
    message = f"Which phase makes the difference? The median shape:\n{medians}"
    caption = (
        "Ratio to the baseline in each phase, as compiled, one dot per named shape in the order of "
        f"the tables. {BARS}"
    )
    figure = figures.phases(ratios, look, message)
    yield Picture("phases", "ratio-by-phase", message, caption, figure)


def _cycle(found: Tables, look: Looks) -> Iterator[Picture]:
    shares = cycle.stacked(by_size(found.times))
    if shares.empty:
        return
    bases = shares[shares["role"] == "baseline"]
    parts = [f"{name} {_range(bases[name])}" for name in (*cycle.PARTS, cycle.REST)]
    base = bases["variant"].iloc[0]
    message = f"Parts of {base}'s whole cycle, over shapes and backends:\n{listed(parts)}"
    overlapping = int((shares[cycle.REST] < 0).sum())
    below = (
        f" In {overlapping} of {len(shares)} bars, map and add alone take longer than the cycle."
    )
    caption = (
        "Phases stacked, as compiled: map pale, add full, hollow the rest of the cycle (kick, "
        "device, get_buf), with the baseline's whole cycle as 1. Each phase is timed separately, "
        f"so the rest is a difference.{below * (overlapping > 0)}"
    )
    yield Picture("phases", "cycle-in-parts", message, caption, stacks.cycle(shares, look, message))


def _processes(found: Tables, look: Looks) -> Iterator[Picture]:
    dots = found.process_medians
    if dots.empty:
        return
    spans = dots.groupby([*CELL, "label"], observed=True, sort=False)["ratio"].agg(["min", "max"])
    apart = (spans["max"] / spans["min"] - 1).sort_values()
    workload, shape, *_, label = apart.index[-1]
    low, high = spans.loc[apart.index[-1]]
    message = (
        f"From process to process a ratio varies by {100 * apart.median():.1f} % (median), "
        f"at most\nfrom {low:.3f} to {high:.3f} ({workload}/{shape}, {label})"
    )
    caption = (
        f"One dot per process, its median round, in the order of processes from the top, in the "
        f"{len(dots.drop_duplicates(CELL))} named shapes with the widest intervals, phase "
        f"{dots['phase'].iloc[0]}, as compiled. A broad bar is the 95 % interval of their centre."
    )
    figure = scatter.process_medians(dots, found.ratios, look, message)
    yield Picture("processes", "process-medians", message, caption, figure)


def _instructions(found: Tables, look: Looks) -> Iterator[Picture]:
    rows = counted(found)
    if rows.empty:
        return
    contrary = fewer_but_slower(rows)
    if contrary is None:
        spans = [_range(rows[key]) for key in ("instructions_per_descriptor", "centre")]
        message = f"A descriptor takes {spans[0]} instructions, and {spans[1]} ns"
    else:
        slow, fast = contrary
        message = (
            f"Fewer instructions can be slower. One descriptor, {slow['backend']}:\n"
            f"{_cost_of_code(slow)}; {_cost_of_code(fast)}"
        )
    caption = (
        f"Nanoseconds over instructions, both per descriptor of {rows['workload'].iloc[0]}/"
        f"{rows['cell'].iloc[0]}, phase {rows['phase'].iloc[0]}: "
        f"one dot per layout and form. {BARS}"
    )
    figure = curves.instructions(rows, look, message)
    yield Picture("counts", "instructions-and-time", message, caption, figure)


def _between(found: Tables, look: Looks) -> Iterator[Picture]:
    known = backends.agreements(found.across)
    if not known:
        return
    worst = max(known, key=lambda one: abs(one.worst_found.centre - 1))
    message = (
        f"One backend against another, like for like: geometric means "
        f"{min(one.mean for one in known):.3f} to {max(one.mean for one in known):.3f},\n"
        f"farthest from 1 {worst.worst_found.centre:.3f} {ratio_interval(worst.worst_found)} "
        f"({worst.pair}, {worst.phase}, {worst.worst})"
    )
    caption = (
        "Ratio of one backend's time to another's, in every cell, for code of the same kind, "
        f"whatever its form is called. A broad grey line is the geometric mean. {BARS}"
    )
    figure = figures.between_backends(found.across, known, look, message)
    yield Picture("backends", "between-backends", message, caption, figure)


def _rounds(found: Tables, _: Looks) -> Iterator[Picture]:
    rows = found.least_settled
    if rows.empty:
        return
    first = rows.iloc[0].to_dict()
    where = f"{first['workload']}/{first['cell']}/{first['phase']}, {first['label']}"
    count = len(rows.drop_duplicates([*CELL, "label"]))
    message = (
        f"Effect of placement: rounds of the {count} least settled ratio{'s' * (count != 1)},\n"
        f"first {where}: typically {first['centre']:.3f}, mean {first['mean']:.3f}"
    )
    caption = (
        "Distribution of the rounds' ratio to the baseline, over all processes. Where there "
        "are two clusters, a placement belongs to one or the other and the centre is between or in "
        "one of them. Not drawn: 0.5 % of the rounds at either end."
    )
    yield Picture("placement", "rounds", message, caption, figures.rounds(rows, message))


def _control(found: Tables, _: Looks) -> Iterator[Picture]:
    ratios = found.ratios[found.ratios["role"] == "control"]
    off = deviation(ratios)
    if off is None:
        return
    message = f"Control: a copy of the baseline's code is off\nby {off}"
    caption = (
        "Ratio of the baseline's copy to the baseline, one dot per cell, in the order of the "
        f"tables: the true value is 1 everywhere. {BARS}"
    )
    yield Picture("control", "control", message, caption, figures.control(ratios, message))


def _cost(workload: str, ratios: pd.DataFrame, times: pd.DataFrame) -> str:
    """The cost of the longest requests of a sweep, as compiled, over all backends."""
    at = longest(ratios[ratios["processes"] > 0])
    baseline = times[(times["cell"] == at["cell"].iloc[0]) & (times["role"] == "baseline")]
    ends = [f"{name} {_range(part['centre'])}" for name, part in by(at, "strategy")]
    where = f"{workload}, {at['swept'].iloc[0]:g} {at['sweep'].iloc[0]}"
    name = baseline["strategy"].iloc[0]
    return (
        f"{where}: a descriptor takes {name} {_range(baseline['centre'])} ns,\n"
        f"and as multiples of that {' and '.join(ends)}"
    )


def _by_phase(strategy: str, ratios: pd.DataFrame) -> str:
    """A candidate's median shape in each phase."""
    medians = [f"{phase} {part['centre'].median():.2f}" for phase, part in by(ratios, "phase")]
    return f"{strategy} {', '.join(medians)}"


def _cost_of_code(row: Mapping[Hashable, Any]) -> str:
    count = f"{row['instructions_per_descriptor']:.1f} instructions"
    return f"{row['variant']} {count}, {row['centre']:.2f} ns"


def _range(values: "pd.Series[float]") -> str:
    low, high = f"{values.min():.2f}", f"{values.max():.2f}"
    return low if low == high else f"{low} to {high}"


def _plain_with_kind(codes: pd.DataFrame) -> "pd.Series[bool]":
    return (codes["form"] == PLAIN_FORM) & (codes["kind"] != "")


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["swept"].isna()]


def _swept(frame: pd.DataFrame) -> pd.DataFrame:
    """The points of sweeps in the phase of the answer, with nothing else varied."""
    swept = frame[frame["swept"].notna() & (frame["axes"] == "")]
    return swept if swept.empty else swept[swept["phase"] == headline_phase(swept)]


MAKERS = (
    *(_ratio, _decisions, _sweep, _phases, _cycle, _instructions),
    *(_between, _rounds, _processes, _control),
)

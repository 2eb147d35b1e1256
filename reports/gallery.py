"""Chooses what each figure of a report shows, and titles it with what was found."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd
from matplotlib.figure import Figure

from reports import figures
from reports.answer import answers, deviation, headline, headline_phase
from reports.drawing import Look, looks
from reports.tables import Tables
from reports.wording import file_name

BARS = "Bars are 95 % intervals; where none is seen it is shorter than the mark is wide."


@dataclass(frozen=True)
class Picture:
    """A figure and what a page says about it."""

    section: str  # where it belongs on the page
    stem: str  # of its files
    caption: str  # also its text for those who do not see it
    figure: Figure


Maker = Callable[[Tables, Mapping[str, Look]], Picture | None]


def pictures(found: Tables) -> Iterator[Picture]:
    """Yield every figure that the frames have something for, backend by backend."""
    look = looks(found.times)
    backends = list(found.times["backend"].unique())
    makers: tuple[Maker, ...] = (_ratio, _sweep, _phases, _control)
    for make in makers:
        for backend in backends:
            picture = make(found.of_backend(backend), look)
            if picture is not None and len(backends) > 1:
                picture = replace(
                    picture,
                    stem=f"{picture.stem}-{file_name(backend)}",
                    caption=f"{backend}: {picture.caption}",
                )
            if picture is not None:
                yield picture


def _ratio(found: Tables, look: Mapping[str, Look]) -> Picture | None:
    rows, known = headline(found.ratios), answers(found.ratios)
    if not known:
        return None
    ranges = "; ".join(answer.short for answer in known)
    against = rows.loc[rows["processes"] > 0, "against"].iloc[0]
    title = f"Time of phase {known[0].phase}, {against} = 1:\n{ranges}"
    caption = f"Ratio to the baseline of every named shape, phase {known[0].phase}. {BARS}"
    figure = figures.ratio_to_baseline(rows, look, title)
    return Picture("ratio", "ratio-to-baseline", caption, figure)


def _sweep(found: Tables, look: Mapping[str, Look]) -> Picture | None:
    ratios = _swept(found.ratios[found.ratios["role"] == "candidate"])
    times = _swept(found.per_descriptor[found.per_descriptor["role"] != "control"])
    if not ratios["processes"].any():
        return None
    title = "What does a descriptor cost, in requests of more and more of them?"
    caption = (
        "Nanoseconds per descriptor, and below the ratio to the baseline, over the size of a "
        f"request, phase {ratios['phase'].iloc[0]}. {BARS}"
    )
    figure = figures.sweep(times, ratios, look, title)
    return Picture("sweep", "time-per-descriptor", caption, figure)


def _phases(found: Tables, look: Mapping[str, Look]) -> Picture | None:
    ratios = _named(found.ratios[found.ratios["role"] == "candidate"])
    baseline = found.times[found.times["label"].isin(ratios["against"].unique())]
    if not ratios["processes"].any():
        return None
    title = "In which phase does a difference arise?"
    caption = (
        f"Ratio to the baseline in each phase, named shapes. {BARS} The baseline's times have "
        "theirs in the table below."
    )
    figure = figures.phases(ratios, _named(baseline), look, title)
    return Picture("phases", "ratio-by-phase", caption, figure)


def _control(found: Tables, look: Mapping[str, Look]) -> Picture | None:
    ratios = found.ratios[found.ratios["role"] == "control"]
    off = deviation(ratios)
    if off is None:
        return None
    title = f"Control: a copy of the baseline's code is off\nby {off}"
    caption = f"Ratio of the baseline's copy to the baseline: truly 1 everywhere. {BARS}"
    return Picture("control", "control", caption, figures.control(ratios, look, title))


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["swept"].isna()]


def _swept(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the points of sweeps in the phase of the answer, nothing else varied."""
    swept = frame[frame["swept"].notna() & (frame["axes"] == "")]
    return swept if swept.empty else swept[swept["phase"] == headline_phase(swept)]

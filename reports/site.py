"""``python -m reports.site FOLDER``: an index of all published runs, from their summaries.

Each run has a page made from its summary. ``--reports`` also makes the whole report of each run
whose result is next to its summary, after checking that it is the file that was summarised.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from reports.archive import change_points
from reports.archive import summary as archive
from reports.archive.summary import Summary
from reports.commands.ending import run
from reports.commands.refusing import refusing
from reports.read.paths import OUTPUT
from reports.read.text import ResultError
from reports.text.template import environment

SITE = OUTPUT / "site"
WIDTH, HEIGHT, MARGIN = 240, 48, 4  # of a trend's drawing


@dataclass(frozen=True)
class Trend:
    """One headline ratio of one machine over its runs."""

    name: str
    latest: str
    points: str  # of an SVG polyline
    marks: tuple[tuple[float, float], ...]  # where a new level begins
    says: str  # its change points in words


def build(folder: Path, out: Path, *, reports: bool = False) -> Path:
    """Write the site into ``out``; the path of its index.

    Raises:
        ResultError: if a summary is not one, or a result is not the one that was summarised.
    """
    paths = sorted(folder.glob(f"*{archive.SUFFIX}"))
    if not paths:
        raise ResultError(f"{folder}: no summaries; put a result there with reports.publish")
    summaries = [archive.read(path) for path in paths]
    (out / "runs").mkdir(parents=True, exist_ok=True)
    page = environment().get_template("run.html")
    for one in summaries:
        whole = reports and _report(one, folder, out / "reports" / one.name)
        text = page.render(run=one, whole=whole)
        (out / "runs" / f"{one.name}.html").write_text(text, encoding="utf-8")
    index = out / "index.html"
    index.write_text(_index(summaries), encoding="utf-8")
    return index


def trends(summaries: Sequence[Summary]) -> Iterator[Trend]:
    """Yield every headline of one machine's runs."""
    for name, points in archive.trends(list(summaries)).items():
        centres = [ratio.centre for _, ratio in points]
        changes = change_points.changes(centres)
        places = _places(centres)
        yield Trend(
            name=name,
            latest=points[-1][1].text,
            points=" ".join(f"{x:.1f},{y:.1f}" for x, y in places),
            marks=tuple(places[at] for at in changes),
            says=_says([date[:10] for date, _ in points], centres, changes),
        )


def _says(dates: Sequence[str], centres: Sequence[float], changes: Sequence[int]) -> str:
    if not change_points.available():
        return "not looked for: ruptures is not installed (it has no version for Python 3.14 on)"
    if len(centres) < change_points.POINTS_MIN:
        return f"not looked for in fewer than {change_points.POINTS_MIN} runs"
    levels = [float(np.median(level)) for level in np.split(centres, changes)]
    parts = [
        f"{dates[at]} {before:.3f} to {after:.3f}"
        for at, before, after in zip(changes, levels, levels[1:], strict=False)
    ]
    return "; ".join(parts) or "none"


def _places(values: Sequence[float]) -> list[tuple[float, float]]:
    """The point of each value in the drawing, the highest at the top."""
    low, high = min(values), max(values)
    height, width = HEIGHT - 2 * MARGIN, WIDTH - 2 * MARGIN
    step = width / max(1, len(values) - 1)
    scale = height / (high - low) if high > low else 0.0
    base = HEIGHT / 2 if not scale else HEIGHT - MARGIN
    return [(MARGIN + at * step, base - (value - low) * scale) for at, value in enumerate(values)]


def _index(summaries: list[Summary]) -> str:
    by_machine = archive.machines(summaries)
    return (
        environment()
        .get_template("archive.html")
        .render(
            machines=[(name, runs, list(trends(runs))) for name, runs in by_machine.items()],
            count=len(summaries),
            width=WIDTH,
            height=HEIGHT,
        )
    )


def _report(one: Summary, folder: Path, directory: Path) -> bool:
    """Make the whole report of a run; False if its result is not in the folder."""
    from reports.frames.counts import counts_of
    from reports.frames.tables import tabulate
    from reports.page import report
    from reports.read.result import load

    path = folder / one.result
    if not path.exists():
        return False
    if hashlib.sha256(path.read_bytes()).hexdigest() != one.sha256:
        raise ResultError(f"{path}: not the file that was summarised; publish it again")
    result = load(path)
    counts = counts_of(result)
    report.write(result, tabulate(result.main, counts.found), directory, counts.note)
    return True


def main(
    folder: Annotated[Path, typer.Argument(help="The folder of published results.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write.")] = SITE,
    *,
    reports: Annotated[bool, typer.Option("--reports", help="Make whole reports too.")] = False,
) -> None:
    """Build an archive: an index of all published runs, and a page for each."""
    with refusing(output):
        typer.echo(build(folder, output, reports=reports))


if __name__ == "__main__":
    run(main, "reports")

"""``python -m reports.site FOLDER``: an index of all published runs, from their summaries.

``--reports`` also makes the report of each run, after checking that its result is the file that was
summarised.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

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


def build(folder: Path, out: Path, *, reports: bool = False) -> Path:
    """Write the site into ``out``; the path of its index.

    Raises:
        ResultError: if a summary is not one, or a result is not the one that was summarised.
    """
    paths = sorted(folder.glob(f"*{archive.SUFFIX}"))
    if not paths:
        raise ResultError(f"{folder}: no summaries; put a result there with reports.publish")
    summaries = [archive.read(path) for path in paths]
    out.mkdir(parents=True, exist_ok=True)
    reported = {one.name for one in summaries if reports and _report(one, folder, out)}
    by_machine = archive.machines(summaries)
    text = (
        environment()
        .get_template("archive.html")
        .render(
            machines=[(name, runs, list(trends(runs))) for name, runs in by_machine.items()],
            count=len(summaries),
            reported=reported,
            width=WIDTH,
            height=HEIGHT,
        )
    )
    index = out / "index.html"
    index.write_text(text, encoding="utf-8")
    return index


def trends(summaries: Sequence[Summary]) -> Iterator[Trend]:
    """Yield every headline of one machine's runs."""
    for name, ratios in archive.trends(list(summaries)).items():
        places = _places([ratio.centre for ratio in ratios])
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield Trend(name, ratios[-1].text, points)


def _places(values: Sequence[float]) -> list[tuple[float, float]]:
    """The point of each value in the drawing, the highest at the top."""
    low, high = min(values), max(values)
    height, width = HEIGHT - 2 * MARGIN, WIDTH - 2 * MARGIN
    step = width / max(1, len(values) - 1)
    scale = height / (high - low) if high > low else 0.0
    base = HEIGHT / 2 if not scale else HEIGHT - MARGIN
    return [(MARGIN + at * step, base - (value - low) * scale) for at, value in enumerate(values)]


def _report(one: Summary, folder: Path, out: Path) -> bool:
    """Make the report of a run; False if its result is not in the folder."""
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
    directory = out / "reports" / one.name
    report.write(result, tabulate(result.main, counts.found), directory, counts.note)
    return True


def main(
    folder: Annotated[Path, typer.Argument(help="The folder of published results.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write.")] = SITE,
    *,
    reports: Annotated[bool, typer.Option("--reports", help="Make every report, too.")] = False,
) -> None:
    """Build an index of all published runs."""
    with refusing(output):
        typer.echo(build(folder, output, reports=reports))


if __name__ == "__main__":
    run(main, "reports")

"""``python -m reports.site FOLDER``: an index of all published runs, from their summaries alone.

A run has a page made of its summary, which is made again only when the summary or this package's
templates changed; ``--reports`` also makes the whole report of a run whose result lies beside its
summary, once, having seen that it is the file that was summarised.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from reports.archive import change_points
from reports.archive import summary as archive
from reports.archive.summary import Summary
from reports.commands.ending import run
from reports.commands.refusing import refusing
from reports.read.grammar import is_file
from reports.read.paths import OUTPUT, TEMPLATES
from reports.read.text import ResultError
from reports.text.template import environment

SITE = OUTPUT / "site"
STATE = "made.json"  # run: what its page was made of
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
    """Write the site into ``out`` and return the index; only what changed is made again.

    Raises:
        ResultError: if a summary is none, or a result is not the one that was summarised.
    """
    paths = sorted(folder.glob(f"*{archive.SUFFIX}"))
    if not paths:
        raise ResultError(f"{folder}: no summaries; put a result there with reports.publish")
    summaries = [archive.read(path) for path in paths]
    (out / "runs").mkdir(parents=True, exist_ok=True)
    made = _made(out)
    style = "".join(file.read_text("utf-8") for file in sorted(TEMPLATES.glob("*.*")))
    now = {one.name: _key(path, style) for path, one in zip(paths, summaries, strict=True)}
    for one in summaries:
        if reports:
            _report(one, folder, out / "reports" / one.name)
        key = now[one.name] = f"{now[one.name]} {(out / 'reports' / one.name).exists()}"
        target = out / "runs" / f"{one.name}.html"
        if made.get(one.name) != key or not target.exists():
            target.write_text(_run(one, out), encoding="utf-8")
    _forget(made.keys() - now.keys(), out)
    index = out / "index.html"
    index.write_text(_index(summaries), encoding="utf-8")
    (out / STATE).write_text(json.dumps(now, indent=0), encoding="utf-8")
    return index


def trends(summaries: Sequence[Summary]) -> Iterator[Trend]:
    """Yield every headline of one machine's runs."""
    for name, rows in archive.trends(list(summaries)).items():
        found = change_points.changes(rows["centre"])
        places = _places(rows["centre"])
        yield Trend(
            name=name,
            latest=_interval(rows.iloc[-1]),
            points=" ".join(f"{x:.1f},{y:.1f}" for x, y in places),
            marks=tuple(places[at] for at in found),
            says=_says(rows, found),
        )


def _says(rows: pd.DataFrame, found: Sequence[int]) -> str:
    if not change_points.available():
        return "not looked for: ruptures is not installed (it has no version for Python 3.14 on)"
    if len(rows) < change_points.POINTS_MIN:
        return f"not looked for in fewer than {change_points.POINTS_MIN} runs"
    levels = [rows["centre"].iloc[start:end].median() for start, end in _levels(found, len(rows))]
    parts = [
        f"{rows['date'].iloc[at][:10]} {before:.3f} to {after:.3f}"
        for at, before, after in zip(found, levels, levels[1:], strict=False)
    ]
    return "; ".join(parts) or "none"


def _levels(found: Sequence[int], count: int) -> Iterator[tuple[int, int]]:
    """Yield where every level begins and ends."""
    yield from zip((0, *found), (*found, count), strict=True)


def _places(values: "pd.Series[float]") -> list[tuple[float, float]]:
    """Return where each value is drawn, the highest at the top."""
    low, high = float(values.min()), float(values.max())
    height, width = HEIGHT - 2 * MARGIN, WIDTH - 2 * MARGIN
    step = width / max(1, len(values) - 1)
    scale = height / (high - low) if high > low else 0.0
    base = HEIGHT / 2 if not scale else HEIGHT - MARGIN
    return [(MARGIN + at * step, base - (value - low) * scale) for at, value in enumerate(values)]


def _interval(row: "pd.Series[Any]") -> str:
    if pd.isna(row["low"]) or pd.isna(row["high"]):
        return f"{row['centre']:.3f} [no interval]"
    return f"{row['centre']:.3f} [{row['low']:.3f}, {row['high']:.3f}]"


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


def _run(one: Summary, out: Path) -> str:
    whole = (out / "reports" / one.name).exists()
    return environment().get_template("run.html").render(run=one, whole=whole)


def _report(one: Summary, folder: Path, directory: Path) -> None:
    """Make the whole report of a run whose result is there, unless it was made already."""
    from reports.frames.counts import counts_of
    from reports.frames.tables import tabulate
    from reports.page import report
    from reports.read.result import load

    path = folder / one.result
    stamp = directory / "sha256"
    if not path.exists() or (stamp.exists() and stamp.read_text("utf-8") == one.sha256):
        return
    if hashlib.sha256(path.read_bytes()).hexdigest() != one.sha256:
        raise ResultError(f"{path}: not the file that was summarised; publish it again")
    result = load(path)
    counts = counts_of(result)
    report.write(result, tabulate(result.main, counts.found), directory, counts.note)
    stamp.write_text(one.sha256, encoding="utf-8")


def _made(out: Path) -> dict[str, str]:
    """Return what the pages that are there were made of; nothing where that is not known."""
    try:
        found = json.loads((out / STATE).read_text(encoding="utf-8"))
    except (FileNotFoundError, RecursionError, ValueError):
        return {}
    known = found.items() if isinstance(found, dict) else ()
    return {name: str(key) for name, key in known if is_file(name)}  # else rmtree obeys ../..


def _forget(names: set[str], out: Path) -> None:
    """Take away the pages of runs that are published no more."""
    for name in names:
        (out / "runs" / f"{name}.html").unlink(missing_ok=True)
        shutil.rmtree(out / "reports" / name, ignore_errors=True)


def _key(path: Path, style: str) -> str:
    return hashlib.sha256(path.read_bytes() + style.encode()).hexdigest()


def main(
    folder: Annotated[Path, typer.Argument(help="Where results were published.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write.")] = SITE,
    *,
    reports: Annotated[bool, typer.Option("--reports", help="Whole reports too.")] = False,
) -> None:
    """Build an archive: an index of all published runs, and a page for each."""
    with refusing(output):
        typer.echo(build(folder, output, reports=reports))


if __name__ == "__main__":
    run(main, "reports")

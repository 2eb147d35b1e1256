"""Writes the whole report of one result into a directory: pages, figures and tables."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from reports.commands.helping import alone
from reports.experiments import sections, todays
from reports.experiments.sections import Section
from reports.frames.tables import Tables
from reports.frames.tables import write as write_table
from reports.frames.tidy import frame
from reports.page import page, plain
from reports.page.drawing import Share, draw, drawings
from reports.read.result import Result

__all__ = ["draw", "write"]


def write(  # noqa: PLR0913  (what is known of a result, and how it is drawn)
    result: Result,
    tables: Tables,
    directory: Path,
    note: str = "",
    experiments: Sequence[Section] | None = None,
    *,
    say: Callable[[str], None] = lambda _: None,
    share: Share = alone,
) -> Path:
    """Write everything into ``directory``, over what is there; the page's path.

    ``note`` says why counts are missing; ``experiments`` are those of the result, if known; ``say``
    is told what is being made; ``share`` is how drawing is shared out (``commands.helping``).
    """
    directory.mkdir(parents=True, exist_ok=True)
    experiments = sections.sections(result) if experiments is None else experiments
    drawn = drawings(tables, experiments, directory, say, share)
    drawn += [draw(one, directory, f"t{at}") for at, one in enumerate(todays.pictures(result))]
    say("writing tables and page")
    tables.write(directory)
    _keep(result.path, directory)
    write_table(frame(result, tables), directory / "results")
    for section in experiments:
        write_table(section.frame, directory / section.anchor)
    _write_text(directory / "summary.md", page.summary(result, tables, experiments))
    _write_text(directory / "summary.txt", plain.summary(result, tables, experiments))
    index = directory / "index.html"
    _write_text(index, page.index(result, tables, drawn, note, experiments))
    return index


def _keep(path: Path, directory: Path) -> None:
    """Copy the result file next to the page, which links to it."""
    kept = directory / path.name
    if not (kept.exists() and kept.samefile(path)):
        shutil.copyfile(path, kept)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")

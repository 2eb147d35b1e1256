"""Writes the whole report of one result into a directory: pages, figures and tables."""

import shutil
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from reports.experiments import sections, todays
from reports.experiments.sections import Section
from reports.figures import style
from reports.figures.gallery import Picture, pictures
from reports.figures.svg import inline
from reports.frames import tables
from reports.frames.tables import Tables
from reports.frames.tidy import frame
from reports.page import page
from reports.read.result import Result


def write(
    result: Result,
    found: Tables,
    directory: Path,
    note: str = "",
    experiments: Sequence[Section] | None = None,
) -> Path:
    """Write everything into ``directory``, over what is there; the page's path.

    ``note`` says why counts are missing; ``experiments`` are the result's, if known.
    """
    directory.mkdir(parents=True, exist_ok=True)
    experiments = sections.sections(result) if experiments is None else experiments
    asked = (sections.pictures(section) for section in experiments)
    shown = chain(pictures(found), todays.pictures(result), *asked)
    drawings = [draw(picture, directory, f"f{number}") for number, picture in enumerate(shown)]
    found.write(directory)
    _keep(result.path, directory)
    tables.write(frame(result, found), directory / "results")
    for section in experiments:
        tables.write(section.frame, directory / section.anchor)
    _write_text(directory / "summary.md", page.summary(result, found, experiments))
    index = directory / "index.html"
    _write_text(index, page.index(result, found, drawings, note, experiments))
    return index


def draw(picture: Picture, directory: Path, prefix: str) -> page.Drawing:
    """Write a figure's files; the figure as the page holds it, its ids led by ``prefix``."""
    path = directory / picture.stem
    style.save(picture.figure, path)
    svg = path.with_name(f"{picture.stem}.svg").read_text(encoding="utf-8")
    return page.Drawing(
        section=picture.section,
        stem=picture.stem,
        message=picture.message.replace("\n", " "),
        caption=picture.caption,
        svg=inline(svg, prefix),
    )


def _keep(path: Path, directory: Path) -> None:
    """Copy the result file next to the page, which links to it."""
    kept = directory / path.name
    if not (kept.exists() and kept.samefile(path)):
        shutil.copyfile(path, kept)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")

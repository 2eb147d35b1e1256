"""Draws the figures of a report, some of them in a second process where there is a second core."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path

from reports.experiments import sections
from reports.experiments.sections import Section
from reports.figures import style
from reports.figures.gallery import MAKERS, Picture, made
from reports.figures.svg import inline
from reports.frames.tables import Tables
from reports.page.page import Drawing

Task = tuple[int, Section | None]  # a place in MAKERS, or the section of an experiment


def drawings(
    tables: Tables,
    experiments: Sequence[Section],
    directory: Path,
    helper: ProcessPoolExecutor | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> list[Drawing]:
    """Draw every figure for which there are data into ``directory``, in the order of the page.

    This process draws from the front, ``helper`` from the back, until they meet.
    """
    tasks: list[Task] = [(at, None) for at in range(len(MAKERS))]
    tasks += [(len(MAKERS) + at, section) for at, section in enumerate(experiments)]
    theirs: dict[int, Future[list[Drawing]]] = {}
    if helper is not None:
        for at in reversed(range(1, len(tasks))):
            theirs[at] = helper.submit(_drawn, tables, tasks[at], directory)
    found_here: dict[int, list[Drawing]] = {}
    for at, task in enumerate(tasks):
        if at not in theirs or theirs[at].cancel():
            say(f"drawing, {at + 1} of {len(tasks)}")
            found_here[at] = _drawn(tables, task, directory)
    parts = [
        found_here[at] if at in found_here else theirs[at].result() for at in range(len(tasks))
    ]
    return [one for part in parts for one in part]


def draw(picture: Picture, directory: Path, prefix: str) -> Drawing:
    """Write a figure's files; the figure as the page holds it, its ids led by ``prefix``."""
    path = directory / picture.stem
    style.save(picture.figure, path)
    svg = path.with_name(f"{picture.stem}.svg").read_text(encoding="utf-8")
    return Drawing(
        section=picture.section,
        stem=picture.stem,
        message=picture.message.replace("\n", " "),
        caption=picture.caption,
        svg=inline(svg, prefix),
    )


def _drawn(tables: Tables, task: Task, directory: Path) -> list[Drawing]:
    """The figures of one task."""
    at, section = task
    shown = made(tables, at) if section is None else sections.pictures(section)
    return [draw(one, directory, f"f{at}-{number}") for number, one in enumerate(shown)]

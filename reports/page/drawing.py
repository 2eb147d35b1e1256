"""Draws the figures of a report."""

from collections.abc import Callable, Sequence
from pathlib import Path

from reports.commands.helping import alone
from reports.experiments import sections
from reports.experiments.sections import Section
from reports.figures import style
from reports.figures.gallery import MAKERS, Picture, made
from reports.figures.svg import inline
from reports.frames.tables import Tables
from reports.page.page import Drawing

Task = tuple[int, Section | None]  # a place in MAKERS, or the section of an experiment
Share = Callable[  # how tasks are shared out, of ``reports.commands.helping``
    [Callable[[int], list[Drawing]], int, Callable[[int], None]], list[list[Drawing]]
]


def drawings(
    tables: Tables,
    experiments: Sequence[Section],
    directory: Path,
    say: Callable[[str], None] = lambda _: None,
    share: Share = alone,
) -> list[Drawing]:
    """Draw every figure for which there are data into ``directory``, in the order of the page."""
    tasks: list[Task] = [(at, None) for at in range(len(MAKERS))]
    tasks += [(len(MAKERS) + at, section) for at, section in enumerate(experiments)]
    parts = share(
        lambda at: _drawn(tables, tasks[at], directory),
        len(tasks),
        lambda at: say(f"drawing, {at + 1} of {len(tasks)}"),
    )
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

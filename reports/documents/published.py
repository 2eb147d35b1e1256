"""The published results that a document is made of, and figures for light and for dark pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated

import typer
from matplotlib.figure import Figure

from reports.experiments.sections import Section, sections
from reports.figures.svg import darkened, whole
from reports.frames.tables import Tables, tabulate
from reports.read import facts
from reports.read.result import Result, load

Names = Annotated[
    list[str] | None, typer.Option("--name", help="What to call each processor, in order.")
]


@dataclass(frozen=True, eq=False)
class Published:
    """A result, and what a document calls its processor."""

    name: str
    result: Result

    @cached_property
    def tables(self) -> Tables:
        """The frames of its core and sweeps."""
        return tabulate(self.result.main)

    @cached_property
    def sections(self) -> list[Section]:
        """Its experiments."""
        return sections(self.result)

    @property
    def about(self) -> str:
        """Machine, versions, date and commit."""
        result = self.result
        made = f"{facts.measured(result)[:10]}, commit {facts.shown(result, 'commit')[:12]}"
        return f"{facts.machine(result)}; {facts.versions(result)}; {made}"


def published(files: Sequence[Path], names: Sequence[str] | None) -> list[Published]:
    """The results of these files; one that ``names`` leaves out is called by its processor."""
    called = [*(names or ()), *[""] * len(files)]
    results = map(load, files)
    return [
        Published(name or facts.named(result), result)
        for result, name in zip(results, called, strict=False)
    ]


def paths(stem: str) -> tuple[str, str]:
    """Where a figure is below the README, for light pages and for dark ones."""
    return f"docs/{stem}.svg", f"docs/{stem}-dark.svg"


def both(figure: Figure, stem: str) -> dict[str, str]:
    """A figure as SVG for light pages and for dark ones, by path."""
    light = whole(figure)
    return dict(zip(paths(stem), (light, darkened(light)), strict=True))


def write_figures(figures: Mapping[str, str], directory: Path) -> None:
    """Write figures to their paths below a directory."""
    for name, svg in figures.items():
        path = directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(svg, encoding="utf-8")

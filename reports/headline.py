"""``python -m reports.headline FILE...``: the README's figures and table, from published results.

Writes the part of the README between two comments, and figures next to the documents, one for
light and one for dark pages of each result. Each result is of one processor, called by ``--name``.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from reports.commands.ending import run
from reports.commands.marked_part import text_with
from reports.commands.refusing import refusing
from reports.doubt import marks
from reports.figures.gallery import pictures
from reports.figures.svg import darkened, whole
from reports.frames.answer import PHASE, Answer, answers, deviation
from reports.frames.answer import headline as first
from reports.frames.code import by_itself
from reports.frames.tables import Tables, tabulate
from reports.page import foremost
from reports.read import facts
from reports.read.paths import ROOT
from reports.read.result import Result, load
from reports.read.text import ResultError
from reports.text import wording
from reports.text.template import environment

README = ROOT / "README.md"
PART = "headline"
CALLED = "outofline"  # the form in which what a layout does for a descriptor is a call

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Headline:
    """What the README shows of results."""

    block: str  # Markdown, to stand between the two comments
    figures: dict[str, str]  # path relative to the README: SVG


@dataclass(frozen=True)
class Machine:
    """What one result contributes."""

    name: str
    source: str  # path relative to the README
    light: str
    dark: str
    message: str  # what the figure shows
    about: str  # machine, versions, date and commit
    known_to: str  # half-width of the least precise number in the table
    control: str
    caveats: str


@dataclass(frozen=True)
class Row:
    """A phase and a layout, with a cell per processor."""

    phase: str
    layout: str
    cells: tuple[tuple[str, ...], ...]  # of each processor, a range per compiler


@app.command()
def main(
    files: Annotated[list[Path], typer.Argument(help="Published results, below the README.")],
    readme: Annotated[Path, typer.Option(help="The file to write into.")] = README,
    names: Annotated[
        list[str] | None, typer.Option("--name", help="What to call each processor, in order.")
    ] = None,
) -> None:
    """Write the README's headline: a figure per result, and one table of all answers."""
    with refusing(readme, "--readme"):
        made = headline(files, readme.parent, names or ())
        text = text_with(readme.read_text(encoding="utf-8"), made.block, PART, readme.name)
        for name, svg in made.figures.items():
            (readme.parent / name).parent.mkdir(exist_ok=True)
            (readme.parent / name).write_text(svg, encoding="utf-8")
        readme.write_text(text, encoding="utf-8")
    typer.echo(f"{readme}: headline of {', '.join(map(str, files))}")


def headline(files: Sequence[Path], root: Path, names: Sequence[str] = ()) -> Headline:
    """The headline of results; raises ``ResultError`` where one is not published or has none."""
    drawn: dict[str, str] = {}
    machines, known = [], []
    for number, file in enumerate(files):
        if not file.resolve().is_relative_to(root.resolve()):
            raise ResultError(f"{file}: not below {root}; publish it there first")
        result = load(file)
        found = tabulate(result.main)
        if not answers(found.ratios):
            raise ResultError(f"{file}: no candidate next to a baseline; name another result")
        picture = next(pictures(found))
        name = names[number] if number < len(names) else facts.named(result)
        source = file.resolve().relative_to(root.resolve()).as_posix()
        message = picture.message.replace("\n", " ")
        one = Machine(name, source, *figures(number), message, *_said(result, found))
        light = whole(picture.figure)
        drawn |= {one.light: light, one.dark: darkened(light)}
        machines.append(one)
        known.append(found)
    template = environment().get_template("headline.md")
    block = template.render(
        machines=machines,
        rows=list(_rows(known)),
        baseline=answers(known[0].ratios)[0].baseline,
        shapes=max(
            len(by_itself(first(found.ratios)).drop_duplicates(["workload", "cell"]))
            for found in known
        ),
    )
    return Headline(block.strip(), drawn)


def figures(number: int) -> tuple[str, str]:
    """The paths of a result's figures relative to the README, for light and for dark pages."""
    return f"docs/headline-{number + 1}.svg", f"docs/headline-{number + 1}-dark.svg"


def _said(result: Result, found: Tables) -> tuple[str, str, str, str]:
    """What a result says of itself: about, known_to, control and caveats of a ``Machine``."""
    widest = max(answer.known_to for _, _, answer in _keyed(found))
    caveats = (
        *foremost.sentences(found),
        marks.sentence(found.ratios, found.doubts, found.conditions),
        facts.unfinished(result),
    )
    commit = facts.shown(result, "commit")[:12]
    made = f"{facts.measured(result)[:10]}, commit {commit}"
    return (
        f"{facts.machine(result)}; {facts.versions(result)}; {made}",
        wording.percent(widest) if math.isfinite(widest) else "",
        deviation(found.ratios) or "",
        " ".join(filter(None, caveats)),
    )


def _backends(found: Tables) -> list[str]:
    """The compilers of the answers, in order."""
    ranges = (one for answer in answers(found.ratios) for one in answer.ranges)
    return list(dict.fromkeys(one.backend for one in ranges))


def _keyed(found: Tables) -> Iterator[tuple[str, str, Answer]]:
    """Every answer with its phase and the layout's name; the layouts as compiled come first."""
    phases = [PHASE, *(phase for phase in found.ratios["phase"].unique() if phase != PHASE)]
    for phase, form in (*((phase, "") for phase in phases), (PHASE, CALLED)):
        for answer in answers(found.ratios, phase, form):
            yield phase, answer.strategy + (f"[{form}]" if form else ""), answer


def _rows(known: Sequence[Tables]) -> Iterator[Row]:
    """A row per phase and layout that any result has; a missing cell is empty."""
    by_key = [{(phase, layout): a for phase, layout, a in _keyed(found)} for found in known]
    for key in dict.fromkeys(key for one in by_key for key in one):
        cells = (
            tuple(_ranges(one.get(key), _backends(found)))
            for one, found in zip(by_key, known, strict=True)
        )
        yield Row(*key, tuple(cells))


def _ranges(answer: Answer | None, backends: Sequence[str]) -> Iterator[str]:
    """Yield the range of each compiler that has one, behind its name."""
    if answer is not None:
        yield from (f"{backend} {cell}" for backend in backends if (cell := answer.cell(backend)))


if __name__ == "__main__":
    run(app, "reports")

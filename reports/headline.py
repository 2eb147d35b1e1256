"""``python -m reports.headline FILE...``: the README's figures and table, from published results.

Writes the part of the README between two comments, and figures next to the documents, one for
light and one for dark pages of each result. Each result is of one processor, called by ``--name``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from reports.commands.ending import run
from reports.commands.marked_part import text_with
from reports.commands.refusing import refusing
from reports.doubt import marks
from reports.figures.gallery import pictures
from reports.figures.svg import darkened, whole
from reports.frames.answer import PHASE, answers, deviation
from reports.frames.block import CALLS, Block, Group, Line, block, lines
from reports.frames.lengths import LENGTHS, heading
from reports.frames.tables import Tables, tabulate
from reports.page import foremost
from reports.read import facts
from reports.read.paths import ROOT
from reports.read.result import Result, load
from reports.read.text import ResultError
from reports.text.forms import HISTORICAL as CALLED
from reports.text.template import environment
from reports.text.wording import change_with_half_width

README = ROOT / "README.md"
PART = "headline"

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
    control: str
    caveats: str


@dataclass(frozen=True)
class Row:
    """What is timed, with which layout, and a cell per processor."""

    timed: str
    layout: str
    cells: tuple[tuple[str, ...], ...]  # of each processor, a line per length of requests


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
    text = template.render(
        machines=machines,
        rows=list(_rows(known)),
        baseline=answers(known[0].ratios)[0].baseline,
        lengths=[
            (length, heading(pd.concat(found.lengths for found in known), length))
            for length in LENGTHS
        ],
    )
    return Headline(text.strip(), drawn)


def figures(number: int) -> tuple[str, str]:
    """The paths of a result's figures relative to the README, for light and for dark pages."""
    return f"docs/headline-{number + 1}.svg", f"docs/headline-{number + 1}-dark.svg"


def _said(result: Result, found: Tables) -> tuple[str, str, str]:
    """What a result says of itself: about, control and caveats of a ``Machine``."""
    caveats = (
        *foremost.sentences(found),
        marks.sentence(found.ratios, found.doubts, found.conditions),
        facts.unfinished(result),
    )
    commit = facts.shown(result, "commit")[:12]
    made = f"{facts.measured(result)[:10]}, commit {commit}"
    return (
        f"{facts.machine(result)}; {facts.versions(result)}; {made}",
        deviation(found.ratios) or "",
        " ".join(filter(None, caveats)),
    )


def _answer(found: Tables) -> Block:
    """The answer of a result; there is one where there are ``answers``."""
    answer = block(found.lengths)
    assert answer is not None
    return answer


def _blocks(found: Tables) -> Iterator[Group]:
    """Yield the groups of the answer, then the call in the form that is most likely of 2007."""
    answer = _answer(found)
    yield from answer.groups
    rows = found.lengths[(found.lengths["form"] == CALLED) & (found.lengths["phase"] == PHASE)]
    names = dict.fromkeys(rows["strategy"].astype(str))
    yield Group(
        f"{CALLS[PHASE]}, as in 2007", tuple(lines(rows, answer.columns, "strategy", names))
    )


def _rows(known: Sequence[Tables]) -> Iterator[Row]:
    """A row per call and layout that any result has; a missing cell is empty."""
    by_key = [
        {
            (group.name, line.name): tuple(_cell(found, line))
            for group in _blocks(found)
            for line in group.lines
        }
        for found in known
    ]
    for key in dict.fromkeys(key for one in by_key for key in one):
        yield Row(*key, tuple(one.get(key, ()) for one in by_key))


def _cell(found: Tables, line: Line) -> Iterator[str]:
    """Yield what a layout adds to requests of each length, by each compiler."""
    columns = _answer(found).columns
    for length in LENGTHS:
        parts = [
            f"{column.backend} {change_with_half_width(effect.ratio)} %"
            for column, effect in zip(columns, line.effects, strict=True)
            if column.length == length and effect is not None
        ]
        if parts:
            yield f"{length}: {', '.join(parts)}"


if __name__ == "__main__":
    run(app, "reports")

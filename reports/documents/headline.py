"""``python -m reports.documents.headline FILE...``: the README's figures and table.

Writes the part of the README between two comments, and figures next to the documents, one for
light and one for dark pages of each result. Each result is of one processor, called by ``--name``.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from reports.commands.ending import run
from reports.commands.marked_part import text_with
from reports.commands.refusing import refusing
from reports.documents.published import Names, Published, both, published, write_figures
from reports.doubt import marks
from reports.figures.gallery import pictures
from reports.frames.answer import PHASE, answers, deviation
from reports.frames.block import CALLS, Block, Group, Line, block, lines
from reports.frames.lengths import LENGTHS, heading
from reports.frames.tables import Tables
from reports.page import foremost
from reports.read import facts
from reports.read.paths import ROOT
from reports.read.text import ResultError
from reports.text.forms import HISTORICAL
from reports.text.template import environment
from reports.text.wording import change_with_half_width

README = ROOT / "README.md"
PART = "headline"
STEM = "headline-{}"  # of the figure of each result

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Headline:
    """What the README shows of results."""

    block: str  # Markdown, to stand between the two comments
    figures: dict[str, str]  # path relative to the README: SVG


@dataclass(frozen=True)
class Contribution:
    """What one result contributes."""

    name: str
    source: str  # path relative to the README
    light: str  # path of its figure
    dark: str
    message: str  # what the figure shows
    about: str  # machine, versions, date and commit
    control: str
    caveats: str


@dataclass(frozen=True)
class Timed:
    """What is timed, with which layout, and a cell per processor."""

    timed: str
    layout: str
    cells: tuple[tuple[str, ...], ...]  # of each processor, a line per length of requests


@app.command()
def main(
    files: Annotated[list[Path], typer.Argument(help="Published results, below the README.")],
    readme: Annotated[Path, typer.Option(help="The file to write into.")] = README,
    names: Names = None,
) -> None:
    """Write the README's headline: a figure per result, and one table of all answers."""
    with refusing(readme, "--readme"):
        made = headline(files, readme.parent, names)
        text = text_with(readme.read_text(encoding="utf-8"), made.block, PART, readme.name)
        write_figures(made.figures, readme.parent)
        readme.write_text(text, encoding="utf-8")
    typer.echo(f"{readme}: headline of {', '.join(map(str, files))}")


def headline(files: Sequence[Path], root: Path, names: Sequence[str] | None = None) -> Headline:
    """The headline of results; raises ``ResultError`` where one is not published or has none."""
    for file in files:
        if not file.resolve().is_relative_to(root.resolve()):
            raise ResultError(f"{file}: not below {root}; publish it there first")
    results = published(files, names)
    figures: dict[str, str] = {}
    machines = []
    for number, one in enumerate(results, 1):
        if not answers(one.tables.ratios):
            raise ResultError(
                f"{one.result.path}: no candidate next to a baseline; name another result"
            )
        picture = next(pictures(one.tables))
        drawn = both(picture.figure, STEM.format(number))
        machines.append(_contribution(one, root, drawn, picture.message.replace("\n", " ")))
        figures |= drawn
    tables = [one.tables for one in results]
    every = pd.concat(one.lengths for one in tables)
    text = (
        environment()
        .get_template("headline.md")
        .render(
            machines=machines,
            rows=list(_rows(tables)),
            baseline=answers(tables[0].ratios)[0].baseline,
            lengths=[(length, heading(every, length)) for length in LENGTHS],
        )
    )
    return Headline(text.strip(), figures)


def _contribution(one: Published, root: Path, figure: Iterable[str], message: str) -> Contribution:
    """What a result shows, with the paths of its figure, and what it says of itself."""
    tables, (light, dark) = one.tables, figure
    caveats = (
        *foremost.sentences(tables),
        marks.sentence(tables.ratios, tables.doubts, tables.conditions),
        facts.unfinished(one.result),
    )
    return Contribution(
        one.name,
        one.result.path.resolve().relative_to(root.resolve()).as_posix(),
        light,
        dark,
        message,
        one.about,
        deviation(tables.ratios) or "",
        " ".join(filter(None, caveats)),
    )


def _answer(tables: Tables) -> Block:
    """The answer of a result; there is one where there are ``answers``."""
    answer = block(tables.lengths)
    assert answer is not None
    return answer


def _groups(tables: Tables) -> Iterator[Group]:
    """Yield the groups of the answer, then the call in the form that is most likely of 2007."""
    answer, lengths = _answer(tables), tables.lengths
    yield from answer.groups
    rows = lengths[(lengths["form"] == HISTORICAL) & (lengths["phase"] == PHASE)]
    names = dict.fromkeys(rows["strategy"].astype(str))
    of_2007 = tuple(lines(rows, answer.columns, "strategy", names))
    yield Group(f"{CALLS[PHASE]}, as in 2007", of_2007)


def _rows(results: Sequence[Tables]) -> Iterator[Timed]:
    """Yield a row per call and layout that any result has; a missing cell is empty."""
    by_key = [
        {
            (group.name, line.name): tuple(_cell(tables, line))
            for group in _groups(tables)
            for line in group.lines
        }
        for tables in results
    ]
    for key in dict.fromkeys(key for cells in by_key for key in cells):
        yield Timed(*key, tuple(cells.get(key, ()) for cells in by_key))


def _cell(tables: Tables, line: Line) -> Iterator[str]:
    """Yield what a layout adds to requests of each length, by each compiler."""
    columns = _answer(tables).columns
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

"""``python -m reports.documents.todays FILE...``: answers to today's questions.

Writes what stands between two comments of ``docs/today.md``: for each question a sentence and a
block to post; and of the README: a figure per result, one for light and one for dark pages. A
result need not have every experiment: what it lacks was not measured.
"""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from reports.commands.ending import run
from reports.commands.marked_part import inline_with, text_with
from reports.commands.refusing import refusing
from reports.documents.published import Names, Published, both, published, write_figures
from reports.experiments.measures import SAME
from reports.experiments.todays import (
    Answer,
    Answers,
    Question,
    answers,
    asked_in,
    drawing,
    questions,
)
from reports.read import facts, states
from reports.read.paths import ROOT
from reports.read.result import Result
from reports.read.text import ResultError
from reports.statistics.signed_rank import Estimate
from reports.text import wording
from reports.text.template import environment

DOCUMENT, README = ROOT / "docs" / "today.md", ROOT / "README.md"
PART = "today"
INDENT, LINE_LETTERS = "    ", 82  # of a block: 78 letters and the indent
MEANING = (
    "Each number is the time of a request over another's, with its 95 % interval over processes."
)
USUAL = "default"  # the length of a run that no option asks for
STEM = "today-{}"  # of the figure of each result
PAGE = "docs/today.md"

Answering = tuple[Published, Answers]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class NumberText:
    """An answer as it is printed: which quotient it is, and each backend's value."""

    text: str
    verdict: str
    values: str
    posted: str  # the same with series and cells, wrapped


@dataclass(frozen=True)
class Post:
    """What one machine says of one question."""

    machine: str
    lines: tuple[NumberText, ...]
    asked: str  # title and thread, wrapped, as are the others
    about: str


@app.command()
def main(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Results, .json or .json.gz; none: nothing is known."),
    ] = None,
    document: Annotated[Path, typer.Option(help="The file to write answers into.")] = DOCUMENT,
    readme: Annotated[Path, typer.Option(help="The file to write figures into.")] = README,
    names: Names = None,
) -> None:
    """Answer the questions that are open of today's rings, in the document and the README."""
    with refusing(document, "--document"):
        results = [(one, answers_of(one.result)) for one in published(files or (), names)]
        text = text_with(document.read_text("utf-8"), answered(results), PART, document.name)
        shown, drawn = figures(results)
        front = inline_with(readme.read_text("utf-8"), shown, PART, readme.name)
        write_figures(drawn, readme.parent)
        document.write_text(text, encoding="utf-8")
        readme.write_text(front, encoding="utf-8")
    typer.echo(f"{document}: answers of {', '.join(map(str, files or ())) or 'no result'}")


def answers_of(result: Result) -> Answers:
    """The answers of a result.

    Raises:
        ResultError: if no question asks any of its experiments.
    """
    if not asked_in(result):
        raise ResultError(
            f"{result.path}: has none of today's experiments; measure --experiment today"
        )
    return answers(result)


def answered(results: Sequence[Answering]) -> str:
    """The answers in Markdown."""
    rows = [(asked, list(_posts(asked, results))) for asked in questions()]
    return environment().get_template("todays.md").render(rows=rows).strip()


def figures(results: Sequence[Answering]) -> tuple[str, dict[str, str]]:
    """The README's part, and its figures: SVG by path relative to the README."""
    lines, drawn = [], dict[str, str]()
    for number, (one, known) in enumerate(results, 1):
        title = f"{one.name}: open questions of today's rings"
        figure = drawing(known, title)
        if figure is None:
            continue
        light, dark = pair = both(figure, STEM.format(number))
        drawn |= pair
        source = f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        alt = wording.printable(title, 200).replace('"', "'").replace("<", "(")
        lines.append(f'<picture>{source}<img alt="{alt}" src="{light}"></picture>')
    head = f"<br>Apart from that, open questions of [today's rings]({PAGE}):<br>" if lines else ""
    return head + " ".join(lines), drawn


def _posts(question: Question, results: Sequence[Answering]) -> Iterator[Post]:
    """Yield what each machine says of a question, if it has an answer."""
    for one, by_question in results:
        found = by_question[question]
        if not found:
            continue
        lines = tuple(
            NumberText(each.of.text, each.verdict, values(each.ratios), posted(each))
            for each in found
        )
        names = dict.fromkeys(each.of.experiment for each in found)
        state = states.sentence(each.state for each in found)
        end = [MEANING, state, one.about, command(one.result, list(names))]
        asked = "\n".join(map(wrapped, (question.title, question.thread)))
        yield Post(one.name, lines, asked, "\n".join(map(wrapped, end)))


def posted(answer: Answer) -> str:
    """An answer with its series and cells, as it is posted."""
    of, to = answer.of.of, answer.of.to
    over = of.series if to.series == SAME else to.series
    where = f"; over {to.cell[1:]}" if to.cell != SAME else ""
    head = f"{answer.of.text}: {of.series} over {over}, {answer.cell}{where}"
    return f"{wrapped(head)}\n{INDENT}    {values(answer.ratios)}"


def wrapped(text: str) -> str:
    """A text in lines that a mail may have, indented as a block of Markdown."""
    return textwrap.fill(
        text,
        LINE_LETTERS,
        initial_indent=INDENT,
        subsequent_indent=INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def values(ratios: Mapping[str, Estimate]) -> str:
    """Each backend's ratio with its interval."""
    return ", ".join(f"{name} {wording.ratio_with_interval(one)}" for name, one in ratios.items())


def command(result: Result, experiments: Sequence[str]) -> str:
    """The command that measures these experiments as they were measured."""
    length = facts.shown(result, "length")
    words = ["python -m bench", *(f"--experiment {name}" for name in experiments)]
    known = length not in {USUAL, facts.UNKNOWN}
    return " ".join([*words, *[f"--{length}"] * known])


if __name__ == "__main__":
    run(app, "reports")

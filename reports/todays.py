"""``python -m reports.todays FILE...``: answers to today's questions, from results.

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
from reports.experiments.expectations import SAME
from reports.experiments.todays import Number, Question, answers, asked_in, drawing, questions
from reports.figures.svg import darkened, whole
from reports.read import facts, states
from reports.read.paths import ROOT
from reports.read.result import Result, load
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
FIGURE, DARK = "docs/today-{}.svg", "docs/today-{}-dark.svg"
PAGE = "docs/today.md"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Machine:
    """What one result contributes."""

    name: str
    result: Result
    answers: Sequence[tuple[Question, tuple[Number, ...]]]

    @property
    def about(self) -> str:
        """The machine, versions, date and commit."""
        commit = facts.shown(self.result, "commit")[:12]
        made = f"{facts.measured(self.result)[:10]}, commit {commit}"
        return f"{facts.machine(self.result)}; {facts.versions(self.result)}; {made}"


@dataclass(frozen=True)
class Line:
    """A number as it is printed: what it is of, and each backend's value."""

    text: str
    verdict: str
    values: str
    posted: str  # the same with series and cells, wrapped


@dataclass(frozen=True)
class Block:
    """What one machine says of one question."""

    machine: str
    lines: tuple[Line, ...]
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
    names: Annotated[
        list[str] | None, typer.Option("--name", help="What to call each processor, in order.")
    ] = None,
) -> None:
    """Answer the questions that are open of today's rings, in the document and the README."""
    with refusing(document, "--document"):
        machines = [machine(file, at, names or ()) for at, file in enumerate(files or ())]
        text = text_with(document.read_text("utf-8"), answered(machines), PART, document.name)
        shown, drawn = figures(machines)
        front = inline_with(readme.read_text("utf-8"), shown, PART, readme.name)
        for name, svg in drawn.items():
            (readme.parent / name).parent.mkdir(exist_ok=True)
            (readme.parent / name).write_text(svg, encoding="utf-8")
        document.write_text(text, encoding="utf-8")
        readme.write_text(front, encoding="utf-8")
    typer.echo(f"{document}: answers of {', '.join(map(str, files or ())) or 'no result'}")


def machine(file: Path, at: int, names: Sequence[str]) -> Machine:
    """Read a result.

    Raises:
        ResultError: if no question asks any of its experiments.
    """
    result = load(file)
    if not asked_in(result):
        raise ResultError(f"{file}: has none of today's experiments; measure --experiment today")
    name = names[at] if at < len(names) else facts.named(result)
    return Machine(name, result, answers(result))


def answered(machines: Sequence[Machine]) -> str:
    """Return the answers in Markdown."""
    rows = [(one, list(_blocks(one, machines))) for one in questions()]
    return environment().get_template("todays.md").render(rows=rows).strip()


def figures(machines: Sequence[Machine]) -> tuple[str, dict[str, str]]:
    """Return the README's part, and its figures: path beside the README, SVG."""
    lines, drawn = [], dict[str, str]()
    for number, one in enumerate(machines, 1):
        title = f"{one.name}: open questions of today's rings"
        made = drawing(one.answers, title)
        if made is None:
            continue
        light, dark = FIGURE.format(number), DARK.format(number)
        drawn[light] = whole(made)
        drawn[dark] = darkened(drawn[light])
        source = f'<source media="(prefers-color-scheme: dark)" srcset="{dark}">'
        alt = wording.printable(title, 200).replace('"', "'").replace("<", "(")
        lines.append(f'<picture>{source}<img alt="{alt}" src="{light}"></picture>')
    head = f"<br>Apart from that, open questions of [today's rings]({PAGE}):<br>" if lines else ""
    return head + " ".join(lines), drawn


def _blocks(question: Question, machines: Sequence[Machine]) -> Iterator[Block]:
    """Yield what each machine says of a question, if it has a number of it."""
    for one in machines:
        numbers = next(found for asked, found in one.answers if asked == question)
        if not numbers:
            continue
        lines = tuple(
            Line(number.asked.text, number.verdict, values(number.found), posted(number))
            for number in numbers
        )
        names = dict.fromkeys(number.asked.experiment for number in numbers)
        state = states.sentence(number.state for number in numbers)
        end = [MEANING, state, one.about, command(one.result, list(names))]
        asked = "\n".join(map(wrapped, (question.title, question.thread)))
        yield Block(one.name, lines, asked, "\n".join(map(wrapped, end)))


def posted(number: Number) -> str:
    """Return a number with its series and cells, as it is posted."""
    of, to = number.asked.of, number.asked.to
    over = of.series if to.series == SAME else to.series
    where = f"; over {to.cell[1:]}" if to.cell != SAME else ""
    head = f"{number.asked.text}: {of.series} over {over}, {number.cell}{where}"
    return f"{wrapped(head)}\n{INDENT}    {values(number.found)}"


def wrapped(text: str) -> str:
    """Return a text in lines that a mail may have, indented as a block of Markdown."""
    return textwrap.fill(
        text,
        LINE_LETTERS,
        initial_indent=INDENT,
        subsequent_indent=INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def values(found: Mapping[str, Estimate]) -> str:
    """Return each backend's number with its interval."""
    return ", ".join(f"{name} {wording.ratio_with_interval(one)}" for name, one in found.items())


def command(result: Result, experiments: Sequence[str]) -> str:
    """Return what measures these experiments as they were measured."""
    length = facts.shown(result, "length")
    words = ["python -m bench", *(f"--experiment {name}" for name in experiments)]
    known = length not in {USUAL, facts.UNKNOWN}
    return " ".join([*words, *[f"--{length}"] * known])


if __name__ == "__main__":
    run(app, "reports")

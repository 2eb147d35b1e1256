"""``python -m reports.headline FILE``: the README's figure and table, made from a published result.

Writes only between two comments of the README, and the figure next to the documents, for light and
for dark pages. A README may have several headlines, one for each processor: ``--part`` names the
comments.
"""

from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Annotated

import matplotlib as mpl
import typer
from matplotlib.figure import Figure

from reports.commands.ending import run
from reports.commands.marked_part import text_with
from reports.commands.refusing import refusing
from reports.figures.gallery import pictures
from reports.figures.style import DARK, LIGHT, SETTINGS
from reports.frames.answer import answers
from reports.frames.tables import tabulate
from reports.page import page
from reports.read.paths import ROOT
from reports.read.result import load
from reports.read.text import ResultError

README = ROOT / "README.md"
PART = "headline"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Headline:
    """The README's part on a result."""

    block: str  # Markdown for the space between the two comments
    figures: dict[str, str]  # path relative to the README: SVG


@app.command()
def main(
    file: Annotated[Path, typer.Argument(help="A published result, below the README's folder.")],
    readme: Annotated[Path, typer.Option(help="The file to write into.")] = README,
    part: Annotated[str, typer.Option(help="Which of its headlines.")] = PART,
) -> None:
    """Write a result's headline into the README: its figure, and the table of its answer."""
    with refusing(readme, "--readme"):
        made = headline(file, readme.parent, part)
        text = text_with(readme.read_text(encoding="utf-8"), made.block, part, readme.name)
        for name, svg in made.figures.items():
            (readme.parent / name).parent.mkdir(exist_ok=True)
            (readme.parent / name).write_text(svg, encoding="utf-8")
        readme.write_text(text, encoding="utf-8")
    typer.echo(f"{readme}: headline of {file}")


def figures(part: str = PART) -> tuple[str, str]:
    """The paths of a headline's figures from the README, for light and for dark pages."""
    return f"docs/{part}.svg", f"docs/{part}-dark.svg"


def headline(file: Path, root: Path, part: str = PART) -> Headline:
    """The headline of a result; raise ``ResultError`` if it is not published or has none."""
    if not file.resolve().is_relative_to(root.resolve()):
        raise ResultError(f"{file}: not below {root}; publish it there first")
    result = load(file)
    found = tabulate(result.main)
    if not answers(found.ratios):
        raise ResultError(f"{file}: no candidate with a baseline; name another result")
    picture = next(pictures(found))
    drawn, (light, dark) = _svg(picture.figure), figures(part)
    names = {
        "source": file.resolve().relative_to(root.resolve()).as_posix(),
        "light": light,
        "dark": dark,
        "message": picture.message.replace("\n", " "),
    }
    block = page.headline(result, found, names).strip()
    return Headline(block, {light: drawn, dark: _darkened(drawn)})


def _svg(figure: Figure) -> str:
    """A figure as SVG, identical for the same data."""
    file = StringIO()
    with mpl.rc_context(SETTINGS):
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def _darkened(svg: str) -> str:
    for light, dark in zip(LIGHT, DARK, strict=True):
        svg = svg.replace(light, dark)
    return svg


if __name__ == "__main__":
    run(app, "reports")

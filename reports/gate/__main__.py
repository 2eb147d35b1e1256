"""``python -m reports.gate FILE``: the gate's decision as a table, pages and test results.

Reads the gate's file and measures nothing. Writes ``index.html``, ``summary.md`` and ``junit.xml``.
"""

from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree as ET

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from reports.commands.ending import run
from reports.commands.refusing import refusing
from reports.commands.screen import screen
from reports.gate.file import GateFile, load
from reports.gate.junit import junit
from reports.gate.report import Report, reported
from reports.read.paths import OUTPUT
from reports.read.text import stem_of
from reports.text.template import environment

COLUMNS = ("cell", "layout", "verdict", "head / base", "interval", "detectable", "instructions")
WIDTH_MIN = 120  # of the table: names must be complete to be copied into a command

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    file: Annotated[Path, typer.Argument(help="A file that the gate has written.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write.")] = None,
) -> None:
    """Say what the gate decided, and write its pages."""
    directory = output or OUTPUT / stem_of(file)
    with refusing(directory):
        gate = load(file)
        report = reported(gate)
        index = write(gate, report, directory)
    show(screen(WIDTH_MIN), report)
    typer.echo(index)


def write(gate: GateFile, report: Report, directory: Path) -> Path:
    """Write page, summary and test results; the page's path."""
    directory.mkdir(parents=True, exist_ok=True)
    for name in ("index.html", "summary.md"):
        text = environment().get_template(f"gate-{name}").render(report=report, columns=COLUMNS)
        (directory / name).write_text(text, encoding="utf-8")
    ET.ElementTree(junit(gate)).write(
        directory / "junit.xml", encoding="utf-8", xml_declaration=True
    )
    return directory / "index.html"


def show(console: Console, report: Report) -> None:
    """Print the table; cells with identical code are only counted."""
    rows = [line.cells for line in report.lines if line.verdict != "identical"]
    shown = [at for at in range(len(COLUMNS)) if any(row[at] for row in rows)]  # width is scarce
    table = Table(box=None, pad_edge=False)
    for at in shown:
        table.add_column(COLUMNS[at], no_wrap=True)
    for row in rows:
        table.add_row(*(Text(row[at]) for at in shown))
    console.print(Text(report.title, style="bold"))
    if table.row_count:
        console.print(table)
    for text in (*report.notes, *(f"next: {step}" for step in report.next)):
        console.print(Text(text), soft_wrap=True)


if __name__ == "__main__":
    run(app, "reports")

"""The result in a terminal: the answer, a row per shape, what it says, and the weightiest doubt."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from reports.experiments.sections import Section
from reports.frames.tables import Tables
from reports.page import foremost, plain
from reports.read.result import Result


def show(
    console: Console, result: Result, tables: Tables, experiments: Sequence[Section] = ()
) -> None:
    """Print the answer, the weightiest doubt, and what experiments found if they were asked for."""
    for part in plain.answer(result, tables, console.width):
        console.print(part)
    for doubt in list(foremost.doubts(result, tables))[:1]:
        console.print(Text(doubt))
    for part in plain.asked(experiments):
        console.print(part)

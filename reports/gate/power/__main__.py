"""``python -m reports.gate.power FOLDER``: the gate's error rates and power.

With ``--document`` it writes the document's part between its marks, and the figure next to it.
"""

from pathlib import Path
from typing import Annotated

import typer

from reports.commands.ending import run
from reports.commands.marked_part import put
from reports.commands.refusing import refusing
from reports.figures.style import save
from reports.gate.power.figure import power
from reports.gate.power.kept import load
from reports.gate.power.report import markdown

PART = "gate-power"
SAYS = "Share of gates that call a cell slower whose head is slower by so much"


def main(
    folder: Annotated[Path, typer.Argument(help="what bench.studies.gate_model kept")],
    into: Annotated[
        Path | None, typer.Option("--document", help="write the report into this document")
    ] = None,
) -> None:
    """Print the report, or write it into a document."""
    with refusing(into, "--document"):
        kinds = load(folder)
        if into is None:
            typer.echo(markdown(kinds, {}))
            return
        put(markdown(kinds, {f"figures/{PART}.svg": SAYS}), into, PART)
        figure = into.parent / "figures" / PART
        figure.parent.mkdir(exist_ok=True)
        save(power(kinds), figure)
        figure.with_suffix(".png").unlink()


if __name__ == "__main__":
    run(main, "reports")

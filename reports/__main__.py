"""``python -m reports FILE``: renders a result without measuring anything."""

import gc
from pathlib import Path
from typing import Annotated

import typer

from reports.commands.ending import run
from reports.commands.helping import shared
from reports.commands.making import making
from reports.commands.refusing import refusing
from reports.read.paths import OUTPUT
from reports.read.text import ResultError, stem_of
from reports.text.wording import printable

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    files: Annotated[
        list[Path], typer.Argument(help="A result, .json or .json.gz; several are compared.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where to write; reports/output/NAME if left out."),
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Option(
            "--name", help="What to call each machine, in order; those of one name are of one kind."
        ),
    ] = None,
    export: Annotated[
        list[str] | None,
        typer.Option(
            help="Also write for another tool, into exports/; an unknown name lists them."
        ),
    ] = None,
) -> None:
    """Make the report of a result file, or a comparison of several, measuring nothing.

    Of several machines: does the answer hold on all? Of one machine: what changed between its runs?
    Exit with status 1 if the same machine code has other instruction counts elsewhere.
    """
    directory = output or OUTPUT / "-".join(map(stem_of, files))
    if len(files) > 1:
        _compare(files, directory, names or [], export or [])
    else:
        _report(files[0], directory, export or [])


def _report(file: Path, directory: Path, formats: list[str]) -> None:
    """Read a result, write its report, and print the findings and the path."""
    with refusing(directory), making(f"reading {printable(file.name)}") as say:
        from reports import exports
        from reports.commands.screen import screen
        from reports.experiments import sections
        from reports.frames.counts import counts_of
        from reports.frames.tables import tabulate
        from reports.page import report, terminal
        from reports.read.result import load
        from reports.rounds.processes import rounds

        _check_place(directory)
        for name in formats:
            if name not in exports.names():
                there = " or ".join(exports.names())
                raise ResultError(f"--export {name}: no such format; name {there}")
        result = load(file)
        say("estimating")
        counts = counts_of(result)
        cells = rounds(result.values)
        tables = tabulate(result.main, counts.found, cells)
        experiments = sections.sections(result, cells)
        index = report.write(
            result, tables, directory, counts.note, experiments, say=say, share=shared
        )
        written = exports.Export(result, tables)
        exported = [exports.write(name, written, directory / "exports") for name in formats]
    for path in exported:
        typer.echo(path)
    terminal.show(screen(), result, tables, experiments)
    typer.echo(index)


def _compare(files: list[Path], directory: Path, names: list[str], formats: list[str]) -> None:
    """Read several results, write their comparison, and print it with the path."""
    from reports.commands.screen import screen
    from reports.compare import comparison, kinds_page, runs_page, sides
    from reports.compare import screen as shown
    from reports.compare.counted import WRONG
    from reports.read.identity import identity
    from reports.read.result import load

    with refusing(directory):
        if formats:
            raise ResultError("--export: takes one result; export each of them alone")
        if len(names) not in {0, len(files)}:
            raise ResultError(f"--name: given {len(names)} times for {len(files)} files; name each")
        _check_place(directory)
        results = [load(file) for file in files]
        called = names or [""] * len(files)
        if len({identity(*both).key for both in zip(results, called, strict=True)}) == 1:
            runs = sides.sides(results, names)
            each = runs_page.compared(runs)
            index = runs_page.write(runs, each, directory)
            shown.runs(screen(), runs, each)
            typer.echo(index)
            return
        kinds = comparison.compared(results, names)
        index = kinds_page.write(kinds, directory)
    shown.kinds(screen(), kinds)
    typer.echo(index)
    if any(check.wrong for check in kinds.checks):
        raise typer.Exit(WRONG)


def _check_place(directory: Path) -> None:
    if directory.exists() and not directory.is_dir():
        raise ResultError(f"{directory}: is a file; name a directory with -o")


if __name__ == "__main__":
    gc.disable()  # what a file holds is needed until the end: there is nothing to collect
    run(app, "reports")

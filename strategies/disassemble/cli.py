"""The command line: the list of strategies, and the machine code of one."""

from collections.abc import Iterable, Iterator
from dataclasses import astuple
from pathlib import Path
from typing import Annotated

import typer

from reports.commands.ending import run
from strategies import OWN, SHARED, Strategy, every, load
from strategies.backends import backends
from strategies.backends.native import CompileError
from strategies.compile.code import Code, code_hash
from strategies.compile.target import MACHINE
from strategies.disassemble.assembly import CodeError, disassemble
from strategies.disassemble.catalog import FUNCTIONS, UnknownNameError, kernel
from strategies.disassemble.facts import Counts, Facts, facts
from strategies.outside import OutsideError
from strategies.outside.given import read
from strategies.outside.header import printed
from strategies.outside.layouts import layouts_of

COLUMNS = ("instr", "loads", "stores", "branches", "cmov", "calls", "bytes")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def command(  # noqa: PLR0913  one parameter an option is how typer reads them
    name: Annotated[str | None, typer.Argument(help="STRATEGY[FORM][@BACKEND]")] = None,
    *,
    asm: Annotated[
        bool, typer.Option("--asm/--facts", help="all instructions, or counts of them")
    ] = False,
    hashes: Annotated[
        bool, typer.Option("--hashes", help="one line per kernel of every form and backend")
    ] = False,
    machine: Annotated[
        str,
        typer.Option(metavar="NAME", help="as C compilers compile it for this machine: aarch64"),
    ] = "",
    layout: Annotated[
        list[Path] | None, typer.Option(help="also the layouts of these files of yours")
    ] = None,
    abi: Annotated[
        bool, typer.Option("--abi", help="print the header that a layout in C includes")
    ] = False,
) -> None:
    """List the strategies, or show the machine code of one."""
    if abi:
        typer.echo(printed(), nl=False)
        return
    theirs = layouts_of(read(layout or ()))
    if name is None and asm:
        raise UnknownNameError("--asm shows the code of one strategy: name it")
    if name is not None and hashes:
        raise UnknownNameError("--hashes lists every strategy: leave out the name, or --hashes")
    if hashes:
        lines = hash_lines(every())
    elif name is None:
        lines = listing(load())
    else:
        codes = {function: kernel(name, function, machine, theirs) for function in FUNCTIONS}
        lines = (assembly_lines if asm else facts_lines)(codes, machine or MACHINE)
    for line in lines:
        typer.echo(line)


def listing(strategies: tuple[Strategy, ...]) -> Iterator[str]:
    """One line per strategy with its forms, and one with the backends."""
    names = dict.fromkeys(strategy.name for strategy in strategies)
    width = max(map(len, names))
    for name in names:
        yield f"{name:{width}}  {', '.join(s.form for s in strategies if s.name == name)}"
    yield f"{'backends':{width}}  {', '.join(backends())}"


def hash_lines(strategies: Iterable[Strategy]) -> Iterator[str]:
    """The hash of every kernel: equal in two checkouts that measure the same code.

    A result contains them, too: ``code_hash`` in ``docs/format.md``.
    """
    for backend in backends().values():
        for function in SHARED:
            yield f"{code_hash(backend.shared(function))}  {function}@{backend.name}"
        for strategy in filter(backend.serves, strategies):
            for function in OWN:
                code = backend.kernel(strategy, function)
                yield f"{code_hash(code)}  {strategy.label}@{backend.name} {function}"


def assembly_lines(codes: dict[str, Code], machine: str) -> Iterator[str]:
    """Every instruction, kernel by kernel."""
    for function, code in codes.items():
        yield f"{function}:"
        for address, mnemonic, operands in disassemble(code, machine):
            yield f"{address:6x}  {mnemonic:<8} {operands}".rstrip()


def facts_lines(codes: dict[str, Code], machine: str) -> Iterator[str]:
    """Hashes and sizes of kernels, then the counts of each kernel and of its walk's loops."""
    for function, code in codes.items():
        yield f"{function:8} {code_hash(code)} {len(code.text):6} bytes"
    yield ""
    yield f"{'':28}" + "".join(f"{column:>9}" for column in COLUMNS)
    for function, code in codes.items():
        for heading, counts in rows(function, facts(code, machine)):
            yield f"{heading:28}" + "".join(f"{number:9}" for number in astuple(counts))


def rows(function: str, counted: Facts) -> Iterator[tuple[str, Counts]]:
    """A row for the kernel, then for each loop of its walk one step and the whole loop."""
    yield function, counted.whole
    for walk in counted.walks:
        named = f"{walk.direction} walk".strip()
        yield f"  {named} at {walk.address:#x}, per step", walk.step
        if walk.helpers != Counts():
            yield "    in helpers", walk.helpers
        if walk.body != walk.way:
            yield "    whole loop", walk.body


def main() -> None:
    """Run the command; a foreseen fault is one line."""
    run(app, "strategies", UnknownNameError, CodeError, OutsideError, CompileError)

"""Imports point one way, and only a strategy's own file knows its name."""

import ast
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import strategies
from bench.paths import ROOT
from strategies.linux import structs

MAY_IMPORT = {  # package: what of ours it may import beside itself
    "workloads": ("reports.commands",),
    "strategies": ("workloads", "reports.commands"),
    "bench": ("strategies", "workloads", "reports.commands", "reports.statistics"),
    "reports": (),
}
FLOORS = {  # package: its rooms as data flows down them; none imports one to its right
    "strategies": ("compile", "linux", "backends", "outside", "disassemble"),
    "bench": (
        *("machine", "ring", "driver", "experiments", "worker", "compile", "check", "processes"),
        *("counts", "gate", "fleet", "studies"),
    ),
    "reports": (
        *("statistics", "text", "read", "commands", "rounds", "doubt", "frames", "figures"),
        *("experiments", "page", "compare", "archive", "exports", "gate", "method", "documents"),
    ),
}
OURS = (*MAY_IMPORT, "tests", "noxfile")
ASKING = ROOT / "bench" / "experiments"
NAMES = {strategy.name for strategy in strategies.every()}
WORD = re.compile(r"\w+")
STRUCTS = {name.lower() for name in vars(structs) if name.isupper()}  # the kernel's own names
HOMONYM = "stepping"  # a fact of a processor, too, for those who tell processors apart
TELL_APART = ("identity.py", "machine_key.py")


def sources(package: str) -> list[Path]:
    """Every Python file of a package."""
    return sorted((ROOT / package).rglob("*.py"))


def imports(tree: ast.AST) -> Iterator[str]:
    """The dotted name of everything imported, wherever in the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide where an arrow points"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, packages: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of ``packages`` or in one."""
    return any(f"{name}.".startswith(f"{package}.") for package in packages)


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_package_imports_only_what_it_may(package: str) -> None:
    """Workloads import nothing of ours, strategies requests, reports only files."""
    assert sources(package), f"no package {package}"
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in sources(package)
        for name in imports(ast.parse(path.read_text()))
        if within(name, OURS) and not within(name, (package, *MAY_IMPORT[package]))
    ]
    assert not wrong


@cache
def modules() -> dict[str, Path]:
    """Every module of ours except tests, by dotted name."""
    found = {}
    for path in (path for package in MAY_IMPORT for path in sources(package)):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def room(module: str) -> str:
    """The folder of a module, or the module itself if it is next to folders."""
    folder = modules()[module].parent
    alone = not any((below / "__init__.py").exists() for below in folder.iterdir())
    return ".".join(folder.relative_to(ROOT).parts) if alone else module


@cache
def arrows() -> set[tuple[str, str]]:
    """Every pair of rooms of which the first imports from the second."""
    known = modules()
    rooms = {module: room(module) for module in known}
    found = set()
    for module, path in known.items():
        for name in imports(ast.parse(path.read_text())):
            target = name if name in known else name.rpartition(".")[0]
            if target in known and rooms[target] != rooms[module]:
                found.add((rooms[module], rooms[target]))
    return found


def test_no_room_is_above_itself() -> None:
    """A room can be read without those that use it."""
    above: dict[str, set[str]] = {}
    for source, target in arrows():
        above.setdefault(source, set()).add(target)
    tuple(TopologicalSorter(above).static_order())  # raises where there is a circle


@pytest.mark.parametrize("package", FLOORS)
def test_rooms_are_used_from_above_only(package: str) -> None:
    """Frames import no figures, figures no page, and the driver no worker."""
    floors = FLOORS[package]
    folders = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
    assert folders == set(floors)
    wrong = []
    for source, target in arrows():
        one, other = source.split("."), target.split(".")
        if (one[0], other[0]) == (package, package):
            places = [floors.index(name) for name in (*one[1:2], *other[1:2]) if name in floors]
            wrong += [(source, target)] * (len(places) == 2 and places[0] < places[1])
    assert not wrong


@pytest.mark.parametrize(
    "module",
    [
        "bench.worker",
        "bench.worker.stage",
        "strategies.linux.structs",
        "reports.page.report",
        "reports.gate",
    ],
)
def test_module_brings_no_numba(module: str) -> None:
    """Workers start without delay, and reports render where nothing can be compiled."""
    code = f"import sys, {module}; print('numba' in sys.modules, 'llvmlite' in sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["False", "False"]


def test_frames_bring_no_figures() -> None:
    """Reading a result in a notebook or a gate imports no drawing library."""
    code = "import sys; from reports import load; print('matplotlib' in sys.modules, load.__name__)"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["False", "load"]


def strings(tree: ast.AST) -> Iterator[str]:
    """Every string except docstrings."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    yield from (
        node.value
        for node in constants
        if isinstance(node.value, str) and id(node) not in docstrings
    )


def identifiers(path: Path) -> Iterator[str]:
    """Every name in a file's code."""
    with tokenize.open(path) as file:
        for token in tokenize.generate_tokens(file.readline):
            if token.type == tokenize.NAME:
                yield token.string


def strategies_named(path: Path) -> set[str]:
    """The strategies named in a file's code, not counting comments and docstrings."""
    words = {word for text in strings(ast.parse(path.read_text())) for word in WORD.findall(text)}
    return NAMES & {*identifiers(path), *words}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_nobody_names_a_strategy(package: str) -> None:
    """A strategy is one file: no other contains its name, as a string or an identifier.

    Only an experiment may, if its question is about it. Only the structs
    of the kernel may be called what they are called there.
    """
    wrong = []
    for path in sources(package):
        if path.is_relative_to(ASKING):
            continue
        allowed = {path.stem} | STRUCTS if package == "strategies" else set()
        allowed |= {HOMONYM} if path.name in TELL_APART else set()
        wrong += [f"{path}: {name}" for name in sorted(strategies_named(path) - allowed)]
    assert not wrong


def test_every_strategy_lies_in_the_file_of_its_name() -> None:
    """A strategy is in the file of its name, and its name is in that file."""
    for name in NAMES:
        assert name in strategies_named(ROOT / "strategies" / f"{name}.py")


def test_one_strategy_is_the_baseline_and_one_does_nothing() -> None:
    """There is something to divide by and something to subtract."""
    found = strategies.load()
    assert [s.label for s in found if s.role is strategies.Role.BASELINE] == [found[0].label]
    assert sum(s.role is strategies.Role.NULL for s in found) == 1
    assert len({s.label for s in strategies.every()}) == len(strategies.every())

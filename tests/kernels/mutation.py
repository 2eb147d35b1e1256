"""Compiling a kernel with a mistake: a module's source is edited on import.

All modules that kernels are made of are imported anew, so that nothing right is touched.
"""

import importlib
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

from strategies import AS_COMPILED, Strategy, load
from tests.kernels.checks import Check

LAYOUTS = {strategy.name: strategy for strategy in load() if strategy.form == AS_COMPILED}
BASELINE = load()[0].name
MADE_OF = {  # what a file that is no layout is tried in, if not the baseline
    "linux.chain": "chained_scatterlist",
    "linux.scatterlist": "chained_scatterlist",
    "linux.rings": "sg_ring",
}
KEPT = (
    "strategies.compile.code",
    "strategies.compile.codegen",
)  # tools, not kernels: no mutant touches them


@dataclass(frozen=True)
class Mutant:
    """A mistake in a file of ``strategies``."""

    mistake: str
    module: str
    edits: Mapping[str, str]  # a text that occurs once: what stands there instead
    kernels: tuple[str, ...]  # to compile anew; the others stay right
    killed_by: Check
    crashes: bool = False  # it may take the process down before the check sees wrong memory

    def __str__(self) -> str:
        """The mistake as a test's name."""
        return f"{self.module}: {self.mistake}"


class EditedSource(SourceFileLoader):
    """Loads a module's source with edits, and writes no bytecode."""

    def __init__(self, name: str, path: str, edits: Mapping[str, str]) -> None:
        super().__init__(name, path)
        self.edits = edits

    def path_stats(self, path: str) -> Mapping[str, float]:
        """Refuse to date the source, so that no bytecode is read or written."""
        raise OSError(path)

    def get_data(self, path: str) -> bytes:
        """The edited source."""
        return edited(super().get_data(path).decode(), self.edits).encode()


def edited(text: str, edits: Mapping[str, str]) -> str:
    """Make all replacements at once; each text must occur exactly once."""
    for old in edits:
        assert text.count(old) == 1, f"{text.count(old)} times in the source: {old!r}"
    places = "|".join(map(re.escape, sorted(edits, key=len, reverse=True)))
    return re.sub(places, lambda place: edits[place.group()], text)


class Finder(MetaPathFinder):
    """Finds one module as a mutant."""

    def __init__(self, name: str, edits: Mapping[str, str]) -> None:
        self.name, self.edits = name, edits

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's spec, with a loader that edits its source."""
        spec = PathFinder.find_spec(fullname, path, target) if fullname == self.name else None
        if spec and spec.origin:
            spec.loader = EditedSource(fullname, spec.origin, self.edits)
        return spec


@contextmanager
def mutated(mutant: Mutant) -> Iterator[Strategy]:
    """Give the layout of the mutant's file, or the baseline, from separate modules.

    Only in form "as compiled": a mistake in a shared file need be found only once.
    """
    with edited_modules(mutant.module, mutant.edits):
        found = importlib.import_module(f"strategies.{layout_of(mutant)}").STRATEGIES
        yield next(strategy for strategy in found if strategy.form == AS_COMPILED)


@contextmanager
def edited_modules(module: str, edits: Mapping[str, str]) -> Iterator[None]:
    """Have a module of ``strategies`` edited, and all modules of kernels imported anew."""
    package = sys.modules["strategies"]
    right = {name: module for name, module in sys.modules.items() if _is_kernel(name)}
    attributes = vars(package).copy()
    finder = Finder(f"strategies.{module}", edits)
    for name in right:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if _is_kernel(name)]:
            del sys.modules[name]
        sys.modules.update(right)
        vars(package).clear()
        vars(package).update(attributes)


def layout_of(mutant: Mutant) -> str:
    """The layout whose kernels get the mistake."""
    layout = MADE_OF.get(mutant.module, mutant.module)
    return layout if layout in LAYOUTS else BASELINE


def _is_kernel(name: str) -> bool:
    return name.startswith("strategies.") and name not in KEPT

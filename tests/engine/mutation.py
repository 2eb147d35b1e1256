"""Running the engine with a mistake: all its modules are imported again, one of them edited.

The tests are imported anew, too, so that they hold the mistaken engine to what they hold the right
one to. Afterwards the right modules are back: nothing of them was touched.
"""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.kernels.mutation import Finder

IMPORTED_ANEW = {"bench", "reports", "tests"}

Test = Callable[[], None]  # a test that asks for no fixture


@dataclass(frozen=True)
class EngineMutant:
    """A mistake in a module of ``bench`` or ``reports``, and the test that finds it."""

    mistake: str
    module: str
    edits: Mapping[str, str] = field(hash=False)  # a text that occurs once: what replaces it
    killed_by: Test

    def __str__(self) -> str:
        """The mistake as a test's name."""
        return f"{self.module}: {self.mistake}"


@contextmanager
def imported_anew(module: str = "", edits: Mapping[str, str] | None = None) -> Iterator[None]:
    """Import all our modules again, one of them edited; restore the originals afterwards."""
    right = {name: one for name, one in sys.modules.items() if _is_ours(name)}
    finder = Finder(module, edits or {})
    for name in right:
        del sys.modules[name]
    sys.meta_path.insert(0, finder)
    try:
        if module:
            importlib.import_module(module)  # an edit without its one place fails here
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if _is_ours(name)]:
            del sys.modules[name]
        sys.modules.update(right)


def again(test: Test) -> Test:
    """A test from its module as it is now."""
    found: Test = getattr(importlib.import_module(test.__module__), test.__name__)
    return found


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in IMPORTED_ANEW

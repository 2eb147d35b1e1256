"""The strategies of a Python file outside this package."""

import sys
import traceback
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

from strategies import Role, Strategy
from strategies.linux.todays.structs import PLAIN_RING
from strategies.outside import OutsideError

PREFIX = "outside_"  # of the module's name, so that it hides no other


def load(path: Path, name: str) -> tuple[Strategy, ...]:
    """The file's ``STRATEGIES``: a layout as compiled, and forms of it.

    Raises:
        OutsideError: if it cannot be imported, or they are not strategies of this name that fill
            the ring of 2.6.24 in every experiment.
    """
    found = getattr(_imported(path, name), "STRATEGIES", None)
    if not isinstance(found, tuple) or not found:
        raise OutsideError(f"{path} has no STRATEGIES: a tuple of strategies.Strategy")
    for one in found:
        if why := _unfit(one, name):
            raise OutsideError(f"{path}: {why}")
    labels = [one.label for one in found]
    if twice := next((label for label in labels if labels.count(label) > 1), ""):
        raise OutsideError(f"{path}: {twice} is there twice: give each form a name")
    return found


def _unfit(one: object, name: str) -> str:
    """Why something in ``STRATEGIES`` cannot be measured; empty if it can be."""
    if not isinstance(one, Strategy):
        return f"{one!r} in STRATEGIES is no strategies.Strategy"
    if one.name != name:
        return f"its strategy is called {one.name}: give it the name of the file, {name}"
    odd = {
        f"has the role {one.role}: leave role out, a layout is a candidate": (
            one.role is not Role.CANDIDATE
        ),
        "is made for one experiment: leave only and axes out": one.only or one.axes,
        "brings kick or get_buf: leave them out, they are the suite's": one.kick or one.get_buf,
        f"fills the ring {one.ring}: leave ring out, it is that of {PLAIN_RING}": (
            one.ring != PLAIN_RING
        ),
    }
    return next((f"{one.label} {why}" for why, is_so in odd.items() if is_so), "")


def _imported(path: Path, name: str) -> object:
    """The file as a module; only packages that are installed, and ours, can be imported in it."""
    known = f"{PREFIX}{name}"
    spec = spec_from_loader(known, SourceFileLoader(known, str(path)))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[known] = module_from_spec(spec)
    bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # beside the user's file
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise OutsideError(f"{path}, line {error.lineno}: {error.msg}") from None
    except (Exception, SystemExit) as error:  # noqa: BLE001  whatever a file raises
        lines = [
            f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)
        ]
        where = f"{path}, line {lines[-1]}" if lines else str(path)
        said = f"{error}".strip().partition("\n")[0]
        raise OutsideError(f"{where}: {type(error).__name__}: {said}") from None
    finally:
        sys.dont_write_bytecode = bytecode
    return module

"""Layouts outside the checkout: the examples in a folder, as they are or with a mistake."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from bench.paths import ROOT
from strategies.backends.c_compilers import Compiler, compilers, missing
from strategies.outside.header import printed

EXAMPLES = ROOT / "examples"
NAME = "iovec_array"


def a_compiler() -> Compiler:
    """A C compiler, whichever there is; without one, the test is skipped."""
    found = compilers()
    if not found:
        pytest.skip(missing(found))
    return next(iter(found.values()))


def in_c(folder: Path, mistakes: Mapping[str, str] | None = None, name: str = NAME) -> Path:
    """The example in C with its header, its text changed where there are mistakes."""
    return _copy(folder, f"{NAME}.c", f"{name}.c", mistakes or {})


def in_python(folder: Path, mistakes: Mapping[str, str] | None = None) -> Path:
    """The example in Python, likewise."""
    return _copy(folder, f"{NAME}.py", f"{NAME}.py", mistakes or {})


def _copy(folder: Path, example: str, name: str, mistakes: Mapping[str, str]) -> Path:
    text = (EXAMPLES / example).read_text()
    for right, wrong in mistakes.items():
        assert text.count(right) == 1, right
        text = text.replace(right, wrong)
    path = folder / name
    path.write_text(text)
    if path.suffix == ".c":
        (folder / "abi.h").write_text(printed())
    return path


def rustc() -> str:
    """The Rust compiler; without one, the test is skipped."""
    found = shutil.which("rustc")
    if found is None:
        pytest.skip("no rustc on PATH: install rustc to try the example in Rust")
    return found

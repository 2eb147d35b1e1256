"""numba's settings do not depend on the user's, or on an earlier import."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.paths import ROOT
from strategies import KNOBS

HASH = """
from strategies import Role, every
from strategies.compile.code import code_hash
from strategies.compile.codegen import machine_code
flat = next(s for s in every() if s.role is Role.BASELINE)
print(code_hash(machine_code(flat.map), machine_code(flat.add_buf)))
"""
AMBIENCE = {
    "NUMBA_DISABLE_JIT": "1",
    "NUMBA_DEBUGINFO": "1",
    "NUMBA_OPT": "0",
    "NUMBA_BOUNDSCHECK": "1",
    "NUMBA_CPU_NAME": "host",
    "NUMBA_LOOP_VECTORIZE": "1",
    "NUMBA_EXTEND_VARIABLE_LIFETIMES": "1",
    "NUMBA_DUMP_IR": "1",
    "NUMBA_DUMP_ASSEMBLY": "1",
}


def hash_of(code: str = "", **environment: str) -> str:
    """The hash printed by a separate process, with these variables and this code before."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    command = [sys.executable, "-c", code + HASH]
    done = subprocess.run(
        command, cwd=ROOT, env=clean | environment, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture(scope="module")
def plain() -> str:
    """Give the hash where nothing is set."""
    return hash_of()


def test_numbas_variables_change_no_code(plain: str) -> None:
    """Neither do those that print say anything."""
    assert len(plain.split()) == 1
    assert hash_of(**AMBIENCE) == plain


def test_code_is_the_same_whoever_imported_numba_first(plain: str) -> None:
    """Numba reads its variables on import; an import before ours had other ones."""
    assert hash_of("import numba\n") == plain
    assert hash_of("import numba\n", NUMBA_OPT="1", NUMBA_DEBUGINFO="1") == plain


def test_every_variable_that_is_pinned_is_one_of_numbas() -> None:
    """A name that numba does not know would pin nothing."""
    from numba.core import config

    known = Path(config.__file__).read_text()
    assert all(f'"{name}"' in known for name in KNOBS)


def test_importing_strategies_compiles_nothing() -> None:
    """Listing their names must not take two seconds."""
    script = (
        "import strategies.compile.codegen as codegen; codegen._jit = None; "
        "from strategies import every; assert every()"
    )
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)

"""Compile a C file of this folder to kernels: bare machine code, one block of bytes each.

Objects are kept in ``.cache/native`` of the checkout: they go when the checkout goes, one folder
serves all its virtual environments, and git ignores it. A key says all that an object depends on,
so none is ever stale. Whoever compiles the same at the same time writes the same: each to a file
of its own, which then takes the object's name in one step.
"""

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from strategies.code import Code
from strategies.elf import OutsideSymbolError, text_of
from strategies.native.compilers import Compiler

SOURCES = Path(__file__).parent
CACHE = SOURCES.parents[1] / ".cache" / "native"
KERNELS = ("create", "map", "add_buf")
NO_WORD = re.compile(r"\W")  # what a macro cannot have in its name
Axes = tuple[tuple[str, str], ...]  # name, value

FLAGS = (
    # What Linux 2.6.24 was compiled with, as far as it decides these loops:
    "-O2",
    "-fno-strict-aliasing",  # a store to a descriptor may have changed the queue: load it again
    "-fno-common",
    "-mgeneral-regs-only",  # a kernel uses no vector registers
    # What compilers and distributions of today do by default and those of 2007 did not:
    "-fno-tree-vectorize",
    "-fno-stack-protector",  # it would slow sg_ring alone, which has a local with an address
    "-fno-plt",
    "-fno-pic",  # addresses are constants, as in a kernel; also undoes a default of -fpie
    # What makes the code stand alone and mean the same to every compiler:
    "-std=gnu11",
    "-fno-asynchronous-unwind-tables",  # tables that would refer to the code
)
# CET's and BTI's landing pads, which some distributions turn on for each function:
FLAGS_OF_MACHINE = {
    "x86_64": ("-fcf-protection=none",),
    "aarch64": ("-mbranch-protection=none",),
}


class CompileError(Exception):
    """A C file could not be made into bare machine code."""


def has_twin(strategy: str) -> bool:
    """Return whether there is a C file for a strategy: one of its name."""
    return (SOURCES / f"{strategy}.c").is_file()


def compile_kernels(  # noqa: PLR0913, PLR0917  what objects are of
    name: str,
    form: str,
    compiler: Compiler,
    kernels: Iterable[str] = KERNELS,
    cache: Path = CACHE,
    axes: Axes = (),
) -> dict[str, Code]:
    """Return kernels of a strategy, or of ``virtqueue``, in a form: machine code by kernel.

    A value on an axis is a macro of that name: PIECE is 16 where ``piece`` is.

    Raises:
        CompileError: if the compiler refuses, with its own words, or the code cannot stand alone.
    """
    return {kernel: _kernel(name, form, compiler, kernel, cache, axes) for kernel in kernels}


def is_kept(  # noqa: PLR0913, PLR0917  as above
    name: str,
    form: str,
    compiler: Compiler,
    kernel: str,
    cache: Path = CACHE,
    axes: Axes = (),
) -> bool:
    """Return whether a kernel's object is there, so that making it takes no compiler."""
    return _place(SOURCES / f"{name}.c", compiler, _choice(kernel, form, axes), cache).exists()


def flags_of(compiler: Compiler) -> tuple[str, ...]:
    """Return all flags but those that choose kernel and form."""
    return (*FLAGS, *FLAGS_OF_MACHINE.get(compiler.machine, ()))


def _kernel(  # noqa: PLR0913, PLR0917  what an object is of
    name: str, form: str, compiler: Compiler, kernel: str, cache: Path, axes: Axes
) -> Code:
    source = SOURCES / f"{name}.c"
    what = f"{source.name}, {kernel} {form}, by {compiler.title}"
    choice = _choice(kernel, form, axes)
    command = (*compiler.command, *flags_of(compiler), *choice, "-c", str(source))
    kept = _place(source, compiler, choice, cache)
    if not kept.exists():
        _compile(command, kept, what)
    try:
        return text_of(kept.read_bytes(), kernel)
    except KeyError:
        raise CompileError(f"{what}: the file defines no such kernel") from None
    except OutsideSymbolError as error:
        raise CompileError(f"{what}: {error}") from None


def _choice(kernel: str, form: str, axes: Axes) -> tuple[str, ...]:
    """Return the flags that choose a kernel, its form and its values on axes."""
    macro = NO_WORD.sub("_", form).upper()
    values = (f"-D{axis.upper()}={value}" for axis, value in axes)
    return (f"-DKERNEL={kernel}", f"-DFORM=FORM_{macro}", *values)


def _place(source: Path, compiler: Compiler, choice: tuple[str, ...], cache: Path) -> Path:
    return cache / f"{_key(source, compiler, choice)}.o"


def _key(source: Path, compiler: Compiler, choice: tuple[str, ...]) -> str:
    """Return a digest of all that decides an object: sources, compiler and flags."""
    digest = hashlib.sha256()
    words = (compiler.version, compiler.machine, *compiler.command, *flags_of(compiler), *choice)
    texts = [path.read_bytes() for path in (source, *sorted(source.parent.glob("*.h")))]
    for part in (*(word.encode() for word in words), *texts):
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()[:32]


def _compile(command: tuple[str, ...], kept: Path, what: str) -> None:
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        made = Path(folder) / kept.name
        done = subprocess.run(
            [*command, "-o", str(made)],
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"LC_ALL": "C"},
        )
        if done.returncode:
            raise CompileError(f"{what}:\n{done.stderr.strip()}")
        made.replace(kept)

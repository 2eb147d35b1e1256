"""The C twins: every layout's kernels a second time, compiled from C to bare machine code.

A C file in ``strategies/native/`` has the name of its strategy's file and defines the same kernels
under the same contract (``strategies``, ``abi.h``). ``model.h`` has the structs, ``virtio_ring.h``
and ``mapping.h`` what layouts share, ``forms.h`` the ways to force a decision of the compiler.
Nothing here imports numba. Machine code is cached (``strategies.compile.kept``) under a digest of
everything it depends on, so it is never stale.
"""

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

import strategies
from strategies import AS_COMPILED, OWN
from strategies.backends.c_compilers import REMEDY, Compiler, CompilerError, run, text
from strategies.compile import elf
from strategies.compile.code import Code
from strategies.compile.elf import NoObjectError, OutsideSymbolError, text_of
from strategies.compile.kept import key, store

SOURCES = Path(strategies.__file__).parent / "native"
COMPILE_MAX_S = 60.0  # a file takes a tenth of a second
NO_WORD = re.compile(r"\W")  # characters that the name of a macro cannot have
ERROR = re.compile(r"\berror\b", re.IGNORECASE)
Axes = tuple[tuple[str, str], ...]  # name, value

FLAGS = (
    # Those of Linux 2.6.24, as far as they affect these loops:
    "-O2",
    "-fno-strict-aliasing",  # a store to a descriptor may have changed the queue: load it again
    "-fno-common",
    "-mgeneral-regs-only",  # the kernel uses no vector registers
    # Against defaults of today's compilers and distributions that those of 2007 did not have:
    "-fno-tree-vectorize",
    "-fno-stack-protector",  # it would slow down sg_ring alone, which takes a local's address
    "-fno-plt",
    "-fno-pic",  # addresses are constants, as in the kernel; also undoes -fpie
    # For code that stands alone and means the same to every compiler:
    "-std=gnu11",
    "-fno-asynchronous-unwind-tables",  # tables that would refer to the code
)
# CET's and BTI's landing pads, which some distributions turn on for each function:
FLAGS_OF_MACHINE = {
    "x86_64": ("-fcf-protection=none",),
    "aarch64": ("-mbranch-protection=none",),
}


class CompileError(Exception):
    """A C file could not be compiled to bare machine code."""

    @property
    def line(self) -> str:
        """What failed and the compiler's reason, in one line."""
        first, *others = str(self).splitlines()
        telling = [line for line in others if ERROR.search(line)]
        return " ".join([first, *(line.strip() for line in [*telling, *others][:1])])


def has_twin(strategy: str) -> bool:
    """Whether there is a C file of a strategy's name."""
    return (SOURCES / f"{strategy}.c").is_file()


def compile_kernels(
    name: str,
    form: str,
    compiler: Compiler,
    kernels: Iterable[str] = OWN,
    axes: Axes = (),
) -> dict[str, Code]:
    """Machine code of a strategy's kernels, or of ``virtqueue``'s, in a form, by kernel.

    A value on an axis is passed as a macro: ``piece`` 16 is -DPIECE=16.

    Raises:
        CompileError: with the compiler's own message, or if the code refers to outside symbols.
    """
    source = SOURCES / f"{name}.c"
    return {
        kernel: _kernel(source, compiler, kernel, _choice(kernel, form, axes), form)
        for kernel in kernels
    }


def compile_file(source: Path, compiler: Compiler, kernel: str, abi: int) -> Code:
    """Machine code of a kernel of a C file that is not the suite's, of which nothing is kept.

    ``abi`` is the version of the ABI that it must include.

    Raises:
        CompileError: as ``compile_kernels`` does.
    """
    choice = (*_choice(kernel, AS_COMPILED, ()), f"-DABI_VERSION={abi}")
    return _made(source, compiler, kernel, choice, AS_COMPILED)


def is_kept(name: str, form: str, compiler: Compiler, kernel: str, axes: Axes = ()) -> bool:
    """Whether a kernel is in the cache, so that no compiler has to run."""
    choice = _choice(kernel, form, axes)
    return store().code(_key(SOURCES / f"{name}.c", compiler, choice)) is not None


def flags_of(compiler: Compiler) -> tuple[str, ...]:
    """All flags except those that select kernel and form."""
    return (*FLAGS, *FLAGS_OF_MACHINE.get(compiler.machine, ()))


def _kernel(
    source: Path, compiler: Compiler, kernel: str, choice: tuple[str, ...], form: str
) -> Code:
    place = _key(source, compiler, choice)
    code = store().code(place)
    if code is None:
        code = _made(source, compiler, kernel, choice, form)
        if _key(source, compiler, choice) == place:  # else a source was edited in the meantime
            store().put_code(place, code)
    return code


def _made(
    source: Path, compiler: Compiler, kernel: str, choice: tuple[str, ...], form: str
) -> Code:
    what = f"{source.name}, {kernel} {form}, by {compiler.title}"
    command = (*compiler.command, *flags_of(compiler), *choice, "-c", str(source))
    return _compiled(command, what, kernel, compiler.machine)


def _choice(kernel: str, form: str, axes: Axes) -> tuple[str, ...]:
    """The flags that select a kernel, its form and its values on axes."""
    macro = NO_WORD.sub("_", form).upper()
    values = (f"-D{axis.upper()}={value}" for axis, value in axes)
    return (f"-DKERNEL={kernel}", f"-DFORM=FORM_{macro}", *values)


def _key(source: Path, compiler: Compiler, choice: tuple[str, ...]) -> str:
    """A digest of all that determines an object: sources, compiler and flags."""
    flags = (*flags_of(compiler), *choice)
    words = (compiler.version, compiler.machine, *compiler.command, *compiler.surroundings, *flags)
    files = (source, *sorted(source.parent.glob("*.h")), Path(__file__), Path(elf.__file__))
    texts = [path.read_bytes() for path in files]
    return key(*words, *texts)


def _compiled(command: tuple[str, ...], what: str, kernel: str, machine: str) -> Code:
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made.o"
        try:
            done = run([*command, "-o", str(made)], COMPILE_MAX_S)
        except CompilerError as error:
            raise CompileError(f"{what}: {command[0]} {error}: {REMEDY}") from None
        if done.returncode:
            said = text(done.stderr) or f"exit status {done.returncode} without a message: {REMEDY}"
            raise CompileError(f"{what}:\n{said}")
        try:
            return text_of(made.read_bytes(), kernel, machine)
        except KeyError:
            raise CompileError(f"{what}: the file does not define this kernel") from None
        except OutsideSymbolError as error:
            raise CompileError(f"{what}: {error}") from None
        except FileNotFoundError:
            raise CompileError(f"{what}: {command[0]} wrote nothing: {REMEDY}") from None
        except NoObjectError as error:
            raise CompileError(f"{what}: {command[0]} wrote {error}: {REMEDY}") from None

"""What files given hold: strategies, and backends that compile these beside those of the suite."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from strategies import AS_COMPILED, Role, Strategy, every
from strategies.backends import NUMBA, Backend, backends
from strategies.backends.cross import target_compilers
from strategies.backends.native import CompileError, compile_file
from strategies.compile.code import Code
from strategies.compile.elf import OutsideSymbolError
from strategies.outside import OutsideError
from strategies.outside.given import OBJECT, OBJECTS, PYTHON, C, Given
from strategies.outside.header import VERSION
from strategies.outside.object_file import kernels, maker
from strategies.outside.python_file import load

LENDERS = ("gcc", "clang", NUMBA)  # whose baseline such code is compared with: the first there is
LENT = (Role.BASELINE, Role.NULL)
KERNEL_MAX = 4032  # bytes: a kernel and what it calls lie in a page, anywhere in its first line
HEADER = "abi.h"
PRINT = f"print it beside the file, python -m strategies --abi > {HEADER}"
Kernel = Callable[[Strategy, str], Code]


@dataclass(frozen=True)
class Layouts:
    """Every layout of some files."""

    strategies: tuple[Strategy, ...] = ()
    sources: tuple[tuple[str, str, Path], ...] = ()  # layout, kind, file

    def serves(self, strategy: Strategy, kind: str) -> bool:
        """Whether a strategy of these has a file of this kind; forms are a Python file's alone."""
        named = any((strategy.name, kind) == one[:2] for one in self.sources)
        return named and (kind == PYTHON or strategy.form == AS_COMPILED)

    def beside(self, known: dict[str, Backend]) -> dict[str, Backend]:
        """The backends ``known``, each with these layouts too, and that of objects if there are."""
        there = {name: self._with(backend) for name, backend in known.items()}
        if any(kind == OBJECT for _, kind, _ in self.sources):
            there[OBJECTS] = self._objects()
        return there

    def _with(self, backend: Backend) -> Backend:
        """A backend of the suite that compiles these layouts, too."""
        if backend.name == NUMBA:
            return self._joined(backend, PYTHON, _by_numba)
        compiler = target_compilers(names=(backend.name,))[backend.name]

        def make(strategy: Strategy, name: str) -> Code:
            source = self._source(strategy, C)
            try:
                return compile_file(source, compiler, name, VERSION)
            except CompileError as error:
                if HEADER in str(error) and not source.with_name(HEADER).exists():
                    raise CompileError(f"{source.name} includes {HEADER}: {PRINT}") from None
                raise

        return self._joined(backend, C, make)

    def _objects(self) -> Backend:
        """The backend of machine code as given; the suite's own kernels are a compiler's."""
        there = backends()
        lender = next(there[name] for name in LENDERS if name in there)
        paths = [path for _, kind, path in self.sources if kind == OBJECT]
        made = dict.fromkeys(maker(path) or f"{path.name}, by nobody named" for path in paths)
        lent = replace(
            lender,
            name=OBJECTS,
            version=f"{'; '.join(made)}; the suite's own by {lender.version}",
            serves=lambda strategy: strategy.role in LENT and lender.serves(strategy),
            lender=lender.name,
        )
        return self._joined(lent, OBJECT, lambda s, name: _read(self._source(s, OBJECT))[name])

    def _joined(self, backend: Backend, kind: str, make: Kernel) -> Backend:
        def kernel(strategy: Strategy, name: str) -> Code:
            if strategy not in self.strategies:
                return backend.kernel(strategy, name)
            return _short(make(strategy, name), self._source(strategy, kind), name)

        def serves(strategy: Strategy) -> bool:
            if strategy not in self.strategies:
                return backend.serves(strategy)
            return self.serves(strategy, kind)

        return replace(backend, kernel=kernel, serves=serves)

    def _source(self, strategy: Strategy, kind: str) -> Path:
        return next(path for name, of, path in self.sources if (name, of) == (strategy.name, kind))


NO_LAYOUTS = Layouts()


@cache  # a strategy is the same object for whoever asks
def layouts_of(given: tuple[Given, ...]) -> Layouts:
    """The layouts of files given.

    Raises:
        OutsideError: if a file holds none, or one that has the name of a strategy of the suite.
    """
    taken = {strategy.name for strategy in every()} if given else set()
    for one in given:
        if one.name in taken:
            raise OutsideError(f"{one.path}: the suite has a layout {one.name}: rename the file")
        if one.kind == OBJECT:
            _read(Path(one.path))
    files = {one.name: Path(one.path) for one in given if one.kind == PYTHON}
    names = dict.fromkeys(one.name for one in given)
    found = {name: load(files[name], name) if name in files else (_bare(name),) for name in names}
    return Layouts(
        tuple(strategy for name in names for strategy in found[name]),
        tuple((one.name, one.kind, Path(one.path)) for one in given),
    )


@cache
def _read(path: Path) -> dict[str, Code]:
    return kernels(path)


def _bare(name: str) -> Strategy:
    """A layout without a Python file."""
    return Strategy(name, _not_in_python, _not_in_python, _not_in_python)


def _not_in_python(*_words: object) -> int:
    raise NotImplementedError


def _by_numba(strategy: Strategy, name: str) -> Code:
    from strategies.compile.codegen import machine_code

    function = getattr(strategy, name)
    where = f"{Path(function.__code__.co_filename).name}, {name} by numba"
    try:
        return machine_code(function)
    except OutsideSymbolError as error:
        raise CompileError(f"{where}: {error}") from None
    except Exception as error:  # noqa: BLE001  whatever numba raises, it made no code
        raise CompileError(f"{where}: {_telling(error)}") from None


def _telling(error: Exception) -> str:
    """What numba says is wrong, and the line of the file where: the rest is its own inside."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = [line for line in lines if not line.startswith(("Failed in ", "During: ", "File "))]
    places = [line for line in lines if line.startswith("File ")]
    return ", ".join([*said[:1], *places[-1:]]) or type(error).__name__


def _short(code: Code, path: Path, name: str) -> Code:
    if len(code.text) > KERNEL_MAX:
        raise CompileError(
            f"{path.name}, {name}: {len(code.text)} bytes with all that is in its section, and at "
            f"most {KERNEL_MAX} have a place: compile with -O2 and -ffunction-sections"
        )
    return code

"""The compilers of a strategy's kernels: numba, and the C compilers of this machine."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version

from strategies import AS_COMPILED, Strategy
from strategies.backends.c_compilers import PACKAGES, Compiler
from strategies.backends.cross import cross_compilers, target_compilers
from strategies.compile.code import Code

NUMBA = "numba"
NAMES = (NUMBA, *PACKAGES)
VIRTQUEUE = "virtqueue"  # its kick, get_buf and device serve every strategy without its own


@dataclass(frozen=True)
class Backend:
    """One compiler; its name ends the names of its benchmarks."""

    name: str
    version: str
    kernel: Callable[[Strategy, str], Code]  # a strategy's kernel by name
    shared: Callable[[str], Code]  # kick or get_buf of the virtqueue
    serves: Callable[[Strategy], bool]
    kept: Callable[[Strategy | None, str], bool]  # is a kernel (None: a shared one) in the cache?
    lender: str = ""  # the backend that compiles the suite's kernels for it; empty: itself

    @property
    def maker(self) -> str:
        """The name of the backend that compiles the suite's own kernels."""
        return self.lender or self.name


def backends(path: str | None = None, names: Iterable[str] = NAMES) -> dict[str, Backend]:
    """The backends of these names: numba, and the C compilers on ``path`` (else on $PATH).

    For the machine that this process compiles for (``strategies.compile.target``).
    """
    wanted = set(names)
    native = {c.name: _native(c) for c in target_compilers(path, wanted).values()}
    return {NUMBA: _numba(), **native} if NUMBA in wanted else native


def cross_backends(machine: str, path: str | None = None) -> dict[str, Backend]:
    """Every C compiler on ``path`` (else on $PATH) that compiles for another machine.

    ``machine`` is one of ``cross.TRIPLETS``. numba is none of them: a process of it compiles for
    one machine alone.
    """
    return {c.name: _native(c) for c in cross_compilers(machine, path).values()}


def _numba() -> Backend:
    def kernel(strategy: Strategy, name: str) -> Code:
        from strategies.compile.codegen import machine_code

        return machine_code(getattr(strategy, name))

    def shared(name: str) -> Code:
        from strategies.compile.codegen import machine_code
        from strategies.linux import virtqueue

        return machine_code(getattr(virtqueue, name))

    return Backend(
        NUMBA, f"numba {version('numba')}", kernel, shared, lambda _: True, lambda *_: False
    )


def _native(compiler: Compiler) -> Backend:
    from strategies.backends.native import compile_kernels, has_twin, is_kept  # brings elftools

    def kernel(strategy: Strategy, name: str) -> Code:
        return compile_kernels(strategy.name, strategy.form, compiler, (name,), axes=strategy.axes)[
            name
        ]

    def shared(name: str) -> Code:
        return compile_kernels(VIRTQUEUE, AS_COMPILED, compiler, (name,))[name]

    def kept(strategy: Strategy | None, name: str) -> bool:
        if strategy is None:
            return is_kept(VIRTQUEUE, AS_COMPILED, compiler, name)
        return is_kept(strategy.name, strategy.form, compiler, name, axes=strategy.axes)

    def serves(strategy: Strategy) -> bool:
        return has_twin(strategy.name)

    return Backend(compiler.name, compiler.title, kernel, shared, serves, kept)

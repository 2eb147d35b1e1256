"""Kernels out of the store, or compiled on all cores: each in a process that has numba to itself.

numba holds one core, whatever it compiles; a C compiler is a process of its own anyway.
"""

import os
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from multiprocessing import get_context

from bench.children import end_with_parent
from bench.errors import BenchError
from bench.paths import ROOT
from strategies import Strategy, every
from strategies.backends import NUMBA, Backend, backends
from strategies.compile import kept
from strategies.compile.code import Code

FEW = 12  # kernels: so many are compiled sooner than another process has imported numba
CHUNK = 5  # about a strategy's kernels: they share helpers, which a process compiles once
HARNESS = {  # what serves every strategy, and which module has it
    "driver": "bench.driver.driver",
    "device": "strategies.linux.virtqueue",
    "far_device": "strategies.linux.virtqueue",
    "stack": "bench.driver.stack",
    "sums": "bench.driver.sentinels",
    "chain": "bench.driver.sentinels",
}
DEVICES = {  # key: module whose ``device`` serves a ring other than the plain one
    "device@split": "strategies.linux.todays.split",
    "device@packed": "strategies.linux.todays.packed",
    "device@split-in-order": "strategies.linux.todays.split_in_order",
    "device@packed-in-order": "strategies.linux.todays.packed_in_order",
    "device@split-indirect": "strategies.linux.todays.split_indirect",
    "device@packed-indirect": "strategies.linux.todays.packed_indirect",
}
PACKAGES = ("numba", "llvmlite", "numpy")


class MakingError(BenchError):
    """The kernels could not be made; the text says what helps."""


@dataclass(frozen=True)
class KernelJob:
    """A kernel to be made."""

    kernel: str
    backend: str = NUMBA
    strategy: str = ""  # its label; empty: the virtqueue, or the harness


@dataclass(frozen=True)
class Made:
    """A kernel, and what making it took."""

    code: Code
    seconds: float | None = None  # None: it was kept


def sources() -> str:
    """A digest of every source file that numba's kernels and the harness are made of."""
    return kept.sources(ROOT, "strategies/**/*.py", "bench/driver/*.py")


BEGUN = sources()  # before any of them is imported: so one that is edited meanwhile is noticed


def made(jobs: Iterable[KernelJob]) -> dict[KernelJob, Made]:
    """Every kernel that is asked for, by its job.

    Raises:
        MakingError: if a compiling process dies, or the sources change.
    """
    wanted = list(dict.fromkeys(jobs))
    kept_before = {job: Made(code) for job in wanted if (code := _kept(job)) is not None}
    lacking = [job for job in wanted if job not in kept_before]
    cores = len(os.sched_getaffinity(0))
    if len(lacking) <= FEW or cores == 1:
        return kept_before | {job: make(job) for job in lacking}
    try:
        with ProcessPoolExecutor(cores, get_context("spawn"), _begin, (BEGUN, os.getpid())) as pool:
            fresh = pool.map(make, lacking, chunksize=CHUNK)
            return kept_before | dict(zip(lacking, fresh, strict=True))
    except BrokenProcessPool:
        raise MakingError(
            "a compiling process died: start again, with more memory free and no source edited"
        ) from None


def make(job: KernelJob) -> Made:
    """Compile a kernel, and keep it."""
    start_s = time.perf_counter()
    code = _compiled(job)
    seconds = time.perf_counter() - start_s
    if job.backend == NUMBA and sources() == BEGUN:
        kept.store().put_code(_key(job), code)
    return Made(code, seconds)


def _begin(begun: str, parent: int) -> None:
    """Begin as a compiling process: with the parent's sources, and numba's own start behind it."""
    end_with_parent(parent)
    if begun != BEGUN:
        raise MakingError("a source file was edited while it was compiled")
    from strategies.compile.codegen import machine_code

    machine_code(_nothing)


def _nothing() -> int:
    return 0


def _kept(job: KernelJob) -> Code | None:
    if job.backend == NUMBA:
        return kept.store().code(_key(job))
    made_before = _backend(job).kept(_strategy(job), job.kernel)
    return _compiled(job) if made_before else None


def _key(job: KernelJob) -> str:
    return kept.key("kernel", job.strategy, job.kernel, BEGUN, *kept.tools(*PACKAGES))


def _compiled(job: KernelJob) -> Code:
    if not job.strategy and job.kernel in HARNESS:
        from strategies.compile.codegen import machine_code

        return machine_code(getattr(import_module(HARNESS[job.kernel]), job.kernel))
    if job.kernel in DEVICES:
        from strategies.compile.codegen import machine_code

        return machine_code(import_module(DEVICES[job.kernel]).device)
    backend, strategy = _backend(job), _strategy(job)
    return backend.kernel(strategy, job.kernel) if strategy else backend.shared(job.kernel)


def _backend(job: KernelJob) -> Backend:
    return backends(names=(job.backend,))[job.backend]


def _strategy(job: KernelJob) -> Strategy | None:
    return known()[job.strategy] if job.strategy else None


@cache
def known() -> dict[str, Strategy]:
    """Every strategy of this checkout by label."""
    return {strategy.label: strategy for strategy in every()}

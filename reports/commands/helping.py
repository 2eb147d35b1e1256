"""A second process for a command, where there is a second core for it."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from multiprocessing import get_context


@contextmanager
def second_process(module: str) -> Iterator[ProcessPoolExecutor | None]:
    """A process that imports a module at once; None where it would only take turns with ours."""
    if cores() < 2:  # noqa: PLR2004
        yield None
        return
    with ProcessPoolExecutor(1, get_context("spawn"), _prepare, (module,)) as helper:
        helper.submit(int)  # starts it
        yield helper


def cores() -> int:
    """The CPUs that this process may use."""
    return len(os.sched_getaffinity(0))


def _prepare(module: str) -> None:
    import_module(module)

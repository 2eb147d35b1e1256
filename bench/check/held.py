"""A user's layouts checked by the oracle before anything is timed, each in its own process."""

import signal
import subprocess
from collections.abc import Iterator

from bench import layouts, messages
from bench.check.messages import CheckReport, CheckTask, ShapeRequest
from bench.children import command_of, last_line, started
from bench.compile.build import cells_of, compile_all
from bench.compile.variants import keys_of
from bench.errors import BenchError
from bench.experiments import DEFAULT_PLAN
from bench.plan import Selection
from strategies.backends.native import CompileError
from strategies.compile.code import Code
from strategies.outside.given import Given
from strategies.outside.layouts import layouts_of
from workloads import Request
from workloads import load as load_workloads

TRIAL_MAX_S = 120  # of a process that takes one; no processor may be free for it


class CheckError(BenchError):
    """A layout that could not be compiled or checked; the text says why."""


def held(plan: Selection) -> Iterator[tuple[str, CheckReport | None]]:
    """Yield the label of each of the plan's layouts by each backend, and its fault.

    Raises:
        CheckError: if one cannot be compiled, or its process cannot work.
    """
    if plan.layouts:
        requests = requests_of(plan)
        for label, codes in compiled(plan).items():
            yield label, tried(CheckTask(label, codes, requests))


def usual(theirs: tuple[Given, ...], backends: tuple[str, ...]) -> Selection:
    """The usual plan of a check: every request of the default plan of a run."""
    return Selection(
        experiments=DEFAULT_PLAN,
        workloads=tuple(load_workloads()),
        phases=("add",),
        strategies=tuple(dict.fromkeys(one.name for one in theirs)),
        backends=layouts.names_with(backends, theirs),
        layouts=theirs,
    )


def refuse_wrong(plan: Selection) -> None:
    """Raise ``CheckError`` if a layout of the plan is wrong: it is not to be timed."""
    for label, fault in held(plan):
        if fault is not None:
            raise CheckError(f"{line(label, fault)} (nox -s check -- --layout FILE shows it)")


def line(label: str, fault: CheckReport) -> str:
    """The fault of a layout, in one line."""
    return f"wrong: {label}: {fault.doing}: {fault.wrong}"


def requests_of(plan: Selection) -> tuple[ShapeRequest, ...]:
    """The requests of all cells of a plan, once each."""
    found: dict[Request, ShapeRequest] = {}
    for cell, requests in cells_of(plan, ()):
        for request in requests:
            found.setdefault(request, ShapeRequest(f"{cell.workload}/{cell.shape}", request))
    return tuple(found.values())


def compiled(plan: Selection) -> dict[str, dict[str, Code]]:
    """The kernels of each of the plan's layouts, by label and name.

    Raises:
        CheckError: if one does not compile, or no backend of the plan takes it.
    """
    theirs = layouts_of(plan.layouts).strategies
    chosen = tuple(strategy for strategy in theirs if strategy.name in plan.strategies)
    backends = layouts.backends_with(plan.backends, plan.layouts)
    for strategy in chosen:
        if not any(backend.serves(strategy) for backend in backends.values()):
            names = ", ".join(backends)
            raise CheckError(f"{strategy.label} has no file for {names}: give one, or --backend")
    try:
        codes, _ = compile_all(chosen, backends.values())
    except CompileError as error:
        raise CheckError(error.line) from None
    return {
        f"{strategy.label}@{name}": {k: codes[key] for k, key in keys_of(strategy, backend).items()}
        for name, backend in backends.items()
        for strategy in filter(backend.serves, chosen)
    }


def tried(task: CheckTask) -> CheckReport | None:
    """The fault that a process of its own finds in a task's kernels; None if they are right.

    Raises:
        CheckError: if the process does not begin.
    """
    pipe = subprocess.PIPE
    with started(command_of("bench.check.process"), stdin=pipe, stdout=pipe, stderr=pipe) as child:
        try:
            out, errors = child.communicate(messages.encode(task), TRIAL_MAX_S)
        except BaseException as stop:
            child.kill()
            out, errors = child.communicate()
            if not isinstance(stop, subprocess.TimeoutExpired):
                raise
    lines = [messages.decode(line, CheckReport) for line in out.splitlines() if line.endswith(b"}")]
    if lines and lines[-1].wrong:
        return lines[-1]
    if child.returncode == 0:
        return None
    if child.returncode > 0 or not lines:
        said = last_line(errors.decode(errors="replace"))
        raise CheckError(f"{task.label} could not be checked: {said}")
    name = signal.Signals(-child.returncode).name
    how = f"no answer in {TRIAL_MAX_S} s" if name == "SIGKILL" else f"the process died ({name})"
    return CheckReport(lines[-1].doing, f"{how}: it may have overwritten what is not its own")

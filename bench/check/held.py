"""A user's layouts held to the oracle before anything is timed, each in a process of its own."""

import signal
import subprocess
from collections.abc import Iterator

from bench import layouts, messages
from bench.check.messages import Asked, Told, Trial
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
    """A layout that could not be compiled, or held to anything; the text says why."""


def held(plan: Selection) -> Iterator[tuple[str, Told | None]]:
    """Yield the label of each of the plan's layouts by each backend, and what is wrong with it.

    Raises:
        CheckError: if one cannot be compiled, or its process cannot work.
    """
    if plan.layouts:
        asked = asked_by(plan)
        for label, codes in compiled(plan).items():
            yield label, tried(Trial(label, codes, asked))


def usual(theirs: tuple[Given, ...], backends: tuple[str, ...]) -> Selection:
    """Return what is asked of layouts where nothing else is: every request of the default plan."""
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
    for label, told in held(plan):
        if told is not None:
            raise CheckError(f"{line(label, told)} (nox -s check -- --layout FILE shows it)")


def line(label: str, told: Told) -> str:
    """What is wrong with a layout."""
    return f"wrong: {label}: {told.doing}: {told.wrong}"


def asked_by(plan: Selection) -> tuple[Asked, ...]:
    """Return the requests of all cells of a plan, once each."""
    found: dict[Request, Asked] = {}
    for cell, requests in cells_of(plan, ()):
        for request in requests:
            found.setdefault(request, Asked(f"{cell.workload}/{cell.shape}", request))
    return tuple(found.values())


def compiled(plan: Selection) -> dict[str, dict[str, Code]]:
    """Return the kernels of each of the plan's layouts, by label and name.

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


def tried(trial: Trial) -> Told | None:
    """Hold kernels to the oracle in a process of their own; return what is wrong, if anything.

    Raises:
        CheckError: if the process does not begin.
    """
    pipe = subprocess.PIPE
    with started(command_of("bench.check.process"), stdin=pipe, stdout=pipe, stderr=pipe) as child:
        try:
            out, errors = child.communicate(messages.encode(trial), TRIAL_MAX_S)
        except BaseException as stop:
            child.kill()
            out, errors = child.communicate()
            if not isinstance(stop, subprocess.TimeoutExpired):
                raise
    lines = [messages.decode(line, Told) for line in out.splitlines() if line.endswith(b"}")]
    if lines and lines[-1].wrong:
        return lines[-1]
    if child.returncode == 0:
        return None
    if child.returncode > 0 or not lines:
        said = last_line(errors.decode(errors="replace"))
        raise CheckError(f"{trial.label} could not be checked: {said}")
    name = signal.Signals(-child.returncode).name
    how = f"no answer in {TRIAL_MAX_S} s" if name == "SIGKILL" else f"the process died ({name})"
    return Told(lines[-1].doing, f"{how}: it may have written over what is not its own")

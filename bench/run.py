"""A whole run: compile once, measure in many processes, write one file."""

import math
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import kit as kits
from bench import messages
from bench.children import command_of, finished
from bench.errors import BenchError
from bench.experiments import load as load_experiments
from bench.machine import identity
from bench.machine.cpus import choose_cpus
from bench.plan import Plan
from bench.processes.journal import FINISHED, Journal, JournalError
from bench.processes.pool import Pool, opened
from bench.processes.schedule import Schedule
from bench.progress import Progress
from bench.result import benchmark_name, commit, write_result
from bench.worker.siblings import undisturbed
from reports.statistics.machine_key import MACHINE_KEY
from strategies.compile.target import HERE, VARIABLE

FINISH_S = 3  # reserved for writing the file
POLL_S = 0.2
COMPILE_MAX_S = 1800  # it takes a minute or two; a process short of memory may never end
ENDED_BY = {  # signal: likely cause and remedy
    signal.SIGKILL: ": probably killed by the system for lack of memory, or by a limit on CPU time "
    "(ulimit -t); free memory, or raise the limit",
    signal.SIGXCPU: ": raise the limit on CPU time (ulimit -t)",
}


class CompileFailedError(BenchError):
    """The compiling process failed."""


class NothingMeasuredError(BenchError):
    """No process finished; the text gives the reason."""


@dataclass(frozen=True)
class EndedRun:
    """The outcome of a run."""

    path: Path
    faults: tuple[str, ...]  # one line each: what was measured wrong, or not at all
    notes: tuple[str, ...]  # one line each: what to know about the result
    interrupted: bool = False


@dataclass(frozen=True)
class Setting:
    """The fixed parts of a run, new or resumed."""

    plan: Plan
    kit: kits.Kit
    journal: Journal
    path: Path
    conditions: dict[str, str]  # of machine and checkout at its start, as metadata
    means: "Means"


def about(conditions: dict[str, str]) -> dict[str, str]:
    """Metadata of a run's checkout and machine, in addition to the conditions."""
    checkout = {} if "commit" in conditions else {"commit": commit()}
    return {**checkout, MACHINE_KEY: identity.key().text, **conditions}


def run(
    plan: Plan,
    path: Path,
    progress: Progress,
    conditions: dict[str, str],
    means: "Means | None" = None,
) -> EndedRun:
    """Measure a plan and write the result to ``path``; Ctrl-C keeps what was measured."""
    start, means = time.monotonic(), means or Means()
    begun = about(conditions)
    journal = Journal.of(path)
    journal.begin(plan)
    try:
        progress.say("compiling and checking every kernel")
        kit = journal.keep(means.kit(plan, journal.folder))
    except BaseException:
        journal.remove()  # nothing is measured yet
        raise
    with keeping(path):
        return carry_out(Setting(plan, kit, journal, path, begun, means), start, progress)


def resume(
    path: Path, progress: Progress, conditions: dict[str, str], means: "Means | None" = None
) -> EndedRun:
    """Continue an interrupted run to ``path``, with its whole time again."""
    journal, begun, means = Journal.of(path), about(conditions), means or Means()
    plan = journal.plan()
    if path.exists():  # killed after it had written the result
        journal.remove()
        return EndedRun(path, (), ("nothing was left to measure",))
    with keeping(path):
        progress.say("compiling every kernel again, to see that it is the same code")
        kit = journal.keep(means.kit(plan, journal.folder))
        setting = Setting(plan, kit, journal, path, begun, means)
        return carry_out(setting, time.monotonic(), progress)


@contextmanager
def keeping(path: Path) -> Iterator[None]:
    """Add to any error how to resume, if finished processes are kept."""
    try:
        yield
    except JournalError:  # which cannot be resumed
        raise
    except BaseException as end:
        if not any(Journal.of(path).folder.glob(FINISHED)):
            raise
        kept = f"what was measured is kept: --resume {path}"
        if isinstance(end, KeyboardInterrupt):
            raise KeyboardInterrupt(f"and {kept}") from None
        end.add_note(kept)
        raise


def carry_out(setting: Setting, start_s: float, progress: Progress) -> EndedRun:
    """Measure the rest of the plan and write the result."""
    plan, journal = setting.plan, setting.journal
    cpus, note = workers_cpus(setting)
    for line in note:
        progress.say(line)
    end_s = start_s + plan.length.seconds - FINISH_S
    begin_s = time.monotonic()
    schedule = Schedule(plan, setting.kit, len(cpus), begin_s, end_s, list(journal.outcomes()))
    interrupted = False
    try:
        with opened(journal.folder, plan.options, cpus) as pool:
            measure(schedule, pool, progress)
    except KeyboardInterrupt:
        interrupted = True
    found = list(journal.outcomes())  # complete ones, even if they ended while we were stopped
    if found:
        more = setting.conditions | setting.means.at_end()
        more |= {"partial": "interrupted"} if interrupted else {}
        write_result(plan, setting.kit, found, more, setting.path)
    journal.remove()
    if not found and interrupted:
        raise KeyboardInterrupt
    if not found:
        raise NothingMeasuredError("; ".join(faults(setting.kit, schedule)) or "no time was left")
    said = (*note, *notes(schedule))
    return EndedRun(setting.path, faults(setting.kit, schedule), said, interrupted)


def workers_cpus(setting: Setting) -> tuple[list[int], tuple[str, ...]]:
    """A CPU for each worker, and a note if two of them would share a core."""
    if wants_to_be_alone(setting.plan):
        return choose_cpus()[:1], ()
    if setting.plan.workers is not None:
        return choose_cpus()[: setting.plan.workers], ()
    return undisturbed(setting.kit, choose_cpus(), setting.journal.folder)


def wants_to_be_alone(plan: Plan) -> bool:
    """Whether an experiment of the plan allows no second worker."""
    return any(
        known.alone for known in load_experiments().values() if known.name in plan.experiments
    )


def compiled(plan: Plan, folder: Path | None = None, machine: str = HERE) -> kits.Kit:
    """The kit for a machine, made by a separate process, which works in ``folder``."""
    with tempfile.TemporaryDirectory(prefix="sg-ring-bench-", dir=folder) as name:
        asked, made = Path(name) / "plan.json", Path(name) / "kit.json"
        asked.write_bytes(messages.encode(plan.selection))
        try:
            command = command_of("bench.compile.build", asked, made)
            child = finished(command, COMPILE_MAX_S, **{VARIABLE: machine})
        except subprocess.TimeoutExpired:
            raise CompileFailedError(
                f"compiling took over {COMPILE_MAX_S // 60} minutes and was stopped: select less "
                "(--workload, --strategy), or see in top what slows down the machine"
            ) from None
        if child.returncode:
            raise CompileFailedError(_reason(child))
        return kits.load(made)


@dataclass(frozen=True)
class Means:
    """What a run takes from elsewhere, on a host that was sent its kernels."""

    kit: Callable[[Plan, Path], kits.Kit] = compiled  # of a plan; needs a folder meanwhile
    at_end: Callable[[], dict[str, str]] = dict  # more metadata, once all is measured


def _reason(child: "subprocess.CompletedProcess[str]") -> str:
    """The most telling line of a process's messages: compilers print arrows last."""
    if child.returncode < 0:
        number = signal.Signals(-child.returncode)
        return f"the compiling process died ({number.name}){ENDED_BY.get(number, '')}"
    said = [line.strip() for line in child.stderr.splitlines() if line.strip()]
    telling = [line for line in said if "error" in line.lower()]
    return next(reversed([*said[-1:], *telling]), "no message")


def measure(schedule: Schedule, pool: Pool, progress: Progress) -> None:
    """Start processes while the schedule has any, and record the results of each."""
    progress.begin(schedule.end_s, len(schedule.kit.cells))
    while True:
        task = schedule.next(time.monotonic(), len(pool.running)) if pool.free else None
        if task is not None:
            pool.start(task)
            continue
        if not pool.running:
            return
        time.sleep(POLL_S)
        for outcome in pool.ended():
            schedule.ended(outcome)
        precision = schedule.precision
        progress.update(
            len(schedule.found), len(pool.running), precision.widest, precision.seen.ours
        )


def faults(kit: kits.Kit, schedule: Schedule) -> tuple[str, ...]:
    """One line for each cell and strategy that was wrong, and for each cell given up."""
    found = {f"{name}: {why}": None for name, why in kit.refused.items()}
    for outcome in schedule.found:
        for number, series in outcome.found.cells.items() if outcome.found else ():
            for column, why in series.failed.items():
                name = benchmark_name(kit.cells[number], kit.variants[column])
                found[f"{name}: {why}"] = None
    if schedule.refused:
        found[f"stopped, as no worker can continue: {schedule.refused}"] = None
    for cell in sorted(schedule.given_up):
        why = next(outcome.fault for outcome in schedule.died if outcome.cell == cell)
        found[f"{kit.cells[cell].name}: given up, its processes die ({why})"] = None
    return tuple(found)


def notes(schedule: Schedule) -> tuple[str, ...]:
    """One line for each process that died once, and one if the precision was not reached."""
    lines = [
        f"process {outcome.process} died ({outcome.fault}); another took its place"
        for outcome in schedule.died
        if outcome.cell not in schedule.given_up and not outcome.refused
    ]
    lines += schedule.precision.seen.note
    if schedule.alone:
        lines.append("A/A moved while two workers ran at once: one continued alone")
    target = schedule.plan.length.precision
    if target is not None and not schedule.precise:
        wide = len(schedule.precision.wide(target))
        lines.append(
            f"{wide} of {len(schedule.kit.cells)} cells have a ratio with a half-width above "
            f"{100 * target:g} %{_widest(schedule.precision.widest())}"
        )
    return tuple(lines)


def _widest(half_width: float) -> str:
    return f", the widest {100 * half_width:.2g} %" if math.isfinite(half_width) else ""

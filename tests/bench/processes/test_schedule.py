"""The next step of a run, with a fake clock and fake workers, so exact and instant."""

from dataclasses import dataclass, field
from statistics import median

import pytest

from bench.kit import Cell, Kit, Variant
from bench.messages import Task
from bench.plan import DEFAULT, QUICK, RIGOROUS, Length, Plan
from bench.processes.outcome import Outcome
from bench.processes.precision import Precision
from bench.processes.schedule import FIRST_PROCESSES, Schedule
from tests.fake import found

NAMES = (("base", "baseline"), ("other", "candidate"), ("again", "control"))


def kit_of(cells: int) -> Kit:
    """A kit of ``cells`` cells and two variants, without code."""
    variants = tuple(
        Variant(f"{name}@numba", name, "as compiled", "numba", role, ("add",), {}, {})
        for name, role in NAMES
    )
    made = tuple(
        Cell("w", f"s{number}", "add", 256, (b"",), (3,), ("",), {}) for number in range(cells)
    )
    return Kit({}, variants, made, 1, {}, {}, {})


def plan_of(length: Length, processes: int | None = None) -> Plan:
    """A plan of one length."""
    return Plan(("w",), ("base", "other"), ("numba",), ("add",), length, 1, processes)


@dataclass
class World:
    """A clock and two CPUs; workers report ``ratio`` of process and cell."""

    schedule: Schedule
    now_s: float = 0.0
    running: list[tuple[float, Task]] = field(default_factory=list)
    done: list[Task] = field(default_factory=list)
    deadly: frozenset[int] = frozenset()
    spread: dict[int, float] = field(default_factory=dict)  # of a cell's ratio over processes
    moved: float = 0.0  # of A/A where another worker runs at the same time
    ended: list[Outcome] = field(default_factory=list)

    def run(self) -> None:
        """Run workers until the schedule has nothing more to do."""
        for _ in range(10_000):
            free = len(self.running) < self.schedule.cpus
            task = self.schedule.next(self.now_s, len(self.running)) if free else None
            if task:
                self.running.append((self.now_s + task.seconds + 0.8, task))
            elif self.running:
                self._end(min(self.running, key=lambda pair: pair[0]))
            else:
                return
        raise AssertionError("the schedule never ends")

    def _end(self, pair: tuple[float, Task]) -> None:
        self.running.remove(pair)
        self.now_s, task = pair
        self.done.append(task)
        killer = next((cell for cell in task.cells if cell in self.deadly), None)
        if killer is not None:
            self.schedule.ended(Outcome(task.process, 0, None, "SIGSEGV", killer))
            return
        cells = {cell: found.cell(self._values(task.process, cell)) for cell in task.cells}
        self.ended.append(found.outcome(task.process, cells))
        self.schedule.ended(self.ended[-1])

    def _values(self, process: int, cell: int) -> list[list[float]]:
        sign = (-1) ** process * (1 + process % 5)
        again = 1.0 + (self.moved if self.running else 0.0)
        return [[1.0] * 4, [1.1 + sign * self.spread.get(cell, 0.0)] * 4, [again] * 4]


def world(length: Length, cells: int = 10, processes: int | None = None, **more: object) -> World:
    """A world in which measuring begins at once."""
    schedule = Schedule(plan_of(length, processes), kit_of(cells), 2, 0.0, length.seconds - 3)
    return World(schedule, **more)  # type: ignore[arg-type]


def test_a_quick_run_fills_its_minute_and_no_more() -> None:
    """At least 8 processes, every cell in each, ended in time."""
    here = world(QUICK)
    here.run()
    assert len(here.done) >= FIRST_PROCESSES
    assert all(task.cells == tuple(range(10)) for task in here.done)
    assert 50 < here.now_s <= QUICK.seconds - 3 + 1


@pytest.mark.parametrize(("moved", "alone"), [(0.004, False), (0.02, True)])
def test_one_worker_goes_on_alone_where_controls_move(moved: float, *, alone: bool) -> None:
    """Two run at once as long as A/A holds; once it moves, one at a time."""
    here = world(QUICK, moved=moved)
    here.run()
    assert here.schedule.alone is alone
    assert (here.schedule.next(0.0, 1) is None) is alone
    assert here.now_s > 50


@pytest.mark.parametrize("wanted", [6, 9, 20])
def test_exactly_as_many_processes_as_asked(wanted: int) -> None:
    """``--processes N`` gives N of them, whatever the time."""
    here = world(QUICK, processes=wanted)
    here.run()
    assert len(here.schedule.found) == wanted


def test_a_slow_machine_still_measures_every_cell_in_8_processes() -> None:
    """Fewer rounds, never fewer cells: the least number of processes precedes the time."""
    schedule = Schedule(plan_of(QUICK), kit_of(10), 1, 0.0, 5.0)
    here = World(schedule)
    here.run()
    assert len(here.done) >= FIRST_PROCESSES
    assert all(len(task.cells) == 10 for task in here.done)


def test_precision_reached_ends_a_run_early() -> None:
    """A rigorous run of quiet cells stops once intervals are narrow."""
    here = world(RIGOROUS)
    here.run()
    assert here.now_s < RIGOROUS.seconds / 2
    assert here.schedule.precise


def test_the_default_run_takes_its_whole_time() -> None:
    """Precision does not end it early: the same cells for the same time on every machine."""
    here = world(DEFAULT)
    here.run()
    assert here.now_s > 0.9 * DEFAULT.seconds


def test_cells_that_need_more_get_more() -> None:
    """Once there are intervals, processes go to cells whose intervals are still too wide."""
    here = world(RIGOROUS, spread={3: 0.02, 7: 0.02})
    here.run()
    assert all(len(task.cells) == 10 for task in here.done[:FIRST_PROCESSES])
    assert {task.cells for task in here.done[FIRST_PROCESSES + 2 :]} == {(3, 7)}
    assert not here.schedule.precise
    assert here.schedule.precision.wide(0.0025) == {3, 7}


def test_a_cell_that_kills_twice_is_given_up() -> None:
    """The second death in a cell excludes it, and the others are measured to the end."""
    here = world(QUICK, deadly=frozenset({4}))
    here.run()
    assert here.schedule.given_up == {4}
    assert len(here.schedule.died) <= 3  # one more may have been under way
    assert len(here.schedule.found) >= FIRST_PROCESSES
    assert all(4 not in task.cells for task in here.done[4:])


def test_a_run_in_which_every_worker_dies_ends() -> None:
    """With nothing left to measure, the schedule stops."""
    here = world(QUICK, cells=3, deadly=frozenset({0, 1, 2}))
    here.run()
    assert here.schedule.given_up == {0, 1, 2}
    assert here.schedule.found == []


def test_a_run_that_goes_on_counts_on() -> None:
    """Finished processes count: numbers continue, and fewer are needed."""
    first = world(QUICK, processes=6)
    first.run()
    plan = plan_of(QUICK, 9)
    again = World(Schedule(plan, kit_of(10), 2, 0.0, 57.0, first.ended))
    again.run()
    assert [task.process for task in again.done] == [6, 7, 8]
    assert again.schedule.precision.widest() < float("inf")


def test_a_ratio_is_known_again_when_a_process_was_added() -> None:
    """A cached ratio is dropped as soon as it has another value."""
    here = world(QUICK, spread={3: 0.02})
    here.run()
    anew = Precision(here.schedule.kit)
    for outcome in here.ended:
        anew.add(outcome)
        anew.half_widths()
    at_once = Precision(here.schedule.kit)
    for outcome in here.ended:
        at_once.add(outcome)
    assert anew.half_widths() == at_once.half_widths()
    assert anew.wide(0.005) == {3}


def test_a_schedule_keeps_no_values() -> None:
    """An hour's values are gigabytes; failures are kept, for the run to report at its end."""
    here = world(QUICK)
    lost = {1: "lost a request"}
    here.schedule.ended(found.outcome(0, {3: found.cell([[1.0]] * 3, failed=lost)}))
    (kept,) = here.schedule.found
    assert kept.found == found.process({3: found.cell(failed=lost)})


def test_workers_that_all_die_before_their_first_round_end_the_run() -> None:
    """No cell is to blame, so none is given up; the first message is reported."""
    here = world(QUICK)
    for process in range(4):
        assert here.schedule.next(0.0, 0)
        here.schedule.ended(Outcome(process, 0, None, f"MemoryError {process}"))
    assert here.schedule.next(0.0, 0) is None
    assert here.schedule.refused == "MemoryError 0"


def test_every_process_has_a_number_of_its_own() -> None:
    """A number seeds a process, so none comes twice, not even after a death."""
    here = world(QUICK, deadly=frozenset({1}))
    here.run()
    numbers = [task.process for task in here.done]
    assert sorted(numbers) == list(range(len(numbers)))


def test_one_cpu_halves_every_slice() -> None:
    """As many processes, inside the run's time, whatever the number of CPUs."""
    slices = {}
    for cpus in (1, 2):
        here = World(Schedule(plan_of(DEFAULT), kit_of(4), cpus, 0.0, 297.0))
        here.run()
        assert here.now_s <= 298
        slices[cpus] = [task.seconds for task in here.done]
    assert len(slices[1]) == len(slices[2]) >= FIRST_PROCESSES
    assert median(slices[1]) == pytest.approx(median(slices[2]) / 2, rel=0.05)


@pytest.mark.parametrize("length", [QUICK, DEFAULT])
def test_no_process_is_much_shorter_than_the_others(length: Length) -> None:
    """The end of a run is not filled with a process of a few rounds."""
    here = world(length)
    here.run()
    seconds = [task.seconds for task in here.done]
    assert min(seconds) >= 0.5 * max(seconds)

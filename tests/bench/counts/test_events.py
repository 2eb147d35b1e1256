"""A processor's own counts: divided by the requests made meanwhile, or a line that says why not."""

import os
from pathlib import Path

import pytest

from bench.counts import events
from bench.counts.events import CLOCK, EventsError, Window, counted, found_in, plan_of, read
from bench.experiments import Point
from bench.kit import Kit
from bench.options import UsageError
from bench.result import benchmark_name
from tests.fake.kits import kit_of
from workloads import load as load_workloads

SAID = f"# started\n\n12.50,msec,{CLOCK},12500000,100.00,1.0,CPUs\n4000,,some:u,12500000,100.00,,\n"
PERF = f"""#!/bin/sh
# Takes a moment, as perf does, and is told what to do when it is called.
echo "$@" > {{told}}
sleep 0.05
printf '12.50,msec,{CLOCK},1,100,,\\n4000,,some:u,1,100,,\\n' >&2
"""


@pytest.fixture(scope="module")
def kit() -> Kit:
    """Compile one layout for one cell."""
    shape = load_workloads()["console"].shapes[0]
    return kit_of([Point("console", shape, "add")], ("flat_array", "noop"))


def test_counts_are_of_a_request() -> None:
    """In 12.5 ms of 50 ns a request there are 250,000, so 4,000 events are 0.016 of one."""
    window = Window(read(SAID, 0), 50.0)
    assert window.counts == {CLOCK: 12.5, "some:u": 4000.0}
    assert window.per_request("some:u") == pytest.approx(0.016)


@pytest.mark.parametrize(
    ("said", "status", "says"),
    [
        (f"1.0,msec,{CLOCK},1,1,,\n<not supported>,,some:u,0,100,,\n", 0, "does not count some:u"),
        ("<not counted>,,some:u,0,0,,\n", 0, "does not count some:u: see perf list"),
        ("event syntax error: 'other'\n", 129, "perf stat failed: event syntax error"),
        ("event syntax error\n", 0, "perf stat failed"),
        ("", 255, "perf stat failed: 255"),
    ],
)
def test_what_cannot_be_counted_is_told_in_a_line(said: str, status: int, says: str) -> None:
    """The event, or what perf said, and where to look."""
    with pytest.raises(EventsError, match=says):
        read(said, status)


def test_a_benchmark_is_found_by_its_name(kit: Kit) -> None:
    """The cell and the column of that name; another is refused."""
    (cell,) = kit.cells
    for number in cell.variants:
        assert found_in(kit, benchmark_name(cell, kit.variants[number])) == (cell, number)
    with pytest.raises(UsageError, match="there is no benchmark a/b/c/d@e: name one as a result"):
        found_in(kit, "a/b/c/d@e")


def test_a_plan_has_what_the_name_needs_and_little_more() -> None:
    """One workload, strategy, backend and phase, of the experiment that was asked for."""
    name = "blk/max-read/add/flat_array[mask]@numba{slots=256}"
    plan = plan_of(name, ["ring-size"])
    assert (plan.workloads, plan.strategies) == (("blk",), ("flat_array",))
    assert (plan.backends, plan.phases, plan.experiments) == (("numba",), ("add",), ("ring-size",))
    with pytest.raises(UsageError, match="flat_array is not a benchmark"):
        plan_of("flat_array", None)


def test_each_window_is_counted_beside_turns_that_go_on(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command is told this process and a time to wait; turns last until it has ended."""
    monkeypatch.setattr(events, "WINDOWS", 2)
    monkeypatch.setattr(events, "TURN_NS", 1_000_000)
    told, perf = tmp_path / "told", tmp_path / "perf"
    perf.write_text(PERF.format(told=told))
    perf.chmod(0o755)
    (cell,) = kit.cells
    found = list(counted(kit, cell, cell.variants[0], [str(perf), "stat"]))
    assert told.read_text().split() == ["stat", "-p", str(os.getpid()), "--", "sleep", "0.25"]
    assert [one.counts for one in found] == [{CLOCK: 12.5, "some:u": 4000.0}] * 2
    assert all(one.request_ns > 0 for one in found)

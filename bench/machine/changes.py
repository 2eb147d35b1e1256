"""What gives reason to doubt a measurement, by the samples on both sides of it."""

import os
from collections.abc import Iterator

from bench.machine.sample import Cpu, Sample

TICK_S = 1 / os.sysconf("SC_CLK_TCK")  # of /proc/stat

# Shares of a CPU's time. A value is the median of turns of 100 us, so a rare interruption drops
# out; what stays of it is caches to be filled again. These bounds were chosen, not measured: above
# the one tick in a hundred that a look of a second can err by, below what a busy program takes.
OTHERS_MAX = 0.02
SIBLING_MAX = 0.02
STEAL_MAX = 0.005  # lower, so that one tick in a look counts: an idle host steals none at all

CLOCK_CHANGE_MAX = 0.03  # ratios survive any, as turns alternate; absolute times move as much
PREEMPTIONS_MAX_PER_S = 100  # 1 % of the 10 000 turns in a second
SWAPPED_MAX = 256  # pages of all processes, 1 MiB: a stray page now and then is no pressure


def changed(before: Sample, after: Sample) -> tuple[str, ...]:
    """Return the reasons to doubt what was measured between two samples, none if all was quiet."""
    return (
        *_cpus_lost(before, after),
        *_stolen(before, after),
        *_others(before, after),
        *_siblings_busy(before, after),
        *_clocks_moved(before, after),
        *_slowed(before, after),
        *_preempted(before, after),
        *_stopped(before, after),
        *_swapping(before, after),
    )


def steal_share(before: Cpu, after: Cpu) -> float | None:
    """Return the share of time the hypervisor took; None where no time has passed."""
    return _share(after.steal - before.steal, before, after)


def busy_share(before: Cpu, after: Cpu) -> float | None:
    """Return the share of time a CPU was at work; None where no time has passed."""
    return _share(after.busy - before.busy, before, after)


def others_share(before: Sample, after: Sample, cpu: int) -> float | None:
    """Return the share of a CPU that others took; None where that cannot be known."""
    first, last = before.cpu(cpu), after.cpu(cpu)
    if first is None or last is None or before.own is None or after.own is None:
        return None
    own = after.own.ticks - before.own.ticks if after.own.cpu == cpu else 0
    return _share(last.busy - first.busy - own, first, last)


def percent(share: float) -> str:
    """Return a share as it is printed."""
    return f"{100 * share:.1f} %"


def grown(before: int | None, after: int | None) -> int:
    """Return by how much a counter rose, 0 where it cannot be read."""
    return 0 if before is None or after is None else max(0, after - before)


def _share(part: int, before: Cpu, after: Cpu) -> float | None:
    ticks = after.ticks - before.ticks
    return min(1.0, max(0, part) / ticks) if ticks > 0 else None


def _pairs(before: tuple[Cpu, ...], after: tuple[Cpu, ...]) -> Iterator[tuple[Cpu, Cpu]]:
    last = {cpu.number: cpu for cpu in after}
    yield from ((cpu, last[cpu.number]) for cpu in before if cpu.number in last)


def _cpus_lost(before: Sample, after: Sample) -> Iterator[str]:
    for cpu in before.cpus:
        if after.cpu(cpu.number) is None:
            yield f"CPU {cpu.number} went offline"


def _stolen(before: Sample, after: Sample) -> Iterator[str]:
    for first, last in _pairs(before.cpus, after.cpus):
        share = steal_share(first, last)
        if share is not None and share > STEAL_MAX:
            yield f"steal time {percent(share)} on CPU {first.number}"


def _others(before: Sample, after: Sample) -> Iterator[str]:
    for cpu in before.cpus:
        share = others_share(before, after, cpu.number)
        if share is not None and share > OTHERS_MAX:
            yield f"others took {percent(share)} of CPU {cpu.number}"


def _siblings_busy(before: Sample, after: Sample) -> Iterator[str]:
    for first, last in _pairs(before.siblings, after.siblings):
        share = busy_share(first, last)
        if share is not None and share > SIBLING_MAX:
            yield f"CPU {first.number}, on the same core, was busy {percent(share)} of the time"


def _clocks_moved(before: Sample, after: Sample) -> Iterator[str]:
    for first, last in _pairs(before.cpus, after.cpus):
        if not first.clock_khz or not last.clock_khz:
            continue
        if abs(last.clock_khz / first.clock_khz - 1) > CLOCK_CHANGE_MAX:
            speeds = f"{first.clock_khz / 1e6:.2f} to {last.clock_khz / 1e6:.2f} GHz"
            yield f"clock of CPU {first.number} changed from {speeds}"


def _slowed(before: Sample, after: Sample) -> Iterator[str]:
    for first, last in _pairs(before.cpus, after.cpus):
        if times := grown(first.throttled, last.throttled):
            yield f"CPU {first.number} was slowed for heat, {times} times"


def _preempted(before: Sample, after: Sample) -> Iterator[str]:
    seconds = max((b.ticks - a.ticks for a, b in _pairs(before.cpus, after.cpus)), default=0)
    times = grown(before.preempted, after.preempted)
    if seconds > 0 and times / (seconds * TICK_S) > PREEMPTIONS_MAX_PER_S:
        yield f"had to give way to others {times / (seconds * TICK_S):.0f} times a second"


def _stopped(before: Sample, after: Sample) -> Iterator[str]:
    if times := grown(before.quota_stops, after.quota_stops):
        yield f"a CPU quota stopped us {times} times"


def _swapping(before: Sample, after: Sample) -> Iterator[str]:
    if (pages := grown(before.swapped, after.swapped)) > SWAPPED_MAX:
        yield f"the system swapped {pages} pages"

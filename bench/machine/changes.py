"""Reasons to doubt a measurement: what changed between a sample before it and one after it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

from bench.machine.sample import Sample

TICK_S = 1 / os.sysconf("SC_CLK_TCK")  # of /proc/stat

# Shares of a CPU's time. A value is the median of turns of 100 us, so a rare interruption drops
# out; what remains of it is cold caches. These bounds were chosen, not measured: above the one tick
# in a hundred by which a survey of a second can err, below what a busy program takes.
OTHERS_MAX = 0.02
SIBLING_MAX = 0.02
STEAL_MAX = 0.005  # lower, so that one tick in a survey counts: an idle host steals none at all

CLOCK_CHANGE_MAX = 0.03  # ratios survive any, as turns alternate; absolute times move as much
PREEMPTIONS_MAX_PER_S = 100  # 1 % of the 10 000 turns in a second
SWAPPED_MAX = 256  # pages of all processes, 1 MiB: a stray page now and then is no pressure


@dataclass(frozen=True)
class Use:
    """Where a CPU's time went between two samples, as shares of it."""

    steal: float  # to other guests of the host
    busy: float  # to work on this CPU
    others: float  # to work of other processes, if all of this one's was done on this CPU


def uses(before: Sample, after: Sample) -> dict[int, Use]:
    """Where the time of each CPU in both samples went, if any has passed; siblings included."""
    own = (after.own.cpu_s - before.own.cpu_s) / TICK_S
    shares = {}
    for first in (*before.cpus, *before.siblings):
        last = after.cpu(first.number)
        if last and (ticks := last.ticks - first.ticks) > 0:
            busy = last.busy - first.busy
            amounts = (last.steal - first.steal, busy, busy - own)
            shares[first.number] = Use(*(min(1.0, max(0, one) / ticks) for one in amounts))
    return shares


def changed(before: Sample, after: Sample) -> tuple[str, ...]:
    """The reasons to doubt what was measured between two samples; none if nothing disturbed it."""
    return (
        *_on_cpus(before, after),
        *_on_siblings(before, after),
        *_to_this_process(before, after),
    )


def percent(share: float) -> str:
    """A share as it is printed."""
    return f"{100 * share:.1f} %"


def grown(before: int | None, after: int | None) -> int:
    """The increase of a counter; 0 if it cannot be read."""
    return 0 if before is None or after is None else max(0, after - before)


def _on_cpus(before: Sample, after: Sample) -> Iterator[str]:
    used = uses(before, after)
    for first in before.cpus:
        cpu, last = first.number, after.cpu(first.number)
        if last is None:
            yield f"CPU {cpu} went offline"
            continue
        if cpu in used and used[cpu].steal > STEAL_MAX:
            yield f"steal time {percent(used[cpu].steal)} on CPU {cpu}"
        if cpu in used and used[cpu].others > OTHERS_MAX:
            yield f"others took {percent(used[cpu].others)} of CPU {cpu}"
        now, then = last.clock_khz, first.clock_khz
        if now and then and abs(now / then - 1) > CLOCK_CHANGE_MAX:
            yield f"clock of CPU {cpu} changed from {then / 1e6:.2f} to {now / 1e6:.2f} GHz"
        if times := grown(first.throttled, last.throttled):
            yield f"CPU {cpu} was slowed for heat, {times} times"


def _on_siblings(before: Sample, after: Sample) -> Iterator[str]:
    used = uses(before, after)
    for cpu in (cpu.number for cpu in before.siblings if cpu.number in used):
        if used[cpu].busy > SIBLING_MAX:
            yield f"CPU {cpu}, on the same core, was busy {percent(used[cpu].busy)} of the time"


def _to_this_process(before: Sample, after: Sample) -> Iterator[str]:
    pairs = ((first, after.cpu(first.number)) for first in before.cpus)
    seconds = TICK_S * max((last.ticks - first.ticks for first, last in pairs if last), default=0)
    times = after.own.preemptions - before.own.preemptions
    if seconds > 0 and times / seconds > PREEMPTIONS_MAX_PER_S:
        yield f"had to give way to others {times / seconds:.0f} times a second"
    if stops := grown(before.quota_stops, after.quota_stops):
        yield f"a CPU quota stopped us {stops} times"
    if (pages := grown(before.swapped, after.swapped)) > SWAPPED_MAX:
        yield f"the system swapped {pages} pages"

"""``--slots``: experiments in rings of another size, except where the size is their question."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from bench.driver.records import Phase
from bench.errors import BenchError
from bench.experiments import Experiment, Point
from bench.ring.oracle import NUM_MAX, asked
from bench.worker.rings import KINDS
from strategies import Strategy
from strategies.linux.structs import power_of_two
from workloads import STREAM_SEED

AXIS = "slots"
OF_SIZE = {AXIS, "fits"}  # axes of cells that have a size of their own


def resized(experiment: Experiment, slots: int | None) -> Experiment:
    """The experiment with rings of ``slots``; unchanged for None."""
    if slots is None:
        return experiment
    return replace(experiment, points=partial(_points, experiment, slots))


def _points(experiment: Experiment, slots: int) -> tuple[Point, ...]:
    return tuple(
        point
        if OF_SIZE & dict(point.axes).keys()
        else replace(point, slots=slots, axes=(*point.axes, (AXIS, str(slots))))
        for point in experiment.points()
    )


def check(slots: int, points: Iterable[Point], strategies: Sequence[Strategy]) -> None:
    """Refuse a size that a ring cannot have, or that is too small for a request.

    Raises:
        BenchError: the text names the ring or the request, and the remedy.
    """
    if not 1 <= slots <= NUM_MAX:
        raise BenchError(f"--slots {slots}: a ring has 1 to {NUM_MAX}")
    for one in strategies:
        if not KINDS[one.ring].allows(slots):
            raise BenchError(
                f"--slots {slots}: {one.name} fills a {one.ring} ring, whose size is a power of "
                "two; give one, or name others with --strategy"
            )
    packed = any(KINDS[one.ring].counts_descriptors for one in strategies)
    for point in points:
        if point.slots != slots:
            continue
        cycles = point.traffic.phase(point.phase) is Phase.CYCLE
        if packed and cycles and not power_of_two(slots):
            raise BenchError(
                f"--slots {slots}: in cycle the driver restarts indices of a ring whose size is no "
                "power of two, and a packed ring has none; give one, or --phase add"
            )
        longest = max(len(asked(request)) for request in point.shape.stream(STREAM_SEED))
        if longest > slots:
            raise BenchError(
                f"--slots {slots}: a request of {point.workload}/{point.shape.name} takes "
                f"{longest}; give as many, or name another --workload or --experiment"
            )

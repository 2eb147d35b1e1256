"""Random requests, and what happens to them, on a queue in lockstep with its model."""

import random

from bench.ring.packed_ring import Place
from bench.ring.split_ring import COUNTERS
from bench.worker.rings import KINDS
from strategies.linux.structs import ENOSPC
from strategies.linux.todays.structs import PACKED
from tests.kernels.twins import drawn_request
from tests.todays.in_order_lockstep import PackedInOrderLockstep, SplitInOrderLockstep
from tests.todays.indirect_lockstep import indirect
from tests.todays.lockstep import Lockstep, SplitLockstep
from tests.todays.packed_lockstep import PackedLockstep
from tests.todays.rig import Subject

EPISODE = 250  # requests on one queue
RINGS = {"split": (4, 8, 32, 128), "packed": (5, 8, 31, 128)}  # descriptors
SMALL = 32  # of rings with tables, whose memory is compared after each call
CASES = {"added", "ENOSPC", "told", "not told", "index wraps"}  # draws must reach


def cases_of(ring: str) -> set[str]:
    """Return what the draws must reach."""
    return {*CASES, "batch" if ring.endswith("in-order") else "out of order"}


def drive(subject: Subject, requests: int) -> set[str]:
    """Draw so many requests and what happens to them; return what the draws came to."""
    reached: set[str] = set()
    for episode in range(-(-requests // EPISODE)):
        draw = random.Random(episode)
        sizes: tuple[int, ...] = RINGS[subject.ring.partition("-")[0]]
        if KINDS[subject.ring].has_tables:
            sizes = tuple(size for size in sizes if size <= SMALL)
        queue = queue_of(subject, sizes[episode % len(sizes)], draw)
        queue.rig.answers = draw.random() < 0.3
        for _ in range(EPISODE):
            reached |= _one(queue, draw)
    return reached


def queue_of(subject: Subject, num: int, draw: random.Random) -> Lockstep:
    """Return a queue that begins anywhere, a split one with its free list in any order."""
    events = draw.random() < 0.5
    ordered = subject.ring.endswith("in-order")
    if KINDS[subject.ring].has_tables:
        split = not subject.ring.startswith(PACKED)
        return indirect(
            subject, num, draw.randrange(COUNTERS - 20, COUNTERS) if split else draw.randrange(num)
        )
    if subject.ring.startswith(PACKED):
        place = Place(draw.randrange(num), draw.randrange(2))
        kind = PackedInOrderLockstep if ordered else PackedLockstep
        return kind(subject, num, place, event_idx=events)
    completed = draw.randrange(COUNTERS - 20, COUNTERS)
    if ordered:
        return SplitInOrderLockstep(subject, num, completed, event_idx=events)
    order = draw.sample(range(num), num)
    return SplitLockstep(subject, num, completed, order, event_idx=events)


def began_anew(before: int | Place, after: int | Place) -> bool:
    """Return whether indices, or slots, passed their end between two places."""
    if isinstance(before, Place) and isinstance(after, Place):
        return before.wrap != after.wrap
    return isinstance(before, int) and isinstance(after, int) and after < before


def _one(queue: Lockstep, draw: random.Random) -> set[str]:
    """Add a request, and let some of what may follow happen."""
    reached, model, before = set(), queue.model, queue.place()
    request = drawn_request(draw, model.num + 2)
    if queue.crowded(request):
        queue.kick()
    status = queue.add(request)
    reached |= {"index wraps"} if began_anew(before, queue.place()) else set()
    reached.add("ENOSPC" if status == ENOSPC else "added")
    for step in draw.choices(("kick", "complete", "get", "await"), k=draw.randint(0, 5)):
        if step == "kick":
            reached.add("told" if queue.kick() else "not told")
        elif step == "await":
            queue.await_request(draw.randint(-3, 1))
            queue.silence(silent=draw.random() < 0.5)
        elif step == "get":
            for _ in range(draw.randint(1, 4)):
                queue.get()
        elif queue.rig.answers:
            queue.serve()
        elif model.offered:
            reached |= queue.complete_drawn(draw)
    return reached

"""Checks that a strategy did its work, outside the timed region.

The ring is overwritten before each check, so it cannot show what a previous kernel wrote. All
checks raise ``StageError``, which says what is wrong.
"""

import hashlib
from itertools import cycle, islice

import numpy as np
from numpy.typing import NDArray

from bench.driver.records import Phase, Step
from bench.ring.split_ring import END
from bench.worker.cell_memory import Scene, StageError
from strategies.linux.structs import VIRTQUEUE, VRING_AVAIL, VRING_DESC, VRING_USED, vring_bytes

SMEAR = {"addr": 2**64 - 1, "len": 2**32 - 1, "flags": 2**16 - 1}  # values that no kernel writes


def check_turns(scene: Scene, variant: int, phase: Phase, times: NDArray[np.float64]) -> None:
    """Check the timed turns against the counts of driver and ring."""
    if np.isnan(times).any():
        raise StageError(f"{phase.name.lower()} gave an error or lost a request")
    if not scene.variants[variant].idle:
        check_written(scene, variant, phase, int(scene.rows["requests"][variant]))


def check_written(scene: Scene, variant: int, phase: Phase, requests: int) -> None:
    """Check the counts in a turn's row against its requests."""
    row, steps = scene.rows[variant], scene.cell.traffic.steps
    if phase in {Phase.CYCLE, Phase.LOADED} or (phase is Phase.STAGED and Step.GET_BUF in steps):
        check_tokens(scene, variant, requests)
    elif phase is Phase.STAGED and Step.ADD in steps and int(row["counted"]) != requests:
        raise StageError("the ring does not hold every request that was made")
    if phase is Phase.REFUSED and int(row["refused"]) != requests:
        raise StageError("a request was added for which there was no room")
    if phase is Phase.STAGED and int(row["moved"]) != moves(steps, requests):
        raise StageError("avail and used ring do not agree with the requests made")


def moves(steps: Step, requests: int) -> int:
    """The increase of avail's index, and of used's in the next 16 bits."""
    shown = requests % 65536 if Step.KICK in steps else 0
    served = requests % 65536 if Step.DEVICE in steps else 0
    return shown | served << 16


def check_alone(scene: Scene, variant: int, phase: Phase) -> None:
    """Check a variant alone, in its own ring."""
    if phase in {Phase.CYCLE, Phase.LOADED, Phase.STAGED, Phase.FAR}:
        check_cycle(scene, variant, phase)
    if phase is Phase.REFUSED:
        check_refused(scene, variant)
    if scene.variants[variant].idle:
        check_calls(scene, variant)
    else:
        check_requests(scene, variant)


def check_requests(scene: Scene, variant: int) -> None:
    """Map and add every request alone; the ring must be as the oracle approved it."""
    cell = scene.cell
    if len(cell.pictures) != len(cell.requests):
        raise StageError("the oracle has approved no kernel of this cell")
    for number, expected in enumerate(cell.pictures):
        add_alone(scene, variant, number)
        if scene.variants[variant].role == "floor":
            check_taken(scene, number)
        elif picture(scene, number) != expected:
            raise StageError(f"request {number} is wrong in the ring")


def add_alone(scene: Scene, variant: int, number: int) -> None:
    """Map and add one request, in an overwritten ring."""
    descriptors = scene.arena.view(scene.vring, VRING_DESC, scene.cell.slots)
    for name in ("addr", "len", "flags"):
        descriptors[name] = SMEAR[name]
    avail_entries(scene)[:] = SMEAR["flags"]
    scene.take(scene.arrange_alone(variant, number), Phase.ADD)


def picture(scene: Scene, number: int) -> str:
    """A digest of the ring after ``add_alone``: descriptors and avail entries."""
    taken = scene.free[: scene.cell.descriptors[number]]
    table = scene.arena.view(scene.vring, VRING_DESC, scene.cell.slots)
    seen = table[taken].tobytes() + avail_entries(scene).tobytes()
    return hashlib.sha256(seen).hexdigest()[:16]


def avail_entries(scene: Scene) -> NDArray[np.uint16]:
    """The avail ring's entries."""
    avail = scene.vring + vring_bytes(scene.cell.slots)[0] + VRING_AVAIL.itemsize
    return scene.arena.view(avail, np.dtype(np.uint16), scene.cell.slots)


def check_taken(scene: Scene, number: int) -> None:
    """Check the number of descriptors that a floor took: it need not fill them."""
    queue = scene.arena.view(scene.vq, VIRTQUEUE)[0]
    taken = scene.cell.descriptors[number]
    following = int(scene.free[taken]) if taken < scene.cell.slots else END
    if (queue["free_head"], queue["num_free"]) != (following, scene.cell.slots - taken):
        raise StageError(f"request {number} did not take {taken} descriptors")


def check_calls(scene: Scene, variant: int) -> None:
    """Check the number of calls of a strategy that does not use the ring."""
    before = int(scene.jobs(variant)["first"].sum())
    calls = 3 * len(scene.cell.requests)
    scene.turn(variant, Phase.MAP, calls)
    if int(scene.jobs(variant)["first"].sum()) - before != calls:
        raise StageError("map was not called as often as it was credited")
    scene.turn(variant, Phase.ADD, calls)  # add_turn checks the count in the ring


def check_cycle(scene: Scene, variant: int, phase: Phase) -> None:
    """Take every request through the cycle, or some stages; all descriptors must come back."""
    scene.empty_ring()
    requests = 2 * len(scene.cell.requests)
    scene.turn(variant, phase, requests)
    if not scene.variants[variant].idle:
        check_written(scene, variant, phase, requests)
        served = phase is not Phase.STAGED or Step.DEVICE in scene.cell.traffic.steps
        if idle_indices(scene) != {served * requests % 65536}:
            raise StageError("avail and used ring do not agree with the requests made")
    scene.empty_ring()


def check_refused(scene: Scene, variant: int) -> None:
    """Have requests refused: the free list and the avail ring must not change."""
    scene.empty_ring()
    avail_entries(scene)[:] = SMEAR["flags"]  # so that a published head 0 is seen
    shown, linked = avail_entries(scene).copy(), links(scene).copy()
    scene.turn(variant, Phase.REFUSED, 2 * len(scene.cell.requests))
    idle = scene.variants[variant].idle
    if (avail_entries(scene) != shown).any() or (links(scene) != linked).any():
        raise StageError("a refused request changed the ring")
    if not idle:
        check_written(scene, variant, Phase.REFUSED, 2 * len(scene.cell.requests))


def links(scene: Scene) -> NDArray[np.uint16]:
    """The ``next`` of each descriptor."""
    nexts = scene.arena.view(scene.vring, VRING_DESC, scene.cell.slots)["next"]
    return np.asarray(nexts, np.uint16)


def check_tokens(scene: Scene, variant: int, requests: int) -> None:
    """Check the tokens that came back in the last turn against those passed in."""
    tokens = tuple(int(token) for token in scene.jobs(variant)["token"])
    expected = sum(islice(cycle(tokens), requests)) % 2**64
    if int(scene.rows[variant]["counted"]) != expected:
        raise StageError("get_buf did not return every token once")


def idle_indices(scene: Scene) -> set[int]:
    """The indices of avail, used and the driver, which agree when nothing is in flight."""
    arena = scene.arena
    queue = arena.view(scene.vq, VIRTQUEUE)[0]
    if queue["num_free"] != scene.cell.slots or queue["broken"]:
        raise StageError("descriptors were lost")
    avail = arena.view(int(queue["avail"]), VRING_AVAIL)[0]
    used = arena.view(int(queue["used"]), VRING_USED)[0]
    return {int(avail["idx"]), int(used["idx"]), int(queue["last_used_idx"])}

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
from bench.worker.rings.kind import AtRestError
from strategies.linux.structs import VIRTQUEUE


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
    pictures = cell.approved(scene.queue(variant).kind.name)
    if len(pictures) != len(cell.requests):
        raise StageError("the oracle approved no kernel here")
    for number, expected in enumerate(pictures):
        add_alone(scene, variant, number)
        if scene.variants[variant].role == "floor":
            check_taken(scene, number)
        elif picture(scene, variant, number) != expected:
            raise StageError(f"request {number} is wrong in the ring")


def add_alone(scene: Scene, variant: int, number: int) -> None:
    """Map and add one request, in a ring without traces of earlier ones."""
    queue = scene.queue(variant)
    queue.prepare()
    if queue.kind.has_tables:  # a layout decides how many descriptors it takes
        scene.call_alone(variant, number)
    else:
        scene.take(scene.arrange_alone(variant, number), Phase.ADD)


def picture(scene: Scene, variant: int, number: int) -> str:
    """A digest of what ``add_alone`` left."""
    queue = scene.queue(variant)
    seen = queue.kind.picture(queue, scene.cell.descriptors[number])
    return hashlib.sha256(seen).hexdigest()[:16]


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
        queue = scene.queue(variant)
        try:
            queue.kind.at_rest(queue, served * requests)
        except AtRestError as error:
            raise StageError(str(error)) from None
    scene.empty_ring()


def check_refused(scene: Scene, variant: int) -> None:
    """Have requests refused: what is free stays linked, and the ring shows none of them."""
    scene.empty_ring()
    queue = scene.queue(variant)
    queue.kind.smear(queue)  # else a wrong head 0 would be what is there already
    before = queue.kind.marks(queue)
    scene.turn(variant, Phase.REFUSED, 2 * len(scene.cell.requests))
    idle = scene.variants[variant].idle
    if queue.kind.marks(queue) != before:
        raise StageError("a refused request left its marks in the ring")
    if not idle:
        check_written(scene, variant, Phase.REFUSED, 2 * len(scene.cell.requests))


def check_tokens(scene: Scene, variant: int, requests: int) -> None:
    """Check the tokens that came back in the last turn against those passed in."""
    tokens = tuple(int(token) for token in scene.jobs(variant)["token"])
    expected = sum(islice(cycle(tokens), requests)) % 2**64
    if int(scene.rows[variant]["counted"]) != expected:
        raise StageError("get_buf did not return every token once")

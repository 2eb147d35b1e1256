"""The driver: takes turns and reads the clock. It knows kernels by their addresses only.

It is compiled once, and one call runs a whole round, so no Python runs between turns.
"""

from typing import Any

import numpy as np

from bench.driver.experiment_turns import FAILED, SPINS_MAX, other_turn
from bench.driver.jobs import (
    JOB_BYTES,
    ONE,
    WORDS,
    ZERO,
    add_job,
    get_buf,
    give_back,
    job_at,
    kick,
    map_job,
    next_job,
    row_at,
)
from bench.driver.records import ROW, Phase
from strategies.compile.codegen import inline
from strategies.linux.views import (
    U16,
    U32,
    U64,
    call2,
    call3,
    call5,
    u16_at,
    u64_at,
    virtqueue,
    vring_avail,
    vring_used,
)

NS_PER_S = U64(1_000_000_000)
ROW_BYTES = U64(ROW.itemsize)
MAP, ADD, CYCLE = U64(Phase.MAP), U64(Phase.ADD), U64(Phase.CYCLE)
CLOCK_MONOTONIC = ONE


def driver(order: Any, turns: Any, table: Any, out: Any, clock: Any) -> Any:
    """Take ``turns`` turns and write their nanoseconds to ``out``, from its third word on.

    ``order`` holds u16 row numbers of ``table``; ``clock`` is the address of clock_gettime. A turn
    in which a kernel returned an error, or the ring held a wrong count, is written as FAILED.
    """
    t = ZERO
    while t < turns:
        number = U64(u16_at(order + t * U64(2)).value)
        row = table + number * ROW_BYTES
        phase = row_at(row).phase
        failed = ZERO
        start = now(clock, out)
        if phase == ADD:
            failed = add_turn(row)
        elif phase == MAP:
            failed = map_turn(row)
        elif phase == CYCLE:
            failed = cycle_turn(row)
        else:
            failed = other_turn(row)
        elapsed = now(clock, out) - start
        u64_at(out + U64(16) + t * U64(8)).value = elapsed if failed == ZERO else FAILED
        t += ONE
    return 0


@inline
def now(clock: Any, timespec: Any) -> Any:
    """CLOCK_MONOTONIC in nanoseconds."""
    call2(clock, (CLOCK_MONOTONIC, timespec))
    return u64_at(timespec).value * NS_PER_S + u64_at(timespec + U64(8)).value


@inline
def add_turn(row: Any) -> Any:
    """Fill the ring repeatedly; count the requests from the ring.

    A ring may count descriptors; ``limit`` is their number beyond the requests.
    """
    vq = virtqueue(row_at(row).vq)
    free_head, add_buf = row_at(row).free_head, row_at(row).add_buf
    first_job, end = row_at(row).jobs, row_at(row).jobs_end
    left, job, status, counted = ZERO, first_job, np.int64(0), ZERO
    vq.num_added = U32(0)
    for _ in range(row_at(row).requests):
        if left < job_at(job).descriptors:
            counted += U64(vq.num_added)
            give_back(vq, free_head)
            left = U64(vq.num)
        left -= job_at(job).descriptors
        status |= call5(
            add_buf,
            (
                row_at(row).vq,
                job_at(job).first,
                job_at(job).second,
                job_at(job).third,
                job_at(job).token,
            ),
        )
        job += JOB_BYTES
        if job == end:
            job = first_job
    counted += U64(vq.num_added)
    row_at(row).counted = counted
    return U64(status) | (counted ^ (row_at(row).requests + row_at(row).limit))


@inline
def map_turn(row: Any) -> Any:
    """Map requests."""
    map_request, first_job, end = row_at(row).map, row_at(row).jobs, row_at(row).jobs_end
    job, status = first_job, np.int64(0)
    for _ in range(row_at(row).requests):
        words = job + WORDS
        status |= call3(map_request, (job_at(job).list_memory, job_at(job).request, words))
        job += JOB_BYTES
        if job == end:
            job = first_job
    return U64(status)


@inline
def restart(vq_address: Any) -> Any:
    """Reset all indices, with nothing in flight, if their wrap would break the ring.

    Slots are indices modulo ``num``: after 65535 comes 0, which is the next slot only if ``num``
    divides 65536. On the RFC's day lguest's rings had 127 slots.
    """
    vq = virtqueue(vq_address)
    if vq.num & (vq.num - U32(1)):
        vring_avail(vq.avail).idx = U16(0)
        vring_used(vq.used).idx = U16(0)
        vq.last_used_idx = U16(0)


@inline
def cycle_turn(row: Any) -> Any:
    """Send requests through the whole ring and back, one at a time."""
    job, status, tokens, spins = row_at(row).jobs, np.int64(0), ZERO, ZERO
    restart(row_at(row).vq)
    virtqueue(row_at(row).vq).num_added = U32(
        0
    )  # the null strategy counts there, and its kick does nothing
    for _ in range(row_at(row).requests):
        status |= map_job(row, job)
        status |= add_job(row, job)
        status |= kick(row)
        token = U64(0)
        while token == ZERO and spins < SPINS_MAX:
            token = get_buf(row)
            spins += ONE
        tokens += token
        job = next_job(row, job)
    row_at(row).counted = tokens
    return U64(status)

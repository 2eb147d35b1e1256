"""The driver: takes turns and reads the clock. It knows kernels by their addresses only.

Compiled once; one call runs a whole round, so no Python runs between turns.
"""

from typing import Any

import numpy as np

from bench.rows import JOB, LENGTH_AT, ROW, WORDS_AT, Phase, Step
from strategies.codegen import inline
from strategies.structs import ENOSPC
from strategies.views import (
    U16,
    U32,
    U64,
    barrier,
    call1,
    call2,
    call3,
    call5,
    flush,
    u16_at,
    u64_at,
    view,
    virtqueue,
    vring_avail,
    vring_used,
)

row_at, job_at = view(ROW), view(JOB)

ZERO, ONE, NS_PER_S = U64(0), U64(1), U64(1_000_000_000)
ROW_BYTES, JOB_BYTES = U64(ROW.itemsize), U64(JOB.itemsize)
WORDS, LENGTH = U64(WORDS_AT), U64(LENGTH_AT)
MAP, ADD, CYCLE = U64(Phase.MAP), U64(Phase.ADD), U64(Phase.CYCLE)
REFUSED, LOADED, STAGED = U64(Phase.REFUSED), U64(Phase.LOADED), U64(Phase.STAGED)
FAR = U64(Phase.FAR)
DOES_MAP, DOES_ADD, DOES_KICK = U64(Step.MAP), U64(Step.ADD), U64(Step.KICK)
DOES_GET, FLUSHES = U64(Step.GET_BUF), U64(Step.FLUSH)
CLOCK_MONOTONIC = ONE
FAILED = U64(2**64 - 1)
SPINS_MAX = U64(1 << 20)  # a device that never answers must not hang the run
WAIT_MAX = U64(1 << 27)  # one elsewhere may have lost its core for a while
LINE = U64(64)


def driver(order: Any, turns: Any, table: Any, out: Any, clock: Any) -> Any:
    """Take ``turns`` turns and write their nanoseconds behind two words of ``out``.

    ``order`` holds u16 numbers of rows in ``table``, ``clock`` is clock_gettime's address. A turn
    in which any kernel gave a status, or the ring held a wrong count, is written as FAILED.
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
def other_turn(row: Any) -> Any:
    """Take a turn that only experiments ask for."""
    barrier()  # phase is read again, or LLVM makes all phases a table of addresses, outside of here
    phase, failed = row_at(row).phase, ZERO
    if phase == FAR:
        failed = far_turn(row)
    barrier()  # and again: four are enough for a table
    phase = row_at(row).phase
    if phase == REFUSED:
        failed = refused_turn(row)
    elif phase == LOADED:
        failed = loaded_turn(row)
    elif phase == STAGED:
        failed = staged_turn(row)
    return failed


@inline
def now(clock: Any, timespec: Any) -> Any:
    """Return CLOCK_MONOTONIC in nanoseconds."""
    call2(clock, (CLOCK_MONOTONIC, timespec))
    return u64_at(timespec).value * NS_PER_S + u64_at(timespec + U64(8)).value


@inline
def give_back(vq: Any, free_head: Any) -> Any:
    """Free all descriptors: add_buf never alters a ``next``, so the list still stands."""
    vq.free_head = U32(free_head)
    vq.num_free = vq.num
    vq.num_added = U32(0)


@inline
def add_turn(row: Any) -> Any:
    """Fill the ring again and again; the requests are counted from what the ring says."""
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
    return U64(status) | (counted ^ row_at(row).requests)


@inline
def map_turn(row: Any) -> Any:
    """Map request after request."""
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
    """Start all indices over, with nothing in flight, where their wrap would break the ring.

    Slots are numbered modulo ``num``: after 65535 comes 0, which is the next one only if ``num``
    divides 65536. On the RFC's day lguest's rings had 127.
    """
    vq = virtqueue(vq_address)
    if vq.num & (vq.num - U32(1)):
        vring_avail(vq.avail).idx = U16(0)
        vring_used(vq.used).idx = U16(0)
        vq.last_used_idx = U16(0)


@inline
def cycle_turn(row: Any) -> Any:
    """Carry one request after the other through the whole ring and back."""
    first_job, end = row_at(row).jobs, row_at(row).jobs_end
    job, status, tokens, spins = first_job, np.int64(0), ZERO, ZERO
    restart(row_at(row).vq)
    virtqueue(row_at(row).vq).num_added = U32(0)  # the null strategy counts there and kicks nobody
    for _ in range(row_at(row).requests):
        words = job + WORDS
        status |= call3(row_at(row).map, (job_at(job).list_memory, job_at(job).request, words))
        status |= call5(
            row_at(row).add_buf,
            (
                row_at(row).vq,
                job_at(job).first,
                job_at(job).second,
                job_at(job).third,
                job_at(job).token,
            ),
        )
        status |= call1(row_at(row).kick, (row_at(row).vq,))
        token = U64(0)
        while token == ZERO and spins < SPINS_MAX:
            token = U64(call2(row_at(row).get_buf, (row_at(row).vq, row + LENGTH)))
            spins += ONE
        tokens += token
        job += JOB_BYTES
        if job == end:
            job = first_job
    row_at(row).counted = tokens
    return U64(status)


@inline
def add_job(row: Any, job: Any) -> Any:
    """Add a job's list."""
    return call5(
        row_at(row).add_buf,
        (
            row_at(row).vq,
            job_at(job).first,
            job_at(job).second,
            job_at(job).third,
            job_at(job).token,
        ),
    )


@inline
def map_job(row: Any, job: Any) -> Any:
    """Map a job's request."""
    return call3(row_at(row).map, (job_at(job).list_memory, job_at(job).request, job + WORDS))


@inline
def next_job(row: Any, job: Any) -> Any:
    """Return the job behind this one, the first behind the last."""
    job += JOB_BYTES
    return job if job != row_at(row).jobs_end else row_at(row).jobs


@inline
def refused_turn(row: Any) -> Any:
    """Add where it must fail; every try must leave the queue as it was.

    What does not look for room, as the null strategy, counts what it added.
    """
    vq = virtqueue(row_at(row).vq)
    give_back(vq, row_at(row).free_head)
    vq.num_free = U32(row_at(row).limit)
    job, refused = row_at(row).jobs, ZERO
    for _ in range(row_at(row).requests):
        refused += U64(add_job(row, job) == ENOSPC)
        job = next_job(row, job)
    row_at(row).refused = refused
    row_at(row).counted = refused + U64(vq.num_added)
    changed = (U64(vq.num_free) ^ row_at(row).limit) | (U64(vq.free_head) ^ row_at(row).free_head)
    give_back(vq, row_at(row).free_head)
    return changed | (row_at(row).counted ^ row_at(row).requests)


@inline
def loaded_turn(row: Any) -> Any:
    """Keep the ring full: map and add until an add fails, kick, take ``limit`` completions.

    A driver whose add failed leaves the request where it was, and maps it again.
    """
    job, status, tokens, spins = row_at(row).jobs, np.int64(0), ZERO, ZERO
    requests, added, got, refused = row_at(row).requests, ZERO, ZERO, ZERO
    virtqueue(row_at(row).vq).num_added = U32(0)
    while got < requests and spins < SPINS_MAX:
        room = True
        while added < requests and room:
            status |= map_job(row, job)
            answer = add_job(row, job)
            if answer == ENOSPC:
                refused += ONE
                room = False
            else:
                status |= answer
                added += ONE
                job = next_job(row, job)
        status |= call1(row_at(row).kick, (row_at(row).vq,))
        taken = ZERO
        while taken < row_at(row).limit and got < added and spins < SPINS_MAX:
            token = U64(call2(row_at(row).get_buf, (row_at(row).vq, row + LENGTH)))
            tokens += token
            taken += U64(token != ZERO)
            got += U64(token != ZERO)
            spins += U64(token == ZERO)
    row_at(row).refused = refused
    row_at(row).counted = tokens
    return U64(status)


@inline
def staged_turn(row: Any) -> Any:
    """Take requests through some stages of a cycle, ``limit`` a kick or fewer that fit.

    Without get_buf, which alone alters a ``next``, all is given back by a few stores.
    """
    vq, steps = virtqueue(row_at(row).vq), row_at(row).steps
    job, status, tokens, spins = row_at(row).jobs, np.int64(0), ZERO, ZERO
    left, counted = row_at(row).requests, ZERO
    shown, served = vring_avail(vq.avail).idx, vring_used(vq.used).idx
    vq.num_added = U32(0)
    while left > ZERO:
        room, batch = U64(vq.num_free), ZERO
        while left > ZERO and batch < row_at(row).limit and room >= job_at(job).descriptors:
            if steps & DOES_MAP:
                status |= map_job(row, job)
            if steps & DOES_ADD:
                status |= add_job(row, job)
            room -= job_at(job).descriptors
            job = next_job(row, job)
            batch += ONE
            left -= ONE
        if batch == ZERO:  # what was taken never came back: a run must not hang
            return FAILED
        counted += U64(vq.num_added)
        if steps & DOES_KICK:
            status |= call1(row_at(row).kick, (row_at(row).vq,))
        if steps & DOES_GET:
            while batch > ZERO and spins < SPINS_MAX:
                token = U64(call2(row_at(row).get_buf, (row_at(row).vq, row + LENGTH)))
                tokens += token
                batch -= U64(token != ZERO)
                spins += ONE
        else:
            give_back(vq, row_at(row).free_head)
            vq.last_used_idx = vring_used(vq.used).idx
    shown, served = U16(vring_avail(vq.avail).idx - shown), U16(vring_used(vq.used).idx - served)
    row_at(row).moved = U64(shown) | (U64(served) << U64(16))
    vring_avail(vq.avail).idx = vring_used(vq.used).idx  # what was shown and not served
    row_at(row).counted = tokens if steps & DOES_GET else counted
    return U64(status)


@inline
def far_turn(row: Any) -> Any:
    """Hand in batches of numbered requests and take them back; count those out of sequence."""
    job, status, given, taken, wrong = row_at(row).jobs, np.int64(0), ZERO, ZERO, ZERO
    requests, batch = row_at(row).requests, row_at(row).limit
    flushes = row_at(row).steps & FLUSHES
    while taken < requests:
        while given < requests and given - taken < batch:
            given += ONE
            status |= map_job(row, job)
            status |= call5(
                row_at(row).add_buf,
                (
                    row_at(row).vq,
                    job_at(job).first,
                    job_at(job).second,
                    job_at(job).third,
                    given,
                ),
            )
            if flushes:
                flush_lines(job_at(job).list_memory, job_at(job).list_bytes)
            job = next_job(row, job)
        status |= call1(row_at(row).kick, (row_at(row).vq,))
        while taken < given:
            token, spins = ZERO, ZERO
            while token == ZERO and spins < WAIT_MAX:
                token = U64(call2(row_at(row).get_buf, (row_at(row).vq, row + LENGTH)))
                spins += ONE
            taken += ONE
            if token != taken:
                wrong += ONE
        if flushes:
            flush_ring(row_at(row).vq)
    row_at(row).counted = taken - wrong
    return U64(status) | wrong


@inline
def flush_lines(start: Any, size: Any) -> Any:
    """Drop every line of some memory from the caches."""
    at = start
    while at < start + size:
        flush(at)
        at += LINE


@inline
def flush_ring(vq_address: Any) -> Any:
    """Drop the ring from the caches, descriptors and all."""
    vq = virtqueue(vq_address)
    flush_lines(vq.desc, (vq.used - vq.desc) + U64(8) + (U64(vq.num) << U64(3)))

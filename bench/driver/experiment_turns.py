"""Turns for experiments: failing adds, a full ring, stages of a cycle, a device elsewhere."""

from typing import Any

import numpy as np

from bench.driver.jobs import (
    ONE,
    ZERO,
    add_as,
    add_job,
    get_buf,
    give_back,
    job_at,
    kick,
    map_job,
    next_job,
    row_at,
)
from bench.driver.records import Phase, Step
from strategies.compile.codegen import inline
from strategies.linux.structs import ENOSPC
from strategies.linux.views import U16, U32, U64, barrier, flush, virtqueue, vring_avail, vring_used

REFUSED, LOADED, STAGED = U64(Phase.REFUSED), U64(Phase.LOADED), U64(Phase.STAGED)
FAR = U64(Phase.FAR)
DOES_MAP, DOES_ADD, DOES_KICK = U64(Step.MAP), U64(Step.ADD), U64(Step.KICK)
DOES_GET, FLUSHES = U64(Step.GET_BUF), U64(Step.FLUSH)
FAILED = U64(2**64 - 1)
SPINS_MAX = U64(1 << 20)  # a device that never answers must not hang the run
WAIT_MAX = U64(1 << 27)  # a device elsewhere may have lost its core for a while
LINE = U64(64)


@inline
def other_turn(row: Any) -> Any:
    """Take a turn of an experiment."""
    barrier()  # read phase again, or LLVM builds a jump table of all phases, outside this code
    phase, failed = row_at(row).phase, ZERO
    if phase == FAR:
        failed = far_turn(row)
    barrier()  # and again: four phases are enough for a table
    phase = row_at(row).phase
    if phase == REFUSED:
        failed = refused_turn(row)
    elif phase == LOADED:
        failed = loaded_turn(row)
    elif phase == STAGED:
        failed = staged_turn(row)
    return failed


@inline
def refused_turn(row: Any) -> Any:
    """Add where it must fail; every attempt must leave the queue unchanged.

    A strategy that does not check for room, such as the null strategy, counts what it added.
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

    A driver whose add failed keeps the request and maps it again.
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
        status |= kick(row)
        taken = ZERO
        while taken < row_at(row).limit and got < added and spins < SPINS_MAX:
            token = get_buf(row)
            tokens += token
            taken += U64(token != ZERO)
            got += U64(token != ZERO)
            spins += U64(token == ZERO)
    row_at(row).refused = refused
    row_at(row).counted = tokens
    return U64(status)


@inline
def staged_turn(row: Any) -> Any:
    """Take requests through some stages of a cycle, ``limit`` per kick or as many as fit.

    Only get_buf changes a ``next``; without it, a few stores give back all descriptors.
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
        if batch == ZERO:  # descriptors never came back: do not hang
            return FAILED
        counted += U64(vq.num_added)
        if steps & DOES_KICK:
            status |= kick(row)
        if steps & DOES_GET:
            while batch > ZERO and spins < SPINS_MAX:
                token = get_buf(row)
                tokens += token
                batch -= U64(token != ZERO)
                spins += ONE
        else:
            give_back(vq, row_at(row).free_head)
            vq.last_used_idx = vring_used(vq.used).idx
    shown, served = U16(vring_avail(vq.avail).idx - shown), U16(vring_used(vq.used).idx - served)
    row_at(row).moved = U64(shown) | (U64(served) << U64(16))
    vring_avail(vq.avail).idx = vring_used(vq.used).idx  # exposed but not served
    row_at(row).counted = tokens if steps & DOES_GET else counted
    return U64(status)


@inline
def far_turn(row: Any) -> Any:
    """Add batches of numbered requests and take them back; count those out of sequence."""
    job, status, given, taken, wrong = row_at(row).jobs, np.int64(0), ZERO, ZERO, ZERO
    requests, batch = row_at(row).requests, row_at(row).limit
    flushes = row_at(row).steps & FLUSHES
    while taken < requests:
        while given < requests and given - taken < batch:
            given += ONE
            status |= map_job(row, job)
            status |= add_as(row, job, given)
            if flushes:
                flush_lines(job_at(job).list_memory, job_at(job).list_bytes)
            job = next_job(row, job)
        status |= kick(row)
        while taken < given:
            token, spins = ZERO, ZERO
            while token == ZERO and spins < WAIT_MAX:
                token = get_buf(row)
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
    """Evict a range of memory from the caches."""
    at = start
    while at < start + size:
        flush(at)
        at += LINE


@inline
def flush_ring(vq_address: Any) -> Any:
    """Evict the ring, including its descriptors, from the caches."""
    vq = virtqueue(vq_address)
    flush_lines(vq.desc, (vq.used - vq.desc) + U64(8) + (U64(vq.num) << U64(3)))

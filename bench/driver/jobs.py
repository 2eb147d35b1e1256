"""The operations of every turn: map a row's job, add it, go to the next one."""

from typing import Any

from bench.driver.records import JOB, LENGTH_AT, ROW, WORDS_AT
from strategies.compile.codegen import inline
from strategies.linux.views import U32, U64, call1, call2, call3, call5, view

row_at, job_at = view(ROW), view(JOB)

ZERO, ONE = U64(0), U64(1)
JOB_BYTES = U64(JOB.itemsize)
WORDS, LENGTH = U64(WORDS_AT), U64(LENGTH_AT)


@inline
def map_job(row: Any, job: Any) -> Any:
    """Map a job's request; return the kernel's status."""
    return call3(row_at(row).map, (job_at(job).list_memory, job_at(job).request, job + WORDS))


@inline
def add_job(row: Any, job: Any) -> Any:
    """Add a job's list; return the kernel's status."""
    return add_as(row, job, job_at(job).token)


@inline
def add_as(row: Any, job: Any, token: Any) -> Any:
    """Add a job's list with another token than its own."""
    return call5(
        row_at(row).add_buf,
        (row_at(row).vq, job_at(job).first, job_at(job).second, job_at(job).third, token),
    )


@inline
def kick(row: Any) -> Any:
    """Expose to the device what was added; return the kernel's status."""
    return call1(row_at(row).kick, (row_at(row).vq,))


@inline
def get_buf(row: Any) -> Any:
    """The token of a request that the device has completed, or 0."""
    return U64(call2(row_at(row).get_buf, (row_at(row).vq, row + LENGTH)))


@inline
def next_job(row: Any, job: Any) -> Any:
    """The next job; after the last one, the first."""
    job += JOB_BYTES
    return job if job != row_at(row).jobs_end else row_at(row).jobs


@inline
def give_back(vq: Any, free_head: Any) -> Any:
    """Free all descriptors: add_buf never changes a ``next``, so the list is intact."""
    vq.free_head = U32(free_head)
    vq.num_free = vq.num
    vq.num_added = U32(0)

"""A request that went wrong, in lines for a person: its groups, list memory, descriptors."""

import struct
from collections.abc import Iterator
from itertools import zip_longest

from bench.check.queue import NUM, GuardedQueue
from bench.ring.oracle import Buffer, asked
from bench.ring.split_ring import DESC, F_NEXT, F_WRITE
from workloads import Group, Request

LINES_MAX = 16  # of list memory, of descriptors
BYTES = 16  # a line
WORD = struct.Struct("<2Q")
MARK = "<- differs"


def shown(queue: GuardedQueue) -> tuple[str, ...]:
    """The state after the call that went wrong."""
    request = queue.now
    if request is None:
        return ()
    lines = [f"request     {_groups(request)}"]
    lines += [f"            {_group(group)}" for group in request.groups]
    if queue.mapped:
        lines += [f"map wrote   {', '.join(_word(queue, word) for word in queue.given)}"]
        lines += [f"list memory {len(queue.mapped)} bytes, after map", *_memory(queue.mapped)]
    if queue.doing == "add_buf":
        lines += [f"descriptors {'expected':40} found", *_descriptors(queue, request)]
    return tuple(lines)


def _groups(request: Request) -> str:
    count = len(asked(request))
    return f"{len(request.groups)} groups, {count} descriptor{'s' * (count != 1)}"


def _group(group: Group) -> str:
    first, count = group.segments[0], len(group.segments)
    kind = "at a virtual address" if first.virtual else "in pages"
    more = f" and {count - 1} more" if count > 1 else ""
    merge = ", neighbours merge" if group.merge else ""
    where = f"page {first.page:#x} + {first.offset:#x}{more}, {kind}{merge}"
    return f"{group.direction.name:3} room {group.room}: {first.length} bytes at {where}"


def _word(queue: GuardedQueue, word: int) -> str:
    if queue.list.near(word):
        return queue.list.place(word)
    return f"{word:#x}" if word > NUM else f"{word}"


def _memory(content: bytes) -> Iterator[str]:
    """Two words a line, up to the last that is not zero."""
    used = len(content.rstrip(b"\0"))
    lines = max(1, -(-used // BYTES))
    for at in range(0, min(lines, LINES_MAX) * BYTES, BYTES):
        first, second = WORD.unpack(content[at : at + BYTES].ljust(BYTES, b"\0"))
        yield f"  +{at:#06x}   {first:016x} {second:016x}"
    if lines > LINES_MAX:
        yield f"  and {lines - LINES_MAX} lines more"


def _descriptors(queue: GuardedQueue, request: Request) -> Iterator[str]:
    """The descriptors expected, and those that the chain of the request now holds."""
    buffers = asked(request)
    added = queue.flights and queue.flights[-1].request is request
    free = queue.flights[-1].chain if added else tuple(queue.free[: len(buffers)])
    wanted = [_wanted(buffer, last=buffer is buffers[-1]) for buffer in buffers]
    found = list(_found(queue, free[0], len(buffers))) if free else []
    pairs = list(zip_longest(wanted, found, fillvalue="none"))
    wrong = [number for number, (one, other) in enumerate(pairs) if one != other]
    first = max(0, min(wrong, default=0) - LINES_MAX // 2)
    if first:
        yield f"  {first} of them as expected"
    for number, (one, other) in list(enumerate(pairs))[first : first + LINES_MAX]:
        yield f"  {number:<10}{one:40} {other:40} {MARK if one != other else ''}".rstrip()
    if len(pairs) > first + LINES_MAX:
        yield f"  and {len(pairs) - first - LINES_MAX} more"


def _wanted(buffer: Buffer, *, last: bool) -> str:
    return f"{buffer}{'' if last else ' NEXT'}"


def _found(queue: GuardedQueue, index: int, count: int) -> Iterator[str]:
    """The chain from a descriptor on, as it is, up to one more than was asked for."""
    for _ in range(count + 1):
        at = queue.ring.read()[index * DESC.size : (index + 1) * DESC.size]
        address, length, flags, link = DESC.unpack(at)
        buffer = Buffer(address, length, bool(flags & F_WRITE))
        odd = f" flags {flags:#x}" if flags & ~(F_NEXT | F_WRITE) else ""
        yield f"{buffer}{odd}{' NEXT' if flags & F_NEXT else ''}"
        if not flags & F_NEXT or link >= NUM:
            return
        index = link

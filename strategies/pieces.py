"""Lists in small pieces: how large, and what an array must do with a list that comes in them."""

from collections.abc import Callable, Iterator
from typing import Any

from strategies import Strategy
from strategies.chain import creator, mapper
from strategies.codegen import inline
from strategies.mapping import SG_BYTES
from strategies.scatterlist import follow, stepper
from strategies.table import create as create_table
from strategies.views import U64, u64_at
from strategies.virtqueue import ONE, ZERO

EXPERIMENT, AXIS = "pieces", "piece"
SIZES = (4, 8, 16, 32, 64, 128)  # slots of a table, entries of an array
Kernel = Callable[..., Any]

table_bytes = inline(create_table)
sg_next = inline(stepper(follow))


def copying(name: str, add_buf: Kernel) -> Iterator[Strategy]:
    """Yield the form of one table that is given chained pieces, and must copy them, by size.

    Its ``map`` first makes the pieces, as whoever hands such a list over does, then copies entry by
    entry, as virtio-scsi did until 2013; ``add_buf`` is that of the table.
    """
    for size in SIZES:
        pieces = inline(creator(size)), inline(mapper(sg_next))
        axes = ((AXIS, str(size)),)
        kernels = _create(pieces[0]), _map(pieces[1])
        yield Strategy(name, *kernels, add_buf, "copy", only=EXPERIMENT, axes=axes)


def _create(create_pieces: Kernel) -> Kernel:
    def create(list_memory: Any, request: Any) -> Any:
        table = U64(table_bytes(list_memory, request))
        return table + U64(create_pieces(list_memory + table, request))

    return create


def _map(map_pieces: Kernel) -> Kernel:
    def map_request(list_memory: Any, request: Any, words: Any) -> Any:
        table = list_memory
        map_pieces(list_memory + U64(table_bytes(list_memory, request)), request, words)
        sg = u64_at(words).value
        left = u64_at(words + U64(8)).value + u64_at(words + U64(16)).value
        while left > ZERO:
            for at in (U64(0), U64(8), U64(16), U64(24)):
                u64_at(table + at).value = u64_at(sg + at).value
            table += SG_BYTES
            sg = sg_next(sg)
            left -= ONE
        u64_at(words).value = list_memory
        return 0

    return map_request

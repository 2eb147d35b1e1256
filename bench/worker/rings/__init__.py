"""Kinds of rings: how each lies in memory, starts over, and is checked.

Strategies name the ring that they fill. The driver knows nothing of kinds: it has the address of a
queue, in which ``num``, ``num_free``, ``free_head``, ``num_added`` and ``notify`` always lie where
2.6.24 has them. A scene lays out a queue of each kind that its variants fill.
"""

from bench.worker.rings.kind import RingKind
from bench.worker.rings.packed import PackedInOrderKind, PackedKind
from bench.worker.rings.plain import PlainKind
from bench.worker.rings.split import SplitInOrderKind, SplitKind
from bench.worker.rings.tables import PackedIndirectKind, SplitIndirectKind

PLAIN = PlainKind()
KINDS: dict[str, RingKind] = {
    kind.name: kind
    for kind in (
        *(PLAIN, SplitKind(), PackedKind(), SplitInOrderKind(), PackedInOrderKind()),
        *(SplitIndirectKind(), PackedIndirectKind()),
    )
}

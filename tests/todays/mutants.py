"""Kernels of rings of today with one plausible mistake each, and the check that finds it."""

from collections.abc import Mapping
from dataclasses import dataclass

from strategies import AS_COMPILED
from tests.todays import checks
from tests.todays import in_order_checks as in_order
from tests.todays import packed_checks as packed
from tests.todays.every import Check

RING, SPLIT, LISTS = "linux.todays.ring", "linux.todays.split", "linux.todays.lists"
PACKED, PACKED_LAYOUT = "linux.todays.packed", "today_packed"
FILLS = "linux.todays.fills"
SPLIT_ORDER, SPLIT_ORDERED = "linux.todays.split_in_order", "today_split_in_order"
PACKED_ORDER, PACKED_ORDERED = "linux.todays.packed_in_order", "today_packed_in_order"


@dataclass(frozen=True)
class TodaysMutant:
    """A mistake in a file of ``strategies``."""

    mistake: str
    module: str
    edits: Mapping[str, str]  # a text that occurs once: what stands there instead
    kernels: tuple[str, ...]  # to compile anew; the others stay right
    killed_by: Check
    layout: str = "today_split"
    form: str = AS_COMPILED
    crashes: bool = False  # the kernel takes the process down

    def __str__(self) -> str:
        """Return the mistake as a test's name."""
        return f"{self.layout}[{self.form}]: {self.mistake}"


MUTANTS = (
    TodaysMutant(
        "last list of all not counted",
        RING,
        {"count_lists(first, second + third)": "count_lists(first, second + third - ONE) + ONE"},
        ("add_buf",),
        checks.check_split_groups_keep_their_order,
    ),
    TodaysMutant(
        "NEXT on the last segment",
        RING,
        {"LAST_FLAGS) | direction)\n                p": "NEXT) | direction)\n                p"},
        ("add_buf",),
        checks.check_split_reads_back,
    ),
    TodaysMutant(
        "in lists filled as outgoing",
        RING,
        {"filler(put, WRITE)": "filler(put, OUTGOING)"},
        ("add_buf",),
        checks.check_split_reads_back,
    ),
    TodaysMutant(
        "request without a token taken",
        RING,
        {"U64(token == ZERO)": "ZERO"},
        ("add_buf",),
        checks.check_split_refuses_what_bug_on_forbids,
    ),
    TodaysMutant(
        "request without entries taken",
        RING,
        {"U64(total == ZERO)": "ZERO"},
        ("add_buf",),
        checks.check_split_refuses_what_bug_on_forbids,
    ),
    TodaysMutant(
        "broken queue adds",
        RING,
        {"if unlikely(U64(q.broken)):\n            return EIO": "if ZERO:\n            return EIO"},
        ("add_buf",),
        checks.check_split_takes_nothing_once_broken,
    ),
    TodaysMutant(
        "shadow stale: the copy's length not stored",
        RING,
        {"    desc_extra(nth(extra, i)).len = length\n": ""},
        ("add_buf",),
        checks.check_split_reads_back,
    ),
    TodaysMutant(
        "shadow kept where it is not asked for",
        SPLIT,
        {"if unlikely(U64(q.use_map_api)):\n        remember": "if True:\n        remember"},
        ("add_buf",),
        checks.check_split_reads_back,
        form="noshadow",
    ),
    TodaysMutant(
        "link not stored in the ring",
        SPLIT,
        {"    vring_desc(nth(desc, i)).next = following\n": ""},
        ("add_buf",),
        checks.check_split_reads_back,
    ),
    TodaysMutant(
        "link taken from the ring, as in 2.6.24",
        SPLIT,
        {
            "= desc_extra(nth(extra, i)).next": "= vring_desc(nth(desc, i)).next",
        },
        ("add_buf",),
        checks.check_split_walks_any_free_list,
    ),
    TodaysMutant(
        "free list followed in the ring when a chain is freed",
        SPLIT,
        {
            "return U64(desc_extra(nth(q.desc_extra, i)).next)": "return "
            "U64(vring_desc(nth(q.desc, i)).next)"
        },
        ("get_buf",),
        checks.check_split_trusts_no_link_of_the_ring,
    ),
    TodaysMutant(
        "index not stored by add",
        SPLIT,
        {"    vring_avail(q.avail).idx = q.avail_idx_shadow\n": ""},
        ("add_buf",),
        checks.check_split_reads_back,
    ),
    TodaysMutant(
        "index of the ring moved on, the private one not",
        SPLIT,
        {
            "    q.avail_idx_shadow = U16(q.avail_idx_shadow + U16(1))\n"
            "    vring_avail(q.avail).idx = q.avail_idx_shadow\n": "    vring_avail(q.avail).idx = "
            "U16(vring_avail(q.avail).idx + U16(1))\n"
        },
        ("add_buf",),
        checks.check_split_reads_back,
    ),
    TodaysMutant(
        "avail slot not wrapped",
        SPLIT,
        {"slot = slot_of(q, q.avail_idx_shadow)": "slot = U64(q.avail_idx_shadow)"},
        ("add_buf",),
        checks.check_split_indices_wrap,
    ),
    TodaysMutant(
        "state of another descriptor holds the token",
        SPLIT,
        {"state_split(state_of(q, head)).data = token": "state_split(state_of(q, i)).data = token"},
        ("add_buf",),
        checks.check_split_reads_back,
    ),
    TodaysMutant(
        "nobody told of a full ring",
        SPLIT,
        {"    if out != ZERO:\n": "    if False:\n"},
        ("add_buf",),
        checks.check_split_refuses_when_full,
    ),
    TodaysMutant(
        "told of a full ring where nothing goes out",
        SPLIT,
        {"    if out != ZERO:\n": "    if True:\n"},
        ("add_buf",),
        checks.check_split_last_descriptor_can_be_had,
    ),
    TodaysMutant(
        "last free descriptor kept back",
        SPLIT,
        {"if U64(q.num_free) >= total:": "if U64(q.num_free) > total:"},
        ("add_buf",),
        checks.check_split_last_descriptor_can_be_had,
    ),
    TodaysMutant(
        "counters run over",
        SPLIT,
        {"if unlikely(U64(q.num_added == KICK_AT)):": "if ZERO:"},
        ("add_buf",),
        checks.check_split_kicks_before_counters_run_over,
    ),
    TodaysMutant(
        "event idx compared as one more",
        RING,
        {"U16(new - event - U16(1)) <": "U16(new - event) <"},
        ("kick",),
        checks.check_split_kick_asks_what_the_device_awaits,
    ),
    TodaysMutant(
        "event idx compared in 64 bits",
        RING,
        {"U16(new - event - U16(1)) < U16(new - old)": "old <= event and event < new"},
        ("kick",),
        checks.check_split_kick_asks_what_the_device_awaits,
    ),
    TodaysMutant(
        "kick forgets that it told of what was added",
        SPLIT,
        {"    q.num_added = U32(0)\n": ""},
        ("kick",),
        checks.check_split_kick_asks_what_the_device_awaits,
    ),
    TodaysMutant(
        "device's flag asked though event idx was agreed on",
        SPLIT,
        {"    if q.event:\n": "    if False:\n"},
        ("kick",),
        checks.check_split_kick_asks_what_the_device_awaits,
    ),
    TodaysMutant(
        "device awaits nothing more",
        SPLIT,
        {"        u16_at(avail_event_at(q)).value = q.device_idx\n": ""},
        ("device",),
        checks.check_split_device_answers_every_kick,
    ),
    TodaysMutant(
        "completion awaited that came",
        SPLIT,
        {
            "u16_at(used_event_at(q)).value = q.last_used_idx": "u16_at(used_event_at(q)).value = "
            "U16(q.last_used_idx - U16(1))"
        },
        ("get_buf",),
        checks.check_split_says_what_it_awaits,
    ),
    TodaysMutant(
        "completion awaited with callbacks off",
        SPLIT,
        {"if not q.avail_flags_shadow & NO_INTERRUPT:": "if True:"},
        ("get_buf",),
        checks.check_split_says_what_it_awaits,
    ),
    TodaysMutant(
        "used id may be the ring's size",
        SPLIT,
        {"U64(i >= U64(q.num))": "U64(i > U64(q.num))"},
        ("get_buf",),
        checks.check_split_bad_used_id_breaks_the_queue,
    ),
    TodaysMutant(
        "id reported in place of the length",
        SPLIT,
        {".value = U64(elem.len)": ".value = i"},
        ("get_buf",),
        checks.check_split_lengths_are_reported,
    ),
    TodaysMutant(
        "freed chain linked from its head",
        SPLIT,
        {"(nth(q.desc_extra, last)).next = U16": "(nth(q.desc_extra, head)).next = U16"},
        ("get_buf",),
        checks.check_split_completes_in_any_order,
    ),
    TodaysMutant(
        "end mark of a list not set",
        LISTS,
        {"        sg_mark_end(last)\n": ""},
        ("map",),
        checks.check_split_lists_are_used_again,
        crashes=True,  # the walk leaves the list
    ),
    TodaysMutant(
        "request shown before it is described",
        SPLIT,
        {
            "    i, head = place\n    q.num_free -= U32(total)\n": "    i, head = place\n"
            "    vring_avail(q.avail).idx = U16(q.avail_idx_shadow + U16(1))\n    smp_wmb()\n"
            "    q.num_free -= U32(total)\n",
        },
        ("add_buf",),
        checks.check_split_shows_a_request_whole_or_not_at_all,
    ),
    *(
        TodaysMutant(mistake, module, edits, kernels, killed_by, PACKED_LAYOUT)
        for mistake, module, edits, kernels, killed_by in (
            (
                "head published early",
                PACKED,
                {
                    "    else:\n        packed_desc(nth(desc, i)).flags = ": "    smp_wmb()\n"
                    "    packed_desc(nth(desc, i)).flags = "
                },
                ("add_buf",),
                packed.check_packed_shows_a_buffer_whole_or_not_at_all,
            ),
            (
                "flags of all rounds alike: the wrap bit",
                PACKED,
                {"U16(q.avail_used_flags ^ BOTH)": "U16(q.avail_used_flags)"},
                ("add_buf",),
                packed.check_packed_wraps,
            ),
            (
                "wrap counter left where a buffer fills the ring",
                PACKED,
                {"if i <= head:": "if i < head:"},
                ("add_buf",),
                packed.check_packed_wraps,
            ),
            (
                "a slot behind the ring",
                PACKED,
                {
                    "    i += ONE\n    if unlikely(U64(i >= U64(q.num))):": "    i += ONE\n"
                    "    if unlikely(U64(i > U64(q.num))):"
                },
                ("add_buf",),
                packed.check_packed_wraps,
            ),
            (
                "id list: the slot's number for an id",
                PACKED,
                {"(nth(desc, i)).id = U16(buffer)": "(nth(desc, i)).id = U16(i)"},
                ("add_buf",),
                packed.check_packed_reads_back,
            ),
            (
                "id list: ids taken in memory order",
                PACKED,
                {"U64(desc_extra(nth(extra, current)).next)": "current + ONE"},
                ("add_buf",),
                packed.check_packed_completes_in_any_order,
            ),
            (
                "id list: freed ids linked from the first of them",
                PACKED,
                {".last = U16(last)": ".last = U16(buffer)"},
                ("add_buf",),
                packed.check_packed_completes_in_any_order,
            ),
            (
                "last free slot kept back",
                PACKED,
                {"return U64(q.num_free) < total": "return U64(q.num_free) <= total"},
                ("add_buf",),
                packed.check_packed_fills_and_refuses,
            ),
            (
                "requests counted in place of descriptors",
                PACKED,
                {"q.num_added += U32(total)": "q.num_added += U32(1)"},
                ("add_buf",),
                packed.check_packed_reads_back,
            ),
            (
                "what is available taken for used",
                PACKED,
                {"avail == wrap and used == wrap": "avail == wrap"},
                ("get_buf",),
                packed.check_packed_completes_in_any_order,
            ),
            (
                "driver's place without a new round",
                PACKED,
                {"            wrap ^= ONE\n        q.last": "        q.last"},
                ("get_buf",),
                packed.check_packed_wraps,
            ),
            (
                "one descriptor freed of many",
                PACKED,
                {"+= U32(state_packed(state_of(q, buffer)).num)": "+= U32(1)"},
                ("get_buf",),
                packed.check_packed_completes_in_any_order,
            ),
            (
                "id may be the ring's size",
                PACKED,
                {"U64(buffer >= U64(q.num))": "U64(buffer > U64(q.num))"},
                ("get_buf",),
                packed.check_packed_bad_id_breaks_the_queue,
            ),
            (
                "id reported in place of the length",
                PACKED,
                {".value = U64(packed_desc(nth(q.desc, i)).len)": ".value = buffer"},
                ("get_buf",),
                packed.check_packed_lengths_are_reported,
            ),
            (
                "event of the round before compared as of this one",
                PACKED,
                {"        event = U16(event - U16(q.num))\n": "        event = U16(event)\n"},
                ("kick",),
                packed.check_packed_kick_asks_what_the_device_awaits,
            ),
            (
                "device notified although it asked not to be",
                PACKED,
                {"return flags != DISABLED": "return True"},
                ("kick",),
                packed.check_packed_kick_asks_what_the_device_awaits,
            ),
            (
                "device awaits nothing more",
                PACKED,
                {"        packed_event(q.used).off_wrap = U16(i | (wrap << TO_WRAP))\n": ""},
                ("device",),
                packed.check_packed_device_answers_every_kick,
            ),
            (
                "completion awaited without its wrap counter",
                PACKED,
                {"(q.avail).off_wrap = q.last_used_idx": "(q.avail).off_wrap = U16(0x8001)"},
                ("get_buf",),
                packed.check_packed_says_what_it_awaits,
            ),
            (
                "in lists filled as outgoing",
                RING,
                {"filler(put, WRITE)": "filler(put, OUTGOING)"},
                ("add_buf",),
                packed.check_packed_groups_keep_their_order,
            ),
            (
                "broken queue gives",
                PACKED,
                {"if unlikely(U64(q.broken)):": "if ZERO:"},
                ("get_buf",),
                packed.check_packed_takes_nothing_once_broken,
            ),
            (
                "request without entries taken",
                RING,
                {"U64(total == ZERO)": "ZERO"},
                ("add_buf",),
                packed.check_packed_refuses_what_bug_on_forbids,
            ),
        )
    ),
    TodaysMutant(
        "what may be written summed over all that goes out, too",
        SPLIT_ORDER,
        {"if entry[2] & WRITE:": "if True:"},
        ("add_buf",),
        in_order.check_in_order_reads_back,
        SPLIT_ORDERED,
    ),
    TodaysMutant(
        "next descriptor not begun anew behind the last",
        SPLIT_ORDER,
        {"following if following < q.num else U32(following - q.num)": "following"},
        ("add_buf",),
        in_order.check_in_order_goes_round,
        SPLIT_ORDERED,
    ),
    TodaysMutant(
        "batch of one id told of all",
        SPLIT_ORDER,
        {"if U64(q.batch_id) == head:": "if True:"},
        ("get_buf",),
        in_order.check_in_order_takes_batches,
        SPLIT_ORDERED,
    ),
    TodaysMutant(
        "used ring read within a batch",
        SPLIT_ORDER,
        {
            "        if q.batch_id == NONE:\n            if vring_used": "        if True:\n"
            "            if vring_used"
        },
        ("get_buf",),
        in_order.check_in_order_looks_at_no_ring_within_a_batch,
        SPLIT_ORDERED,
    ),
    TodaysMutant(
        "next completed chain one descriptor on",
        SPLIT_ORDER,
        {"U32(U32(head) + U32(q.num_free) - free)": "U32(U32(head) + U32(1))"},
        ("get_buf",),
        in_order.check_in_order_goes_round,
        SPLIT_ORDERED,
    ),
    TodaysMutant(
        "id out of range taken for the end of a batch",
        SPLIT_ORDER,
        {"if unlikely(U64(q.batch_id >= q.num)) or": "if unlikely(ZERO) or"},
        ("get_buf",),
        in_order.check_in_order_bad_id_breaks_the_queue,
        SPLIT_ORDERED,
    ),
    TodaysMutant(
        "no room seen where there is for the last",
        SPLIT,
        {"if U64(q.num_free) >= total:": "if U64(q.num_free) > total:"},
        ("add_buf",),
        in_order.check_in_order_fills_and_refuses,
        SPLIT_ORDERED,
    ),
    TodaysMutant(
        "link behind the ring without the link",
        SPLIT_ORDER,
        {"return ZERO if unlikely(U64(i >= U64(q.num))) else i": "return i"},
        ("add_buf",),
        in_order.check_in_order_goes_round,
        SPLIT_ORDERED,
        form="nonext",
    ),
    TodaysMutant(
        "batch told of in the last one's place",
        PACKED_ORDER,
        {
            "    if any_used:\n        packed_desc(nth(q.desc, first)).id": "    if any_used:\n"
            "        first = buffer\n        packed_desc(nth(q.desc, first)).id"
        },
        ("device",),
        in_order.check_in_order_fills_and_refuses,
        PACKED_ORDERED,
    ),
    TodaysMutant(
        "wrap counter not turned within the loop",
        PACKED_ORDER,
        {"np.uint8(q.avail_wrap_counter ^ np.uint8(1))": "np.uint8(q.avail_wrap_counter)"},
        ("add_buf",),
        in_order.check_in_order_goes_round,
        PACKED_ORDERED,
    ),
    TodaysMutant(
        "end of a batch forgotten",
        PACKED_ORDER,
        {"        q.batch_id = NONE\n": ""},
        ("get_buf",),
        in_order.check_in_order_takes_batches,
        PACKED_ORDERED,
    ),
    TodaysMutant(
        "length of another buffer of the batch",
        PACKED_ORDER,
        {"U64(state_packed(state_of(q, i)).total_in_len)": "U64(q.batch_len)"},
        ("get_buf",),
        in_order.check_in_order_takes_batches,
        PACKED_ORDERED,
    ),
    TodaysMutant(
        "head published early",
        PACKED_ORDER,
        {
            "    else:\n        packed_desc(nth(desc, i)).flags = ": "    smp_wmb()\n"
            "    packed_desc(nth(desc, i)).flags = "
        },
        ("add_buf",),
        in_order.check_in_order_shows_it_whole_or_not_at_all,
        PACKED_ORDERED,
    ),
    TodaysMutant(
        "last list's entries told in place of all",
        FILLS,
        {"total += entries": "total = entries"},
        ("map",),
        checks.check_split_reads_back,
        form="counted",
    ),
    TodaysMutant(
        "nobody told of a full ring, where entries are counted",
        RING,
        {"return second, third & HALF": "return second, ZERO"},
        ("add_buf",),
        checks.check_split_refuses_when_full,
        form="counted",
    ),
    TodaysMutant(
        "table behind a link one slot too short",
        FILLS,
        {
            "entries -= slots - ONE\n            slots = U64(MOST)\n        return": "entries -= "
            "slots\n            slots = U64(MOST)\n        return"
        },
        ("map",),
        checks.check_split_reads_back,
        form="first-2",
    ),
    TodaysMutant(
        "what comes in taken from the array's start",
        RING,
        {"(entry, words[2])": "(words[0], words[2])"},
        ("add_buf",),
        packed.check_packed_reads_back,
        PACKED_LAYOUT,
        form="array",
    ),
    TodaysMutant(
        "offset forgotten in an address of 16 bytes",
        FILLS,
        {"paddr += U64(phys_vec(entry).offset)": "paddr += ZERO"},
        ("map",),
        packed.check_packed_reads_back,
        PACKED_LAYOUT,
        form="array-16",
    ),
)

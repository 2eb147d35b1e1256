"""Mistakes in how rings of today are filled from other lists, and in tables of descriptors."""

from tests.todays import checks
from tests.todays import indirect_checks as indirect
from tests.todays import packed_checks as packed
from tests.todays.mutants import FILLS, PACKED, PACKED_LAYOUT, SPLIT, TodaysMutant

WALKS, BIO_VECS, TABLES = "linux.todays_walks", "linux.bio_vecs", "linux.todays_tables"
SPLIT_TABLES, SPLIT_LAYOUT = "linux.todays_split_indirect", "today_split_indirect"
PACKED_TABLES, PACKED_WITH_TABLES = "linux.todays_packed_indirect", "today_packed_indirect"

OF_LISTS = (
    TodaysMutant(
        "second array of a ring left out",
        WALKS,
        {
            "    ring = sg_ring(ring).next\n                if": "    ring = start\n                if"
        },
        ("add_buf",),
        checks.check_split_reads_back,
        form="sg-ring",
    ),
    TodaysMutant(
        "in ring not counted",
        WALKS,
        {"length_of_ring(first) + length_of_ring(second), first": "length_of_ring(first), first"},
        ("add_buf",),
        checks.check_split_reads_back,
        form="sg-ring",
    ),
    TodaysMutant(
        "entries of 16 bytes stepped as if of 32",
        WALKS,
        {"entry += entry_bytes": "entry += U64(32)"},
        ("add_buf",),
        checks.check_split_reads_back,
        form="sg-ring-16",
    ),
    TodaysMutant(
        "NEXT left in the last descriptor",
        SPLIT,
        {"    vring_desc(nth(desc, last[0])).flags &= NOT_NEXT\n": ""},
        ("add_buf",),
        checks.check_split_reads_back,
        form="rollback",
    ),
    TodaysMutant(
        "shadow stale: NEXT left in the copy",
        SPLIT,
        {"    desc_extra(nth(extra, last[0])).flags &= NOT_NEXT\n": ""},
        ("add_buf",),
        checks.check_split_reads_back,
        form="sg-ring-rollback",
    ),
    TodaysMutant(
        "one descriptor more than there is room for",
        WALKS,
        {"U64(taken == room)": "U64(taken > room)"},
        ("add_buf",),
        checks.check_split_refuses_when_full,
        form="rollback",
    ),
    TodaysMutant(
        "nobody told of a full ring, where it shows while it is filled",
        WALKS,
        {"goes_out(first, second))\n            return ENOSPC": "ZERO)\n            return ENOSPC"},
        ("add_buf",),
        checks.check_split_refuses_when_full,
        form="rollback",
    ),
    TodaysMutant(
        "undone slots left available",
        PACKED,
        {
            "            packed_desc(nth(tables[0], i)).flags = U16(q.avail_used_flags ^ AVAIL)\n": ""
        },
        ("add_buf",),
        packed.check_packed_fills_and_refuses,
        PACKED_LAYOUT,
        form="rollback",
    ),
    TodaysMutant(
        "bits of the round left turned over when it is undone",
        PACKED,
        {"        before(q, i)\n": ""},
        ("add_buf",),
        packed.check_packed_fills_and_refuses,
        PACKED_LAYOUT,
        form="sg-ring-rollback",
    ),
    TodaysMutant(
        "NEXT left in the first descriptor, which is the last",
        PACKED,
        {"head_flags &= U64(NOT_NEXT)": "head_flags &= U64(0xFFFF)"},
        ("add_buf",),
        packed.check_packed_reads_back,
        PACKED_LAYOUT,
        form="rollback",
    ),
    TodaysMutant(
        "NEXT left in the last slot",
        PACKED,
        {"        packed_desc(nth(tables[0], last[0])).flags &= NOT_NEXT\n": "        pass\n"},
        ("add_buf",),
        packed.check_packed_reads_back,
        PACKED_LAYOUT,
        form="sg-ring-rollback",
    ),
    TodaysMutant(
        "runs merged beyond 64 KiB",
        BIO_VECS,
        {"if length + more > MAX_SEGMENT_SIZE:": "if length + more > SEGMENT_BOUNDARY:"},
        ("map", "add_buf"),
        checks.check_split_neighbours_merge,
        form="bio-vec",
    ),
    TodaysMutant(
        "last run of a group left out",
        BIO_VECS,
        {
            "        state = emit(q, context, state, address, length)\n        ret": "    pass\n        ret"
        },
        ("add_buf",),
        checks.check_split_reads_back,
        form="bio-vec",
    ),
    TodaysMutant(
        "runs told as twice as many",
        FILLS,
        {"return total + ONE": "return total + ONE + ONE"},
        ("map",),
        packed.check_packed_reads_back,
        PACKED_LAYOUT,
        form="bio-vec",
    ),
)
OF_TABLES = (
    TodaysMutant(
        "table's length in segments",
        SPLIT_TABLES,
        {"U32(total << DESC_SHIFT), INDIRECT": "U32(total), INDIRECT"},
        ("add_buf",),
        indirect.check_indirect_reads_back,
        SPLIT_LAYOUT,
    ),
    TodaysMutant(
        "table's address as the driver sees it",
        SPLIT_TABLES,
        {"entry = table - DIRECT_MAP,": "entry = table,"},
        ("add_buf",),
        indirect.check_indirect_reads_back,
        SPLIT_LAYOUT,
        crashes=True,  # nothing lies where the oracle looks
    ),
    TodaysMutant(
        "copies of a table linked to themselves",
        SPLIT_TABLES,
        {
            "desc_extra(nth(extra, i)).next = U16(following)": "desc_extra(nth(extra, i)).next = U16(i)"
        },
        ("add_buf",),
        indirect.check_indirect_reads_back,
        SPLIT_LAYOUT,
    ),
    TodaysMutant(
        "table kept for good",
        SPLIT_TABLES,
        {"            give(q, table)\n            state_split": "            state_split"},
        ("get_buf",),
        indirect.check_indirect_gives_tables_back,
        SPLIT_LAYOUT,
    ),
    TodaysMutant(
        "freed table still a request's",
        SPLIT_TABLES,
        {"            state_split(state_of(q, head)).indir_desc = ZERO\n": ""},
        ("get_buf",),
        indirect.check_indirect_completes_in_any_order,
        SPLIT_LAYOUT,
    ),
    TodaysMutant(
        "as many descriptors taken as a table has",
        SPLIT_TABLES,
        {"q.num_free -= U32(need)": "q.num_free -= U32(total)"},
        ("add_buf",),
        indirect.check_indirect_holds_a_request_a_descriptor,
        SPLIT_LAYOUT,
        form="cached",
    ),
    TodaysMutant(
        "device writes into no table",
        SPLIT_TABLES,
        {"    if vring_desc(nth(desc, head)).flags & INDIRECT:\n": "    if False:\n"},
        ("device",),
        indirect.check_indirect_lengths_are_reported,
        SPLIT_LAYOUT,
    ),
    TodaysMutant(
        "eight segments taken for more than eight",
        TABLES,
        {"return total > FEW": "return total >= FEW"},
        ("add_buf",),
        indirect.check_indirect_reads_back,
        SPLIT_LAYOUT,
        form="threshold",
    ),
    TodaysMutant(
        "one descriptor taken for a tenth of the ring",
        TABLES,
        {"U64(q.num) * NINE": "U64(q.num) * TEN"},
        ("add_buf",),
        indirect.check_indirect_asks_its_policy_each_time,
        PACKED_WITH_TABLES,
        form="filled",
    ),
    TodaysMutant(
        "table given to the list of another size",
        TABLES,
        {"push(list_of(q, U64(number)), found)": "push(list_of(q, U64(number) - ONE), found)"},
        ("get_buf",),
        indirect.check_indirect_gives_tables_back,
        SPLIT_LAYOUT,
    ),
    TodaysMutant(
        "tables of the queue's own too close",
        TABLES,
        {"return carve(q, OWN, WHOLE)": "return carve(q, OWN, U64(256))"},
        ("add_buf",),
        indirect.check_indirect_completes_in_any_order,
        SPLIT_LAYOUT,
        form="cached",
    ),
    TodaysMutant(
        "two slots have one table",
        TABLES,
        {"slot * WHOLE": "(slot >> ONE) * WHOLE"},
        ("add_buf",),
        indirect.check_indirect_completes_in_any_order,
        SPLIT_LAYOUT,
        form="preallocated",
    ),
    TodaysMutant(
        "memory behind the last table's taken",
        TABLES,
        {"if found + size > pool.end:": "if ZERO:"},
        ("add_buf",),
        indirect.check_indirect_goes_directly_where_there_is_no_table,
        SPLIT_LAYOUT,
    ),
    TodaysMutant(
        "NEXT in a packed ring's table",
        PACKED_TABLES,
        {"U16(flags & WRITE)": "U16(flags)"},
        ("add_buf",),
        indirect.check_indirect_reads_back,
        PACKED_WITH_TABLES,
    ),
    TodaysMutant(
        "bits of the round not turned over behind the last slot",
        PACKED_TABLES,
        {"        q.avail_used_flags = U16(q.avail_used_flags ^ BOTH)\n": ""},
        ("add_buf",),
        indirect.check_indirect_holds_a_request_a_descriptor,
        PACKED_WITH_TABLES,
    ),
    TodaysMutant(
        "table shown before it is said where",
        PACKED_TABLES,
        {
            "    packed_desc(nth(q.desc, head)).addr = table - DIRECT_MAP\n": "    show(q, head, "
            "U16(q.avail_used_flags | INDIRECT), ZERO)\n    packed_desc(nth(q.desc, head)).addr = "
            "table - DIRECT_MAP\n"
        },
        ("add_buf",),
        indirect.check_indirect_shows_it_whole_or_not_at_all,
        PACKED_WITH_TABLES,
    ),
    TodaysMutant(
        "id that was taken last not said",
        PACKED_TABLES,
        {".last = U16(buffer)": ".last = U16(ZERO)"},
        ("add_buf",),
        indirect.check_indirect_completes_in_any_order,
        PACKED_WITH_TABLES,
    ),
    TodaysMutant(
        "last entry of a table alone written to",
        PACKED_TABLES,
        {"written += packed_desc(table).len": "written = packed_desc(table).len"},
        ("device",),
        indirect.check_indirect_lengths_are_reported,
        PACKED_WITH_TABLES,
    ),
)
MORE = (*OF_LISTS, *OF_TABLES)

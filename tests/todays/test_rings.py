"""The rings of today: what a form leaves in memory, the same by every compiler, and its steps."""

import subprocess
from pathlib import Path

import pytest

from strategies import AS_COMPILED, OWN, Strategy, every
from strategies.backends import native as build
from strategies.backends.c_compilers import PACKAGES, Compiler, compilers, missing
from strategies.backends.native import compile_kernels, flags_of
from strategies.compile.code import code_hash
from strategies.disassemble.assembly import decode
from strategies.linux.todays import structs as todays_structs
from tests.kernels.test_native import check_warnings
from tests.todays import stepped
from tests.todays.drawn import cases_of, drive
from tests.todays.every import BY_RING, STEPPING
from tests.todays.rig import (
    NAMES,
    PackedRig,
    SplitRig,
    Subject,
    stepping,
    subject_by,
    subject_of,
    twins_of,
)
from workloads import Direction, Group, Request, Segment

TODAYS = [s for s in every() if s.only == todays_structs.FAMILY]
FOUND = compilers()
FEW, MANY = 2_000, 100_000  # requests for each form and compiler
# By numba, whose kernels take seconds: each ring as it is, and of the forms those that walk or undo
# otherwise than any other. By gcc, which takes none, every form passes the same checks.
QUICK = {
    *(strategy.label for strategy in TODAYS if strategy.form == AS_COMPILED),
    *("today_split[noshadow]", "today_split[bio-vec]", "today_packed[sg-ring-rollback]"),
}

# Executed for one segment more, away from the stack. Loads of the first pass: the entry's page_link
# and the following one's, in sg_next. Of the second: the same, page_link, offset and length, the
# flag of the DMA API, and the private next; what each ring asks besides.
COUNTING, ENTRY, FLAG, NEXT = 2, 5, 1, 1
NUM = 1  # how many entries an array has, which a store may have changed
STEPS = {  # by label: loads, stores
    "today_split": (COUNTING + ENTRY + FLAG + NEXT, 4 + 3),
    "today_split[noshadow]": (COUNTING + ENTRY + 2 * FLAG + NEXT, 4),
    "today_split_in_order": (COUNTING + ENTRY + FLAG + NEXT, 4 + 3),
    "today_split_in_order[nonext]": (COUNTING + ENTRY + FLAG + 1, 3 + 3),  # num, but no next
    "today_packed_in_order": (COUNTING + ENTRY + 2 * FLAG + 2, 4),  # as packed, but no next
    "today_split[counted]": (ENTRY + FLAG + NEXT, 4 + 3),  # no first pass
    "today_split[first-2]": (COUNTING + ENTRY + FLAG + NEXT, 4 + 3),  # behind the first link
    "today_split[first-128]": (COUNTING + ENTRY + FLAG + NEXT, 4 + 3),
    "today_split[array]": (ENTRY - 2 + FLAG + NEXT, 4 + 3),  # and no sg_next
    "today_split[array-16]": (2 + FLAG + NEXT, 4 + 3),  # address and length
    "today_packed[counted]": (ENTRY + 2 * FLAG + NEXT + 2, 4),
    "today_packed[first-2]": (COUNTING + ENTRY + 2 * FLAG + NEXT + 2, 4),
    "today_packed[first-128]": (COUNTING + ENTRY + 2 * FLAG + NEXT + 2, 4),
    "today_packed[array]": (ENTRY - 2 + 2 * FLAG + NEXT + 2, 4),
    "today_packed[array-16]": (2 + 2 * FLAG + NEXT + 2, 4),
    "today_packed": (COUNTING + ENTRY + 2 * FLAG + NEXT + 2, 4),  # num, avail_used_flags
    "today_split[rollback]": (ENTRY + FLAG + NEXT, 4 + 3),  # no first pass
    "today_split[sg-ring]": (ENTRY - 2 + NUM + FLAG + NEXT, 4 + 3),
    "today_split[sg-ring-rollback]": (ENTRY - 2 + NUM + FLAG + NEXT, 4 + 3),
    "today_split[sg-ring-16]": (2 + NUM + FLAG + NEXT, 4 + 3),
    "today_split[bio-vec]": (3 + FLAG + NEXT, 4 + 3),  # a segment's page, offset and length
    "today_packed[rollback]": (ENTRY + 2 * FLAG + NEXT + 2, 4),
    "today_packed[sg-ring]": (ENTRY - 2 + NUM + 2 * FLAG + NEXT + 2, 4),
    "today_packed[sg-ring-rollback]": (ENTRY - 2 + NUM + 2 * FLAG + NEXT + 2, 4),
    "today_packed[sg-ring-16]": (2 + NUM + 2 * FLAG + NEXT + 2, 4),
    "today_packed[bio-vec]": (3 + 2 * FLAG + NEXT + 2, 4),
    **{  # to table and copies, and each copy's next when the table is taken
        f"today_split_indirect{form}": (COUNTING + ENTRY + FLAG + NEXT, 4 + 3 + 1)
        for form in ("", "[cached]", "[preallocated]", "[threshold]")
    },
    **{  # no id; a next that nobody reads
        f"today_packed_indirect{form}": (COUNTING + ENTRY + FLAG, 3 + 1)
        for form in ("", "[cached]", "[preallocated]", "[threshold]")
    },
    "today_split_indirect[filled]": (COUNTING + ENTRY + FLAG + NEXT, 4 + 3),  # into the ring,
    "today_packed_indirect[filled]": (COUNTING + ENTRY + 2 * FLAG + NEXT + 2, 4),  # which is empty
}


def by_label(strategies: list[Strategy], quick: set[str] | None = None) -> pytest.MarkDecorator:
    """Parametrize a test with strategies; those whose label is not among ``quick`` are slow."""
    slow = [() if quick is None or s.label in quick else (pytest.mark.slow,) for s in strategies]
    each = [pytest.param(s, marks=m, id=s.label) for s, m in zip(strategies, slow, strict=True)]
    return pytest.mark.parametrize("strategy", each)


@pytest.fixture(params=PACKAGES)
def compiler(request: pytest.FixtureRequest) -> Compiler:
    """Give each compiler in turn; skip what this system lacks."""
    if request.param not in FOUND:
        pytest.skip(missing(FOUND))
    return FOUND[request.param]


@by_label(TODAYS)
def test_a_form_passes_by_gcc(strategy: Strategy) -> None:
    """Its twin does what the docstrings of its ring's checks say, the step-wise one, too."""
    if "gcc" not in FOUND:
        pytest.skip(missing(FOUND))
    for check in BY_RING[strategy.ring]:
        if check not in STEPPING or stepped.possible():
            check(subject_by(strategy, FOUND["gcc"]))


@by_label(TODAYS, QUICK)
def test_a_form_passes(strategy: Strategy) -> None:
    """It does what the docstrings of its ring's checks say."""
    for check in BY_RING[strategy.ring]:
        if check not in STEPPING:
            check(subject_of(strategy))


@by_label(TODAYS, QUICK)
def test_a_request_is_shown_whole_or_not_at_all(strategy: Strategy) -> None:
    """At no instruction of ``add`` does the ring show a part of a request."""
    if not stepped.possible():
        pytest.skip(stepped.IMPOSSIBLE)
    for check in BY_RING[strategy.ring]:
        if check in STEPPING:
            check(subject_of(strategy))


@by_label(TODAYS, QUICK)
def test_memory_is_what_the_model_says_by_every_compiler(
    strategy: Strategy, compiler: Compiler
) -> None:
    """Random requests on numba's kernels and their twins: the same bytes, and the model's."""
    assert drive(twins_of(strategy, compiler), FEW) == cases_of(strategy.ring)


@pytest.mark.slow
@by_label([strategy for strategy in TODAYS if strategy.form == AS_COMPILED])
def test_memory_is_the_same_for_a_hundred_thousand_requests(strategy: Strategy) -> None:
    """As above, of every kind of ring, by numba and gcc."""
    if "gcc" not in FOUND:
        pytest.skip(missing(FOUND))
    assert drive(twins_of(strategy, FOUND["gcc"]), MANY) == cases_of(strategy.ring)


def executed(subject: Subject, count: int) -> tuple[int, int]:
    """Return loads and stores of an add of ``count`` segments, those of the stack left out."""
    rig = (PackedRig if subject.ring.startswith("packed") else SplitRig)(subject, 64)
    instructions = {i.address: i for i in decode(subject.kernels.codes["add_buf"])}
    segments = tuple(Segment(3 * page, 0, 8) for page in range(1, count + 1))
    request = Request((Group(Direction.IN, segments, room=count, merge=True),))  # none merges
    found = [instructions[at] for at, _ in stepping(rig, request)]
    memory = [i.memory for i in found if "sp" not in i.operands]
    return sum(m.loads for m in memory), sum(m.stores for m in memory)


def check_steps(subject: Subject, label: str) -> None:
    """Hold what one segment more executes to the table."""
    if not stepped.possible():
        pytest.skip(stepped.IMPOSSIBLE)
    few, many = executed(subject, 20), executed(subject, 30)
    each = [(more - less) / 10 for more, less in zip(many, few, strict=True)]
    assert tuple(each) == STEPS[label]


@by_label(TODAYS, QUICK)
def test_a_segment_loads_and_stores_what_the_source_does_by_numba(strategy: Strategy) -> None:
    """Section 3 of docs/today.md, instruction by instruction: ring and private stores."""
    check_steps(subject_of(strategy), strategy.label)


@by_label(TODAYS)
def test_a_segment_loads_and_stores_what_the_source_does_by_gcc(strategy: Strategy) -> None:
    """Likewise of its twin."""
    if "gcc" not in FOUND:
        pytest.skip(missing(FOUND))
    check_steps(subject_by(strategy, FOUND["gcc"]), strategy.label)


def test_the_shadow_switch_takes_three_stores_away() -> None:
    """No more and no fewer; it asks for a flag instead."""
    (with_it, without) = (STEPS[label] for label in ("today_split", "today_split[noshadow]"))
    assert (with_it[1] - without[1], without[0] - with_it[0]) == (3, 1)


@by_label(TODAYS)
def test_a_form_is_other_code(strategy: Strategy, compiler: Compiler) -> None:
    """What makes a form's list and adds it is not what another form of its layout has."""

    def hashed(one: Strategy) -> str:
        return code_hash(*compile_kernels(one.name, one.form, compiler, OWN).values())

    others = [s for s in TODAYS if s.name == strategy.name and s.form != strategy.form]
    assert hashed(strategy) not in {hashed(other) for other in others}


@pytest.mark.parametrize("layout", ["today_split", "today_packed"])
def test_chains_are_walked_by_the_code_that_walks_one_table(
    layout: str, compiler: Compiler
) -> None:
    """What a first table of two slots costs is the list's doing, not another decision's."""
    codes = {
        form: compile_kernels(layout, form, compiler, ("add_buf",))["add_buf"].text
        for form in (AS_COMPILED, "first-2", "first-128")
    }
    assert len(set(codes.values())) == 1


@by_label(TODAYS)
def test_sources_compile_without_warnings(strategy: Strategy, compiler: Compiler) -> None:
    """Whoever edits a C file is told of more than errors, in every form of it."""
    for kernel in NAMES:
        check_warnings(strategy.name, compiler, build._choice(kernel, strategy.form, strategy.axes))


STRUCTS = {
    "struct desc_extra": todays_structs.DESC_EXTRA,
    "struct state_split": todays_structs.STATE_SPLIT,
    "struct todays_queue": todays_structs.TODAYS_QUEUE,
}
NESTED = {
    **{name: f"vring.{name}" for name in ("num", "desc", "avail", "used")},
    **{name: f"vq.{name}" for name in ("callback", "vdev", "vq_ops", "priv")},
}


def test_structs_are_those_of_the_python_kernels(compiler: Compiler, tmp_path: Path) -> None:
    """Every size and offset of ``todays.structs`` is that of ``todays_model.h``."""
    lines = ["#define KERNEL add_buf", "#define FORM FORM_AS_COMPILED", '#include "today_split.c"']
    for name, dtype in STRUCTS.items():
        lines.append(f"SIZE({name}, {dtype.itemsize});")
        for field, (kind, offset, *_) in (dtype.fields or {}).items():
            place = NESTED.get(field, field) if name == "struct todays_queue" else field
            lines.append(f"AT({name}, {place}, {offset});")
            lines.append(f"SIZE((({name} *)0)->{place}, {kind.itemsize});")
    source = tmp_path / "sizes.c"
    source.write_text("\n".join(lines))
    command = [*compiler.command, *flags_of(compiler), f"-I{build.SOURCES}", "-fsyntax-only"]
    done = subprocess.run([*command, source], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

"""The gate's file: the seam between measuring and reporting."""

from collections.abc import Iterator
from typing import Literal

import msgspec
from msgspec.structs import replace

from bench.gate.design import Design, as_ratio
from bench.gate.run import Gate
from bench.gate.steps import Step
from bench.gate.trial import Trial, Verdict
from bench.gate.versions.checkout import Version
from bench.gate.versions.joint_kit import Place
from bench.gate.versions.sides import Pair, Side
from bench.gate.versions.versions import Sides

NOTHING_SLOWER, SLOWER, CANNOT_SAY = 0, 1, 2
IDENTICAL, NOT_TIMED = "identical", "not timed"


class Row(msgspec.Struct, frozen=True):
    """One cell and pair."""

    cell: str
    variant: str
    verdict: str  # slower, faster, same, inconclusive, failed, identical or not timed
    code_base: str
    code_head: str
    ratio: float | None = None  # head / base, of fresh processes where there are any
    low: float | None = None  # of the interval that the verdict was made from
    high: float | None = None
    seen: float | None = None  # the smallest slowdown that such a look detects in 4 runs of 5
    found: float | None = None  # the slowdown found in 95 % of runs
    processes: int = 0  # first ones
    fresh: int = 0
    first_ratio: float | None = None  # of the first processes, where fresh ones had to confirm
    why: str = ""
    suspected: bool = False  # slower, but time ran out before fresh processes could confirm it
    count_base: float | None = None  # instructions of a request
    count_head: float | None = None
    count_verdict: str = ""  # more, fewer or same
    values: list[float] = []  # log(head / base) of each process


class SideRecord(msgspec.Struct, frozen=True):
    """One version of the code, and the compilers that compiled it."""

    name: str
    commit: str
    changes: str
    versions: dict[str, str]  # by backend


class DesignRecord(msgspec.Struct, frozen=True):
    """What was fixed before anything was measured; see ``bench.gate.design``."""

    cells: int
    band: float
    looks_max: int
    alpha: float
    confidence: float
    looks: tuple[int, ...]


class About(msgspec.Struct, frozen=True):
    """How a gate was called, and the machine it found."""

    command: str
    seed: int
    steps: tuple[Step, ...]
    conditions: dict[str, str]
    layouts: str = ""  # a user's files that were compared: names and digests


class GateRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    schema_version: Literal[1] = 1
    status: int
    why: str
    base: SideRecord
    head: SideRecord
    design: DesignRecord
    inconclusive_max: float
    new: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: dict[str, str]
    mode: Literal["times", "counts"]
    notes: list[str]
    processes: int
    command: str
    seed: int
    seconds: float  # of all steps
    steps: tuple[Step, ...]
    conditions: dict[str, str]
    layouts: str = ""
    rows: list[Row]


def rows(gate: Gate) -> list[Row]:
    """One row per cell and pair, timed or not."""
    found = [_row(gate, place, trial) for place, trial in gate.trials.items()]
    for one in gate.untimed:
        row = _named(one.cell, one.pair)
        found.append(
            replace(row, verdict=Verdict.FAILED.value, why=one.failure) if one.failure else row
        )
    rows = [_counted(gate, row) for row in found]
    return sorted(rows, key=lambda row: (row.cell, row.variant))


def _counted(gate: Gate, row: Row) -> Row:
    counts = (gate.counts or {}).get((row.cell, row.variant))
    if counts is None:
        return row
    return replace(
        row, count_base=counts.base, count_head=counts.head, count_verdict=counts.verdict
    )


def _named(cell: str, pair: Pair) -> Row:
    """The row of a pair whose sides are the same bytes."""
    phase = cell.rpartition("/")[2]
    codes = pair.base.hash(phase), pair.head.hash(phase)
    return Row(cell, pair.name, IDENTICAL, *codes)


def _row(gate: Gate, place: Place, trial: Trial) -> Row:
    row = _named(gate.kit.cells[place.cell].name, gate.pairs[place.pair])
    timed = trial.end().value if trial.values or trial.failure else NOT_TIMED
    fresh = len(trial.stage()) if trial.suspicion else 0
    row = replace(
        row,
        verdict=IDENTICAL if trial.watched and not trial.failure else timed,
        processes=len(trial.values) - fresh,
        fresh=fresh,
        first_ratio=as_ratio(trial.first.centre) if trial.fresh and trial.first else None,
        why=trial.failure,
        suspected=timed == Verdict.INCONCLUSIVE.value and trial.suspected,
        values=[float(f"{value:.4g}") for value in trial.values.values()],
    )
    shown = trial.shown
    if shown is None:
        return row
    return replace(
        row,
        ratio=as_ratio(shown.centre),
        low=as_ratio(shown.low),
        high=as_ratio(shown.high),
        seen=gate.design.visible(shown),
        found=gate.design.found_mostly(shown),
    )


def status(
    found: list[Row], inconclusive_max: float, *, counts: bool = False, unseen: tuple[str, ...] = ()
) -> tuple[int, str]:
    """The exit status, and the reason if it is not 0: by times, or by counts if there are any.

    ``unseen`` are changed layouts that base lacks, so nothing was compared with them.
    """
    complaints = _complaints(found, inconclusive_max, counts=counts, unseen=unseen)
    return next(complaints, (NOTHING_SLOWER, ""))


def _complaints(
    found: list[Row], inconclusive_max: float, *, counts: bool, unseen: tuple[str, ...]
) -> Iterator[tuple[int, str]]:
    """Exit statuses with their reasons, the most important first."""
    if not found and not unseen:
        yield CANNOT_SAY, "nothing was compared: both sides have no layout and cell in common"
    more = [row for row in found if counts and row.count_verdict == "more"]
    if more:
        yield SLOWER, f"more instructions in {len(more)} of {len(found)} cells"
    timed = [row for row in found if not (counts and row.count_verdict)]
    by = {v: [row for row in timed if row.verdict == v] for v in {row.verdict for row in timed}}
    if slower := by.get("slower"):
        yield SLOWER, f"slower in {len(slower)} of {len(timed)} cells"
    if unseen:
        yield CANNOT_SAY, not_seen(unseen)
    for row in (row for row in found if row.verdict == Verdict.FAILED.value):
        yield CANNOT_SAY, f"{row.variant} cannot be compared in {row.cell}: {row.why}"
    for row in by.get(NOT_TIMED, ()) if counts else ():
        yield CANNOT_SAY, f"{row.cell} is neither timed nor counted: only map and add are counted"
    if suspects := [row for row in timed if row.suspected]:
        yield (
            CANNOT_SAY,
            (
                f"{len(suspects)} of {len(timed)} cells look slower, {suspects[0].cell} "
                f"{suspects[0].variant} first, and time ran out before fresh processes could "
                "confirm it: give it more (--seconds)"
            ),
        )
    left = [*by.get("inconclusive", ()), *by.get(NOT_TIMED, ())]
    if len(left) > inconclusive_max * len(timed):  # identical ones are answers, too
        yield (
            CANNOT_SAY,
            (
                f"{len(left)} of {len(timed)} cells are inconclusive, at most "
                f"{inconclusive_max:.0%} may be: give it more time (--seconds) or a quieter machine"
            ),
        )


def not_seen(names: tuple[str, ...]) -> str:
    """What to do about layouts that changed and are not in base."""
    return (
        f"{', '.join(names)} changed since the last commit and is not in base, so nothing compared "
        "it: give --base HEAD"
    )


def record(gate: Gate, sides: Sides, about: About, inconclusive_max: float) -> GateRecord:
    """The file of a gate that has ended."""
    found = rows(gate)
    unseen = sides.unseen
    code, why = status(found, inconclusive_max, counts=gate.counts is not None, unseen=unseen)
    base, head = sides.versions
    return GateRecord(
        status=code,
        why=why,
        base=_side(base, sides.base),
        head=_side(head, sides.head),
        design=_design(gate.design),
        inconclusive_max=inconclusive_max,
        new=sides.matched.new,
        removed=sides.matched.removed,
        renamed=sides.matched.renamed,
        mode="times" if gate.counts is None else "counts",
        notes=[*gate.notes, *([not_seen(unseen)] if unseen else [])],
        processes=gate.processes,
        command=about.command,
        seed=about.seed,
        seconds=round(sum(step.took_s for step in about.steps), 1),
        steps=about.steps,
        conditions=about.conditions,
        layouts=about.layouts,
        rows=found,
    )


def _side(version: Version, side: Side) -> SideRecord:
    return SideRecord(version.name, version.commit, version.changes, side.versions)


def _design(design: Design) -> DesignRecord:
    return DesignRecord(
        *(design.cells, design.band, design.looks_max, design.alpha),
        design.confidence,
        design.looks,
    )

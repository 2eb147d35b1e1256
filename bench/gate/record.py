"""The gate's file, schema version 1: the seam between measuring and reporting."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from bench.gate.design import as_ratio
from bench.gate.run import Gate
from bench.gate.trial import Trial, Verdict
from bench.gate.versions.joint_kit import Place
from bench.gate.versions.sides import Pair
from bench.gate.versions.versions import Sides

SCHEMA_VERSION = 1
NOTHING_SLOWER, SLOWER, CANNOT_SAY = 0, 1, 2
IDENTICAL, NOT_TIMED = "identical", "not timed"


@dataclass(frozen=True)
class Row:
    """One cell and pair."""

    cell: str
    variant: str
    verdict: str  # slower, faster, same, inconclusive, failed, identical or not timed
    code_base: str
    code_head: str
    ratio: float | None = None  # head / base, of fresh processes where there are any
    low: float | None = None  # of the interval that the verdict was made from
    high: float | None = None
    seen: float | None = None  # the smallest slowdown that such a look would show, 4 times in 5
    found: float | None = None  # the slowdown found in 95 % of runs
    processes: int = 0  # first ones
    fresh: int = 0
    first_ratio: float | None = None  # of the first processes, where fresh ones had to confirm
    why: str = ""
    suspected: bool = False  # slower, and time was over before fresh processes could say
    count_base: float | None = None  # instructions of a request
    count_head: float | None = None
    count_verdict: str = ""  # more, fewer or same
    values: list[float] = field(default_factory=list)  # log(head / base) of each process


def rows(gate: Gate) -> list[Row]:
    """Return a row for each cell and pair, timed or not."""
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
    """Return the row of a pair whose sides are the same bytes."""
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
    """Return the exit status, and why it is not 0: by times, or by counts where there are any.

    ``unseen`` are layouts that changed and have nothing in base to be compared with.
    """
    complaints = _complaints(found, inconclusive_max, counts=counts, unseen=unseen)
    return next(complaints, (NOTHING_SLOWER, ""))


def _complaints(
    found: list[Row], inconclusive_max: float, *, counts: bool, unseen: tuple[str, ...]
) -> Iterator[tuple[int, str]]:
    """Yield exit statuses with their reasons, what weighs most first."""
    if not found and not unseen:
        yield CANNOT_SAY, "nothing was compared: no layout is there on both sides, in any cell"
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
        yield CANNOT_SAY, f"{row.cell} is neither counted, as map and add alone are, nor timed"
    if suspects := [row for row in timed if row.suspected]:
        yield (
            CANNOT_SAY,
            (
                f"{len(suspects)} of {len(timed)} cells look slower, {suspects[0].cell} "
                f"{suspects[0].variant} first, and time was over before fresh processes could say: "
                "give it more (--seconds)"
            ),
        )
    left = [*by.get("inconclusive", ()), *by.get(NOT_TIMED, ())]
    if len(left) > inconclusive_max * len(timed):  # identical ones are answers, too
        yield (
            CANNOT_SAY,
            (
                f"{len(left)} of {len(timed)} cells are inconclusive, {inconclusive_max:.0%} may "
                "be: give it more time (--seconds) or a quieter machine"
            ),
        )


def not_seen(names: tuple[str, ...]) -> str:
    """Return what to do about layouts that changed and are not in base."""
    return (
        f"{', '.join(names)} changed since the last commit and is not in base, so nothing compared "
        "it: give --base HEAD"
    )


def record(
    gate: Gate, sides: Sides, about: dict[str, Any], inconclusive_max: float
) -> dict[str, Any]:
    """Return what the file holds; ``about`` is how it came to be."""
    found = rows(gate)
    unseen = sides.unseen
    code, why = status(found, inconclusive_max, counts=gate.counts is not None, unseen=unseen)
    matched = sides.matched
    return {
        "schema_version": SCHEMA_VERSION,
        "status": code,
        "why": why,
        "base": asdict(sides.versions[0]) | {"versions": sides.base.versions},
        "head": asdict(sides.versions[1]) | {"versions": sides.head.versions},
        "design": asdict(gate.design)
        | {"confidence": gate.design.confidence, "looks": gate.design.looks},
        "inconclusive_max": inconclusive_max,
        "new": list(matched.new),
        "removed": list(matched.removed),
        "renamed": matched.renamed,
        "mode": "times" if gate.counts is None else "counts",
        "notes": [*gate.notes, *([not_seen(unseen)] if unseen else [])],
        "processes": gate.processes,
        **about,
        "rows": [asdict(row) for row in found],
    }

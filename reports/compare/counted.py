"""What must be equal on all machines: the same code has the same instructions everywhere.

That is a check of the whole set-up. If it fails, a hash, a count or a file is not what it says.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from reports.compare.sides import Side, series
from reports.frames.counts import counts_of
from reports.read.series import OF_CODE
from reports.rounds.processes import CELL

WRONG = 1  # exit status where a check fails: something measured is wrong
DIGITS = 1e-9  # relative: a count is a mean over a stream, as text in a file
Numbers = dict[tuple[str, ...], float]


@dataclass(frozen=True)
class Check:
    """What a check says."""

    text: str
    wrong: bool = False


def checks(sides: Sequence[Side]) -> list[Check]:
    """The checks, each with what it found or why it was not possible."""
    steps = {side.letter: dict(_steps(side)) for side in sides}
    counted = {side.letter: dict(_counts(side)) for side in sides}
    return [
        _check(sides, steps, "number", "of the length and steps of machine code"),
        _check(sides, counted, "instruction count", "per request")
        if sum(map(bool, counted.values())) > 1
        else Check(_uncounted(counted)),
    ]


def _check(sides: Sequence[Side], numbers: dict[str, Numbers], what: str, of: str) -> Check:
    """Whether all numbers that two results share are equal."""
    compared, wrong = 0, []
    for first, second in combinations(sides, 2):
        if first.machine.architecture != second.machine.architecture:
            continue
        ours, theirs = numbers[first.letter], numbers[second.letter]
        for key in ours.keys() & theirs.keys():
            compared += 1
            if not math.isclose(ours[key], theirs[key], rel_tol=DIGITS):
                where = " ".join(filter(None, key))
                wrong.append(
                    f"{where}: {ours[key]:g} in {first.letter}, {theirs[key]:g} in {second.letter}"
                )
    if wrong:
        text = f"{len(wrong)} of {compared} {what}s {of} differ although the code is the same: "
        return Check(f"{text}{min(wrong)}. Do not believe these files.", wrong=True)
    if not compared:
        return Check(f"No {what} {of} could be checked: no two machines ran the same code.")
    return Check(f"All {compared} {what}s {of} that two machines share are equal.")


def _steps(side: Side) -> Iterator[tuple[tuple[str, ...], float]]:
    """Yield what a file says of each machine code, by phase, hash and name of the fact."""
    known = side.result.benchmarks
    for row in known[known["code_hash"] != ""].to_dict("records"):
        for name in OF_CODE:
            if not math.isnan(row[name]):
                yield (str(row["phase"]), str(row["code_hash"]), name), float(row[name])


def _counts(side: Side) -> Iterator[tuple[tuple[str, ...], float]]:
    """Yield the counts of a result, by cell, label and hash."""
    counts = counts_of(side.result).found
    rows = counts.assign(axes="", label=series(counts)) if len(counts) else counts
    for row in rows.to_dict("records"):
        cell = tuple(str(row[key]) for key in CELL)
        hashed = side.codes.get((*cell, row["label"]), "")
        yield (*cell, row["label"], hashed), float(row["instructions"])


def _uncounted(counted: dict[str, Numbers]) -> str:
    having = [letter for letter, numbers in counted.items() if numbers]
    where = f"for {having[0]} alone" if having else "for none of these files"
    return (
        f"Instructions were counted {where}, so they could not be compared: "
        "nox -s counts -- FILE counts them."
    )

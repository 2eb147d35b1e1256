"""Does the answer hold on every machine? In sentences made from the numbers."""

from collections import Counter
from collections.abc import Iterator, Sequence

from reports.compare.kinds import DIFFERENT, SAME, WHOLE, Column, Compared, turned
from reports.read.series import PLAIN_FORM
from reports.statistics.machines import KINDS_MIN, WITHIN, Says, next_inside
from reports.text import wording

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TURNS = "turns"
GROUPS = {  # of rows: one of them, several of them
    TURNS: ("turns round", "turn round"),
    Says.SLOWER.value: ("is slower on all", "are slower on all"),
    Says.FASTER.value: ("is faster on all", "are faster on all"),
    Says.ALIKE.value: (f"is within {WITHIN} on all", f"are within {WITHIN} on all"),
    Says.OPEN.value: ("has no one verdict", "have no one verdict"),
}
OTHER = ", but from different machine code, which may be why"


def sentences(
    kinds: Sequence[Column], requests: Sequence[Compared], lengths: Sequence[Compared]
) -> Iterator[str]:
    """Yield whether the answer holds, in how much of it, what decides, and what follows."""
    if not requests:
        yield "The files have no request and layout in common, so there is no answer to compare."
        return
    yield verdict(kinds, requests)
    if farther := farthest(kinds, requests):
        yield farther
    yield counted(kinds, requests)
    if reason := decided(requests, lengths):
        yield reason
    yield beyond(len(kinds))


def verdict(kinds: Sequence[Column], requests: Sequence[Compared]) -> str:
    """Yes or no, with the largest turn or difference, and where it is."""
    turns = turned(requests)
    row = turns[0] if turns else max(requests, key=lambda row: row.ends.turn)
    ends = row.ends
    first = f"{ends.high:.2f} times as long as {row.baseline} on {kinds[ends.highest].name}"
    second = f"{ends.low:.2f} times on {kinds[ends.lowest].name}"
    what = f"{row.variant} by {row.backend} takes {first} and {second}"
    by = ", from the same machine code" if ends.same else OTHER if row.code == DIFFERENT else ""
    if turns:
        return f"No: it turns round. With {row.span} descriptors ({row.where}) {what}{by}."
    hold = "Yes" if all(row.pooled.agrees for row in requests) else "Nothing contradicts it"
    return (
        f"{hold}: nothing is faster on one of these machines and slower on another. They differ "
        f"most with {row.span} descriptors ({row.where}), where {what}{by}."
    )


def farthest(kinds: Sequence[Column], requests: Sequence[Compared]) -> str:
    """The largest turn of all, if the first sentence prefers a smaller one of the same code."""
    turns = turned(requests)
    most = max(turns, key=lambda row: row.whole.turn, default=None)
    if most is None or most.whole.same or not turns[0].ends.same:
        return ""
    ends = most.whole
    return (
        f"Farther apart, but from different machine code: {most.variant} by {most.backend}, "
        f"{ends.high:.2f} on {kinds[ends.highest].name} and {ends.low:.2f} on "
        f"{kinds[ends.lowest].name} ({most.where})."
    )


def counted(kinds: Sequence[Column], requests: Sequence[Compared]) -> str:
    """In how many rows kinds contradict each other, agree, or leave it open."""
    groups = Counter(_group(row) for row in requests)
    parts = [
        f"{groups[name]} {one if groups[name] == 1 else several}"
        for name, (one, several) in GROUPS.items()
        if groups[name]
    ]
    phase = requests[0].phase
    code = sum(row.code == SAME for row in requests)
    same = "all" if code == len(requests) else str(code) if code else "none"
    did = "all kinds ran" if code else "did all kinds run"
    total = f"{len(requests)} pairs of request and layout (phase {phase}, as compiled)"
    return (
        f"Of {total}, measured on {_number(len(kinds), 'kind')} of machine, "
        f"{wording.listed(parts)}; in {same} of them {did} the same machine code."
    )


def decided(requests: Sequence[Compared], lengths: Sequence[Compared]) -> str:
    """What the layout that turns round most is with another kind of step; empty if unknown."""
    turns = turned(requests)
    rows = [row for row in lengths if row.phase != WHOLE and row.role == "candidate"]
    for turn in turns:
        of = [row for row in rows if (row.strategy, row.backend) == (turn.strategy, turn.backend)]
        of = [row for row in of if row.descriptors[0] <= turn.descriptors[0] <= row.descriptors[1]]
        plain = next((row for row in of if row.form == PLAIN_FORM and row.step), None)
        others = [row for row in of if plain and row.step and row.step != plain.step]
        forced = next((row for row in others if "call" not in row.step), None)
        if plain and forced:
            return (
                f"What decides is the compiler's step: with {plain.step} {_range(plain)}, "
                f"with {forced.step} ([{forced.form}]) {_range(forced)} "
                f"at {plain.span} descriptors."
            )
    return ""


def beyond(kinds: int) -> str:
    """What may be said of a machine that was not measured."""
    chance = f"{next_inside(kinds):.0%}"
    if kinds < KINDS_MIN:
        return (
            f"{_number(kinds, 'kind').capitalize()} of machine are a range, not an interval "
            f"(that takes {KINDS_MIN}): the next kind falls inside with {chance}."
        )
    return f"The next kind of machine falls inside the range of these {kinds} with {chance}."


def _group(row: Compared) -> str:
    """The group that a row counts in."""
    if row.turns_round:
        return TURNS
    return next(iter(row.pooled.counts)).value if row.pooled.agrees else Says.OPEN.value


def _range(row: Compared) -> str:
    low, high = f"{row.pooled.low:.2f}", f"{row.pooled.high:.2f}"
    return low if low == high else f"{low} to {high}"


def _number(count: int, what: str) -> str:
    word = NUMBERS[count] if count < len(NUMBERS) else str(count)
    return f"{word} {what}{'s' * (count != 1)}"

"""What differs around results, what to beware of, and what cannot be compared."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from reports.compare.sides import KEYS, Cell, Side
from reports.doubt import hidden
from reports.read import facts
from reports.rounds.processes import CELL
from reports.statistics.comparable import REQUEST, differing
from reports.text import wording

OF_RUN = ("command", "seed", "cpu", "partial")  # properties of a run, not of its environment
COMPARED = ("candidate", "control")  # roles


def environments(sides: Sequence[Side]) -> list[tuple[str, list[str]]]:
    """What differs around the runs: its name, and its value in each."""
    names = {key: name for key, name in facts.NAMES.items() if key not in OF_RUN}
    rows = [(names[key], [facts.shown(side.result, key) for side in sides]) for key in names]
    states = [dict(facts.conditions(side.result)) for side in sides]
    rows += [
        (key, [one.get(key, facts.UNKNOWN).partition(",")[0] for one in states])
        for key in dict.fromkeys(key for one in states for key in one)
    ]
    rows.append(("the core in cells", [of_states(side.states.values()) for side in sides]))
    rows.append(("processes", [str(side.result.processes) for side in sides]))
    return [(name, values) for name, values in rows if len(set(values)) > 1]


def of_states(cells: Iterable[str]) -> str:
    """How many cells were in which state of the core."""
    counts = Counter(state or "unknown" for state in cells)
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{state} in {count}" for state, count in counts.most_common())


def cautions(sides: Sequence[Side]) -> Iterator[str]:
    """Yield a warning where a state is unknown or differs; the cells are compared all the same."""
    first, *others = sides
    for side in sides:
        blind = sum(state == "" for state in side.states.values())
        if blind:
            cells = wording.count_of(blind, len(side.states), "cell")
            yield (
                f"{side.letter}: whether a neighbour was on the core is unknown in {cells}; "
                "a difference may be the neighbour's."
            )
        if doubt := hidden.sentence(hidden.as_row(side.factor)):
            yield f"{side.letter}: {doubt}"
    for side in others:
        both = first.states.keys() & side.states.keys()
        unlike = [key for key in both if first.states[key] != side.states[key] != ""]
        unlike = [key for key in unlike if first.states[key] != ""]
        if unlike:
            cells = wording.count_of(len(unlike), len(both), "common cell")
            yield (
                f"{side.letter}: in {cells} its rounds were in another state of the core than "
                f"{first.letter}'s; the comparison includes the difference between the states."
            )


def refused(sides: Sequence[Side]) -> list[str]:
    """What is in one result and cannot be compared with another, by name."""
    first, *others = sides
    lines = [
        line
        for side in others
        for line in (*_alone(first, side), *_alone(side, first), *_unlike(first, side))
    ]
    return list(dict.fromkeys(lines))


def _alone(here: Side, there: Side) -> Iterator[str]:
    """Yield the cells, and the series of common cells, that only the first of two has."""
    cells = here.requests.keys() & there.requests.keys()
    yield from (f"{_name(key)}: not in {there.letter}" for key in here.requests if key not in cells)
    theirs = set(there.ratios[KEYS].itertuples(index=False, name=None))
    ours = here.ratios[here.ratios["role"].isin(COMPARED)]
    keys = list(ours[KEYS].itertuples(index=False, name=None))
    missing = [key not in theirs and key[: len(CELL)] in cells for key in keys]
    for label, part in ours[np.array(missing, dtype=bool)].groupby("label", sort=False):
        names = [_name(key) for key in part[CELL].itertuples(index=False, name=None)]
        where = names[0] if len(names) == 1 else f"{len(names)} cells"
        yield f"{label} of {where}: not in {there.letter}"


def _unlike(first: Side, second: Side) -> Iterator[str]:
    """Yield the cells of the same name whose requests differ."""
    for key in first.requests:
        if key in second.requests:
            for clause in differing(first.requests[key], second.requests[key], REQUEST):
                yield f"{_name(key)}: {clause} in {second.letter}"


def _name(cell: Cell) -> str:
    """A cell as files name it."""
    *parts, axes = cell
    return "/".join(parts) + (f"{{{axes}}}" if axes else "")

"""Whether the core was ours while a round ran, and which rounds a cell's numbers are made of.

A result gives for each value whether a busy neighbour shared the core, as a letter of LETTERS
(``docs/format.md``). An older one does not, and its state is unknown.
"""

import re
from collections import Counter
from collections.abc import Iterable

from reports.text import wording

LETTERS = "asm"  # in a file: alone, shared, or neither, if the ends of the round disagree
NAMES = ("alone", "shared", "neither")  # the same in a frame; empty if unknown
PATTERN = re.compile(f"[{LETTERS}]*")
ALONE, SHARED, NEITHER, UNKNOWN = 0, 1, 2, -1  # their places
MIXED = "mixed"  # of a cell with too few rounds in each state
MEANING = {
    NAMES[ALONE]: "rounds that had the core to themselves",
    NAMES[SHARED]: "rounds with a busy neighbour on the core",
    MIXED: "all rounds, with and without a busy neighbour on the core",
    "": "rounds of unknown state: the file does not say whether the core had a busy neighbour",
}


def name(state: int) -> str:
    """The name of a state in a frame."""
    return "" if state == UNKNOWN else NAMES[state]


def sentence(cells: Iterable[str]) -> str:
    """A sentence on the state that the numbers are of, given that of each cell."""
    found = Counter(cells)
    if len(found) == 1:
        (state,) = found
        return f"The numbers are from {MEANING[state]}."
    parts = [
        f"from {MEANING[state]} ({count} cell{'s' * (count != 1)})"
        for state, count in found.most_common()
    ]
    return f"The numbers are {wording.listed(parts)}."

"""What ``gate-power`` repeats: the gate on pairs of which the truth is known."""

from dataclasses import dataclass
from pathlib import Path

EDITS = Path(__file__).with_name("edits")


@dataclass(frozen=True)
class Study:
    """Gates of one kind, quick ones but where it is said."""

    name: str
    runs: int
    null: bool  # nothing is truly slower
    edit: str = ""  # a patch of ``edits`` that head has and base has not
    shifted: bool = False  # head's code lies 16 bytes farther
    added: float = 0.0  # of its requests, what one cell's head does for nothing; the cell is drawn
    workers: tuple[int, ...] = (0, 1)  # on which of the CPUs
    load: tuple[tuple[str, int], ...] = ()  # kind, and on which of the CPUs
    longer: float = 1.0  # than such a gate, where fewer workers measure
    full: bool = False  # a default gate: twice the cells, and all its time


STUDIES = (
    Study("same", 200, null=True),
    Study("shifted", 100, null=True, shifted=True),
    Study("neutral", 60, null=False, edit="neutral"),
    *(
        Study(f"slowed-{share:g}", runs, null=False, added=share / 100)
        for share, runs in ((0.5, 60), (1, 60), (2, 60), (5, 20))
    ),
    Study("default-slowed-1", 20, null=False, added=0.01, full=True),
    *(Study(edit, 10, null=False, edit=edit) for edit in ("counting", "unlikely", "rebuilt")),
    Study("busy-same", 60, null=True, load=(("busy", 0), ("busy", 1)), longer=2.0),
    Study("busy-other", 60, null=True, workers=(0,), load=(("busy", 1),), longer=2.0),
    Study("bandwidth", 60, null=True, workers=(0,), load=(("bandwidth", 1),), longer=2.0),
)

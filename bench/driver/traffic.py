"""How requests go through a cell's ring, beyond its phase.

Defined by an experiment, carried by a kit, carried out by the stage.
"""

from dataclasses import dataclass

from bench.driver.records import Phase, Step

UNTIL_FULL = 2**64 - 1  # requests per kick


@dataclass(frozen=True)
class Traffic:
    """The state of a ring before its turns, and what they do."""

    completion: str = ""  # the order in which earlier requests were completed
    generations: int = 0  # how often the ring was filled and emptied that way
    turn: str = ""  # the ``Phase`` that the driver repeats; empty: that of the cell
    # refused: free descriptors; loaded: completions taken; staged and far: requests per kick
    limit: int = 0
    stages: tuple[str, ...] = ()  # staged and far: names of the steps of each request
    kick: str = "kick"  # the virtqueue's kernel of that name

    def phase(self, named: str) -> Phase:
        """The operation that the driver repeats in a cell of this phase."""
        return Phase[(self.turn or named).upper()]

    @property
    def steps(self) -> Step:
        """The steps of a request in a staged or far turn."""
        steps = Step(0)
        for stage in self.stages:
            steps |= Step[stage.upper()]
        return steps

    @property
    def serves(self) -> bool:
        """Whether the device runs within a kick, unless it runs elsewhere."""
        return self.turn != "staged" or Step.DEVICE in self.steps

    @property
    def elsewhere(self) -> bool:
        """Whether the device runs on a CPU of its own."""
        return self.turn == "far" and Step.FLUSH not in self.steps


PLAIN = Traffic()  # a new ring, and the turns of the phase

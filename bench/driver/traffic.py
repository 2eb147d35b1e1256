"""How requests go through a cell's ring, where its phase does not say all.

Data that an experiment states, a kit carries and the stage acts on.
"""

from dataclasses import dataclass

from bench.driver.records import Phase, Step

UNTIL_FULL = 2**64 - 1  # requests a kick
PHASES = {"map": Phase.MAP, "add": Phase.ADD, "cycle": Phase.CYCLE}


@dataclass(frozen=True)
class Traffic:
    """What is done to a ring before its turns, and in them."""

    completion: str = ""  # the order in which a device completed what the ring held before
    generations: int = 0  # how often it was filled and emptied so
    turn: str = ""  # what the driver repeats, a ``Phase``; empty: what the cell's phase says
    # refused: descriptors free; loaded: completions taken; staged and far: requests a kick
    limit: int = 0
    stages: tuple[str, ...] = ()  # staged and far: what each request goes through, steps by name
    kick: str = "kick"  # the virtqueue's kernel of that name

    def phase(self, named: str) -> Phase:
        """Return what the driver repeats in a cell whose name has this phase."""
        return Phase[self.turn.upper()] if self.turn else PHASES[named]

    @property
    def steps(self) -> Step:
        """Return what a request goes through in a turn that does not say it all itself."""
        found = Step(0)
        for stage in self.stages:
            found |= Step[stage.upper()]
        return found

    @property
    def serves(self) -> bool:
        """Return whether the device runs within a kick, unless it runs elsewhere."""
        return self.turn != "staged" or Step.DEVICE in self.steps

    @property
    def elsewhere(self) -> bool:
        """Return whether the device runs on a CPU of its own."""
        return self.turn == "far" and Step.FLUSH not in self.steps


PLAIN = Traffic()  # a new ring, and turns as the phase says

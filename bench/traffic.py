"""How requests go through a cell's ring, where its phase does not say all.

Data that an experiment states, a kit carries and the stage acts on; needs NumPy alone.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Traffic:
    """What is done to a ring before its turns, and in them."""

    completion: str = ""  # the order in which a device completed what the ring held before
    generations: int = 0  # how often it was filled and emptied so


PLAIN = Traffic()  # a new ring, and turns as the phase says

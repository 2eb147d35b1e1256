"""The measuring engine with one plausible mistake each, and the test that is to find it.

Each breaks a sentence of docs/method.md or docs/gate.md. A mutant is a text of a module's source
that occurs there once, and what stands in its place. None is found by its timing: tests look at
seeded draws, at what the driver is given, and at what is made of times that are made up.
"""

from tests.engine.mutants import gate, numbers, placement, rounds, runs

MUTANTS = (
    *placement.MUTANTS,
    *rounds.MUTANTS,
    *runs.MUTANTS,
    *gate.MUTANTS,
    *numbers.MUTANTS,
)

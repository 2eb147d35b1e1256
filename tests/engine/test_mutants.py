"""Each promise of the measuring engine is tested: break it, and its test fails."""

import inspect
import sys

import pytest

from tests.engine.mutants import MUTANTS
from tests.engine.mutation import EngineMutant, Test, again, imported_anew

KILLERS = list(dict.fromkeys(mutant.killed_by for mutant in MUTANTS))
ROOMS = {
    *(
        "bench.worker.memory",
        "bench.worker.stage",
        "bench.worker.cell_memory",
        "bench.worker.rounds",
        "bench.driver.driver",
    ),
    *(
        "bench.worker.watch",
        "bench.worker.__main__",
        "bench.processes.states",
        "bench.processes.pairs",
        "bench.processes.precision",
    ),
    *("bench.processes.schedule", "bench.worker.siblings", "bench.gate.design", "bench.gate.trial"),
    *(
        "bench.gate.schedule",
        "bench.gate.versions.joint_kit",
        "reports.statistics.signed_rank",
        "reports.statistics.centre",
    ),
    *("reports.statistics.verdict", "reports.frames.tables"),
}
FAILS = (AssertionError, pytest.fail.Exception)


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_engine_mutant_is_killed(mutant: EngineMutant) -> None:
    """The test named for the mistake fails, by an assertion and not by a crash."""
    with imported_anew(mutant.module, mutant.edits):
        test = again(mutant.killed_by)
        with pytest.raises(FAILS):
            test()


def test_killers_pass_on_the_right_engine_imported_anew() -> None:
    """They fail for the mistake, not for the way they are run."""
    with imported_anew():
        for test in map(again, KILLERS):
            test()


@pytest.mark.parametrize("test", KILLERS, ids=lambda test: test.__name__)
def test_killers_are_tests_of_their_own(test: Test) -> None:
    """Each test of a mutant is also a test of the suite, under its own name."""
    assert test.__name__.startswith("test_")
    assert not inspect.signature(test).parameters
    assert not hasattr(test, "pytestmark")


def test_every_room_of_the_engine_has_mutants() -> None:
    """From the draw of a page to a verdict."""
    assert {mutant.module for mutant in MUTANTS} >= ROOMS


def test_no_two_mutants_are_the_same() -> None:
    """Each mistake has its own name and edit."""
    assert len({str(mutant) for mutant in MUTANTS}) == len(MUTANTS)
    assert len({(m.module, *m.edits.items()) for m in MUTANTS}) == len(MUTANTS)


def test_an_edit_that_has_no_place_is_no_mutant() -> None:
    """A text that is gone from the engine fails its mutant, whatever the test would say."""
    with (
        pytest.raises(AssertionError, match="0 times in the source"),
        imported_anew("bench.worker.rounds", {"no such text": ""}),
    ):
        pass


def test_the_right_engine_is_back_after_a_mutant() -> None:
    """Later measurements use it."""
    before = {name: id(one) for name, one in sys.modules.items() if name.startswith("bench")}
    with imported_anew(MUTANTS[0].module, MUTANTS[0].edits):
        assert id(sys.modules[MUTANTS[0].module]) not in before.values()
    after = {name: id(one) for name, one in sys.modules.items() if name.startswith("bench")}
    assert after == before

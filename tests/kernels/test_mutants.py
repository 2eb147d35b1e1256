"""Each mistake is found by its check, so no check is idle."""

import signal
import sys

import pytest

from strategies import load
from strategies.compile.code import Code
from tests.fake.forked import FAILED, PASSED, status_of
from tests.fake.shared import once
from tests.kernels.checks import CHECKS, applies
from tests.kernels.mutants import MUTANTS
from tests.kernels.mutation import LAYOUTS, Mutant, edited, layout_of, mutated
from tests.kernels.rig import compiled, kernels_of, place


def mistaken(mutant: Mutant) -> dict[str, Code]:
    """The kernels that have the mistake."""
    with mutated(mutant) as strategy:
        return compiled(strategy, mutant.kernels)


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_mutant_is_killed(mutant: Mutant) -> None:
    """The check named for the mistake passes on the right kernels and fails on the mutant's."""
    what = f"mutant {mutant.module} {mutant.kernels} {mutant.edits}"
    wrong = once(what, lambda: mistaken(mutant))
    right = kernels_of(LAYOUTS[layout_of(mutant)])
    for kernel, code in wrong.items():
        assert code.text != right.codes[kernel].text, f"{kernel} is as it was"
    mutant.killed_by(right)
    status = status_of(lambda: mutant.killed_by(place("mutant", {**right.codes, **wrong})))
    # where a walk leaves its list, what lies behind decides whether it crashes
    assert status in ({FAILED, -signal.SIGSEGV} if mutant.crashes else {FAILED})


@pytest.mark.parametrize("layout", sorted({layout_of(mutant) for mutant in MUTANTS}))
def test_checks_pass_in_a_child(layout: str) -> None:
    """The child fails for the mutant, not for being one."""
    right = kernels_of(LAYOUTS[layout])
    mine = [check for check in CHECKS if applies(check, right)]
    assert status_of(lambda: [check(place("right", right.codes)) for check in mine]) == PASSED


def test_every_check_has_a_mutant() -> None:
    """Each check finds some known mistake."""
    assert {mutant.killed_by for mutant in MUTANTS} == set(CHECKS)


def test_no_two_mutants_are_the_same() -> None:
    """Each mistake has its own name and edit."""
    assert len({str(mutant) for mutant in MUTANTS}) == len(MUTANTS)
    assert len({(m.module, *m.edits.items()) for m in MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize(("text", "times"), [("a b", 0), ("x a x", 2)])
def test_edit_needs_exactly_one_place(text: str, times: int) -> None:
    """A mutant whose text is missing, or no longer unique, fails with a message."""
    with pytest.raises(AssertionError, match=f"{times} times in the source: 'x'"):
        edited(text, {"x": "y"})


def test_edits_are_made_at_once() -> None:
    """Two texts can be swapped."""
    assert edited("one two", {"one": "two", "two": "one"}) == "two one"


def test_right_modules_are_back_after_a_mutant() -> None:
    """Later compilations get the right kernels."""
    before = {name: id(module) for name, module in sys.modules.items() if "strategies" in name}
    with mutated(MUTANTS[0]) as strategy:
        assert strategy not in LAYOUTS.values()
    after = {name: id(module) for name, module in sys.modules.items() if "strategies" in name}
    assert after == before
    assert all(strategy in load() for strategy in LAYOUTS.values())

"""Each mistake in a ring of today is found by the check that is named for it."""

import importlib
import signal
from dataclasses import replace

import pytest

from bench.compile.making import DEVICES
from bench.worker.rings import KINDS
from strategies import Strategy
from strategies.compile.code import Code
from strategies.compile.codegen import machine_code
from tests.fake.forked import FAILED, PASSED, status_of
from tests.fake.shared import once
from tests.kernels.mutation import edited_modules
from tests.kernels.rig import place
from tests.todays import stepped
from tests.todays.every import CHECKS, STEPPING
from tests.todays.more_mutants import MORE
from tests.todays.mutants import MUTANTS as FIRST
from tests.todays.mutants import TodaysMutant
from tests.todays.rig import subject_of

MUTANTS = (*FIRST, *MORE)


def strategy_of(mutant: TodaysMutant) -> Strategy:
    """Return the strategy whose kernels the mistake is tried in."""
    found: tuple[Strategy, ...] = importlib.import_module(f"strategies.{mutant.layout}").STRATEGIES
    return next(strategy for strategy in found if strategy.form == mutant.form)


def wrong(mutant: TodaysMutant) -> dict[str, Code]:
    """Return the kernels that have the mistake."""
    with edited_modules(mutant.module, mutant.edits):
        strategy = strategy_of(mutant)
        module = importlib.import_module(DEVICES[KINDS[strategy.ring].device])
        functions = {
            name: getattr(strategy, name, None) or module.device for name in mutant.kernels
        }
        return {name: machine_code(function) for name, function in functions.items()}


QUICK = (
    *FIRST,  # and of the others one that must be undone, one that must be given back
    *(m for m in MORE if m.mistake in {"undone slots left available", "table kept for good"}),
)


@pytest.mark.parametrize(
    "mutant",
    [
        pytest.param(one, marks=() if one in QUICK else (pytest.mark.slow,), id=str(one))
        for one in MUTANTS
    ],
)
def test_mutant_is_killed(mutant: TodaysMutant) -> None:
    """The check named for the mistake passes on the right kernels and fails on the mutant's."""
    if mutant.killed_by in STEPPING and not stepped.possible():
        pytest.skip(stepped.IMPOSSIBLE)
    right = subject_of(strategy_of(mutant))
    what = f"mutant {right.label} {mutant.module} {mutant.kernels} {mutant.edits}"
    codes = once(what, lambda: wrong(mutant))
    for kernel, code in codes.items():
        assert code.text != right.kernels.codes[kernel].text, f"{kernel} is as it was"
    mutant.killed_by(right)
    mistaken = replace(right, kernels=place("mutant", {**right.kernels.codes, **codes}))
    status = status_of(lambda: mutant.killed_by(mistaken))
    # where a walk leaves its list, what lies behind decides whether it crashes
    assert status in ({FAILED, -signal.SIGSEGV} if mutant.crashes else {FAILED})


@pytest.mark.parametrize("layout", sorted({mutant.layout for mutant in MUTANTS}))
def test_a_check_passes_in_a_child(layout: str) -> None:
    """The child fails mutants for what they do, not for being one."""
    mutant = next(mutant for mutant in MUTANTS if mutant.layout == layout)
    right = subject_of(strategy_of(mutant))
    assert status_of(lambda: mutant.killed_by(right)) == PASSED


def test_every_check_has_a_mutant() -> None:
    """Each check finds some mistake that is known: none is there for its looks."""
    assert {mutant.killed_by for mutant in MUTANTS} == set(CHECKS)


def test_no_two_mutants_are_the_same() -> None:
    """Each mistake has a name, and a source, of its own."""
    assert len({str(mutant) for mutant in MUTANTS}) == len(MUTANTS)
    assert len({(m.layout, m.form, m.module, *m.edits.items()) for m in MUTANTS}) == len(MUTANTS)

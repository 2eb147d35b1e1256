"""Each mistake is found by its check, so no check is idle."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping

import pytest

from bench.paths import ROOT
from strategies import load
from strategies.compile.code import Code
from tests.kernels.alone import FAILED
from tests.kernels.checks import CHECKS, Check, applies
from tests.kernels.mutants import MUTANTS
from tests.kernels.mutation import LAYOUTS, Mutant, edited, layout_of, mutated
from tests.kernels.rig import compiled, kernels_of


def ask(codes: Mapping[str, Code], *checks: Check) -> "subprocess.CompletedProcess[str]":
    """Run checks on machine code that may crash, in a separate process."""
    given = {kernel: (code.text.hex(), code.entry) for kernel, code in codes.items()}
    command = [sys.executable, "-m", "tests.kernels.alone", *(check.__name__ for check in checks)]
    return subprocess.run(
        command, cwd=ROOT, input=json.dumps(given), capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_mutant_is_killed(mutant: Mutant) -> None:
    """The check named for the mistake passes on the right kernels and fails on the mutant's."""
    with mutated(mutant) as strategy:
        wrong = compiled(strategy, mutant.kernels)
    right = kernels_of(LAYOUTS[layout_of(mutant)])
    for kernel, code in wrong.items():
        assert code.text != right.codes[kernel].text, f"{kernel} is as it was"
    mutant.killed_by(right)
    run = ask({**right.codes, **wrong}, mutant.killed_by)
    assert run.returncode == (-signal.SIGSEGV if mutant.crashes else FAILED), run.stderr


@pytest.mark.parametrize("layout", sorted({layout_of(mutant) for mutant in MUTANTS}))
def test_checks_pass_in_a_process_of_their_own(layout: str) -> None:
    """That process fails for the mutant, not for the way it is started."""
    right = kernels_of(LAYOUTS[layout])
    run = ask(right.codes, *(check for check in CHECKS if applies(check, right)))
    assert (run.returncode, run.stderr) == (0, "")


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

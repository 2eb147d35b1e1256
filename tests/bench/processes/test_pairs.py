"""The value of a process from its rounds, and the choice of its rule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.messages import CellRecord
from bench.processes.pairs import (
    DECIDING,
    ROUNDS_MIN,
    Numbers,
    PairedRounds,
    log_ratio,
    pair_of,
    ratio,
    ratios,
    sides,
)
from reports.statistics.centre import Rule
from tests.fake.found import cell as found_cell

ROUNDS = 32


def pair(seed: int, *, decided: float = 0.0, slower: float = 0.0) -> PairedRounds:
    """A pair with a slower head; each side's time depends on its own position."""
    draw = np.random.default_rng(seed)
    at = [draw.permuted(np.repeat(np.arange(4), ROUNDS // 4)) for _ in range(2)]
    base, head = (
        np.exp(draw.normal(0, 0.003, ROUNDS) + decided * (here >= 2)) * 1e-8 for here in at
    )
    return PairedRounds(base, head * (1 + slower), at[0].astype(np.int8), at[1].astype(np.int8))


def cell(letters: str = "aass") -> CellRecord:
    """A worker's report of a cell of two columns."""
    count = len(letters)
    values = [[1.0] * count, [2.0] * count, []]
    return found_cell(values, positions=["0123" * (count // 4)] * 3)


def test_only_rounds_that_count_are_paired() -> None:
    """With the positions of the same rounds."""
    counting = np.array(list("aass" * 4)) == "a"
    found = pair_of(cell("aass" * 4), 0, 1, counting)
    assert found is not None
    assert len(found.base) == len(found.head) == 8
    assert set(found.head_at.tolist()) == {0, 1}


def test_too_few_rounds_say_nothing() -> None:
    """The median of a process that was alone only for a moment is random."""
    few = np.arange(16) < ROUNDS_MIN - 1
    assert pair_of(cell("aass" * 4), 0, 1, few) is None
    assert pair_of(cell("aass" * 4), 0, 1, np.arange(16) < ROUNDS_MIN) is not None
    assert pair_of(cell(), 0, 2, slice(None)) is None


@given(st.integers(0, 1000), st.sampled_from(Rule), st.sampled_from([0.0, 0.3]))
def test_a_gates_number_changes_its_sign_with_its_sides(
    seed: int, rule: Rule, decided: float
) -> None:
    """By every rule, which makes the gate exact for identical code."""
    one = pair(seed, decided=decided, slower=0.01)
    other = PairedRounds(one.head, one.base, one.head_at, one.base_at)
    assert log_ratio(one, rule) == pytest.approx(-log_ratio(other, rule), abs=1e-12)


@given(st.lists(st.booleans(), min_size=DECIDING, max_size=DECIDING))
def test_a_gates_rule_does_not_see_which_side_is_which(exchanged: list[bool]) -> None:
    """Exchanging the sides of any processes does not change the choice of the rule."""
    chosen = []
    for flips in (exchanged, [False] * DECIDING):
        numbers: Numbers[str] = Numbers(sides, log_ratio)
        for process, flip in enumerate(flips):
            one = pair(process, decided=0.3)
            turned = PairedRounds(one.head, one.base, one.head_at, one.base_at)
            numbers.add(process, {"x": turned if flip else one})
        assert numbers.rules is not None
        chosen.append(numbers.rules["x"])
    assert chosen == [Rule.POSITIONS] * 2


def test_a_base_that_position_decides_is_levelled_for_a_ratio() -> None:
    """In a run's numbers, so a copy of the same code is 1; a gate levels both sides itself."""
    numbers: Numbers[str] = Numbers(ratios, ratio, levels_base=True)
    costs = np.array([1.0, 1.0, 1.0, 1.4])
    for process in range(DECIDING + 2):
        one = pair(process)
        base, head = one.base * costs[one.base_at], one.head * costs[one.head_at]
        numbers.add(process, {"x": PairedRounds(base, head, one.base_at, one.head_at)})
    assert (numbers.rules or {})["x"] is Rule.POSITIONS
    assert list(numbers.by_key["x"].values()) == pytest.approx([1.0] * (DECIDING + 2), abs=0.01)


def test_a_rule_is_decided_once_and_holds_for_the_first_processes_too() -> None:
    """Their values are recomputed, and the changed ones returned."""
    numbers: Numbers[str] = Numbers(ratios, ratio)
    given_ = [pair(process, decided=0.3) for process in range(DECIDING + 2)]
    new = [numbers.add(process, {"x": one}) for process, one in enumerate(given_)]
    assert new == [{"x"}] * len(given_)
    rule = (numbers.rules or {})["x"]
    assert rule is not Rule.MEDIAN
    assert numbers.by_key["x"] == {p: ratio(one, rule) for p, one in enumerate(given_)}


def test_where_position_decides_its_mean_is_steadier_than_the_median() -> None:
    """Two thirds of the rounds count, so positions are no longer in equal shares."""
    draw, spread = np.random.default_rng(9), {}
    steady, moved = ([pair(seed, decided=by) for seed in range(200)] for by in (0.0, 0.3))
    counting = draw.random((200, ROUNDS)) < 2 / 3
    pairs = [
        PairedRounds(a.base[at], b.head[at], a.base_at[at], b.head_at[at])
        for a, b, at in zip(steady, moved, counting, strict=True)
    ]
    for rule in Rule:
        spread[rule] = np.std([log_ratio(one, rule) for one in pairs])
    assert spread[Rule.POSITIONS] < spread[Rule.MEDIAN] / 10
    assert spread[Rule.POSITIONS] < spread[Rule.TRIMMED] / 10


def test_a_slowdown_is_found_at_its_size_by_every_rule() -> None:
    """No rule is biased against another."""
    for rule in Rule:
        found = np.mean(
            [log_ratio(pair(seed, decided=0.1, slower=0.02), rule) for seed in range(400)]
        )
        assert found == pytest.approx(np.log(1.02), abs=0.006)


def test_rules_that_are_fixed_beforehand_stay() -> None:
    """A gate against an earlier result takes the median on both sides."""
    numbers: Numbers[str] = Numbers(sides, log_ratio, rules={})
    for process in range(DECIDING + 1):
        numbers.add(process, {"x": pair(process, decided=0.3)})
    assert numbers.rules == {}
    assert numbers.by_key["x"][0] == log_ratio(pair(0, decided=0.3), Rule.MEDIAN)


def half_moved(process: int) -> PairedRounds:
    """A pair in which only head depends on its position."""
    still, moved = pair(process), pair(process, decided=0.3)
    return PairedRounds(still.base, moved.head, still.base_at, moved.head_at)


def test_a_rule_is_not_decided_by_fewer_processes_nor_again() -> None:
    """Eight without modes choose the median, whatever the later ones look like."""
    numbers: Numbers[str] = Numbers(ratios, ratio)
    for process in range(DECIDING):
        assert numbers.rules is None
        numbers.add(process, {"x": pair(process)})
    later = [half_moved(process) for process in range(DECIDING, 4 * DECIDING)]
    for process, one in enumerate(later, DECIDING):
        numbers.add(process, {"x": one})
    assert numbers.rules == {"x": Rule.MEDIAN}
    assert numbers.by_key["x"][DECIDING] == ratio(later[0], Rule.MEDIAN)


def one_sided(*, exchanged: bool) -> dict[str, Rule] | None:
    """The rule of a gate in which only head, or only base, depends on position."""
    numbers: Numbers[str] = Numbers(sides, log_ratio)
    for process in range(DECIDING):
        one = half_moved(process)
        other = PairedRounds(one.head, one.base, one.head_at, one.base_at)
        numbers.add(process, {"x": other if exchanged else one})
    return numbers.rules


def test_both_sides_of_a_gate_decide_its_rule_together() -> None:
    """Whichever of them depends on position."""
    assert one_sided(exchanged=False) == one_sided(exchanged=True) is not None


def test_what_hits_a_round_hits_both_sides_of_its_pair() -> None:
    """It cancels in each round, before any centre is taken."""
    one = pair(1, slower=0.01)
    hits = np.random.default_rng(2).lognormal(0, 1, ROUNDS)
    hit = PairedRounds(one.base * hits, one.head * hits, one.base_at, one.head_at)
    for rule in (Rule.MEDIAN, Rule.TRIMMED):
        assert log_ratio(hit, rule) == pytest.approx(log_ratio(one, rule), abs=1e-12)


def test_a_ratios_rule_goes_by_the_position_of_the_candidate() -> None:
    """Not by the baseline's, which is drawn independently."""
    numbers: Numbers[str] = Numbers(ratios, ratio)
    for process in range(DECIDING):
        numbers.add(process, {"x": half_moved(process)})
    assert numbers.rules == {"x": Rule.POSITIONS}

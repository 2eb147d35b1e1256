"""A run: which rounds count, and the next step, with one mistake each."""

from tests.bench.processes import test_pairs, test_precision, test_schedule, test_states
from tests.bench.worker import test_siblings
from tests.engine.mutation import EngineMutant

STATES = "bench.processes.states"
PAIRS = "bench.processes.pairs"
PRECISION = "bench.processes.precision"
SCHEDULE = "bench.processes.schedule"
SIBLINGS = "bench.worker.siblings"

MUTANTS = (
    EngineMutant(
        "border inverted",
        STATES,
        {"np.atleast_1d(end)]) < self.at": "np.atleast_1d(end)]) > self.at"},
        test_states.test_a_round_in_which_the_neighbour_came_or_went_is_of_neither,
    ),
    EngineMutant(
        "only a round's beginning read",
        STATES,
        {"np.atleast_1d(end)])": "np.atleast_1d(begin)])"},
        test_states.test_a_round_in_which_the_neighbour_came_or_went_is_of_neither,
    ),
    EngineMutant(
        "rounds of neither state are alone",
        STATES,
        {"low.all(axis=0), (~low)": "low.any(axis=0), (~low)"},
        test_states.test_a_round_in_which_the_neighbour_came_or_went_is_of_neither,
    ),
    EngineMutant(
        "rounds of neither state count as alone",
        STATES,
        {"np.array(list(text)) == self.state": "np.array(list(text)) != SHARED"},
        test_states.test_rounds_count_that_are_alone_where_a_tenth_is,
    ),
    EngineMutant(
        "shared rounds count before those alone",
        STATES,
        {"for state in (ALONE, SHARED)": "for state in (SHARED, ALONE)"},
        test_states.test_rounds_count_that_are_alone_where_a_tenth_is,
    ),
    EngineMutant(
        "chain over sums",
        STATES,
        {
            'watch["sums"], np.float64)': 'watch["chain"], np.float64)',
            'watch["chain"], np.float64)': 'watch["sums"], np.float64)',
        },
        test_states.test_what_is_looked_at_is_sums_over_chain,
    ),
    EngineMutant(
        "border made of each process alone",
        STATES,
        {"border(np.concatenate(self._latest))": "border(self._latest[-1])"},
        test_states.test_the_border_is_made_from_the_readings_of_several_processes,
    ),
    EngineMutant(
        "state's mask applied to values but not to positions",
        PAIRS,
        {
            "at[counting], there[counting])": (
                "*(one[: len(below[counting])] for one in (at, there)))"
            )
        },
        test_pairs.test_only_rounds_that_count_are_paired,
    ),
    EngineMutant(
        "rule decided by the first process",
        PAIRS,
        {"self._processes >= DECIDING": "self._processes >= 1"},
        test_pairs.test_a_rule_is_not_decided_by_fewer_processes_nor_again,
    ),
    EngineMutant(
        "rule decided anew by each process",
        PAIRS,
        {
            "if self.rules is None:\n                self._first": (
                "if True:\n                self._first"
            ),
            "if self.rules is None and self._processes": "if self._processes",
            "        self._first = {}\n": "",
        },
        test_pairs.test_a_rule_is_not_decided_by_fewer_processes_nor_again,
    ),
    EngineMutant(
        "a gate's rule decided by one side",
        PAIRS,
        {"table(bases + heads)": "table(heads)"},
        test_pairs.test_both_sides_of_a_gate_decide_its_rule_together,
    ),
    EngineMutant(
        "rounds of a gate not paired",
        PAIRS,
        {"logs = np.log(pair.head / pair.base)": "logs = np.log(pair.head / np.median(pair.base))"},
        test_pairs.test_what_hits_a_round_hits_both_sides_of_its_pair,
    ),
    EngineMutant(
        "a ratio's rule goes by the baseline's position",
        PAIRS,
        {"(pair.head / pair.base, pair.head_at)": "(pair.head / pair.base, pair.base_at)"},
        test_pairs.test_a_ratios_rule_goes_by_the_position_of_the_candidate,
    ),
    EngineMutant(
        "a base that position decides is left as it is",
        PAIRS,
        {"base=pair.base * factors)": "base=pair.base)"},
        test_pairs.test_a_base_that_position_decides_is_levelled_for_a_ratio,
    ),
    EngineMutant(
        "rounds with a neighbour make ratios",
        PRECISION,
        {"counting[number])": "slice(None))"},
        test_precision.test_rounds_with_a_neighbour_make_no_ratio,
    ),
    EngineMutant(
        "ratio to another compiler's baseline",
        PRECISION,
        {"(number, bases[variant.backend])": "(number, min(bases.values()))"},
        test_precision.test_a_ratio_is_to_the_baseline_of_its_own_compiler,
    ),
    EngineMutant(
        "A/A controls not judged",
        PRECISION,
        {'JUDGED = ("candidate", "control")': 'JUDGED = ("candidate",)'},
        test_precision.test_controls_that_surely_moved_are_counted,
    ),
    EngineMutant(
        "cells that are not precise get no processes of their own",
        SCHEDULE,
        {"tuple(sorted(wide)) if focus else tuple(every)": "tuple(every)"},
        test_schedule.test_cells_that_need_more_get_more,
    ),
    EngineMutant(
        "default run ends as soon as it is precise",
        SCHEDULE,
        {"if self.plan.length.stops and self.precise:": "if self.precise:"},
        test_schedule.test_the_default_run_takes_its_whole_time,
    ),
    EngineMutant(
        "two processes with one number",
        SCHEDULE,
        {"Task(self.started - 1,": "Task(len(self.found),"},
        test_schedule.test_every_process_has_a_number_of_its_own,
    ),
    EngineMutant(
        "another tenant taken for our own worker",
        SIBLINGS,
        {"for _ in range(TRIES):": "for _ in range(1):"},
        test_siblings.test_another_tenant_is_not_taken_for_ourselves,
    ),
    EngineMutant(
        "the worker that was not slowed looked at",
        SIBLINGS,
        {"max(both) / alone": "min(both) / alone"},
        test_siblings.test_two_threads_of_one_core_are_seen,
    ),
    EngineMutant(
        "two workers on one core go on",
        SIBLINGS,
        {"return cpus[:1], (_says": "return cpus, (_says"},
        test_siblings.test_one_worker_is_left_where_two_would_share_a_core,
    ),
)

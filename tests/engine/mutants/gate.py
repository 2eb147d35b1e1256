"""The gate's decisions: design, trials and schedule with one mistake each."""

from tests.engine.mutation import EngineMutant
from tests.gate import test_design, test_schedule, test_sides

DESIGN = "bench.gate.design"
TRIAL = "bench.gate.trial"
GATE = "bench.gate.schedule"
JOINT = "bench.gate.versions.joint_kit"
SIDE_DRAWN = "bool(np.random.default_rng([self.kit.seed, process, 1]).integers(2))"

MUTANTS = (
    EngineMutant(
        "alpha ten times as large",
        DESIGN,
        {"ALPHA = 0.001 ": "ALPHA = 0.01 "},
        test_design.test_the_error_of_a_run_is_shared_among_all_cells_and_looks,
    ),
    EngineMutant(
        "alpha not shared among looks",
        DESIGN,
        {"(max(1, self.cells) * self.looks_max)": "max(1, self.cells)"},
        test_design.test_the_error_of_a_run_is_shared_among_all_cells_and_looks,
    ),
    EngineMutant(
        "alpha not shared among cells",
        DESIGN,
        {"(max(1, self.cells) * self.looks_max)": "self.looks_max"},
        test_design.test_the_error_of_a_run_is_shared_among_all_cells_and_looks,
    ),
    EngineMutant(
        "95 % intervals",
        DESIGN,
        {"estimate(values, self.confidence)": "estimate(values)"},
        test_design.test_a_look_has_the_interval_of_its_error,
    ),
    EngineMutant(
        "slower although within the band",
        DESIGN,
        {"interval.low > 0 and interval.centre > self.band_log": "interval.low > 0"},
        test_design.test_nothing_inside_the_band_is_called_slower,
    ),
    EngineMutant(
        "the same although the interval leaves the band",
        DESIGN,
        {"-self.band_log < interval.low and interval.high": "abs(interval.centre)"},
        test_design.test_an_interval_that_leaves_the_band_is_not_the_same,
    ),
    EngineMutant(
        "a suspicion is a verdict",
        TRIAL,
        {
            "self.suspicion, self.fresh_from, self.looked = says, started, 0": (
                "self.verdict = Verdict(says.value)"
            )
        },
        test_design.test_a_suspicion_that_fresh_processes_do_not_share_is_no_alarm,
    ),
    EngineMutant(
        "processes under way confirm a suspicion",
        TRIAL,
        {"self.looked = says, started, 0": "self.looked = says, 0, 0"},
        test_design.test_processes_under_way_when_a_suspicion_arose_do_not_confirm_it,
    ),
    EngineMutant(
        "a look at every process",
        TRIAL,
        {
            "len(stage) < self.design.looks[self.looked]": "len(stage) < self.design.looks[0]",
            "stage[: self.design.looks[self.looked]]": "stage",
        },
        test_design.test_a_cell_is_looked_at_by_plan_only,
    ),
    EngineMutant(
        "base always first",
        GATE,
        {SIDE_DRAWN: "False"},
        test_schedule.test_which_side_stands_first_is_drawn,
    ),
    EngineMutant(
        "sides first by turns",
        GATE,
        {SIDE_DRAWN: "bool(process % 2)"},
        test_schedule.test_which_side_stands_first_is_drawn,
    ),
    EngineMutant(
        "sides taken for each other in swapped kits",
        GATE,
        {"swapped=self.swapped(process)": "swapped=False"},
        test_schedule.test_sides_are_told_apart_whichever_stands_first,
    ),
    EngineMutant(
        "rounds with a neighbour decide",
        GATE,
        {"outcome.process, counting[cell])": "outcome.process, slice(None))"},
        test_schedule.test_rounds_with_a_neighbour_decide_nothing,
    ),
    EngineMutant(
        "a process begun that time cuts short",
        GATE,
        {"left_s < median(self.took_s)": "left_s < 0"},
        test_schedule.test_no_process_is_begun_that_could_not_end,
    ),
    EngineMutant(
        "columns of a swapped kit as of the other",
        JOINT,
        {"(second, first) if swapped else (first, second)": "(first, second)"},
        test_sides.test_swapped_kits_differ_in_order_alone,
    ),
    EngineMutant(
        "base slowed in place of head",
        JOINT,
        {"_, head = columns(": "head, _ = columns("},
        test_sides.test_a_slowed_head_does_more_than_it_is_credited_with,
    ),
)

"""The measuring engine with one plausible mistake each, and the test that is to find it.

Each breaks a sentence of docs/method.md or docs/gate.md. A mutant is a text of a module's source
that occurs there once, and what stands in its place. Nothing here is found by its timing: the tests
look at seeded draws, at what the driver is given, and at what is made of times that are made up.
"""

from tests import test_rounds, test_stage
from tests.engine_mutation import EngineMutant

ROUNDS, STAGE, SCENE = "bench.rounds", "bench.stage", "bench.scene"
FIRST_OF_ITS_CODE = "[[v.kernels for v in variants].index(v.kernels) for v in variants]"
POSITIONS_DRAWN = "self.draw.permuted(np.broadcast_to(POSITIONS, shape), axis=2)"

MUTANTS = (
    EngineMutant(
        "A/A copy has its lists on the baseline's pages",
        STAGE,
        {
            "        heap, owners = None, present\n": f"        first = {FIRST_OF_ITS_CODE}\n"
            "        their = [their[number] for number in first]\n"
            "        heap, owners = None, present\n"
        },
        test_stage.test_lists_of_variants_share_no_page,
    ),
    EngineMutant(
        "A/A copy replays the baseline's jobs",
        STAGE,
        {
            "        heap, owners = None, present\n": f"        first = {FIRST_OF_ITS_CODE}\n"
            "        own = [own[number] for number in first]\n"
            "        heap, owners = None, present\n"
        },
        test_stage.test_jobs_of_variants_share_no_page,
    ),
    EngineMutant(
        "A/A copy runs the baseline's placed code",
        STAGE,
        {
            "return addresses, entries": f"return addresses[{FIRST_OF_ITS_CODE}], entries",
        },
        test_stage.test_every_variant_runs_code_that_was_placed_for_it,
    ),
    EngineMutant(
        "driver at one position in its line",
        STAGE,
        {"positions[-len(SHARED) :]])": "0 * positions[-len(SHARED) :]])"},
        test_stage.test_code_lies_at_the_positions_that_were_drawn,
    ),
    EngineMutant(
        "kernels at the positions of another variant",
        STAGE,
        {".reshape(-1, len(KERNELS))[present]\n": ".reshape(-1, len(KERNELS))[present[::-1]]\n"},
        test_stage.test_code_lies_at_the_positions_that_were_drawn,
    ),
    EngineMutant(
        "code of a cell whose lists are kept stays where it was",
        STAGE,
        {"        scene.set_kernels(addresses)\n": ""},
        test_stage.test_code_moves_where_pages_stay,
    ),
    EngineMutant(
        "one list for all requests that are added",
        SCENE,
        {"lists = count if self.cell.keeps_lists else 1": "lists = 1"},
        test_stage.test_every_request_that_is_added_has_a_list_of_its_own,
    ),
    EngineMutant(
        "lists that are kept used in order of memory",
        SCENE,
        {"self.stage.draw.permutation(lists) if": "np.arange(lists) if"},
        test_stage.test_lists_that_are_kept_are_used_in_shuffled_order,
    ),
    EngineMutant(
        "first job repeated in place of all",
        SCENE,
        {"np.uint64(self.cell.jobs * JOB.itemsize)": "np.uint64(JOB.itemsize)"},
        test_stage.test_a_turn_goes_through_all_jobs_of_its_variant,
    ),
    EngineMutant(
        "1/800,000 of a turn warms up",
        SCENE,
        {"WARM_SHARE = 8 ": "WARM_SHARE = 800_000 "},
        test_rounds.test_an_eighth_of_a_turn_warms_up,
    ),
    EngineMutant(
        "no warm-up",
        ROUNDS,
        {"np.concatenate([warm, empty, timed])": "np.concatenate([empty, timed])"},
        test_rounds.test_warm_up_comes_first_then_empty_turns_then_timed_ones,
    ),
    EngineMutant(
        "warm-up after the empty turns",
        ROUNDS,
        {"np.concatenate([warm, empty, timed])": "np.concatenate([empty, warm, timed])"},
        test_rounds.test_warm_up_comes_first_then_empty_turns_then_timed_ones,
    ),
    EngineMutant(
        "warm-up in fixed order",
        ROUNDS,
        {
            "[scene.warm_row(int(variant)) for variant in self.draw.permutation(variants)]": (
                "[scene.warm_row(int(variant)) for variant in variants]"
            )
        },
        test_rounds.test_warm_up_turns_come_in_an_order_drawn_for_each_round,
    ),
    EngineMutant(
        "kept lists warmed up before all turns, not each before its own",
        ROUNDS,
        {"        if scene.heap:  #": "        if False:  #"},
        test_rounds.test_a_layout_whose_lists_are_kept_warms_up_just_before_its_turn,
    ),
    EngineMutant(
        "an eighth of the kept lists warmed up",
        ROUNDS,
        {"return 1 if 0 < cell.lists <= FEW_LISTS else WARM_SHARE": "return WARM_SHARE"},
        test_rounds.test_a_layout_whose_lists_are_kept_warms_up_just_before_its_turn,
    ),
    EngineMutant(
        "timed turns in fixed order",
        ROUNDS,
        {"turns_order(variants, TURNS, self.draw)": "np.array(variants * TURNS)"},
        test_rounds.test_timed_turns_come_in_an_order_drawn_for_each_round,
    ),
    EngineMutant(
        "first requests in fixed order",
        ROUNDS,
        {"order = self.draw.permutation(variants)\n": "order = np.array(variants)\n"},
        test_rounds.test_first_requests_are_taken_before_anything_warms_up,
    ),
    EngineMutant(
        "empty turn not subtracted",
        ROUNDS,
        {"taken[order == variant] - floor": "taken[order == variant]"},
        test_rounds.test_the_median_empty_turn_is_subtracted_once,
    ),
    EngineMutant(
        "empty turn subtracted twice",
        ROUNDS,
        {"taken[order == variant] - floor": "taken[order == variant] - 2 * floor"},
        test_rounds.test_the_median_empty_turn_is_subtracted_once,
    ),
    EngineMutant(
        "mean of the empty turns subtracted, an interrupted one among them",
        ROUNDS,
        {"floor = np.median(": "floor = np.mean("},
        test_rounds.test_the_median_empty_turn_is_subtracted_once,
    ),
    EngineMutant(
        "empty turn not subtracted from first requests",
        ROUNDS,
        {"taken - np.median(elapsed[:EMPTY_TURNS])": "taken"},
        test_rounds.test_the_empty_turn_is_subtracted_from_a_first_request_too,
    ),
    EngineMutant(
        "known slowdown not performed",
        ROUNDS,
        {"credited + self._added(cell, credited)": "credited"},
        test_rounds.test_a_known_slowdown_is_performed_and_not_credited,
    ),
    EngineMutant(
        "failed turn has a time",
        ROUNDS,
        {"        taken[elapsed == FAILED] = np.nan\n": ""},
        test_rounds.test_a_round_with_a_failed_turn_is_dropped_for_all,
    ),
    EngineMutant(
        "wrong round kept for those that were right",
        ROUNDS,
        {"if not suspects and not proven:": "if True:"},
        test_rounds.test_a_round_with_a_failed_turn_is_dropped_for_all,
    ),
    EngineMutant(
        "slowest try says how long a turn is",
        ROUNDS,
        {".reshape(TRIES, -1).min(axis=0)": ".reshape(TRIES, -1).max(axis=0)"},
        test_rounds.test_the_quicker_try_says_how_many_requests_a_turn_has,
    ),
    EngineMutant(
        "all variants at one code position in a round",
        ROUNDS,
        {
            POSITIONS_DRAWN: "np.broadcast_to(self.draw.permuted("
            "np.broadcast_to(POSITIONS, (shape[0], 1, shape[2])), axis=2), shape)"
        },
        test_rounds.test_positions_of_a_round_are_drawn_for_each_variant,
    ),
    EngineMutant(
        "code positions drawn in unequal shares",
        ROUNDS,
        {POSITIONS_DRAWN: "self.draw.choice(POSITIONS, shape)"},
        test_rounds.test_positions_of_a_round_are_drawn_for_each_variant,
    ),
    EngineMutant(
        "code positions by turns, not drawn",
        ROUNDS,
        {POSITIONS_DRAWN: "np.broadcast_to(POSITIONS, shape)"},
        test_rounds.test_positions_of_a_variants_kernels_are_drawn_apart,
    ),
    EngineMutant(
        "add_buf's position reported where map is measured",
        ROUNDS,
        {'"map" if cell.phase == "map" else "add_buf"': '"add_buf"'},
        test_rounds.test_the_position_that_is_reported_of_phase_map_is_that_of_map,
    ),
    EngineMutant(
        "position of the kernel before reported",
        ROUNDS,
        {"placed = positions[kernel :": "placed = positions[kernel - 1 :"},
        test_rounds.test_the_position_that_is_reported_is_that_of_add_buf,
    ),
    EngineMutant(
        "cells of a pass in fixed order",
        ROUNDS,
        {"for at in self.draw.permutation(len(numbers)):": "for at in range(len(numbers)):"},
        test_rounds.test_cells_of_a_pass_come_in_a_drawn_order,
    ),
    EngineMutant(
        "watch's two ends exchanged",
        ROUNDS,
        {"np.array([begin, end])": "np.array([end, begin])"},
        test_rounds.test_the_watch_reads_before_the_first_turn_and_after_the_last,
    ),
    EngineMutant(
        "watch read at a round's beginning alone",
        ROUNDS,
        {"end = self.watch.look()": "end = begin"},
        test_rounds.test_the_watch_reads_before_the_first_turn_and_after_the_last,
    ),
)

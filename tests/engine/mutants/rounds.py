"""A process: rounds, driver, watch and worker with one mistake each."""

from tests.bench.driver import test_driver
from tests.bench.machine import test_bypass
from tests.bench.worker import test_rounds, test_watch, test_worker
from tests.engine.mutation import EngineMutant

ROUNDS = "bench.worker.rounds"
DRIVER = "bench.driver.driver"
WATCH = "bench.worker.watch"
WORKER = "bench.worker.__main__"
BYPASS = "bench.machine.bypass"
POSITIONS_DRAWN = "self.draw.permuted(np.broadcast_to(POSITIONS, shape), axis=2)"

MUTANTS = (
    EngineMutant(
        "store bypass left alone in every cell",
        ROUNDS,
        {"if scene.cell.bypass:": "if True:"},
        test_bypass.test_a_cell_takes_its_turns_without_bypass_if_it_says_so,
    ),
    EngineMutant(
        "store bypass taken from every cell",
        ROUNDS,
        {"if scene.cell.bypass:": "if False:"},
        test_bypass.test_a_cell_takes_its_turns_without_bypass_if_it_says_so,
    ),
    EngineMutant(
        "store bypass not given back",
        BYPASS,
        {"        _set(ENABLED)": "        _set(DISABLED)"},
        test_bypass.test_bypass_is_given_back_whatever_happens,
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
        {'OF_ONE_KERNEL.get(cell.phase, "add_buf")': '"add_buf"'},
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
        {"end = self.watch.read()": "end = begin"},
        test_rounds.test_the_watch_reads_before_the_first_turn_and_after_the_last,
    ),
    EngineMutant(
        "clock read after the turn has begun",
        DRIVER,
        {
            "        start = now(clock, out)\n": "",
            "        elapsed =": "        start = now(clock, out)\n        elapsed =",
        },
        test_driver.test_the_clock_is_read_just_before_and_just_after_all_requests_of_a_turn,
    ),
    EngineMutant(
        "failed turn has a time",
        DRIVER,
        {"elapsed if failed == ZERO else FAILED": "elapsed"},
        test_driver.test_a_turn_in_which_a_kernel_failed_has_no_time,
    ),
    EngineMutant(
        "requests not counted in the ring",
        DRIVER,
        {"U64(status) | (counted ^ (row_at(row).requests + row_at(row).limit))": "U64(status)"},
        test_driver.test_a_turn_whose_requests_are_not_in_the_ring_has_no_time,
    ),
    EngineMutant(
        "first request mapped again and again",
        DRIVER,
        {
            "job_at(job).request, words))\n        job += JOB_BYTES\n": (
                "job_at(job).request, words))\n"
            )
        },
        test_driver.test_the_clock_is_read_just_before_and_just_after_all_requests_of_a_turn,
    ),
    EngineMutant(
        "rows taken in the table's order",
        DRIVER,
        {"number = U64(u16_at(order + t * U64(2)).value)": "number = t & ONE"},
        test_driver.test_turns_are_taken_in_the_order_that_was_asked_for,
    ),
    EngineMutant(
        "slower turn of a sentinel counts",
        WATCH,
        {"turns.min(axis=0)": "turns.max(axis=0)"},
        test_watch.test_the_quicker_turn_of_each_sentinel_counts,
    ),
    EngineMutant(
        "reading not divided by steps",
        WATCH,
        {"/ (CALLS * STEPS)": "/ CALLS"},
        test_watch.test_the_quicker_turn_of_each_sentinel_counts,
    ),
    EngineMutant(
        "watch's code at a drawn place",
        WATCH,
        {"np.random.default_rng(0)": "np.random.default_rng(self.kit.seed)"},
        test_watch.test_the_watch_lies_where_it_always_lies,
    ),
    EngineMutant(
        "every process draws the same",
        WORKER,
        {"default_rng([kit.seed, task.process])": "default_rng(kit.seed)"},
        test_worker.test_every_process_draws_for_itself_and_always_the_same,
    ),
    EngineMutant(
        "process not pinned",
        WORKER,
        {"    pin(cpu)\n": ""},
        test_worker.test_a_process_stays_on_its_cpu,
    ),
    EngineMutant(
        "watch's ends reported in the wrong order",
        WORKER,
        {"ends[:, :, number].T": "ends[:, ::-1, number].T"},
        test_worker.test_readings_are_reported_by_sentinel_and_end,
    ),
    EngineMutant(
        "sums reported as the chain",
        WORKER,
        {"in enumerate(SENTINELS)": "in enumerate(SENTINELS[::-1])"},
        test_worker.test_readings_are_reported_by_sentinel_and_end,
    ),
)

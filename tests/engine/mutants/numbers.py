"""Evaluation: statistics, centres and verdicts with one mistake each."""

from tests.engine.mutation import EngineMutant
from tests.reports.statistics import test_centre, test_signed_rank, test_verdict

STATISTICS = "reports.statistics.signed_rank"
CENTRE = "reports.statistics.centre"
VERDICT = "reports.statistics.verdict"
TABLES = "reports.frames.tables"

MUTANTS = (
    EngineMutant(
        "interval a step too wide",
        STATISTICS,
        {'(1 - confidence) / 2, side="right"))': '(1 - confidence) / 2, side="right")) - 1'},
        test_signed_rank.test_interval_is_what_the_test_does_not_reject,
    ),
    EngineMutant(
        "one-sided interval",
        STATISTICS,
        {'(1 - confidence) / 2, side="right"': '(1 - confidence), side="right"'},
        test_signed_rank.test_interval_is_what_the_test_does_not_reject,
    ),
    EngineMutant(
        "no value averaged with itself",
        STATISTICS,
        {"np.triu_indices(count)": "np.triu_indices(count, 1)"},
        test_signed_rank.test_walsh_averages_by_hand,
    ),
    EngineMutant(
        "median in place of the Hodges-Lehmann centre",
        STATISTICS,
        {"averages[:, middle].mean(axis=1).tolist()": "np.median(rows, axis=1).tolist()"},
        test_signed_rank.test_hodges_lehmann_of_the_depression_scores,
    ),
    EngineMutant(
        "level ten times as large",
        CENTRE,
        {"LEVEL = 0.01 ": "LEVEL = 0.1 "},
        test_centre.test_the_position_is_seldom_suspected_where_nothing_decides,
    ),
    EngineMutant(
        "each series a family of its own",
        CENTRE,
        {"(1 + beyond) / (1 + PERMUTATIONS)": "(1 + beyond) / (1 + len(pool))"},
        test_centre.test_the_position_is_seldom_suspected_where_nothing_decides,
    ),
    EngineMutant(
        "position without rounds filled as in all processes",
        CENTRE,
        {"np.where(known, table, usual + level)": "np.where(known, table, usual)"},
        test_centre.test_position_without_rounds_is_filled_and_not_left_out,
    ),
    EngineMutant(
        "mean over rounds in place of positions",
        CENTRE,
        {"return _mean_of_positions(one)": "return np.nanmean(one.ratios, axis=1)"},
        test_centre.test_mean_of_positions_by_hand,
    ),
    EngineMutant(
        "nothing trimmed",
        CENTRE,
        {"TRIMMED = 0.2 ": "TRIMMED = 0.0 "},
        test_centre.test_trimmed_mean_by_hand,
    ),
    EngineMutant(
        "A/A noise left out of a verdict",
        VERDICT,
        {"abs(found.centre - 1) <= noise": "False"},
        test_verdict.test_a_ratio_within_the_noise_of_the_copy_is_doubtful,
    ),
    EngineMutant(
        "A/A noise left out of a report's verdicts",
        TABLES,
        {"noise.get(_cell_and_backend(row), 0.0)": "0.0"},
        test_verdict.test_the_noise_is_that_of_the_copy_in_the_same_cell,
    ),
)

"""Placement: memory, stage and scene with one mistake each."""

from tests.bench.worker import test_memory, test_rounds, test_stage
from tests.engine.mutation import EngineMutant

MEMORY = "bench.worker.memory"
STAGE = "bench.worker.stage"
SCENE = "bench.worker.cell_memory"
FIRST_OF_ITS_CODE = "[[v.kernels for v in variants].index(v.kernels) for v in variants]"

MUTANTS = (
    EngineMutant(
        "arena touched in order",
        MEMORY,
        {"draw.permutation(pages if touch else 0)": "range(pages if touch else 0)"},
        test_memory.test_pages_are_touched_once_each_in_a_drawn_order,
    ),
    EngineMutant(
        "a region's page never drawn",
        MEMORY,
        {"np.sort(draw.integers(0, spare + 1, len(sizes)))": "np.zeros(len(sizes), int)"},
        test_memory.test_the_page_of_a_region_is_drawn,
    ),
    EngineMutant(
        "data always at line 0 of its page",
        MEMORY,
        {"        lines[:aligned] = 0\n": "        lines[:] = 0\n"},
        test_memory.test_the_line_of_a_region_is_drawn_and_that_of_an_aligned_one_is_the_first,
    ),
    EngineMutant(
        "ring and queue on a drawn line",
        MEMORY,
        {"        lines[:aligned] = 0\n": ""},
        test_memory.test_the_line_of_a_region_is_drawn_and_that_of_an_aligned_one_is_the_first,
    ),
    EngineMutant(
        "regions always in the same order",
        MEMORY,
        {"in zip(gaps, draw.permutation(len(sizes)),": "in zip(gaps, range(len(sizes)),"},
        test_memory.test_regions_lie_in_a_drawn_order,
    ),
    EngineMutant(
        "a kernel's page never drawn",
        MEMORY,
        {"draw.permutation(self.pages)[: len(texts)]": "range(len(texts))"},
        test_memory.test_the_page_of_a_kernel_is_drawn,
    ),
    EngineMutant(
        "two kernels on one page",
        MEMORY,
        {"draw.permutation(self.pages)[: len(texts)]": "draw.integers(0, self.pages, len(texts))"},
        test_memory.test_no_two_kernels_share_a_page,
    ),
    EngineMutant(
        "a kernel's line in its page never drawn",
        MEMORY,
        {"int(draw.integers(0, lines + 1)) * LINE": "0 * lines * LINE"},
        test_memory.test_the_line_of_a_kernel_in_its_page_is_drawn,
    ),
    EngineMutant(
        "the stack stays where the system put it",
        STAGE,
        {"STACK_STEP * int(self.draw.integers(PAGE // STACK_STEP))": "0"},
        test_stage.test_the_place_of_the_stack_is_drawn_for_every_round,
    ),
    EngineMutant(
        "the stack at a few places of its page",
        STAGE,
        {"PAGE // STACK_STEP))": "8))"},
        test_stage.test_the_place_of_the_stack_is_drawn_for_every_round,
    ),
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
            "return addresses, dict(": f"return addresses[{FIRST_OF_ITS_CODE}], dict(",
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
        {"self.draw.permutation(lists) if": "np.arange(lists) if"},
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
)

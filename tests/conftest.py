"""What all tests share: how Hypothesis draws, and kernels compiled once a session."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from strategies import Strategy

if TYPE_CHECKING:
    from tests.rig import Kernels

pytest.register_assert_rewrite("tests.rig", "tests.lockstep", "tests.checks")

# The same draws in every run: a clone's tests pass or fail by its code, never by chance.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.register_profile("explore", deadline=None)  # pytest --hypothesis-profile=explore
settings.load_profile("repeatable")


@pytest.fixture
def kernels(strategy: Strategy) -> "Kernels":
    """Give the kernels of the strategy that the test is parametrized with."""
    from tests.rig import kernels_of  # only now that its assertions are rewritten

    return kernels_of(strategy)

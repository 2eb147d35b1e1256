"""Shared by all tests: settings of Hypothesis, and the kernels of a layout."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from strategies import Strategy
from tests.fake.undrawn import undrawn

if TYPE_CHECKING:
    from tests.kernels.rig import Kernels

pytest.register_assert_rewrite(
    "tests.kernels.rig", "tests.kernels.lockstep", "tests.kernels.checks", "tests.kernels.twins"
)

# The same draws in every run: a clone's tests pass or fail by its code, never by chance.
settings.register_profile("repeatable", deadline=None, derandomize=True, database=None)
settings.register_profile("explore", deadline=None)  # pytest --hypothesis-profile=explore
settings.load_profile("repeatable")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option for the tests of one layout."""
    parser.addoption("--layout", metavar="NAME[FORM]", help="only what is asked of this layout")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put first what takes longest: processes that are done sooner take the rest of the tests."""
    items.sort(key=lambda item: item.get_closest_marker("first") is None)
    wanted = config.getoption("--layout")
    if wanted is not None:
        _keep(items, wanted)


def _keep(items: list[pytest.Item], wanted: str) -> None:
    """Keep the tests of the requested layout: one form, or all of the default plan."""
    items[:] = [item for item in items if _takes(item, wanted)]
    if not items:
        raise pytest.UsageError(f"no layout is named {wanted}: python -m strategies lists them")


def _takes(item: pytest.Item, wanted: str) -> bool:
    strategy = item.callspec.params.get("strategy") if hasattr(item, "callspec") else None
    if not isinstance(strategy, Strategy):
        return False
    return wanted == strategy.label or (wanted == strategy.name and not strategy.only)


@pytest.fixture
def kernels(strategy: Strategy) -> "Kernels":
    """Give the kernels of the test's strategy."""
    from tests.kernels.rig import kernels_of  # only now that its assertions are rewritten

    return kernels_of(strategy)


@pytest.fixture(name="undrawn")
def _undrawn() -> Iterator[None]:
    """Skip the drawing of figures in a test that needs none."""
    with undrawn():
        yield


@pytest.fixture(scope="session", autouse=True)
def _own_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give the benches of tests their own lock: somebody may be measuring."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("place")))
        yield

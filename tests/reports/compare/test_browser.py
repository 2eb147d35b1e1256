"""Both pages that compare, in a browser: on a phone, dark, printed, by keyboard, and how large."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from typer.testing import CliRunner

from reports import __main__ as cli
from tests.fake import synthetic
from tests.reports.compare.test_compare import truth
from tests.reports.compare.test_kinds import files, three
from tests.reports.page.test_browser import CHROMIUM, PHONE, SCREEN, SERIOUS

NODES_MAX = 10_000
BYTES_MAX = 3_000_000

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no browser: install chromium")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running browser."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module", params=["machines", "runs"])
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of three machines, and that of two runs of one."""
    folder = tmp_path_factory.mktemp(request.param)
    truths = (
        three(layouts=synthetic.TWO_COMPILERS, factors={}) if request.param == "machines" else []
    )
    paths = files(folder, truths or [truth(1.1, 1.3), truth(1.1, 1.4, seed=2)])
    done = CliRunner().invoke(cli.app, [*map(str, paths), "-o", str(folder / "out")])
    assert done.exit_code == 0, done.output
    return folder / "out" / "index.html"


def opened(browser: Browser, index: Path, **options: Any) -> Page:
    """The page, in a context of its own."""
    page = browser.new_context(**{"viewport": SCREEN, **options}).new_page()
    page.goto(index.as_uri())
    return page


def test_nothing_is_cut_off_on_a_phone(browser: Browser, index: Path) -> None:
    """The page is as wide as the screen, wide tables scroll in their own boxes, figures fit."""
    page = opened(browser, index, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    drawn = page.locator("figure svg:visible")
    assert drawn.count() == 1
    box = drawn.first.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= PHONE["width"]
    for text in page.locator("h1, h2, p, li").all():
        box = text.bounding_box()
        assert box is None or box["x"] + box["width"] <= PHONE["width"]


def test_answer_and_figure_are_on_the_first_screen(browser: Browser, index: Path) -> None:
    """Both are seen without scrolling."""
    page = opened(browser, index)
    for part in (".verdict", "figure svg:visible"):
        box = page.locator(part).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= SCREEN["height"], part


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, index: Path, scheme: str) -> None:
    """Labels, contrast, order of headings: in both colour schemes."""
    page = opened(browser, index, color_scheme=scheme)
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in SERIOUS] == []


def test_a_table_sorts_and_filters(browser: Browser, index: Path) -> None:
    """The script works here as on a single run's page, and reports no error."""
    page = opened(browser, index)
    table = page.locator(".sheet table:visible").first
    table.scroll_into_view_if_needed()
    head = table.locator("thead th").nth(1)
    head.locator("button").click()
    assert head.get_attribute("aria-sort") == "descending"
    shown = [float(text) for text in table.locator("tbody td:nth-of-type(1) b").all_inner_texts()]
    assert shown == sorted(shown, reverse=True)


def test_page_is_small(browser: Browser, index: Path) -> None:
    """It may be sent and scrolled."""
    page = opened(browser, index)
    assert page.evaluate("document.querySelectorAll('*').length") <= NODES_MAX
    assert index.stat().st_size <= BYTES_MAX

"""The page in a browser: light and dark, on a phone, on paper, by keyboard.

Driven by playwright in the machine's own Chromium; skipped without one.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from reports.frames import counts, tables
from reports.page import report
from reports.read.result import load
from tests.fake import synthetic
from tests.fake.synthetic import Truth

BROWSERS = ("chromium", "chromium-browser", "google-chrome")  # as Debian, others, and CI name it
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
PHONE, SCREEN = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
SERIOUS = {"serious", "critical"}  # impact of axe-core's findings
CONTRAST_MIN = 4.5  # of text, WCAG 2.2, 1.4.3
ROW = "blk-64k-read-add-ring-gcc"
WHOLE = Truth(  # data for every section
    layouts=synthetic.TWO_COMPILERS,
    shapes=(*synthetic.SHAPES, *synthetic.MORE_SHAPES),
    positions=(0.95, 1.0, 1.0, 1.05),
    groups=1.2,
    doubts=dict.fromkeys(range(8), "others took 40 % of CPU 1"),
)

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason=f"no browser: install one of {', '.join(BROWSERS)}"
)

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running browser."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox"],  # what root needs
        )
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a result with data for every section."""
    directory = tmp_path_factory.mktemp("browser")
    path = synthetic.write(directory / "r.json", WHOLE)
    synthetic.write_counts(path, WHOLE)
    return rendered(path)


@pytest.fixture(scope="module")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of the same sections with few rows in each."""
    truth = replace(WHOLE, shapes=WHOLE.shapes[:4], phases=("map", "add"))
    path = synthetic.write(tmp_path_factory.mktemp("brief") / "r.json", truth)
    synthetic.write_counts(path, truth)
    return rendered(path)


def rendered(path: Path) -> Path:
    """The page of a result file, in a folder next to it."""
    result = load(path)
    known = counts.counts_of(result)
    found = tables.tabulate(result, known.found)
    return report.write(result, found, path.parent / "out", known.note)


@pytest.fixture
def opened(browser: Browser, index: Path) -> Iterator[Open]:
    """A function that opens the page, and fails if it reports an error or fetches anything."""
    complaints: list[str] = []
    contexts = []

    def open_page(path: Path = index, at: str = "", **options: Any) -> Page:
        context = browser.new_context(**{"viewport": SCREEN, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda request: _note_outside(complaints, request.url, path))
        page.goto(path.as_uri() + at)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _note_outside(complaints: list[str], url: str, path: Path) -> None:
    if url.partition("#")[0] != path.as_uri():
        complaints.append(f"asked for {url}")


def first_table(page: Page) -> Any:
    """The first visible table with a filter."""
    return page.locator(".sheet:has(label.filter) table").first


def column(table: Any, at: int) -> list[float]:
    """The numbers of a table's column in their present order."""
    texts = table.locator(f"tbody tr td:nth-of-type({at}) b").all_inner_texts()
    return [float(text) for text in texts]


def test_page_opens_from_a_file(opened: Open) -> None:
    """It has its title and answer, fetches nothing, and reports no error."""
    page = opened()
    assert "chain 1." in page.title()
    assert page.locator(".answer li").count() == 2


def test_every_figure_is_seen(opened: Open, index: Path) -> None:
    """All figures are there, each with a size, inside the page, with marks in it."""
    page = opened()
    figures = page.locator("figure svg").all()
    assert len(figures) == len(list(index.parent.glob("*.svg")))
    for figure in figures:
        box = figure.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) > 100
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= SCREEN["width"]
        assert figure.locator("path").count() > 20


def test_answer_figure_and_doubt_are_on_one_screen(opened: Open) -> None:
    """All three are visible without scrolling."""
    page = opened()
    for part in (".answer", ".doubt", ".machine", ".first figure svg"):
        box = page.locator(part).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= SCREEN["height"], part


def test_tables_sort(opened: Open) -> None:
    """A column's heading sorts down, up, and back, and announces it to a screen reader."""
    page = opened()
    table = first_table(page)
    before = column(table, 1)
    head = table.locator("thead tr:last-child th").nth(1)
    for order, expected in (
        ("descending", sorted(before, reverse=True)),
        ("ascending", sorted(before)),
        (None, before),
    ):
        head.locator("button").click()
        assert head.get_attribute("aria-sort") == order
        assert column(table, 1) == expected
    assert before != sorted(before)


def test_names_sort_too(opened: Open) -> None:
    """The first column sorts by name, numbers in it by value."""
    page = opened()
    table = first_table(page)
    table.locator("thead tr:last-child th button").first.click()
    names = [text.split()[0] for text in table.locator("tbody th").all_inner_texts()]
    assert names == sorted(names, key=lambda name: int(re.findall(r"\d+", name)[0]))


def test_tables_filter(opened: Open) -> None:
    """Rows without the word disappear, the count is shown, and clearing the field restores them."""
    page = opened()
    table = first_table(page)
    rows = table.locator("tbody tr").count()
    field = page.locator("label.filter input").first
    field.fill("64K read")
    assert table.locator("tbody tr:visible").count() == 1
    assert page.locator("label.filter output").first.inner_text() == f"1 of {rows}"
    field.fill("")
    assert table.locator("tbody tr:visible").count() == rows


def test_rows_have_addresses(opened: Open) -> None:
    """An address opens the fold that its row is in; the row links to itself."""
    page = opened(at=f"#{ROW}")
    row = page.locator(f"[id='{ROW}']")
    assert row.is_visible()
    box = row.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < SCREEN["height"]
    assert row.locator("th a").get_attribute("href") == f"#{ROW}"
    assert "ring@gcc" in row.inner_text()


def test_every_address_leads_somewhere(opened: Open) -> None:
    """Every link within the page has a target."""
    page = opened()
    dead = page.evaluate(
        """[...document.querySelectorAll('a[href^="#"]')].map((a) => a.getAttribute("href"))
           .filter((href) => !document.getElementById(href.slice(1)))"""
    )
    assert dead == []


def test_numbers_copy_with_their_intervals(opened: Open) -> None:
    """A click copies a number with its interval and its name."""
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    cell = first_table(page).locator("tbody td").first
    cell.locator("button").click()
    page.locator(".spoken:not(:empty)").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    number, interval = cell.locator("b").inner_text(), cell.locator("small").first.inner_text()
    assert copied.startswith(f"{number} {interval} (blk")
    assert "4k-read 3 desc" in copied
    assert copied.endswith("; chain @numba)")
    assert copied in page.locator(".spoken").inner_text()


def test_refused_clipboard_leaves_a_selection(opened: Open) -> None:
    """If a page may not write to the clipboard, the cell is selected for Ctrl-C."""
    page = opened()
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    cell = first_table(page).locator("tbody td").first
    cell.locator("button").click()
    page.locator(".spoken:not(:empty)").wait_for()
    assert cell.locator("b").inner_text() in page.evaluate("getSelection().toString()")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_can_be_read(opened: Open, scheme: str) -> None:
    """In either scheme every letter of a figure contrasts with the page."""
    page = opened(color_scheme=scheme)
    paper = colour(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert (luminance(paper) < 0.5) == (scheme == "dark")
    inks = page.evaluate(
        """[...new Set([...document.querySelectorAll('figure svg use:not([x])')]
           .map((letter) => getComputedStyle(letter).fill))]"""
    )
    assert inks
    for ink in inks:
        assert contrast(colour(ink), paper) >= CONTRAST_MIN, ink


def colour(css: str) -> tuple[float, ...]:
    """Red, green and blue of a computed colour, from 0 to 1."""
    return tuple(int(part) / 255 for part in re.findall(r"\d+", css)[:3])


def luminance(rgb: tuple[float, ...]) -> float:
    """The relative luminance of WCAG 2.2."""
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return sum(share * c for share, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """The contrast ratio of WCAG 2.2."""
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(opened: Open, brief: Path, scheme: str) -> None:
    """With all folds open, axe-core has no serious complaint.

    What is inside a figure is left out: a picture with a text has no parts for a screen reader.
    """
    page = opened(brief, color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    violations = Axe().run(page, {"exclude": [["figure svg"]]}).response["violations"]
    assert [found["id"] for found in violations if found["impact"] in SERIOUS] == []


def test_keyboard_reaches_everything(opened: Open) -> None:
    """First a link past the answer; then all controls, in reading order."""
    page = opened()
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.get_attribute("href") == "#ratios"
    assert focused.is_visible()
    head = first_table(page).locator("thead tr:last-child th").nth(1)
    head.locator("button").focus()
    page.keyboard.press("Enter")
    assert head.get_attribute("aria-sort") == "descending"
    assert page.locator("[tabindex]:not([tabindex='0'])").count() == 0


def test_phone_has_no_sideways_scroll(opened: Open) -> None:
    """At 360 pixels the page is as wide as the screen, folds open too; tables scroll inside."""
    page = opened(viewport=PHONE)
    page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_page_prints(opened: Open) -> None:
    """On paper nothing is cut off, and screen-only controls are left out."""
    page = opened(viewport={"width": 680, "height": 960})  # A4 between its margins
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.emulate_media(media="print")
    for part in ("nav", ".skip", "label.filter", "details"):
        assert page.locator(part).count(), part
        assert page.locator(part).first.is_hidden(), part
    widths = page.evaluate(
        """[...document.querySelectorAll("main .sheet > .scroll, figure > .scroll")]
           .filter((part) => part.checkVisibility())
           .map((part) => [part.getAttribute("aria-label"), part.scrollWidth])"""
    )
    assert len(widths) > 1
    paper = page.evaluate("document.documentElement.clientWidth")
    assert [name for name, width in widths if width > paper] == []


def test_all_is_there_without_a_script(opened: Open) -> None:
    """Folds open, rows have their addresses, and no button is shown that would not work."""
    page = opened(java_script_enabled=False)
    assert page.locator("button, label.filter").count() == 0
    with_script = opened()
    for part in ("table", "tbody tr", "figure svg", "details"):
        assert page.locator(part).count() == with_script.locator(part).count()
    page.locator("summary").first.click()
    assert page.locator(f"[id='{ROW}']").is_visible()


def test_hostile_names_run_nothing(opened: Open, tmp_path: Path) -> None:
    """Free text of a file is text on the page; the page's policy forbids scripts in it anyway."""
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    metadata = {**synthetic.METADATA, "commit": evil, "command": evil}
    path = synthetic.write(tmp_path / "r.json", Truth(metadata=metadata))
    page = opened(rendered(path))
    assert page.locator("img").count() == 0
    assert evil in page.locator("pre").inner_text()
    policy = page.locator("meta[http-equiv]").get_attribute("content")
    assert policy is not None
    assert policy.startswith("default-src 'none'")

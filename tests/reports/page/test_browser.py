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
PHONE, SCREEN = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
SERIOUS = {"serious", "critical"}  # impact of axe-core's findings
CONTRAST_MIN = 4.5  # of text, WCAG 2.2, 1.4.3
STOPS_MAX = 30  # of a keyboard, before the last section is reached
BYTES_MAX, NODES_MAX = 1_000_000, 10_000  # of a page
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


def listed(page: Page) -> Any:
    """The table of every ratio, after opening it."""
    page.locator("#list > summary").click()
    return page.locator("#list table")


def column(table: Any, at: int) -> list[float]:
    """The numbers of a table's column in their present order."""
    texts = table.locator(f"tbody tr td:nth-of-type({at})").all_inner_texts()
    return [float(text.split()[0]) for text in texts]


def test_page_opens_from_a_file(opened: Open) -> None:
    """It has its title and answer, fetches nothing, and reports no error."""
    page = opened()
    assert page.title() == "What a layout costs: Example CPU 3000"
    assert page.locator(".answer p").count() == 2


def test_page_is_light(opened: Open, index: Path) -> None:
    """A page, not a database: what nobody reads is in the files next to it."""
    assert index.stat().st_size <= BYTES_MAX
    assert opened().evaluate("document.querySelectorAll('*').length") <= NODES_MAX


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
        assert figure.locator("path").count() > 15
        assert figure.locator("text").count() > 5


def test_five_questions_are_answered_on_one_screen(opened: Open) -> None:
    """What it costs, why, how sure that is, on which machine, how to repeat it: no scrolling."""
    page = opened()
    first = page.locator(".first")
    for words in ("in place of flat", "per cent of flat", "Why:", "Doubt:", "How sure:", "Again:"):
        part = first.get_by_text(words, exact=False).first
        box = part.bounding_box()
        assert box is not None, words
        assert box["y"] + box["height"] <= SCREEN["height"], words
    figure = first.locator("figure svg").bounding_box()
    assert figure is not None
    assert figure["y"] < SCREEN["height"] / 4


def test_the_list_is_made_when_opened(opened: Open) -> None:
    """Its rows are no part of the page before; then it has one for each ratio, each once."""
    page = opened()
    assert page.locator("#list tr").count() == 0
    rows = listed(page).locator("tbody tr")
    there = rows.count()
    assert there == page.evaluate("JSON.parse(document.getElementById('rows').textContent).length")
    page.locator("#list > summary").click()
    page.locator("#list > summary").click()
    assert rows.count() == there


def test_the_list_sorts(opened: Open) -> None:
    """A column's heading sorts down, up, and back, and announces it to a screen reader."""
    table = listed(opened())
    before = column(table, 1)
    head = table.locator("thead th").nth(1)
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
    table = listed(opened())
    table.locator("thead button").first.click()
    names = [text.split()[0] for text in table.locator("tbody th").all_inner_texts()]
    sizes = [int(size) for name in names for size in re.findall(r"^blk/(\d+)k-", name)]
    assert sizes == sorted(sizes)
    assert len(set(sizes)) > 2


def test_the_list_is_searched(opened: Open) -> None:
    """Rows without the word disappear, the count is shown, and clearing the field restores them."""
    page = opened()
    table = listed(page)
    rows = table.locator("tbody tr").count()
    field = page.locator("label.filter input")
    field.fill("64K read add ring@gcc")
    assert table.locator("tbody tr:visible").count() == 1
    assert page.locator("label.filter output").inner_text() == f"1 of {rows}"
    field.fill("")
    assert table.locator("tbody tr:visible").count() == rows


def test_rows_have_addresses(opened: Open) -> None:
    """An address opens the list at its row; the row links to itself."""
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


def test_numbers_copy_with_what_they_are(opened: Open) -> None:
    """A click copies a number with its interval, its place, machine and commit; no warning."""
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    cell = page.locator("main .sheet tbody td:has(b)").nth(2)
    cell.click()
    page.locator(".spoken:not(:empty)").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    number, interval = cell.locator("b").inner_text(), cell.locator("small").first.inner_text()
    assert copied.startswith(f"{number} {interval} (blk")
    assert "4k-read 3 desc; chain @numba; Example CPU 3000, commit 0123abcd)" in copied
    assert "changed with" not in copied
    assert copied in page.locator(".spoken").inner_text()


def test_the_summary_copies(opened: Open, index: Path) -> None:
    """One button copies the text for a mailing list, as it is in the file next to the page."""
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy summary").click()
    page.locator(".spoken:not(:empty)").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.strip() == (index.parent / "summary.txt").read_text(encoding="utf-8").strip()


def test_refused_clipboard_leaves_a_selection(opened: Open) -> None:
    """If a page may not write to the clipboard, the cell is selected for Ctrl-C."""
    page = opened()
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    cell = page.locator("main .sheet tbody td:has(b)").first
    cell.click()
    page.locator(".spoken:not(:empty)").wait_for()
    assert cell.locator("b").inner_text() in page.evaluate("getSelection().toString()")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_can_be_read(opened: Open, scheme: str) -> None:
    """In either scheme every letter of a figure contrasts with the page."""
    page = opened(color_scheme=scheme)
    paper = colour(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert (luminance(paper) < 0.5) == (scheme == "dark")
    inks = page.evaluate(
        """[...new Set([...document.querySelectorAll('figure svg text')]
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


def test_keyboard_reaches_every_section_soon(opened: Open) -> None:
    """First a link past the answer; then, within a few stops, a link to each section."""
    page = opened()
    page.keyboard.press("Tab")
    focused = page.locator(":focus")
    assert focused.get_attribute("href") == "#ratios"
    assert focused.is_visible()
    reached = []
    for _ in range(STOPS_MAX - 1):
        page.keyboard.press("Tab")
        reached.append(page.locator(":focus").get_attribute("href") or "")
    sections = page.evaluate("[...document.querySelectorAll('main h2')].map((h) => '#' + h.id)")
    assert len(sections) > 10
    assert [name for name in sections if name not in reached] == []
    assert page.locator("[tabindex]:not([tabindex='0'])").count() == 0


def test_what_scrolls_sideways_can_be_reached(opened: Open) -> None:
    """A table wider than its place can be scrolled by keyboard; no other one is a stop."""
    page = opened(viewport=PHONE)
    parts = page.evaluate(
        """[...document.querySelectorAll(".scroll")].filter((part) => part.checkVisibility())
           .map((part) => [part.scrollWidth > part.clientWidth + 1, part.tabIndex === 0])"""
    )
    assert {wide for wide, _ in parts} == {True, False}
    assert [part for part in parts if part[0] != part[1]] == []


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
    for part in ("nav", ".skip", ".files", "details"):
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
    """The list is the file next to the page, and no button is shown that would not work."""
    page = opened(java_script_enabled=False)
    assert page.locator("button, label.filter").count() == 0
    with_script = opened()
    for part in ("table", "tbody tr", "figure svg", "details"):
        assert page.locator(part).count() == with_script.locator(part).count()
    page.locator("#list > summary").click()
    assert page.locator("#list a[href='results.csv']").is_visible()


def test_hostile_names_run_nothing(opened: Open, tmp_path: Path) -> None:
    """Free text of a file is text on the page; the page's policy forbids scripts in it anyway."""
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    metadata = {**synthetic.METADATA, "commit": evil, "command": evil}
    path = synthetic.write(tmp_path / "r.json", Truth(metadata=metadata))
    page = opened(rendered(path))
    assert page.locator("img").count() == 0
    assert evil in page.locator("pre:not(#summary)").inner_text()
    policy = page.locator("meta[http-equiv]").get_attribute("content")
    assert policy is not None
    assert policy.startswith("default-src 'none'")

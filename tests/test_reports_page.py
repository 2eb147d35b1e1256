"""The pages say what was found, and nothing in a file can break them."""

import html.parser
import re
from pathlib import Path

import pytest

import reports
from reports import page, report, tables, wording
from reports.statistics import Estimate
from tests import synthetic
from tests.synthetic import Layout, Shape, Truth


def rendered(directory: Path, truth: Truth | None = None) -> str:
    """Return the page of a file with this truth."""
    result = reports.load(synthetic.write(directory / "r.json", truth))
    index = report.write(result, tables.tabulate(result.values), directory / "out")
    return index.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the report of a small, whole result."""
    directory = tmp_path_factory.mktemp("page")
    rendered(directory)
    return directory / "out"


class Outline(html.parser.HTMLParser):
    """Collects what a page has: tags in order, ids, addresses, and text outside of styles."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.texts: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag and what it refers to."""
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in {"href", "src", "xlink:href"}:
                self.addresses.append(value or "")

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.texts.append(data)

    @property
    def text(self) -> str:
        """All text with its spaces joined."""
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def outline(whole: Path) -> Outline:
    """Return the outline of that report's page."""
    return Outline((whole / "index.html").read_text(encoding="utf-8"))


def test_answer_comes_first(outline: Outline) -> None:
    """The ranges with their intervals stand before any figure."""
    before = outline.text.split("Ratio to the baseline")[0]
    assert re.search(r"chained_scatterlist takes 1\.\d{3} \[1\.\d{3}, 1\.\d{3}\]", before)
    assert "slower in all 3 shapes" in before
    assert "Example CPU 3000, 2 logical CPUs" in before
    assert outline.tags.index("ul") < outline.tags.index("svg")


def test_sections_are_in_order(outline: Outline) -> None:
    """Ratios, descriptors, phases, control, how to repeat, how to read."""
    ours = [name for name in outline.ids if name in SECTIONS]
    assert ours == SECTIONS


SECTIONS = ["ratios", "descriptors", "phases", "control", "repeat", "reading"]


def test_page_needs_no_other_page(outline: Outline, whole: Path) -> None:
    """Nothing is fetched: what is linked is beside the page, figures are in it."""
    outside = [address for address in outline.addresses if not address.startswith("#")]
    assert {address for address in outside if not (whole / address).is_file()} == set()
    assert outline.tags.count("svg") == 4
    assert "script" not in outline.tags
    assert "img" not in outline.tags


def test_ids_are_unique(outline: Outline) -> None:
    """Four figures in one page do not share an id."""
    assert len(outline.ids) == len(set(outline.ids))


def test_how_to_repeat_is_told(outline: Outline) -> None:
    """Command, commit and seed are on the page, and the counts of processes and rounds."""
    for fact in ("python -m bench --quick", "0123abcd", "20071105", "rounds a process 7"):
        assert fact in outline.text


def test_page_follows_dark_mode_and_print(whole: Path) -> None:
    """Colours are the page's: figures have none of their own but follow it."""
    text = (whole / "index.html").read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    inside = "".join(re.findall(r"<svg.*?</svg>", text, re.DOTALL))
    assert set(re.findall(r"#[0-9a-f]{6}", inside)) == set()


def test_summary_has_the_answer_and_a_table(whole: Path) -> None:
    """The summary is the answer, a table a workload, control and machine."""
    text = (whole / "summary.md").read_text(encoding="utf-8")
    assert "* **sg_ring** takes 1." in text
    assert "| blk | chained_scatterlist | sg_ring | noop |\n| --- | --: | --: | --: |" in text
    assert "A/A control: the copy" in text
    assert "Repeat with: python -m bench --quick" in text
    assert "\n\n\n" not in text


def test_rendering_again_gives_the_same(whole: Path) -> None:
    """Rendering is idempotent."""
    before = {path.name: path.read_bytes() for path in whole.iterdir()}
    rendered(whole.parent)
    assert {path.name: path.read_bytes() for path in whole.iterdir()} == before


def test_few_processes_are_admitted(tmp_path: Path) -> None:
    """Without intervals the page says why, and gives none."""
    text = Outline(rendered(tmp_path, Truth(processes=5))).text
    assert "No intervals: 5 processes measured" in text
    assert not re.search(r"\[\d", text)
    assert "no interval" in text


def test_missing_is_shown(tmp_path: Path) -> None:
    """A series without values in a cell has a cell that says so."""
    text = rendered(tmp_path, Truth(missing=frozenset({("4k-read", "sg_ring")})))
    assert '<td class="missing">missing</td>' in text
    assert "missing in 1" in text


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        (Truth(layouts=(Layout("ring", 1.1),)), "No ratio: the file has no candidate"),
        (Truth(layouts=(Layout("flat", 1, "baseline"),)), "No ratio: the file has no candidate"),
        (Truth(layouts=synthetic.LAYOUTS[:2]), "The file has no control"),
        (Truth(shapes=synthetic.SHAPES[:2]), "No sweep was measured"),
        (Truth(shapes=synthetic.SHAPES[2:5]), "No named shape was measured"),
        (Truth(processes=1, rounds=1), "No intervals: 1 process measured"),
        (Truth(axes="chunk=16"), "4k-read{chunk=16}"),
    ],
)
def test_partial_results_have_pages(tmp_path: Path, truth: Truth, said: str) -> None:
    """What a file lacks is said, and the rest is shown."""
    assert said in Outline(rendered(tmp_path, truth)).text


HOSTILE = "<script>alert(1)</script>$x_[bold]|`a`](javascript:1)\x1b[31m\u202e"


def test_hostile_names_come_out_as_text(tmp_path: Path) -> None:
    """Markup in names and metadata is shown, never obeyed; control characters go."""
    layouts = (
        Layout("flat", 1, "baseline"),
        Layout(HOSTILE, 1.1, form=HOSTILE, backend="numba"),
        Layout("x" * 4000, 1.2),
        Layout("flat", 1, "control", form="again"),
    )
    metadata = {**synthetic.METADATA, "commit": HOSTILE, "command": "y" * 9000, HOSTILE: "z"}
    shapes = (
        Shape(HOSTILE, HOSTILE, 3),
        Shape(HOSTILE, "s", 3, 1, HOSTILE),
        Shape(HOSTILE, "t", 9, 7, HOSTILE),
    )
    source = rendered(tmp_path, Truth(layouts=layouts, metadata=metadata, shapes=shapes))
    outline = Outline(source)
    assert "script" not in outline.tags
    assert "<script>alert(1)</script>$x_" in outline.text
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", source)
    assert "y" * 500 not in source
    assert "x" * 100 not in source
    summary = (tmp_path / "out" / "summary.md").read_text(encoding="utf-8")
    assert "\\<script\\>" in summary
    assert "](javascript" not in summary


def test_intervals_are_rounded_outwards() -> None:
    """A printed interval is never narrower than the true one."""
    found = Estimate(1.2345, 1.2344, 1.2346, 9)
    assert wording.ratio_interval(found) == "[1.234, 1.235]"
    assert wording.ratio_with_half_width(found) == "1.234 ± 0.001"
    assert wording.ratio_interval(Estimate(1, 0.998, 1.002, 9)) == "[0.998, 1.002]"
    assert wording.ratio_with_interval(Estimate(1.5, None, None, 3)) == "1.500 [no interval]"


def test_nothing_is_minus_zero() -> None:
    """A time that rounds to nothing has no sign."""
    found = Estimate(-0.001, -0.002, 0.0, 9)
    assert wording.time(found) == "0.00"
    assert wording.time_interval(found) == "[-0.01, 0.00]"
    assert wording.time_interval(Estimate(0.0, 0.0, 0.001, 9)) == "[0.00, 0.01]"


@pytest.mark.parametrize(
    ("value", "shown"), [(3.14159, "3.14"), (36.418, "36.42"), (121.349, "121.3"), (5260.2, "5260")]
)
def test_times_have_four_digits(value: float, shown: str) -> None:
    """A time has four significant digits and no more than two decimals."""
    assert wording.time(Estimate(value, None, None, 1)) == shown


def test_inlined_figures_keep_their_references() -> None:
    """Ids and what refers to them are renamed together."""
    svg = '<?xml?><svg><defs><path id="a"/></defs><use xlink:href="#a" clip-path="url(#b)"/></svg>'
    inlined = str(page.inline(svg, "one"))
    assert 'id="one-a"' in inlined
    assert 'xlink:href="#one-a"' in inlined
    assert "url(#one-b)" in inlined
    assert inlined.startswith("<svg")

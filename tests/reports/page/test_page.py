"""The pages give the findings, and nothing in a file can break them."""

import html.parser
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from reports.frames import counts, tables
from reports.page import page, plain, report
from reports.read.result import load as read
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Truth


def rendered(directory: Path, truth: Truth | None = None) -> str:
    """The page of a file with this truth."""
    result = read(synthetic.write(directory / "r.json", truth))
    note = counts.counts_of(result).note
    index = report.write(result, tables.tabulate(result), directory / "out", note)
    return index.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the report of a small, complete result."""
    directory = tmp_path_factory.mktemp("page")
    rendered(directory)
    return directory / "out"


class Outline(html.parser.HTMLParser):
    """Collects the contents of a page: tags in order, ids, links, and visible text."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.texts: list[str] = []
        self.inside = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag and its links."""
        self.tags.append(tag)
        self.inside = tag
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in {"href", "src", "xlink:href"}:
                self.addresses.append(value or "")

    def handle_data(self, data: str) -> None:
        """Keep visible text."""
        if self.inside not in {"style", "script"}:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """All text with its spaces joined."""
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def outline(whole: Path) -> Outline:
    """The outline of that report's page."""
    return Outline((whole / "index.html").read_text(encoding="utf-8"))


def test_answer_comes_first(outline: Outline) -> None:
    """Sentences with nanoseconds, the block, machine and command come before any figure."""
    before = outline.text.split("Contents")[0].split(QUESTION)[0]
    assert "On Example CPU 3000, with chained_scatterlist in place of flat_array, a short" in before
    assert re.search(r"takes 2\.\d ns longer \(\+30 % of add_buf, \+30 % of the whole", before)
    assert re.search(r"sg_ring \+(29|30)\.\d ± 0\.\d", before)
    assert "2 - 3 descriptors 18 descriptors" in before
    assert "ratios are known to ±" in before
    assert "Example CPU 3000, 2 logical CPUs" in before
    assert re.search(r"Again: commit 0123abcd .*python -m bench --quick", before)
    assert outline.tags.index("table") < outline.tags.index("svg")


def test_sections_are_in_order(outline: Outline) -> None:
    """The answer's table first, how far to trust it, why; what was predicted stands below."""
    ours = [name for name in outline.ids if name in SECTIONS]
    assert ours == SECTIONS


QUESTION = page.SECTIONS["ratios"]
THREE_COMPILERS = (
    *synthetic.TWO_COMPILERS,
    *(replace(one, backend="clang") for one in synthetic.TWO_COMPILERS if one.backend == "gcc"),
)
SECTIONS = [
    *("ratios", "control", "placement", "decisions", "code", "descriptors", "phases"),
    *("counts", "backends", "experiments", "every", "repeat", "reading"),
]


def test_page_needs_no_other_page(outline: Outline, whole: Path) -> None:
    """Nothing is fetched: linked files are next to the page, figures and script are in it."""
    outside = [address for address in outline.addresses if not address.startswith("#")]
    assert {address for address in outside if not (whole / address).is_file()} == set()
    assert outline.tags.count("svg") == 7
    assert outline.tags.count("script") == 2, "ours, and the rows of the list"
    assert "r.json" in outside
    assert "img" not in outline.tags


def test_ids_are_unique(outline: Outline) -> None:
    """Figures in one page do not share an id."""
    assert len(outline.ids) == len(set(outline.ids))


def test_page_says_how_to_repeat_it(outline: Outline) -> None:
    """Command, commit and seed are on the page, and the counts of processes and rounds."""
    for fact in ("python -m bench --quick", "0123abcd", "20071105", "rounds a process 7"):
        assert fact in outline.text


def test_page_follows_dark_mode_and_print(whole: Path) -> None:
    """Figures use the page's colours and have none of their own."""
    text = (whole / "index.html").read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    inside = "".join(re.findall(r"<svg.*?</svg>", text, re.DOTALL))
    assert set(re.findall(r"#[0-9a-f]{6}", inside)) == set()


def test_summary_has_the_answer_and_a_table(whole: Path) -> None:
    """The summary has the sentences, the block, one table per workload, control and machine."""
    text = (whole / "summary.md").read_text(encoding="utf-8")
    assert "On Example CPU 3000, with chained_scatterlist in place of flat_array" in text
    assert "| per cent of flat_array | 2 - 3 descriptors, numba | 18 descriptors, numba |" in text
    assert (
        "| blk | flat_array, ns | chained_scatterlist | sg_ring |\n| --- | --: | --: | --: |"
        in text
    )
    assert "A copy of the baseline's own code is off by" in text
    assert "Repeat with: python -m bench --quick" in text
    assert "\n\n\n" not in text


@pytest.mark.parametrize("layouts", [synthetic.LAYOUTS, synthetic.TWO_COMPILERS, THREE_COMPILERS])
def test_summary_for_a_mail_is_narrow(tmp_path: Path, layouts: tuple[Layout, ...]) -> None:
    """Plain text of at most 72 columns: block, table, caveats, machine, commit, command."""
    result = read(synthetic.write(tmp_path / "r.json", Truth(layouts=layouts)))
    text = plain.summary(result, tables.tabulate(result))
    assert max(map(len, text.splitlines())) <= 72
    words = " ".join(text.split())
    parts = (
        *("per cent of flat", "the whole request", "Phase add, as compiled", "blk/64k-read"),
        *("ratios are known to", "Example CPU 3000"),
        "commit 0123abcd; again with: python -m bench --quick",
    )
    for part in parts:
        assert part in words


def test_rendering_again_gives_the_same(whole: Path) -> None:
    """Rendering is idempotent."""
    before = {path.name: path.read_bytes() for path in whole.iterdir()}
    rendered(whole.parent)
    assert {path.name: path.read_bytes() for path in whole.iterdir()} == before


@pytest.mark.usefixtures("undrawn")
def test_few_processes_are_admitted(tmp_path: Path) -> None:
    """Without intervals the page says why, and shows none."""
    text = Outline(rendered(tmp_path, Truth(processes=5))).text
    assert "No intervals: 5 processes measured" in text
    assert not re.search(r"\[\d", text)
    assert "no interval" in text


@pytest.mark.usefixtures("undrawn")
def test_missing_is_shown(tmp_path: Path) -> None:
    """A series without values in a cell has a cell that says so."""
    text = rendered(tmp_path, Truth(missing=frozenset({("4k-read", "sg_ring")})))
    assert '<td class="missing">not measured</td>' in text


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        (Truth(layouts=(Layout("ring", 1.1),)), "No ratio: the file has no candidate"),
        (Truth(layouts=(Layout("flat", 1, "baseline"),)), "No ratio: the file has no candidate"),
        (Truth(layouts=synthetic.LAYOUTS[:2]), "The file has no control"),
        (Truth(shapes=synthetic.SHAPES[:2]), "No sweep was measured"),
        (Truth(shapes=synthetic.SHAPES[2:5]), "No named shape was measured"),
        (Truth(shapes=synthetic.SHAPES[:1]), "a long one (18 and more descriptors) was not"),
        (Truth(shapes=synthetic.SHAPES[:1]), "18 and more descriptors numba"),
        (Truth(processes=1, rounds=1), "No intervals: 1 process measured"),
        (Truth(axes="chunk=16"), "4k-read{chunk=16}"),
    ],
)
def test_partial_results_have_pages(tmp_path: Path, truth: Truth, said: str) -> None:
    """The page says what a file lacks, and shows the rest."""
    assert said in Outline(rendered(tmp_path, truth)).text


HOSTILE = "<script>alert(1)</script>$x_[bold]|`a`](javascript:1)\x1b[31m\u202e"


def test_hostile_texts_come_out_as_text(tmp_path: Path) -> None:
    """Markup in metadata is shown as text; control characters are dropped."""
    metadata = {
        **synthetic.METADATA,
        "cpu_model_name": HOSTILE,
        "commit": HOSTILE,
        "command": "y" * 9000,
        HOSTILE: "z",
        "condition_heat": HOSTILE,
    }
    truth = Truth(metadata=metadata, shapes=synthetic.SHAPES[:3], doubts={1: HOSTILE})
    source = rendered(tmp_path, truth)
    outline = Outline(source)
    assert outline.tags.count("script") == 2, "ours, and the rows of the list"
    assert "<script>alert(1)</script>$x_" in outline.text
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e]", source)
    assert "y" * 500 not in source
    summary = (tmp_path / "out" / "summary.md").read_text(encoding="utf-8")
    assert "\\<script\\>" in summary
    assert "](javascript" not in summary


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Outline:
    """The page of a result of two compilers whose instructions were counted."""
    directory = tmp_path_factory.mktemp("both")
    truth = Truth(layouts=synthetic.TWO_COMPILERS)
    path = synthetic.write(directory / "r.json", truth)
    synthetic.write_counts(path, truth)
    result = read(path)
    known = counts.counts_of(result)
    index = report.write(
        result, tables.tabulate(result, known.found), directory / "out", known.note
    )
    return Outline(index.read_text(encoding="utf-8"))


def test_answer_has_a_column_for_each_compiler(both: Outline) -> None:
    """As each compiled it, and what each decided in words; forced forms are no answer."""
    before = both.text.split(QUESTION)[0]
    assert "2 - 3 descriptors 18 descriptors numba gcc numba gcc add_buf chain" in before
    assert re.search(r"takes as long by numba \(.*?\) and \d\.\d ns longer by gcc \(\+40 %", before)
    assert "gcc walks chain with a conditional move for each descriptor" in before
    assert "numba and gcc walk ring with branches alone and no call" in before


def test_forms_are_named_for_what_they_are(both: Outline) -> None:
    """Before a form is used in a table or figure."""
    section = both.text.split(page.SECTIONS["decisions"])[-1].split(page.SECTIONS["code"])[0]
    assert "sg_next inlined, a link followed by a conditional move [select] chain" in section


def test_every_table_has_heads(both: Outline) -> None:
    """Columns that share a strategy are grouped under its name, and none lacks a heading."""
    assert "flat, ns chain ring shape @numba @gcc @numba @gcc @numba @gcc" in both.text
    assert both.tags.count("caption") == both.tags.count("table")


def test_code_stands_next_to_time(both: Outline) -> None:
    """One row per form: its step, and its time and ratio in the longest sweep."""
    section = both.text.split("The code that was measured, for one descriptor")[1]
    row = section.split("chain[branch] @gcc")[1]
    assert re.match(r" 20 7 3 2 0 0 \d\.\d\d \[.*?\] 1\.0\d\d \[.*?\] 512 [0-9a-f]{8} ", row)
    assert re.search(r"stream @numba - - - - - - 0\.\d\d", section)


def test_no_counts_say_how_to_make_them(outline: Outline) -> None:
    """Without the file a line names it and the command."""
    assert "there is no r.counts.json next to the result" in outline.text
    assert "nox -s counts -- r.json" in outline.text


def test_backends_are_compared(both: Outline, outline: Outline) -> None:
    """The comparison gives its mean, its worst cell, and the series without a counterpart."""
    section = both.text.split(page.SECTIONS["backends"])[-1]
    assert "numba / gcc add 32 " in section
    alone = "ring[called]@numba in gcc; ring[called]@gcc in numba"
    assert f"No counterpart, and left out of the comparison: {alone}" in section
    assert "Only one backend was measured" in outline.text


def test_the_list_has_every_ratio(whole: Path) -> None:
    """The rows of the list are those of the frame, in the order of their addresses."""
    text = (whole / "index.html").read_text(encoding="utf-8")
    rows = json.loads(re.findall(r'id="rows">(.*?)</script>', text)[0])
    result = read(whole.parent / "r.json")
    ratios = tables.tabulate(result).ratios
    assert len(rows) == int((ratios["role"] == "candidate").sum())
    assert rows[0][:4] == ["blk", "4k-read", "map", "chained_scatterlist"]
    assert re.match(r"1\.\d+ \[1\.\d+, 1\.\d+\] ▲$", rows[0][4])


def test_what_does_not_fit_a_line_is_said(tmp_path: Path) -> None:
    """A sweep with a step has no cost of a descriptor."""
    steps = {(f"blk/seg-{n}/add", "sg_ring"): 1.5 for n in (16,)}
    text = Outline(rendered(tmp_path, Truth(factors=steps))).text
    assert re.search(r"sg_ring \d+\.\d+ \[.*?\] not linear a point is \d+ % off", text)
    assert text.count("not linear") == 1


def test_figures_are_given_in_words(whole: Path) -> None:
    """The text alternatives have the figures' numbers."""
    source = (whole / "index.html").read_text(encoding="utf-8")
    labels = re.findall(r'role="img" aria-label="([^"]*)"', source)
    assert len(labels) == 7
    assert all(re.search(r"\d\.\d\d", label) for label in labels)


def test_sentinel_is_no_layout(both: Outline) -> None:
    """The sentinel of the clock has no column, row or dot among the layouts."""
    assert "ticker" not in both.text

"""Comparisons of several runs of one machine."""

import html.parser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from reports import __main__ as cli
from reports.compare.around import environments, refused
from reports.compare.ratios import ratios_of_ratios
from reports.compare.sides import Side, letter, sides
from reports.read.result import load
from reports.read.text import ResultError
from reports.statistics.comparable import differing
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Shape, Truth

FLAT, COPY = Layout("flat", 1.0, "baseline"), Layout("flat", 1.0, "control", form="again")
SHAPES = synthetic.SHAPES[:2]

pytestmark = pytest.mark.usefixtures("undrawn")


def truth(*ratios: float, seed: int = 1, **change: object) -> Truth:
    """The truth of a file: a baseline and candidates of these ratios."""
    layouts = [Layout(name, ratio) for name, ratio in zip(("chain", "ring"), ratios, strict=False)]
    settings = {"layouts": (FLAT, *layouts, COPY), "shapes": SHAPES, "seed": seed}
    return Truth(**(settings | change))  # type: ignore[arg-type]


def files(directory: Path, *truths: Truth) -> list[Path]:
    """Write one file for each."""
    return [synthetic.write(directory / f"run-{at}.json.gz", one) for at, one in enumerate(truths)]


def sided(directory: Path, *truths: Truth) -> list[Side]:
    """Such files as sides."""
    return sides([load(path) for path in files(directory, *truths)])


def test_ratio_of_ratios_is_the_true_one(tmp_path: Path) -> None:
    """The slowdown of one candidate is found, and that the other did not change."""
    found = sided(tmp_path, truth(1.1, 1.3), truth(1.1, 1.43, seed=2))
    rows = ratios_of_ratios(*found).set_index(["strategy", "phase", "shape"])
    assert len(rows) == 3 * 3 * 2
    moved = rows.xs(("ring", "add", "4k-read"))
    assert moved["first"] == pytest.approx(1.3, rel=0.01)
    assert moved["second"] == pytest.approx(1.43, rel=0.01)
    assert moved["low"] < 1.1 < moved["high"]
    assert moved["verdict"] == "slower"
    assert not moved["same_code"]
    still = rows.loc["chain"]
    assert ((still["low"] < 1) & (still["high"] > 1)).mean() >= 0.8
    assert still["same_code"].all()


def test_every_quotient_is_that_of_its_two_ratios(tmp_path: Path) -> None:
    """All three numbers of a row are one estimator's, also where the runs scatter differently."""
    noisy = truth(1.1, 1.43, seed=2, noise=0.03, processes=12, groups=1.3)
    rows = ratios_of_ratios(*sided(tmp_path, truth(1.1, 1.3), noisy))
    assert len(rows) == 3 * 3 * 2
    pd.testing.assert_series_equal(
        rows["centre"], rows["second"] / rows["first"], check_names=False
    )
    assert (rows["low"] <= rows["centre"]).all()
    assert (rows["centre"] <= rows["high"]).all()


def test_environments_come_as_differences(tmp_path: Path) -> None:
    """Only differences are listed, with the value in each file; the seed does not count."""
    other = {**synthetic.METADATA, "cpu_model_name": "Other CPU", "seed": 3}
    found = sided(tmp_path, truth(1.1), truth(1.1, metadata=other, processes=9))
    assert environments(found) == [
        ("CPU", ["Example CPU 3000", "Other CPU"]),
        ("processes", ["8", "9"]),
    ]


@pytest.mark.parametrize(
    ("key", "value"), [("placement", "fixed"), ("turn_us", 1000), ("turn_us", 100.5)]
)
def test_other_ways_to_measure_are_refused(tmp_path: Path, key: str, value: object) -> None:
    """Results of different methods differ by method: one line names it and the remedy."""
    other = truth(1.1, metadata={**synthetic.METADATA, key: value})
    with pytest.raises(ResultError, match=f"run-1.*cannot be compared.*{key} .*; measure") as error:
        sided(tmp_path, truth(1.1), other)
    assert "\n" not in str(error.value)


def test_what_cannot_be_compared_is_named(tmp_path: Path) -> None:
    """A cell, a series, and a cell with different requests under the same name."""
    grown = (SHAPES[0], Shape("blk", "64k-read", 19), Shape("net", "rx", 2))
    found = sided(tmp_path, truth(1.1, 1.3), truth(1.1, shapes=grown))
    lines = refused(found)
    assert "net/rx/add: not in A" in lines
    assert "ring@numba of 6 cells: not in B" in lines
    assert "blk/64k-read/map: descriptors was 18.0, is 19.0 in B" in lines
    assert len(lines) == 3 + 1 + 3
    rows = ratios_of_ratios(*found)
    assert set(rows["shape"]) == {"4k-read"}
    assert set(rows["strategy"]) == {"chain", "flat"}


def test_one_file_may_have_more_backends(tmp_path: Path) -> None:
    """A series is the same whether its file gives the backend or not."""
    gcc = (Layout("flat", 2.0, "baseline", backend="gcc"), Layout("chain", 2.4, backend="gcc"))
    found = sided(tmp_path, truth(1.1), truth(layouts=(FLAT, Layout("chain", 1.1), COPY, *gcc)))
    rows = ratios_of_ratios(*found)
    assert set(rows["label"]) == {"chain@numba", "flat[again]@numba"}
    assert rows["same_code"].all()
    assert "chain@gcc of 6 cells: not in A" in refused(found)


class Text(html.parser.HTMLParser):
    """The visible text of a page, its tags, and the labels of its regions."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.tags: set[str] = set()
        self.regions: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag, and the label of a region."""
        self.tags.add(tag)
        known = dict(attrs)
        if known.get("role") == "region":
            self.regions.append(str(known["aria-label"]))

    def handle_data(self, data: str) -> None:
        """Note visible text."""
        self.shown.append(data)


def read(index: Path) -> Text:
    """A page, parsed."""
    page = Text()
    page.feed(index.read_text(encoding="utf-8"))
    return page


def test_page_and_terminal_say_the_same(tmp_path: Path) -> None:
    """A part for each run, the terminal's sentences on the page, and the table as files."""
    paths = files(tmp_path, truth(1.1, 1.3), truth(1.1, 1.4, seed=2), truth(1.2, 1.3, seed=3))
    words = [*map(str, paths), "-o", str(tmp_path / "out")]
    done = CliRunner().invoke(cli.app, words, env={"COLUMNS": "140"})
    assert done.exit_code == 0, done.output
    page = read(tmp_path / "out" / "index.html")
    shown = "".join(page.shown)
    sentences = [line for line in done.stdout.splitlines() if line.startswith("Of 4 ratios")]
    assert len(sentences) == 2
    assert all(sentence in shown for sentence in sentences)
    assert "C over A" in shown
    assert len(set(page.regions)) == len(page.regions) > 2
    assert done.stdout.splitlines()[-1].endswith("index.html")
    there = {path.name for path in (tmp_path / "out").iterdir()}
    assert there >= {"compared.csv", "compared.parquet", "runs.svg", "runs-narrow.svg"}
    again = pd.read_parquet(tmp_path / "out" / "compared.parquet")
    assert set(again["against"]) == {"B", "C"}


def test_names_are_whole_in_eighty_columns(tmp_path: Path) -> None:
    """However long a layout's name is, no line breaks it or is wider."""
    long = Layout("chained_scatterlist", 1.2, form="outofline")
    paths = files(tmp_path, truth(layouts=(FLAT, long)), truth(layouts=(FLAT, long), seed=2))
    words = [*map(str, paths), "-o", str(tmp_path / "out")]
    done = CliRunner().invoke(cli.app, words, env={"COLUMNS": "80"})
    assert done.exit_code == 0, done.output
    assert "chained_scatterlist[outofline]@numba: B over A" in done.stdout
    table = [line for line in done.stdout.splitlines() if not line.endswith("index.html")]
    assert max(map(len, table)) <= 80
    assert any(line.startswith("blk/64k-read ") for line in table)


def test_hostile_files_come_out_as_text(tmp_path: Path) -> None:
    """Markup in metadata and conditions is shown, never obeyed."""
    evil = "<img src=x onerror=alert(1)>"
    metadata = {**synthetic.METADATA, "cpu_model_name": evil, "condition_x": "x" * 1_000_000}
    layouts = (FLAT, Layout("ring", 1.2))
    path = synthetic.write(tmp_path / "e.json", truth(layouts=layouts, metadata=metadata))
    fine = synthetic.write(tmp_path / "f.json", truth(layouts=layouts))
    for names in ((), ("--name", "one", "--name", "one")):  # as two machines, and as one
        words = [str(fine), str(path), *names, "-o", str(tmp_path / "out")]
        done = CliRunner().invoke(cli.app, words)
        assert done.exit_code == 0, done.output
        page = read(tmp_path / "out" / "index.html")
        assert "img" not in page.tags
        assert evil in "".join(page.shown)
        assert len("".join(page.shown)) < 1_000_000


def test_export_of_several_is_refused(tmp_path: Path) -> None:
    """A comparison has no form in other tools."""
    paths = files(tmp_path, truth(1.1), truth(1.1))
    done = CliRunner().invoke(cli.app, [*map(str, paths), "--export", "asv"])
    assert done.exit_code == 2
    assert "--export" in done.stderr


def test_differing_names_key_and_values() -> None:
    """Keys that agree are left out; a value missing on one side is unknown."""
    before, now = {"host": "a", "kernel": "6"}, {"host": "a", "kernel": "7", "python": "3"}
    assert differing(before, now, ("host", "kernel", "python")) == [
        "kernel was 6, is 7",
        "python was unknown, is 3",
    ]


def test_any_number_of_results_has_letters() -> None:
    """After Z comes AA, as in a spreadsheet, and never a bracket."""
    assert [letter(at) for at in (0, 25, 26, 27, 51, 52, 701, 702)] == [
        *("A", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA")
    ]


@pytest.mark.parametrize("change", [{"phases": ("map",)}, {"layouts": (FLAT, COPY)}], ids=str)
def test_runs_without_the_answers_phase_or_candidates_have_a_page(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    """What there is nothing of is left out."""
    paths = files(tmp_path, truth(1.1, **change), truth(1.1, **change, seed=2))
    done = CliRunner().invoke(cli.app, [*map(str, paths), "-o", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "index.html").exists()

"""A malicious result file: its free texts are plain text in everything that is written."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from markdown_it import MarkdownIt
from typer.testing import CliRunner

from reports import __main__ as cli
from reports import publish
from reports.frames.block import block
from reports.frames.tables import tabulate
from reports.page import page, timings
from reports.read.result import load
from reports.read.text import ResultError
from tests.fake import synthetic
from tests.fake.synthetic import Shape, Truth

EVIL = "<script>alert(1)</script>|`x`\"',\x1b[2J\u202e\ud800\n| a | b |\n# big ${{ x }} {% x %}"
FORMULA = "=cmd|' /C calc'!A0"
LONG = "x" * 1_000_000
NUMBER = re.compile(r"-?[0-9.]+(?:e[+-]?[0-9]+)?")
UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202e]")


def made(directory: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """Write a small result whose JSON is changed by hand, as pyperf would refuse to."""
    path = synthetic.write(directory / "evil.json", Truth(shapes=synthetic.SHAPES[:2]))
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    return path


def poison(data: dict[str, Any]) -> None:
    """Put markup, control characters and a megabyte into every text."""
    data["metadata"] |= {
        "commit": FORMULA,
        "command": LONG,
        "cpu_model_name": EVIL,
        "date": EVIL,
        "condition_heat": EVIL,
        "hot": float("nan"),
        "cold": float("-inf"),
        EVIL: EVIL,
    }
    for benchmark in data["benchmarks"]:
        benchmark["metadata"]["llvm_cpu"] = EVIL
        for run in benchmark["runs"]:
            run["metadata"]["doubts"] = EVIL


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a poisoned result."""
    directory = tmp_path_factory.mktemp("poison")
    words = [str(made(directory, poison)), "-o", str(directory / "out")]
    done = CliRunner().invoke(cli.app, words)
    assert done.exit_code == 0, done.output
    assert not UNSHOWN.search(done.stdout.replace("\n", ""))
    return directory / "out"


def test_whole_report_of_poison_is_text(out: Path) -> None:
    """Page, summary, tables and figures show printable text, shortened, and no markup acts."""
    for path in out.iterdir():
        if path.suffix not in {".png", ".parquet", ".json"}:  # the last is the result itself
            text = path.read_text(encoding="utf-8")
            assert not UNSHOWN.search(text), path
            assert len(text) < 3_000_000, path
    assert "<script>alert" not in (out / "index.html").read_text()
    assert "&lt;script&gt;alert(1)" in (out / "index.html").read_text()


def test_tables_of_poison_read_back(out: Path) -> None:
    """No name ends its field or its line, in CSV or in Parquet."""
    for path in sorted(out.glob("*.csv")):
        again = pd.read_csv(path, keep_default_na=False)
        whole = pd.read_parquet(path.with_suffix(".parquet"))
        assert list(again.columns) == list(whole.columns)
        assert len(again) == len(whole)
        for key in {"strategy", "workload", "machine"} & set(again.columns):
            assert again[key].tolist() == whole[key].astype(str).tolist()


def test_no_cell_of_a_table_is_a_formula(out: Path) -> None:
    """A cell that a spreadsheet would calculate is quoted as text; Parquet has it unchanged."""
    for path in sorted(out.glob("*.csv")):
        cells = pd.read_csv(path, keep_default_na=False, dtype=str).to_numpy().ravel()
        numbers = [cell for cell in cells if NUMBER.fullmatch(cell)]
        formulas = {cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))}
        assert formulas <= set(numbers), path
    assert set(pd.read_csv(out / "results.csv")["commit"]) == {f"'{FORMULA}"}
    assert set(pd.read_parquet(out / "results.parquet")["commit"]) == {FORMULA}


def test_summary_of_poison_is_one_table_each(tmp_path: Path) -> None:
    """GitHub's Markdown finds exactly the tables, complete, and neither HTML nor headings."""
    result = load(made(tmp_path, poison))
    found = tabulate(result)
    (expected,) = timings.ratio_grids(found)
    known = block(found.lengths)
    lines = [line for group in known.groups for line in group.lines] if known else []
    tokens = MarkdownIt("commonmark").enable("table").parse(page.summary(result, found))
    kinds = [token.type for token in tokens]
    assert kinds.count("table_open") == 1 + bool(lines)
    assert kinds.count("tr_open") == 1 + len(expected.rows) + bool(lines) + len(lines)
    ours = sum(1 + len(line.effects) for line in lines)
    assert kinds.count("td_open") == len(expected.rows) * (1 + len(expected.columns)) + ours
    inside = [child.type for token in tokens for child in token.children or ()]
    assert not {"html_block", "heading_open"} & set(kinds)
    assert not {"html_inline", "link_open", "image"} & set(inside)


def test_summary_fits_a_step_summary(tmp_path: Path) -> None:
    """A large result's fits easily into 1 MiB; a longer one has no tables and says so."""
    shapes = tuple(Shape("blk", f"shape-{at}", 3) for at in range(100))
    truth = Truth(shapes=shapes, phases=("add",), rounds=4, layouts=synthetic.TWO_COMPILERS)
    result = load(synthetic.write(tmp_path / "r.json", truth))
    found = tabulate(result)
    text = page.summary(result, found)
    assert text.count("\n| shape-") == 100
    assert len(text.encode()) < page.SUMMARY_MAX / 10


def test_summary_too_long_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentences stay and a reader is told where the tables are."""
    result = load(synthetic.write(tmp_path / "r.json", Truth(shapes=synthetic.SHAPES[:2])))
    found = tabulate(result)
    assert "| 4k-read" in page.summary(result, found)
    monkeypatch.setattr(page, "SUMMARY_MAX", 100)
    text = page.summary(result, found)
    assert "| 4k-read" not in text
    assert "too long for a summary" in text
    assert "sg_ring" in text


def test_poison_is_published_as_text(tmp_path: Path) -> None:
    """The summary of an archive has no active markup and stays small."""
    path = publish.publish(made(tmp_path, poison), tmp_path / "published")
    assert len(path.read_text()) < 20_000
    told = list(texts(json.loads(path.read_text())))
    assert any("<" in text for text in told)
    assert not [text for text in told if UNSHOWN.search(text)]


def texts(data: object) -> Iterator[str]:
    """Yield every text in JSON, keys included."""
    if isinstance(data, str):
        yield data
    parts = [*data, *data.values()] if isinstance(data, dict) else data
    for part in parts if isinstance(parts, list) else ():
        yield from texts(part)


def _set(key: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda data: data["benchmarks"][0]["metadata"].update({key: value})


def _process(value: object) -> Callable[[dict[str, Any]], None]:
    return lambda data: data["benchmarks"][0]["runs"][0]["metadata"].update(process=value)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (_set("descriptors", float("inf")), "no number of descriptors"),
        (_set("descriptors", float("nan")), "no number of descriptors"),
        (_set("descriptors", 10**400), "no number of descriptors"),
        (_set("swept", float("nan")), "no number as swept"),
        (_set("code_bytes", float("-inf")), "no number as code_bytes"),
        (_set("schema_version", float("nan")), "schema version nan"),
        (_set("workload", ["a", "list"]), "not a pyperf suite"),
        (_process(10**30), "without the number of its process"),
    ],
)
def test_numbers_that_are_none_are_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], None], complaint: str
) -> None:
    """A value that is not a number is refused in one line, by name."""
    with pytest.raises(ResultError, match=complaint) as refusal:
        load(made(tmp_path, change))
    assert "\n" not in str(refusal.value)

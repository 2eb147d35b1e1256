"""Our harness next to pyperf's own: in the terminal, and on the page if its file exists."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from reports import stock
from reports.__main__ import app
from reports.page.stock import grid_of, stock_grid
from reports.read.result import load
from reports.read.text import ResultError
from tests.fake import synthetic
from tests.fake.synthetic import Truth

CELL = Truth(shapes=synthetic.SHAPES[:1], phases=("add",), layouts=synthetic.LAYOUTS[:3])


def written(directory: Path) -> Path:
    """A result with a stock run that has a benchmark the result lacks."""
    theirs = Truth(shapes=synthetic.SHAPES[:1], phases=("add",), layouts=synthetic.LAYOUTS[:4])
    synthetic.write(directory / "r.stock.json", theirs)
    return synthetic.write(directory / "r.json.gz", CELL)


def test_grid_has_both_harnesses_numbers(tmp_path: Path) -> None:
    """One row per benchmark of the stock run: pyperf's time and ratio, then ours with intervals."""
    grid = stock_grid(load(written(tmp_path)))
    assert grid is not None
    assert [row.head.name for row in grid.rows] == [
        "blk/4k-read/add/flat_array@numba",
        "blk/4k-read/add/chained_scatterlist@numba",
        "blk/4k-read/add/sg_ring@numba",
        "blk/4k-read/add/noop@numba",
    ]
    time, ratio, our_time, our_ratio = grid.rows[2].cells
    assert float(time.centre) == pytest.approx(13.0, rel=0.05)
    assert time.interval.startswith("± ")
    assert float(ratio.centre) == pytest.approx(1.3, rel=0.02)
    assert float(our_time.centre) == pytest.approx(13.0, rel=0.05)
    assert our_ratio.interval.startswith("[1.")
    assert [cell.missing for cell in grid.rows[3].cells] == [False, False, True, True]


def test_no_stock_run_is_no_table(tmp_path: Path) -> None:
    """Without the file the page shows nothing, and says how to make one."""
    path = synthetic.write(tmp_path / "r.json", CELL)
    assert stock_grid(load(path)) is None


@pytest.mark.parametrize("text", ["", "[]", '{"benchmarks": 3}', "not JSON"])
def test_damaged_stock_file_is_refused(tmp_path: Path, text: str) -> None:
    """A file that is not a suite is named."""
    path = written(tmp_path)
    (tmp_path / "r.stock.json").write_text(text, encoding="utf-8")
    with pytest.raises(ResultError, match=r"r\.stock\.json: "):
        stock_grid(load(path))


@pytest.mark.usefixtures("undrawn")
def test_report_next_to_a_damaged_stock_file_is_one_line(tmp_path: Path) -> None:
    """The command refuses as the page does."""
    path = written(tmp_path)
    (tmp_path / "r.stock.json").write_text("not JSON", encoding="utf-8")
    done = CliRunner().invoke(app, [str(path), "-o", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert done.output.count("\n") == 1


def test_terminal_has_the_same(tmp_path: Path) -> None:
    """The command prints the page's table, with ours missing if it was not measured."""
    path = written(tmp_path)
    grid = grid_of(load(path), tmp_path / "r.stock.json")
    columns = [list(column.cells) for column in stock.printed(grid).columns]
    assert [str(cell) for cell in columns[0]] == [row.head.name for row in grid.rows]
    assert [str(column[-1]) for column in columns[-2:]] == ["not measured"] * 2
    assert str(columns[-1][2]) == str(grid.rows[2].cells[-1])

"""``python -m reports`` from a user's view."""

import ast
import errno
import io
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from reports import __main__ as cli
from reports.frames.tables import tabulate
from reports.page import report, terminal
from reports.read.result import load
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Truth

PACKAGE = Path(cli.__file__).parent
OURS = {"strategies", "workloads", "bench", "tests"}

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.fixture
def result(tmp_path: Path) -> Path:
    """A small result file."""
    return synthetic.write(tmp_path / "run.json.gz", Truth(shapes=synthetic.SHAPES[:2]))


def test_report_of_a_file(result: Path, tmp_path: Path) -> None:
    """The table comes first, the page's path last, and nothing on stderr."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "reports", result, "-o", tmp_path / "out"],
        capture_output=True,
        text=True,
        check=True,
        cwd=PACKAGE.parent,
        env=os.environ | {"COLUMNS": "100"},
    )
    assert "blk/4k-read" in done.stdout
    assert "chained_scatterlist" in done.stdout
    assert "±" in done.stdout
    assert "per cent of flat_array" in done.stdout
    assert "With sg_ring, a short request takes" in done.stdout
    assert done.stdout.splitlines()[-1] == str(tmp_path / "out" / "index.html")
    assert done.stderr == ""


def test_output_is_named_by_the_file(
    result: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without -o the report goes into a folder with the file's name."""
    monkeypatch.setattr(cli, "OUTPUT", tmp_path / "output")
    done = CliRunner().invoke(cli.app, [str(result)])
    assert done.exit_code == 0
    assert (tmp_path / "output" / "run" / "index.html").is_file()


@pytest.mark.parametrize("arguments", [[], ["--nonsense"], ["a.json", "b.json"]])
def test_bad_use_is_two(arguments: list[str]) -> None:
    """Wrong arguments exit with 2."""
    assert CliRunner().invoke(cli.app, arguments).exit_code == 2


def refused(*arguments: str | Path) -> str:
    """The one line of a refusal."""
    done = CliRunner().invoke(cli.app, [str(argument) for argument in arguments])
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_no_result_is_refused_in_one_line(tmp_path: Path) -> None:
    """A file that is not a result is refused without a traceback."""
    assert "no such file" in refused(tmp_path / "absent.json")


def test_output_that_is_a_file_is_refused(result: Path, tmp_path: Path) -> None:
    """The report never overwrites a file named by -o, nor writes below one."""
    assert "is a file" in refused(result, "-o", result)
    assert "directory" in refused(result, "-o", result / "below").lower()
    assert not (tmp_path / "below").exists()


def test_full_disk_is_one_line(
    result: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full device is reported with a remedy."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(report, "_write_text", full)
    message = refused(result, "-o", tmp_path / "out")
    assert "No space left" in message
    assert "-o" in message


def test_a_name_that_is_no_text_is_rendered(result: Path, tmp_path: Path) -> None:
    """As from an archive of another encoding; alone, and in a comparison."""
    odd = tmp_path / "caf\udce9.json"
    odd.write_bytes(result.read_bytes())
    for files in [odd], [odd, result]:
        done = CliRunner().invoke(cli.app, [*map(str, files), "-o", str(tmp_path / "out")])
        assert done.exit_code == 0, done.exception
        assert "caf?" in (tmp_path / "out" / "index.html").read_text()


def test_interrupt_is_130(result: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends with the shell's status for it."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(report, "write", interrupted)
    done = CliRunner().invoke(cli.app, [str(result), "-o", str(tmp_path / "out")])
    assert done.exit_code == 130


def test_existing_report_is_overwritten(result: Path, tmp_path: Path) -> None:
    """A second rendering replaces the first and leaves other files alone."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "index.html").write_text("old")
    (tmp_path / "out" / "note.txt").write_text("mine")
    assert CliRunner().invoke(cli.app, [str(result), "-o", str(tmp_path / "out")]).exit_code == 0
    assert (tmp_path / "out" / "index.html").read_text() != "old"
    assert (tmp_path / "out" / "note.txt").read_text() == "mine"


def test_few_processes_are_said_in_the_terminal(tmp_path: Path) -> None:
    """Without intervals the terminal says so too."""
    path = synthetic.write(tmp_path / "r.json", Truth(processes=3))
    done = CliRunner().invoke(cli.app, [str(path), "-o", str(tmp_path / "out")])
    assert "No intervals: 3 processes" in done.stdout
    assert "±" not in done.stdout


def _sources() -> list[Path]:
    return [
        path
        for path in PACKAGE.rglob("*")
        if path.suffix in {".py", ".html", ".md", ".css"} and "output" not in path.parts
    ]


def test_reports_import_nothing_that_measures() -> None:
    """The arrow points one way: results are files, not modules."""
    for path in _sources():
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not {name.split(".")[0] for name in names} & OURS, path


def test_reports_name_no_strategy() -> None:
    """Roles come from the file, never from this package."""
    names = {path.stem for path in (PACKAGE.parent / "strategies").glob("*.py")}
    layouts = {layout.strategy for layout in synthetic.LAYOUTS} & names
    for path in _sources():
        text = path.read_text(encoding="utf-8")
        assert not [name for name in layouts if name in text], path


def printed(directory: Path, width: int, **truth: Any) -> str:
    """What a terminal of this width shows of a result."""
    result = load(synthetic.write(directory / "r.json", Truth(**truth)))
    console = Console(record=True, width=width, file=io.StringIO())
    terminal.show(console, result, tabulate(result))
    return console.export_text()


def test_terminal_has_one_row_a_shape(tmp_path: Path) -> None:
    """Three backends and two candidates stand side by side at 100 columns, forms left out."""
    third = tuple(
        replace(layout, backend="clang")
        for layout in synthetic.TWO_COMPILERS
        if layout.backend == "gcc"
    )
    text = printed(tmp_path, 100, layouts=(*synthetic.TWO_COMPILERS, *third))
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    (row,) = [line for line in lines if line.startswith("blk/64k-read")]
    assert row.count("±") == 6
    heads = lines[lines.index(next(line for line in lines if line.startswith("shape")))]
    assert heads.split() == ["shape", *["numba", "gcc", "clang"] * 2]
    assert "[select]" not in text
    assert "Why: numba walks chain" in text


def test_narrow_terminal_has_blocks(tmp_path: Path) -> None:
    """Candidates that do not fit side by side are stacked."""
    text = printed(tmp_path, 60, layouts=synthetic.TWO_COMPILERS)
    assert text.count("blk/64k-read") == 2
    assert max(map(len, text.splitlines())) <= 60


def test_a_candidate_of_many_forms_has_several_tables(tmp_path: Path) -> None:
    """Every form's name and every ratio is complete."""
    forms = tuple(Layout("ring", 1.1, form=f"prepared-{number}") for number in range(8))
    text = printed(tmp_path, 80, layouts=(synthetic.LAYOUTS[0], *forms))
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80
    assert all(f"[prepared-{number}] numba" in text for number in range(8))


def test_terminal_says_what_is_missing(tmp_path: Path) -> None:
    """A cell without values has a word, and rows stay level."""
    text = printed(tmp_path, 100, missing=frozenset({("64k-read", "sg_ring")}))
    (row,) = [line for line in text.splitlines() if line.startswith("blk/64k-read")]
    assert row.endswith("not measured")
    assert "not measured" in text.split("Phase add")[0]

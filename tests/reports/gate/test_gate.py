"""The gate's reports agree with its file."""

import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console
from typer.testing import CliRunner

from reports.commands.screen import screen
from reports.gate.__main__ import WIDTH_MIN, app, show, write
from reports.gate.file import GateFile, decoded, load
from reports.gate.report import reported

ROW = {
    "cell": "blk/4k-read/add",
    "variant": "a@numba",
    "verdict": "same",
    "code_base": "1",
    "code_head": "2",
    "ratio": 1.001,
    "low": 0.998,
    "high": 1.003,
    "seen": 0.006,
    "found": 0.007,
    "processes": 20,
    "fresh": 0,
    "first_ratio": None,
    "why": "",
    "count_base": None,
    "count_head": None,
    "count_verdict": "",
    "values": [0.001],
}
VERSION = {"name": "HEAD", "commit": "c" * 40, "changes": "", "versions": {"numba": "numba 1"}}


def result(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The file of a gate with these rows."""
    return {
        "schema_version": 1,
        "status": 0,
        "why": "",
        "base": VERSION,
        "head": VERSION | {"changes": "abc"},
        "design": {"band": 0.005},
        "new": [],
        "removed": [],
        "renamed": {},
        "mode": "times",
        "notes": [],
        "processes": 20,
        "command": "python -m bench.gate --base abc",
        "seed": 1,
        "rows": [ROW | row for row in rows],
        **more,
    }


def found_by(*rows: dict[str, Any], **more: Any) -> GateFile:
    """The record of such a file."""
    return decoded(result(*rows, **more))


def test_what_is_slower_stands_first_and_says_what_to_do() -> None:
    """The reader is pointed to the assembly of the cell that matters."""
    slower = {"variant": "b@gcc", "verdict": "slower"}
    report = reported(found_by({}, slower, status=1, why="slower in 1 of 2 cells"))
    assert report.title == "Slower in 1 of 2 cells"
    assert [line.verdict for line in report.lines] == ["slower", "same"]
    assert report.next == (
        "python -m bench.gate --base abc --explain blk/4k-read/add/b@gcc",
        "python -m bench.gate --base abc --cell blk/4k-read/add",
    )


@pytest.mark.parametrize(
    ("rows", "mode", "first"),
    [
        ([("faster", 0.5), ("slower", 1.02), ("slower", 1.3), ("same", 1.0)], "times", 2),
        ([("faster", 0.9), ("faster", 0.5)], "times", 1),
        ([("same", 1.0)], "times", None),
    ],
)
def test_the_next_step_is_at_the_worst(
    rows: list[tuple[str, float]], mode: str, first: int | None
) -> None:
    """Not to the first row that differs, which may have become faster."""
    decisions = [{"cell": f"c/{n}/add", "verdict": v, "ratio": r} for n, (v, r) in enumerate(rows)]
    report = reported(found_by(*decisions, mode=mode))
    assert [f"c/{first}/add" in step for step in report.next] == [True] * len(report.next)
    assert bool(report.next) == (first is not None)


def test_the_next_step_is_at_what_executes_most_where_counts_decide() -> None:
    """By the share of added instructions, whatever the times are."""
    counts = (
        {"count_verdict": "more", "count_base": b, "count_head": h} for b, h in [(9, 10), (2, 4)]
    )
    rows = ({"cell": f"c/{n}/add"} | row for n, row in enumerate(counts))
    slower = {"cell": "c/slow/cycle", "verdict": "slower", "ratio": 9.0}
    report = reported(found_by(slower, *rows, mode="counts"))
    assert "c/1/add" in report.next[0]


def test_more_instructions_are_not_called_slower(tmp_path: Path) -> None:
    """Nothing was timed: neither the title nor a test result claims that it takes longer."""
    counts = {"verdict": "not timed", "ratio": None, "low": None, "high": None, "count_base": 9.0,
              "count_head": 12.0, "count_verdict": "more"}  # fmt: skip
    found = found_by(counts, mode="counts", status=1, why="more instructions in 1 of 1 cells")
    report = reported(found)
    assert report.title == "More instructions in 1 of 1 cells"
    assert report.lines[0].verdict == "not timed"
    write(found, report, tmp_path)
    (failure,) = ET.parse(tmp_path / "junit.xml").getroot().iter("failure")  # noqa: S314
    assert (failure.get("message") or "").startswith("more instructions 9.0 to 12.0")


def test_a_pass_says_what_it_left_open() -> None:
    """A few inconclusive cells are not a failure, but are mentioned."""
    report = reported(found_by({}, {}, {"verdict": "inconclusive"}))
    assert report.title == "Nothing is slower; 1 of 3 cells are inconclusive"


def test_too_noisy_is_not_no_answer() -> None:
    """Nothing is known to be slower; the full gate is the next step after the quick one."""
    open_cells = "1 of 2 cells are inconclusive, 20% may be"
    quick = "python -m bench.gate --quick --base abc"
    rows: tuple[dict[str, Any], ...] = ({}, {"verdict": "inconclusive"})
    report = reported(found_by(*rows, status=2, why=open_cells, command=quick))
    assert report.title == f"Nothing slower so far; too noisy to pass: {open_cells}"
    assert report.next == ("python -m bench.gate --base abc",)
    assert reported(found_by(*rows, command=quick)).next == report.next, "a pass leaves cells open"
    assert reported(found_by(*rows)).next == (), "the full gate has nothing above it"
    failed = reported(found_by(*rows, {"verdict": "failed"}, status=2, why=open_cells))
    assert failed.title.startswith("No answer")


def test_identical_cells_are_folded(tmp_path: Path) -> None:
    """They are listed in words, below the cells that were timed."""
    found = found_by({}, {"verdict": "identical", "variant": "twin@gcc"}, seconds=39.4)
    write(found, reported(found), tmp_path)
    text = (tmp_path / "index.html").read_text(encoding="utf-8")
    table, _, rest = text.partition("</table>")
    assert "twin@gcc" not in table
    assert "1 with identical machine code" in rest
    assert "twin@gcc" in rest
    assert "<td>39 s</td>" in rest


def test_a_report_says_how_long_each_step_was_said_to_take_and_took() -> None:
    """A step of which nothing was known has no such figure."""
    steps = [{"name": "checkout", "took_s": 1.2}, {"name": "checking", "took_s": 4, "said_s": 3}]
    facts = dict(reported(found_by({}, seconds=5.2, steps=steps)).facts)
    assert facts["took"] == "5 s: checkout 1 s, checking 4 s (said: 3 s)"


@pytest.mark.parametrize("rows", [(), ({"verdict": "inconclusive"},), ({"verdict": "failed"},)])
def test_no_answer_is_an_error_among_test_results(
    tmp_path: Path, rows: tuple[dict[str, Any], ...]
) -> None:
    """A CI system that reads nothing else saw a pass: no test, no failure."""
    found = found_by(*rows, status=2, why="nothing was compared")
    write(found, reported(found), tmp_path)
    suite = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314  our own file
    errors = [error.get("message") for error in suite.iter("error")]
    assert errors[0] == "nothing was compared"
    assert suite.get("errors") == str(len(errors))
    assert suite.get("tests") == str(1 + len(rows))


def test_columns_without_a_word_leave_their_room_to_others() -> None:
    """Nothing was counted, so no column is cut short for it."""
    counted = {"count_base": 9.0, "count_head": 9.0, "count_verdict": "same"}
    for row, there in ({}, False), (counted, True):
        printed = io.StringIO()
        show(Console(width=WIDTH_MIN, file=printed), reported(found_by(row)))
        assert ("instructions" in printed.getvalue()) == there
        assert "[0.9980, 1.0030]" in printed.getvalue()


def test_a_terminal_without_these_letters_loses_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signs become question marks; the words next to them are complete."""
    printed = io.BytesIO()
    terminal = io.TextIOWrapper(printed, "latin-1", write_through=True)
    monkeypatch.setattr(sys, "stdout", terminal)
    show(screen(WIDTH_MIN), reported(found_by({"verdict": "slower"}, status=1)))
    assert "a@numba  ? slower" in printed.getvalue().decode("latin-1")


def test_what_is_next_is_of_one_cell() -> None:
    """However many cells were selected; words are quoted for the shell."""
    command = "python -m bench.gate --cell a/b/add --cell=c/d/add --base abc"
    slower = {"variant": "b[select]@gcc", "verdict": "slower"}
    report = reported(found_by(slower, status=1, why="slower", command=command))
    explain, cell = report.next
    assert explain == f"{command} --explain 'blk/4k-read/add/b[select]@gcc'"
    assert cell == "python -m bench.gate --base abc --cell blk/4k-read/add"


def test_test_results_agree_with_the_status_where_counts_decide(tmp_path: Path) -> None:
    """More instructions fail, whatever the times are."""
    found = found_by(
        {"verdict": "slower", "count_base": 9.0, "count_head": 9.0, "count_verdict": "same"},
        {"verdict": "same", "count_base": 9.0, "count_head": 12.0, "count_verdict": "more"},
        mode="counts",
    )
    report = reported(found)
    assert report.title == "No more instructions"
    assert "Slower by time in 1 cells, whatever their instruction counts." in report.notes
    write(found, report, tmp_path)
    suite = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314  our own file
    assert [[child.tag for child in case] for case in suite] == [[], ["failure"]]
    assert suite.get("failures") == "1"


def test_what_has_no_other_side_is_not_explained() -> None:
    """An earlier result has ratios but no code."""
    command = "python -m bench.gate --baseline x.json.gz"
    report = reported(found_by({"verdict": "slower"}, status=1, why="slower", command=command))
    assert report.next == (f"{command} --cell blk/4k-read/add",)


def test_the_band_is_not_what_is_found() -> None:
    """Both sizes are printed."""
    (_, band, *_) = reported(found_by({})).notes
    assert "The band is 0.5 %: smaller slowdowns pass." in band
    assert "In 95 % of runs a slowdown of 0.7 % is found" in band


def test_new_removed_and_renamed_are_said() -> None:
    """They are not errors."""
    notes = reported(found_by({}, new=["n"], removed=["r"], renamed={"old": "now"})).notes
    assert "new, so not compared: n" in notes
    assert "removed, so not compared: r" in notes
    assert "renamed, with the same code: old is now now" in notes


def test_identical_code_everywhere_is_said() -> None:
    """Without values there is no smallest slowdown to state."""
    row = {"verdict": "identical"} | dict.fromkeys(("ratio", "low", "high", "seen", "found"))
    notes = reported(found_by(row)).notes
    assert "Identical code everywhere: nothing to time." in notes


def test_test_results_fail_where_it_is_slower(tmp_path: Path) -> None:
    """Slower fails, a wrong kernel is an error, inconclusive is skipped; names are escaped."""
    verdicts = {"slower": "", "failed": "a <b> & c", "inconclusive": "", "same": ""}
    found = found_by(*({"verdict": verdict, "why": why} for verdict, why in verdicts.items()))
    page = write(found, reported(found), tmp_path)
    suite = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314  our own file
    kinds = [[child.tag for child in case] for case in suite]
    assert kinds == [["failure"], ["error"], ["skipped"], []]
    assert "a &lt;b&gt; &amp; c" in page.read_text()


def test_counts_stand_next_to_times(tmp_path: Path) -> None:
    """Both are shown in one row."""
    counts = {"count_base": 10.0, "count_head": 12.0, "count_verdict": "more"}
    found = found_by(counts, mode="counts", status=1, why="more instructions")
    write(found, reported(found), tmp_path)
    summary = (tmp_path / "summary.md").read_text()
    assert "10.0 → 12.0 more" in summary
    assert "1.0010" in summary


def test_the_command_line_prints_the_table(tmp_path: Path) -> None:
    """The page's path comes last."""
    path = tmp_path / "x.gate.json.gz"
    path.write_bytes(gzip.compress(json.dumps(result({})).encode()))
    ended = CliRunner().invoke(app, [str(path), "-o", str(tmp_path / "out")])
    assert ended.exit_code == 0
    assert "a@numba" in ended.stdout
    assert ended.stdout.strip().endswith("index.html")


def test_no_text_of_a_gate_file_moves_a_terminal(tmp_path: Path) -> None:
    """Control characters in any text become question marks."""
    path = tmp_path / "x.gate.json"
    evil = "\x1b[2J\u202e"
    texts = {"notes": [evil], "new": [evil], "renamed": {evil: evil}, "why": evil}
    path.write_text(json.dumps(result({"cell": evil, "why": evil}, **texts)))
    printed = io.StringIO()
    show(Console(width=WIDTH_MIN, file=printed), reported(load(path)))
    assert "\x1b" not in printed.getvalue()
    assert "\u202e" not in printed.getvalue()
    assert "?[2J?" in printed.getvalue()

"""Counts are shown for the code that was timed, and refused if damaged."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from reports import __main__ as cli
from reports.frames import code_times, counts, tables
from reports.frames.counts import Counts
from reports.read.result import load
from reports.read.text import ResultError
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Truth

TRUTH = Truth(shapes=synthetic.SHAPES[:2], processes=2, rounds=2)


def read(directory: Path, **change: object) -> Counts:
    """The counts next to a small result, with each record changed."""
    path = synthetic.write(directory / "run.json.gz", TRUTH)
    synthetic.write_counts(path, TRUTH, **change)
    return counts.counts_of(load(path))


def test_counts_are_found_by_the_stem(tmp_path: Path) -> None:
    """They are in run.counts.json for run.json.gz; one row per cell and series, no control."""
    known = read(tmp_path)
    assert known.note == ""
    assert len(known.found) == 2 * 2 * 4
    row = known.found[known.found["label"] == "sg_ring"].iloc[0]
    assert row["instructions"] == 10 + 3 * 20
    assert row["instructions_per_descriptor"] == pytest.approx(70 / 3)


def test_no_file_says_how_to_make_it(tmp_path: Path) -> None:
    """A result without counts is complete, and a line names file and command."""
    path = synthetic.write(tmp_path / "run.json.gz", TRUTH)
    known = counts.counts_of(load(path))
    assert known.found.empty
    assert "no run.counts.json" in known.note
    assert "nox -s counts -- run.json.gz" in known.note


def test_other_code_is_left_out(tmp_path: Path) -> None:
    """If the code differs from the timed one nothing is shown, and a line says why."""
    known = read(tmp_path, code_hash="f" * 16)
    assert known.found.empty
    assert "16 of 16 counts are left out" in known.note
    assert "first blk/4k-read/map/flat_array: ffffffffffffffff was counted" in known.note


def test_one_changed_kernel_hides_no_other(tmp_path: Path) -> None:
    """Cells whose code agrees are shown even if that of others does not."""
    path = synthetic.write(tmp_path / "run.json", TRUTH)
    beside = synthetic.write_counts(path, TRUTH)
    data = json.loads(beside.read_text())
    data["counts"][0]["code_hash"] = "0" * 16
    beside.write_text(json.dumps(data))
    known = counts.counts_of(load(path))
    assert len(known.found) == 15
    assert "1 of 16 counts are left out" in known.note


def test_counts_of_other_shapes_are_none_of_these(tmp_path: Path) -> None:
    """Cells that were not timed are not shown; if none was, a line says so."""
    known = read(tmp_path, shape="5k-read")
    assert known.found.empty
    assert "counts nothing that was timed" in known.note


def _file(**change: Any) -> str:
    record = {
        **dict.fromkeys(counts.TEXTS, "x"),
        "axes": "",
        "role": "candidate",
        "code_hash": "0" * 16,
        **dict.fromkeys(counts.NUMBERS, 1.0),
        **change,
    }
    return json.dumps({"schema_version": 1, "counts": [record]})


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("", "empty"),
        ("{", "damaged JSON"),
        ("[" * 100_000, "damaged JSON"),
        ("[]", "contains no counts"),
        ('{"schema_version": 1, "counts": 3}', "contains no counts"),
        ('{"schema_version": 2, "counts": []}', "schema version 2"),
        ('{"counts": []}', "schema version None"),
        ('{"schema_version": 1, "counts": [3]}', "count 0 is not a record"),
        (_file(strategy=None), "count 0 has no strategy"),
        (_file(code_hash=7), "count 0 has no code_hash"),
        (_file(strategy="=1+1"), "'=1\\+1' as strategy, against docs/format.md"),
        (_file(axes="+1"), "as axes"),
        (_file(role="hero"), "'hero' as role"),
        (_file(code_hash="x"), "'x' as code_hash"),
        (_file(instructions=10**400), "no number of instructions"),
        (_file(instructions="many"), "no number of instructions"),
        (_file(instructions=float("nan")), "no number of instructions"),
        (_file(instructions=-1), "no number of instructions"),
        (_file(instructions=True), "no number of instructions"),
        (_file(descriptors=float("inf")), "no number of descriptors"),
        (_file(descriptors=0), "no descriptors"),
    ],
)
def test_damaged_counts_are_refused(tmp_path: Path, content: str, complaint: str) -> None:
    """A damaged counts file is refused in one line with its name and a remedy."""
    path = synthetic.write(tmp_path / "run.json", TRUTH)
    beside = tmp_path / "run.counts.json"
    beside.write_text(content)
    with pytest.raises(ResultError, match=complaint) as refusal:
        counts.counts_of(load(path))
    assert str(refusal.value).startswith(f"{beside}: ")
    assert ";" in str(refusal.value)
    done = CliRunner().invoke(cli.app, [str(path), "-o", str(tmp_path / "out")])
    assert done.exit_code == 2
    assert done.stderr.count("\n") == 1


def contrary(directory: Path, *layouts: Layout) -> tuple[str, str] | None:
    """The labels of the pair in which fewer instructions are slower."""
    truth = Truth(layouts=layouts)
    path = synthetic.write(directory / "r.json", truth)
    synthetic.write_counts(path, truth)
    result = load(path)
    found = tables.tabulate(result, counts.counts_of(result).found)
    pair = code_times.fewer_but_slower(code_times.counted(found))
    return pair and (pair[0]["label"], pair[1]["label"])


def test_fewer_instructions_can_be_slower(tmp_path: Path) -> None:
    """The pair that contradicts its counts most is found, within one backend only."""
    base = Layout("flat", 1.0, "baseline")
    slow, fast = Layout("chain", 1.5), Layout("chain", 1.1, form="called", calls=1)
    assert contrary(tmp_path, base, slow, fast) == ("chain", "chain[called]")
    assert contrary(tmp_path, base, fast) is None
    other = Layout("chain", 1.5, backend="gcc")
    assert contrary(tmp_path, base, fast, other) is None


def test_longest_request_is_a_point_of_the_sweep(tmp_path: Path) -> None:
    """Instructions and time are compared in the longest sweep point of the answer's phase."""
    path = synthetic.write(tmp_path / "r.json")
    synthetic.write_counts(path)
    result = load(path)
    found = tables.tabulate(result, counts.counts_of(result).found)
    rows = code_times.counted(found)
    assert set(rows["cell"]) == {"seg-128"}
    assert set(rows["phase"]) == {"add"}
    assert set(rows["role"]) == {"baseline", "candidate"}

"""A gate's file is read whole, or refused in a line that names it."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from reports.gate.__main__ import show, write
from reports.gate.file import load
from reports.gate.report import reported
from reports.read.text import ResultError
from tests.reports.gate.test_gate import ROW, result


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", '{"schema_version": 1, "rows": []}', '{"schema_version": 1, "mode": ""}', "x"],
)
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    """One line names it."""
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(ResultError, match=r"x\.json"):
        load(path)


@pytest.mark.parametrize(
    "more",
    [
        {"status": 3},
        {"mode": "feelings"},
        {"rows": [ROW | {"verdict": "great"}]},
        {"rows": [ROW | {"ratio": float("nan")}]},
        {"rows": [ROW | {"high": None}]},
        {"rows": [{key: value for key, value in ROW.items() if key != "why"}]},
        {"base": {}},
        {"command": "python -m bench.gate --cell 'open"},
        {"more": [[[]]] * 3, "notes": "none"},
    ],
)
def test_a_file_that_no_gate_writes_is_refused(tmp_path: Path, more: dict[str, Any]) -> None:
    """Every key that a report reads must exist with its type, or one line names it."""
    path = tmp_path / "x.gate.json"
    path.write_text(json.dumps(result({})))
    assert [row.cell for row in load(path).rows] == [ROW["cell"]]
    path.write_text(json.dumps(result({}, **{k: v for k, v in more.items() if k != "rows"}) | more))
    with pytest.raises(ResultError, match=r"x\.gate\.json: not a complete file of the gate"):
        load(path)


def places(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """All places in nested data."""
    inside = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data)
        if isinstance(data, list)
        else ()
    )
    return [at, *(place for key, value in inside for place in places(value, (*at, key)))]


def read_by(path: Path, place: tuple[Any, ...], change: Any) -> str:
    """The refusal of a file with one place changed; empty if it is rendered."""
    found = json.loads(json.dumps(result({}, {"verdict": "slower"}, status=1, why="x")))
    parent = found
    for key in place[:-1]:
        parent = parent[key]
    if change is None:
        del parent[place[-1]]
    else:
        parent[place[-1]] = change
    path.write_text(json.dumps(found))
    try:
        loaded = load(path)
    except ResultError as error:
        return str(error)
    write(loaded, reported(loaded), path.parent / "out")
    show(Console(file=io.StringIO()), reported(loaded))
    return ""


@pytest.mark.parametrize("change", [None, 7.5, "text", [], {}, [1], {"a": 1}])
def test_a_gates_file_that_is_not_whole_is_refused_or_rendered(tmp_path: Path, change: Any) -> None:
    """If a key is missing or of another type: one line that names the file, or a page."""
    whole = json.loads(json.dumps(result({}, {"verdict": "slower"}, status=1, why="x")))
    for place in places(whole)[1:]:
        said = read_by(tmp_path / "x.json", place, change)
        assert said == "" or (said.startswith(f"{tmp_path / 'x.json'}: ") and "\n" not in said)
    assert "verdict" in read_by(tmp_path / "x.json", ("rows", 1, "verdict"), change)

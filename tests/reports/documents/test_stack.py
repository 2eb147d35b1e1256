"""What the stack's place does, from what a study kept."""

from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from reports.commands.marked_part import marks
from reports.documents import stack
from reports.documents.stack import PART, Places

BEGIN, END = marks(PART)
KEPT = Places(
    processor_kind="made-1-2",
    date="2026-01-02",
    commit="0123abcd",
    cell="blk/4k-read/add",
    step=16,
    ratios={"ring": [1.2] * 252 + [1.5] * 4, "flat[again]": [1.0] * 256},
)


def run(*words: str | Path) -> Result:
    """What the command says."""
    return CliRunner().invoke(stack.app, list(map(str, words)))


def test_places_that_cost_a_layout_are_counted(tmp_path: Path) -> None:
    """How many, and by how much: relative to the layout's own median place."""
    (tmp_path / "made.json").write_bytes(msgspec.json.encode(KEPT))
    said = run(tmp_path).output
    assert "| made-1-2 | `ring` | 4 of 256 | 1.25 | 1.25 | 0 |" in said
    assert "| made-1-2 | `flat[again]` | 0 of 256 |  |  | 0 |" in said
    assert "made-1-2: blk/4k-read/add, 2026-01-02, commit 0123abcd." in said


def test_the_table_goes_into_a_document(tmp_path: Path) -> None:
    """Between its two comments."""
    (tmp_path / "made.json").write_bytes(msgspec.json.encode(KEPT))
    document = tmp_path / "doc.md"
    document.write_text(f"# A\n{BEGIN}\nold\n{END}\nB\n", encoding="utf-8")
    assert run(tmp_path, "--document", document).exit_code == 0
    text = document.read_text(encoding="utf-8")
    assert text.startswith(f"# A\n{BEGIN}\n| processor |")
    assert text.endswith(f".\n{END}\nB\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "make it again"),
        ('{"ratios": {"ring": [0]}}', "make it again"),
        (None, "holds no study; make one with python -m bench.studies.stack"),
    ],
)
def test_what_is_no_study_is_refused(tmp_path: Path, text: str | None, said: str) -> None:
    """One line names the file and the remedy."""
    if text is not None:
        (tmp_path / "made.json").write_text(text, encoding="utf-8")
    done = run(tmp_path)
    assert done.exit_code == 2
    assert said in done.output

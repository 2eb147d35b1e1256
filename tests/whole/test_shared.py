"""Code that tests share is the compiled one."""

from pathlib import Path

import pytest

from bench.paths import ROOT
from strategies.compile import kept
from strategies.compile.code import Code
from tests.fake import shared

MADE = {"map": Code(b"\x90\xc3", 1), "add_buf": Code(b"\xc3")}


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> kept.Store:
    """Give an empty store in place of the checkout's."""
    made = kept.Store(tmp_path)
    monkeypatch.setattr(kept, "store", lambda: made)
    return made


def fail() -> dict[str, Code]:
    """Replace a compiler that must not be called."""
    raise AssertionError("compiled again")


def test_code_is_made_once_under_a_name() -> None:
    """The same or another process finds the same bytes; another name has its own."""
    assert shared.once("ring", lambda: MADE) == MADE
    assert shared.once("ring", fail) == MADE
    with pytest.raises(AssertionError, match="compiled again"):
        shared.once("array", fail)


def test_code_is_made_again_once_a_source_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name stands for what its sources say today."""
    shared.once("ring", lambda: MADE)
    monkeypatch.setattr(shared, "digest", lambda: "edited")
    with pytest.raises(AssertionError, match="compiled again"):
        shared.once("ring", fail)


def test_code_is_made_again_from_a_damaged_entry(store: kept.Store) -> None:
    """Nothing else is ever run in its place."""
    shared.once("ring", lambda: MADE)
    (entry,) = (path for path in store.folder.iterdir() if not path.name.startswith("."))
    entry.write_bytes(entry.read_bytes()[:-1])
    assert shared.once("ring", lambda: MADE) == MADE


def test_all_that_says_how_code_is_made_is_in_its_name() -> None:
    """A folder that were missing would keep old code after an edit."""
    there = {path.name for pattern in shared.MADE_OF for path in ROOT.glob(pattern)}
    assert {"sg_ring.py", "codegen.py", "making.py", "driver.py", "armed.py", "rig.py"} <= there

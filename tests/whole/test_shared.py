"""Code that is shared by all processes of a test run is the compiled one."""

from pathlib import Path

import pytest

from strategies.compile.code import Code
from tests.fake import shared

MADE = {"map": Code(b"\x90\xc3", 1), "add_buf": Code(b"\xc3")}


def fail() -> dict[str, Code]:
    """Replace a compiler that must not be called."""
    raise AssertionError("compiled again")


def test_code_is_made_once_under_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same or another process finds the same bytes; another name has its own."""
    monkeypatch.setenv(shared.FOLDER, str(tmp_path))
    assert shared.once("ring", lambda: MADE) == MADE
    assert shared.once("ring", fail) == MADE
    with pytest.raises(AssertionError, match="compiled again"):
        shared.once("array", fail)
    assert len(list(tmp_path.iterdir())) == 1


def test_without_a_folder_code_is_made_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder from the test run, nothing is shared."""
    monkeypatch.delenv(shared.FOLDER, raising=False)
    assert shared.once("ring", lambda: MADE) == MADE
    with pytest.raises(AssertionError, match="compiled again"):
        shared.once("ring", fail)

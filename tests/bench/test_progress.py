"""Progress: a bar for people, plain lines for logs, JSON for programs, nothing for --quiet."""

import io
import json
import time

import pytest
from rich.console import Console

from bench.progress import Progress


def shown(*, terminal: bool = False, **options: bool) -> str:
    """The output of a run with three updates."""
    text = io.StringIO()
    progress = Progress(Console(file=text, force_terminal=terminal, width=200), **options)
    progress.say("a word [bold]as it is[/bold]")
    progress.begin(time.monotonic() + 60, cells=9)
    progress.update(3, 2, lambda: float("inf"))
    progress._said = 0.0  # as if time had passed
    progress.update(4, 2, lambda: 0.0123)
    progress.update(5, 2, lambda: 0.01)  # too soon after the last
    progress.close()
    return text.getvalue()


def test_a_log_gets_plain_lines() -> None:
    """Each has cells, processes, the worst interval once there is one, and the time left."""
    said, first, second = shown().splitlines()
    assert said == "a word [bold]as it is[/bold]"
    assert first.startswith("9 cells, processes: 3 done, 2 running, ")
    assert "worst" not in first
    assert "4 done, 2 running, worst ± 1.2%" in second


def test_a_terminal_gets_a_bar() -> None:
    """The bar is shown during the run and removed after it."""
    text = shown(terminal=True)
    assert "━" in text
    assert "4 done" in text


def test_a_program_gets_a_line_of_json_each() -> None:
    """Every line is an object with an event; an unknown width is null."""
    said, first, second = map(json.loads, shown(as_json=True).splitlines())
    assert said == {"event": "said", "text": "a word [bold]as it is[/bold]"}
    assert first["event"] == "progress"
    assert (first["cells"], first["processes_done"], first["processes_running"]) == (9, 3, 2)
    assert first["worst_half_width"] is None
    assert second["worst_half_width"] == pytest.approx(0.0123)
    assert 0 < second["left_s"] <= 60


def test_quiet_is_silent() -> None:
    """Nothing at all."""
    assert shown(quiet=True) == ""

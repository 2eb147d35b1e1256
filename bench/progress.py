"""Progress of a run: a bar in a terminal, elsewhere a plain line from time to time.

For programs, lines of JSON instead: {"event": "said", "text"} or {"event": "progress", "cells",
"processes_done", "processes_running", "ours" (share of rounds with the core to ourselves; null:
unknown), "worst_half_width" (null: no interval yet), "left_s"}.
"""

import json
import time
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

PLAIN_EVERY_S, OFTEN_EVERY_S = 10, 2


class Progress:
    """Prints cells, processes and time left to standard error."""

    def __init__(
        self, console: Console | None = None, *, quiet: bool = False, as_json: bool = False
    ) -> None:
        self._quiet, self._as_json = quiet, as_json
        self._console = console or Console(stderr=True)
        self._bar: Bar | None = None
        self._start = self._end = self._said = 0.0
        self._cells = 0

    def say(self, text: str) -> None:
        """Print a separate line."""
        if self._as_json:
            self._event("said", text=text)
        elif not self._quiet:
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def begin(self, end: float, cells: int) -> None:
        """Start to show the time until ``end``, on the monotonic clock, in seconds."""
        self._start, self._end, self._cells = time.monotonic(), end, cells
        if self._console.is_terminal and not (self._quiet or self._as_json):
            columns = (BarColumn(), TextColumn("{task.description}"))
            self._bar = Bar(*columns, console=self._console, transient=True)
            self._bar.start()
            self._bar.add_task("", total=max(1.0, end - self._start))

    def update(
        self, done: int, running: int, widest: Callable[[], float], ours: float | None = None
    ) -> None:
        """Show the state of the run, and the share of rounds that had the core to themselves."""
        now = time.monotonic()
        left = max(0, round(self._end - now))
        pause_s = PLAIN_EVERY_S if not (self._bar or self._as_json) else OFTEN_EVERY_S
        if self._quiet or now - self._said < pause_s:
            return
        self._said = now
        width = widest()
        if self._as_json:
            known = round(width, 6) if width < 1 else None
            done_so_far = {"processes_done": done, "processes_running": running, "ours": ours}
            self._event(
                "progress", cells=self._cells, **done_so_far, worst_half_width=known, left_s=left
            )
            return
        state = f"{done} done, {running} running" + f", worst ± {width:.1%}" * (width < 1)
        state += "" if ours is None else f", core ours {ours:.0%}"
        text = f"{self._cells} cells, processes: {state}, {left} s left"
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=now - self._start, description=text)
        else:
            self.say(text)

    def _event(self, event: str, **about: object) -> None:
        text = json.dumps({"event": event, **about})
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Remove the bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

"""Progress for whoever waits: a bar in a terminal, a plain line now and then elsewhere."""

import time

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

PLAIN_EVERY_S = 10


class Progress:
    """Cells, processes and time left, on standard error."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._bar: Bar | None = None
        self._start = self._end = self._said = 0.0
        self._cells = 0

    def say(self, text: str) -> None:
        """Print a line of its own."""
        self._console.print(text, markup=False, highlight=False)

    def begin(self, end: float, cells: int) -> None:
        """Start to show time until ``end``, a value of the monotonic clock."""
        self._start, self._end, self._cells = time.monotonic(), end, cells
        if self._console.is_terminal:
            columns = (BarColumn(), TextColumn("{task.description}"))
            self._bar = Bar(*columns, console=self._console, transient=True)
            self._bar.start()
            self._bar.add_task("", total=max(1.0, end - self._start))

    def update(self, done: int, running: int) -> None:
        """Show how far the run is."""
        now = time.monotonic()
        left = max(0, round(self._end - now))
        text = f"{self._cells} cells, {done} processes done, {running} running, {left} s left"
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=now - self._start, description=text)
        elif now - self._said > PLAIN_EVERY_S:
            self._said = now
            self.say(text)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

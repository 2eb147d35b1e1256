"""What a command is making, shown in a terminal while that takes seconds; elsewhere nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def making(first: str) -> Iterator[Callable[[str], None]]:
    """Show ``first`` on standard error, then whatever the given function is called with."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    with console.status(f"{first} ...") as status:
        yield lambda text: status.update(f"{text} ...")

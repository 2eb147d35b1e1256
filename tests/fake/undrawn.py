"""Reports without figures, for tests that need none: drawing takes half of the time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NO_FIGURE = '<svg xmlns="http://www.w3.org/2000/svg"></svg>'


@contextmanager
def undrawn() -> Iterator[None]:
    """Write empty files instead of figures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("reports.figures.style.save", _save)
        patch.setattr("reports.commands.helping.cores", lambda: 1)  # another process would draw
        yield


def _save(_figure: object, stem: Path) -> None:
    for kind in ("png", "svg"):
        stem.with_name(f"{stem.name}.{kind}").write_text(NO_FIGURE, encoding="utf-8")

"""What both pages share: tables of ratios, and how a page is written."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reports.text.template import environment, script

INDEX = "index.html"


@dataclass(frozen=True)
class Field:
    """A field of a table: a number with its mark, or only words."""

    centre: str = ""
    interval: str = ""
    note: str = ""
    mark: str = ""
    kind: str = ""  # what the mark means, and the class of its colour


@dataclass(frozen=True)
class Line:
    """A row of a table."""

    name: str
    note: str
    cells: tuple[Field, ...]
    mark: str = ""  # its class


@dataclass(frozen=True)
class Table:
    """A table; its title is the label of its region, which no other on the page has."""

    title: str
    note: str
    corner: str
    heads: tuple[str, ...]
    rows: tuple[Line, ...]


def write(template: str, directory: Path, **context: Any) -> Path:
    """Render a page into a directory; its path."""
    text = environment().get_template(template).render(**script("compared.js"), **context)
    index = directory / INDEX
    index.write_text(text, encoding="utf-8")
    return index

"""What both pages share: tables whose cells are ratios, and the page's one script."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from reports.read.paths import TEMPLATES
from reports.text.template import environment

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
    """Render a page into a directory; return its path."""
    script = (TEMPLATES / "compared.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    text = (
        environment()
        .get_template(template)
        .render(
            script=Markup(script),  # noqa: S704  (ours)
            script_hash=f"sha256-{digest}",
            **context,
        )
    )
    index = directory / INDEX
    index.write_text(text, encoding="utf-8")
    return index

"""Parts of documents that are made: between two comments, and nothing else is touched."""

from pathlib import Path

from reports.read.text import ResultError


def marks(part: str) -> tuple[str, str]:
    """Return the comments that a part stands between."""
    return f"<!-- {part}:begin -->", f"<!-- {part}:end -->"


def text_with(text: str, block: str, part: str, name: str) -> str:
    """Return a text with this block as its part.

    Raises:
        ResultError: if ``name``, whose text it is, has no such part.
    """
    begin, end = marks(part)
    before, begun, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not (begun and ended):
        raise ResultError(f"{name}: has no {begin} and {end}; write both where the part belongs")
    return f"{before}{begin}\n{block}\n{end}{after}"


def put(block: str, path: Path, part: str) -> None:
    """Write a part of a document.

    Raises:
        ResultError: if it has no such part.
    """
    path.write_text(text_with(path.read_text(encoding="utf-8"), block, part, path.name), "utf-8")

"""Replaces the generated part of a document, which stands between two comments."""

from pathlib import Path

from reports.read.text import ResultError


def marks(part: str) -> tuple[str, str]:
    """The comments around a part."""
    return f"<!-- {part}:begin -->", f"<!-- {part}:end -->"


def text_with(text: str, block: str, part: str, name: str) -> str:
    """A text with ``block`` as its part.

    Raises:
        ResultError: if the text, which is that of ``name``, has no such part.
    """
    return inline_with(text, f"\n{block}\n", part, name)


def inline_with(text: str, block: str, part: str, name: str) -> str:
    """A text with ``block`` as its part, within a line.

    Raises:
        ResultError: if the text, which is that of ``name``, has no such part.
    """
    begin, end = marks(part)
    before, begun, rest = text.partition(begin)
    _, ended, after = rest.partition(end)
    if not (begun and ended):
        raise ResultError(f"{name}: has no {begin} and {end}; write both where the part belongs")
    return f"{before}{begin}{block}{end}{after}"


def put(block: str, path: Path, part: str) -> None:
    """Write a part of a document.

    Raises:
        ResultError: if the document has no such part.
    """
    path.write_text(text_with(path.read_text(encoding="utf-8"), block, part, path.name), "utf-8")

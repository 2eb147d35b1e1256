"""Tables in Markdown."""

from collections.abc import Iterable


def line(*cells: object) -> str:
    """A row of a table."""
    return f"| {' | '.join(map(str, cells))} |"


def table(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table; a heading that ends in a colon is of numbers, which stand at the right."""
    heads = list(heads)
    rules = ("--:" if head.endswith(":") else "---" for head in heads)
    names = (head.removesuffix(":") for head in heads)
    return "\n".join([line(*names), line(*rules), *(line(*row) for row in rows)])

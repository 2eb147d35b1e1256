"""The figure of a comparison: machines, or runs of one, as columns with one scale."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from reports.compare.kinds import Compared
from reports.figures import style
from reports.figures.machines import machines
from reports.figures.svg import inline
from reports.text.wording import drawable

CAPTION = (
    "A dot is a kind of request, in each column from the shortest on the left to the longest on "
    "the right; bars are 95 % intervals, shorter than the dot where none is seen."
)


def draw(
    rows: Sequence[Compared], names: Sequence[str], directory: Path, stem: str
) -> tuple[Markup, ...]:
    """Write the figure's files, for a screen and for a phone; both as a page holds them."""
    if not rows:
        return ()
    frame = pd.DataFrame(
        [
            {
                **{key: getattr(row, key) for key in ("strategy", "form", "backend", "role")},
                "label": row.label,
                "descriptors": row.descriptors[0],
                "column": at,
                **{key: getattr(one.ratio, key) for key in ("centre", "low", "high")},
            }
            for row in rows
            for at, one in enumerate(row.ratios)
            if one is not None
        ]
    ).astype({"low": float, "high": float})
    frame = frame.sort_values(["strategy", "backend"], kind="stable")  # wherever they turn round
    scale = f"multiple of {drawable(rows[0].baseline)}'s time"
    drawn = []
    for suffix, narrow in (("", False), ("-narrow", True)):
        path = directory / f"{stem}{suffix}"
        style.save(machines(frame, names, scale, narrow=narrow), path)
        svg = path.with_name(f"{path.name}.svg").read_text(encoding="utf-8")
        drawn.append(inline(svg, f"{stem}{suffix}"))
    return tuple(drawn)

"""Every ratio of a result, as the data from which the page makes one table when it is opened."""

import json

from markupsafe import Markup

from reports.frames.tables import Tables
from reports.rounds.processes import CELL
from reports.text import wording
from reports.text.table import FrameRow, ratio_cell, time_cell

OF_TIME = ["centre", "low", "high", "processes"]
COLUMNS = ("cell and layout", "ratio", "ns a request", "mean over placements", "90 % of rounds")


def listing(tables: Tables) -> Markup | None:
    """The rows as JSON, safe inside of a page: one per candidate and cell; None without any.

    A row has its cell, phase and series, as they are in its address, and a text per column.
    """
    ratios = tables.ratios[
        (tables.ratios["role"] == "candidate") & (tables.ratios["processes"] > 0)
    ]
    if ratios.empty:
        return None
    keys = [*CELL, "label"]
    whole = ratios.merge(tables.times[[*keys, *OF_TIME]], on=keys, suffixes=("", "_ns"))
    rows = [_row(row) for row in whole.to_dict("records")]
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704  (no tag can end in it)


def _row(row: FrameRow) -> list[str]:
    ratio = ratio_cell({**row, "depends_on_placement": False, "rule": ""})
    time = time_cell({key: row[f"{key}_ns"] for key in OF_TIME})
    return [
        *(str(row[key]) for key in ("workload", "cell", "phase", "label")),
        str(ratio),
        f"{time.centre} {time.interval}".strip(),
        f"{row['mean']:.{wording.RATIO_DECIMALS}f}",
        wording.span(row["p05"], row["p95"]),
    ]

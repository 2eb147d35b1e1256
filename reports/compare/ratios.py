"""How far the ratios of two runs differ.

Times of two runs are never divided. Each run's ratio to its own baseline is compared, and between
two runs the quotient of these (``reports.statistics.quotient``), whose interval is over the
processes of both and includes the hidden factor of either.

Columns of ``ratios_of_ratios``, next to those of the cell and ``label`` (series and backend):

    first, second                   the ratios of the two, each with ``_low`` and ``_high``
    centre, low, high, processes    of the second over the first
    verdict                         whether that is above or below 1
    same_code                       whether the hashes of series and baseline agree
"""

from typing import Any

import pandas as pd

from reports.compare.around import COMPARED
from reports.compare.sides import KEYS, Side, common
from reports.rounds.processes import CELL
from reports.statistics.estimates import columns_of, estimate_of
from reports.statistics.quotient import quotient
from reports.statistics.verdict import judge

SHOWN = ["cell", "label", "descriptors", "swept"]
ENDS = [f"{side}_{end}" for side in ("first", "second") for end in ("low", "high")]
OF_ESTIMATE = ["centre", "low", "high", "processes"]
COLUMNS = [
    *(*KEYS, *SHOWN),
    *(f"{side}{end}" for side in ("first", "second") for end in ("", "_low", "_high")),
    *(*columns_of(None), "verdict", "same_code"),
]


def ratios_of_ratios(first: Side, second: Side) -> pd.DataFrame:
    """One row per cell and series that both have, if the requests are equal."""
    ours = first.ratios[first.ratios["role"].isin(COMPARED)]
    theirs = second.ratios[[*KEYS, *OF_ESTIMATE]]
    shared = common([first, second])
    alike = [cell in shared for cell in ours[CELL].itertuples(index=False, name=None)]
    both = ours[alike].astype(dict.fromkeys(KEYS, "str"))
    both = both.merge(theirs.astype(dict.fromkeys(KEYS, "str")), on=KEYS, suffixes=("", "_second"))
    rows = [_row(first, second, row) for row in both.to_dict("records")]
    return pd.DataFrame(rows, columns=COLUMNS).astype(dict.fromkeys(ENDS, "float"))


def _row(first: Side, second: Side, row: dict[Any, Any]) -> dict[str, Any]:
    before = estimate_of(row)
    after = estimate_of({key: row[f"{key}_second"] for key in OF_ESTIMATE})
    assert before is not None
    assert after is not None
    found = quotient(after, before)
    cell = tuple(row[key] for key in CELL)
    hashes = [side.hashes(cell, row["label"], row["against"]) for side in (first, second)]
    return {
        **{key: row[key] for key in (*KEYS, *SHOWN)},
        "first": before.centre,
        "first_low": before.low,
        "first_high": before.high,
        "second": after.centre,
        "second_low": after.low,
        "second_high": after.high,
        **columns_of(found),
        "verdict": judge(found).value,
        "same_code": hashes[0] == hashes[1] != ("", ""),
    }

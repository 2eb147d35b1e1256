"""A table marks what distinguishes a row, and a difference that is worth a choice."""

import pandas as pd

from reports.statistics.verdict import Verdict
from reports.text.markdown import table
from reports.text.table import exact_cell, grid, ratio_cell


def test_a_warning_of_all_rows_is_none_of_a_row() -> None:
    """Marks tell a row from its neighbours; what all have in common is said once, above."""
    rows = [
        {"cell": name, "label": "x", "strategy": "x", "descriptors": 3.0, "doubt": doubt}
        for name, doubt in (("a", "load"), ("b", "load"))
    ]
    both = grid("t", pd.DataFrame(rows), "cell", "label", lambda _: exact_cell(1))
    one = grid("t", pd.DataFrame([rows[0], rows[1] | {"doubt": ""}]), "cell", "label",
               lambda _: exact_cell(1))  # fmt: skip
    assert [row.head.doubt for row in both.rows] == ["", ""]
    assert [row.head.doubt for row in one.rows] == ["load", ""]


def test_a_difference_within_the_band_has_no_arrow() -> None:
    """However sure it is: nobody chooses a layout for less."""
    both = [(1.004, 1.003, 1.005), (1.006, 1.005, 1.007)]
    rows = pd.DataFrame(both, columns=["centre", "low", "high"])
    rows = rows.assign(role="candidate", processes=9, verdict="slower")
    near, far = rows.to_dict("records")
    assert ratio_cell(near).verdict is None
    assert ratio_cell(far).verdict is Verdict.SLOWER


def test_numbers_of_a_table_in_markdown_stand_at_the_right() -> None:
    """A heading that ends in a colon says so; the colon is not printed."""
    lines = ["| layout | ns |", "| --- | --: |", "| flat | 9 |"]
    assert table(("layout", "ns:"), [("flat", 9)]).splitlines() == lines

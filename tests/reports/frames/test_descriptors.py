"""Cells of one length are put together by their geometric mean."""

import math

import pandas as pd
import pytest

from reports.frames.descriptors import COUNTS, LONG, by_descriptors


def test_means_are_geometric_and_of_one_length() -> None:
    """Each length alone, all long ones together; a length that nobody has is left empty."""
    rows = [("a", 3, 1.0), ("a", 3, 4.0), ("a", 18, 2.0), ("a", 130, 8.0), ("a", 5, 9.0)]
    found = pd.DataFrame([*rows, ("b", 1, 7.0)], columns=["label", "descriptors", "centre"])
    first, second = by_descriptors(found, ["label"]).to_dict("records")
    assert (first["label"], second["label"]) == ("a", "b")
    assert first[3] == pytest.approx(2.0)
    assert first[LONG] == pytest.approx(4.0)
    assert [length for length in COUNTS if not math.isnan(first[length])] == [3, 18, 130]
    assert second[1] == pytest.approx(7.0)
    assert math.isnan(second[LONG])


def test_what_was_not_measured_has_no_mean() -> None:
    """A missing value takes no part, and does not spoil the others'."""
    rows = [("a", 3, math.nan), ("a", 3, 2.0), ("c", 3, math.nan)]
    found = pd.DataFrame(rows, columns=["label", "descriptors", "centre"])
    (only,) = by_descriptors(found, ["label"]).to_dict("records")
    assert only[3] == pytest.approx(2.0)

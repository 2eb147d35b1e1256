"""The frames for notebooks, and the document that describes them."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reports import load, load_rounds
from reports.result import load as read
from reports.tables import tabulate
from tests import synthetic
from tests.synthetic import Truth

DOCUMENT = Path(__file__).parent.parent / "docs" / "dataframe.md"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small result of two compilers, a series missing in one cell."""
    truth = Truth(
        layouts=synthetic.TWO_COMPILERS,
        missing=frozenset({("64k-read", "ring")}),
        doubts=dict.fromkeys(range(4), "others took 9.0 % of CPU 1"),
        positions=(1.0,) * 4,
    )
    return synthetic.write(tmp_path_factory.mktemp("frame") / "r.json", truth)


def documented(heading: str) -> dict[str, str]:
    """Return the columns that a section of the document has, in order, with their units."""
    section = DOCUMENT.read_text().partition(f"## `{heading}`\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
    return {name: unit.strip() for names, unit in rows for name in re.findall("`(.+?)`", names)}


@pytest.mark.parametrize(("name", "made"), [("load", load), ("load_rounds", load_rounds)])
def test_document_has_every_column_in_order(name: str, made: object, path: Path) -> None:
    """What is documented is what is there, and only numbers have a unit."""
    assert callable(made)
    found = made(path)
    units = documented(name)
    assert list(found.columns) == list(units)
    numbers = {key for key in found if pd.api.types.is_float_dtype(found[key])}
    assert numbers <= {key for key, unit in units.items() if unit}
    assert not {key for key in found if units[key] and pd.api.types.is_string_dtype(found[key])}


def test_rows_are_those_of_the_report(path: Path) -> None:
    """Times, ratios, verdicts and doubts are what the tables of the page say."""
    found, tables = load(path), tabulate(read(path))
    keys = ["workload", "shape", "phase", "axes", "label"]
    assert not found.duplicated(keys).any()
    assert len(found) == len(tables.times)
    judged = tables.ratios.set_index(keys)
    ours = found.set_index(keys).loc[judged.index]
    np.testing.assert_array_equal(ours["ratio"], judged["centre"])
    np.testing.assert_array_equal(ours["ratio_high"], judged["high"])
    assert ours["verdict"].tolist() == judged["verdict"].tolist()
    assert ours["depends_on_placement"].dtype == bool
    assert set(found["doubt"]) == {"other load in 4 of 8 processes"}
    assert set(found["machine"]) == {"Example CPU 3000"}


def test_half_width_is_half_the_interval(path: Path) -> None:
    """The ends are as far apart as twice the half-width."""
    found = load(path).dropna(subset="ratio")
    np.testing.assert_allclose(
        2 * found["half_width"], found["ratio_high"] - found["ratio_low"], rtol=1e-9
    )


def test_what_is_not_known_is_nan_or_empty(path: Path) -> None:
    """A baseline has no ratio; a missing series no time, no code and no processes."""
    found = load(path)
    assert found.loc[found["role"] == "baseline", "ratio"].isna().all()
    assert set(found.loc[found["role"] == "baseline", "verdict"]) == {""}
    gone = found[found["processes"] == 0]
    assert set(gone["strategy"]) == {"ring"}
    assert gone["ns"].isna().all()
    assert set(gone["code_hash"]) == {""}


def test_rounds_are_the_values_of_the_file(path: Path) -> None:
    """A row a value, in nanoseconds."""
    found, values = load_rounds(path), read(path).values  # noqa: PD011  (a frame of ours)
    assert len(found) == len(values)
    np.testing.assert_allclose(found["ns"], values["seconds"] * 1e9)
    assert set(found["position"]) == {0, 1, 2, 3}

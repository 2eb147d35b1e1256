"""The frames for notebooks, and the document that describes them."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.paths import ROOT
from reports import load, load_rounds
from reports.frames import kept as columns
from reports.frames import tables, tidy
from reports.frames.tables import tabulate
from reports.read.result import Result
from reports.read.result import load as read
from reports.read.text import ResultError
from tests.fake import synthetic
from tests.fake.synthetic import Truth

DOCUMENT = ROOT / "docs" / "dataframe.md"
Loading = Callable[[str | Path], pd.DataFrame]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small result of two compilers, with a series missing in one cell."""
    truth = Truth(
        layouts=synthetic.TWO_COMPILERS,
        missing=frozenset({("64k-read", "ring")}),
        doubts=dict.fromkeys(range(4), "others took 9.0 % of CPU 1"),
        positions=(1.0,) * 4,
    )
    return synthetic.write(tmp_path_factory.mktemp("frame") / "r.json", truth)


def documented(heading: str) -> dict[str, str]:
    """The columns in a section of the document, in order, with their units."""
    section = DOCUMENT.read_text().partition(f"## `{heading}`\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1:3] for line in section.splitlines() if line.startswith("| `")]
    return {name: unit.strip() for names, unit in rows for name in re.findall("`(.+?)`", names)}


@pytest.mark.parametrize(("name", "made"), [("load", load), ("load_rounds", load_rounds)])
def test_document_has_every_column_in_order(name: str, made: object, path: Path) -> None:
    """The documented columns are the actual ones, and only numbers have a unit."""
    assert callable(made)
    found = made(path)
    units = documented(name)
    assert list(found.columns) == list(units)
    numbers = {key for key in found if pd.api.types.is_float_dtype(found[key])}
    assert numbers <= {key for key, unit in units.items() if unit}
    assert not {key for key in found if units[key] and pd.api.types.is_string_dtype(found[key])}


def test_rows_are_those_of_the_report(path: Path) -> None:
    """Times, ratios, verdicts and doubts are those of the page's tables."""
    found, shown = load(path), tabulate(read(path))
    keys = ["workload", "shape", "phase", "axes", "label"]
    assert not found.duplicated(keys).any()
    assert len(found) == len(shown.times)
    judged = shown.ratios.set_index(keys)
    ours = found.set_index(keys).loc[judged.index]
    np.testing.assert_array_equal(ours["ratio"], judged["centre"])
    np.testing.assert_array_equal(ours["ratio_high"], judged["high"])
    assert ours["verdict"].tolist() == judged["verdict"].tolist()
    assert ours["depends_on_placement"].dtype == bool
    assert found["doubt"].eq("").all()  # four processes' reports had no effect
    assert set(found["rule"]) >= {"median", ""}
    assert set(found["machine"]) == {"Example CPU 3000"}


def test_half_width_is_half_the_interval(path: Path) -> None:
    """The distance of the ends is twice the half-width."""
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


def test_time_per_descriptor_has_its_interval(path: Path) -> None:
    """It is the time divided by the descriptors of the request, ends included."""
    found = load(path).dropna(subset="ns")
    for end in ("", "_low", "_high"):
        expected = found[f"ns{end}"] / found["descriptors"]
        np.testing.assert_allclose(found[f"ns_per_descriptor{end}"], expected)


@pytest.mark.parametrize("made", [load, load_rounds])
def test_a_frame_is_made_once(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: Loading
) -> None:
    """The second call reads the cached frame, which is identical, types included."""
    copy = Path(shutil.copy(path, tmp_path))
    first = made(copy)

    def never(_: object) -> Result:
        raise AssertionError

    monkeypatch.setattr(tidy, "read", never)
    pd.testing.assert_frame_equal(made(copy), first)


@pytest.mark.parametrize("made", [load, load_rounds])
def test_another_result_is_read_anew(tmp_path: Path, made: Loading) -> None:
    """The cache depends on bytes: another result of the same name does not match."""
    place = tmp_path / "r.json"
    first = made(synthetic.write(place, Truth(shapes=synthetic.SHAPES[:1])))
    second = made(synthetic.write(place, Truth(shapes=synthetic.SHAPES[:1], seed=2)))
    assert not first["ns"].equals(second["ns"])


def test_a_frame_is_of_the_code_that_made_it(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a change of the statistics, the old frame is not used."""
    copy = Path(shutil.copy(path, tmp_path))
    load(copy)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr(columns, "REPORTS", tmp_path / "elsewhere")
    monkeypatch.setattr(tidy, "read", lambda _: (_ for _ in ()).throw(LookupError("read anew")))
    with pytest.raises(LookupError, match="read anew"):
        load(copy)


def test_a_damaged_frame_is_made_anew(path: Path, tmp_path: Path) -> None:
    """A cached file may be cut, changed, foreign or a folder: the result decides."""
    copy = Path(shutil.copy(path, tmp_path))
    first, kept = load(copy), tmp_path / "r.load.parquet"
    whole = kept.read_bytes()
    middle = len(whole) // 4
    changed = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    for data in (b"", whole[:-10], whole[: len(whole) // 2], b"PAR1", changed):
        kept.write_bytes(data)
        pd.testing.assert_frame_equal(load(copy), first)
    kept.unlink()
    kept.mkdir()
    pd.testing.assert_frame_equal(load(copy), first)
    assert {one.name for one in tmp_path.iterdir()} == {"r.json", "r.load.parquet"}


def test_a_missing_result_is_one_line(tmp_path: Path) -> None:
    """It is named, as everywhere."""
    with pytest.raises(ResultError, match=r"absent\.json: no such file"):
        load(tmp_path / "absent.json")


def test_it_works_outside_of_the_checkout(path: Path, tmp_path: Path) -> None:
    """A notebook can be anywhere: an install makes the reader importable from any folder."""
    made = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    ours = {
        ".".join(one.relative_to(ROOT).parent.parts) for one in ROOT.glob("reports/**/__init__.py")
    }
    assert set(made["packages"]) == ours
    done = subprocess.run(
        [sys.executable, "-c", "import sys, reports; print(len(reports.load(sys.argv[1])))", path],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout) == len(load(path))


def test_the_advice_for_csv_reads_the_role_null(path: Path, tmp_path: Path) -> None:
    """The document's options for pandas restore what Parquet has."""
    (advice,) = re.findall(r"pandas\.read_csv\(\"results.csv\", (.+)\)", DOCUMENT.read_text())
    tables.write(load(path), tmp_path / "results")
    told = eval(f"dict({advice})")  # noqa: S307  (our own document)
    again = pd.read_csv(tmp_path / "results.csv", **told)
    assert "null" in set(again["role"])
    assert set(again["role"]) == set(pd.read_parquet(tmp_path / "results.parquet")["role"])


def test_every_table_of_the_page_is_documented(path: Path) -> None:
    """Each has a row in the document that lists each of its columns."""
    section = DOCUMENT.read_text().partition("## Tables of the page\n")[2]
    common = set(re.findall("`(.+?)`", section.partition("| table |")[0]))
    rows = {
        re.findall("`(.+?)`", line)[0]: set(re.findall("`(.+?)`", line)[1:])
        for line in section.splitlines()
        if line.startswith("| `")
    }
    found = vars(tabulate(read(path)))
    assert rows.keys() == found.keys()
    for name, table in found.items():
        ours = {"step_..." if key.startswith("step_") else key for key in table}
        ours = {key for key in ours if key not in {"position_1", "position_2"}}  # from 0 to 3
        assert ours <= common | rows[name], (name, ours - common - rows[name])


def test_rounds_are_the_values_of_the_file(path: Path) -> None:
    """One row per value, in nanoseconds."""
    found, values = load_rounds(path), read(path).values  # noqa: PD011  (a frame of ours)
    assert len(found) == len(values)
    np.testing.assert_allclose(found["ns"], values["seconds"] * 1e9)
    assert set(found["position"]) == {0, 1, 2, 3}

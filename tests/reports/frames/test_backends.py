"""One backend compared with another, against known truth."""

from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from reports import crosscheck
from reports.frames import backends, tables
from reports.frames.tables import Tables
from reports.page import evidence
from reports.read.result import load as read
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Truth


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a run of two compilers."""
    path = tmp_path_factory.mktemp("across") / "r.json"
    return synthetic.write(path, Truth(layouts=synthetic.TWO_COMPILERS))


@pytest.fixture(scope="module")
def found(result: Path) -> Tables:
    """Its frames."""
    return tables.tabulate(read(result))


def test_ratio_between_backends_is_the_true_one(found: Tables) -> None:
    """In every cell of map and add the first backend's time over the second's, with interval."""
    add = found.across[found.across["phase"] == "add"]
    truth = {"flat@numba": 1 / 1.25, "chain@numba": 1 / 1.25, "ring@numba": 1.1 / 1.5}
    for first, ratio in truth.items():
        rows = add[add["first"] == first]
        assert len(rows) == 8
        np.testing.assert_allclose(rows["centre"], ratio, rtol=0.005)
        assert (rows["low"] <= rows["centre"]).all()
    assert set(found.across["phase"]) == {"map", "add"}


def test_only_layouts_are_compared(found: Tables) -> None:
    """Floors, controls and the null strategy are not layouts."""
    assert set(found.across["strategy"]) == {"flat", "chain", "ring"}
    assert set(found.across["role"]) == {"baseline", "candidate"}


def test_values_pair_within_a_round(tmp_path: Path) -> None:
    """A disturbance of a whole round leaves no trace in the ratio."""
    layouts = (Layout("flat", 1, "baseline"), Layout("flat", 2, "baseline", backend="gcc"))
    truth = Truth(layouts=layouts, noise=0.0, shapes=synthetic.SHAPES[:2])
    path = synthetic.write(tmp_path / "r.json", truth)
    rows = tables.tabulate(read(path)).across
    np.testing.assert_allclose(rows["centre"], 0.5, rtol=1e-3)
    assert (rows["high"] - rows["low"]).max() < 1e-3


def test_agreement_has_mean_worst_and_what_is_beyond(found: Tables) -> None:
    """Per pair and phase: geometric mean over all cells, the farthest, and those past the limit."""
    (add,) = [one for one in backends.agreements(found.across) if one.phase == "add"]
    assert (add.pair, add.cells) == ("numba / gcc", 4 * 8)
    assert add.mean == pytest.approx((0.8**3 * 1.1 / 1.5) ** (1 / 4), rel=0.005)
    assert add.worst.endswith(", ring")
    assert add.worst_found.centre == pytest.approx(1.1 / 1.5, rel=0.01)
    assert len(add.beyond) == 32
    assert add.limit == 1.10


def test_close_backends_have_nothing_beyond(tmp_path: Path) -> None:
    """Within the limit in either direction nothing is listed."""
    layouts = (
        *(Layout("flat", 1, "baseline"), Layout("ring", 1.2)),
        *(Layout("flat", 1.05, "baseline", backend="gcc"), Layout("ring", 1.15, backend="gcc")),
    )
    path = synthetic.write(tmp_path / "r.json", Truth(layouts=layouts))
    found = tables.tabulate(read(path))
    assert [len(one.beyond) for one in backends.agreements(found.across)] == [0, 0]
    console = Console(record=True, width=100)
    crosscheck.show(console, found)
    assert "numba / gcc, add: all 16 cells within 0.91 to 1.10." in console.export_text()


def test_gap_is_the_difference_of_the_ratios(found: Tables) -> None:
    """Each backend's ratio to its own baseline, subtracted, in long requests only."""
    add = found.gaps[found.gaps["phase"] == "add"]
    assert add["descriptors"].min() >= 16
    gaps = add.groupby("first")["centre"].mean()
    assert gaps["ring@numba"] == pytest.approx(1.1 - 1.2, abs=0.01)
    assert gaps["chain@numba"] == pytest.approx(0, abs=0.01)
    assert "flat@numba" not in gaps
    sentence = evidence.gap_sentence(found)
    assert "by at most 0.08 in 8 of 12 cells of phase add, at worst by -0." in sentence


def test_what_has_no_counterpart_is_named(found: Tables) -> None:
    """A series unlike all of another backend is left out and named."""
    assert backends.alone(found.codes) == [
        ("ring[called]@numba", "gcc"),
        ("ring[called]@gcc", "numba"),
    ]


def test_one_backend_has_nothing_to_compare(tmp_path: Path) -> None:
    """Frames and sentences are empty, and the command says so."""
    path = synthetic.write(tmp_path / "r.json")
    found = tables.tabulate(read(path))
    assert found.across.empty
    assert found.gaps.empty
    assert backends.agreements(found.across) == []
    assert backends.alone(found.codes) == []
    done = CliRunner().invoke(crosscheck.app, [str(path)])
    assert done.exit_code == 0
    assert "Only one backend was measured" in done.stdout


def test_command_prints_summary_and_cells(result: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row per pair and phase, then every cell beyond, then the ratios' differences."""
    monkeypatch.setenv("COLUMNS", "100")
    done = CliRunner().invoke(crosscheck.app, [str(result)])
    assert done.exit_code == 0
    assert "numba / gcc  add    32     0.78" in done.stdout
    assert "numba / gcc, add: 32 of 32 cells outside 0.91 to 1.10" in done.stdout
    assert "blk/seg-128, chain as compiled / [branch]" in done.stdout
    assert "differs between" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_command_refuses_in_one_line(tmp_path: Path) -> None:
    """A file that is not a result is refused without a traceback."""
    done = CliRunner().invoke(crosscheck.app, [str(tmp_path / "absent.json")])
    assert done.exit_code == 2
    assert "no such file" in done.stderr
    assert done.stderr.count("\n") == 1

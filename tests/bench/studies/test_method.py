"""Repeated whole runs: which are missing, their conditions, and how far they differ."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from matplotlib.lines import Line2D

from bench.errors import BenchError
from bench.options import UsageError
from bench.studies import method
from bench.studies.disturb import disturbance
from bench.studies.method import STUDIES, Study, make, paths
from reports.commands.marked_part import marks, put
from reports.method import __main__ as command
from reports.method import digest, document, figures
from reports.method.agreement import coverage, spreads
from reports.method.digest import studies
from reports.method.moves import sentences
from reports.method.reach import lines, wide
from reports.read.text import ResultError
from tests.fake.synthetic import write as write_result


def runs_of(study: str, centres: list[float], half_width: float = 0.01) -> pd.DataFrame:
    """The results of runs in two cells, the second twice as far from 1."""
    rows = [
        {"run": run, "shape": shape, "role": role, "centre": 1 + factor * centre}
        for run, centre in enumerate(centres)
        for shape, factor in (("near", 1), ("far", 2))
        for role in ("candidate", "control")
    ]
    frame = pd.DataFrame(rows).assign(study=study, workload="w", phase="add", label="l@numba")
    ends = {"low": frame["centre"] - half_width, "high": frame["centre"] + half_width}
    span = {
        "p05": frame["centre"] - 0.02,
        "p95": frame["centre"] + 0.07 * (frame["shape"] == "far"),
    }
    return frame.assign(**ends, **span)


def made(**change: float) -> pd.DataFrame:
    """The durations of three quiet runs."""
    about = {"start_s": 0.4, "build_s": 9.0, "peak_bytes": 5e8} | change
    named = {"study": "quiet", "date": "2026-01-01", "commit": "c0ffee", "processor": "P"}
    return pd.DataFrame([{**named, "run": run, **about} for run in range(3)])


def data(line: Line2D) -> tuple[list[float], list[float]]:
    """The x and y that a line was drawn with."""
    x, y = (np.asarray(values, dtype=float).tolist() for values in line.get_data())
    return x, y


def test_the_spread_is_that_of_whole_runs() -> None:
    """Median and worst cell, each role apart, in percent."""
    found = list(spreads(runs_of("quiet", [0.00, 0.01, 0.02])))
    assert {one.role for one in found} == {"candidate", "control"}
    for one in found:
        assert (one.runs, one.cells) == (3, 2)
        assert one.worst_percent == pytest.approx(2.0)
        assert one.median_percent == pytest.approx(1.5)
        assert one.worst_cell == "w/far/add/l@numba"


def test_two_runs_have_no_spread() -> None:
    """Nothing is said of fewer than three."""
    assert not list(spreads(runs_of("quiet", [0.0, 0.1])))


def test_coverage_is_of_the_other_runs() -> None:
    """An interval is compared with the centre of all other runs."""
    centres = [1.00, 1.00, 1.00, 1.05]
    rows = pd.DataFrame({"centre": centres}).assign(
        low=lambda frame: frame["centre"] - 0.02, high=lambda frame: frame["centre"] + 0.02
    )
    assert coverage(rows) == [True, True, True, False]


@pytest.mark.parametrize(
    ("study", "centres", "change", "what", "kept"),
    [
        ("quiet", [0.0, 0.001, 0.002], {}, "ratio to the baseline", True),
        ("quiet", [0.0, 0.01, 0.02], {}, "ratio to the baseline", False),
        ("quiet", [0.0, 0.0005, 0.001], {}, "A/A", True),
        ("quiet", [0.0, 0.01, 0.02], {}, "A/A", False),
        ("default", [0.0], {}, "half-width", True),
        ("quiet", [0.0] * 4, {}, "holds the centre", False),  # all of them: too wide
        ("busy", [0.0, 0.0012, 0.0024], {}, "busy loop", True),
        ("busy", [0.0, 0.002, 0.004], {}, "busy loop", False),
        ("stock", [0.0, 0.03, 0.06], {}, "stock pyperf", True),
        ("stock", [0.0, 0.01, 0.02], {}, "stock pyperf", False),
        ("quiet", [0.0] * 3, {"start_s": 0.6}, "start", False),
        ("quiet", [0.0] * 3, {"build_s": 16.0}, "start", False),
        ("quiet", [0.0] * 3, {}, "start", True),
        ("quiet", [0.0] * 3, {"peak_bytes": 2e9}, "memory", False),
    ],
)
def test_an_aim_is_kept_or_not(
    study: str, centres: list[float], change: dict[str, float], what: str, *, kept: bool
) -> None:
    """Each line of the table follows from the runs, either way."""
    width = 0.0049 if study == "default" else 0.01
    quiet = [] if study == "quiet" else [runs_of("quiet", [0.0, 0.001, 0.002])]
    rows = pd.concat([*quiet, runs_of(study, centres, width)])
    (line,) = (one for one in lines(rows, made(**change)) if what in one.what)
    assert line.kept is kept


def test_wide_ratios_are_named() -> None:
    """The default run's ratios beyond 1 % come widest first, and into the document."""
    rows = runs_of("default", [0.0], 0.012)
    assert set(wide(rows)["percent"].round(6)) == {1.2}
    text = document.markdown(lines(rows, made()), ["So."], wide(rows), made(), {"f.svg": "says"})
    assert "2 ratios have a half-width above 1 % in the default run. In 0 of them" in text
    assert "With half-width and span: w/near/add l@numba (1.2 %, 0.98 to 1.00)," in text
    assert "w/far/add l@numba (1.2 %, 0.98 to 1.07)." in text
    apart = wide(rows).assign(p95=1.3)
    assert "In 2 of them" in document.markdown([], [], apart, made(), {})
    assert "| **no** |" in text
    assert "on P, of commit c0ffee." in text
    assert "![says](f.svg)" in text


def test_what_moves_a_ratio_is_said() -> None:
    """Pages and positions by processes of a run, code by its positions, turns by their length."""
    studies_of = (("quiet", 0.01, 0.0), ("fixed", 0.2, 0.0), ("default", 0.01, 0.051))
    spread = [
        runs_of(study, [0.0] * 2).assign(apart=apart, position=position)
        for study, apart, position in studies_of
    ]
    turns = [
        runs_of(f"turn-{us}us", [moved]) for us, moved in ((10, 0.0), (100, 0.0), (3000, -0.04))
    ]
    pages, positions, length = sentences(pd.concat([*spread, *turns], ignore_index=True))
    assert "by 20.0 % (median of 4) to 20 % with placement drawn once" in pages
    assert "by 1.0 % (median of 4) to 1 % with placement drawn in every round" in pages
    assert "moves 4 of 4 ratios" in positions
    assert "by 5.1 % (median) to 5 % (w/near/add l@numba)" in positions
    assert "10 us moves a ratio by 0.0 % (median of 2), most by +0.0 %" in length
    assert "3000 us moves a ratio by 6.0 % (median of 2), most by -8.0 % (w/far/add" in length
    still = pd.concat([spread[2].assign(position=0.0)])
    assert list(sentences(still)) == [
        "**Code position** moves none of 4 ratios of the default run."
    ]
    assert not list(sentences(runs_of("quiet", [0.0]).assign(apart=0.0, position=0.0)))


BEGIN, END = marks("method")


def test_only_what_is_between_the_marks_is_written(tmp_path: Path) -> None:
    """Text outside the marks stays; a document without marks is refused."""
    path = tmp_path / "method.md"
    path.write_text(f"a\n{BEGIN}\nold\n{END}\nb\n")
    put("new", path, "method")
    assert path.read_text() == f"a\n{BEGIN}\nnew\n{END}\nb\n"
    path.write_text("nothing")
    with pytest.raises(ResultError, match=r"method\.md: has no"):
        put("new", path, "method")


def test_a_digest_is_made_of_files_and_read_back(tmp_path: Path) -> None:
    """Ratios and durations, by study and run; pyperf's own files have no intervals."""
    for name in ("quiet-00", "quiet-01", "stock-00"):
        write_result(tmp_path / f"{name}.json.gz")
    centres, runs = digest.digest(tmp_path)
    assert set(centres["study"]) == {"quiet", "stock"}
    assert centres.loc[centres["study"] == "stock", "low"].isna().all()
    quiet = centres[(centres["study"] == "quiet") & (centres["run"] == 0)]
    assert (quiet["low"] <= quiet["centre"]).all()
    assert (quiet["centre"] <= quiet["high"]).all()
    assert list(runs["study"]) == ["quiet", "quiet", "stock"]
    digest.write(centres, runs, tmp_path / "kept")
    again, _ = digest.read(tmp_path / "kept")
    pd.testing.assert_frame_equal(again, centres.round(digest.DIGITS), check_dtype=False)
    with pytest.raises(ResultError, match="has runs of stock that are missing here"):
        digest.write(centres[centres["study"] == "quiet"], runs, tmp_path / "kept")


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    """One line says how to make them."""
    with pytest.raises(ResultError, match="nox -s method"):
        digest.digest(tmp_path)


def test_each_kind_of_processor_has_a_part_of_its_own(tmp_path: Path) -> None:
    """An archived figure stays in the document if only another's runs are available."""
    for kind, centre in (("amd-26-2", 0.02), ("intel-xeon", 0.01)):
        centres = runs_of("quiet", [centre, centre + 0.001, centre - 0.001])
        centres = centres.assign(apart=0.0, position=0.0)
        place = tmp_path / ("here" if kind == "amd-26-2" else "kept") / kind
        digest.write(centres, made(), place)
    document_ = tmp_path / "method.md"
    document_.write_text("\n".join(marks("method")))
    command.main(tmp_path / "here", tmp_path / "kept", document_)
    text = document_.read_text()
    assert [line for line in text.splitlines() if line.startswith("###")] == [
        "### amd-26-2",
        "### intel-xeon",
    ]
    assert "](figures/run-spread-amd-26-2.svg)" in text
    assert (tmp_path / "figures" / "run-spread-intel-xeon.svg").exists()
    assert "turn-length" not in text  # of which there are no runs
    again = digest.read(tmp_path / "kept" / "amd-26-2")[0]
    assert len(again) == len(digest.read(tmp_path / "here" / "amd-26-2")[0])


def test_a_folder_without_kinds_is_refused(tmp_path: Path) -> None:
    """One line says how to make them."""
    with pytest.raises(ResultError, match="nox -s method"):
        command.kinds(tmp_path)


def test_curves_are_relative_to_the_usual_turn() -> None:
    """A layout's curve is 0 at 100 us and shows in percent how far another length moves it."""
    rows = pd.concat(
        runs_of(f"turn-{us}us", [centre]) for us, centre in ((10, 0.02), (100, 0.0), (1000, -0.01))
    ).reset_index(drop=True)
    rows = rows[rows["role"] == "candidate"].replace(
        {"shape": {"near": "4k-read", "far": "max-read"}}
    )
    drawn = figures.turn_length(rows)
    long, short = drawn.axes
    assert [axes.get_title("left") for axes in (long, short)] == [
        "max-read: numba",
        "4k-read: numba",
    ]
    curve = short.lines[0]
    x, y = data(curve)
    assert x == [10, 100, 1000]
    assert y == pytest.approx([2.0, 0.0, -1.0])


def test_every_spread_is_a_dot() -> None:
    """The figure holds a dot a ratio and a line at each condition's median."""
    rows = pd.concat([runs_of("quiet", [0.0, 0.01, 0.02]), runs_of("stock", [0.0, 0.1, 0.2])])
    (axes,) = figures.run_spread(rows).axes
    names = [text.get_text() for text in axes.get_yticklabels()]
    assert names == ["quiet: ratios", "quiet: A/A", "stock: ratios", "stock: A/A"]
    assert sorted(data(axes.lines[0])[0]) == pytest.approx([1.0, 2.0])
    assert data(axes.lines[1])[0] == pytest.approx([1.5, 1.5])


def test_both_harnesses_stand_beside_each_other() -> None:
    """A dot a run, of pyperf's and of ours."""
    rows = pd.concat([runs_of("quiet", [0.0, 0.01, 0.02]), runs_of("stock", [0.0, 0.1])])
    near, far = figures.against_stock(rows[rows["role"] == "candidate"]).axes
    assert near.get_title("left") == "w/near/add"
    assert [len(data(line)[0]) for line in near.lines] == [2, 3]
    assert data(far.lines[0])[1] == pytest.approx([1.0, 1.2])


def test_a_study_is_its_files(tmp_path: Path) -> None:
    """Files are grouped by the name before their number; others belong to no study."""
    for name in ("quiet-00", "quiet-01", "turn-10us-00"):
        (tmp_path / f"{name}.json.gz").touch()
    (tmp_path / "notes.txt").touch()
    found = {name: len(files) for name, files in studies(tmp_path).items()}
    assert found == {"quiet": 2, "turn-10us": 1}


def test_studies_have_names_and_files_of_their_own() -> None:
    """No run of one study is taken for another's."""
    every = [path for study in STUDIES for path in paths(study)]
    assert len(set(every)) == len(every)


def test_a_run_that_fails_ends_the_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, and earlier runs stay."""
    monkeypatch.setattr(method, "FOLDER", tmp_path)
    with pytest.raises(UsageError, match=r"bad-00.* failed: see above"):
        make(Study("bad", 1, ("--nonsense",)), tmp_path / "bad-00.json.gz")


@pytest.mark.parametrize("kind", ["busy", "bandwidth"])
def test_a_disturbance_ends_with_its_run(kind: str) -> None:
    """The load runs within the context, and not after it."""
    me = psutil.Process()
    before = {child.pid for child in me.children()}
    with disturbance(kind, min(me.cpu_affinity() or [0])):
        (child,) = (child for child in me.children() if child.pid not in before)
        while child.cpu_times().user + child.cpu_times().system < 0.5:
            assert child.status() != psutil.STATUS_ZOMBIE  # the CPU may be somebody else's, too
            time.sleep(0.05)
    assert child.pid not in {one.pid for one in me.children()}


def test_a_disturbance_that_ended_by_itself_is_not_one() -> None:
    """The measurement is not reported as disturbed."""
    load = disturbance("busy", 99999)
    with pytest.raises(BenchError, match="busy on CPU 99999 ended early"), load:
        pass

"""Figures show the numbers of their frames."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure

import reports
from reports import drawing, gallery, tables
from reports.gallery import Picture
from reports.tables import Tables
from tests import synthetic
from tests.synthetic import Layout, Truth


def tabulated(directory: Path, truth: Truth | None = None) -> Tables:
    """Return the frames of a file with this truth."""
    return tables.tabulate(reports.load(synthetic.write(directory / "r.json", truth)).values)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """Return the frames of a small result that lacks a series in one cell."""
    truth = Truth(missing=frozenset({("64k-read", "sg_ring")}))
    return tabulated(tmp_path_factory.mktemp("figures"), truth)


@pytest.fixture(scope="module")
def drawn(found: Tables) -> dict[str, Picture]:
    """Return all pictures of these frames by their files' stems."""
    return {picture.stem: picture for picture in gallery.pictures(found)}


def _x_of_dots(axes: Axes) -> list[float]:
    bars = [bar for bar in axes.containers if isinstance(bar, ErrorbarContainer)]
    return [float(np.asarray(bar.lines[0].get_xdata())[0]) for bar in bars]


def _texts(figure: Figure) -> str:
    found = [text.get_text() for axes in figure.axes for text in axes.texts]
    legends = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return "\n".join([*found, *legends, figure.get_suptitle()])


def test_every_figure_is_drawn(drawn: dict[str, Picture]) -> None:
    """A whole result has four figures, each for its section of the page."""
    assert {stem: picture.section for stem, picture in drawn.items()} == {
        "ratio-to-baseline": "ratio",
        "time-per-descriptor": "sweep",
        "ratio-by-phase": "phases",
        "control": "control",
    }


def test_ratio_has_its_numbers(drawn: dict[str, Picture], found: Tables) -> None:
    """The headline has a panel a workload and in it a dot a candidate and named shape."""
    blk, net = drawn["ratio-to-baseline"].figure.axes
    assert [axes.get_title(loc="left") for axes in (blk, net)] == ["blk", "net"]
    assert [label.get_text() for label in blk.get_yticklabels()] == ["4k-read", "64k-read"]
    named = found.ratios[(found.ratios["role"] == "candidate") & found.ratios["swept"].isna()]
    add = named[(named["phase"] == "add") & (named["workload"] == "blk")]
    assert sorted(_x_of_dots(blk)) == pytest.approx(sorted(add["centre"].dropna()))


def test_ratio_has_its_intervals(drawn: dict[str, Picture], found: Tables) -> None:
    """Each bar reaches from the lower to the upper end of the interval."""
    net = drawn["ratio-to-baseline"].figure.axes[1]
    bar = next(bar for bar in net.containers if isinstance(bar, ErrorbarContainer))
    ((left, _), (right, _)) = bar.lines[2][0].get_segments()[0]
    rows = found.ratios[(found.ratios["shape"] == "tx-imix") & (found.ratios["phase"] == "add")]
    first = rows[rows["role"] == "candidate"].iloc[0]
    assert (left, right) == pytest.approx((first["low"], first["high"]))


def test_missing_is_written(drawn: dict[str, Picture]) -> None:
    """A series without values in a cell is named there."""
    assert "sg_ring: missing" in _texts(drawn["ratio-to-baseline"].figure)


def test_series_are_named_in_the_figure(drawn: dict[str, Picture]) -> None:
    """Every candidate is named beside its dots, lines or in the legend."""
    for stem in ("ratio-to-baseline", "time-per-descriptor", "ratio-by-phase"):
        assert "chained_scatterlist" in _texts(drawn[stem].figure)
        assert "sg_ring" in _texts(drawn[stem].figure)


def test_titles_state_what_was_found(drawn: dict[str, Picture]) -> None:
    """The headline's title has the ranges, the control's how far it is off."""
    assert "chained_scatterlist 1.10" in drawn["ratio-to-baseline"].figure.get_suptitle()
    assert "% (worst)" in drawn["control"].figure.get_suptitle()


def test_sweep_has_its_numbers(drawn: dict[str, Picture]) -> None:
    """The sweep's lines are nanoseconds per descriptor, and below them ratios."""
    figure = drawn["time-per-descriptor"].figure
    above, _, below, _ = figure.axes
    lines = {
        round(float(line.get_xdata()[-1])): line  # type: ignore[index,arg-type]
        for bar in above.containers
        if isinstance(bar, ErrorbarContainer)
        for line in bar.lines[:1]
    }
    assert set(lines) == {128}
    assert above.get_xscale() == "log"
    assert max(_x_of_dots(below)) == 1
    assert below.get_xlabel() == "data segments of a request"


def test_phases_have_a_panel_each(drawn: dict[str, Picture]) -> None:
    """Workloads are rows, phases columns, and the baseline's nanoseconds stand beside."""
    axes = drawn["ratio-by-phase"].figure.axes
    titles = [each.get_title(loc="left") for each in axes]
    assert titles == [f"{w}: {p}" for w in ("blk", "net") for p in ("map", "add", "cycle")]
    beside = [text for text in axes[1].texts if text.get_position()[0] > 1]
    assert float(beside[1].get_text()) == pytest.approx(40, rel=0.03)


def test_control_is_symmetric_about_one(drawn: dict[str, Picture]) -> None:
    """The copy's ratio is drawn on a scale that has 1 in its middle."""
    low, high = drawn["control"].figure.axes[0].get_xlim()
    assert (low + high) / 2 == pytest.approx(1)


def test_no_two_series_look_alike(tmp_path: Path) -> None:
    """Strategies differ in marker too, forms of one in filling: colour never tells alone."""
    layouts = (
        *synthetic.LAYOUTS,
        Layout("sg_ring", 1.6, form="called"),
        Layout("third", 1.2),
    )
    look = drawing.looks(tabulated(tmp_path, Truth(layouts=layouts)).times)
    shapes = [(each.marker, each.fill) for each in look.values()]
    assert len(set(shapes)) == len(shapes) == 7
    assert look["sg_ring"].colour == look["sg_ring[called]"].colour


def test_several_backends_have_figures_each(tmp_path: Path) -> None:
    """A figure shows one backend, and its file is named by it."""
    gcc = (Layout("flat", 2, "baseline", backend="g c/c"), Layout("ring", 2, backend="g c/c"))
    layouts = (Layout("flat", 1, "baseline"), Layout("ring", 1.1), *gcc)
    stems = [
        picture.stem for picture in gallery.pictures(tabulated(tmp_path, Truth(layouts=layouts)))
    ]
    assert stems[:2] == ["ratio-to-baseline-numba", "ratio-to-baseline-g-c-c"]


def test_few_processes_draw_no_bars(tmp_path: Path) -> None:
    """Without intervals there are dots alone, and nothing fails."""
    pictures = list(gallery.pictures(tabulated(tmp_path, Truth(processes=2))))
    assert len(pictures) == 4
    bars = pictures[0].figure.axes[0].containers
    assert not any(isinstance(bar, ErrorbarContainer) and bar.has_xerr for bar in bars)


def test_nothing_to_show_is_no_figure(tmp_path: Path) -> None:
    """A file without a baseline, a sweep or a control has no figure of it."""
    alone = (Layout("ring", 1.1),)
    assert list(gallery.pictures(tabulated(tmp_path, Truth(layouts=alone)))) == []


def test_saved_twice_is_the_same_file(drawn: dict[str, Picture], tmp_path: Path) -> None:
    """Both formats are written, and the SVG does not change from one time to the next."""
    drawing.save(drawn["control"].figure, tmp_path / "a.b")
    drawing.save(drawn["control"].figure, tmp_path / "c")
    assert (tmp_path / "a.b.svg").read_text() == (tmp_path / "c.svg").read_text()
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")

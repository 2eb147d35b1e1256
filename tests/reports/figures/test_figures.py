"""Figures show the numbers of their frames."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.container import BarContainer, ErrorbarContainer
from matplotlib.figure import Figure

from reports.figures import gallery, style
from reports.figures.gallery import Picture
from reports.frames import counts, tables
from reports.frames.tables import Tables
from reports.read.result import load as read
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Shape, Truth


def tabulated(directory: Path, truth: Truth | None = None) -> Tables:
    """The frames of a file with this truth."""
    return tables.tabulate(read(synthetic.write(directory / "r.json", truth)))


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The frames of a small result that lacks a series in one cell."""
    truth = Truth(missing=frozenset({("64k-read", "sg_ring")}))
    return tabulated(tmp_path_factory.mktemp("figures"), truth)


@pytest.fixture(scope="module")
def drawn(found: Tables) -> dict[str, Picture]:
    """All pictures of these frames by the stems of their files."""
    return {picture.stem: picture for picture in gallery.pictures(found)}


def _bars(axes: Axes) -> list[ErrorbarContainer]:
    return [bar for bar in axes.containers if isinstance(bar, ErrorbarContainer)]


def _x_of_dots(axes: Axes) -> list[float]:
    return [float(x) for bar in _bars(axes) for x in np.asarray(bar.lines[0].get_xdata())]


def _x_of_ticks(axes: Axes) -> list[float]:
    """Where the strokes of strips are: a line of pairs of points, each followed by a gap."""
    lines = [np.asarray(line.get_xdata(), dtype=float) for line in axes.lines]
    parted = [x.reshape(-1, 3) for x in lines if len(x) % 3 == 0 and np.isnan(x[2::3]).all()]
    return [float(x[0]) for each in parted for x in each if x[0] == x[1]]


def _y_of_dots(axes: Axes) -> list[float]:
    return [float(y) for bar in _bars(axes) for y in np.asarray(bar.lines[0].get_ydata())]


def _texts(figure: Figure) -> str:
    found = [text.get_text() for axes in figure.axes for text in axes.texts]
    legends = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return "\n".join([*found, *legends, figure.get_suptitle()])


def test_every_figure_is_drawn(drawn: dict[str, Picture]) -> None:
    """A complete result of one backend has seven figures, each for its section of the page."""
    assert {stem: picture.section for stem, picture in drawn.items()} == {
        "ratio-to-baseline": "ratio",
        "time-per-descriptor-blk": "sweep",
        "time-per-descriptor-net": "sweep",
        "ratio-by-phase": "phases",
        "cycle-in-parts": "phases",
        "process-medians": "processes",
        "control": "control",
    }


def test_ratio_has_its_numbers(drawn: dict[str, Picture], found: Tables) -> None:
    """The headline has one panel per workload with one dot per candidate and named shape."""
    blk, net = drawn["ratio-to-baseline"].figure.axes
    assert [axes.get_title(loc="left") for axes in (blk, net)] == ["blk", "net"]
    assert [label.get_text() for label in blk.get_yticklabels()] == ["4k-read  3", "64k-read  18"]
    named = found.ratios[(found.ratios["role"] == "candidate") & found.ratios["swept"].isna()]
    add = named[(named["phase"] == "add") & (named["workload"] == "blk")]
    assert sorted(_x_of_dots(blk)) == pytest.approx(sorted(add["centre"].dropna()))


def test_ratio_has_its_intervals(drawn: dict[str, Picture], found: Tables) -> None:
    """Each bar reaches from the lower to the upper end of the interval."""
    net = drawn["ratio-to-baseline"].figure.axes[1]
    bar = _bars(net)[0]
    ((left, _), (right, _)) = bar.lines[2][0].get_segments()[0]
    rows = found.ratios[(found.ratios["shape"] == "tx-imix") & (found.ratios["phase"] == "add")]
    first = rows[rows["role"] == "candidate"].iloc[0]
    assert (left, right) == pytest.approx((first["low"], first["high"]))


def test_missing_is_written(drawn: dict[str, Picture]) -> None:
    """A series without values in a cell is named there."""
    assert "sg_ring: missing" in _texts(drawn["ratio-to-baseline"].figure)


def test_series_are_named_in_the_figure(drawn: dict[str, Picture]) -> None:
    """Every candidate is named next to its dots, in the legend or at its row."""
    for stem in ("ratio-to-baseline", "time-per-descriptor-blk", "ratio-by-phase"):
        figure = drawn[stem].figure
        ticks = [label.get_text() for axes in figure.axes for label in axes.get_yticklabels()]
        names = "\n".join([_texts(figure), *ticks])
        assert "chained_scatterlist" in names
        assert "sg_ring" in names


def test_titles_state_what_was_found(drawn: dict[str, Picture]) -> None:
    """The headline's title has the ranges, the control's title how far it is off."""
    assert "chained_scatterlist 1.10" in drawn["ratio-to-baseline"].figure.get_suptitle()
    assert "% (worst)" in drawn["control"].figure.get_suptitle()


def test_sweep_has_its_numbers(drawn: dict[str, Picture], found: Tables) -> None:
    """The sweep's lines are nanoseconds per descriptor, and below them ratios."""
    above, below = drawn["time-per-descriptor-blk"].figure.axes
    assert above.get_xscale() == "log"
    assert {round(x) for x in _x_of_dots(above)} == {1, 16, 128}
    rows = found.ratios[(found.ratios["workload"] == "blk") & (found.ratios["phase"] == "add")]
    rows = rows[rows["swept"].notna() & (rows["role"] == "candidate")]
    assert sorted(_y_of_dots(below)) == pytest.approx(sorted(rows["centre"]))
    assert below.get_xlabel() == "data segments of a request"


def test_phases_have_a_panel_each(drawn: dict[str, Picture], found: Tables) -> None:
    """Phases are columns, candidates rows, and a dot is a named shape."""
    axes = drawn["ratio-by-phase"].figure.axes
    assert [each.get_title(loc="left") for each in axes] == ["map", "add", "cycle"]
    rows = found.ratios[(found.ratios["role"] == "candidate") & found.ratios["swept"].isna()]
    add = rows.loc[rows["phase"] == "add", "centre"].dropna()
    assert sorted(_x_of_ticks(axes[1])) == pytest.approx(sorted(add))


def test_cycle_is_stacked(drawn: dict[str, Picture]) -> None:
    """The baseline's pieces are its phases' shares and end at 1; candidates end at their ratio."""
    blk = drawn["cycle-in-parts"].figure.axes[0]
    pieces = [[bar.get_width() for bar in bars] for bars in _stacks(blk)]
    assert pieces[0] == pytest.approx([0.25, 0.25], rel=0.05), "map is a quarter of a cycle"
    assert pieces[1] == pytest.approx([0.5, 0.5], rel=0.05), "add is half of it"
    assert [sum(each) for each in zip(*pieces[:3], strict=True)] == pytest.approx([1, 1])
    ends = [bar.get_x() + bar.get_width() for bar in _stacks(blk)[5]]
    assert ends == pytest.approx([1.1, 1.1], rel=0.05)
    assert [text.get_text() for text in blk.texts] == ["map", "add", "rest"]


def _stacks(axes: Axes) -> list[BarContainer]:
    return [bars for bars in axes.containers if isinstance(bars, BarContainer)]


def test_cycle_needs_its_phases(tmp_path: Path) -> None:
    """If a phase was not measured there is nothing to stack."""
    found = tabulated(tmp_path, Truth(phases=("map", "cycle")))
    assert "cycle-in-parts" not in {picture.stem for picture in gallery.pictures(found)}


def test_every_process_has_a_dot(drawn: dict[str, Picture], found: Tables) -> None:
    """A lane has one dot per process that measured it, at its ratio, and the interval."""
    (axes,) = drawn["process-medians"].figure.axes
    assert len(axes.get_yticklabels()) == 3, "all named shapes: there are fewer than are drawn"
    drawn_x = sorted(_x_of_ticks(axes))
    medians = found.process_medians
    assert drawn_x == pytest.approx(sorted(medians["ratio"]))
    assert len(drawn_x) == 8 * (3 + 2), "eight processes, and a series that lacks a shape"
    rows = found.ratios.merge(medians[["workload", "shape", "phase", "label"]].drop_duplicates())
    assert sorted(_x_of_dots(axes)) == pytest.approx(sorted(rows["centre"]))


def test_widest_intervals_are_drawn_first(tmp_path: Path) -> None:
    """Of many shapes, those whose processes agree least are drawn."""
    shapes = tuple(Shape("blk", f"s{at}", 3) for at in range(12))
    found = tabulated(tmp_path, Truth(shapes=shapes, phases=("add",)))
    widths = found.ratios[found.ratios["role"] == "candidate"]
    widths = widths.assign(width=(widths["high"] - widths["low"]) / widths["centre"])
    first = widths.groupby("shape", observed=True)["width"].max().nlargest(8)
    assert set(found.process_medians["shape"]) == set(first.index)


def test_control_is_symmetric_about_one(drawn: dict[str, Picture]) -> None:
    """The copy's ratio is drawn on a scale that has 1 in its middle."""
    low, high = drawn["control"].figure.axes[0].get_xlim()
    assert (low + high) / 2 == pytest.approx(1)


def test_no_two_series_look_alike(tmp_path: Path) -> None:
    """Strategies differ in marker too, forms in fill: colour is never the only distinction."""
    layouts = (
        *synthetic.LAYOUTS,
        Layout("sg_ring", 1.6, form="called"),
        Layout("third", 1.2),
        Layout("walk", 0.6, "floor"),
        Layout("stream", 0.3, "floor"),
    )
    look = style.looks(tabulated(tmp_path, Truth(layouts=layouts)).times)
    shapes = [(each.marker, each.fill) for each in look.values()]
    assert len(set(shapes)) == len(shapes) == 9
    assert look["sg_ring"].colour == look["sg_ring[called]"].colour


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The frames of a result of two compilers, with its instructions counted."""
    path = tmp_path_factory.mktemp("both") / "r.json"
    truth = Truth(layouts=synthetic.TWO_COMPILERS)
    result = read(synthetic.write(path, truth))
    synthetic.write_counts(path, truth)
    return tables.tabulate(result, counts.counts_of(result).found)


@pytest.fixture(scope="module")
def of_both(both: Tables) -> dict[str, Picture]:
    """All pictures of these frames by the stems of their files."""
    return {picture.stem: picture for picture in gallery.pictures(both)}


def test_ratio_has_a_column_a_backend(of_both: dict[str, Picture]) -> None:
    """Backends share one scale, as compiled; forms have a figure of their own."""
    axes = of_both["ratio-to-baseline"].figure.axes
    assert [each.get_title(loc="left") for each in axes[:2]] == ["blk: numba", "blk: gcc"]
    assert len({each.get_xlim() for each in axes}) == 1
    assert sorted(_x_of_dots(axes[1])) == pytest.approx([1.2, 1.2, 1.4, 1.4], rel=0.02)
    assert "select" not in _texts(of_both["ratio-to-baseline"].figure)
    assert "chain 1.00 to 1.40" in of_both["ratio-to-baseline"].message


def test_forms_have_a_figure(of_both: dict[str, Picture]) -> None:
    """One row per strategy, one column per backend: its own code, and a line for every form."""
    figure = of_both["what-the-compiler-decides"].figure
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[:2] == [
        "chain, numba\nby itself: branches alone",
        "chain, gcc\nby itself: a conditional move",
    ]
    numba = figure.axes[0]
    assert sorted(round(y, 1) for y in _y_of_dots(numba)) == [1.0] * 3 + [1.4] * 3
    legend = "\n".join(text.get_text() for text in figure.legends[0].get_texts())
    assert "chain[select]" in legend
    assert "chain[branch]" in legend
    dashes = {bar.lines[0].get_linestyle() for bar in _bars(numba)}
    assert len(dashes) == 2, "forms differ in more than filling"


def test_floors_are_named_lines(of_both: dict[str, Picture], both: Tables) -> None:
    """Floors and the null strategy are thin lines in each backend's panel, not series."""
    above, of_gcc, *_ = of_both["time-per-descriptor-blk"].figure.axes
    assert [text.get_text() for text in above.texts] == ["walk", "stream", "noop"]
    assert [text.get_text() for text in of_gcc.texts] == ["walk"]
    thin = [line for line in above.lines if line.get_linewidth() < 1]
    rows = both.per_descriptor[both.per_descriptor["label"] == "walk@numba"]
    rows = rows[rows["swept"].notna() & (rows["workload"] == "blk") & (rows["phase"] == "add")]
    assert list(np.asarray(thin[0].get_ydata())) == pytest.approx(list(rows["centre"]))


def test_floor_is_no_ratio(of_both: dict[str, Picture]) -> None:
    """The headline has candidates only."""
    assert "walk" not in _texts(of_both["ratio-to-baseline"].figure)


def test_instructions_stand_against_time(of_both: dict[str, Picture]) -> None:
    """One dot per series in its backend's panel; the title has a pair that contradicts them."""
    picture = of_both["instructions-and-time"]
    numba, gcc = picture.figure.axes
    assert [numba.get_title(loc="left"), gcc.get_title(loc="left")] == ["numba", "gcc"]
    assert max(_x_of_dots(numba)) == pytest.approx(25 + 10 / 130)
    assert len(_x_of_dots(numba)) == 7
    assert picture.message.startswith("Fewer instructions can be slower. One descriptor, gcc:")


def test_backends_are_compared_cell_by_cell(of_both: dict[str, Picture]) -> None:
    """One panel per pair and phase: one dot per cell and like-for-like pair, mean and limits."""
    figure = of_both["between-backends"].figure
    assert [axes.get_title(loc="left")[:16] for axes in figure.axes] == [
        "numba / gcc, map",
        "numba / gcc, add",
    ]
    add = figure.axes[1]
    assert len(_x_of_ticks(add)) == 8 * 4
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert "chain\nas compiled / [branch]" in rows
    verticals = [float(np.asarray(line.get_xdata())[0]) for line in add.lines]
    assert {round(1 / 1.1, 3), 1.1} <= {round(x, 3) for x in verticals}


def test_picture_has_its_message_in_words(of_both: dict[str, Picture]) -> None:
    """Every figure has a text alternative."""
    for picture in of_both.values():
        shown = picture.figure.get_suptitle().split()
        assert picture.message.split() == shown
        assert any(digit.isdigit() for digit in picture.message)


def test_few_processes_draw_no_bars(tmp_path: Path) -> None:
    """Without intervals only dots are drawn, and nothing fails."""
    pictures = list(gallery.pictures(tabulated(tmp_path, Truth(processes=2))))
    assert "process-medians" not in {picture.stem for picture in pictures}
    assert len(pictures) == 6
    bars = pictures[0].figure.axes[0].containers
    assert not any(isinstance(bar, ErrorbarContainer) and bar.has_xerr for bar in bars)


def test_nothing_to_show_is_no_figure(tmp_path: Path) -> None:
    """A file without a baseline, a sweep or a control has no figure of it."""
    alone = (Layout("ring", 1.1),)
    assert list(gallery.pictures(tabulated(tmp_path, Truth(layouts=alone)))) == []


def test_saved_twice_is_the_same_file(drawn: dict[str, Picture], tmp_path: Path) -> None:
    """Both formats are written, and the SVG does not change from one time to the next."""
    style.save(drawn["control"].figure, tmp_path / "a.b")
    style.save(drawn["control"].figure, tmp_path / "c")
    assert (tmp_path / "a.b.svg").read_text() == (tmp_path / "c.svg").read_text()
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")

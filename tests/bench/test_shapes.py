"""``python -m bench --shapes``: a user's requests as cells, approved like our own."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import workloads
from bench import cli, messages, shapes
from bench.compile import build
from bench.options import experiments_of
from bench.paths import ROOT
from bench.plan import DEFAULT, Plan, Selection
from bench.processes.journal import Journal, JournalError
from bench.shapes import GivenShapes, ShapesError
from reports.experiments import sections
from reports.read.experiments import TEXT_LENGTH_MAX
from reports.read.result import load
from strategies import AS_COMPILED
from strategies import load as load_strategies
from tests.bench.test_cli import refused_with
from tests.fake.kits import kit_of
from workloads import fixed
from workloads.shapes import records, requests
from workloads.shapes.records import FileShape, ShapeFile

BUILT_IN = sorted(Path(workloads.__file__).parent.glob("*.shapes.json"))
FILE = ShapeFile(
    schema_version=1,
    name="mine",
    model="pages",
    weights="counted",
    shapes=(
        FileShape(4096, 1, "in", "blk", 30),
        FileShape(1 << 20, 128, "out", "blk", 9),
        FileShape(1514, 1, "out", "net", 1),
        FileShape(65602, 17, "in", "net", 1),
        FileShape(16, 1, "out", "none", 1),
    ),
    dropped=records.Dropped(3, 2),
    order=(0, 1, 2, 0) * 1000,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a shape file with every header and the largest of requests."""
    found = tmp_path / "mine.shapes.json"
    records.save(FILE, found)
    return found


def given(path: Path) -> GivenShapes:
    """The shape file in a folder."""
    found = shapes.given(path)
    assert found is not None
    return found


def test_each_shape_is_a_cell_and_each_header_has_a_stream(path: Path) -> None:
    """In every phase, under the file's name; only shapes have weights."""
    one = shapes.experiment(given(path))
    names = [f"{point.workload}/{point.shape.name}/{point.phase}" for point in one.points()]
    expected = ["blk-in-4096x1", "blk-out-1048576x128", "net-out-1514x1", "net-in-65602x17"]
    expected += ["none-out-16x1", "blk-mix", "blk-order", "net-mix", "net-order"]
    every = ("map", "add", "cycle")
    phases = {name: every[2:] if name.endswith("-order") else every for name in expected}
    assert names == [f"mine/{name}/{phase}" for name in expected for phase in phases[name]]
    assert all(point.quick for point in one.points())
    weighted = {f"mine/{shape.name}": float(shape.weight) for shape in FILE.shapes}
    assert dict(one.weights) == weighted
    assert one.sample == 42
    assert "segments pages; 4.5 % of requests are dropped" in one.note
    assert given(path).sha256[:12] in one.note


@pytest.mark.parametrize("built_in", BUILT_IN, ids=lambda one: one.name)
def test_a_note_is_as_long_as_a_report_shows(built_in: Path) -> None:
    """The important parts come first."""
    note = shapes.experiment(given(built_in)).note
    assert len(note) <= TEXT_LENGTH_MAX
    assert "SHA-256" in note


def test_stated_weights_are_no_sample() -> None:
    """They have no uncertainty."""
    one = shapes.experiment(given(next(p for p in BUILT_IN if p.name.startswith("imix"))))
    assert one.sample is None
    assert one.described()["sample"] is None
    assert "weights" not in experiments_of(["core"])[0].described()


@pytest.mark.parametrize("number", range(len(BUILT_IN) + 1))
def test_the_oracle_approves_every_layout_of_it(number: int, path: Path) -> None:
    """On each shape of the built-in files, and the largest of each kind."""
    one = shapes.experiment(given([*BUILT_IN, path][number]))
    short = [
        replace(point, shape=replace(point.shape, stream=fixed(*point.shape.stream(1)[:8])))
        for point in one.points()
        if point.phase == "add"
    ]
    names = [s.name for s in load_strategies() if s.form == AS_COMPILED]
    kit = kit_of(short, names)
    assert kit.refused == {}
    assert len(kit.cells) == len(short)
    assert all(cell.pictures for cell in kit.cells)


def test_a_plan_keeps_the_file_it_was_made_with(path: Path, tmp_path: Path) -> None:
    """Neither a resumed run nor the compiling process reads the file again."""
    plan = Plan(("mine",), (), ("numba",), ("add",), DEFAULT, 7, experiments=("shapes",))
    plan = replace(plan, shapes=given(path))
    again = messages.decode(messages.encode(plan), Plan)
    path.unlink()
    assert again == plan
    selection = messages.decode(messages.encode(again.selection), Selection)
    assert [one.name for one in build.asked_in(selection)] == ["shapes"]
    words = plan.words()
    assert words[words.index("--shapes") + 1] == path.name
    assert "--experiment" not in words
    both = replace(plan, experiments=("core", "shapes")).words()
    assert both[both.index("--experiment") + 1] == "core"
    journal = Journal.of(tmp_path / "r.json")
    journal.begin(replace(plan, shapes=GivenShapes(path.name, "{", "0")))
    with pytest.raises(JournalError, match="measure again"):
        journal.plan()


def test_another_file_makes_another_kit(path: Path) -> None:
    """Even if nothing else in the plan differs."""
    plan = Plan(
        ("mine",), (), (), ("add",), DEFAULT, 7, experiments=("shapes",), shapes=given(path)
    )
    heavier = FILE.shapes[0].__class__(8192, 1, "in", "blk", 30)
    other = path.with_name("other.shapes.json")
    changed = (heavier, *FILE.shapes[1:])
    records.save(ShapeFile(schema_version=1, name="mine", shapes=changed), other)
    keys = {build.key_of(replace(plan, shapes=given(one)).selection) for one in (path, other)}
    assert len(keys) == 2


def test_a_result_says_what_it_was_asked_with(path: Path) -> None:
    """Model and hash, and, in one line, everything needed to repeat it."""
    one = given(path)
    said = one.metadata()
    assert said["segment_model"] == "pages"
    assert said["shape_file"] == "mine"
    assert len(said["shape_file_sha256"]) == 64
    assert "\n" not in said["shapes"]
    again = shapes.from_metadata(said)
    assert again is not None
    for before, after in zip(
        requests.workload(FILE).shapes, requests.workload(again.file).shapes, strict=True
    ):
        assert before.stream(1) == after.stream(1)
    assert len(again.file.order) <= 2 * requests.ORDER_LENGTH
    assert shapes.from_metadata({}) is None
    with pytest.raises(ShapesError, match="no JSON"):
        shapes.from_metadata({"shapes": "{"})


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file"),
        ("", "line 1: no JSON"),
        ('{"schema_version": 1,\n"name": 3}', "line 2: name: expected `str`"),
        ("blk", "its name is blk, as a workload of this suite"),
    ],
)
def test_a_file_that_cannot_be_measured_is_one_line_and_status_2(
    content: str | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is read before anything is compiled."""
    path = tmp_path / "mine.shapes.json"
    if content == "blk":
        records.save(ShapeFile(schema_version=1, name="blk", shapes=FILE.shapes), path)
    elif content is not None:
        path.write_text(content)
    assert refused_with(("--shapes", str(path)), cli.app) == 2
    told = capsys.readouterr()
    assert says in told.err
    assert len(told.err.strip().splitlines()) == 1


def test_list_names_its_cells(path: Path) -> None:
    """And nothing of the default plan."""
    command = [sys.executable, "-m", "bench", "--list", "--shapes", str(path)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    first, *lines = ended.stdout.splitlines()
    assert first == "# shapes: What does each layout cost on the requests of mine?"
    assert "mine/blk-mix/{map,add,cycle}" in lines
    assert not any(line.startswith("blk/") for line in lines)


@pytest.mark.slow
def test_a_run_of_it_ends_in_a_report_with_the_mean(tmp_path: Path) -> None:
    """From the file to the sentence, as a user would."""
    path = tmp_path / "tiny.shapes.json"
    two = (FILE.shapes[0], FileShape(65536, 16, "out", "blk", 10))
    records.save(ShapeFile(schema_version=1, name="tiny", weights="counted", shapes=two), path)
    out = tmp_path / "r.json"
    words = ["--quick", "--shapes", str(path), "--backend", "numba", "--phase", "add"]
    command = [sys.executable, "-m", "bench", *words, "--processes", "6", "-o", str(out)]
    subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    result = load(out)
    assert result.metadata["shape_file"] == ("tiny",)
    assert result.metadata["shape_file_sha256"] == (given(path).sha256,)
    (section,) = sections.sections(result)
    (mean,) = section.means
    assert mean.startswith("tiny, weighted mean, phase add: ")
    cells = set(section.frame["cell"])
    assert cells == {"blk-in-4096x1", "blk-out-65536x16", "blk-mix", "weighted mean"}

"""Answers to today's questions are what their command makes of results, or not measured."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bench import experiments
from bench.paths import ROOT
from reports.commands.marked_part import marks
from reports.documents import todays
from reports.experiments.axes import like
from reports.experiments.todays import Quotient, answers, pictures, questions
from reports.read.result import load
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Shape, Truth

BEGIN, END = marks(todays.PART)
DOCUMENT = f"# Rings\n\nBefore.\n\n{BEGIN}\nold\n{END}\n\nAfter.\n"
README = f"# Title\n\nText. {BEGIN}{END}\n\nAfter.\n"
COPY = 1.25  # what the made-up private copy costs
LAYOUTS = (
    Layout("flat_array", 1.0, "baseline"),
    Layout("today_split", COPY),
    Layout("today_split", 1.0, form="noshadow"),
    Layout("today_packed", 1.0),
    Layout("flat_array", 1.0, "baseline", backend="gcc"),
    Layout("today_split", 2 * COPY, backend="gcc"),
    Layout("today_split", 2.0, form="noshadow", backend="gcc"),
)
ASKS = [{"name": "today-ring", "question": "What?", "figures": [{"kind": "series"}]}]
TRUTH = Truth(
    layouts=LAYOUTS,
    shapes=(
        Shape("blk", "today-512k-read", 130, experiment="today-ring"),
        Shape("blk", "today-4k-read", 3, experiment="today-ring"),
    ),
    phases=("add",),
    metadata={
        **synthetic.METADATA,
        "date": "2026-01-02 03:04:05",
        "length": "quick",
        "experiments": json.dumps(ASKS),
    },
)


def run(directory: Path, *results: Path, document: str = DOCUMENT) -> Result:
    """What the command says of results, with documents in this directory."""
    (directory / "today.md").write_text(document, encoding="utf-8")
    (directory / "README.md").write_text(README, encoding="utf-8")
    where = ["--document", str(directory / "today.md"), "--readme", str(directory / "README.md")]
    return CliRunner().invoke(todays.app, [*map(str, results), *where, "--name", "One CPU"])


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A result that has one of today's experiments."""
    return synthetic.write(tmp_path_factory.mktemp("todays") / "r.json", TRUTH)


def test_a_question_that_was_measured_is_answered_and_posted(result: Path, tmp_path: Path) -> None:
    """A sentence, and a block with thread, numbers, intervals, machine and command."""
    assert run(tmp_path, result).exit_code == 0
    text = (tmp_path / "today.md").read_text(encoding="utf-8")
    assert text.startswith(f"# Rings\n\nBefore.\n\n{BEGIN}\n### What does the private copy cost")
    assert text.endswith(f"\n{END}\n\nAfter.\n")
    (sentence,) = (t for t in text.splitlines() if t.startswith("* private copy, add of 130"))
    assert ": costs more, numba 1.25" in sentence
    assert ", gcc 1.25" in sentence
    block = [line for line in text.splitlines() if line.startswith("    ")]
    assert (
        "    private copy, add of 130 descriptors: today_split over today_split[noshadow]," in block
    )
    assert max(map(len, block)) <= 110
    assert any("<20210421032117.5177-1-jasowang@redhat.com>" in line for line in block)
    assert "    python -m bench --experiment today-ring --quick" in block
    assert any("Example CPU 3000" in line for line in block)
    assert any("commit 0123abcd" in line for line in block)


def test_what_a_result_lacks_was_not_measured(result: Path, tmp_path: Path) -> None:
    """Every question is there all the same."""
    run(tmp_path, result)
    text = (tmp_path / "today.md").read_text(encoding="utf-8")
    assert text.count("### ") == len(questions())
    (_, asked) = text.split("### What does the second walk cost?")
    assert "\nNot measured.\n" in asked.split("###")[0]


def test_nothing_is_known_of_no_result(tmp_path: Path) -> None:
    """The command without a result says that nothing was measured, and draws nothing."""
    assert run(tmp_path).exit_code == 0
    text = (tmp_path / "today.md").read_text(encoding="utf-8")
    assert text.count("Not measured.") == len(questions())
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == README
    assert not (tmp_path / "docs").exists()


def test_the_readme_has_a_figure_and_no_line_more(result: Path, tmp_path: Path) -> None:
    """For light pages and for dark ones, behind what stood there."""
    run(tmp_path, result)
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) == len(README.splitlines())
    assert f"Text. {BEGIN}<br>" in text
    for name in ("docs/today-1.svg", "docs/today-1-dark.svg"):
        assert name in text
        assert (tmp_path / name).read_text(encoding="utf-8").startswith("<?xml")


def test_a_result_of_other_experiments_is_refused_in_a_line(tmp_path: Path) -> None:
    """Status 2, the file and the remedy; nothing is written."""
    other = synthetic.write(tmp_path / "other.json")
    ended = run(tmp_path, other)
    assert ended.exit_code == 2
    assert ended.stderr == (
        f"{other}: has none of today's experiments; measure --experiment today\n"
    )
    assert (tmp_path / "today.md").read_text(encoding="utf-8") == DOCUMENT


def test_a_document_without_the_marks_is_refused(result: Path, tmp_path: Path) -> None:
    """So is one that has no place for them."""
    assert run(tmp_path, result, document="# Rings\n").exit_code == 2


def test_the_page_has_a_figure_of_its_own(result: Path) -> None:
    """If the result has any of the numbers, and else none."""
    (picture,) = pictures(load(result))
    assert picture.section == "todays"
    assert f": 3 of {len(questions())} have numbers" in picture.message  # copy, packed, weight


def test_a_page_without_todays_experiments_has_none(tmp_path: Path) -> None:
    """The 2007 answer stands alone then."""
    assert not list(pictures(load(synthetic.write(tmp_path / "r.json"))))


def test_numbers_of_a_question_are_quotients_of_paired_times(result: Path) -> None:
    """The truth, by each backend."""
    copy = next(iter(answers(load(result)).values()))[0]
    assert copy.verdict == "costs more"
    assert {name: one.centre for name, one in copy.ratios.items()} == pytest.approx(
        {"numba": COPY, "gcc": COPY}, rel=0.01
    )


def cells(experiment: str) -> list[str]:
    """The cells of an experiment, by name."""
    return [
        f"{point.workload}/{point.shape.name}/{point.phase}"
        + ("{" + ",".join(f"{k}={v}" for k, v in sorted(point.axes)) + "}" if point.axes else "")
        for point in experiments.load()[experiment].points()
    ]


@pytest.mark.parametrize(
    "quotient", [number for one in questions() for number in one.numbers], ids=lambda one: one.text
)
def test_what_a_question_asks_is_measured(quotient: Quotient) -> None:
    """It picks one cell of its experiment, and series that take turns there."""
    experiment = experiments.load()[quotient.experiment]
    assert sum(like(name, quotient.of.cell) for name in cells(quotient.experiment)) == 1
    for pick in (quotient.of, quotient.to):
        if pick.series != "=":
            assert pick.series in experiment.takes
    assert quotient.to.cell.startswith("=")


def test_names_of_numbers_fit_the_figure() -> None:
    """None is cut, and no two are the same."""
    names = [number.text for one in questions() for number in one.numbers]
    assert len(set(names)) == len(names)
    assert [name for name in names if len(name) > 36] == []


def test_the_documents_have_the_marks() -> None:
    """Where the command writes by default."""
    for path in (todays.DOCUMENT, todays.README):
        text = path.read_text(encoding="utf-8")
        assert BEGIN in text
        assert END in text
    assert todays.DOCUMENT.is_relative_to(ROOT)

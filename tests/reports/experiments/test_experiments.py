"""Experiments in a report: expectations meet numbers, and every verdict can be *not*."""

import dataclasses
import io
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bench import experiments
from bench.experiments import Experiment, takes_turns
from reports.experiments import measures
from reports.experiments.axes import like
from reports.experiments.draws import MEASURES as DRAWS
from reports.experiments.expectations import Observation
from reports.experiments.sections import Section, sections
from reports.frames.tables import tabulate
from reports.page import report, terminal
from reports.read.experiments import parse
from reports.read.result import load
from reports.read.text import ResultError
from strategies import Role, every
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Shape, Truth
from workloads import STREAM_SEED

KNOWN = experiments.load()
EXPECTATIONS = [
    pytest.param(experiment, number, id=f"{name}-{number}")
    for name, experiment in KNOWN.items()
    for number in range(len(experiment.expectations))
]
INSIDE, OUTSIDE = 0.1, 0.3  # of a bound: distance of the truth, as cells do not pair
ON_A_XEON = {**synthetic.METADATA, "cpu_model_name": "Example Xeon"}  # as all predictions are
SHARED = 1e-4  # of a round: more would show in quotients between cells


def truth_of(experiment: Experiment, number: int, *, inside: bool) -> Truth:
    """A file in which the numbers of one expectation are inside its bounds or not."""
    expectation = experiment.expectations[number]
    alone = dataclasses.replace(experiment, expectations=(expectation,))
    names, layouts = points_of(experiment), layouts_of(experiment, expectation.of)
    value = inside_of(expectation) if inside else outside_of(expectation)
    value /= 1 if expectation.plus is None else 2  # a sum's parts are equal
    chosen = {
        (cell, layout.series): value / base(expectation, shape, phase)
        for cell, (shape, phase) in names.items()
        for layout in layouts
        if cell in picked_cells(expectation, names) and like(layout.series, expectation.of.series)
    }
    return Truth(
        layouts=layouts,
        shapes=tuple(dict.fromkeys(shape for shape, _ in names.values())),
        phases=tuple(dict.fromkeys(phase for _, phase in names.values())),
        noise=1e-4,
        metadata={**ON_A_XEON, "experiments": experiments.to_json([alone])},
        **WAYS[expectation.measure](chosen),
    )


def picked_cells(expectation: experiments.Expectation, names: Iterable[str]) -> set[str]:
    """The cells whose times an expectation divides, or adds before dividing."""
    of = {name for name in names if like(name, expectation.of.cell)}
    plus = expectation.plus.cell if expectation.plus else measures.SAME
    return of | {measures.named_cell(plus, name) for name in of}


def by_draws(**chosen: object) -> dict[str, Any]:
    """A truth for a measure of draws: many rounds, equal except for what is chosen."""
    return {"rounds": 100, "shared": SHARED, "positions": (1.0,) * 4, **chosen}


def by_time(**chosen: object) -> dict[str, Any]:
    """A truth for the times of requests."""
    return {"rounds": 3, "shared": SHARED, **chosen}


# How a truth is given a number, by what is measured:
WAYS: Mapping[str, Callable[[Mapping[tuple[str, str], float]], dict[str, Any]]] = {
    **dict.fromkeys(("time", "slope"), lambda chosen: by_time(factors=chosen)),
    "slow-share": lambda chosen: by_draws(slow=chosen),
    "position": lambda chosen: by_draws(moved=chosen),
}


def base(expectation: experiments.Expectation, shape: Shape, phase: str) -> float:
    """The divisor of a factor: 1 for a quotient, else nanoseconds."""
    if expectation.to is not None or expectation.measure in DRAWS:
        return 1.0
    return synthetic.true_ns(shape, phase, Layout("some", 1.0))


def inside_of(expectation: experiments.Expectation) -> float:
    """A number within the bounds."""
    low, high = expectation.at_least, expectation.at_most
    if low is not None and high is not None:
        return (low + high) / 2
    return low * (1 + INSIDE) if low is not None else (high or 0) * (1 - INSIDE)


def outside_of(expectation: experiments.Expectation) -> float:
    """A number outside the bounds."""
    low, high = expectation.at_least, expectation.at_most
    return low * (1 - OUTSIDE) if low is not None else (high or 0) * (1 + OUTSIDE)


def points_of(experiment: Experiment) -> dict[str, tuple[Shape, str]]:
    """The quick cells of an experiment by name, as a file describes them."""
    found = {}
    for point in experiment.points():
        requests = point.shape.stream(STREAM_SEED)
        counts = [sum(len(group.segments) for group in request.groups) for request in requests]
        shape = Shape(
            point.workload,
            point.shape.name,
            sum(counts) / len(counts),
            point.shape.swept,
            axes=",".join(f"{axis}={value}" for axis, value in sorted(point.axes)),
            experiment=experiment.name,
        )
        if point.quick:
            found[synthetic.cell_name(shape, point.phase)] = (shape, point.phase)
    return found


def layouts_of(experiment: Experiment, pick: experiments.Pick) -> tuple[Layout, ...]:
    """The series of an experiment, all equally fast, with the code that is picked."""
    points = experiment.points()
    taking = (s for s in every() if any(takes_turns(s, point, experiment) for point in points))
    found = {s.series: s for s in taking if s.role in {Role.BASELINE, Role.CANDIDATE}}
    return tuple(
        Layout(
            s.name,
            1.0,
            s.role,
            form=s.form,
            moves=int(pick.code == "moves" and like(s.series, pick.series)),
            calls=int(pick.code == "calls" and like(s.series, pick.series)),
        )
        for s in found.values()
    )


def section_of(truth: Truth, path: Path) -> Section:
    """The only section of a file's report."""
    (section,) = sections(load(synthetic.write(path / "made.json", truth)))
    return section


@pytest.mark.parametrize(("experiment", "number"), EXPECTATIONS)
def test_each_verdict_can_be_not(experiment: Experiment, number: int, tmp_path: Path) -> None:
    """A result whose numbers are outside the bounds turns the verdict, and says by which."""
    section = section_of(truth_of(experiment, number, inside=False), tmp_path)
    assert section.observation is Observation.NOT
    ((observation, sentence),) = section.findings
    assert observation is Observation.NOT
    assert experiment.expectations[number].text in sentence


@pytest.mark.parametrize(("experiment", "number"), EXPECTATIONS)
def test_each_verdict_can_be_as_expected(
    experiment: Experiment, number: int, tmp_path: Path
) -> None:
    """A result whose numbers are within the bounds is as expected."""
    section = section_of(truth_of(experiment, number, inside=True), tmp_path)
    assert section.observation is Observation.AS_EXPECTED


@pytest.mark.parametrize("experiment", KNOWN.values(), ids=list(KNOWN))
def test_each_experiment_has_its_place_on_the_page(experiment: Experiment, tmp_path: Path) -> None:
    """The page asks the question, gives the finding, and draws the experiment's figures."""
    truth = truth_of(experiment, 0, inside=False)
    result = load(synthetic.write(tmp_path / "made.json", truth))
    index = report.write(result, tabulate(result.main), tmp_path / "report")
    page = index.read_text(encoding="utf-8")
    assert "Not as expected" in page
    assert f'id="experiment-{experiment.name}"' in page
    drawn = sorted(path.name for path in index.parent.glob("experiment-*.svg"))
    assert len(drawn) == sum(figure.kind != "cells" for figure in experiment.figures)


@pytest.mark.usefixtures("undrawn")
def test_the_answer_of_an_experiment_alone_is_its_verdict(tmp_path: Path) -> None:
    """Page, summary and terminal give the outcome; a range over its axes would mean nothing."""
    experiment = KNOWN["pieces"]
    result = load(synthetic.write(tmp_path / "r.json", truth_of(experiment, 0, inside=False)))
    found = tabulate(result.main)
    index = report.write(result, found, tmp_path / "report")
    first, _ = index.read_text(encoding="utf-8").split("<main>")
    assert f'<a href="#experiment-pieces">{experiment.question}</a></b> ✗ Not as' in first
    assert "times as long as" not in first
    assert "<title>What a layout costs: pieces</title>" in first
    summary = (index.parent / "summary.md").read_text(encoding="utf-8")
    assert f"* **{experiment.question}** ✗ Not as expected." in summary
    console = Console(record=True, width=100, file=io.StringIO())
    terminal.show(console, result, found, sections(result))
    printed = " ".join(console.export_text().split())
    assert f"{experiment.question} ✗ Not as expected." in printed


def test_a_prediction_for_another_processor_is_news(tmp_path: Path) -> None:
    """It is neither right nor wrong where it was not made: what turns round is said as such."""
    truth = truth_of(KNOWN["core"], 0, inside=False)
    elsewhere = {**truth.metadata, "processor_kind": "amd-25-17"}
    path = synthetic.write(tmp_path / "r.json", dataclasses.replace(truth, metadata=elsewhere))
    (section,) = sections(load(path))
    assert section.outcome == "Predicted for other processors: 0 of 1 hold here."
    ((_, sentence),) = section.findings
    assert sentence.startswith("Turns round here: 0.")
    assert "On intel-6-167: a ring of arrays costs more than an array" in sentence


@pytest.mark.usefixtures("undrawn")
def test_a_page_without_experiments_says_so(tmp_path: Path) -> None:
    """A file without experiments is shown as a whole."""
    result = load(synthetic.write(tmp_path / "plain.json"))
    assert sections(result) == []
    assert len(result.main.values) == len(result.values)
    index = report.write(result, tabulate(result.main), tmp_path / "report")
    assert "does not say what was asked" in index.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("processor", "expected"),
    [
        ({"processor_kind": "intel-6-167"}, Observation.NOT),
        ({"processor_kind": "amd-25-17"}, Observation.NEWS),
        ({"processor_kind": "intel-6-207"}, Observation.NEWS),
        ({"cpu_model_name": "AMD EPYC"}, Observation.NEWS),  # of an older file
        ({"cpu_model_name": "Intel(R) Xeon(R) Processor"}, Observation.NOT),
        ({}, Observation.NOT),
    ],
    ids=str,
)
def test_on_another_processor_a_miss_is_news(
    processor: Mapping[str, str], expected: Observation, tmp_path: Path
) -> None:
    """A bound that does not hold where it was not predicted fails nothing, and says for whom."""
    truth = truth_of(KNOWN["core"], 0, inside=False)
    truth = dataclasses.replace(truth, metadata={**truth.metadata, **processor})
    section = section_of(truth, tmp_path)
    ((observation, sentence),) = section.findings
    assert observation is section.observation is expected
    assert ("On intel-6-167: " in sentence) == (expected is Observation.NEWS)


def test_what_was_predicted_for_any_processor_fails_on_any(tmp_path: Path) -> None:
    """An expectation that follows from the code names no processor."""
    number = next(n for n, e in enumerate(KNOWN["ageing"].expectations) if not e.processors)
    truth = truth_of(KNOWN["ageing"], number, inside=False)
    truth = dataclasses.replace(truth, metadata={**truth.metadata, "processor_kind": "amd-25-17"})
    assert section_of(truth, tmp_path).observation is Observation.NOT


def test_a_file_without_the_field_was_predicted_for_the_xeons() -> None:
    """Older files say nothing of processors."""
    described = json.loads(experiments.to_json([KNOWN["core"]]))
    del described[0]["expectations"][0]["processors"]
    (older,) = parse(json.dumps(described))
    kinds = ("intel-6-207", "intel", "amd", "amd-25-17", "")
    known = [older.expectations[0].is_for(kind) for kind in kinds]
    assert known == [True, True, False, False, True]


def test_what_was_not_measured_has_no_outcome(tmp_path: Path) -> None:
    """An expectation about series that are not in the file says so."""
    of = experiments.Expectation("Nobody is slow", experiments.Pick("nobody"), at_least=1.0)
    known = dataclasses.replace(KNOWN["core"], expectations=(of,))
    truth = dataclasses.replace(
        truth_of(KNOWN["core"], 0, inside=True),
        metadata={**synthetic.METADATA, "experiments": experiments.to_json([known])},
    )
    section = section_of(truth, tmp_path)
    assert section.findings == [(Observation.CANNOT_TELL, "Nobody is slow: not measured.")]


@pytest.mark.parametrize("text", ["{", "[1]", '[{"name": "x"}]', json.dumps({"a": 1})])
def test_what_is_no_description_is_refused(text: str) -> None:
    """A file whose experiments cannot be read is refused in one line."""
    with pytest.raises(ResultError, match="experiments are not described"):
        parse(text)

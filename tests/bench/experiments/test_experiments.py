"""Experiments as data: whole, distinct, found, refused by name, and the default plan unchanged."""

import json
import re

import pytest

from bench import experiments
from bench.experiments import DEFAULT_PLAN, Experiment, Point, takes_turns
from bench.options import UsageError, experiments_of, strategy_names
from bench.plan import QUICK, lengthened
from strategies import AS_COMPILED, PHASES, Role, Strategy, braced, every
from workloads import load as load_workloads

KNOWN = experiments.load()
TOGETHER_S = 1800  # ``--experiment all --quick``
by_name = pytest.mark.parametrize("experiment", KNOWN.values(), ids=list(KNOWN))


def name_of(point: Point) -> str:
    """The common part of the names of a point's benchmarks."""
    return f"{point.workload}/{point.shape.name}/{point.phase}{braced(point.axes)}"


def strategy(series: str, **more: str) -> Strategy:
    """A strategy that does nothing."""
    name, _, form = series.removesuffix("]").partition("[")
    axes = tuple(more.items())
    return Strategy(name, int, int, int, form=form or AS_COMPILED, only="some", axes=axes)


def test_the_default_plan_is_every_shape_of_every_workload() -> None:
    """A run that names no experiment measures named shapes and sweeps in three phases, once."""
    points = [name_of(point) for name in DEFAULT_PLAN for point in KNOWN[name].points()]
    shapes = [f"{w.name}/{shape.name}" for w in load_workloads().values() for shape in w.shapes]
    assert sorted(points) == sorted(f"{shape}/{phase}" for shape in shapes for phase in PHASES)
    assert [one.name for one in experiments_of(None)] == list(DEFAULT_PLAN)


def test_the_default_plan_takes_what_is_made_for_no_experiment() -> None:
    """Forms that only an experiment needs take no turns in the core plan."""
    for name in DEFAULT_PLAN:
        taken = [s for s in every() if KNOWN[name].wants(s)]
        assert taken == [s for s in every() if not s.only]


def test_no_cell_is_measured_by_two_experiments() -> None:
    """Names of benchmarks differ, or one would hide the other in a file."""
    names = [name_of(point) for one in KNOWN.values() for point in one.points()]
    assert len(set(names)) == len(names)


@by_name
def test_an_experiment_is_whole(experiment: Experiment) -> None:
    """It has a question, cells, a figure, expectations, a baseline and something to compare."""
    assert experiment.question.endswith("?")
    assert experiment.figures
    assert experiment.expectations
    assert experiment.points()
    for point in experiment.points():
        taking = [s for s in every() if takes_turns(s, point, experiment)]
        assert sum(s.role is Role.BASELINE for s in taking) == 1, name_of(point)
        assert any(point.phase in s.phases and s.role is not Role.BASELINE for s in taking), (
            name_of(point)
        )
    assert any(point.quick for point in experiment.points())


@by_name
def test_an_experiment_says_what_reports_must_know(experiment: Experiment) -> None:
    """It is stored as JSON, and each expectation has a bound and a sentence."""
    (told,) = json.loads(experiments.to_json([experiment]))
    assert (told["name"], told["question"]) == (experiment.name, experiment.question)
    for expectation in told["expectations"]:
        assert expectation["text"]
        assert (expectation["at_least"], expectation["at_most"]) != (None, None)
        for processor in expectation["processors"]:
            assert re.fullmatch(r"[a-z]+-\d+-\d+", processor)


@by_name
def test_every_strategy_that_is_made_for_an_experiment_takes_turns_there(
    experiment: Experiment,
) -> None:
    """No form is compiled in vain or for an unknown experiment."""
    points = experiment.points()
    for made in (s for s in every() if s.only == experiment.name):
        assert any(takes_turns(made, p, experiment) and p.phase in made.phases for p in points)
    families = {one.family for one in KNOWN.values() if one.family}
    assert {s.only for s in every()} <= {"", *KNOWN, *families}


@by_name
def test_every_strategy_that_is_made_for_a_family_takes_turns_in_it(
    experiment: Experiment,
) -> None:
    """Where one of the family names it, and nowhere else."""
    points = experiment.points()
    for made in (s for s in every() if experiment.family and s.only == experiment.family):
        family = [one for one in KNOWN.values() if one.family == experiment.family]
        assert any(one.wants(made) for one in family), made.label
        if experiment.wants(made):
            assert any(takes_turns(made, p, experiment) and p.phase in made.phases for p in points)
    assert not any(
        experiment.wants(s)
        for s in every()
        if s.only not in {"", experiment.name, experiment.family}
    )


def test_strategies_of_a_family_are_named_where_it_is_asked_for() -> None:
    """They take turns there, and a plan without it does not name them."""
    ours = {s.name for s in every() if s.only == "today"}
    assert ours
    assert ours < set(strategy_names(experiments_of(["today"])))
    assert not ours & {*strategy_names(), *strategy_names(experiments_of(None))}


def test_a_family_is_asked_for_by_its_name() -> None:
    """``--experiment today`` is every part of it, in a plan of several once."""
    parts = [name for name, one in KNOWN.items() if one.family == "today"]
    assert parts
    assert [one.name for one in experiments_of(["today"])] == parts
    assert [one.name for one in experiments_of([parts[0], "today"])] == parts
    assert not set(parts) & set(DEFAULT_PLAN)


def test_what_one_experiment_alone_needs_is_asked_for_with_it() -> None:
    """A strategy all of whose forms are made for an experiment takes turns there unasked."""
    alone = {s.name for s in every()} - {s.name for s in every() if not s.only}
    assert alone
    assert not alone & set(strategy_names())
    for name in alone:
        (only,) = {s.only for s in every() if s.name == name}
        asking = [one for one in KNOWN.values() if only in {one.name, one.family}]

        assert any(name in strategy_names([one]) for one in asking)


def test_a_form_takes_turns_where_its_axes_are() -> None:
    """A strategy with an axis takes turns only at points with that value, in its experiment."""
    shape = load_workloads()["console"].shapes[0]
    point = Point("console", shape, "add", axes=(("piece", "4"), ("slots", "64")))
    some = Experiment("some", "?", lambda: (point,), (), takes=("plain", "other[form]"))
    assert takes_turns(strategy("made", piece="4"), point, some)
    assert not takes_turns(strategy("made", piece="8"), point, some)
    assert not takes_turns(strategy("made", chunk="4"), point, some)
    other = Experiment("other", "?", lambda: (point,), ())
    assert not takes_turns(strategy("made", piece="4"), point, other)


def test_a_point_may_leave_out_what_would_do_wrong_there() -> None:
    """A mask is not a remainder if a ring's size is not a power of two: it takes no turns."""
    points = [p for p in KNOWN["ring-size"].points() if p.slots == 127]
    masks = [s for s in every() if s.form == "mask"]
    assert points
    assert masks
    assert not any(takes_turns(s, p, KNOWN["ring-size"]) for s in masks for p in points)


def test_brackets_in_a_pattern_are_brackets() -> None:
    """``other[form]`` picks the form of that name, not a set of letters."""
    some = Experiment("x", "?", tuple, (), takes=("plain", "other[form]"))
    found = [Strategy(n, int, int, int, form=f) for n, f in (("other", "form"), ("otherf", "x"))]
    assert [some.wants(one) for one in found] == [True, False]


def test_an_unknown_experiment_is_refused_with_a_near_one() -> None:
    """The line names the offending thing and suggests the closest name."""
    with pytest.raises(UsageError, match=r"no experiment segmets: did you mean segments\?"):
        experiments_of(["segmets"])


def test_all_experiments_are_every_one_of_them() -> None:
    """``all`` includes every one, and half an hour is enough for all at quick precision."""
    names = tuple(one.name for one in experiments_of(["all"]))
    assert names == tuple(KNOWN)
    assert lengthened(QUICK, names).seconds <= TOGETHER_S
    assert lengthened(QUICK, DEFAULT_PLAN) == QUICK

"""``--layout``: a user's files in a plan, a kit and a result, beside the suite's own."""

from pathlib import Path

import pytest

from bench import cli, messages
from bench.check.held import usual
from bench.compile.build import build
from bench.layouts import given, metadata
from bench.plan import DEFAULT, Plan, Selection
from tests.bench.check.test_check import MISTAKES, _made
from tests.bench.test_cli import refused_with
from tests.fake.outside import NAME, a_compiler, in_c, in_python


def test_a_kit_has_them_beside_the_suites(tmp_path: Path) -> None:
    """In every cell, approved; an object is compared with the C compiler's own."""
    name = a_compiler().name
    theirs = given([in_c(tmp_path), _made("object", tmp_path)])
    plan = Selection(
        experiments=("core",),
        workloads=("console",),
        phases=("add",),
        strategies=("flat_array", "noop", NAME),
        backends=(name, "object"),
        layouts=theirs,
    )
    kit = build(plan)
    assert kit.refused == {}
    labels = [f"{one}@{name}" for one in ("flat_array", "flat_array[again]", NAME, "noop")]
    assert [v.label for v in kit.variants] == [
        *labels,
        *(one.replace(name, "object") for one in labels),
    ]
    own, lent = (v for v in kit.variants if v.role == "baseline")
    assert kit.measured(own, "add") == kit.measured(lent, "add")
    assert all(v.step for v in kit.variants if v.strategy == NAME)
    assert "the suite's own by" in kit.facts["object_version"]
    assert all(cell.variants == tuple(range(8)) for cell in kit.cells)


def test_a_plan_keeps_them_and_its_command_names_no_folder(tmp_path: Path) -> None:
    """For whoever repeats it."""
    theirs = given([in_python(tmp_path), in_c(tmp_path)])
    plan = Plan(("blk",), (NAME,), ("numba", "object"), ("add",), DEFAULT, 7, layouts=theirs)
    again = messages.decode(messages.encode(plan), Plan)
    assert again == plan
    assert again.selection.layouts == theirs
    words = plan.words()
    assert words[words.index("--layout") + 1] == f"{NAME}.py"
    assert str(tmp_path) not in " ".join(words)
    assert "object" not in words
    (line,) = metadata(theirs).values()
    assert [word for word in line.split() if "." in word] == [f"{NAME}.py", f"{NAME}.c", "abi.h"]


@pytest.mark.parametrize("mistake", ["num_free", "too small"])
def test_a_wrong_one_is_not_timed(
    mistake: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line says what it does, and how to see it."""
    path, name = in_c(tmp_path, MISTAKES[mistake][0]), a_compiler().name
    asked = ("--layout", str(path), "--backend", name, "--quick", "--workload", "blk")
    assert refused_with((*asked, "-o", str(tmp_path / "r.json")), cli.app) == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert f"wrong: {NAME}@{name}: " in line
    assert "nox -s check -- --layout FILE shows it" in line
    assert not (tmp_path / "r.json").exists()


def test_a_file_for_no_chosen_backend_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would be missing from the result, and nobody would say so."""
    asked = ("--layout", str(in_c(tmp_path)), "--backend", "numba")
    assert refused_with((*asked, "-o", str(tmp_path / "r.json")), cli.app) == 2
    assert f"{NAME} has no file for numba" in capsys.readouterr().err
    assert usual((), ("numba",)).layouts == ()

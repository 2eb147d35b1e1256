"""The tables of the findings are what their command makes of published results."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bench.experiments import load as load_experiments
from bench.experiments import to_json
from bench.paths import ROOT
from reports.commands.marked_part import marks
from reports.documents import findings
from reports.documents.findings import PARTS
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Shape, Truth

PUBLISHED = ROOT / "results" / "published"
DOCUMENT = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
EMPTY = "\n".join(f"{begin}\nold\n{end}" for begin, end in map(marks, PARTS))
KNOWN = load_experiments()
LAYOUTS = (
    Layout("flat_array", 1.0, "baseline"),
    Layout("flat_array", 2.0, "baseline", backend="gcc"),
    Layout("sg_ring", 1.5),
    Layout("sg_ring", 2.4, backend="gcc"),
    Layout("stepping", 1.25, form="free"),
)
SHAPES = (
    Shape("blk", "4k-read", 3, experiment="core"),
    Shape("blk", "max-read", 130, experiment="core"),
    Shape(
        "blk",
        "max-read",
        130,
        axes="apart=drawn,bypass=off,stride=32",
        experiment="serialise",
    ),
)


def run(directory: Path, text: str = EMPTY, **metadata: str) -> Result:
    """What the command says of a result and a document in this directory."""
    document, path = directory / "findings.md", directory / "r.json.gz"
    document.write_text(text, encoding="utf-8")
    known = {"experiments": to_json([KNOWN["core"], KNOWN["serialise"]]), **metadata}
    truth = Truth(
        layouts=LAYOUTS, shapes=SHAPES, phases=("add",), metadata={**synthetic.METADATA, **known}
    )
    synthetic.write(path, truth)
    words = [str(path), "--document", str(document), "--name", "One CPU"]
    return CliRunner().invoke(findings.app, words)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A document with the tables of a result of two compilers."""
    directory = tmp_path_factory.mktemp("findings")
    done = run(directory, processor_kind="amd-25-17")
    assert done.exit_code == 0, done.output
    return (directory / "findings.md").read_text(encoding="utf-8")


def cells(text: str, *begins: str) -> list[str]:
    """The cells of the one row of a table that begins so."""
    begin = f"| {' | '.join(begins)} |"
    (row,) = (line for line in text.splitlines() if line.startswith(begin))
    return [cell.strip() for cell in row.removeprefix(begin).removesuffix("|").split("|")]


def test_a_layout_has_its_ratio_at_each_length(written: str) -> None:
    """The baseline in ns, all else as its multiple; lengths without a cell are empty."""
    ring = cells(written, "One CPU", "`sg_ring@numba`")
    assert [float(one) for one in ring if one] == pytest.approx([1.5] * 3, abs=0.01)
    assert float(cells(written, "One CPU", "`flat_array@gcc`, ns")[1]) > 0


def test_compilers_are_compared_at_each_length(written: str) -> None:
    """One over the other, by layout."""
    found = cells(written, "One CPU", "`sg_ring`, numba / gcc", "add")
    truth = 1.5 / 2.4
    assert [float(one) for one in found if one] == pytest.approx([truth] * 3, abs=0.01)


def test_a_prediction_has_what_came(written: str) -> None:
    """Its mark, and the lowest and highest of its numbers."""
    (expected, *_) = KNOWN["core"].expectations
    (found,) = cells(written, "`core`", expected.text)
    assert found.startswith("✓ 1.")


def test_walks_that_set_the_pace_have_a_table(written: str) -> None:
    """With bypass and without; what was not measured is empty."""
    with_it, without = cells(written, "`stepping[free]@numba`")
    assert not with_it
    assert float(without) > 0


def test_only_what_is_between_the_comments_changes(tmp_path: Path) -> None:
    """Text around the tables is as it was, and made again they are the same."""
    assert run(tmp_path, f"# Title\n\n{EMPTY}\n\nAfter.\n").exit_code == 0
    text = (tmp_path / "findings.md").read_text(encoding="utf-8")
    assert text.startswith("# Title\n\n<!-- machines:begin -->")
    assert text.endswith("\n\nAfter.\n")
    assert "old" not in re.sub(r"`[^`]*`", "", text).split()
    assert run(tmp_path, text).exit_code == 0
    assert (tmp_path / "findings.md").read_text(encoding="utf-8") == text


def test_a_document_without_the_comments_is_refused(tmp_path: Path) -> None:
    """One line says which are lacking."""
    done = run(tmp_path, "nothing")
    assert done.exit_code == 2
    assert "findings.md: has no <!-- machines:begin -->" in done.output


@pytest.mark.slow
def test_the_document_is_what_the_command_makes(tmp_path: Path) -> None:
    """Its own command, as its text says, changes nothing."""
    said = re.search(r"python -m reports\.documents\.findings (results[^`]*)`", DOCUMENT)
    assert said
    words = said[1].replace("\n", " ").split(" --name ")
    names = [word for name in words[1:] for word in ("--name", name.strip("' "))]
    files = [str(ROOT / word) for word in words[0].split()]
    copy = tmp_path / "findings.md"
    copy.write_text(DOCUMENT, encoding="utf-8")
    done = CliRunner().invoke(findings.app, [*files, *names, "--document", str(copy)])
    assert done.exit_code == 0, done.output
    assert copy.read_text(encoding="utf-8") == DOCUMENT

"""The README's headline is what its command makes of a published result, and nothing else."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bench.paths import ROOT
from reports.commands.marked_part import marks
from reports.documents import headline
from reports.documents.headline import PART, STEM
from reports.documents.published import paths
from reports.figures import style as drawing
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Truth

PUBLISHED = sorted((ROOT / "results" / "published").glob("**/*.json*"))
BEGIN, END = marks(PART)
LIGHT_SVG, DARK_SVG = paths(STEM.format(1))
README = (ROOT / "README.md").read_text(encoding="utf-8")
NUMBER = r"[-+][\d.]+ ± [\d.]+ %"
LINE = f"{{}}: numba {NUMBER}, gcc {NUMBER}"  # of a cell
TEXT = f"# Title\n\nBefore.\n\n{BEGIN}\nold\n{END}\n\nAfter.\n"


def run(directory: Path, truth: Truth | None = None, text: str = TEXT, *more: str) -> Result:
    """What the command says of a result and a README in this directory."""
    readme = directory / "README.md"
    readme.write_text(text, encoding="utf-8")
    (directory / "published").mkdir(exist_ok=True)
    path = synthetic.write(directory / "published" / "r.json.gz", truth)
    words = [str(path), "--readme", str(readme), "--name", "One CPU", *more]
    return CliRunner().invoke(headline.app, words)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose README has the headline of a result of two compilers."""
    directory = tmp_path_factory.mktemp("headline")
    assert run(directory, Truth(layouts=synthetic.TWO_COMPILERS)).exit_code == 0
    return directory


def test_only_what_is_between_the_comments_changes(written: Path) -> None:
    """What stands before and after is as it was; what stood between is gone."""
    text = (written / "README.md").read_text(encoding="utf-8")
    assert text.startswith(f"# Title\n\nBefore.\n\n{BEGIN}\n<picture>")
    assert text.endswith(f"\n{END}\n\nAfter.\n")
    assert "old" not in text


def test_table_has_a_line_a_length_and_a_number_a_compiler(written: Path) -> None:
    """A row per call and candidate, a column per processor; the form of 2007 last."""
    text = (written / "README.md").read_text(encoding="utf-8")
    assert "| timed | layout | One CPU |\n| --- | --- | --- |\n" in text
    (row,) = (line for line in text.splitlines() if line.startswith("| add_buf | `chain` |"))
    cell = row.strip(" |").split(" | ")[2]
    assert re.fullmatch(LINE.format("short") + "<br>" + LINE.format("long"), cell), cell
    for numba, gcc in re.findall(r"numba ([-+\d.]+) ± [\d.]+ %, gcc ([-+\d.]+) ±", cell):
        assert float(numba) == pytest.approx(0, abs=1.1)
        assert float(gcc) == pytest.approx(40, abs=1.1)
    assert "select" not in text
    assert "\n\n* [One CPU](published/r.json.gz): Example CPU 3000, 2 logical CPUs" in text
    assert "commit 0123abcd. " in text


def test_figure_is_there_for_light_and_dark(written: Path) -> None:
    """Both files exist where the README looks for them, alike but for their colours."""
    text = (written / "README.md").read_text(encoding="utf-8")
    assert f'srcset="{DARK_SVG}"' in text
    assert f'src="{LIGHT_SVG}"' in text
    assert re.search(r'alt="One CPU: Time of phase add, flat = 1.*chain 1\.00 to 1\.40', text)
    light, dark = ((written / name).read_text(encoding="utf-8") for name in (LIGHT_SVG, DARK_SVG))
    for one, other in zip(drawing.LIGHT, drawing.DARK, strict=True):
        light = light.replace(one, other)
    assert light == dark
    assert drawing.PAPER not in dark


def test_page_and_dark_figure_have_the_same_colours() -> None:
    """What a figure turns into on a dark page stands once in words and once in the style."""
    style = (ROOT / "reports" / "templates" / "style.css").read_text(encoding="utf-8")
    light, dark = style.split("prefers-color-scheme: dark", maxsplit=1)
    for colour in drawing.COLOURS:
        assert colour in light
    for colour in drawing.DARK:
        assert colour in dark.split("}\n}", maxsplit=1)[0]


def test_made_again_is_the_same(tmp_path: Path) -> None:
    """The command leaves alone what it has made."""
    assert run(tmp_path).exit_code == 0
    files = ("README.md", LIGHT_SVG, DARK_SVG)
    before = [(tmp_path / name).read_bytes() for name in files]
    assert run(tmp_path, text=before[0].decode()).exit_code == 0
    assert [(tmp_path / name).read_bytes() for name in files] == before


@pytest.mark.parametrize(
    ("text", "truth", "said"),
    [
        ("no comments", None, f"README.md: has no {BEGIN} and {END}"),
        (f"{END} {BEGIN}", None, "has no"),
        (TEXT, Truth(layouts=(Layout("ring", 1.1),)), "no candidate next to a baseline"),
    ],
)
def test_refuses_in_a_line(tmp_path: Path, text: str, truth: Truth | None, said: str) -> None:
    """What cannot be written is said with its remedy, and the README is left as it was."""
    done = run(tmp_path, truth, text)
    assert done.exit_code == 2
    assert said in done.output
    assert done.output.count("\n") == 1
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == text


def test_result_elsewhere_is_refused(tmp_path: Path) -> None:
    """A README cannot link to a file that is not published with it."""
    (tmp_path / "deep").mkdir()
    readme = tmp_path / "deep" / "README.md"
    readme.write_text(TEXT, encoding="utf-8")
    path = synthetic.write(tmp_path / "r.json")
    done = CliRunner().invoke(headline.app, [str(path), "--readme", str(readme)])
    assert done.exit_code == 2
    assert "publish it there first" in done.output


def sources() -> tuple[str, dict[str, Path]]:
    """The README's headline, and the results that it links to by name."""
    block = README.partition(BEGIN)[2].partition(END)[0].strip()
    assert block, "make it with python -m reports.documents.headline"
    found = re.findall(r"^\* \[([^]]+)\]\((results/published/[^)]+)\)", block, re.MULTILINE)
    return block, {name: ROOT / path for name, path in found}


def test_readme_links_to_published_results_and_figures() -> None:
    """What the headline was made of is there, and no figure of an older one is left."""
    _, known = sources()
    assert set(known.values()) <= set(PUBLISHED)
    named = {ROOT / name for at, _ in enumerate(known, 1) for name in paths(STEM.format(at))}
    assert named == set((ROOT / "docs").glob("headline*.svg"))


def test_several_results_stand_in_one_table(tmp_path: Path) -> None:
    """A column per processor, and a figure each; a compiler that made nothing is left out."""
    other = synthetic.write(tmp_path / "other.json", Truth(layouts=synthetic.TWO_COMPILERS))
    done = run(tmp_path, None, TEXT, str(other), "--name", "Two")
    assert done.exit_code == 0
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "| timed | layout | One CPU | Two |\n" in text
    assert text.count("<picture>") == 2
    assert all((tmp_path / name).exists() for at in (1, 2) for name in paths(STEM.format(at)))
    (row,) = (line for line in text.splitlines() if line.startswith("| add_buf | `chain` |"))
    assert row.split("|")[3].strip() == ""


@pytest.mark.slow
def test_readme_says_what_the_published_results_say() -> None:
    """The headline is made of the published results that it links to."""
    block, known = sources()
    made = headline.headline(list(known.values()), ROOT, list(known))
    assert made.block == block
    for name, svg in made.figures.items():
        assert (ROOT / name).read_text(encoding="utf-8") == svg

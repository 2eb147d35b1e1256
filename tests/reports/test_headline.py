"""The README's headline is exactly the output of its command for a published result."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bench.paths import ROOT
from reports import headline
from reports.commands.marked_part import marks
from reports.figures import style as drawing
from reports.headline import PART, figures
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Truth

PUBLISHED = sorted((ROOT / "results" / "published").glob("**/*.json*"))
BEGIN, END = marks(PART)
LIGHT_SVG, DARK_SVG = figures()
README = (ROOT / "README.md").read_text(encoding="utf-8")
PARTS = re.findall(r"<!-- (headline[a-z0-9-]*):begin -->", README)
TEXT = f"# Title\n\nBefore.\n\n{BEGIN}\nold\n{END}\n\nAfter.\n"


def run(directory: Path, truth: Truth | None = None, text: str = TEXT, part: str = PART) -> Result:
    """The command's output for a result and a README in this directory."""
    readme = directory / "README.md"
    readme.write_text(text, encoding="utf-8")
    (directory / "published").mkdir(exist_ok=True)
    path = synthetic.write(directory / "published" / "r.json.gz", truth)
    words = [str(path), "--readme", str(readme), "--part", part]
    return CliRunner().invoke(headline.app, words)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose README has the headline of a result of two compilers."""
    directory = tmp_path_factory.mktemp("headline")
    assert run(directory, Truth(layouts=synthetic.TWO_COMPILERS)).exit_code == 0
    return directory


def test_only_what_is_between_the_comments_changes(written: Path) -> None:
    """The text before and after stays; the text between is replaced."""
    text = (written / "README.md").read_text(encoding="utf-8")
    assert text.startswith(f"# Title\n\nBefore.\n\n{BEGIN}\n<picture>\n")
    assert text.endswith(f"\n{END}\n\nAfter.\n")
    assert "old" not in text


def test_table_has_a_range_a_compiler(written: Path) -> None:
    """One row per phase and candidate, one column per backend; of forced forms only the call."""
    text = (written / "README.md").read_text(encoding="utf-8")
    assert "| phase | layout | numba | gcc |\n| --- | --- | --- | --- |\n" in text
    (row,) = (line for line in text.splitlines() if line.startswith("| `add` | `chain` |"))
    numba, gcc = (
        [float(end) for end in cell.split(" to ")] for cell in row.strip(" |").split(" | ")[2:]
    )
    assert numba == pytest.approx([1.0] * len(numba), abs=0.011)
    assert gcc == pytest.approx([1.4] * len(gcc), abs=0.011)
    assert "select" not in text
    assert re.search(r"Each end is known to ±\d\.\d+ % or better \(95 %\)\.", text)
    assert "\n\nMeasured on: Example CPU 3000, 2 logical CPUs" in text
    assert "commit 0123abcd; [published/r.json.gz](published/r.json.gz)." in text


def test_figure_is_there_for_light_and_dark(written: Path) -> None:
    """Both files exist where the README links to them, and differ only in colours."""
    text = (written / "README.md").read_text(encoding="utf-8")
    assert f'srcset="{DARK_SVG}"' in text
    assert f'src="{LIGHT_SVG}"' in text
    assert re.search(r'alt="Time of phase add, flat = 1.*chain 1\.00 to 1\.40', text)
    light, dark = ((written / name).read_text(encoding="utf-8") for name in (LIGHT_SVG, DARK_SVG))
    for one, other in zip(drawing.LIGHT, drawing.DARK, strict=True):
        light = light.replace(one, other)
    assert light == dark
    assert drawing.PAPER not in dark


def test_page_and_dark_figure_have_the_same_colours() -> None:
    """The colours of a dark figure and of the page's dark style agree."""
    style = (ROOT / "reports" / "templates" / "style.css").read_text(encoding="utf-8")
    light, dark = style.split("prefers-color-scheme: dark", maxsplit=1)
    for colour in drawing.COLOURS:
        assert colour in light
    for colour in drawing.DARK:
        assert colour in dark.split("}\n}", maxsplit=1)[0]


def test_made_again_is_the_same(tmp_path: Path) -> None:
    """Running the command again changes nothing."""
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
        (TEXT, Truth(layouts=(Layout("ring", 1.1),)), "no candidate with a baseline"),
    ],
)
def test_refuses_in_a_line(tmp_path: Path, text: str, truth: Truth | None, said: str) -> None:
    """A refusal names its remedy, and the README stays as it was."""
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


def published(part: str) -> tuple[str, Path]:
    """A headline of the README, and the result that it links to."""
    begin, end = marks(part)
    block = README.partition(begin)[2].partition(end)[0].strip()
    assert block, "make it with python -m reports.headline"
    (source,) = re.findall(r"\[(results/published/[^]]+)\]\(", block)
    return block, ROOT / source


@pytest.mark.parametrize("part", PARTS)
def test_readme_links_to_a_published_result_and_figures(part: str) -> None:
    """The sources of each headline exist."""
    _, source = published(part)
    assert source in PUBLISHED
    assert all((ROOT / name).is_file() for name in figures(part))


def test_another_part_has_figures_of_its_own(tmp_path: Path) -> None:
    """So that a README can show several processors."""
    begin, end = marks("headline-other")
    done = run(tmp_path, text=f"{TEXT}{begin}\n{end}\n", part="headline-other")
    assert done.exit_code == 0
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert text.startswith(TEXT)
    assert 'src="docs/headline-other.svg"' in text
    assert not (tmp_path / LIGHT_SVG).exists()


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_readme_says_what_the_published_result_says(part: str) -> None:
    """Each headline is made of the published result that it links to, and its figures exist."""
    block, source = published(part)
    made = headline.headline(source, ROOT, part)
    assert made.block == block
    for name in made.figures:
        assert (ROOT / name).is_file()

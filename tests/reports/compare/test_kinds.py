"""Does the answer hold on every machine? Several kinds of machine with known truth."""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from reports import __main__ as cli
from reports.compare import across, answer, kinds
from reports.compare.counted import checks
from reports.compare.kinds import DIFFERENT, SAME, Column, Compared
from reports.compare.sides import sides
from reports.read.result import load
from reports.statistics.machine_key import MACHINE_KEY
from reports.statistics.machines import Says
from tests.fake import synthetic
from tests.fake.synthetic import Layout, Shape, Truth
from tests.reports.compare.test_compare import COPY, FLAT, read

SHAPES = (Shape("blk", "4k-read", 3), Shape("blk", "64k-read", 18), Shape("blk", "max-read", 130))
XEON = "x86_64/GenuineIntel/6/207/8/48K/2048K/480M/hypervisor"
ZEN3, ZEN5 = (f"x86_64/AuthenticAMD/{kind}/1/32K/512K/32M/hypervisor" for kind in ("25/1", "26/2"))

pytestmark = pytest.mark.usefixtures("undrawn")


def machine(key: str, name: str, seed: int, chain: float, **change: object) -> Truth:
    """A machine on which the chain's long requests take so many times as long."""
    keyed = {MACHINE_KEY: key} if key else {}
    metadata = {**synthetic.METADATA, **keyed, "cpu_model_name": name}
    walk = Layout("walk", 0.5, "floor")
    settings: dict[str, object] = {
        "layouts": (FLAT, Layout("chain", 1.0, moves=1), Layout("ring", 1.2), walk, COPY),
        "shapes": SHAPES,
        "phases": ("add", "cycle"),
        "factors": {("blk/max-read/add", "chain"): chain},
        "metadata": metadata,
        "seed": seed,
    }
    return Truth(**(settings | change))  # type: ignore[arg-type]


def three(**change: object) -> list[Truth]:
    """A machine on which chaining is slow, one where it is fast, one where it makes no odds."""
    return [
        machine(XEON, "Intel(R) Xeon(R) Processor @ 2.1GHz", 1, 1.5, **change),
        machine(ZEN3, "AMD EPYC", 2, 0.66, **change),
        machine(ZEN5, "AMD EPYC", 3, 1.0, **change),
    ]


def files(directory: Path, truths: Sequence[Truth]) -> list[Path]:
    """Write a file for each."""
    return [synthetic.write(directory / f"m{at}.json.gz", one) for at, one in enumerate(truths)]


def columns(directory: Path, truths: Sequence[Truth], names: Sequence[str] = ()) -> list[Column]:
    """Such files as kinds of machine."""
    return kinds.columns(sides([load(path) for path in files(directory, truths)], names))


def found(rows: Sequence[Compared], where: str, label: str) -> Compared:
    """The row of a request and label."""
    (row,) = (row for row in rows if (row.where, row.label) == (where, label))
    return row


def run(directory: Path, truths: Sequence[Truth], *words: str, width: int = 80) -> Result:
    """The command on such files."""
    paths = map(str, files(directory, truths))
    asked = [*paths, "-o", str(directory / "out"), *words]
    return CliRunner().invoke(cli.app, asked, env={"COLUMNS": str(width)})


def test_a_machine_is_named_by_processor_family_and_model(tmp_path: Path) -> None:
    """Two generations that a cloud calls by one name are two kinds with two names."""
    names = [one.name for one in columns(tmp_path, three())]
    assert names == ["Intel Xeon (6/207)", "AMD EPYC (25/1)", "AMD EPYC (26/2)"]


def test_files_of_one_key_share_a_column(tmp_path: Path) -> None:
    """They are repetitions: three files of two kinds are two witnesses."""
    again = machine(XEON, "Intel(R) Xeon(R) Processor", 9, 1.5)
    one, other = columns(tmp_path, [*three()[:2], again])
    assert (one.letters, other.letters) == ("A, C", "B")
    row = found(across.by_request([one, other]), "blk/max-read", "chain@numba")
    assert row.pooled.machines == 3
    assert row.pooled.counts == {Says.SLOWER: 1, Says.FASTER: 1}


def test_older_files_are_distinguished_by_the_names_they_are_given(tmp_path: Path) -> None:
    """Without a key the processor's name decides, and --name where that is not enough."""
    older = [machine("", "AMD EPYC", seed, 1.1) for seed in (1, 2)]
    assert [one.letters for one in columns(tmp_path, older)] == ["A, B"]
    named = columns(tmp_path, older, ["Zen 3", "Zen 5"])
    assert [(one.name, one.letters) for one in named] == [("Zen 3", "A"), ("Zen 5", "B")]


def test_kinds_of_one_name_get_their_letters(tmp_path: Path) -> None:
    """No two columns are called alike."""
    stepping = ZEN3.replace("/1/32K", "/2/32K")
    names = [
        one.name
        for one in columns(tmp_path, [machine(key, "AMD EPYC", 1, 1.0) for key in (ZEN3, stepping)])
    ]
    assert names == ["AMD EPYC (25/1) (A)", "AMD EPYC (25/1) (B)"]


def test_where_two_machines_contradict_each_other_comes_first(tmp_path: Path) -> None:
    """The row that turns round leads, by the same code, with nanoseconds and floor."""
    rows = across.by_request(columns(tmp_path, three()))
    assert len(rows) == 3 * 2
    assert (rows[0].where, rows[0].label) == ("blk/max-read", "chain@numba")
    assert [row.turns_round for row in rows] == [True] + [False] * 5
    xeon, zen3, zen5 = rows[0].ratios
    assert xeon is not None
    assert zen3 is not None
    assert zen5 is not None
    assert (xeon.says, zen3.says, zen5.says) == (Says.SLOWER, Says.FASTER, Says.ALIKE)
    assert zen3.ratio.centre == pytest.approx(0.66, rel=0.01)
    assert zen3.ns.layout / zen3.ns.base == pytest.approx(0.66, rel=0.02)
    assert zen3.ns.floor == pytest.approx(0.5 * zen3.ns.base, rel=0.02)
    assert rows[0].code == SAME
    assert found(rows, "blk/64k-read", "ring@numba").pooled.counts == {Says.SLOWER: 3}


def test_other_code_is_said(tmp_path: Path) -> None:
    """A turn from the same code is shown before a larger one from different code."""
    other = (FLAT, Layout("chain", 1.0, moves=1), Layout("ring", 0.4), COPY)
    truths = [*three()[:2], machine(ZEN5, "AMD EPYC", 3, 1.0, layouts=other)]
    rows = across.by_request(columns(tmp_path, truths))
    first, *others = kinds.turned(rows)
    assert (first.label, first.code) == ("chain@numba", SAME)
    assert {(row.label, row.code) for row in others} == {("ring@numba", DIFFERENT)}
    assert others[0].ends.turn > first.ends.turn


def test_lengths_stand_apart_with_forms_and_floors(tmp_path: Path) -> None:
    """Short requests, long ones, floors, and the whole request as compiled."""
    rows = across.by_lengths(columns(tmp_path, three()))
    seen = {(row.cell, row.phase, row.label) for row in rows}
    labels = ("chain@numba", "ring@numba")
    assert seen == {
        *((length, "add", one) for length in ("short", "long") for one in (*labels, "walk@numba")),
        *((length, "cycle", one) for length in ("short", "long") for one in labels),
    }
    assert (rows[0].cell, rows[0].label, rows[0].span) == ("long", "chain@numba", "18 to 130")
    assert rows[0].pooled.high == pytest.approx(1.5**0.5, rel=0.01)


def test_first_sentence_says_no_and_where(tmp_path: Path) -> None:
    """The largest turn, its request, both machines by name, and that it is the same code."""
    here = columns(tmp_path, three())
    requests, lengths = across.by_request(here), across.by_lengths(here)
    first, second, *rest = answer.sentences(here, requests, lengths)
    assert re.fullmatch(
        r"No: it turns round\. With 130 descriptors \(blk/max-read\) chain by numba takes "
        r"1\.(49|50|51) times as long as flat on Intel Xeon \(6/207\) and 0\.6[567] times on "
        r"AMD EPYC \(25/1\), from the same machine code\.",
        first,
    )
    assert second.startswith("Of 6 pairs of request and layout (phase add, as compiled), measured")
    assert "1 turns round, 3 are slower on all and 2 are within 2 % on all;" in second
    assert rest[-1].endswith("the next kind falls inside with 50%.")


def test_first_sentence_says_yes(tmp_path: Path) -> None:
    """Where all agree, with what differs most."""
    truths = [machine(key, key, at, 1.4 + at / 10) for at, key in enumerate((XEON, ZEN3))]
    here = columns(tmp_path, truths)
    first = answer.verdict(here, across.by_request(here))
    assert first.startswith("Yes: nothing is faster on one of these machines and slower on another")
    assert "(blk/max-read), where chain by numba takes 1.5" in first


def test_what_decides_is_the_form_of_another_step(tmp_path: Path) -> None:
    """The compiler's own step turns round, the forced branch does not."""
    branch = Layout("chain", 1.0, form="branch", moves=0)
    layouts = (FLAT, Layout("chain", 1.0, moves=1), branch, COPY)
    here = columns(tmp_path, three(layouts=layouts))
    said = answer.decided(across.by_request(here), across.by_lengths(here))
    assert said.startswith("What decides is the compiler's step: with a conditional move 0.8")
    assert "with branches alone ([branch]) 1.00 at 18 to 130 descriptors" in said


@pytest.mark.parametrize("wrong", [False, True])
def test_counts_of_the_same_code_must_be_equal(tmp_path: Path, *, wrong: bool) -> None:
    """Equal counts are a check of the whole set-up; others are shown first, with status 1."""
    truths = three()
    for path, truth in zip(files(tmp_path, truths), truths, strict=True):
        counted = path.name in {"m0.json.gz", "m1.json.gz"}
        if counted:
            more = {"instructions": 7.0} if wrong and path.name == "m1.json.gz" else {}
            synthetic.write_counts(path, truth, **more)
    done = run(tmp_path, truths)
    assert done.exit_code == (1 if wrong else 0), done.output
    shown = " ".join("".join(read(tmp_path / "out" / "index.html").shown).split())
    flat = " ".join(done.stdout.split())
    if wrong:
        assert (
            "12 of 12 instruction counts per request differ although the code is the same" in flat
        )
        assert "Do not believe these files." in shown
    else:
        said = "All 12 instruction counts per request that two machines share are equal."
        assert said in shown
        assert said in flat


def test_without_counts_the_check_says_so(tmp_path: Path) -> None:
    """Facts of the machine code are checked all the same."""
    here = columns(tmp_path, three())
    facts, counts = checks([side for one in here for side in one.sides])
    assert re.fullmatch(
        r"All \d+ numbers of the length and steps of machine code .* equal\.", facts.text
    )
    assert counts.text.startswith("Instructions were counted for none of these files")
    assert not facts.wrong
    assert not counts.wrong


def test_page_of_three_machines(tmp_path: Path) -> None:
    """The answer first, every machine by name, doubts next to their letter, all of it as files."""
    truths = three()
    unsure = machine(ZEN5, "AMD EPYC", 3, 1.0, alone=0.0, beside=1.0)
    done = run(tmp_path, [*truths[:2], unsure])
    assert done.exit_code == 0, done.output
    page = read(tmp_path / "out" / "index.html")
    shown = " ".join("".join(page.shown).split())
    assert shown.index("No: it turns round.") < shown.index("Which machine is which")
    for name in ("Intel Xeon (6/207)", "AMD EPYC (25/1)", "AMD EPYC (26/2)", "48K, 2048K, 480M"):
        assert name in shown
    assert "A: Whether a neighbour was on the core is unknown in 6 of 6 cells." in shown
    assert "C: Whether" not in shown
    assert len(set(page.regions)) == len(page.regions) >= 5
    out = {path.name for path in (tmp_path / "out").iterdir()}
    assert out >= {"machines.csv", "machines.parquet", "ratios.csv", "machines-narrow.svg"}
    table = pd.read_parquet(tmp_path / "out" / "machines.parquet")
    (turn,) = table[table["turns_round"] & (table["workload"] != "")].to_dict("records")
    assert (turn["slower"], turn["faster"], turn["alike"]) == (1, 1, 1)
    assert turn["B centre"] == pytest.approx(0.66, rel=0.01)


def test_terminal_has_eighty_columns(tmp_path: Path) -> None:
    """Letters head the columns, their names stand above, and no line is wider."""
    done = run(tmp_path, three())
    lines = [line for line in done.stdout.splitlines() if not line.endswith("index.html")]
    assert max(map(len, lines)) <= 80
    assert "A: Intel Xeon (6/207) (m0)" in lines
    (row,) = (line for line in lines if line.startswith("chain@numba") and "▼" in line)
    assert len(re.findall(r"\d\.\d+ [▲▼=○]", row)) == 3


def test_six_kinds_have_an_interval(tmp_path: Path) -> None:
    """From six on the centre over kinds, tau, and the second opinion."""
    keys = [XEON.replace("207", str(model)) for model in range(6)]
    truths = [machine(key, "CPU", at, 1.2 + at / 20) for at, key in enumerate(keys)]
    done = run(tmp_path, truths)
    assert done.exit_code == 0, done.output
    shown = " ".join("".join(read(tmp_path / "out" / "index.html").shown).split())
    assert "centre over kinds" in shown
    assert "Knapp and Hartung" in shown
    assert "falls inside the range of these 6 with 71%" in shown
    table = pd.read_parquet(tmp_path / "out" / "machines.parquet")
    row = table[(table["cell"] == "max-read") & (table["strategy"] == "chain")].iloc[0]
    assert row["lowest"] < row["centre"] < row["highest"]
    assert (row["centre_low"], row["centre_high"]) == (
        pytest.approx(row["lowest"]),
        pytest.approx(row["highest"]),
    )
    assert row["tau_percent"] == pytest.approx(7.5, abs=2)


def test_names_must_be_as_many_as_files(tmp_path: Path) -> None:
    """One line, status 2."""
    done = run(tmp_path, three(), "--name", "one")
    assert done.exit_code == 2
    assert "--name: given 1 times for 3 files" in done.stderr

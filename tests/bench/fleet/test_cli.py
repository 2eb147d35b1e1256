"""``python -m bench.fleet`` as its users meet it; the runs on its hosts measure nothing."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bench.fleet import cli, state
from bench.fleet.state import Stage, State
from tests.bench.test_cli import refused_with
from tests.fake.fleet import begun, packed, result


def fleet(*words: str) -> Result:
    """Run the command line."""
    return CliRunner().invoke(cli.app, [*words])


@pytest.fixture(name="place")
def _place(tmp_path: Path) -> Path:
    """Give a folder with hosts one and two, whose fates are theirs to say, and a fleet begun."""
    good = tmp_path / "good.json.gz"
    good.write_bytes(packed(result(tmp_path / "plain.json").read_bytes())[0])
    lines = [f"[defaults]\npython = '{sys.executable}'\n"]
    for name in "one", "two":
        there = tmp_path / name
        there.mkdir()
        lines.append(
            f"[[hosts]]\nname = '{name}'\nlocal = true\nfolder = '{there}'\n"
            f"environment = {{ RESULT = '{good}', TMPDIR = '{there}', FATE = '{name}' }}\n"
        )
    (tmp_path / "hosts.toml").write_text("".join(lines))
    begun(tmp_path / "fleet")
    return tmp_path


def words(place: Path) -> tuple[str, ...]:
    """The arguments of every command here."""
    return (str(place / "hosts.toml"), "-o", str(place / "fleet"), "--no-page")


def test_a_fleet_ends_with_a_table_and_its_folder(place: Path) -> None:
    """All done: 0; the status says the same, from files."""
    ended = fleet(*words(place))
    assert ended.exit_code == 0, ended.output
    assert [line.split()[:2] for line in ended.stdout.splitlines()[3:5]] == [
        *(["one", "done"], ["two", "done"]),
    ]
    assert ended.stdout.splitlines()[-1] == str(place / "fleet")
    shown = fleet(*words(place), "--status")
    assert shown.exit_code == 0
    assert "x86_64/AuthenticAMD/25/17" in shown.stdout
    left = {path.name for path in (place / "fleet" / "machines").iterdir()}
    assert left == {"amd-25-17-1.json.gz", "amd-25-17-2.json.gz"}


@pytest.mark.slow
def test_a_host_that_fails_is_1_and_one_that_was_left_out_is_not_visited(place: Path) -> None:
    """And the table says why."""
    text = (place / "hosts.toml").read_text()
    (place / "hosts.toml").write_text(text.replace("FATE = 'two'", "FATE = 'full'"))
    assert fleet(*words(place), "--only", "one").exit_code == 0
    assert not (place / "fleet" / "hosts" / "two.state.json").exists()
    ended = fleet(*words(place))
    assert ended.exit_code == 1
    assert "measuring: No space left on device: make room" in " ".join(ended.stdout.split())
    assert fleet(*words(place), "--status").exit_code == 1


def test_status_says_what_was_broken_off(place: Path) -> None:
    """Nobody holds the folder's lock: nobody measures."""
    state.write(State("one", Stage.MEASURING, 1.0), place / "fleet" / "hosts")
    shown = fleet(*words(place), "--status")
    assert shown.exit_code == 1
    assert "broken off" in shown.stdout


@pytest.mark.parametrize(("text", "says"), [(None, "name a hosts file"), ("hosts = 3", "$.hosts")])
def test_bad_use_is_one_line_and_2(
    tmp_path: Path, text: str | None, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """As of every command."""
    if text is not None:
        (tmp_path / "hosts.toml").write_text(text)
    assert refused_with((str(tmp_path / "hosts.toml"),), cli.app) == 2
    told = capsys.readouterr().err
    assert says in told
    assert len(told.splitlines()) == 1

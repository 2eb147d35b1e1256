"""The menu's own decisions: which file belongs to whom, and a session's exit status."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nox
import pytest
from nox.command import CommandFailed

import noxfile
from reports.commands import made

NAMED = "caf\udce9 r.json"  # as a command names its result


@dataclass
class Session:
    """A session that records commands instead of running them; they may name a file and fail."""

    posargs: list[str] = field(default_factory=list)
    fails: dict[str, int] = field(default_factory=dict)  # module: its status
    writes: bool = True  # whether what measures names a result
    stops: bool = False  # by a Ctrl-C
    said: list[str] = field(default_factory=list)
    ran: list[tuple[str, ...]] = field(default_factory=list)
    waits: list[float | None] = field(default_factory=list)  # s after a Ctrl-C, before it kills

    def install(self, *_: str) -> None:
        """Install nothing, or fail to."""
        self.end("pip")

    def run(self, *words: str, **options: Any) -> None:
        """Record the command."""
        self.ran.append(words)
        self.waits.append(options.get("interrupt_timeout", 0.3))
        note = (options.get("env") or {}).get(made.NOTE)
        if note and self.writes:
            Path(note).write_bytes(NAMED.encode(errors="surrogateescape"))
        if note and self.stops:
            raise KeyboardInterrupt
        self.end(words[2])

    def end(self, module: str) -> None:
        """End as nox does if a command fails."""
        if module in self.fails:
            raise CommandFailed(f"Returned code {self.fails[module]}")

    def log(self, text: str) -> None:
        """Record the message."""
        self.said.append(text)

    @property
    def modules(self) -> list[str]:
        """Our modules that were run."""
        return [words[2] for words in self.ran]


MEASURING = [
    (noxfile.bench, "bench", "reports"),
    (noxfile.gate, "bench.gate", "reports.gate"),
    (noxfile.crosscheck, "bench", "reports.crosscheck"),
]


def status(what: Any, session: Session) -> int:
    """The exit status of a session."""
    try:
        what(session)
    except SystemExit as ended:
        return int(str(ended.code))
    return 0


@pytest.mark.parametrize(("what", "module", "renders"), MEASURING)
@pytest.mark.parametrize(
    "words", [[], ["-ox.json"], ["--out", "y.json"], ["--resume", "z.json.run"]]
)
def test_the_file_that_the_command_names_is_rendered(
    what: Any, module: str, renders: str, words: list[str]
) -> None:
    """However it was requested: the arguments are passed on unread."""
    session = Session(words)
    assert status(what, session) == 0
    assert session.modules == [module, renders]
    assert session.ran[0][len(session.ran[0]) - len(words) :] == tuple(words)
    assert session.ran[1][3:] == (NAMED,)


@pytest.mark.parametrize(("what", "module", "renders"), MEASURING)
@pytest.mark.parametrize(
    ("fails", "writes", "ends", "shown"),
    [
        ({}, True, 0, True),
        ({}, False, 0, False),  # --list, --explain
        ({"measures": 1}, True, 1, True),
        ({"measures": 2}, True, 2, True),
        ({"measures": 2}, False, 2, False),
        ({"measures": 1}, False, 2, False),  # Python's own: no such module, say
        ({"measures": -9}, True, 2, True),
        ({"renders": 1}, True, 2, True),
        ({"measures": 1, "renders": 2}, True, 1, True),  # what was measured is wrong all the same
        ({"pip": 1}, True, 2, None),
    ],
)
def test_1_means_that_something_measured_is_wrong(  # noqa: PLR0913, PLR0917
    what: Any,
    module: str,
    renders: str,
    fails: dict[str, int],
    writes: bool,  # noqa: FBT001
    ends: int,
    shown: bool | None,  # noqa: FBT001
) -> None:
    """Neither a failed install nor a failed report ends so."""
    names = {"measures": module, "renders": renders, "pip": "pip"}
    session = Session(fails={names[key]: code for key, code in fails.items()}, writes=writes)
    assert status(what, session) == ends
    assert session.modules == ([] if shown is None else [module, renders] if shown else [module])


@pytest.mark.parametrize(("fails", "ends"), [({}, 0), ({"workloads": 2}, 2), ({"pip": 1}, 2)])
def test_captures_go_to_the_command_as_they_are_named(fails: dict[str, int], ends: int) -> None:
    """What it cannot read ends the session with its status; it measures nothing."""
    session = Session(["a.pcap", "-o", "x.shapes.json"], fails=fails)
    assert status(noxfile.shapes, session) == ends
    words = ("python", "-m", "workloads", "a.pcap", "-o", "x.shapes.json")
    assert session.ran == ([] if "pip" in fails else [words])


@pytest.mark.parametrize(
    ("fails", "ends"), [({}, 0), ({"bench.check": 1}, 1), ({"bench.check": 2}, 2), ({"pip": 1}, 2)]
)
def test_a_check_ends_with_1_if_a_layout_is_wrong(fails: dict[str, int], ends: int) -> None:
    """And with 2 if that could not be told."""
    session = Session(["--layout", "x.c"], fails=fails)
    assert status(noxfile.check, session) == ends
    words = ("python", "-m", "bench.check", "--layout", "x.c")
    assert session.ran == ([] if "pip" in fails else [words])


@pytest.mark.parametrize("writes", [True, False])
def test_a_run_that_is_stopped_says_how_to_read_it(*, writes: bool) -> None:
    """If there is anything to read; nothing else is run."""
    session = Session(writes=writes, stops=True)
    with pytest.raises(KeyboardInterrupt):
        noxfile.bench(session)
    assert session.modules == ["bench"]
    told = [f"what was measured so far: nox -s report -- {NAMED}"]
    assert session.said == (told if writes else [])


def test_menu_and_commands_agree_on_the_variable() -> None:
    """The menu's Python may lack the packages of commands."""
    assert noxfile.NOTE == made.NOTE


def test_a_command_names_its_result_for_a_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the file that the variable names, and on its output as always."""
    made.made(Path("r.json"))
    monkeypatch.setenv(made.NOTE, str(tmp_path / "note"))
    made.made(Path("s.json"))
    assert capsys.readouterr().out == "r.json\ns.json\n"
    assert (tmp_path / "note").read_text() == "s.json"


def test_whatever_writes_a_result_names_it() -> None:
    """Otherwise the menu would show nothing."""
    root = Path(noxfile.__file__).parent
    for path in "bench/cli.py", "bench/gate/cli.py":
        assert re.search(r"^\s+made\(", (root / path).read_text(), re.MULTILINE)


@pytest.mark.parametrize("what", [noxfile.bench, noxfile.gate, noxfile.gate_power, noxfile.method])
def test_what_measures_ends_a_ctrl_c_by_itself(what: Any) -> None:
    """Writing the result takes longer than nox waits by default."""
    session = Session(["--list"], writes=False)
    what(session)
    assert session.waits[0] is None


def test_both_kinds_of_test_go_to_whoever_is_free() -> None:
    """Files differ too much in duration to stay whole, and ``slow`` takes what ``tests`` leaves."""
    fast, slow = Session(["-x"]), Session()
    noxfile.tests(fast)
    noxfile.slow(slow)
    assert fast.ran == [("pytest", *noxfile.SPREAD, "-x")]
    assert slow.ran == [("pytest", "-m", "slow", *noxfile.SPREAD)]


def test_what_lands_has_passed_the_slow_tests_too() -> None:
    """And last the README's command, whose summary ends the output."""
    lines = (Path(noxfile.__file__).parent / ".ci" / "run").read_text().splitlines()
    assert lines.index('python3 -m nox -s tests -- -m "slow and not long"') < len(lines) - 1
    assert lines[-1] == 'eval "$command"'


@pytest.mark.parametrize("what", [noxfile.gate_power, noxfile.method])
def test_a_look_at_what_is_there_writes_no_document(what: Any) -> None:
    """``--list`` only lists."""
    session = Session(["--list"])
    what(session)
    assert len(session.ran) == 1


@pytest.mark.parametrize(
    ("fails", "writes", "ends"),
    [
        ({}, True, 0),
        ({"bench.fleet": 1}, True, 1),
        ({"bench.fleet": 1}, False, 2),  # Python's own
        ({"bench.fleet": 2}, False, 2),
        ({"pip": 1}, False, 2),
    ],
)
def test_a_fleet_ends_with_1_where_a_host_has_failed(
    fails: dict[str, int],
    writes: bool,  # noqa: FBT001
    ends: int,
) -> None:
    """The command makes its page itself, of as many files as there are."""
    session = Session(["hosts.toml", "--quick"], fails=fails, writes=writes)
    assert status(noxfile.fleet, session) == ends
    words = ("python", "-m", "bench.fleet", "hosts.toml", "--quick")
    assert session.ran == ([] if "pip" in fails else [words])


def test_the_menu_fits_a_terminal() -> None:
    """A line of ``nox -l`` is at most 80 columns wide: a wider one breaks within a word."""
    menu = nox.registry.get()
    assert "bench" in menu
    lines = [f"- {name} -> {(one.__doc__ or '').splitlines()[0]}" for name, one in menu.items()]
    assert [line for line in lines if len(line) > 80] == []

"""The menu's own decisions: which file is whose, and with what a session ends."""

import gzip
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from nox.command import CommandFailed

import noxfile


@dataclass
class Session:
    """A session that runs nothing: what is asked of it is kept, and may write a file and fail."""

    posargs: list[str] = field(default_factory=list)
    fails: str = ""  # the module that does
    writes: dict[str, Any] | None = None  # what that module leaves in its file
    stops: bool = False  # by a Ctrl-C
    said: list[str] = field(default_factory=list)
    ran: list[tuple[str, ...]] = field(default_factory=list)
    waits: list[float | None] = field(default_factory=list)  # s after a Ctrl-C, before it kills

    def install(self, *_: str) -> None:
        """Install nothing."""

    def run(self, *words: str, **options: Any) -> None:
        """Keep what was to be run."""
        self.ran.append(words)
        self.waits.append(options.get("interrupt_timeout", 0.3))
        if self.fails in words:
            if self.writes is not None:
                out, data = Path(words[words.index("-o") + 1]), json.dumps(self.writes).encode()
                out.write_bytes(gzip.compress(data) if out.suffix == ".gz" else data)
            raise KeyboardInterrupt if self.stops else CommandFailed("told to")

    def log(self, text: str) -> None:
        """Keep what was said."""
        self.said.append(text)

    @property
    def modules(self) -> list[str]:
        """Return which of our modules were run."""
        return [words[2] for words in self.ran]


@pytest.mark.parametrize(
    ("words", "file"),
    [
        ([], None),
        (["--quick"], None),
        (["--quick", "-o", "x.json"], "x.json"),
        (["--output", "x.json", "--quick"], "x.json"),
        (["--output=x.json"], "x.json"),
        (["--resume", "x.json"], "x.json"),
        (["--resume=x.json"], "x.json"),
        (["-o"], ""),
    ],
)
def test_a_file_is_the_users_or_added(words: list[str], file: str | None) -> None:
    """As README's first command has no words at all."""
    asked, out = noxfile._output(Session(words), "json.gz")  # type: ignore[arg-type]
    if file is None:
        assert asked == [*words, "-o", out]
        assert out.startswith("results/local/")
    else:
        assert (asked, out) == (words, file)


def test_a_run_that_is_wrong_is_reported_and_red(tmp_path: Path) -> None:
    """What was measured is there; a session that ends well says that nothing is wrong."""
    out = tmp_path / "r.json.gz"
    session = Session(["-o", str(out)], fails="bench", writes={})
    with pytest.raises(CommandFailed):
        noxfile.bench(session)
    assert session.modules == ["bench", "reports"]


def test_a_run_that_is_stopped_says_how_to_read_it(tmp_path: Path) -> None:
    """Its file is there, and nothing else is run."""
    out = tmp_path / "r.json.gz"
    session = Session(["-o", str(out)], fails="bench", writes={}, stops=True)
    with pytest.raises(KeyboardInterrupt):
        noxfile.bench(session)
    assert session.modules == ["bench"]
    assert session.said == [f"what was measured so far: nox -s report -- {out}"]


def test_a_run_that_wrote_nothing_is_red() -> None:
    """There is nothing to report."""
    session = Session(fails="bench")
    with pytest.raises(CommandFailed):
        noxfile.bench(session)
    assert session.modules == ["bench"]


@pytest.mark.parametrize("status", [1, 2])
@pytest.mark.parametrize("name", ["r.gate.json.gz", "r.json"])
def test_a_gate_ends_as_its_file_says(tmp_path: Path, name: str, status: int) -> None:
    """Reported, and with its own status."""
    out = tmp_path / name
    session = Session(["-o", str(out)], fails="bench.gate", writes={"status": status})
    with pytest.raises(SystemExit) as ended:
        noxfile.gate(session)
    assert ended.value.code == status
    assert session.modules == ["bench.gate", "reports.gate"]


@pytest.mark.parametrize("earlier", [True, False])
def test_a_gate_that_refuses_is_no_pass(tmp_path: Path, *, earlier: bool) -> None:
    """Nor is a file that was there before taken for its own."""
    out = tmp_path / "r.gate.json.gz"
    if earlier:
        out.write_bytes(gzip.compress(b'{"status": 0}'))
    session = Session(["-o", str(out)], fails="bench.gate")
    with pytest.raises(SystemExit) as ended:
        noxfile.gate(session)
    assert ended.value.code == 2
    assert session.modules == ["bench.gate"]


@pytest.mark.parametrize("what", [noxfile.bench, noxfile.gate, noxfile.gate_power, noxfile.method])
def test_what_measures_ends_a_ctrl_c_by_itself(what: Any) -> None:
    """Writing what was measured takes longer than nox waits by default."""
    session = Session(["--list"])
    what(session)
    assert session.waits[0] is None


def test_both_kinds_of_test_go_to_whoever_is_free() -> None:
    """Files differ too much in length to stay whole, and ``slow`` takes what ``tests`` leaves."""
    fast, slow = Session(["-x"]), Session()
    noxfile.tests(fast)
    noxfile.slow(slow)
    assert fast.ran == [("pytest", *noxfile.SPREAD, "-x")]
    assert slow.ran == [("pytest", "-m", "slow", *noxfile.SPREAD)]


def test_what_lands_has_passed_the_slow_tests_too() -> None:
    """And last the README's command, whose summary ends what is printed."""
    lines = (Path(noxfile.__file__).parent / ".ci" / "run").read_text().splitlines()
    assert lines.index("python3 -m nox -s slow") < len(lines) - 1
    assert lines[-1] == 'eval "$command"'


@pytest.mark.parametrize("what", [noxfile.gate_power, noxfile.method])
def test_a_look_at_what_is_there_writes_no_document(what: Any) -> None:
    """``--list`` only lists."""
    session = Session(["--list"])
    what(session)
    assert len(session.ran) == 1

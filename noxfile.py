"""The menu: ``nox -l``. Everything runs from this checkout; an install brings dependencies only."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["tests"]
nox.options.reuse_venv = "yes"
nox.options.error_on_external_run = True

PYPROJECT = nox.project.load_toml("pyproject.toml")
os.environ.pop("PYTHONSAFEPATH", None)  # it would keep this checkout off Python's path
SPREAD = ("--numprocesses", "auto", "--dist", "worksteal")  # idle ones take tests from others
LAYOUT_TESTS = (
    *(f"tests/kernels/test_{name}.py" for name in ("kernels", "native", "aarch64")),
    "tests/strategies/test_facts.py",
)
WRONG, CANNOT_SAY = 1, 2  # exit statuses: something measured is wrong; nothing could be said
NOTE = "SG_RING_RESULT"  # variable of reports.commands.made: where it writes the path


def install(session: nox.Session, *groups: str) -> None:
    """Install the project's dependencies and those of the named groups."""
    extra = (name for group in groups for name in nox.project.dependency_groups(PYPROJECT, group))
    session.install("-e", ".", *extra)


def measure(session: nox.Session, *words: str, env: dict[str, str] | None = None) -> None:
    """Run what a Ctrl-C ends in good order; nox would kill it half a second later."""
    session.run("python", "-m", *words, env=env, interrupt_timeout=None)


def measured(session: nox.Session, *words: str) -> tuple[int, str]:
    """Run what writes a result; its status, and the result's path, empty if none was written."""
    status = 0
    with tempfile.TemporaryDirectory(prefix="sg-ring-nox-") as folder:
        note = Path(folder) / "result"
        try:
            measure(session, *words, env={NOTE: str(note)})
        except CommandFailed as failed:
            wrong = note.exists() and str(failed) == f"Returned code {WRONG}"
            status = WRONG if wrong else CANNOT_SAY
        except KeyboardInterrupt:
            if note.exists():
                session.log(f"what was measured so far: nox -s report -- {_path(note)}")
            raise
        return status, _path(note) if note.exists() else ""


def _path(note: Path) -> str:
    return os.fsdecode(note.read_bytes())


@contextmanager
def ending(status: int = 0) -> Iterator[None]:
    """End with a status, 2 where a step fails that measures nothing; nox's own is 1 for all."""
    try:
        yield
    except CommandFailed:
        sys.exit(status or CANNOT_SAY)
    if status:
        sys.exit(status)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure and report, 5 minutes (-- --quick: 1, --rigorous: up to 60)."""
    with ending():
        install(session)
    status, out = measured(session, "bench", *session.posargs)
    with ending(status):
        if out:  # --list writes none; where it is wrong, the report says what
            session.run("python", "-m", "reports", out)


@nox.session
def fleet(session: nox.Session) -> None:
    """Measure many machines, one page: -- hosts.toml [--status]."""
    with ending():
        install(session)
    status, _ = measured(session, "bench.fleet", *session.posargs)
    with ending(status):
        pass


@nox.session
def shapes(session: nox.Session) -> None:
    """Requests of captures, for bench --shapes: -- FILE... -o NAME."""
    with ending():
        install(session)
        session.run("python", "-m", "workloads", *session.posargs)


@nox.session
def report(session: nox.Session) -> None:
    """Render a result without measuring, or several: -- FILE... [-o DIR]."""
    with ending():
        install(session)
        session.run("python", "-m", "reports", *session.posargs)


@nox.session
def site(session: nox.Session) -> None:
    """Build the archive of all published runs: nox -s site [-- -o DIR]."""
    install(session)
    session.run("python", "-m", "reports.site", "results/published", "--reports", *session.posargs)


@nox.session
def crosscheck(session: nox.Session) -> None:
    """Numba against each C compiler, cell by cell and like for like."""
    with ending():
        install(session)
    asked = ("--quick", "--backend", "all", "--phase", "map", "--phase", "add")
    status, out = measured(session, "bench", *asked, *session.posargs)
    with ending(status):
        if out:
            session.run("python", "-m", "reports.crosscheck", out)


@nox.session
def slow(session: nox.Session) -> None:
    """Tests that take minutes: long runs, and other machines' view."""
    install(session, "test")
    session.run("pytest", "-m", "slow", *SPREAD, *session.posargs)


@nox.session
def counts(session: nox.Session) -> None:
    """Instructions per request under callgrind, exact: [-- RESULT]."""
    with ending():
        install(session)
        session.run("python", "-m", "bench.counts", *session.posargs)


@nox.session
def method(session: nox.Session) -> None:
    """How finely runs agree: 90 minutes, resumable (-- --study NAME)."""
    install(session)
    measure(session, "bench.studies.method", *session.posargs)
    if "--list" in session.posargs:
        return
    kept = ("-o", "results/method", "--document", "docs/method.md")  # of all kinds of processor
    session.run("python", "-m", "reports.method", "results/local/method", *kept)


@nox.session
def gate(session: nox.Session) -> None:
    """Slower than the merge base? 3 minutes (-- --quick, --base REF)."""
    with ending():
        install(session)
    status, out = measured(session, "bench.gate", *session.posargs)
    with ending(status):
        if out:  # --explain writes none
            session.run("python", "-m", "reports.gate", out)


@nox.session(name="gate-power")
def gate_power(session: nox.Session) -> None:
    """How often the gate errs: 3 hours, resumable (-- --study NAME)."""
    install(session)
    measure(session, "bench.studies.gate_power", *session.posargs)
    if "--list" in session.posargs:
        return
    session.run("python", "-m", "bench.studies.gate_model")
    every = ("results/gate-power", "--document", "docs/gate.md")
    session.run("python", "-m", "reports.gate.power", *every)


@nox.session
def tests(session: nox.Session) -> None:
    """Prove the suite right: kernels against the oracle, tools, pages."""
    install(session, "test")
    session.run("pytest", *SPREAD, *session.posargs)


@nox.session
def layout(session: nox.Session) -> None:
    """Hold one layout to oracle, twin, facts and style: -- NAME[FORM]."""
    if len(session.posargs) != 1:
        session.error("say which layout: nox -s layout -- NAME")
    install(session, "test", "lint")
    (name,) = session.posargs
    session.run("ruff", "check", "strategies")
    session.run("pytest", "-q", *LAYOUT_TESTS, "--layout", name)


@nox.session
def check(session: nox.Session) -> None:
    """Hold your layout to the oracle, time nothing: -- --layout FILE."""
    with ending():
        install(session)
    try:
        measure(session, "bench.check", *session.posargs)
    except CommandFailed as failed:
        sys.exit(WRONG if str(failed) == f"Returned code {WRONG}" else CANNOT_SAY)


@nox.session
def browser(session: nox.Session) -> None:
    """Read the page in Chromium as its readers do; part of the tests."""
    install(session, "test")
    session.run("pytest", "tests/reports/page/test_browser.py", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Hold the code to its style."""
    session.install(*nox.project.dependency_groups(PYPROJECT, "lint"))  # and nothing of ours
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly."""
    install(session, "test", "types")
    session.run("mypy")


@nox.session
def speed(session: nox.Session) -> None:
    """A developer's quick look at add_buf; not for publishing."""
    install(session, "test")
    session.run("pytest", "tests/whole/test_speed.py", "--benchmark-enable", *session.posargs)


@nox.session
def stock(session: nox.Session) -> None:
    """Three cells through an unmodified pyperf Runner, next to ours."""
    install(session)
    folder = Path(session.create_tmp())
    ours, stock = folder / "ours.json", folder / "ours.stock.json"
    for path in (ours, stock):
        path.unlink(missing_ok=True)
    session.run("python", "-m", "bench", "--quick", "--phase", "add", "-o", str(ours))
    quiet = ("--quiet", "-o", str(stock))
    session.run("python", "-m", "bench.studies.stock", *quiet, *session.posargs)
    session.run("python", "-m", "reports.stock", str(ours), str(stock))
    session.run("python", "-m", "reports", str(ours))

"""The menu: ``nox -l``. Everything runs from this checkout; an install brings dependencies only."""

import gzip
import json
import os
import sys
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2025.2.9"
nox.options.sessions = ["tests"]
nox.options.reuse_venv = "yes"
nox.options.error_on_external_run = True

PYPROJECT = nox.project.load_toml("pyproject.toml")
os.environ.pop("PYTHONSAFEPATH", None)  # it would keep this checkout off Python's path
SPREAD = ("--numprocesses", "auto", "--dist", "worksteal")  # whoever has no test left takes some
LAYOUT_TESTS = ("tests/test_kernels.py", "tests/test_native.py", "tests/test_facts.py")
CANNOT_SAY = 2  # exit status of a gate that names why it cannot compare


def install(session: nox.Session, *groups: str) -> None:
    """Install the project's dependencies and those of the named groups."""
    extra = (name for group in groups for name in nox.project.dependency_groups(PYPROJECT, group))
    session.install("-e", ".", *extra)


def measure(session: nox.Session, *words: str) -> None:
    """Run what a Ctrl-C ends in good order; nox would kill it half a second later."""
    session.run("python", "-m", *words, interrupt_timeout=None)


@nox.session
def bench(session: nox.Session) -> None:
    """Measure this machine, 5 minutes (-- --quick: 1, -- --rigorous: 60), and report."""
    install(session)
    words, out = _output(session, "json.gz")
    before = _stamp(out)  # a file that was there is not this run's, unless it goes on with it
    try:
        measure(session, "bench", *words)
    except CommandFailed:
        if _stamp(out) != before:
            session.run("python", "-m", "reports", out)  # it says what was wrong, or is missing
        raise
    except KeyboardInterrupt:
        if _stamp(out) != before:
            session.log(f"what was measured so far: nox -s report -- {out}")
        raise
    if Path(out).exists():  # --list writes none
        session.run("python", "-m", "reports", out)


@nox.session
def report(session: nox.Session) -> None:
    """Render a result again without measuring: nox -s report -- FILE [-o DIR]."""
    install(session)
    session.run("python", "-m", "reports", *session.posargs)


@nox.session
def site(session: nox.Session) -> None:
    """Build the archive of all published runs: nox -s site [-- -o DIR]."""
    install(session, "site")
    session.run("python", "-m", "reports.site", "results/published", "--reports", *session.posargs)


@nox.session
def crosscheck(session: nox.Session) -> None:
    """Numba against each C compiler, cell by cell and like for like."""
    install(session)
    words, out = _output(session, "crosscheck.json.gz")
    asked = ("--quick", "--backend", "all", "--phase", "map", "--phase", "add")
    measure(session, "bench", *asked, *words)
    session.run("python", "-m", "reports.crosscheck", out)


@nox.session
def slow(session: nox.Session) -> None:
    """Tests that take minutes: long runs of what the others prove, and other machines' view."""
    install(session, "test")
    session.run("pytest", "-m", "slow", *SPREAD, *session.posargs)


@nox.session
def counts(session: nox.Session) -> None:
    """Instructions per request under callgrind, exact: nox -s counts [-- RESULT]."""
    install(session)
    session.run("python", "-m", "bench.counts", *session.posargs)


@nox.session
def method(session: nox.Session) -> None:
    """How finely whole runs agree: an hour and a half of them, resumable (-- --study NAME)."""
    install(session)
    measure(session, "bench.method", *session.posargs)
    if "--list" in session.posargs:
        return
    kept = ("-o", "results/method", "--document", "docs/method.md")
    session.run("python", "-m", "reports.method", "results/local/method", *kept)


@nox.session
def gate(session: nox.Session) -> None:
    """Is the working tree slower than the merge base? 3 minutes (-- --quick, --base REF, ...)."""
    install(session)
    words, out = _output(session, "gate.json.gz")
    before = _stamp(out)
    try:
        measure(session, "bench.gate", *words)
    except CommandFailed:
        if _stamp(out) == before:
            sys.exit(CANNOT_SAY)  # nox itself knows but 0 and 1
        session.run("python", "-m", "reports.gate", out)
        data = Path(out).read_bytes()
        sys.exit(json.loads(gzip.decompress(data) if out.endswith(".gz") else data)["status"])
    if Path(out).exists():  # --explain writes none
        session.run("python", "-m", "reports.gate", out)


@nox.session(name="gate-power")
def gate_power(session: nox.Session) -> None:
    """How often the gate errs and what it finds: 3 hours of gates, resumable (-- --study NAME)."""
    install(session)
    measure(session, "bench.gate.power", *session.posargs)
    if "--list" in session.posargs:
        return
    session.run("python", "-m", "bench.gate.model")
    every = ("results/gate-power", "--document", "docs/gate.md")
    session.run("python", "-m", "reports.gate_power", *every)


@nox.session
def tests(session: nox.Session) -> None:
    """Prove the suite right: every kernel against the oracle, every tool against its faults."""
    install(session, "test")
    session.run("pytest", *SPREAD, *session.posargs)


@nox.session
def layout(session: nox.Session) -> None:
    """Hold one layout to oracle, twin, facts and style: nox -s layout -- NAME[FORM]."""
    if len(session.posargs) != 1:
        session.error("say which layout: nox -s layout -- NAME")
    install(session, "test", "lint")
    (name,) = session.posargs
    session.run("ruff", "check", "strategies")
    session.run("pytest", "-q", *LAYOUT_TESTS, "--layout", name)


@nox.session
def browser(session: nox.Session) -> None:
    """Read the page as its readers do, in the machine's own Chromium; part of the tests too."""
    install(session, "test")
    session.run("pytest", "tests/test_browser.py", *session.posargs)


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
    """A developer's quick look at add_buf by pytest-benchmark; not for publishing."""
    install(session, "test")
    session.run("pytest", "tests/test_speed.py", "--benchmark-enable", *session.posargs)


@nox.session
def stock(session: nox.Session) -> None:
    """Three cells through an unmodified pyperf Runner, for whoever trusts pyperf more than us."""
    install(session)
    folder = Path(session.create_tmp())
    ours, stock = folder / "ours.json", folder / "ours.stock.json"
    for path in (ours, stock):
        path.unlink(missing_ok=True)
    session.run("python", "-m", "bench", "--quick", "--phase", "add", "-o", str(ours))
    session.run("python", "-m", "bench.stock", "--quiet", "-o", str(stock), *session.posargs)
    session.run("python", "-m", "reports.stock", str(ours), str(stock))
    session.run("python", "-m", "reports", str(ours))


def _stamp(file: str) -> int:
    """Return when a file was written, 0 if it is not there."""
    return Path(file).stat().st_mtime_ns if Path(file).exists() else 0


def _output(session: nox.Session, ending: str) -> tuple[list[str], str]:
    """Return the words of the user, and the result file they name or that is added to them."""
    for option, value in pairwise([*session.posargs, ""]):
        if option in {"-o", "--output", "--resume"}:
            return session.posargs, value
        if option.startswith(("--output=", "--resume=")):
            return session.posargs, option.partition("=")[2]
    out = f"results/local/{datetime.now().astimezone():%Y-%m-%d-%H%M%S}.{ending}"
    return [*session.posargs, "-o", out], out

"""The user's settings change nothing: locale, time zone, matplotlib, Python's own."""

import ast
import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from bench import children, cli, options
from bench.gate import cli as gate
from bench.paths import ROOT
from reports.read.result import load
from reports.read.text import ResultError
from tests.fake import synthetic

SOURCES = [
    path
    for package in ("bench", "reports", "strategies", "workloads")
    for path in sorted((ROOT / package).rglob("*.py"))
]
LEGACY = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
MATPLOTLIBRC = "\n".join(
    (
        *("text.usetex: True", "axes.grid: True", "font.size: 30", "lines.linewidth: 9"),
        *("svg.fonttype: none", "savefig.dpi: 7", "savefig.bbox: tight", "timezone: Asia/Tokyo"),
    )
)
HOSTILE = LEGACY | {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # a notebook's
    "MATPLOTLIBRC": "latin",  # which is not UTF-8
    "TZ": "Asia/Tokyo",
    "HOME": "/nonexistent",
}


def run(place: Path, *words: str, **settings: str) -> None:
    """Run a module in a folder, with settings, and check that it succeeds."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)} | settings
    command = [sys.executable, "-m", *words]
    ended = subprocess.run(
        command, cwd=place, env=environment, capture_output=True, check=False, encoding="utf-8"
    )
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr


def files(folder: Path) -> dict[str, bytes]:
    """The files of a folder, by path."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a small result in a folder of its own."""
    return synthetic.write(tmp_path_factory.mktemp("ambience") / "r.json")


@pytest.fixture(scope="module")
def report(result: Path) -> dict[str, bytes]:
    """Give the report made with the tests' own settings."""
    run(result.parent, "reports", "r.json", "-o", "plain")
    return files(result.parent / "plain")


def test_settings_change_no_byte_of_a_report(
    tmp_path: Path, result: Path, report: dict[str, bytes]
) -> None:
    """Pages, tables and figures depend only on the result."""
    (tmp_path / "latin").write_bytes(b"font.size: 30\n# \xe9\n")
    run(tmp_path, "reports", str(result), "-o", "out", **HOSTILE)
    assert files(tmp_path / "out") == report


def test_a_matplotlibrc_in_the_folder_changes_no_byte_of_a_report(
    tmp_path: Path, result: Path, report: dict[str, bytes]
) -> None:
    """Matplotlib reads this one first; figures still start from its defaults."""
    (tmp_path / "matplotlibrc").write_text(MATPLOTLIBRC, encoding="utf-8")
    run(tmp_path, "reports", str(result), "-o", "out", MPLBACKEND="nonsense")
    assert files(tmp_path / "out") == report


def test_a_site_is_made_in_a_legacy_locale(tmp_path: Path) -> None:
    """Its templates and its state are UTF-8 everywhere."""
    run(tmp_path, "reports.site", str(ROOT / "results" / "published"), "-o", "out", **LEGACY)
    run(tmp_path, "reports.site", str(ROOT / "results" / "published"), "-o", "utf-8")
    assert files(tmp_path / "out") == files(tmp_path / "utf-8")


def unsaid(call: ast.Call) -> bool:
    """Whether a call reads or writes text without naming the encoding."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    named = {word.arg for word in call.keywords}
    if "encoding" in named:
        return False
    strings = [a.value for a in call.args if isinstance(a, ast.Constant)]
    return {
        "read_text": "utf-8" not in strings,
        "write_text": "utf-8" not in strings,
        "open": not any("b" in str(mode) for mode in strings),
    }.get(name, False)


def calls(path: Path) -> Iterator[ast.Call]:
    """Every call in a file."""
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    yield from (node for node in tree if isinstance(node, ast.Call))


def test_all_text_says_its_encoding() -> None:
    """No file is read or written with the encoding of the locale."""
    found = ((path, call) for path in SOURCES for call in calls(path))
    assert [f"{path}:{call.lineno}" for path, call in found if unsaid(call)] == []


def test_children_find_our_packages_whatever_keeps_python_safe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """PYTHONSAFEPATH would keep the checkout off their path; everything else is passed on."""
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    monkeypatch.setenv("OTHER", "kept")
    environment = children.environment()
    assert "PYTHONSAFEPATH" not in environment
    assert (environment["OTHER"], environment[children.PARENT]) == ("kept", str(os.getpid()))


@pytest.mark.parametrize("option", ["v", "d"])
def test_a_limit_under_which_compiling_may_never_end_is_refused(
    monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    """The line names the shell's option for the limit, and a sufficient value."""
    limit = dict(options.ADDRESS_LIMITS)[option]
    most = {limit: 400_000 << 10}
    monkeypatch.setattr(resource, "getrlimit", lambda one: (most.get(one, -1), -1))
    says = f"ulimit -{option} 400000 is too little.* allow 1048576"
    with pytest.raises(options.UsageError, match=says):
        options.check_system()
    most[limit] = options.ADDRESSES_MIN
    options.check_system()


def test_without_proc_the_line_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Not just an error number."""
    monkeypatch.setattr(options, "PROC", tmp_path / "none")
    with pytest.raises(options.UsageError, match=r"/proc is not mounted, .*: mount it"):
        options.check_system()


@pytest.mark.parametrize("app", [cli.app, gate.app])
def test_a_negative_seed_is_refused_by_its_option(app: typer.Typer) -> None:
    """The line names the option, before anything is compiled."""
    ended = CliRunner().invoke(app, ["--seed", "-1"])
    assert ended.exit_code == 2
    assert "--seed" in ended.output


def test_a_byte_order_mark_is_no_fault(tmp_path: Path, result: Path) -> None:
    """Some editors write one."""
    marked = tmp_path / "marked.json"
    marked.write_bytes(b"\xef\xbb\xbf" + result.read_bytes())
    assert len(load(marked).values) == len(load(result).values)


def test_metadata_of_a_foreign_kind_is_named(tmp_path: Path, result: Path) -> None:
    """The line names the key with a list: pyperf cannot read such a file, either."""
    data = json.loads(result.read_text(encoding="utf-8"))
    data.setdefault("metadata", {})["load"] = [1, 2]
    other = tmp_path / "other.json"
    other.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ResultError, match="its metadata load is a list, which pyperf has no"):
        load(other)

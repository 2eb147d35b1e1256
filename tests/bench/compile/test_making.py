"""Cached kernels: found by everything they are made from, on whichever core that was."""

import os
import shutil
import subprocess
import sys
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import experiments
from bench.compile import build, making
from bench.compile.making import KernelJob, MakingError, made
from bench.kit import Kit, load
from bench.paths import ROOT
from bench.plan import Selection
from strategies.compile import kept
from strategies.compile.code import Code
from strategies.compile.kept import FRESH, Store

PLAN = Selection(
    experiments=("core",),
    workloads=("console",),
    strategies=("flat_array", "noop"),
    backends=("numba",),
    phases=("add",),
    quick=True,
    seed=1,
)
KEY_OF = "from bench.compile.build import key_of; from bench.plan import Selection"
NOOP = [KernelJob(kernel, strategy="noop") for kernel in ("map", "add_buf")]


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Give an empty store."""
    own = Store(tmp_path / "store")
    monkeypatch.delenv(FRESH, raising=False)
    monkeypatch.setattr(kept, "store", lambda: own)
    return own


def uncompilable(*_: object) -> Code:
    """Replace compiling where nothing may be compiled."""
    pytest.fail("it was compiled")


def test_a_kernel_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time it is cached, which shows as a time of 0."""
    first = made(NOOP)
    assert all(one.seconds for one in first.values())
    monkeypatch.setattr(making, "_compiled", uncompilable)
    again = made(NOOP)
    assert {job: one.code for job, one in again.items()} == {j: o.code for j, o in first.items()}
    assert {one.seconds for one in again.values()} == {None}


def test_many_are_compiled_on_all_cores_and_are_the_same_code(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A separate process or this one: the code is the same."""
    here = made(NOOP)
    monkeypatch.setattr(making, "FEW", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    other = Store(tmp_path / "other")
    monkeypatch.setattr(kept, "store", lambda: other)
    elsewhere = made(NOOP)
    assert {job: one.code for job, one in elsewhere.items()} == {j: o.code for j, o in here.items()}
    assert all(one.seconds for one in elsewhere.values())


def test_a_lost_process_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """If it is killed for lack of memory, the run ends, and the line says so."""
    monkeypatch.setattr(making, "FEW", 0)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(making, "BEGUN", "other sources than those of the processes to come")
    with pytest.raises(MakingError, match="a compiling process died"):
        made(NOOP)


def test_the_driver_is_made_of_these_files_of_the_bench() -> None:
    """If one were not named, it could be edited while the old harness stayed in use."""
    listed = "print(*(name for name in sys.modules if name.startswith('bench.')))"
    roots = "bench.driver.driver, bench.driver.sentinels, bench.driver.stack"
    script = f"import sys, {roots}; {listed}"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    apart = [name for name in done.stdout.split() if not f"{name}.".startswith("bench.driver.")]
    assert not apart


@pytest.mark.parametrize(
    "name",
    [
        "strategies/linux/mapping.py",
        "strategies/compile/codegen.py",
        "bench/driver/experiment_turns.py",
    ],
)
def test_an_edited_helper_is_another_kernel(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any helper, of kernels or of the driver."""
    copy = tmp_path / "checkout"
    for folder in ("strategies", "bench"):
        for path in (ROOT / folder).rglob("*.py"):
            target = copy / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    monkeypatch.setattr(making, "ROOT", copy)
    before = making.sources()
    assert before == making.BEGUN
    with (copy / name).open("a") as file:
        file.write("# edited\n")
    assert making.sources() != before


@pytest.mark.parametrize("what", ["BEGUN", "PACKAGES"])
def test_other_sources_or_versions_are_another_kernel(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither is mistaken for the other."""
    before = making._key(NOOP[0])
    monkeypatch.setattr(making, what, "another")
    assert making._key(NOOP[0]) != before
    assert len({making._key(job) for job in NOOP}) == 2


def test_what_was_edited_while_it_was_compiled_is_not_kept(
    monkeypatch: pytest.MonkeyPatch, store: Store
) -> None:
    """Its code may be from either source."""
    monkeypatch.setattr(making, "sources", lambda: "edited")
    made(NOOP)
    assert not store.folder.exists()


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the plan's kit, to copy."""
    folder = tmp_path_factory.mktemp("warm")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kept, "store", lambda: Store(folder / "store"))
        patch.delenv(FRESH, raising=False)
        assert set(provided(folder).compile_s) == {"flat_array@numba", "noop@numba"}
    return folder


@pytest.fixture
def first(warm: Path, store: Store) -> Kit:
    """Give the kit, and a store that caches it."""
    shutil.copytree(warm / "store", store.folder)
    return load(warm / "kit.json")


def provided(folder: Path, **change: Any) -> Kit:
    """A plan's kit, as the compiling process writes it."""
    out = folder / "kit.json"
    build.provide(replace(PLAN, **change), out)
    return load(out)


def test_a_kit_is_made_and_checked_once(
    first: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second time it is the same, except for the seed and its durations."""
    monkeypatch.setattr(build, "build", uncompilable)
    again = provided(tmp_path, seed=2)
    assert again.seed == 2
    assert again.compile_s == {}
    taken = ("build_s", "build_peak_bytes")
    facts = {name: value for name, value in first.facts.items() if name not in taken}
    assert again.facts == facts | {name: again.facts[name] for name in taken}
    assert replace(again, seed=1, facts={}) == replace(first, compile_s={}, facts={})


def test_a_kit_with_a_flipped_byte_of_code_is_made_anew(
    first: Kit, tmp_path: Path, store: Store
) -> None:
    """The checked bytes are timed: others are detected before they run."""
    path = store.folder / build.key_of(PLAN)
    text = b64encode(first.codes["flat_array@numba/add_buf"].text)
    data = path.read_bytes()
    assert data.count(text) == 1
    path.write_bytes(data.replace(text, b"zMzM" + text[4:]))
    assert provided(tmp_path).codes == first.codes
    assert text in path.read_bytes()


def test_a_kit_in_which_the_oracle_refused_a_kernel_is_not_kept(
    first: Kit, tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is checked again in every run."""
    path = store.folder / build.key_of(PLAN)
    path.unlink()
    wrong = replace(first, refused={"flat_array@numba console/put_chars": "wrong"})
    monkeypatch.setattr(build, "build", lambda _: wrong)
    assert provided(tmp_path).refused == wrong.refused
    assert not path.exists()


def test_fresh_makes_everything_anew(
    first: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kit and each kernel, although they are cached."""
    made(NOOP)
    monkeypatch.setenv(FRESH, "1")
    assert all(one.seconds for one in made(NOOP).values())
    other = replace(first, experiments="built anew")
    monkeypatch.setattr(build, "build", lambda _: other)
    assert provided(tmp_path).experiments == "built anew"


def test_a_kits_key_is_the_same_in_every_process() -> None:
    """No address, set order or seed is in it, for any experiment."""
    every = replace(PLAN, experiments=tuple(experiments.load()), backends=("numba", "gcc"))
    script = f"{KEY_OF}; print(key_of({every!r}))"
    command = [sys.executable, "-c", script]
    runs = [
        subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert build.key_of(PLAN) == build.key_of(replace(PLAN, seed=2))


@pytest.mark.parametrize(
    "change",
    [
        {"experiments": ("core", "segments")},
        {"strategies": ("flat_array",)},
        {"phases": ("map",)},
        {"quick": False},
        {"workloads": ("blk",)},
    ],
)
def test_another_plan_is_another_kit(change: dict[str, Any]) -> None:
    """Whatever it chooses."""
    assert build.key_of(replace(PLAN, **change)) != build.key_of(PLAN)


@pytest.mark.parametrize(
    "name",
    [
        "bench/ring/oracle.py",
        "bench/experiments/core.py",
        "strategies/native/noop.c",
        "strategies/native/abi.h",
        "workloads/blk.py",
        "workloads/shapes/requests.py",
    ],
)
def test_what_checks_a_kit_is_in_its_key(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With another oracle, question, request or header it is made and checked again."""
    for pattern in build.READ:
        for path in ROOT.glob(pattern):
            copy = tmp_path / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(build, "ROOT", tmp_path)
    before = build.key_of(PLAN)
    with (tmp_path / name).open("a") as file:
        file.write("\n")
    assert build.key_of(PLAN) != before


def test_a_kit_kept_needs_no_numba() -> None:
    """Finding one takes a fraction of a second."""
    find = f"import sys; {KEY_OF}; key_of({PLAN!r})"
    script = f"{find}; sys.exit('numba' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)

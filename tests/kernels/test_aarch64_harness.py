"""A kit of aarch64 made here, and taken through approval and rounds by qemu: all but its times.

Driver, devices and kernels are numba's as LLVM makes them for aarch64, kernels gcc's and clang's.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.compile import build
from bench.compile.making import HARNESS
from bench.compile.variants import keys_of, variants_of
from bench.driver.sentinels import chain, sums
from bench.experiments import Experiment, Point
from bench.experiments import load as experiments
from bench.kit import Kit, Variant, load, save, shared_key
from strategies import AS_COMPILED, Kernel, Role, Strategy
from strategies import load as strategies
from strategies.backends import NUMBA, Backend, cross_backends
from strategies.compile.code import Code
from strategies.compile.codegen import machine_code
from tests.fake import armed
from tests.fake.emulated_stage import approved, elsewhere, measured
from tests.fake.emulator import emulated
from tests.kernels.rig import place
from tests.kernels.test_aarch64 import MACHINE, runner

__all__ = ["runner"]  # a fixture

CHOSEN = tuple(
    s
    for s in strategies()
    if s.form in {AS_COMPILED, "outofline"} and s.role not in {Role.FLOOR, Role.SENTINEL}
)
WRONG = "chained_scatterlist@numba"
KICKS = ("kick", "kick_smp", "kick_bare")
BLOCKS = {"64k-read", "max-write"}
CODE_POSITIONS = 4


def points() -> list[Point]:
    """Cells of every phase: those of the core, refused and full rings, all stages."""
    there = experiments()
    core = there["core"].points()
    found = [point for point in core if point.shape.name in {*BLOCKS, "tx-gso", "put_chars"}]
    full = there["backpressure"].points()
    found += [next(p for p in full if p.phase == phase) for phase in ("add", "cycle")]
    stages = [p for p in there["lifecycle"].points() if p.shape.name == "4k-read"]
    return found + list({p.axes[::2]: p for p in stages}.values())


def numba(codes: Mapping[str, Code]) -> Backend:
    """Return numba as it compiles for aarch64; ``codes`` are what all strategies share."""
    return Backend(
        NUMBA,
        NUMBA,
        lambda strategy, kernel: armed.kernels(strategy.label)[kernel],
        lambda kernel: codes[kernel],
        lambda _: True,
        lambda *_: False,
    )


@pytest.fixture(scope="session")
def kit() -> Kit:
    """Give all code of a small plan for aarch64, of numba and each C compiler there is."""
    shared = armed.kernels(armed.HARNESS)
    codes = {name: shared[name] for name in HARNESS}
    found: list[tuple[Variant, Strategy]] = []
    for backend in (numba(shared), *cross_backends(MACHINE).values()):
        for kernel in (*KICKS, "get_buf"):
            codes[shared_key(backend.name, kernel)] = backend.shared(kernel)
        for strategy in filter(backend.serves, CHOSEN):
            keys = keys_of(strategy, backend).items()
            codes |= {key: backend.kernel(strategy, k) for k, key in keys if key not in codes}
        found += variants_of(CHOSEN, backend, codes)
    some = Experiment("some", "?", lambda: tuple(points()), ())
    columns = [strategy for _, strategy in found]
    cells = tuple(build.cell(point, some, columns) for point in points())
    return Kit(codes, tuple(variant for variant, _ in found), cells, 1, {}, {}, {})


@pytest.mark.slow
def test_a_kit_of_the_other_machine_is_approved_and_measured(
    kit: Kit, runner: Path, tmp_path: Path
) -> None:
    """The oracle approves every ring, and four rounds of every cell find nothing wrong."""
    with elsewhere(runner, kit.arena_pages) as there:
        whole = approved(kit, there)
        assert whole.refused == {}
        save(whole, tmp_path / "kit")
        assert load(tmp_path / "kit") == whole
        series = measured(whole, there)
    assert [one.failed for one in series] == [{}] * len(kit.cells)
    assert {len(one.rounds) for one in series} == {CODE_POSITIONS}


@pytest.mark.slow
def test_a_wrong_kernel_of_the_other_machine_is_found(kit: Kit, runner: Path) -> None:
    """One with another layout's map is named by the oracle, and by rounds if it comes later."""
    some = replace(kit, cells=tuple(one for one in kit.cells if one.name == "net/tx-gso/add"))
    codes = {**kit.codes, f"{WRONG}/map": kit.codes["sg_ring@numba/map"]}
    with elsewhere(runner, kit.arena_pages) as there:
        refused = approved(replace(some, codes=codes), there).refused
        whole = approved(some, there)
        (series,) = measured(replace(whole, codes=codes), there)
    assert set(refused) == {f"{WRONG} net/tx-gso"}
    assert {kit.variants[number].label for number in series.failed} == {WRONG}


@pytest.mark.parametrize("sentinel", [sums, chain], ids=lambda one: one.__name__)
def test_a_sentinel_computes_what_it_computes_here(sentinel: Kernel, runner: Path) -> None:
    """The watch's loops end in the same number, so they take the same steps."""
    name = sentinel.__name__
    codes = {"map": armed.kernels(armed.HARNESS)[name]}
    with emulated(name, codes, runner) as there:
        here = replace(place(name, {"map": machine_code(sentinel)}), arena=there.arena)
        found = []
        for kernels in (here, there):
            arena = kernels.arena()
            word = arena.view(arena.base, np.dtype("u8"))
            word[:] = 0x9E3779B97F4A7C15
            kernels.functions["map"](arena.base, 0, 0)
            found.append(int(word[0]))
    assert found[0] == found[1] != 0x9E3779B97F4A7C15

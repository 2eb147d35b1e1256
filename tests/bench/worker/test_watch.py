"""The watch: read before and after every round, in every phase, apart from the kernels."""

import mmap
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.experiments import Point
from bench.kit import Kit
from bench.worker import watch
from bench.worker.__main__ import watched
from bench.worker.memory import records_at
from bench.worker.rounds import Measurement
from bench.worker.stage import Stage
from bench.worker.watch import Watch
from tests.fake import engine
from tests.fake.kits import kit_of, watch_kit
from workloads import load as load_workloads


@pytest.fixture(scope="module")
def kit() -> Kit:
    """Compile one layout for two phases, one of which takes cycles."""
    shape = next(shape for shape in load_workloads()["blk"].shapes if shape.name == "4k-read")
    return kit_of(
        [Point("blk", shape, phase) for phase in ("map", "cycle")], ("flat_array", "noop")
    )


def test_a_reading_is_a_plausible_time_of_a_step() -> None:
    """No processor takes less than a hundredth of a nanosecond for either, or a microsecond."""
    found = Watch(watch_kit()).read()
    assert found.shape == (2,)
    assert ((found > 0.01) & (found < 1000)).all()


def test_more_steps_take_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernels take all steps: with a hundred times the calls, a step takes the same time."""
    one = quickest()
    monkeypatch.setattr(watch, "CALLS", watch.CALLS * 100)
    assert quickest() == pytest.approx(one, rel=0.9)


def quickest() -> NDArray[np.float64]:
    """The least of some readings: others may be at work during one."""
    read = Watch(watch_kit())
    readings = [read.read() for _ in range(10)]
    return np.asarray(np.min(readings, axis=0), np.float64)


def test_each_round_is_read_before_its_first_turn_and_after_its_last(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the readings belong to that round, before and after."""
    draw = np.random.default_rng(5)
    stage = Stage.of(kit, draw)
    work = Measurement(kit, stage, draw, 20_000, mmap.mmap(-1, 16))
    events: list[str] = []
    readings = iter(np.arange(1.0, 1000.0))
    taken = Measurement._turns

    def read(_watch: Watch) -> NDArray[np.float64]:
        events.append("read")
        return np.full(2, next(readings))

    def turns(self: Measurement, *words: Any) -> NDArray[np.float64]:
        events.append("turns")
        return taken(self, *words)

    monkeypatch.setattr(Watch, "read", read)
    monkeypatch.setattr(Measurement, "_turns", turns)
    work.measure(range(len(kit.cells)), 0.0)
    assert events == ["read", "turns", "read"] * (4 * len(kit.cells))
    ends = sorted(tuple(one[:, 0]) for series in work.cells.values() for one in series.watched)
    assert ends == [(n, n + 1.0) for n in np.arange(1.0, 2 * len(ends), 2)]
    for series in work.cells.values():
        assert len(series.watched) == len(series.rounds)
        begin, end = watched(series)["sums"]
        assert [(b, e) for b, e in zip(begin, end, strict=True)] == [
            (float(f"{one[0, 0] * 1e-9:.4g}"), float(f"{one[1, 0] * 1e-9:.4g}"))
            for one in series.watched
        ]


def test_a_round_that_went_wrong_keeps_no_reading(kit: Kit) -> None:
    """Values and readings pair by number, so both are dropped."""
    draw = np.random.default_rng(5)
    stage = Stage.of(kit, draw)
    work = Measurement(kit, stage, draw, 20_000, mmap.mmap(-1, 16))

    def wrong(_scene: Any, variants: list[int]) -> dict[int, str]:
        return {} if work.cells[0].failed else {variants[0]: "wrong"}

    work._wrong = wrong  # type: ignore[assignment,method-assign]
    work.measure([0], 0.0)
    series = work.cells[0]
    assert len(series.watched) == len(series.rounds) == 3


def read(times: list[int]) -> list[float]:
    """The watch's reading from these nanoseconds of its turns, in order."""

    def function(_address: int, _words: int) -> Any:
        def run(_order: int, turns: int, _table: int, out: int, _clock: int) -> None:
            records_at(out + 16, np.dtype("u8"), turns)[:] = times

        return run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watch, "function", function)
        found: list[float] = Watch(engine.kit_of()).read().tolist()
    return found


def test_the_quicker_turn_of_each_sentinel_counts() -> None:
    """Per step: 16 calls of 128 steps of sums, 8 of 256 of the chain; the first may be cold."""
    assert read([9 * 16 * 128, 2 * 8 * 256, 4 * 16 * 128, 7 * 8 * 256]) == [4, 2]


def test_the_watch_lies_where_it_always_lies() -> None:
    """Whatever a run draws: otherwise a reading would depend on its code's position."""
    kits = (replace(engine.kit_of(), seed=seed) for seed in (1, 2))
    one, other = ((at := Watch(kit))._rows["map"] - np.uint64(at.code.base) for kit in kits)
    assert one.tolist() == other.tolist()
    assert not (one % 64).any()

"""Reads the JSON of a pyperf suite as plain dictionaries and lists.

pyperf's own reader checks and copies all metadata for every run: on a default result that takes two
of three seconds, and 150 MB. Whatever it refuses in one of our files is refused here too (a test
reads the same files with both); units of other kinds, which only other files have, are ignored.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

VERSION = "1.0"  # of pyperf's format, the one since 2017
PLAIN = {str, int, float, bool}  # of JSON's types, those of a text or number

Metadata = Mapping[str, Any]


class SuiteError(Exception):
    """JSON, but not a suite; the message gives the reason, if it is known."""


@dataclass(frozen=True)
class Run:
    """The values of one process."""

    metadata: Metadata  # what it does not share with the benchmark
    seconds: NDArray[np.float64]  # one per value
    warmups: list[float]  # likewise, of the warmup before them


@dataclass(frozen=True)
class Benchmark:
    """All runs of one name."""

    metadata: Metadata  # shared by its runs, including that of the file
    runs: list[Run]

    @property
    def name(self) -> str:
        """The name, as the file has it."""
        return str(self.metadata["name"])

    def of(self, run: Run, key: str, default: Any = None) -> Any:
        """A run's metadata for this key; the run's own takes precedence over what all share."""
        return run.metadata.get(key, self.metadata.get(key, default))


def parse(text: str) -> list[Benchmark]:
    """Parse a suite's benchmarks.

    Raises:
        json.JSONDecodeError: if the text is not JSON.
        SuiteError: if it is JSON, but not a suite.
    """
    try:
        data = json.loads(text)
        if data["version"] != VERSION:
            raise SuiteError
        common = _metadata(data.get("metadata", {}))
        found = [_benchmark(one, common) for one in data["benchmarks"]]
    except json.JSONDecodeError:
        raise
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise SuiteError from None
    names = [benchmark.name for benchmark in found]
    if not found or len(set(names)) < len(names):
        raise SuiteError
    return found


def metadata_of(benchmarks: Iterable[Benchmark]) -> Iterator[tuple[str, Any]]:
    """Yield every key with each of its values, many of them more than once."""
    for benchmark in benchmarks:
        yield from benchmark.metadata.items()
        for run in benchmark.runs:
            yield from run.metadata.items()


def _benchmark(data: dict[str, Any], common: Metadata) -> Benchmark:
    each = data["runs"]
    if not each:
        raise SuiteError
    lengths = [len(one.get("values", ())) for one in each]
    values = list(chain.from_iterable(one.get("values", ()) for one in each))
    if not set(map(type, values)) <= {int, float}:
        raise SuiteError
    seconds = np.array(values, np.float64)  # of all runs: one a run takes ten times as long
    if not (seconds > 0).all():  # or NaN
        raise SuiteError
    ends = np.cumsum(lengths).tolist()
    runs = [
        _run(one, seconds[end - length : end])
        for one, end, length in zip(each, ends, lengths, strict=True)
    ]
    shared = dict(common) | _metadata(data.get("metadata", {}))
    if not isinstance(shared["name"], str):
        raise SuiteError
    return Benchmark(shared, runs)


def _run(data: dict[str, Any], seconds: NDArray[np.float64]) -> Run:
    warmups = [float(value) for _, value in data.get("warmups", [])]
    if not all(0 < value < math.inf for value in warmups):
        raise SuiteError
    return Run(_metadata(data.get("metadata", {})), seconds, warmups)


def _metadata(data: dict[str, Any]) -> dict[str, Any]:
    """Metadata, whose values must be texts or numbers; pyperf refuses others too."""
    if not set(map(type, data.values())) <= PLAIN:
        name, value = next(one for one in data.items() if type(one[1]) not in PLAIN)
        kind = "a list" if isinstance(value, list) else "neither text nor number"
        raise SuiteError(f"its metadata {name} is {kind}, which pyperf has no place for")
    return data

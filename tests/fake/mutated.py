"""Files that are nearly right: JSON with values changed, moved, repeated or removed.

``python -m tests.fake.mutated KIND FIRST COUNT`` reads that many files, under a limit of memory and
a limit of time for each. A reader must answer, or refuse in one line of printable text.
"""

import copy
import gzip
import json
import random
import re
import resource
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.errors import BenchError
from reports.read.text import ResultError
from tests.fake.readers import KINDS, Reader

BYTES_MAX = 3 << 30  # of address space: numba, scipy and matplotlib take half of it
SECONDS_MAX = 20  # of processor time, for one file
DEPTH_MAX = 20_000
UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202e\ud800-\udfff]")
HOSTILE: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 7, 0.5, -0.0, 1e-300, 1e308, 10**18, 10**30, 10**400, 2**63),
    *(float("nan"), float("inf"), float("-inf"), 1e18, 1e17, "", " ", "x", "0", "1", "NaN", "null"),
    *(
        "=1+1",
        "+1",
        "-2+3",
        "@SUM(1)",
        "<script>alert(1)</script>",
        "../../x",
        "/",
        "a/b",
        "{",
        "}",
    ),
    *("a\nb", "\x1b[2J", "\x00", "\u202e", "\ud800", "é", "x" * 5000, "%s{x!r}", "'", '"', "[]"),
    *([], {}, [[]], [1, "a", None], {"a": 1}, {"": []}, {"name": "x"}),
)
Places = list[tuple[Any, Any]]  # a dict or list, and a key of it


def places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in JSON: its container, and its key there."""
    keys = list(data) if isinstance(data, dict) else range(len(data))
    for key in keys:
        yield data, key
        if isinstance(data[key], dict | list):
            yield from places(data[key])


def mutated(draw: random.Random, data: Any) -> bytes:
    """A file with one to three changes, sometimes with damaged bytes too."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(DEPTH_MAX)  # only here: readers have the usual limit
    try:
        return _mutated(draw, copy.deepcopy(data))
    finally:
        sys.setrecursionlimit(limit)


def _mutated(draw: random.Random, data: Any) -> bytes:
    for _ in range(draw.choice((1, 1, 2, 3))):
        there = list(places(data))
        if there:
            draw.choice(CHANGES)(draw, there)
    text = json.dumps(data).encode()
    if draw.random() < 0.1:
        text = draw.choice(DAMAGES)(draw, text)
    return gzip.compress(text, 1) if draw.random() < 0.1 else text


def _replace(draw: random.Random, there: Places) -> None:
    part, key = draw.choice(there)
    part[key] = copy.deepcopy(draw.choice(HOSTILE))


def _remove(draw: random.Random, there: Places) -> None:
    part, key = draw.choice(there)
    del part[key]


def _repeat(draw: random.Random, there: Places) -> None:
    part, key = draw.choice(there)
    if isinstance(part, list):
        part.insert(draw.randrange(len(part) + 1), copy.deepcopy(part[key]))
    else:
        part[f"{key}{draw.choice(('', '2', ' '))}"] = copy.deepcopy(part[key])


def _move(draw: random.Random, there: Places) -> None:
    (part, key), (other, place) = draw.choice(there), draw.choice(there)
    part[key] = copy.deepcopy(other[place])


def _rename(draw: random.Random, there: Places) -> None:
    part, key = draw.choice(there)
    if isinstance(part, dict):
        names = [one for _, one in there if isinstance(one, str)]
        part[draw.choice((*names, "", "x", "=1", "<b>", "\n"))] = part.pop(key)


def _deepen(draw: random.Random, there: Places) -> None:
    part, key = draw.choice(there)
    deep: Any = []
    for _ in range(draw.choice((1, 50, 900))):
        deep = [deep]
    part[key] = deep


def _scale(draw: random.Random, there: Places) -> None:
    numbers = [one for one in there if isinstance(one[0][one[1]], int | float)]
    if numbers:
        part, key = draw.choice(numbers)
        part[key] = part[key] * draw.choice((-1, 0, 2, 1e-9, 1e9, 1e200, 10**20))


def _cut(draw: random.Random, text: bytes) -> bytes:
    return text[: draw.randrange(len(text))]


def _flip(draw: random.Random, text: bytes) -> bytes:
    at = draw.randrange(len(text))
    return text[:at] + bytes([draw.randrange(256)]) + text[at + 1 :]


def _fill(draw: random.Random, text: bytes) -> bytes:
    at = draw.randrange(len(text))
    return text[:at] + draw.choice((b"\xff", b"\x00", b"[" * 100_000, b"9" * 5000)) + text[at:]


CHANGES = (_replace, _replace, _remove, _repeat, _move, _rename, _deepen, _scale)
DAMAGES = (_cut, _flip, _fill)


def refused(reader: Reader, data: bytes) -> bool:
    """True if a file was refused, after checking that the refusal is one line of text."""
    try:
        reader.read(data)
    except (ResultError, BenchError) as refusal:
        text = str(refusal)
        assert text.strip()
        assert "\n" not in text
        assert not UNSHOWN.search(text), repr(text)
        assert len(text) < 2000, text[:100]
        return True
    return False


def run(kind: str, first: int, count: int) -> tuple[int, int]:
    """Read this many mutations of a kind; the numbers of refusals and answers."""
    with tempfile.TemporaryDirectory() as folder:
        reader = KINDS[kind](Path(folder))
        reader.read(json.dumps(reader.whole).encode())  # the unchanged file is accepted
        answers = [0, 0]
        for seed in range(first, first + count):
            data = mutated(random.Random(f"{kind} {seed}"), reader.whole)
            try:
                with timed():
                    answers[refused(reader, data)] += 1
            except BaseException as error:
                kept = Path(tempfile.gettempdir()) / f"{kind}-{seed}.json"
                kept.write_bytes(data)
                raise AssertionError(f"{kind} {seed}: {error!r}; the file is {kept}") from error
    return answers[1], answers[0]


@contextmanager
def timed() -> Iterator[None]:
    """Limit processor time; a process that lives on is left without a timer."""
    before = signal.signal(signal.SIGPROF, _too_slow)
    signal.setitimer(signal.ITIMER_PROF, SECONDS_MAX)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _too_slow(*_: object) -> None:
    raise TimeoutError(f"more than {SECONDS_MAX} s of processor time")


def main(arguments: list[str]) -> None:
    """Read mutations within limits, and print the numbers of refusals and answers."""
    kind, first, count = arguments
    resource.setrlimit(resource.RLIMIT_AS, (BYTES_MAX, BYTES_MAX))
    print(*run(kind, int(first), int(count)))  # noqa: T201  (it is read by the test)


if __name__ == "__main__":
    main(sys.argv[1:])

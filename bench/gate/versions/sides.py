"""Base and head as machine code, each compiled in its own process, and which variants are pairs.

A side is compiled by its own checkout's ``strategies`` and, if one is given, in its own
environment: another numba, llvmlite or gcc. Code compiled in the gate's own environment is cached
under a digest of its sources, so a base is compiled only once.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bench import messages
from bench.compile.making import PACKAGES
from bench.errors import BenchError
from bench.gate.versions.collect import (
    NO_CODE,
    NO_STRATEGIES,
    OTHER_CONTRACT,
    Collected,
    Wanted,
)
from strategies import KERNELS, PHASES
from strategies.backends.c_compilers import compilers
from strategies.compile import kept
from strategies.compile.code import Code, code_hash

SCRIPT = Path(__file__).with_name("collect.py")
READ = ("strategies/**/*.py", "strategies/native/*.[ch]", "workloads/**/*.py")
COMPILE_MAX_S = 600.0  # it takes 20 s, but older checkouts wait for a compiler without limit
PASSED_ON = (  # the only variables of the user that a side gets: others might change its code
    *("PATH", "LD_LIBRARY_PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", kept.FRESH),
    *("PYTHONHOME", "PYTHONUSERBASE", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"),
)
DEPENDS_ON = {  # phase: kernels whose code may change its time: those that make its lists, too
    phase: KERNELS[: 1 + KERNELS.index(kernels[-1])] for phase, kernels in PHASES.items()
}
Begin = Callable[[list[str]], None]


def silent(_: list[str]) -> None:
    """Announce nothing."""


class SideError(BenchError):
    """A side that cannot be compared; the text says which and why."""


@dataclass(frozen=True)
class Variant:
    """A strategy in one form by one backend, as one side has it."""

    label: str
    form: str
    backend: str
    role: str
    phases: tuple[str, ...]
    codes: dict[str, Code]  # by kernel

    @property
    def name(self) -> str:
        """STRATEGY[FORM]@BACKEND."""
        return f"{self.label}@{self.backend}"

    def hash(self, phase: str) -> str:
        """The hash of all code that a phase's time may depend on."""
        return code_hash(*(self.codes[kernel] for kernel in DEPENDS_ON[phase]))


@dataclass(frozen=True)
class Side:
    """All machine code of one version."""

    records: dict[str, str]  # digests of the structs that it shares with the harness
    versions: dict[str, str]  # backend: version
    variants: dict[str, Variant]


@dataclass(frozen=True)
class Pair:
    """The same variant on both sides."""

    base: Variant
    head: Variant

    @property
    def name(self) -> str:
        """The head's name."""
        return self.head.name

    def identical(self, phase: str) -> bool:
        """Whether both sides execute the same bytes."""
        return all(self.base.codes[k] == self.head.codes[k] for k in DEPENDS_ON[phase])


@dataclass(frozen=True)
class Matched:
    """What can be compared, and what cannot."""

    pairs: tuple[Pair, ...]
    new: tuple[str, ...]
    removed: tuple[str, ...]
    renamed: dict[str, str]  # before: now


@dataclass(frozen=True)
class Source:
    """A side's source, and what compiles it."""

    name: str  # base or head
    root: Path
    environment: Path | None = None
    shown: str = ""  # the version, for messages
    layouts: tuple[str, ...] = ()  # a user's files, which are compared in place of the suite's

    @property
    def kept(self) -> bool:
        """Whether what it compiles to may be kept by content."""
        return self.environment is None and not self.layouts

    @property
    def python(self) -> str:
        """The interpreter that compiles this side.

        Raises:
            SideError: if the environment has none.
        """
        if self.environment is None:
            return sys.executable
        python = self.environment / "bin" / "python"
        if not python.exists():
            raise SideError(f"--{self.name}-env {self.environment}: there is no {python}")
        return str(python)


def compile_sides(
    sources: Iterable[Source], wanted: Wanted, folder: Path, begin: Begin = silent
) -> tuple[Side, ...]:
    """All sides; those not in the cache are compiled at once, each in its own process.

    ``begin`` is called with the names of these before.

    Raises:
        SideError: if one has no strategies or another contract, or does not compile.
    """
    every = tuple(sources)
    keys = {source.name: _key(source, wanted) for source in every}
    data = {name: found for name, key in keys.items() if (found := kept.store().get(key))}
    lacking = [source for source in every if source.name not in data]
    begin([source.name for source in lacking])
    data |= _compiled(lacking, wanted, folder)
    for source in lacking:
        key = keys[source.name]
        if source.kept and _key(source, wanted) == key:  # else it was edited
            kept.store().put(key, data[source.name])
    return tuple(_read(data[source.name]) for source in every)


def _key(source: Source, wanted: Wanted) -> str:
    """A digest of everything that determines a side in the gate's own environment."""
    native = compilers(names=wanted.backends).values()
    return kept.key(
        "side" if source.kept else "of which nothing is kept",
        SCRIPT.read_bytes(),
        messages.encode(wanted),
        kept.sources(source.root, *READ),
        repr([(one, one.surroundings) for one in native]),
        *kept.tools(*PACKAGES, "pyelftools"),
    )


def _compiled(sources: Iterable[Source], wanted: Wanted, folder: Path) -> dict[str, bytes]:
    """The output of each side's process."""
    started: list[tuple[Source, subprocess.Popen[str]]] = []
    try:
        for source in sources:
            started.append((source, _start(source, wanted, folder)))  # noqa: PERF401  the next may fail
        end_s = time.monotonic() + COMPILE_MAX_S
        ended = [(source, child, _wait(source, child, end_s)) for source, child in started]
    finally:
        for _, child in started:
            child.kill()
            child.wait()
            if child.stderr is not None:
                child.stderr.close()
    for source, child, errors in ended:
        if child.returncode:
            raise SideError(_why(source, child.returncode, errors))
    return {s.name: (folder / f"{s.name}.json").read_bytes() for s, _, _ in ended}


def check_contract(harness: dict[str, str], **sides: Side) -> None:
    """Check that sides have the harness's contract: the structs that it shares with kernels.

    Raises:
        SideError: if they differ.
    """
    for name, side in sides.items():
        differ = [record for record, digest in side.records.items() if harness[record] != digest]
        if differ:
            raise SideError(
                f"{name} has another contract ({', '.join(differ)} differ): no driver serves both"
            )


def match(base: Side, head: Side) -> Matched:
    """Pair what both sides have; a new name with the code of a removed one is a renaming."""
    kept = [name for name in head.variants if name in base.variants]
    new = [name for name in head.variants if name not in base.variants]
    removed = [name for name in base.variants if name not in head.variants]
    renamed = dict(_renamed(base, head, removed, new))
    both = [*((name, name) for name in kept), *renamed.items()]
    pairs = (Pair(base.variants[old], head.variants[now]) for old, now in both)
    return Matched(
        pairs=tuple(pairs),
        new=tuple(name for name in new if name not in renamed.values()),
        removed=tuple(name for name in removed if name not in renamed),
        renamed=renamed,
    )


def _renamed(
    base: Side, head: Side, removed: list[str], new: list[str]
) -> Iterator[tuple[str, str]]:
    free = list(new)
    for old in removed:
        before = base.variants[old]
        same = (n for n in free if _same(before, head.variants[n]))
        found = next(same, None)
        if found is not None:
            free.remove(found)
            yield old, found


def _same(one: Variant, other: Variant) -> bool:
    return one.backend == other.backend and one.hash("add") == other.hash("add")


def _wait(source: Source, child: "subprocess.Popen[str]", end_s: float) -> str:
    """The messages of a side's process, which must end in time."""
    try:
        return child.communicate(timeout=max(0.0, end_s - time.monotonic()))[1]
    except subprocess.TimeoutExpired:
        raise SideError(
            f"{source.name}, {source.shown or source.root}, does not compile in "
            f"{COMPILE_MAX_S:g} s: if a C compiler hangs, leave it out with --backend numba"
        ) from None


def _start(source: Source, wanted: Wanted, folder: Path) -> "subprocess.Popen[str]":
    words, out = folder / f"{source.name}.wanted.json", folder / f"{source.name}.json"
    words.write_bytes(messages.encode(replace(wanted, layouts=source.layouts)))
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment |= {"PYTHONPATH": str(source.root), "LC_ALL": "C"}
    if source.environment is not None:
        environment["PATH"] = f"{source.environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        [source.python, "-P", str(SCRIPT), str(words), str(out)],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )


def _why(source: Source, status: int, errors: str) -> str:
    last = (errors.strip().splitlines() or ["no message"])[-1]
    what = {
        NO_STRATEGIES: "has no strategies",
        OTHER_CONTRACT: "has an older contract than this gate",
        NO_CODE: "does not compile",
    }.get(status, f"could not be compiled (status {status})")
    return f"{source.name}, {source.shown or source.root}, {what}: {last}"


def _read(written: bytes) -> Side:
    found = messages.decode(written, Collected)
    codes = {key: Code(bytes.fromhex(c.text), c.entry) for key, c in found.codes.items()}
    variants = [
        Variant(
            *(one.label, one.form, one.backend, one.role, one.phases),
            codes={kernel: codes[key] for kernel, key in one.kernels.items()},
        )
        for one in found.variants
    ]
    return Side(found.records, found.versions, {v.name: v for v in variants})

"""A result file as plain data: what of it is public, the experiments chosen, nothing said twice."""

import gzip
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from reports.read import facts
from reports.read.grammar import is_name
from reports.read.result import RECORDS, Result
from reports.read.text import ResultError
from reports.text.wording import printable

# Metadata kept for each run
OF_EVERY_RUN = ("process", "loops", "positions", "states", "ratio", "huge_pages")
PRIVATE = ("python_cflags", "python_config_args", "python_executable")  # contain paths
HOST = "hostname"
OTHERS = re.compile(r";? ?the busiest is .*", re.DOTALL)  # in a condition: which other program ran

Data = dict[str, Any]


@dataclass(frozen=True)
class Disclosure:
    """What a publisher adds to the file about the machine."""

    machine: str = ""  # its name; by default its processor
    hostname: bool = False  # whether to publish the host's name

    def check(self, file: Path, result: Result) -> None:
        """Refuse a machine without a name, as all such machines would be taken for one."""
        if self.machine and not is_name(self.machine):
            raise ResultError(
                f"--machine {printable(self.machine)}: begin with a letter or a digit, continue "
                "with these, spaces and . _ -"
            )
        if not self.machine and facts.named(result) == facts.UNKNOWN:
            raise ResultError(f"{file}: does not name its processor; add --machine NAME")

    def public(self, metadata: Data) -> Data:
        """The metadata without private data."""
        private = PRIVATE if self.hostname else (*PRIVATE, HOST)
        return {
            key: OTHERS.sub("", value) if isinstance(value, str) else value
            for key, value in metadata.items()
            if key not in private
        }


@dataclass(frozen=True)
class Chosen:
    """The experiments whose cells are published."""

    only: tuple[str, ...] = ()  # all, if it names none
    without: tuple[str, ...] = ()

    def of(self, file: Path, result: Result) -> Result:
        """The part of a result that they asked for."""
        there = [one.name for one in result.experiments]
        unknown = [name for name in (*self.only, *self.without) if name not in there]
        if unknown:
            known = ", ".join(there) or "none"
            raise ResultError(f"{file}: has no experiment {printable(unknown[0])}, but {known}")
        names = [n for n in there if n not in self.without and (not self.only or n in self.only)]
        kept = tuple(one for one in result.experiments if one.name in names)
        return result if names == there else replace(result.of(*names), experiments=kept)

    def part(self, data: Data) -> Data:
        """The benchmarks that they asked for, and those of no experiment."""
        if not (self.only or self.without):
            return data
        about: dict[int, Data] = {}  # of each process, which only its first run in the file says
        for run in (run for one in data["benchmarks"] for run in one["runs"]):
            known = run.get("metadata", {})
            own = {key: value for key, value in known.items() if key not in OF_EVERY_RUN}
            about.setdefault(known.get("process"), own)
        benchmarks = []
        for one in filter(self._takes, data["benchmarks"]):
            runs = [_with_process(run, about) for run in one["runs"]]
            benchmarks.append({**one, "runs": runs})
        return {**data, "benchmarks": benchmarks}

    def _takes(self, benchmark: Data) -> bool:
        name = benchmark["metadata"].get("experiment")
        return name not in self.without and (not self.only or name in {None, *self.only})


def described_once(data: Data, disclosure: Disclosure) -> Data:
    """The suite without private data, describing a process in its first run only."""
    described: set[object] = set()
    benchmarks = []
    for one in data["benchmarks"]:
        runs = []
        for run in one["runs"]:
            known = disclosure.public(run.get("metadata", {}))
            process = known.get("process")
            own = {key: known[key] for key in OF_EVERY_RUN if key in known}
            runs.append({**run, "metadata": own if process in described else known})
            described |= {process} - {None}
        benchmarks.append({**_published(one, disclosure), "runs": runs})
    return {**_published(data, disclosure), "benchmarks": benchmarks}


def asked_once(data: Data) -> Data:
    """The suite with what all benchmarks say of experiments and shapes said once, above them.

    Sixteen experiments are longer than gzip looks back: each benchmark would hold them again.
    """
    above = data.get("metadata", {})
    for key in RECORDS:
        texts = {
            one["metadata"][key] for one in data["benchmarks"] if key in one.get("metadata", {})
        }
        if len(texts) == 1:
            above = above | {key: texts.pop()}
    benchmarks = [
        {**one, "metadata": {k: v for k, v in one.get("metadata", {}).items() if above.get(k) != v}}
        for one in data["benchmarks"]
    ]
    return {**data, "metadata": above, "benchmarks": benchmarks}


def _with_process(run: Data, about: dict[int, Data]) -> Data:
    """A run with what is known of its process."""
    own = run.get("metadata", {})
    return {**run, "metadata": about[own["process"]] | own} if "process" in own else run


def _published(part: Data, disclosure: Disclosure) -> Data:
    return part | {"metadata": disclosure.public(part["metadata"])} if "metadata" in part else part


def pack(data: Data) -> bytes:
    """The suite as bytes, identical for the same data."""
    text = json.dumps(data, separators=(",", ":"), sort_keys=True)
    return gzip.compress(text.encode(), mtime=0)

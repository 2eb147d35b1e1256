"""A reader for each kind of file: what a valid one looks like, and everything made from it."""

import io
import json
from abc import ABC, abstractmethod
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar
from zlib import crc32

from rich.console import Console

from bench import kit as kits
from bench import messages
from bench.kit import Cell, Kit, Variant
from bench.machine.identity import machine
from bench.plan import QUICK, Plan
from bench.processes.journal import Begun, Journal
from bench.processes.schedule import Schedule
from bench.result import benchmarks
from reports import site
from reports.archive import summary as archive
from reports.experiments import sections
from reports.frames.counts import counts_of
from reports.frames.tables import tabulate
from reports.frames.tidy import frame
from reports.gate import __main__ as gate
from reports.gate import file as gatefile
from reports.gate.report import reported
from reports.page import page, report, terminal
from reports.page.stock import stock_grid
from reports.read.result import Result, load
from reports.rounds.processes import rounds
from strategies.compile.code import Code
from tests.fake import synthetic
from tests.fake.synthetic import Truth

WHOLE_PAGES = 50  # one in so many
TRUTH = Truth(
    shapes=synthetic.SHAPES[2:4],
    phases=("add",),
    layouts=synthetic.LAYOUTS[:3] + synthetic.LAYOUTS[4:],
    processes=6,
    rounds=3,
    positions=(1.0,) * 4,
    doubts={1: "others took 9.0 % of CPU 1"},
    metadata={**synthetic.METADATA, "date": "2026-01-02 03:04:05", "condition_heat": "fine, 20 C"},
)


class Reader(ABC):
    """Reads one kind of file."""

    name: ClassVar[str]  # of the file

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.whole = self.made()

    @abstractmethod
    def made(self) -> Any:
        """A valid file, as JSON; also write the files that it needs."""

    @abstractmethod
    def told(self) -> str:
        """Everything that is made from the file that was written."""

    def read(self, data: bytes) -> None:
        """Read these bytes as a file of this kind; everything made from it is text."""
        (self.folder / self.name).write_bytes(data)
        text = self.told()
        assert "<script>alert" not in text
        assert "\x1b" not in text


class OfResult(Reader):
    """A result, and its page in words and tables."""

    name = "r.json"

    def made(self) -> Any:
        """A result of two shapes."""
        return json.loads(synthetic.write(self.folder / self.name, TRUTH).read_text())

    def told(self) -> str:
        """The summary, a table and the terminal's output, and for some files the whole page."""
        path = self.folder / self.name
        told = _told(load(path))
        if crc32(path.read_bytes()) % WHOLE_PAGES == 0:  # figures take a hundred times as long
            result = load(path)
            index = report.write(result, tabulate(result.main), self.folder / "out")
            told += index.read_text(encoding="utf-8")
        return told


class OfCounts(OfResult):
    """Instruction counts next to a result."""

    name = "r.counts.json"

    def made(self) -> Any:
        """The counts of a result, which is written too."""
        path = synthetic.write(self.folder / "r.json", TRUTH)
        self.result = load(path)
        return json.loads(synthetic.write_counts(path, TRUTH).read_text())

    def told(self) -> str:
        """The tables of the page about counts."""
        counts = counts_of(self.result)
        return plain(counts.note + counts.found.to_csv())


class OfStock(OfResult):
    """A run of pyperf's own Runner next to a result."""

    name = "r.stock.json"

    def made(self) -> Any:
        """A stock run of the same benchmarks."""
        path = synthetic.write(self.folder / "r.json", TRUTH)
        self.result = load(path)
        return json.loads(path.read_text())

    def told(self) -> str:
        """Its table."""
        grid = stock_grid(self.result)
        return plain(repr(grid).replace("\\x1b", "\x1b"))


class OfGate(Reader):
    """The gate's decisions."""

    name = "g.gate.json"

    def made(self) -> Any:
        """The file of a gate of four cells."""
        from tests.reports.gate.test_gate import result

        slower = {"verdict": "slower", "variant": "b[x]@gcc"}
        more = {"count_base": 9.0, "count_head": 12.0, "count_verdict": "more"}
        failed = {"verdict": "failed", "why": "it died"} | dict.fromkeys(("ratio", "low", "high"))
        return result({}, slower, more, failed, renamed={"a": "b"}, new=["c"], notes=["a note"])

    def told(self) -> str:
        """Its page, summary, test results and table."""
        found = gatefile.load(self.folder / self.name)
        said = reported(found)
        index = gate.write(found, said, self.folder / "out")
        printed = io.StringIO()
        gate.show(Console(file=printed), said)
        texts = (path.read_text(encoding="utf-8") for path in index.parent.iterdir())
        return plain(printed.getvalue()) + "".join(texts)


class OfSummary(Reader):
    """The summary of a published result."""

    name = "run-000.summary.json"

    def made(self) -> Any:
        """A summary with a version and two headlines."""
        from tests.reports.archive.test_archive import summary

        more = archive.HeadlineRatio("net, ring@gcc", 1.2, None, None)
        one = summary(0, headlines=[*summary(0).headlines, more])
        return {"version": archive.VERSION, **asdict(one)}

    def told(self) -> str:
        """The index, which has the run's answers."""
        return site.build(self.folder, self.folder / "out").read_text(encoding="utf-8")


class OfJournal(Reader):
    """A run on disk: its plan, its kernels and the findings of a process, as one record."""

    name = "all.json"
    files: ClassVar = ("run.json", "kit.json", "process-0000.json")

    def made(self) -> Any:
        """A run of two cells and three variants."""
        self.journal = Journal.of(self.folder / "r.json")
        self.journal.folder.mkdir()
        self.kit = _kit()
        kits.save(self.kit, self.folder / "kit.json")
        kit = json.loads((self.folder / "kit.json").read_text())
        run = json.loads(messages.encode(Begun(PLAN, machine())))
        return json.loads(json.dumps({"run.json": run, "kit.json": kit, self.files[2]: FOUND}))

    def read(self, data: bytes) -> None:
        """Write each part as its own file; damaged bytes become the whole plan."""
        try:
            parts = json.loads(data)
            texts = {name: json.dumps(parts[name]).encode() for name in self.files}
        except (ValueError, TypeError, LookupError, RecursionError):
            texts = dict.fromkeys(self.files, data)
        for name, text in texts.items():
            (self.journal.folder / name).write_bytes(text)
        self.told()

    def told(self) -> str:
        """Resume the run and make its result."""
        plan = self.journal.plan()
        kit = self.journal.keep(self.kit)
        found = list(self.journal.outcomes())
        Schedule(plan, kit, 2, 0.0, 60.0, list(found))
        return "".join(one.get_name() for one in benchmarks(kit, found, {"length": "quick"}))


PLAN = Plan(("blk",), ("a", "b"), ("numba",), ("add",), QUICK, 1)
FOUND: dict[str, Any] = {
    "process": 0,
    "cpu": 0,
    "start_s": 0.2,
    "doubts": ["others took 9.0 % of CPU 1"],
    "metadata": {"date": "2026-01-02 03:04:05", "cpu_count": 2},
    "peak_bytes": 1000,
    "cells": {
        str(number): {
            "requests": [100, 100, 100],
            "values": [[1e-8, 2e-8], [1e-8, 2e-8], []],
            "firsts": [1e-6, None, None],
            "positions": ["01", "23", "01"],
            "watch": {"sums": [[1e-9, 1e-9]] * 2, "chain": [[1e-9, 1e-9]] * 2},
            "failed": {"2": "wrong"},
            "facts": {"huge_pages": "0 %"},
            "turns": None,
        }
        for number in range(2)
    },
}


def plain(text: str) -> str:
    """The text of a terminal or table, changed so that nothing in it looks like markup."""
    return text.replace("<", "(")


def _kit() -> Kit:
    """A kit of a few bytes."""
    kernels = {name: f"x/{name}" for name in ("create", "map", "add_buf", "kick", "get_buf")}
    roles = ("baseline", "candidate", "null")
    variants = tuple(
        Variant(
            f"{name}@numba", name, "as compiled", "numba", role, ("add",), kernels, {"loads": 1}
        )
        for name, role in zip("abc", roles, strict=True)
    )
    cells = tuple(
        Cell(
            "blk",
            shape,
            "add",
            256,
            (b"12",),
            (3,),
            ("x",),
            {"x/create": 8},
            variants=(0, 1, 2),
            experiment="core",
        )
        for shape in ("s", "t")
    )
    codes = {key: Code(b"\xc3", 0) for key in (*kernels.values(), "driver")}
    facts = {"numba_version": "1"}
    return Kit(codes, variants, cells, 1, facts, {"a": "wrong"}, {"a@numba": 0.5})


def _told(result: Result) -> str:
    """A result's page without figures, its summary and the terminal's output."""
    cells = rounds(result.values)
    found = tabulate(result.main, None, cells)
    experiments = sections.sections(result, cells)
    printed = io.StringIO()
    terminal.show(Console(file=printed, width=100), result, found, experiments)
    table = frame(result, found).to_csv()
    summary = page.summary(result, found, experiments)
    return plain(printed.getvalue() + table) + summary


KINDS: dict[str, type[Reader]] = {
    "result": OfResult,
    "counts": OfCounts,
    "stock": OfStock,
    "gate": OfGate,
    "summary": OfSummary,
    "journal": OfJournal,
}

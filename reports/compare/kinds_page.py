"""The page of several kinds of machine: does the answer hold on all of them?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from reports.compare import answer, picture, render
from reports.compare.around import environments, of_states, refused
from reports.compare.comparison import Comparison, as_frame, doubts
from reports.compare.kinds import FLOOR, SAME, WHOLE, Column, Compared, KindRatio, Ns
from reports.compare.render import Field, Line, Table
from reports.compare.sides import Side
from reports.frames import tables
from reports.frames.answer import deviation
from reports.frames.lengths import LENGTHS
from reports.read import facts
from reports.statistics.machines import KINDS_MIN, KINDS_MIN_OF_SPREAD, Says
from reports.statistics.signed_rank import Estimate
from reports.text import wording

STEM = "machines"  # of the figure's and the table's files
LONGEST_FIRST = tuple(reversed(list(LENGTHS)))
SHORT_NS = 100  # below, a nanosecond's tenth is seen
DAY = 10  # letters of a date
COMMIT = 12  # letters of a commit


@dataclass(frozen=True)
class FileRow:
    """A file's line in the table of machines."""

    letter: str
    file: str
    name: str
    caches: str
    state: str
    measured: str
    compilers: str
    control: str


def write(comparison: Comparison, directory: Path) -> Path:
    """Write the page, its figure and its tables into ``directory``; the page's path."""
    directory.mkdir(parents=True, exist_ok=True)
    tables.write(as_frame(comparison), directory / STEM)
    tables.write(_every_ratio(comparison.sides), directory / "ratios")
    names = [f"{one.name}\n{one.core}" for one in comparison.kinds]
    baselines = list(dict.fromkeys(row.baseline for row in comparison.rows))
    return render.write(
        "kinds.html",
        directory,
        kinds=comparison.kinds,
        sides=comparison.sides,
        sentences=comparison.sentences,
        checks=comparison.checks,
        doubts=list(doubts(comparison.sides)),
        machines=[_file_row(side) for side in comparison.sides],
        drawings=picture.draw(comparison.requests, names, directory, STEM),
        stem=STEM,
        caption=picture.CAPTION,
        baseline=wording.listed(baselines) or "the baseline",
        phase=comparison.requests[0].phase if comparison.requests else "",
        says=list(Says),
        lengths=[one for name in LONGEST_FIRST if (one := _of_length(comparison, name)).rows],
        requests=_of_requests(comparison),
        together=_together(len(comparison.kinds)),
        pooled=_pooled(comparison) if len(comparison.kinds) > KINDS_MIN_OF_SPREAD else None,
        environments=environments(comparison.sides),
        refused=refused(comparison.sides),
    )


def _file_row(side: Side) -> FileRow:
    result = side.result
    date = facts.measured(result)[:DAY] or "date unknown"
    processes = f"{result.processes} processes"
    return FileRow(
        letter=side.letter,
        file=side.name.partition(": ")[2],
        name=side.machine.name,
        caches=side.machine.caches or "unknown",
        state=of_states(side.states.values()),
        measured=f"{date}, {processes}, commit {facts.shown(result, 'commit')[:COMMIT]}",
        compilers=facts.versions(result) or "unknown",
        control=deviation(side.ratios) or "no copy was measured",
    )


def _every_ratio(sides: Sequence[Side]) -> pd.DataFrame:
    """All ratios of all machines, each with its letter and the machine's name and key."""
    parts = [
        side.ratios.assign(
            letter=side.letter, machine=side.machine.name, machine_key=side.machine.key
        )
        for side in sides
    ]
    whole = pd.concat(parts, ignore_index=True)
    return whole.astype(dict.fromkeys(whole.select_dtypes(exclude="number"), "str"))


def _of_length(comparison: Comparison, length: str) -> Table:
    """A row per layout, form and compiler, those that turn round first; then the whole request."""
    rows = [row for row in comparison.lengths if row.cell == length]
    title = f"{length.capitalize()} requests"
    if rows:
        title += f", {rows[0].span} descriptors"
    return _table(comparison.kinds, title, "layout", rows, lambda row: (_called(row), row.step))


def _of_requests(comparison: Comparison) -> Table:
    return _table(
        comparison.kinds,
        "Every request, as compiled",
        "request",
        comparison.requests,
        lambda row: (f"{row.where}, {row.label}", f"{row.span} desc"),
    )


def _table(
    kinds: Sequence[Column],
    title: str,
    corner: str,
    rows: Sequence[Compared],
    named: Callable[[Compared], tuple[str, str]],
) -> Table:
    """A table with a row for each of ``rows``, which ``named`` heads with a name and a note."""
    heads = [f"{one.name}{_runs(one)}, {one.core}" for one in kinds]
    heads += ["centre over kinds"] * (len(kinds) >= KINDS_MIN)
    lines = []
    for row in rows:
        name, note = named(row)
        fields = [_kind_ratio(one, row) for one in row.ratios]
        if len(kinds) >= KINDS_MIN:
            fields.append(_estimate(row.pooled.centre))
        fields += [Field(note=_agreement(row)), Field(note=_code(kinds, row))]
        lines.append(Line(name, note, tuple(fields), "turns" * row.turns_round))
    return Table(title, "", corner, (*heads, "kinds", "code"), tuple(lines))


def _called(row: Compared) -> str:
    phase = " (whole request)" if row.phase == WHOLE else ""
    return f"{row.label}{phase}"


def _runs(kind: Column) -> str:
    return f", {len(kind.sides)} files ({kind.letters})" if len(kind.sides) > 1 else ""


def _kind_ratio(one: KindRatio | None, row: Compared) -> Field:
    if one is None:
        return Field(note="not measured")
    marked = row.role != FLOOR
    return Field(
        wording.ratio(one.ratio),
        wording.ratio_interval(one.ratio) or "no interval",
        _ns(one.ns),
        one.says.mark * marked,
        one.says.value * marked,
    )


def _ns(ns: Ns) -> str:
    known = [one for one in (ns.layout, ns.base, ns.floor) if one is not None]
    return f"{' / '.join(f'{one:.{0 if one >= SHORT_NS else 1}f}' for one in known)} ns"


def _estimate(estimate: Estimate | None) -> Field:
    if estimate is None:
        return Field(note="too few kinds")
    return Field(wording.ratio(estimate), wording.ratio_interval(estimate))


def _code(kinds: Sequence[Column], row: Compared) -> str:
    """Whether the machine code was the same, on some kinds at least."""
    same = [one for one in dict.fromkeys(row.codes) if one and row.codes.count(one) > 1]
    if row.code == SAME or not same:
        return row.code
    alike = (
        [kind.letters for kind, code in zip(kinds, row.codes, strict=True) if code == one]
        for one in same
    )
    return "; ".join(f"same on {wording.listed(letters)}" for letters in alike)


def _agreement(row: Compared) -> str:
    if row.role == FLOOR:
        return "a floor"
    counts = row.pooled.counts
    words = ", ".join(f"{counts[one]} {one.value}" for one in Says if counts[one])
    return f"turns: {words}" if row.turns_round else words


def _together(kinds: int) -> str:
    if kinds < KINDS_MIN:
        more = (
            " Two have no spread worth a number: its interval would be 12.7 standard errors wide."
            if kinds == KINDS_MIN_OF_SPREAD
            else ""
        )
        return f"{answer.beyond(kinds)}{more}"
    return (
        f"{answer.beyond(kinds)} The centre is that of Hodges and Lehmann over kinds, with the "
        "interval of the signed-rank test."
    )


def _pooled(comparison: Comparison) -> Table:
    """What the kinds say together of each length: range, centre, and the second opinion."""
    lines = []
    for row in comparison.lengths:
        pooled, spread = row.pooled, row.pooled.spread
        lines.append(
            Line(
                _called(row),
                f"{row.span} desc",
                (
                    Field(note=f"{pooled.low:.2f} to {pooled.high:.2f}"),
                    _estimate(pooled.centre),
                    Field(note=f"±{spread.percent:.1f} %" if spread else "unknown"),
                    _estimate(spread.centre) if spread else Field(note="unknown"),
                ),
                "turns" * row.turns_round,
            )
        )
    heads = (
        "range of kinds",
        "centre, signed rank",
        "kinds differ by (tau)",
        "second opinion: Knapp and Hartung",
    )
    return Table("All kinds together", "", "layout", heads, tuple(lines))

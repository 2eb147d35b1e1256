"""The page of several runs of one kind of machine: what changed between them?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from reports.compare import picture, render
from reports.compare.across import by_request
from reports.compare.around import cautions, environments, refused
from reports.compare.kinds import Column
from reports.compare.ratios import ratios_of_ratios
from reports.compare.render import Field, Line, Table
from reports.compare.sides import Side
from reports.frames import tables
from reports.frames.answer import headline
from reports.frames.code import by_itself
from reports.read import facts
from reports.rounds.processes import CELL
from reports.statistics.estimates import estimate_of
from reports.statistics.verdict import Verdict
from reports.text import wording
from reports.text.table import FrameRow, place

STEM = "runs"  # of the figure's files
OTHERS_MAX = 200  # rows of other cells and forms; what is left out is in the files
MOVED = (Verdict.SLOWER.value, Verdict.FASTER.value)


@dataclass(frozen=True)
class Part:
    """The first result compared with one of the others."""

    letter: str
    title: str
    sentence: str
    named: Table
    others: Table


def compared(sides: Sequence[Side]) -> dict[str, pd.DataFrame]:
    """The ratios between the first result's and each of the others', by letter."""
    first, *others = sides
    return {side.letter: ratios_of_ratios(first, side) for side in others}


def write(sides: Sequence[Side], each: dict[str, pd.DataFrame], directory: Path) -> Path:
    """Write the page, its figure and its table into ``directory``; the page's path."""
    directory.mkdir(parents=True, exist_ok=True)
    whole = pd.concat([rows.assign(against=letter) for letter, rows in each.items()])
    tables.write(whole, directory / "compared")
    apart = [Column(side.name, side.letter, (side,)) for side in sides]
    return render.write(
        "compare.html",
        directory,
        sides=sides,
        cautions=list(cautions(sides)),
        environments=environments(sides),
        parts=[_part(sides[0], side, each[side.letter]) for side in sides[1:]],
        refused=refused(sides),
        machine=facts.machine(sides[0].result),
        drawings=picture.draw(by_request(apart), [side.name for side in sides], directory, STEM),
        stem=STEM,
        caption=picture.CAPTION,
    )


def of_answer(first: Side, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the answer."""
    answer = by_itself(headline(first.ratios))
    keys = set(answer[[*CELL, "variant", "backend"]].itertuples(index=False, name=None))
    names = rows[[*CELL, "variant", "backend"]].itertuples(index=False, name=None)
    return rows[[row in keys for row in names]]


def sentence(first: Side, side: Side, rows: pd.DataFrame) -> str:
    """How many ratios of the answer differ, and how many of them have the same machine code."""
    moved = rows[rows["verdict"].isin(MOVED)]
    same = int(rows["same_code"].sum())
    return (
        f"Of {len(rows)} ratios, {len(moved)} differ between {first.letter} and {side.letter}; "
        f"{same} have the same machine code, of which {int(moved['same_code'].sum())} differ."
    )


def ratios(row: FrameRow) -> tuple[str, str, str, str]:
    """The two ratios and their quotient as printed, and its interval."""
    between = estimate_of(row)
    assert between is not None
    sides = (
        estimate_of(
            {"centre": row[side], "processes": row["processes"]}
            | {end: row[f"{side}_{end}"] for end in ("low", "high")}
        )
        for side in ("first", "second")
    )
    first, second = (wording.ratio(one) for one in sides if one is not None)
    return first, second, wording.ratio(between), wording.ratio_interval(between)


def _part(first: Side, side: Side, rows: pd.DataFrame) -> Part:
    answer = of_answer(first, rows)
    others = rows.drop(answer.index)
    moved = others[others["verdict"].isin(MOVED)]
    moved = moved.iloc[(moved["centre"] - 1).abs().argsort()[::-1]][:OTHERS_MAX]
    title = f"{side.letter} over {first.letter}"
    heads = (first.letter, side.letter, title, "code")
    note = "ratio to the baseline in each, and the quotient"
    return Part(
        side.letter,
        title,
        sentence(first, side, answer),
        Table(f"{title}: the answer", note, "request", heads, tuple(_lines(answer))),
        Table(f"{title}: what else differs", note, "request", heads, tuple(_lines(moved))),
    )


def _lines(rows: pd.DataFrame) -> Iterator[Line]:
    for row in rows.to_dict("records"):
        first, second, between, interval = ratios(row)
        verdict = Verdict(row["verdict"])
        yield Line(
            f"{place(row)}, {row['label']}",
            f"{row['descriptors']:.4g} desc",
            (
                Field(first),
                Field(second),
                Field(
                    between,
                    interval or "no interval",
                    mark=verdict.mark,
                    kind=verdict.name.lower(),
                ),
                Field(note="same code" if row["same_code"] else "different code"),
            ),
        )

"""The generated part of docs/method.md."""

from collections.abc import Iterable

import pandas as pd

from reports.method.digest import ratio_name
from reports.method.reach import Aim
from reports.statistics.signed_rank import SPAN_WIDE

WIDE_MOST = 12  # cells named


def markdown(
    lines: Iterable[Aim],
    moves: Iterable[str],
    wide: pd.DataFrame,
    runs: pd.DataFrame,
    figures: dict[str, str],
) -> str:
    """The table of aims, what moves ratios, the widest cells, the runs, and the figures."""
    table = ["| | aim | result | met |", "| --- | --: | --: | --- |"]
    table += [
        f"| {one.what} | {one.aim} | {one.reached} | {'yes' if one.kept else '**no**'} |"
        for one in lines
    ]
    parts = ["\n".join(table), *moves, _beyond(wide), _made(runs)]
    parts += [f"![{says}]({name})" for name, says in figures.items()]
    return "\n\n".join(part for part in parts if part)


def _beyond(wide: pd.DataFrame) -> str:
    if wide.empty:
        return ""
    rows = wide.to_dict("records")
    named = ", ".join(
        f"{ratio_name(row)} ({row['percent']:.1f} %, {row['p05']:.2f} to {row['p95']:.2f})"
        for row in rows[:WIDE_MOST]
    )
    more = f" and {len(rows) - WIDE_MOST} more" if len(rows) > WIDE_MOST else ""
    grouped = (wide["p95"] - wide["p05"] > SPAN_WIDE * wide["centre"]).sum()
    return (
        f"{len(rows)} ratios have a half-width above 1 % in the default run. In {grouped} of them "
        f"90 % of the rounds span more than {SPAN_WIDE:.0%}: rounds form clusters by where their "
        "pages and code lie, and the median falls between. With half-width and span: "
        f"{named}{more}."
    )


def _made(runs: pd.DataFrame) -> str:
    known = runs.dropna(subset="processor") if "processor" in runs else runs.iloc[:0]
    if known.empty:
        return ""
    commits = ", ".join(dict.fromkeys(known["commit"].astype(str).str[:12]))
    processors = ", ".join(dict.fromkeys(known["processor"]))
    days = sorted(set(known["date"].astype(str).str[:10]))
    return (
        f"{len(runs)} runs, {' to '.join(dict.fromkeys((days[0], days[-1])))}, on {processors}, "
        f"of commit {commits}."
    )

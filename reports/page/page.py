"""The pages of a report: one that needs no other file, and a summary to paste into a mail."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from markupsafe import Markup

from reports.doubt import hidden, marks
from reports.experiments.sections import Section
from reports.figures import style
from reports.frames.answer import Answer, answers, caution, deviation
from reports.frames.code import decisions
from reports.frames.tables import Tables
from reports.page import evidence, foremost, listing, placement, timings
from reports.page.kinds import kinds_grid
from reports.page.stock import stock_grid
from reports.read import facts
from reports.read.paths import TEMPLATES
from reports.read.result import Result
from reports.statistics.verdict import Verdict
from reports.text import wording
from reports.text.table import Grid
from reports.text.template import environment

SECTIONS = {  # address on the page: the question that is answered there
    "ratios": "Which layout is slower, and by how much?",
    "experiments": "Is it what was expected?",
    "decisions": "What hangs on the compiler?",
    "code": "Which code was measured?",
    "descriptors": "What does a descriptor cost?",
    "phases": "Where in a request does it arise?",
    "counts": "Do instructions explain it?",
    "backends": "Do the compilers agree?",
    "placement": "What does placement do?",
    "control": "How far do processes and copies agree?",
    "repeat": "How to repeat it",
    "reading": "How to read this",
}
SUMMARY_MAX = 1024 * 1024  # bytes of a step summary on GitHub


@dataclass(frozen=True)
class Drawing:
    """A figure as a page holds it."""

    section: str
    stem: str
    message: str
    caption: str
    svg: Markup


def index(
    result: Result,
    found: Tables,
    drawings: Iterable[Drawing],
    note: str = "",
    asked: Sequence[Section] = (),
) -> str:
    """Return the page; ``note`` says why counts are missing, ``asked`` are the experiments."""
    drawings = list(drawings)
    script = (TEMPLATES / "script.js").read_text(encoding="utf-8")
    template = environment().get_template("index.html")
    return template.render(
        **_context(result, found),
        sections=SECTIONS,
        experiments=asked,
        script=Markup(script),  # noqa: S704  (ours)
        script_hash=_hash(script),
        inks=_inks(found),
        listing=listing.listing(found),
        widest=placement.widest(found),
        depending=placement.depending(found),
        measured=facts.measured(result),
        stock=stock_grid(result),
        file=wording.printable(result.path.name, 255),
        drawings={
            section: [d for d in drawings if d.section == section]
            for section in {d.section for d in drawings}
        },
        facts=facts.facts(result),
        conditions=facts.conditions(result),
        spreads=placement.spread_grid(found),
        dependent=placement.dependent_grid(found),
        sentinel=marks.sentinel_facts(found.doubts),
        hidden=hidden.facts(found.hidden),
        reported=marks.conditions_grid(found.conditions),
        shared=_shared(found),
        doubt_marks=bool((found.doubts["doubt"] != "").any()),
        forms=list(timings.form_grids(found)),
        times=list(timings.time_grids(found)),
        other_ratios=list(timings.ratio_grids(found, others=True)),
        kinds=[kind for kind in [kinds_grid(result, found)] if kind],
        lines=list(timings.line_grids(found)),
        other_lines=list(timings.line_grids(found, others=True)),
        sweeps=list(timings.sweep_grids(found)),
        floors=list(timings.floor_grids(found)),
        controls=list(timings.control_grids(found)),
        counts=list(evidence.count_grids(found)),
        counts_note=note,
        tables=["results", *sorted(vars(found))],
        verdicts=_seen(found),
        **_backends(found),
    )


def summary(result: Result, found: Tables, asked: Sequence[Section] = ()) -> str:
    """Return the summary, in Markdown; without its tables where they are more than GitHub takes."""
    template = environment().get_template("summary.md")
    context = _context(result, found) | {"experiments": asked}
    whole = template.render(**context)
    if len(whole.encode()) <= SUMMARY_MAX:
        return whole
    left_out = "The tables are too long for a summary: see the page, or results.csv."
    return template.render(**context | {"ratios": [], "unfinished": left_out})


def _context(result: Result, found: Tables) -> dict[str, Any]:
    """Return what both pages say."""
    known: list[Answer] = answers(found.ratios)
    return {
        "answers": known,
        "caution": caution(result.processes),
        "control": deviation(found.ratios),
        "unfinished": facts.unfinished(result),
        "foremost": list(foremost.sentences(found)),
        "neighbour": list(foremost.beside_neighbour(found)),
        "conditions_reported": marks.conditions_sentence(found.conditions),
        "doubt": marks.sentence(found.ratios, found.doubts),
        "doubtful": facts.doubtful(result),
        "placement": placement.sentence(found),
        "least": placement.LEAST,
        "machine": facts.machine(result),
        "ratios": list(timings.ratio_grids(found)),
        "decisions": decisions(found.codes),
        "code": evidence.code_grid(found),
        "phase": known[0].phase if known else "",
        "baseline": known[0].baseline if known else "the baseline",
        "commit": facts.shown(result, "commit"),
        "command": facts.shown(result, "command"),
        "seed": facts.shown(result, "seed"),
    }


def _backends(found: Tables) -> dict[str, Any]:
    """Return what is said of one backend against another."""
    return {
        "agreement": evidence.agreement_grid(found),
        "beyond": list(evidence.beyond_grids(found)),
        "across": list(evidence.across_grids(found)),
        "gaps": list(evidence.gap_grids(found)),
        "gap": evidence.gap_sentence(found),
        "alone": evidence.alone_sentence(found),
    }


def _shared(found: Tables) -> list[Grid]:
    """Return the tables of the ratios beside a busy neighbour."""
    if found.shared.empty:
        return []
    return list(timings.ratio_grids(replace(found, ratios=found.shared)))


def _inks(found: Tables) -> dict[str, str]:
    """Return the class of each candidate's name: the colour that it has in all figures."""
    series = found.times[found.times["role"] == "candidate"].drop_duplicates("strategy")
    look = style.looks(found.times)
    return {
        row["strategy"]: f"series-{style.COLOURS.index(look[row['label']].colour) + 1}"
        for row in series.to_dict("records")
        if look[row["label"]].colour in style.COLOURS  # forms of the baseline have its ink
    }


def _hash(script: str) -> str:
    """Return what the page's policy knows its one script by: whatever else is in it never runs."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _seen(found: Tables) -> list[Verdict]:
    """Return the verdicts whose marks a reader will meet."""
    there = set(found.ratios.loc[found.ratios["role"] == "candidate", "verdict"])
    return [verdict for verdict in Verdict if verdict.value in there - {Verdict.MISSING.value}]

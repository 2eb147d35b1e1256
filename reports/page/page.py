"""The pages of a report: one without other files, and a summary to paste into a discussion."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reports.doubt import hidden, marks
from reports.experiments.sections import Section
from reports.figures import style
from reports.frames.answer import deviation, headline_phase, precision
from reports.frames.block import block, forms_block, sentences
from reports.frames.code import decisions
from reports.frames.tables import Tables
from reports.page import evidence, foremost, listing, placement, plain, timings
from reports.page.kinds import kinds_grid
from reports.page.stock import stock_grid
from reports.read import facts
from reports.read.result import Result
from reports.statistics.verdict import BAND, Verdict
from reports.text import forms, wording
from reports.text.template import environment, script

SECTIONS = {  # address on the page: the question answered there
    "ratios": "Which layout is slower, request by request?",
    "control": "How far do processes and copies agree?",
    "placement": "What does placement do?",
    "decisions": "What does the compiler decide?",
    "code": "Which code was measured?",
    "descriptors": "What does a descriptor cost?",
    "phases": "Which part of a request makes the difference?",
    "counts": "Do instructions explain it?",
    "backends": "Do the compilers agree?",
    "experiments": "Is it what was predicted?",
    "every": "Every ratio",
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
    tables: Tables,
    drawings: Iterable[Drawing],
    note: str = "",
    experiments: Sequence[Section] = (),
) -> str:
    """Render the page; ``note`` says why counts are missing."""
    drawings = list(drawings)
    template = environment().get_template("index.html")
    return template.render(
        **_context(result, tables),
        sections=SECTIONS,
        experiments=experiments,
        **script("script.js"),
        inks=_inks(tables),
        listing=listing.listing(tables),
        columns=listing.COLUMNS,
        mail=plain.summary(result, tables, experiments),
        neighbour=list(foremost.with_neighbour(tables)),
        conditions_reported=marks.conditions_sentence(tables.conditions),
        flagged=marks.sentence(tables.ratios, tables.doubts, tables.conditions),
        placement=placement.sentence(tables),
        widest=placement.widest(tables),
        measured=facts.measured(result),
        least=placement.LEAST,
        band=f"{100 * BAND:g} %",
        stock=stock_grid(result),
        condensed=result.condensed,
        file=wording.printable(result.path.name, 255),
        drawings={
            section: [d for d in drawings if d.section == section]
            for section in dict.fromkeys(d.section for d in drawings)
        },
        facts=facts.facts(result),
        conditions=facts.conditions(result),
        spreads=placement.spread_grid(tables),
        dependent=placement.dependent_grid(tables),
        sentinel=marks.sentinel_facts(tables.doubts),
        hidden=hidden.outcome(tables.hidden),
        reported=marks.conditions_grid(tables.conditions),
        forms=forms_block(tables.lengths),
        form_names=_form_names(tables),
        code=evidence.code_grid(tables),
        kinds=kinds_grid(result, tables),
        lines=list(timings.line_grids(tables)),
        counted=not tables.counts.empty,
        counts_note=note,
        agreement=evidence.agreement_grid(tables),
        gap=evidence.gap_sentence(tables),
        alone=evidence.alone_sentence(tables),
        tables=["results", *sorted(vars(tables))],
        verdicts=_seen(tables),
    )


def summary(result: Result, tables: Tables, experiments: Sequence[Section] = ()) -> str:
    """Render the summary, in Markdown; without its tables if they exceed GitHub's limit."""
    template = environment().get_template("summary.md")
    context = _context(result, tables) | {
        "experiments": experiments,
        "caveats": [*foremost.doubts(result, tables), *plain.precisely(tables)],
        "seed": facts.shown(result, "seed"),
    }
    whole = template.render(**context)
    if len(whole.encode()) <= SUMMARY_MAX:
        return whole
    left_out = "The tables are too long for a summary: see the page, or results.csv."
    return template.render(**context | {"ratios": [], "caveats": [left_out]})


def _context(result: Result, tables: Tables) -> dict[str, Any]:
    """The variables that both pages share."""
    known = block(tables.lengths)
    phase = headline_phase(tables.ratios) if len(tables.ratios) else ""
    return {
        "block": known,
        "sentences": list(sentences(known, facts.named(result))) if known else [],
        "decisions": decisions(tables.codes),
        "doubts": list(foremost.doubts(result, tables)),
        "precision": precision(tables.ratios),
        "control": deviation(tables.ratios),
        "machine": facts.machine(result),
        "named": facts.named(result),
        "versions": facts.versions(result),
        "ratios": list(timings.ratio_grids(tables)),
        "phase": phase,
        "commit": facts.shown(result, "commit"),
        "command": facts.repeat(result),
        "seed": facts.shown(result, "seed"),
    }


def _form_names(tables: Tables) -> list[tuple[str, str]]:
    """What each form on the page is, with its name as labels have it."""
    there = tables.ratios.loc[tables.ratios["role"] == "candidate", "form"].astype(str)
    return [
        (f"[{form}]", forms.FORMS[form]) for form in forms.ordered(there) if form in forms.FORMS
    ]


def _inks(tables: Tables) -> dict[str, str]:
    """The CSS class of each candidate's name, for its colour in all figures."""
    series = tables.times[tables.times["role"] == "candidate"].drop_duplicates("strategy")
    look = style.looks(tables.times)
    return {
        row["strategy"]: f"series-{style.COLOURS.index(look[row['label']].colour) + 1}"
        for row in series.to_dict("records")
        if look[row["label"]].colour in style.COLOURS  # forms of the baseline share its ink
    }


def _seen(tables: Tables) -> list[Verdict]:
    """The verdicts whose marks are on the page."""
    there = set(tables.ratios.loc[tables.ratios["role"] == "candidate", "verdict"])
    return [verdict for verdict in Verdict if verdict.value in there - {Verdict.MISSING.value}]

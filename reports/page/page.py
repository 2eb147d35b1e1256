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
    found: Tables,
    drawings: Iterable[Drawing],
    note: str = "",
    experiments: Sequence[Section] = (),
) -> str:
    """Render the page; ``note`` says why counts are missing."""
    drawings = list(drawings)
    template = environment().get_template("index.html")
    return template.render(
        **_context(result, found),
        sections=SECTIONS,
        experiments=experiments,
        **script("script.js"),
        inks=_inks(found),
        listing=listing.listing(found),
        columns=listing.COLUMNS,
        mail=plain.summary(result, found, experiments),
        neighbour=list(foremost.with_neighbour(found)),
        conditions_reported=marks.conditions_sentence(found.conditions),
        flagged=marks.sentence(found.ratios, found.doubts, found.conditions),
        placement=placement.sentence(found),
        widest=placement.widest(found),
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
        spreads=placement.spread_grid(found),
        dependent=placement.dependent_grid(found),
        sentinel=marks.sentinel_facts(found.doubts),
        hidden=hidden.outcome(found.hidden),
        reported=marks.conditions_grid(found.conditions),
        forms=forms_block(found.lengths),
        form_names=_form_names(found),
        code=evidence.code_grid(found),
        kinds=kinds_grid(result, found),
        lines=list(timings.line_grids(found)),
        counted=not found.counts.empty,
        counts_note=note,
        agreement=evidence.agreement_grid(found),
        gap=evidence.gap_sentence(found),
        alone=evidence.alone_sentence(found),
        tables=["results", *sorted(vars(found))],
        verdicts=_seen(found),
    )


def summary(result: Result, found: Tables, experiments: Sequence[Section] = ()) -> str:
    """Render the summary, in Markdown; without its tables if they exceed GitHub's limit."""
    template = environment().get_template("summary.md")
    context = _context(result, found) | {
        "experiments": experiments,
        "caveats": [*foremost.doubts(result, found), *plain.precisely(found)],
        "seed": facts.shown(result, "seed"),
    }
    whole = template.render(**context)
    if len(whole.encode()) <= SUMMARY_MAX:
        return whole
    left_out = "The tables are too long for a summary: see the page, or results.csv."
    return template.render(**context | {"ratios": [], "caveats": [left_out]})


def _context(result: Result, found: Tables) -> dict[str, Any]:
    """The variables that both pages share."""
    known = block(found.lengths)
    phase = headline_phase(found.ratios) if len(found.ratios) else ""
    return {
        "block": known,
        "sentences": list(sentences(known, facts.named(result))) if known else [],
        "decisions": decisions(found.codes),
        "doubts": list(foremost.doubts(result, found)),
        "precision": precision(found.ratios),
        "control": deviation(found.ratios),
        "machine": facts.machine(result),
        "named": facts.named(result),
        "versions": facts.versions(result),
        "ratios": list(timings.ratio_grids(found)),
        "phase": phase,
        "commit": facts.shown(result, "commit"),
        "command": facts.repeat(result),
        "seed": facts.shown(result, "seed"),
    }


def _form_names(found: Tables) -> list[tuple[str, str]]:
    """What each form on the page is, with its name as labels have it."""
    there = found.ratios.loc[found.ratios["role"] == "candidate", "form"].astype(str)
    return [
        (f"[{form}]", forms.FORMS[form]) for form in forms.ordered(there) if form in forms.FORMS
    ]


def _inks(found: Tables) -> dict[str, str]:
    """The CSS class of each candidate's name, for its colour in all figures."""
    series = found.times[found.times["role"] == "candidate"].drop_duplicates("strategy")
    look = style.looks(found.times)
    return {
        row["strategy"]: f"series-{style.COLOURS.index(look[row['label']].colour) + 1}"
        for row in series.to_dict("records")
        if look[row["label"]].colour in style.COLOURS  # forms of the baseline share its ink
    }


def _seen(found: Tables) -> list[Verdict]:
    """The verdicts whose marks are on the page."""
    there = set(found.ratios.loc[found.ratios["role"] == "candidate", "verdict"])
    return [verdict for verdict in Verdict if verdict.value in there - {Verdict.MISSING.value}]

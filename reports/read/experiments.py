"""The experiments that a result file was made for, as records (``docs/format.md``)."""

import json
from dataclasses import dataclass
from typing import Annotated

import msgspec

from reports.read.text import ResultError, record

PAGE = "cells"  # the kind of figure that stands for the page itself
Weight = Annotated[float, msgspec.Meta(gt=0, lt=1e300)]
TEXT_LENGTH_MAX = 400  # characters of a question, a note or an expectation
XEONS = ("intel-6-167", "intel-6-207")  # what files that name no processors were predicted for


@dataclass(frozen=True)
class Pick:
    """Patterns that choose series and cells; ``*`` and ``?`` are wildcards."""

    series: str = "*"
    cell: str = "*"
    code: str = ""  # branches, moves or calls; of phase add alone


@dataclass(frozen=True)
class Expectation:
    """A prediction: a number made of times, between two bounds."""

    text: str
    of: Pick
    to: Pick | None = None
    measure: str = "time"
    at_least: float | None = None
    at_most: float | None = None
    plus: Pick | None = None
    processors: tuple[str, ...] = XEONS  # it was made for, as ``facts.kind`` names them; empty: any

    def is_for(self, kind: str) -> bool:
        """Whether it was made for this kind of processor, as far as the kind is known."""
        known = kind.split("-") if kind else []
        made_for = (processor.split("-") for processor in self.processors)
        return not self.processors or any(known == one[: len(known)] for one in made_for)


@dataclass(frozen=True)
class Figure:
    """How an experiment is drawn."""

    kind: str
    axis: str = ""
    value: str = "ratio"
    pick: Pick = Pick()
    per: str = ""
    along: tuple[str, ...] = ()
    stages: tuple[tuple[str, str], ...] = ()
    whole: str = ""


@dataclass(frozen=True)
class Experiment:
    """The part of an experiment that a report needs."""

    name: str
    question: str
    note: str = ""
    figures: tuple[Figure, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    weights: tuple[tuple[str, Weight], ...] = ()  # WORKLOAD/SHAPE: its share of a load
    sample: Weight | None = None  # requests that the weights were counted from, if they were

    @property
    def on_page(self) -> bool:
        """True if the page's own figures and tables show its cells."""
        return any(figure.kind == PAGE for figure in self.figures)


def parse(text: str) -> tuple[Experiment, ...]:
    """The experiments in a file's metadata; ResultError if the text is not a list of them."""
    try:
        return record(json.loads(text), tuple[Experiment, ...], TEXT_LENGTH_MAX)
    except (RecursionError, ValueError) as error:
        known = "as docs/format.md says; render it with the checkout that measured it"
        raise ResultError(f"experiments are not described {known} ({error})") from None

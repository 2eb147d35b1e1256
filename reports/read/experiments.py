"""What a result file says was asked: the records of its experiments (``docs/format.md``)."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from reports.read.text import ResultError
from reports.text.wording import printable

PAGE = "cells"  # the kind of figure that is the page itself
TEXT_LENGTH_MAX = 400  # characters of a question, a note or an expectation

Record = TypeVar("Record")


@dataclass(frozen=True)
class Pick:
    """Patterns of what is chosen; ``*`` and ``?`` stand for anything."""

    series: str = "*"
    cell: str = "*"
    code: str = ""  # branches, moves or calls; of phase add alone


@dataclass(frozen=True)
class Expectation:
    """What one should observe: a number made of times, between two bounds."""

    text: str
    of: Pick
    to: Pick | None = None
    measure: str = "time"
    at_least: float | None = None
    at_most: float | None = None
    plus: Pick | None = None


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
class Asked:
    """An experiment, as far as a report must know it."""

    name: str
    question: str
    note: str = ""
    figures: tuple[Figure, ...] = ()
    expectations: tuple[Expectation, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()  # WORKLOAD/SHAPE: its share of a load
    sample: float | None = None  # requests that the weights were counted from, if they were

    @property
    def on_page(self) -> bool:
        """Whether the page's own figures and tables are of its cells."""
        return any(figure.kind == PAGE for figure in self.figures)


def asked(text: str) -> tuple[Asked, ...]:
    """Return the experiments that a file's metadata describes; raise if it is no such text."""
    try:
        return tuple(_asked(one) for one in json.loads(text))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        known = "as docs/format.md says; render it with the checkout that measured it"
        raise ResultError(f"experiments are not described {known} ({error})") from None


def _asked(found: Mapping[str, Any]) -> Asked:
    return Asked(
        name=printable(found["name"]),
        question=printable(found["question"], TEXT_LENGTH_MAX),
        note=printable(found.get("note", ""), TEXT_LENGTH_MAX),
        figures=tuple(_figure(one) for one in found["figures"]),
        expectations=tuple(_expectation(one) for one in found["expectations"]),
        weights=tuple((str(name), _weight(share)) for name, share in found.get("weights", ())),
        sample=None if found.get("sample") is None else _weight(found["sample"]),
    )


def _weight(found: Any) -> float:
    if not (0 < float(found) < math.inf):
        raise ValueError("a weight is no number above 0")
    return float(found)


def _figure(found: Mapping[str, Any]) -> Figure:
    own = {
        "pick": _record(Pick, found.get("pick", {})),
        "along": tuple(found.get("along", ())),
        "stages": tuple((stage, less) for stage, less in found.get("stages", ())),
    }
    return _record(Figure, {**found, **own})


def _expectation(found: Mapping[str, Any]) -> Expectation:
    beside = {key: found.get(key) for key in ("to", "plus")}
    others = {key: _record(Pick, pick) if pick else None for key, pick in beside.items()}
    picks = {"of": _record(Pick, found["of"]), **others}
    return _record(
        Expectation, {**found, **picks, "text": printable(found["text"], TEXT_LENGTH_MAX)}
    )


def _record(kind: type[Record], found: Mapping[str, Any]) -> Record:
    """Return a record of what it knows; a newer file may say more."""
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{key: value for key, value in found.items() if key in known})

"""Both versions of a gate, from what was asked for to machine code on two sides."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.gate.checkout import Version, checked_out, commit_of, merge_base, working_tree
from bench.gate.collect import records
from bench.gate.design import Design
from bench.gate.joint import BASE, HEAD
from bench.gate.sides import Matched, Side, Source, check_contract, compile_sides, match
from bench.paths import ROOT


@dataclass(frozen=True)
class Asked:
    """What the user asked for, checked."""

    base: str | None  # a ref; None: the merge base with the default branch
    head: str | None  # a ref; None: the working tree
    cells: tuple[str, ...]
    backends: tuple[str, ...]
    design: Design  # of as many cells as turn out to be compared
    seconds: float  # of looking for suspects, at most
    seed: int
    forms: bool = False
    time_identical: bool = False
    counts: bool = False  # decide by instructions
    timed: bool = True
    baseline: Path | None = None  # an earlier result in the place of a base
    base_env: Path | None = None
    head_env: Path | None = None


@dataclass(frozen=True)
class Sides:
    """Both versions, compiled."""

    versions: tuple[Version, Version]
    base: Side
    head: Side
    matched: Matched


@contextmanager
def sources(
    asked: Asked, patch: Path | None = None
) -> Iterator[tuple[tuple[Version, Version], tuple[Source, Source]]]:
    """Give both versions' source folders; checkouts go with the context."""
    head = _head(asked)
    base = _named(asked.base) if asked.base else _merge_base(head)
    with ExitStack() as stack:
        at = stack.enter_context(checked_out(base.commit, ROOT))
        other = asked.head is not None or patch is not None
        to = stack.enter_context(checked_out(head.commit, ROOT, patch)) if other else ROOT
        yield (
            (base, head),
            (
                Source(BASE, at, asked.base_env, base.shown),
                Source(HEAD, to, asked.head_env, head.shown),
            ),
        )


def _named(ref: str) -> Version:
    return Version(ref, commit_of(ref, ROOT))


def _merge_base(head: Version) -> Version:
    return Version("merge base", merge_base(head.commit, ROOT))


def compiled(asked: Asked, patch: Path | None = None) -> Sides:
    """Return both sides' machine code, and what pairs with what."""
    with (
        tempfile.TemporaryDirectory(prefix="sg-ring-gate-") as name,
        sources(asked, patch) as (versions, places),
    ):
        base, head = compile_sides(places, _words(asked), Path(name))
    check_contract(records(), base=base, head=head)
    return Sides(versions, base, head, match(base, head))


def compiled_head(asked: Asked) -> tuple[Version, Side]:
    """Return head alone, for what is held against an earlier result."""
    version = _head(asked)
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="sg-ring-gate-"))
        checkout = checked_out(version.commit, ROOT)
        at = ROOT if asked.head is None else stack.enter_context(checkout)
        source = Source(HEAD, at, asked.head_env, version.shown)
        (head,) = compile_sides([source], _words(asked), Path(name))
    check_contract(records(), head=head)
    return version, head


def _head(asked: Asked) -> Version:
    return working_tree(ROOT) if asked.head is None else _named(asked.head)


def _words(asked: Asked) -> dict[str, Any]:
    return {"backends": asked.backends, "forms": asked.forms}

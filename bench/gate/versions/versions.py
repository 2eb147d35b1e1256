"""The two versions of a gate, from the user's options to machine code."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.gate.design import Design
from bench.gate.versions.checkout import Version, checked_out, commit_of, merge_base, working_tree
from bench.gate.versions.collect import Wanted, records
from bench.gate.versions.joint_kit import BASE, HEAD
from bench.gate.versions.outside import outside_sources
from bench.gate.versions.sides import (
    Begin,
    Matched,
    Side,
    SideError,
    Source,
    check_contract,
    compile_sides,
    match,
    silent,
)
from bench.paths import ROOT
from strategies.outside.given import Given

LAST = "last"  # the side of the last commit, in addition to base and head


@dataclass(frozen=True)
class Asked:
    """The user's options, checked."""

    base: str | None  # a ref; None: the merge base with the default branch
    head: str | None  # a ref; None: the working tree
    cells: tuple[str, ...]
    backends: tuple[str, ...]
    design: Design  # the number of its cells is not known yet
    seconds: float  # of the search for suspects, at most
    seed: int
    forms: bool = False
    time_identical: bool = False
    counts: bool = False  # decide by instructions
    timed: bool = True
    baseline: Path | None = None  # an earlier result instead of a base
    base_env: Path | None = None
    head_env: Path | None = None
    layouts: tuple[Given, ...] = ()  # a user's files, in place of the suite's
    base_layout: str | None = None  # a ref of the repository that holds them


@dataclass(frozen=True)
class Sides:
    """Both versions, compiled."""

    versions: tuple[Version, Version]
    base: Side
    head: Side
    matched: Matched
    unseen: tuple[str, ...] = ()  # absent from base, and changed since the last commit


@contextmanager
def sources(
    asked: Asked, patch: Path | None = None
) -> Iterator[tuple[tuple[Version, Version], tuple[Source, Source]]]:
    """Both versions and their source folders; checkouts are removed with the context."""
    with ExitStack() as stack:
        if asked.layouts and asked.base_layout:
            yield outside_sources(asked.layouts, asked.base_layout, stack)
            return
        head = _head(asked)
        base = _named(asked.base) if asked.base else _merge_base(head)
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


def compiled(asked: Asked, patch: Path | None = None, begin: Begin = silent) -> Sides:
    """Both sides' machine code, and which variants are pairs."""
    with (
        tempfile.TemporaryDirectory(prefix="sg-ring-gate-") as name,
        sources(asked, patch) as (versions, places),
    ):
        base, head = compile_sides(places, _wanted(asked), Path(name), begin)
    check_contract(records(), base=base, head=head)
    matched = match(base, head)
    there = asked.head is None and patch is None and not asked.layouts
    unseen = tuple(_changed(asked, versions, head, matched.new)) if there else ()
    return Sides(versions, base, head, matched, unseen)


def _changed(
    asked: Asked, versions: tuple[Version, Version], head: Side, new: tuple[str, ...]
) -> Iterator[str]:
    """The layouts that base lacks and that changed since the last commit.

    Whoever commits a new layout and then changes it wants to know; the merge base lacks it.
    """
    base, now = versions
    if not new or not now.changes or base.commit == now.commit:
        return
    with (
        tempfile.TemporaryDirectory(prefix="sg-ring-gate-") as name,
        checked_out(now.commit, ROOT) as at,
        suppress(SideError),  # a last commit that does not compile: nothing to compare with
    ):
        source = Source(LAST, at, asked.head_env)
        (last,) = compile_sides([source], _wanted(asked), Path(name))
        before = last.variants
        yield from (n for n in new if n in before and before[n].codes != head.variants[n].codes)


def compiled_head(asked: Asked, begin: Begin = silent) -> tuple[Version, Side]:
    """Head alone, to be compared with an earlier result."""
    version = _head(asked)
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="sg-ring-gate-"))
        checkout = checked_out(version.commit, ROOT)
        at = ROOT if asked.head is None else stack.enter_context(checkout)
        source = Source(HEAD, at, asked.head_env, version.shown)
        (head,) = compile_sides([source], _wanted(asked), Path(name), begin)
    check_contract(records(), head=head)
    return version, head


def _head(asked: Asked) -> Version:
    return working_tree(ROOT) if asked.head is None else _named(asked.head)


def _wanted(asked: Asked) -> Wanted:
    return Wanted(asked.backends, asked.forms)

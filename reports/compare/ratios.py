"""Compares several results: what differs around them, and how far their ratios differ.

Times of two runs are never divided. Each run's ratio to its own baseline is compared, and between
two runs the ratio of these: every process has one, but the processes of two runs do not pair, so
the interval is that of two samples (``reports.statistics.rank_sum``), widened by the hidden factor
of either side. The rule of a centre is chosen from all sides together.

Columns of ``ratios_of_ratios``, next to those of the cell and ``label`` (series and backend):

    first, second                   the centres of the two
    centre, low, high, processes    of the second over the first
    verdict                         whether that is above or below 1
    same_code                       whether the hashes of series and baseline agree
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from string import ascii_uppercase
from typing import Any

import numpy as np
import pandas as pd

from reports.doubt import hidden
from reports.doubt.hidden import wider
from reports.frames.answer import headline
from reports.frames.code import by_itself
from reports.frames.tables import Tables
from reports.read import facts
from reports.read.result import Result
from reports.read.text import ResultError, stem_of
from reports.rounds.processes import CELL, Rounds, every, per_process, published, ruled
from reports.statistics.comparable import REQUEST, RESULTS, differing
from reports.statistics.estimates import columns_of
from reports.statistics.rank_sum import ratio
from reports.statistics.signed_rank import hodges_lehmann
from reports.statistics.verdict import Verdict, judge
from reports.text import wording
from reports.text.wording import printable

COMPARED = ("candidate", "control")  # roles
KEYS = [*CELL, "strategy", "form", "backend", "variant", "role"]
OF_RUN = ("command", "seed", "cpu", "partial")  # properties of a run, not of its environment
SAME, OPEN, CONTRARY = "holds on all", "open on some", "differs"


@dataclass(frozen=True)
class Side:
    """One of the results."""

    letter: str  # A, B, C ... Z, AA, AB ...
    result: Result
    found: Tables

    @property
    def name(self) -> str:
        """Its name in a heading."""
        return f"{self.letter}: {printable(stem_of(self.result.path), 255)}"

    cells: list[Rounds]  # with the rules of the centre chosen for all sides together

    @cached_property
    def processes(self) -> pd.DataFrame:
        """One row per process of each compared series, with ``label`` the same in every result."""
        whole = per_process(self.cells)
        judged = whole[whole["role"].isin(COMPARED)].dropna(subset="ratio")
        return judged.assign(label=series(judged))

    @cached_property
    def states(self) -> dict[tuple[Any, ...], str]:
        """The state of the core in the rounds of each cell."""
        rows = self.found.ratios.drop_duplicates(CELL)[[*CELL, "state"]].fillna("").astype(str)
        return {row[:-1]: row[-1] for row in rows.itertuples(index=False, name=None)}

    @cached_property
    def hidden(self) -> dict[tuple[Any, ...], float]:
        """The share of a ratio by which its interval is widened, by cell, variant and backend."""
        rows = self.found.ratios[[*CELL, "variant", "backend", "hidden"]]
        return {row[:-1]: row[-1] for row in rows.itertuples(index=False, name=None)}

    @cached_property
    def codes(self) -> dict[tuple[Any, ...], str]:
        """The hash by cell and label, as in the file."""
        known = self.result.benchmarks
        names = known.assign(label=series(known))[[*CELL, "label", "code_hash"]]
        return {row[:-1]: row[-1] for row in names.itertuples(index=False, name=None)}

    @cached_property
    def requests(self) -> dict[tuple[str, ...], dict[str, float]]:
        """What another result must agree with, by cell."""
        known = self.result.benchmarks.drop_duplicates(CELL)
        keys = known[CELL].astype(str).itertuples(index=False, name=None)
        about = ({key: row[key] for key in REQUEST} for row in known.to_dict("records"))
        return dict(zip(keys, about, strict=True))


def sides(results: Sequence[tuple[Result, Tables]]) -> list[Side]:
    """The results as sides.

    Raises:
        ResultError: if two of them were measured in different ways.
    """
    parts = [[published(cell) for cell in every(result.values)] for result, _ in results]
    found = [
        Side(letter(at), *both, cells)
        for at, (both, cells) in enumerate(zip(results, ruled(*parts), strict=True))
    ]
    first = found[0].result
    for side in found[1:]:
        other = differing(_known(first), _known(side.result), RESULTS)
        if other:
            raise ResultError(
                f"{side.result.path}: cannot be compared with {first.path}, as {', '.join(other)}; "
                "measure one of them again, like the other"
            )
    return found


def letter(at: int) -> str:
    """The letters of the result at this place, as a spreadsheet labels its columns."""
    before, last = divmod(at, len(ascii_uppercase))
    return (letter(before - 1) if before else "") + ascii_uppercase[last]


def series(rows: pd.DataFrame) -> "pd.Series[str]":
    """A name for each row's series that is the same in every file."""
    return rows["variant"].astype(str) + "@" + rows["backend"].astype(str)


def environments(found: Sequence[Side]) -> list[tuple[str, list[str]]]:
    """What differs around the runs: its name, and its value in each."""
    names = {key: name for key, name in facts.NAMES.items() if key not in OF_RUN}
    rows = [(names[key], [facts.shown(side.result, key) for side in found]) for key in names]
    states = [dict(facts.conditions(side.result)) for side in found]
    rows += [
        (key, [one.get(key, facts.UNKNOWN).partition(",")[0] for one in states])
        for key in dict.fromkeys(key for one in states for key in one)
    ]
    rows.append(("the core in cells", [of_states(side.states.values()) for side in found]))
    rows.append(("processes", [str(side.result.processes) for side in found]))
    return [(name, values) for name, values in rows if len(set(values)) > 1]


def refused(found: Sequence[Side]) -> list[str]:
    """What is in one result and cannot be compared with another, by name."""
    first, *others = found
    lines = [
        line
        for side in others
        for line in (*_alone(first, side), *_alone(side, first), *_unlike(first, side))
    ]
    return list(dict.fromkeys(lines))


def of_states(cells: Iterable[str]) -> str:
    """How many cells were in which state of the core."""
    counts = Counter(state or "unknown" for state in cells)
    if len(counts) == 1:
        return next(iter(counts))
    return ", ".join(f"{state} in {count}" for state, count in counts.most_common())


def cautions(found: Sequence[Side]) -> Iterator[str]:
    """Yield a warning where a state is unknown or differs; the cells are compared all the same."""
    first, *others = found
    for side in found:
        blind = sum(state == "" for state in side.states.values())
        if blind:
            cells = wording.count_of(blind, len(side.states), "cell")
            yield (
                f"{side.letter}: whether a neighbour was on the core is unknown in {cells}; "
                "a difference may be the neighbour's."
            )
        if doubt := hidden.sentence(side.found.hidden):
            yield f"{side.letter}: {doubt}"
    for side in others:
        both = first.states.keys() & side.states.keys()
        unlike = [key for key in both if first.states[key] != side.states[key] != ""]
        unlike = [key for key in unlike if first.states[key] != ""]
        if unlike:
            cells = wording.count_of(len(unlike), len(both), "common cell")
            yield (
                f"{side.letter}: in {cells} its rounds were in another state of the core than "
                f"{first.letter}'s; the comparison includes the difference between the states."
            )


def ratios_of_ratios(first: Side, second: Side) -> pd.DataFrame:
    """One row per cell and series that both have, if the requests are equal."""
    ours, theirs = first.requests, second.requests
    same = {key for key in ours.keys() & theirs.keys() if ours[key] == theirs[key]}
    before = dict(iter(first.processes.groupby(KEYS, observed=True, sort=False)))
    after = dict(iter(second.processes.groupby(KEYS, observed=True, sort=False)))
    shared = [key for key in before if key in after and key[: len(CELL)] in same]
    rows = [_row(first, second, key, before[key], after[key]) for key in shared]
    columns = [*KEYS, "cell", "label", "descriptors", "swept", "first", "second"]
    return pd.DataFrame(rows, columns=[*columns, *columns_of(None), "verdict", "same_code"])


def conclusions(found: Sequence[Side]) -> pd.DataFrame:
    """One row per cell and series of the answer in any file: whether all agree.

    ``says`` is SAME if every interval is on the same side of 1, CONTRARY if two are on different
    sides, otherwise OPEN; ``lowest`` and ``highest`` are the ends of the centres, ``verdict`` the
    common one.
    """
    parts = [by_itself(headline(side.found.ratios)) for side in found]
    known = [part[part["processes"] > 0] for part in parts]
    whole = pd.concat([part.assign(label=series(part)) for part in known], ignore_index=True)
    groups = whole.groupby([*CELL, "strategy", "label"], observed=True, sort=False)
    rows = [
        dict(zip([*CELL, "strategy", "label"], key, strict=True)) | _conclusion(part)
        for key, part in groups
        if len(part) == len(found)
    ]
    ends = ["cell", "descriptors", "lowest", "highest", "says", "verdict"]
    return pd.DataFrame(rows, columns=[*CELL, "strategy", "label", *ends])


def sentences(found: Sequence[Side]) -> Iterator[str]:
    """Yield, for each strategy and compiler, the number of cells on which all files agree."""
    for label, part in conclusions(found).groupby("label", sort=False):
        held = part[part["says"] == SAME]
        kinds = ", ".join(
            f"{verdict} in {len(rows)} ({_span(rows)})"
            for verdict, rows in held.groupby("verdict", sort=False)
        )
        contrary = int((part["says"] == CONTRARY).sum())
        more = f"; in {contrary} they contradict each other" if contrary else ""
        yield f"{label}: on all, {kinds or 'nothing alike'} of {len(part)} cells{more}."


def _conclusion(part: pd.DataFrame) -> dict[str, Any]:
    """The conclusion from all files together on one cell and series."""
    verdicts = set(part["verdict"])
    clear = sorted(verdicts & {Verdict.SLOWER.value, Verdict.FASTER.value})
    same = len(verdicts) == len(clear) == 1
    return {
        "cell": part["cell"].iloc[0],
        "descriptors": part["descriptors"].iloc[0],
        "lowest": part["centre"].min(),
        "highest": part["centre"].max(),
        "says": SAME if same else CONTRARY if len(clear) > 1 else OPEN,
        "verdict": clear[0] if same else "",
    }


def _alone(here: Side, there: Side) -> Iterator[str]:
    """Yield the cells, and the series of common cells, that only the first of two has."""
    cells = here.requests.keys() & there.requests.keys()
    yield from (f"{_name(key)}: not in {there.letter}" for key in here.requests if key not in cells)
    theirs = set(there.processes[KEYS].itertuples(index=False, name=None))
    ours = here.processes.drop_duplicates(KEYS)
    keys = list(ours[KEYS].itertuples(index=False, name=None))
    missing = [key not in theirs and key[: len(CELL)] in cells for key in keys]
    for label, part in ours[np.array(missing, dtype=bool)].groupby("label", sort=False):
        names = [_name(key) for key in part[CELL].itertuples(index=False, name=None)]
        where = names[0] if len(names) == 1 else f"{len(names)} cells"
        yield f"{label} of {where}: not in {there.letter}"


def _unlike(first: Side, second: Side) -> Iterator[str]:
    """Yield the cells of the same name whose requests differ."""
    for key in first.requests:
        if key in second.requests:
            for clause in differing(first.requests[key], second.requests[key], REQUEST):
                yield f"{_name(key)}: {clause} in {second.letter}"


def _name(cell: tuple[str, ...]) -> str:
    """A cell as files name it."""
    *parts, axes = cell
    return "/".join(parts) + (f"{{{axes}}}" if axes else "")


def _span(rows: pd.DataFrame) -> str:
    low, high = f"{rows['lowest'].min():.2f}", f"{rows['highest'].max():.2f}"
    return low if low == high else f"{low} to {high}"


def _row(
    first: Side, second: Side, key: tuple[Any, ...], ours: pd.DataFrame, theirs: pd.DataFrame
) -> dict[str, Any]:
    one = ours.iloc[0]
    here = tuple(one[key] for key in (*CELL, "variant", "backend"))
    reach = float(np.hypot(first.hidden.get(here, 0.0), second.hidden.get(here, 0.0)))
    found = wider(ratio(ours["ratio"], theirs["ratio"]), reach)
    return {
        **dict(zip(KEYS, key, strict=True)),
        **{name: one[name] for name in ("cell", "label", "descriptors", "swept")},
        "first": hodges_lehmann(ours["ratio"]),
        "second": hodges_lehmann(theirs["ratio"]),
        **columns_of(found),
        "verdict": judge(found).value,
        "same_code": _hashes(first, ours) == _hashes(second, theirs) != ("", ""),
    }


def _hashes(side: Side, rows: pd.DataFrame) -> tuple[str, str]:
    """The hashes of a series and of its baseline."""
    one = rows.iloc[0]
    cell = tuple(one[key] for key in CELL)
    baseline = str(one["against"]).partition("@")[0]
    labels = (one["label"], f"{baseline}@{one['backend']}")
    first, second = (side.codes.get((*cell, label), "") for label in labels)
    return first, second


def _known(result: Result) -> dict[str, str]:
    return {key: facts.shown(result, key) for key in RESULTS}

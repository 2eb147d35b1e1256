"""The centre of a process's rounds, by a rule that the rounds of all processes decide together.

A median is the best centre of rounds that lie in one heap and the worst of rounds that lie in two:
where half of them are in either, it falls into the empty gap between and jumps. So the rule follows
from what decides in which heap a round lies:

    one heap                            the median over rounds
    the position of the code decides    the mean over positions of the medians within a position
    two heaps, and it does not          the mean of the rounds without a fifth at either end

A ratio has two sides, and each has positions of its own. Where position decides the baseline, its
rounds are first brought to the mean over its positions (``levels``). Or else the ratio of a copy of
the same code would be a mean over a median, which is not 1.

Positions are drawn within a process, in equal shares, so the test of whether they decide is a
permutation of what was drawn: the rank test for blocks, a process being a block, against ranks
dealt out anew within each process. All series of a run are one family: LEVEL is the chance that
any of a run's series is said to hang on position when none does.

Decide the rule once for what is to be compared (both sides of a gate together), never for each
side, as the difference between two rules is no difference between two sides.

* P. van Elteren, "On the combination of independent two-sample tests of Wilcoxon", Bulletin of the
  International Statistical Institute 37 (1960), 351-361: ranks within blocks, and their weights.
* P. H. Westfall, S. S. Young, "Resampling-Based Multiple Testing" (1993): families by resampling.
* N. Otsu, "A threshold selection method from gray-level histograms", IEEE Transactions on Systems,
  Man, and Cybernetics 9 (1979), 62-66: where two heaps part.
* K. M. Ashman, C. M. Bird, S. E. Zepf, "Detecting bimodality in astronomical datasets",
  Astronomical Journal 108 (1994), 2348-2361: how far apart they must be.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from reports.statistics.signed_rank import DIFFERENCE_MIN, Values, medians

LEVEL = 0.01  # chance that any series of a run is flagged where nothing is there
PERMUTATIONS = 199  # of each series; all series pool theirs
SEED = 13  # of the permutations: a result has one answer
POSITIONS = 4  # of code in a cache line
TRIMMED = 0.2  # of the rounds, at either end
ROUNDS_MIN = 8  # of a process, for a centre of its own: two a position
HEAP_SHARE_MIN = 0.1  # of the rounds in the smaller heap: fewer are strays
HEAPS_APART = 5.0  # Ashman's D; halves of a normal distribution have 2.6, of an even one 3.5
GAP_MIN = 0.5  # between positions, of the quartiles' distance within them: else it is one heap
STRAYS = 1.0  # per cent at either end that are not looked at for heaps
UNKNOWN = -1  # label of a round that has none

Labels = NDArray[np.integer]


class Rule(enum.Enum):
    """How a process's rounds come to one number."""

    MEDIAN = "median"
    POSITIONS = "mean of positions' medians"
    TRIMMED = "trimmed mean"


@dataclass(frozen=True)
class Series:
    """Rounds of one series in one cell: a row a process, a column a round."""

    ratios: Values  # NaN where a process has no such round
    positions: Labels  # of the code then, in the same places; UNKNOWN where the file does not tell


@dataclass(frozen=True)
class Heaps:
    """Two kinds of round."""

    low: float  # median of the lower kind
    high: float  # of the higher
    share: float  # of rounds in the higher
    border: float  # between them


def centres(ratios: ArrayLike, positions: ArrayLike) -> tuple[Rule, Values]:
    """Return the rule for one series alone, and by it a number a process."""
    one = Series(np.asarray(ratios, dtype=np.float64), np.asarray(positions))
    (rule,) = rules([one])
    return rule, per_process(one, rule)


def pooled(sides: Sequence[Series]) -> Series:
    """Return the processes of several sides as those of one series."""
    most = max(one.ratios.shape[1] for one in sides)
    return Series(
        np.concatenate([_widened(one.ratios, most, np.nan) for one in sides]),
        np.concatenate([_widened(one.positions, most, UNKNOWN) for one in sides]),
    )


def rules(family: Sequence[Series]) -> list[Rule]:
    """Return the rule of each series, of all that a run has or two sides have together."""
    found = chances([one.ratios for one in family], [one.positions for one in family])
    decided = found <= LEVEL
    return [_rule(one, by_position=bool(by)) for one, by in zip(family, decided, strict=True)]


def per_process(one: Series, rule: Rule) -> Values:
    """Return each process's number; NaN where it has no rounds."""
    if rule is Rule.POSITIONS:
        return _mean_of_positions(one)
    if rule is Rule.TRIMMED:
        return trimmed_means(one.ratios)
    return medians(one.ratios[..., np.newaxis])[:, 0]


def levels(one: Series) -> Values:
    """What each round must be multiplied by to be as if it lay at the mean of all positions.

    The medians by position are the process's own; a round whose position is unknown stays.
    """
    own = np.ones_like(one.ratios)
    whole = _mean_of_positions(one)[:, np.newaxis]
    for at in range(POSITIONS):
        there = one.positions == at
        middle = medians(np.where(there, one.ratios, np.nan)[..., np.newaxis])
        own = np.where(there, whole / middle, own)
    return own


def other(rule: Rule) -> Rule:
    """Return the rule that a reader might have expected: the median, and of it the mean."""
    return Rule.TRIMMED if rule is Rule.MEDIAN else Rule.MEDIAN


def trimmed_means(rounds: Values) -> Values:
    """Return each row's mean without TRIMMED of its values at either end; NaN of nothing."""
    ordered = np.sort(rounds, axis=1)  # NaN last
    count = (~np.isnan(rounds)).sum(axis=1, keepdims=True)
    cut = np.floor(TRIMMED * count)
    at = np.arange(rounds.shape[1])
    kept = (at >= cut) & (at < count - cut)
    total = np.where(kept, ordered, 0.0).sum(axis=1)
    number = kept.sum(axis=1)
    found: Values = np.divide(total, number, out=np.full_like(total, np.nan), where=number > 0)
    return found


def heaps(rounds: Values) -> Heaps | None:
    """Return the two kinds that rounds, a row a process, lie in; None where they lie in one.

    Processes are first moved to one level, as their own differences make no kinds of round. The
    border is where the variance between two parts is largest. They are two kinds where each has
    HEAP_SHARE_MIN of the rounds, and their means are HEAPS_APART of the spread within them apart
    and DIFFERENCE_MIN of each other.
    """
    logs = _at_one_level(rounds)
    strays = int(len(logs) * STRAYS / 100)
    core = logs[strays : len(logs) - strays]
    if len(core) < 2 / HEAP_SHARE_MIN:
        return None
    at = _parting(core)
    low, high = core[:at], core[at:]
    if min(len(low), len(high)) < HEAP_SHARE_MIN * len(core):
        return None
    gap = high.mean() - low.mean()
    if gap < np.log1p(DIFFERENCE_MIN) or not _apart(gap, low, high):
        return None
    below, above, border = np.exp([np.median(low), np.median(high), (low[-1] + high[0]) / 2])
    return Heaps(float(below), float(above), len(high) / len(core), float(border))


def kinds(one: Series, rule: Rule) -> Heaps | None:
    """Return the two kinds of round that a rule other than the median was chosen for."""
    if rule is Rule.POSITIONS:
        return _kinds_of_positions(one)
    if rule is Rule.TRIMMED:
        return heaps(one.ratios) or heaps(_levelled(one))
    return None


def chances(ratios: Sequence[Values], labels: Sequence[Labels]) -> Values:
    """Return the family-wise p of each series: that its label moves its ratios by chance alone.

    Rounds without a ratio or with an UNKNOWN label are left out. The p of a series is the number of
    permuted series, over the whole family, that are as far off as it is, a permutation: what
    Bonferroni's inequality bounds the chance of any false one by.
    """
    blocks = [_block(*_packed(*both)) for both in zip(ratios, labels, strict=True)]
    far = np.array([_off(one.scores[np.newaxis], [one])[0, 0] for one in blocks])
    alike: dict[bytes, list[_Block]] = {}
    for one in blocks:
        alike.setdefault(one.counts.tobytes(), []).append(one)
    null = [_off(_dealt(same[0].counts), same).ravel() for same in alike.values()]
    pool = np.sort(np.concatenate(null)) if null else np.empty(0)
    beyond = len(pool) - np.searchsorted(pool, far * (1 - 1e-9))
    found: Values = np.minimum(1.0, (1 + beyond) / (1 + PERMUTATIONS))
    return found


def _widened(table: NDArray[Any], columns: int, filling: float) -> NDArray[Any]:
    more = ((0, 0), (0, columns - table.shape[1]))
    return np.pad(table, more, constant_values=filling)


def _rule(one: Series, *, by_position: bool) -> Rule:
    """Return the rule of a series, once it is known whether position moves it."""
    by_position = by_position and _parted(one)
    if heaps(_levelled(one) if by_position else one.ratios) is not None:
        return Rule.TRIMMED
    return Rule.POSITIONS if by_position else Rule.MEDIAN


def _parted(one: Series) -> bool:
    """Return whether the rounds of some positions lie apart from those of others."""
    left = _levelled(one)
    middles = np.sort(_middles(one))
    low, high = np.nanpercentile(left, (25, 75))
    gaps = np.diff(middles[~np.isnan(middles)])
    return bool(gaps.max(initial=0.0) > GAP_MIN * (high - low) * np.nanmean(middles))


def _kinds_of_positions(one: Series) -> Heaps:
    """Return the rounds of the faster and of the slower positions."""
    usual = _middles(one)
    order = np.argsort(usual)[: np.count_nonzero(~np.isnan(usual))]
    after = int(np.argmax(np.diff(usual[order])))
    known = ~np.isnan(one.ratios)
    slower = np.isin(one.positions, order[after + 1 :]) & known
    faster = np.isin(one.positions, order[: after + 1]) & known
    low, high = (float(np.median(one.ratios[part])) for part in (faster, slower))
    share = slower.sum() / (slower.sum() + faster.sum())
    border = float(usual[order[after : after + 2]].mean())
    return Heaps(low, high, float(share), border)


def _levelled(one: Series) -> Values:
    """Return the ratios with what their position does taken away."""
    left = np.full_like(one.ratios, np.nan)
    for at, middle in enumerate(_middles(one)):
        left = np.where(one.positions == at, one.ratios / middle, left)
    return left


def _middles(one: Series) -> Values:
    """Return the median of all rounds at each position; NaN where there are none."""
    parts = [one.ratios[(one.positions == at) & ~np.isnan(one.ratios)] for at in range(POSITIONS)]
    return np.array([np.median(part) if len(part) else np.nan for part in parts])


def _mean_of_positions(one: Series) -> Values:
    """Return each process's mean over positions of its medians there.

    A position in which a process has no round is filled by what it has elsewhere and by how the
    position differs in all processes: left out, it would move the mean by what it costs.
    """
    there = [np.where(one.positions == at, one.ratios, np.nan) for at in range(POSITIONS)]
    table = np.stack([medians(part[..., np.newaxis])[:, 0] for part in there], axis=1)
    usual = _middles(one)
    known = ~np.isnan(table)
    number = known.sum(axis=1, keepdims=True)
    total = np.where(known, table - usual, 0.0).sum(axis=1, keepdims=True)
    level = np.divide(total, number, out=np.full_like(total, np.nan), where=number > 0)
    filled = np.where(known, table, usual + level)
    found: Values = filled[:, ~np.isnan(usual)].mean(axis=1)
    return found


def _at_one_level(rounds: Values) -> Values:
    """Return the logarithms of all rounds in order, each process moved to the mean of all."""
    logs = np.log(rounds)
    known = ~np.isnan(logs)
    number = np.maximum(1, known.sum(axis=1, keepdims=True))
    own = np.where(known, logs, 0.0).sum(axis=1, keepdims=True) / number
    found: Values = np.sort((logs - own)[known] + (logs[known].mean() if known.any() else 0.0))
    return found


def _parting(ordered: Values) -> int:
    """Return how many of the values, in their order, are in the lower of two parts."""
    count = np.arange(1, len(ordered))
    below = np.cumsum(ordered)[:-1]
    means = below / count
    above = (ordered.sum() - below) / (len(ordered) - count)
    return 1 + int(np.argmax(count * (len(ordered) - count) * (above - means) ** 2))


def _apart(gap: float, low: Values, high: Values) -> bool:
    """Return whether two parts are two heaps: Ashman's D."""
    return bool(np.sqrt(2) * gap > HEAPS_APART * np.hypot(low.std(), high.std()))


def _packed(ratios: Values, labels: Labels) -> tuple[Values, Labels]:
    """Return the rounds that count, first in their rows, and rows in an order of their own.

    Neither the order of rounds nor that of processes is then seen by what follows, and all series
    that have equally many rounds share the ranks that are dealt out.
    """
    kinds = np.where(np.isnan(ratios), UNKNOWN, labels)
    values = np.where(kinds == UNKNOWN, np.inf, ratios)
    order = np.argsort(values, axis=1, kind="stable")
    values, kinds = (np.take_along_axis(one, order, axis=1) for one in (values, kinds))
    counts = (kinds != UNKNOWN).sum(axis=1)
    rows = np.lexsort((*values.T[::-1], -counts))
    most = int(counts.max(initial=0))
    return values[rows, :most], kinds[rows, :most]


@dataclass(frozen=True)
class _Block:
    """A series as its test sees it: ranks within processes, and labels."""

    scores: Values  # a row a process, from -1/2 to 1/2; 0 for what is not there
    counts: NDArray[np.int64]  # rounds of each process
    groups: Values  # a row a round of all processes, a column a label: 1 where it has it
    inverse: Values  # of how the sums of scores over labels scatter and covary by chance


def _block(values: Values, kinds: Labels) -> _Block:
    counts = (kinds != UNKNOWN).sum(axis=1)
    there = np.unique(kinds[kinds != UNKNOWN])
    groups = (kinds[..., np.newaxis] == there).astype(np.float64)
    inside = np.arange(kinds.shape[1]) < counts[:, np.newaxis]
    ranks = rankdata(values, axis=1) / (counts[:, np.newaxis] + 1) - 0.5
    scores = np.where(inside, ranks, 0.0)
    each, size = groups.sum(axis=1), np.maximum(2, counts)
    spread = (scores**2).sum(axis=1) / (size - 1)
    both = np.einsum("p,pi,pj->ij", spread / size, each, each)
    inverse = np.linalg.pinv(np.diag(spread @ each) - both, hermitian=True)
    return _Block(scores, counts, groups.reshape(kinds.size, len(there)), inverse)


def _dealt(counts: NDArray[np.int64]) -> Values:
    """Return the scores of PERMUTATIONS series of so many rounds, in which nothing decides."""
    draw = np.random.default_rng(SEED)
    found = np.zeros((PERMUTATIONS, len(counts), int(counts.max(initial=0))))
    for row, count in enumerate(counts.tolist()):
        even = np.arange(1, count + 1) / (count + 1) - 0.5
        found[:, row, :count] = draw.permuted(np.tile(even, (PERMUTATIONS, 1)), axis=1)
    return found


def _off(scores: Values, blocks: Sequence[_Block]) -> Values:
    """Return how far labels are off: a row for each of the scores, a column a block."""
    flat = scores.reshape(len(scores), -1)
    sums = flat @ np.concatenate([one.groups for one in blocks], axis=1)
    ends = np.cumsum([one.groups.shape[1] for one in blocks])[:-1]
    parts = zip(np.split(sums, ends, axis=1), blocks, strict=True)
    return np.stack([((part @ one.inverse) * part).sum(axis=1) for part, one in parts], axis=1)

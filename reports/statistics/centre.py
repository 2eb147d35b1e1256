"""The centre of a process's rounds, by a rule chosen from the rounds of all processes together.

The median is the best centre of rounds that form one cluster and the worst of rounds that form two:
when each holds half of them, the median falls into the gap between and jumps. So the rule follows
from what decides which cluster a round belongs to:

    one cluster                  the median over rounds
    two, by code position        the mean over positions of the medians within a position
    two, by something else       the mean of the rounds without the lowest and highest fifth

A ratio has two sides, and each has its own code positions. Where position matters to the baseline,
its rounds are first scaled to the mean over its positions (``levels``); otherwise the ratio of a
copy of the same code would be a mean over a median, which is not 1.

Positions are drawn at random within a process, in equal shares, so the test for an effect of
position permutes what was drawn: the rank test for blocks, each process being a block, against
ranks permuted within each process. All series of a run are one family: LEVEL is the chance that
any series of a run is found to depend on position when none does.

Choose the rule once for everything that is compared (both sides of a gate together), never per
side: a difference between two rules is not a difference between two sides.

* P. van Elteren, "On the combination of independent two-sample tests of Wilcoxon", Bulletin of the
  International Statistical Institute 37 (1960), 351-361: ranks within blocks, and their weights.
* P. H. Westfall, S. S. Young, "Resampling-Based Multiple Testing" (1993): families by resampling.
* N. Otsu, "A threshold selection method from gray-level histograms", IEEE Transactions on Systems,
  Man, and Cybernetics 9 (1979), 62-66: where to split two clusters.
* K. M. Ashman, C. M. Bird, S. E. Zepf, "Detecting bimodality in astronomical datasets",
  Astronomical Journal 108 (1994), 2348-2361: how far apart they must be.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reports.statistics.signed_rank import DIFFERENCE_MIN, Values, medians

LEVEL = 0.01  # chance that any series of a run is flagged when there is no effect
PERMUTATIONS = 199  # per series; the null distribution pools those of all series
SEED = 13  # of the permutations, so that a result has one answer
POSITIONS = 4  # of code in a cache line: 0, 16, 32 and 48 bytes
TRIMMED = 0.2  # share of the rounds cut at either end
ROUNDS_MIN = 8  # per process, for a centre of its own: two per position
CLUSTER_SHARE_MIN = 0.1  # share of rounds in the smaller cluster; fewer are outliers
CLUSTERS_APART = 5.0  # Ashman's D; halves of a normal distribution have 2.6, of a uniform one 3.5
GAP_MIN = 0.5  # between positions, in interquartile ranges within them; less is one cluster
STRAYS = 1.0  # per cent ignored at either end when clusters are looked for
UNKNOWN = -1  # position of a round that the file does not give

Labels = NDArray[np.integer]


class Rule(enum.Enum):
    """How the rounds of a process are reduced to one number."""

    MEDIAN = "median"
    POSITIONS = "mean of positions' medians"
    TRIMMED = "trimmed mean"


@dataclass(frozen=True)
class Series:
    """Rounds of one series in one cell: one row per process, one column per round."""

    ratios: Values  # NaN where the process has no such round
    positions: Labels  # of the code, same shape; UNKNOWN where the file does not give it


@dataclass(frozen=True)
class Clusters:
    """Two clusters of rounds."""

    low: float  # median of the lower cluster
    high: float  # median of the higher cluster
    share: float  # of rounds in the higher cluster
    border: float  # that separates them


def centres(ratios: ArrayLike, positions: ArrayLike) -> tuple[Rule, Values]:
    """The rule for one series on its own, and the centre of each process by that rule."""
    one = Series(np.asarray(ratios, dtype=np.float64), np.asarray(positions))
    (rule,) = rules([one])
    return rule, per_process(one, rule)


def pooled(sides: Sequence[Series]) -> Series:
    """The processes of several sides as those of one series."""
    most = max(one.ratios.shape[1] for one in sides)
    return Series(
        np.concatenate([_widened(one.ratios, most, np.nan) for one in sides]),
        np.concatenate([_widened(one.positions, most, UNKNOWN) for one in sides]),
    )


def rules(family: Sequence[Series]) -> list[Rule]:
    """The rule of each series in a family: all series of a run, or of two sides together."""
    found = chances([one.ratios for one in family], [one.positions for one in family])
    decided = found <= LEVEL
    return [_rule(one, by_position=bool(by)) for one, by in zip(family, decided, strict=True)]


def per_process(one: Series, rule: Rule) -> Values:
    """The centre of each process; NaN where it has no rounds."""
    if rule is Rule.POSITIONS:
        return _mean_of_positions(one)
    if rule is Rule.TRIMMED:
        return trimmed_means(one.ratios)
    return medians(one.ratios[..., np.newaxis])[:, 0]


def levels(one: Series) -> Values:
    """Factors that scale each round to the mean over all code positions.

    The medians by position are those of the process; a round of unknown position keeps factor 1.
    """
    own = np.ones_like(one.ratios)
    whole = _mean_of_positions(one)[:, np.newaxis]
    for at in range(POSITIONS):
        there = one.positions == at
        middle = medians(np.where(there, one.ratios, np.nan)[..., np.newaxis])
        own = np.where(there, whole / middle, own)
    return own


def other(rule: Rule) -> Rule:
    """The rule that a reader may have expected: the median, or the trimmed mean instead of it."""
    return Rule.TRIMMED if rule is Rule.MEDIAN else Rule.MEDIAN


def trimmed_means(rounds: Values) -> Values:
    """The mean of each row without TRIMMED of its values at either end; NaN for an empty row."""
    ordered = np.sort(rounds, axis=1)  # NaN sorts last
    count = (~np.isnan(rounds)).sum(axis=1, keepdims=True)
    cut = np.floor(TRIMMED * count)
    at = np.arange(rounds.shape[1])
    kept = (at >= cut) & (at < count - cut)
    total = np.where(kept, ordered, 0.0).sum(axis=1)
    number = kept.sum(axis=1)
    found: Values = np.divide(total, number, out=np.full_like(total, np.nan), where=number > 0)
    return found


def clusters(rounds: Values) -> Clusters | None:
    """The two clusters that rounds (one row per process) form; None if they form one.

    Processes are first shifted to a common level, as differences between processes are not clusters
    of rounds. The split is where the variance between the parts is largest. The parts are clusters
    if each holds at least CLUSTER_SHARE_MIN of the rounds and their means differ by at least
    CLUSTERS_APART of the spread within them and by at least DIFFERENCE_MIN.
    """
    logs = _at_one_level(rounds)
    strays = int(len(logs) * STRAYS / 100)
    core = logs[strays : len(logs) - strays]
    if len(core) < 2 / CLUSTER_SHARE_MIN:
        return None
    at = _parting(core)
    low, high = core[:at], core[at:]
    if min(len(low), len(high)) < CLUSTER_SHARE_MIN * len(core):
        return None
    gap = high.mean() - low.mean()
    if gap < np.log1p(DIFFERENCE_MIN) or not _apart(gap, low, high):
        return None
    below, above, border = np.exp([np.median(low), np.median(high), (low[-1] + high[0]) / 2])
    return Clusters(float(below), float(above), len(high) / len(core), float(border))


def kinds(one: Series, rule: Rule) -> Clusters | None:
    """The two clusters for which a rule other than the median was chosen."""
    if rule is Rule.POSITIONS:
        return _kinds_of_positions(one)
    if rule is Rule.TRIMMED:
        return clusters(one.ratios) or clusters(_levelled(one))
    return None


def chances(ratios: Sequence[Values], labels: Sequence[Labels]) -> Values:
    """The family-wise p of each series: the chance of such an effect of its label if it has none.

    Rounds without a ratio or with an UNKNOWN label are left out. The p of a series is the number of
    permuted series in the whole family that deviate at least as much as it does, per permutation:
    Bonferroni's bound on the chance of any false positive.
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
    """The rule of a series, given whether position affects it."""
    by_position = by_position and _parted(one)
    if clusters(_levelled(one) if by_position else one.ratios) is not None:
        return Rule.TRIMMED
    return Rule.POSITIONS if by_position else Rule.MEDIAN


def _parted(one: Series) -> bool:
    """True if the rounds at some positions are clearly apart from those at others."""
    left = _levelled(one)
    middles = np.sort(_middles(one))
    low, high = np.nanpercentile(left, (25, 75))
    gaps = np.diff(middles[~np.isnan(middles)])
    return bool(gaps.max(initial=0.0) > GAP_MIN * (high - low) * np.nanmean(middles))


def _kinds_of_positions(one: Series) -> Clusters:
    """The rounds at the faster and at the slower positions."""
    usual = _middles(one)
    order = np.argsort(usual)[: np.count_nonzero(~np.isnan(usual))]
    after = int(np.argmax(np.diff(usual[order])))
    known = ~np.isnan(one.ratios)
    slower = np.isin(one.positions, order[after + 1 :]) & known
    faster = np.isin(one.positions, order[: after + 1]) & known
    low, high = (float(np.median(one.ratios[part])) for part in (faster, slower))
    share = slower.sum() / (slower.sum() + faster.sum())
    border = float(usual[order[after : after + 2]].mean())
    return Clusters(low, high, float(share), border)


def _levelled(one: Series) -> Values:
    """The ratios with the effect of position divided out."""
    left = np.full_like(one.ratios, np.nan)
    for at, middle in enumerate(_middles(one)):
        left = np.where(one.positions == at, one.ratios / middle, left)
    return left


def _middles(one: Series) -> Values:
    """The median of all rounds at each position; NaN where there are none."""
    parts = [one.ratios[(one.positions == at) & ~np.isnan(one.ratios)] for at in range(POSITIONS)]
    return np.array([np.median(part) if len(part) else np.nan for part in parts])


def _mean_of_positions(one: Series) -> Values:
    """The mean over positions of each process's medians there.

    A position where a process has no round is filled in from its other positions and from how that
    position differs in all processes: left out, it would shift the mean by its own cost.
    """
    there = [np.where(one.positions == at, one.ratios, np.nan) for at in range(POSITIONS)]
    table = np.stack([medians(part[..., np.newaxis])[:, 0] for part in there], axis=1)
    usual = _middles(one)
    if np.isnan(usual).all():  # of a file without positions
        return medians(one.ratios[..., np.newaxis])[:, 0]
    known = ~np.isnan(table)
    number = known.sum(axis=1, keepdims=True)
    total = np.where(known, table - usual, 0.0).sum(axis=1, keepdims=True)
    level = np.divide(total, number, out=np.full_like(total, np.nan), where=number > 0)
    filled = np.where(known, table, usual + level)
    found: Values = filled[:, ~np.isnan(usual)].mean(axis=1)
    return found


def _at_one_level(rounds: Values) -> Values:
    """The sorted logarithms of all rounds, each process shifted to the mean of all."""
    logs = np.log(rounds)
    known = ~np.isnan(logs)
    number = np.maximum(1, known.sum(axis=1, keepdims=True))
    own = np.where(known, logs, 0.0).sum(axis=1, keepdims=True) / number
    found: Values = np.sort((logs - own)[known] + (logs[known].mean() if known.any() else 0.0))
    return found


def _parting(ordered: Values) -> int:
    """How many of the sorted values belong to the lower of the two parts."""
    count = np.arange(1, len(ordered))
    below = np.cumsum(ordered)[:-1]
    means = below / count
    above = (ordered.sum() - below) / (len(ordered) - count)
    return 1 + int(np.argmax(count * (len(ordered) - count) * (above - means) ** 2))


def _apart(gap: float, low: Values, high: Values) -> bool:
    """True if two parts are two clusters by Ashman's D."""
    return bool(np.sqrt(2) * gap > CLUSTERS_APART * np.hypot(low.std(), high.std()))


def _packed(ratios: Values, labels: Labels) -> tuple[Values, Labels]:
    """The rounds that count, moved to the front of their rows, with the rows in canonical order.

    The result then depends on neither the order of rounds nor that of processes, and all series
    with equally many rounds share one set of permuted ranks.
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
    """A series as the test sees it: ranks within processes, and labels."""

    scores: Values  # one row per process, -1/2 to 1/2; 0 where there is no round
    counts: NDArray[np.int64]  # rounds of each process
    groups: Values  # one row per round of all processes, one column per label: 1 where they match
    inverse: Values  # of the null covariance of the label sums of scores


def _block(values: Values, kinds: Labels) -> _Block:
    counts = (kinds != UNKNOWN).sum(axis=1)
    there = np.unique(kinds[kinds != UNKNOWN])
    groups = (kinds[..., np.newaxis] == there).astype(np.float64)
    inside = np.arange(kinds.shape[1]) < counts[:, np.newaxis]
    ranks = _ranks(values) / (counts[:, np.newaxis] + 1) - 0.5
    scores = np.where(inside, ranks, 0.0)
    each, size = groups.sum(axis=1), np.maximum(2, counts)
    spread = (scores**2).sum(axis=1) / (size - 1)
    both = np.einsum("p,pi,pj->ij", spread / size, each, each)
    inverse = np.linalg.pinv(np.diag(spread @ each) - both, hermitian=True)
    return _Block(scores, counts, groups.reshape(kinds.size, len(there)), inverse)


def _ranks(rows: Values) -> Values:
    """The ranks of each row's values, which ascend; equal ones share the mean of theirs.

    As scipy.stats.rankdata, which a run on a host would have to be sent for this alone.
    """
    at = np.arange(rows.shape[1])
    apart = rows[:, 1:] != rows[:, :-1]
    begins = np.where(np.pad(apart, ((0, 0), (1, 0)), constant_values=True), at, 0)
    ends = np.where(np.pad(apart, ((0, 0), (0, 1)), constant_values=True), at, len(at))
    first = np.maximum.accumulate(begins, axis=1)
    last = np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]
    found: Values = (first + last) / 2 + 1
    return found


def _dealt(counts: NDArray[np.int64]) -> Values:
    """The scores of PERMUTATIONS series with these numbers of rounds and no effect."""
    draw = np.random.default_rng(SEED)
    found = np.zeros((PERMUTATIONS, len(counts), int(counts.max(initial=0))))
    for row, count in enumerate(counts.tolist()):
        even = np.arange(1, count + 1) / (count + 1) - 0.5
        found[:, row, :count] = draw.permuted(np.tile(even, (PERMUTATIONS, 1)), axis=1)
    return found


def _off(scores: Values, blocks: Sequence[_Block]) -> Values:
    """How far labels deviate: one row per set of scores, one column per block."""
    flat = scores.reshape(len(scores), -1)
    sums = flat @ np.concatenate([one.groups for one in blocks], axis=1)
    ends = np.cumsum([one.groups.shape[1] for one in blocks])[:-1]
    parts = zip(np.split(sums, ends, axis=1), blocks, strict=True)
    return np.stack([((part @ one.inverse) * part).sum(axis=1) for part, one in parts], axis=1)

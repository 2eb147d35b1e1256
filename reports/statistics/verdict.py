"""What a ratio to the baseline means."""

import enum

from reports.statistics.signed_rank import Estimate

BAND = 0.005  # difference from 1 that is not worth a mark: the one that the gate lets pass


class Verdict(enum.Enum):
    """The answer for one cell; "inconclusive" is an answer."""

    SLOWER = "slower"
    FASTER = "faster"
    INCONCLUSIVE = "inconclusive"
    DOUBTFUL = "doubtful"
    NO_INTERVAL = "no interval"
    MISSING = "missing"

    @property
    def meaning(self) -> str:
        """The verdict spelled out, for the reader of a table."""
        return {
            Verdict.SLOWER: "the whole interval is above 1",
            Verdict.FASTER: "the whole interval is below 1",
            Verdict.INCONCLUSIVE: "the interval includes 1",
            Verdict.DOUBTFUL: "no farther from 1 than the interval of the baseline's own copy",
            Verdict.NO_INTERVAL: "too few processes",
            Verdict.MISSING: "no values, or no baseline to compare with",
        }[self]

    @property
    def mark(self) -> str:
        """A sign for a table, which colour may repeat but not replace."""
        return {
            Verdict.SLOWER: "▲",
            Verdict.FASTER: "▼",
            Verdict.INCONCLUSIVE: "○",
            Verdict.DOUBTFUL: "?",
            Verdict.NO_INTERVAL: "·",
            Verdict.MISSING: "-",
        }[self]


def judge(found: Estimate | None, noise: float = 0.0) -> Verdict:
    """The verdict of a ratio; ``noise`` is how far from 1 the control's interval reaches."""
    if found is None:
        return Verdict.MISSING
    if found.low is None:
        return Verdict.NO_INTERVAL
    if not found.excludes(1.0):
        return Verdict.INCONCLUSIVE
    if abs(found.centre - 1) <= noise:
        return Verdict.DOUBTFUL
    return Verdict.SLOWER if found.centre > 1 else Verdict.FASTER


def within_band(found: Estimate) -> bool:
    """True if a difference from 1 is so small that nobody chooses a layout for it."""
    return abs(found.centre - 1) <= BAND

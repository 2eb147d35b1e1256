"""Names and numbers in printed form: safe to show, and rounded without claiming too much."""

import hashlib
import math
import re
import unicodedata
from collections.abc import Hashable, Mapping
from typing import Any, Literal

from reports.statistics.signed_rank import Estimate

NAME_LENGTH_MAX = 72  # characters of a name
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")  # control, format (bidi marks), surrogates ...
RATIO_DECIMALS = 3  # of a ratio, at most
CHANGE_DECIMALS = 1  # of a per cent, at most
DECIMALS_MAX = 9
DIGITS = 4  # significant digits of a time
DECIDES = {"position": "code position", "state": "state", "unknown": "what is not recorded"}
TIME_DECIMALS_MAX = 2  # 10 ps: finer than any interval


def printable(text: object, length_max: int = NAME_LENGTH_MAX) -> str:
    """The text without control characters; a long one is shortened but stays unique."""
    shown = "".join("?" if unicodedata.category(c) in HIDDEN else c for c in str(text))
    if len(shown) <= length_max:
        return shown
    return f"{shown[: length_max - 9]}~{hashlib.sha256(shown.encode()).hexdigest()[:8]}"


def drawable(text: object, length_max: int = 36) -> str:
    """The text shortened to fit an axis, in letters that every font has."""
    return printable(text, length_max).encode("latin-1", "replace").decode("latin-1")


def file_name(text: str) -> str:
    """The text made safe for use in a file name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.") or "unnamed"


def anchor(*names: object) -> str:
    """The names as an address within a page that survives being pasted into a mail."""
    return "-".join(file_name(str(name)) for name in names)


def markdown(text: object) -> str:
    """The text escaped so that Markdown finds no markup, table border or link in it."""
    escaped = re.sub(r"[\\|<>*`&]", r"\\\g<0>", str(text))
    return escaped.replace("](", "]\\(")


def unbroken(text: str) -> str:
    """The text with no-break spaces, so that intervals, ranges and percentages stay on one line."""
    whole = text.replace(" %", "\N{NO-BREAK SPACE}%").replace("± ", "±\N{NO-BREAK SPACE}")
    whole = re.sub(
        r"(?<=\d) - (?=\d)", "\N{NO-BREAK SPACE}-\N{WORD JOINER}\N{NO-BREAK SPACE}", whole
    )
    return re.sub(r"(\[[\d.-]+,) ([\d.-]+\])", "\\g<1>\N{NO-BREAK SPACE}\\g<2>", whole)


def ratio(estimate: Estimate) -> str:
    """The centre of a ratio, with as many digits as its half-width gives it."""
    return f"{estimate.centre:.{_ratio_decimals(estimate)}f}"


def ratio_interval(estimate: Estimate) -> str:
    """The interval of a ratio, rounded outwards but never onto 1; empty if there is none."""
    return _interval(estimate, _ratio_decimals(estimate), level=1.0)


def ratio_with_interval(estimate: Estimate) -> str:
    """The centre and interval, for running text."""
    return f"{ratio(estimate)} {ratio_interval(estimate) or '[no interval]'}"


def ratio_with_half_width(estimate: Estimate) -> str:
    """The centre and half-width, rounded up, for a narrow table."""
    if estimate.half_width is None:
        return ratio(estimate)
    decimals = _ratio_decimals(estimate)
    return f"{estimate.centre:.{decimals}f} ± {_up(estimate.half_width, decimals):.{decimals}f}"


def change(estimate: Estimate) -> str:
    """A ratio as a signed difference from 1 in per cent, without its sign of per cent."""
    decimals = _change_decimals(estimate)
    return f"{round(100 * (estimate.centre - 1), decimals) + 0.0:+.{decimals}f}"


def change_interval(estimate: Estimate) -> str:
    """The interval of ``change``, rounded outwards but never onto 0; empty if there is none."""
    if estimate.low is None or estimate.high is None:
        return ""
    centre, low, high = (100 * (end - 1) for end in (estimate.centre, estimate.low, estimate.high))
    scaled = Estimate(centre, low, high, estimate.processes)
    return _interval(scaled, _change_decimals(estimate), level=0.0, sign="+")


def change_with_half_width(estimate: Estimate) -> str:
    """A ``change`` and its half-width, rounded up, for a narrow table."""
    if estimate.half_width is None:
        return change(estimate)
    decimals = _change_decimals(estimate)
    return f"{change(estimate)} ± {_up(100 * estimate.half_width, decimals):.{decimals}f}"


def rough(value: float, half_width: float | None = None) -> str:
    """A positive number in a sentence: two digits, or fewer if it is not known so well."""
    if value == 0:
        return "0"
    decimals = 1 - math.floor(math.log10(float(f"{value:.1e}")))
    if half_width:
        decimals = min(decimals, math.ceil(-math.log10(half_width)))
    rounded = round(value, decimals)
    return f"{rounded:.{max(decimals, 0)}f}" if rounded else f"{value:.1g}"


def at_most(value: float) -> str:
    """A positive number rounded up to one digit."""
    decimals = -math.floor(math.log10(value)) if value else 0
    return f"{_up(value, decimals):.{max(decimals, 0)}f}"


def span(low: float, high: float) -> str:
    """The ends between which 90 % of rounds lie."""
    return f"{low:.2f} to {high:.2f}"


def kinds(row: Mapping[Hashable, Any]) -> str:
    """Where a ratio's two clusters of rounds lie, their shares, and what decides between them."""
    high = row["kind_share"]
    return (
        f"{row['kind_low']:.2f} in {1 - high:.0%}, {row['kind_high']:.2f} in {high:.0%} of rounds, "
        f"by {DECIDES[row['decided_by']]}"
    )


def other(row: Mapping[Hashable, Any]) -> str:
    """The centre of a ratio by the other rule."""
    name = "trimmed mean" if row["rule"] == "median" else "median"
    return f"{name} {row['other']:.{RATIO_DECIMALS}f}"


def time(estimate: Estimate) -> str:
    """The centre of a time, with four significant digits and at most two decimals."""
    decimals = _time_decimals(estimate)
    return f"{round(estimate.centre, decimals) + 0.0:.{decimals}f}"  # + 0.0: no minus before a zero


def time_interval(estimate: Estimate) -> str:
    """The interval of a time, rounded outwards; empty if there is none."""
    return _interval(estimate, _time_decimals(estimate))


def percent(share: float) -> str:
    """A difference from 1 as a percentage, rounded up."""
    return f"{_up(100 * share, 2):.2f} %"


def count_of(count: int, total: int, what: str, plural: str = "s") -> str:
    """A count out of a total, for running text."""
    return f"{count} of {total} {what}{plural * (total != 1)}"


def listed(words: list[str]) -> str:
    """The words as an enumeration, for running text."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _interval(
    estimate: Estimate, decimals: int, level: float | None = None, sign: Literal["", "+"] = ""
) -> str:
    """The interval, rounded outwards; an end keeps its side of ``level``, with digits as needed."""
    if estimate.low is None or estimate.high is None:
        return ""
    ends = []
    for end, outwards in ((estimate.low, -1), (estimate.high, 1)):
        digits = decimals
        rounded = outwards * _up(outwards * end, digits) + 0.0
        while level is not None and end != level and rounded == level and digits < DECIMALS_MAX:
            digits += 1
            rounded = outwards * _up(outwards * end, digits) + 0.0
        ends.append(f"{rounded:{sign}.{digits}f}")
    return f"[{', '.join(ends)}]"


def _ratio_decimals(estimate: Estimate) -> int:
    return min(max(_decimals(estimate.half_width, RATIO_DECIMALS - 1), 1), RATIO_DECIMALS)


def _change_decimals(estimate: Estimate) -> int:
    width = None if estimate.half_width is None else 100 * estimate.half_width
    return min(_decimals(width, CHANGE_DECIMALS), CHANGE_DECIMALS)


def _decimals(half_width: float | None, unknown: int) -> int:
    """The decimals that a half-width of one digit has; ``unknown`` without one."""
    if not half_width:
        return unknown
    return max(0, math.ceil(-math.log10(half_width) - 1e-9))


def _time_decimals(estimate: Estimate) -> int:
    if estimate.half_width:
        return min(_decimals(estimate.half_width, 0), TIME_DECIMALS_MAX)
    if estimate.centre == 0:
        return TIME_DECIMALS_MAX
    whole = math.floor(math.log10(abs(estimate.centre))) + 1
    return min(max(DIGITS - whole, 0), TIME_DECIMALS_MAX)


def _up(value: float, decimals: int) -> float:
    scale = 10.0**decimals
    return math.ceil(round(value * scale, 6)) / scale  # 6: drop the error of binary fractions

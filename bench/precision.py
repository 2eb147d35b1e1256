"""How precise a run is so far: for stop rules and progress."""

from bench.kit import Kit
from bench.pool import Outcome
from reports.statistics import estimate_ratio


def half_widths(kit: Kit, outcomes: list[Outcome]) -> dict[str, float]:
    """Return the 95 % half-width of each candidate's ratio to the baseline, by cell and label."""
    widths = {}
    good = [outcome.found for outcome in outcomes if outcome.found is not None]
    baselines = {v.backend: n for n, v in enumerate(kit.variants) if v.role == "baseline"}
    for number, cell in enumerate(kit.cells):
        for column, variant in enumerate(kit.variants):
            if variant.role not in {"candidate", "control"} or variant.backend not in baselines:
                continue
            base = baselines[variant.backend]
            series = [found["cells"][number]["values"] for found in good]
            pairs = [(s[column], s[base]) for s in series if s[column] and s[base]]
            if not pairs:
                continue
            ours, theirs = zip(*pairs, strict=True)
            half_width = estimate_ratio(ours, theirs).half_width
            if half_width is not None:
                widths[f"{cell.name}/{variant.label}"] = half_width
    return widths


def widest(kit: Kit, outcomes: list[Outcome]) -> float:
    """Return the largest half-width, infinite where there is none."""
    return max(half_widths(kit, outcomes).values(), default=float("inf"))

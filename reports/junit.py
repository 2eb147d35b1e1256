"""A gate's verdicts as test results, for CI that reads JUnit's XML."""

from collections import Counter
from typing import Any
from xml.etree import ElementTree as ET

from reports.wording import printable

ELEMENTS = {"slower": "failure", "failed": "error", "inconclusive": "skipped"}
MESSAGE_MAX = 300  # characters


def junit(found: dict[str, Any]) -> ET.Element:
    """Return the verdicts as a test suite: slower fails, what cannot be said is skipped."""
    rows = [(row, judged(row, found["mode"])) for row in found["rows"]]
    seen = Counter(verdict for _, verdict in rows)
    suite = ET.Element(
        "testsuite",
        name="gate",
        tests=str(len(rows)),
        failures=str(seen["slower"]),
        errors=str(seen["failed"]),
        skipped=str(seen["inconclusive"]),
    )
    for row, verdict in rows:
        case = ET.SubElement(suite, "testcase", classname=row["cell"], name=row["variant"])
        if verdict in ELEMENTS:
            message = printable(" ".join((verdict, *_why(row))), MESSAGE_MAX)
            ET.SubElement(case, ELEMENTS[verdict], message=message)
    return suite


def judged(row: dict[str, Any], mode: str) -> str:
    """Return the verdict that the exit status hangs on: by instructions where they decide."""
    if mode != "counts" or not row["count_verdict"]:
        return str(row["verdict"])
    return {"more": "slower", "fewer": "faster"}.get(row["count_verdict"], "same")


def _why(row: dict[str, Any]) -> list[str]:
    said = [row["why"]] if row["why"] else []
    if row["ratio"] is not None:
        said.append(f"head / base {row['ratio']:.4f}")
    if row["low"] is not None:
        said.append(f"[{row['low']:.4f}, {row['high']:.4f}]")
    if row["count_base"] is not None:
        said.append(f"{row['count_base']:.1f} to {row['count_head']:.1f} instructions")
    return said

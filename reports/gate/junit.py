"""The gate's verdicts as test results, in the JUnit XML that CI systems read."""

from collections import Counter
from xml.etree import ElementTree as ET

from reports.gate.file import Decision, GateFile
from reports.text.wording import printable

SLOWER, CANNOT_SAY = 1, 2  # the gate's exit status
ELEMENTS = {
    "slower": "failure",
    "failed": "error",
    "inconclusive": "skipped",
    "not timed": "skipped",
}
MESSAGE_MAX = 300  # characters


def junit(gate: GateFile) -> ET.Element:
    """The verdicts as a test suite: slower fails, an open verdict is skipped.

    A gate without an answer is an error of its own; otherwise its test results would look like a
    pass.
    """
    rows = [(row, judged(row, gate.mode)) for row in gate.rows]
    suite = ET.Element("testsuite", name="gate")
    if gate.status == CANNOT_SAY:
        _case(suite, "gate", "answer", "error", gate.why or "no answer")
    for row, verdict in rows:
        message = " ".join((_in_words(row, verdict), *_why(row)))
        _case(suite, row.cell, row.variant, ELEMENTS.get(verdict), message)
    seen = Counter(child.tag for case in suite for child in case)
    counts = {"tests": len(suite), "failures": seen["failure"]}
    counts |= {"errors": seen["error"], "skipped": seen["skipped"]}
    suite.attrib.update({key: str(count) for key, count in counts.items()})
    return suite


def _case(suite: ET.Element, cell: str, name: str, element: str | None, message: str) -> None:
    case = ET.SubElement(suite, "testcase", classname=printable(cell), name=printable(name))
    if element:
        ET.SubElement(case, element, message=printable(message, MESSAGE_MAX))


def _in_words(row: Decision, verdict: str) -> str:
    """A verdict in words: more instructions need not be slower."""
    by_counts = verdict == "slower" and row.verdict != verdict
    return "more instructions" if by_counts else verdict


def judged(row: Decision, mode: str) -> str:
    """The verdict behind the exit status: by instructions if they decide."""
    if mode != "counts" or not row.count_verdict:
        return str(row.verdict)
    return {"more": "slower", "fewer": "faster"}.get(row.count_verdict, "same")


def _why(row: Decision) -> list[str]:
    parts = [row.why] if row.why else []
    if row.ratio is not None:
        parts.append(f"head / base {row.ratio:.4f}")
    if row.low is not None:
        parts.append(f"[{row.low:.4f}, {row.high:.4f}]")
    if row.count_base is not None:
        parts.append(f"{row.count_base:.1f} to {row.count_head:.1f} instructions")
    return parts

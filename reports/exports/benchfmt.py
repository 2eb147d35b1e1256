"""Go's benchmark format, for benchstat: ``benchstat -col /strategy benchfmt.txt``.

Specified at https://go.googlesource.com/proposal/+/master/design/14313-benchmark-format.md. A line
is one process: benchstat computes medians and intervals over lines of the same name. Names contain
no spaces and are divided by slashes; the backend comes last, because a name that ends in a dash and
digits is taken for a number of threads.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from reports.exports import Export
from reports.read import facts
from reports.text.table import FrameRow

CONFIGURATION = {  # theirs: metadata key
    "commit": "commit",
    "cpu": "cpu_model_name",
    "platform": "platform",
    **{facts.NAMES[key]: key for key in facts.COMPILERS},
}
UNITS = ("Unit ns/op better=lower assume=nothing", "Unit ratio better=lower assume=nothing")
UNNAMEABLE = re.compile(r"[^\w.,=\[\]+-]")  # in a part of a name


def write(export: Export, directory: Path) -> Path:
    """Write one line per row and process."""
    path = directory / "benchfmt.txt"
    path.write_text("".join(f"{line}\n" for line in _lines(export)), encoding="utf-8")
    return path


def _lines(export: Export) -> Iterator[str]:
    for key, metadata in CONFIGURATION.items():
        if metadata in export.result.metadata:
            yield f"{key}: {facts.shown(export.result, metadata)}"
    yield from UNITS
    for row in export.processes.to_dict("records"):
        ratio = f" {row['ratio']:.6g} ratio" if np.isfinite(row["ratio"]) else ""
        yield f"{name(row)} 1 {row['ns']:.6g} ns/op{ratio}"


def name(row: FrameRow) -> str:
    """A row's name in Go's notation: the request, then key=value."""
    axes = [part.partition("=") for part in filter(None, row["axes"].split(","))]
    keys = {
        **{key: row[key] for key in ("shape", "phase", "strategy", "form")},
        **{key: value for key, _, value in axes},
        "backend": row["backend"],
    }
    workload = _part(row["workload"])
    parts = [f"{_part(key)}={_part(value)}" for key, value in keys.items()]
    return "/".join([f"Benchmark{workload[:1].upper()}{workload[1:]}", *parts])


def _part(text: object) -> str:
    """The text without characters that would end a part or a name."""
    return UNNAMEABLE.sub("_", str(text))

"""What must agree before two measurements may be combined or compared; defined only here.

A run that is resumed must find its machine unchanged, as its processes become one sample. Two
results that are compared may come from two machines, compilers or commits, as that is what one
compares; but they must be measured in the same way. A gate that holds new code to an earlier
result needs the same machine, driver and baseline code.
"""

from collections.abc import Iterable, Mapping

SCHEMA_VERSION = 1  # of a result and its counts: what is written, and the newest that is read
RUN = ("host", "processor", "kernel", "python")  # of a resumed run and its machine
RESULTS = ("schema_version", "placement", "turn_us")  # metadata of two results
GATE = ("driver_hash", "hostname", "cpu_model_name")  # of an earlier result
REQUEST = ("descriptors",)  # of a cell: if it differs, a name means two requests


def differing(
    before: Mapping[str, object], now: Mapping[str, object], keys: Iterable[str]
) -> list[str]:
    """One clause for each of the keys whose value has changed."""
    return [
        f"{key} was {before.get(key, 'unknown')}, is {now.get(key, 'unknown')}"
        for key in keys
        if before.get(key) != now.get(key)
    ]

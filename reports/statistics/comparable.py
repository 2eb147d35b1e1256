"""What must agree for two measurements to be of one kind; stated here and nowhere else.

A run that goes on must find the machine as it was: its processes become one sample. Two results
that are compared may be of two machines, compilers or commits, as that is what one compares them
for; but not of two ways to measure, as then the way would be what differs. A gate that holds new
code to an earlier result needs its machine and its driver again, and the baseline's code.
"""

from collections.abc import Iterable, Mapping

RUN = ("host", "processor", "kernel", "python")  # of a run that goes on, and of its machine
RESULTS = ("schema_version", "placement", "turn_us")  # metadata of two results
GATE = ("driver_hash", "hostname", "cpu_model_name")  # of an earlier result that a gate holds to
CELL = ("descriptors",)  # of a cell in two results: another request has the same name if not


def differing(
    before: Mapping[str, object], now: Mapping[str, object], keys: Iterable[str]
) -> list[str]:
    """Return a clause for each of the keys that is not what it was."""
    return [
        f"{key} was {before.get(key, 'unknown')}, is {now.get(key, 'unknown')}"
        for key in keys
        if before.get(key) != now.get(key)
    ]

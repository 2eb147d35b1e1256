"""Facts about the run itself: machine, versions, and how to repeat it."""

import re

from reports.read.result import Result
from reports.read.series import CONDENSED
from reports.text.wording import listed, printable

NAMES = {  # metadata key: its name on the page
    "command": "command",
    "commit": "commit",
    "seed": "seed",
    "length": "length of the run",
    "partial": "not finished",
    "placement": "placement",
    "turn_us": "length of a turn, us",
    "cpu_model_name": "CPU",
    "cpu_count": "logical CPUs",
    "cpu": "CPUs measured on",
    "platform": "platform",
    "aslr": "address randomisation",
    "numba_version": "numba",
    "llvmlite_version": "llvmlite",
    "llvm_cpu": "code made for the CPU",
    "llvm_features": "and its features",
    "gcc_version": "gcc",
    "clang_version": "clang",
    "numpy_version": "NumPy",
    "python_version": "Python",
    "perf_version": "pyperf",
    "schema_version": "schema version",
}
COMPILERS = ("numba_version", "gcc_version", "clang_version")
VIRTUAL = "condition_virtual_machine"
CONDITION = "condition_"  # prefix of the metadata keys of the machine's conditions
STATES = ("doubtful", "unknown", "fine")  # of a condition, the most important first
LISTED_MAX = 4  # different values of one key that are listed
MACHINE = "machine"  # key of a published result whose publisher named the machine
UNKNOWN = "unknown"
KIND = "processor_kind"  # key of vendor, family and model, which older files lack
VENDOR = re.compile(r"amd|intel", re.IGNORECASE)


def machine(result: Result) -> str:
    """The machine in one line."""
    count = shown(result, "cpu_count")
    guest = any("yes" in state for state in result.metadata.get(VIRTUAL, ()))
    parts = [
        *["virtual machine"] * guest,
        processor(result),
        f"{count} logical CPU{'s' * (count != '1')}",
        shown(result, "platform"),
        f"{result.processes} process{'es' * (result.processes != 1)}",
    ]
    return ", ".join(part for part in parts if not part.startswith(UNKNOWN))


def named(result: Result) -> str:
    """The machine's name: the one given at publication, else its processor."""
    return shown(result, MACHINE if MACHINE in result.metadata else "cpu_model_name")


def processor(result: Result) -> str:
    """The machine's name, with its kind where the file knows it and nobody named the machine."""
    known = UNKNOWN if MACHINE in result.metadata else shown(result, KIND)
    return named(result) if known == UNKNOWN else f"{named(result)} ({known})"


def kind(result: Result) -> str:
    """The kind of processor, ``amd-25-17``; of an older file its vendor, or nothing."""
    known = shown(result, KIND)
    if known != UNKNOWN:
        return known
    vendor = VENDOR.match(shown(result, "cpu_model_name"))
    return vendor[0].lower() if vendor else ""


def versions(result: Result) -> str:
    """The compilers and their versions, in short."""
    known = ((key, result.metadata[key][0]) for key in COMPILERS if key in result.metadata)
    return ", ".join(f"{NAMES[key]} {version.split()[-1]}" for key, version in known)


def facts(result: Result) -> list[tuple[str, str]]:
    """Rows of the table about the run; a fact that the file lacks is left out."""
    rounds = result.values.groupby("process")["round"].nunique()
    span = (
        f"{rounds.min()}" if rounds.min() == rounds.max() else f"{rounds.min()} to {rounds.max()}"
    )
    counted = [
        ("result file", printable(result.path.name, 255)),
        ("processes", str(result.processes)),
        ("rounds a process", _condensed(result) if result.condensed else span),
        *([("measured", measured(result))] if measured(result) else []),
    ]
    named = [(name, shown(result, key)) for key, name in NAMES.items() if key in result.metadata]
    return [*named[:3], *counted, *named[3:]]


def repeat(result: Result) -> str:
    """The command that measures the same again."""
    return shown(result, "command")


def _condensed(result: Result) -> str:
    """How a file was condensed, without a range from a number to itself."""
    return re.sub(r"\b(\d+) to \1\b", r"\1", shown(result, CONDENSED))


def measured(result: Result) -> str:
    """When the run began and ended; empty if the file does not say."""
    dates = result.metadata.get("date", ())
    return f"{dates[0][:19]} to {dates[-1][:19]}" if dates else ""


def conditions(result: Result) -> list[tuple[str, str]]:
    """The machine's conditions before the run: doubtful first, then unknown, then fine."""
    found = [
        (key.removeprefix(CONDITION).replace("_", " "), state)
        for key, states in result.metadata.items()
        if key.startswith(CONDITION)
        for state in states
    ]
    return sorted(found, key=lambda one: (_place(one[1]), one[0]))


def doubtful(result: Result) -> str:
    """The machine's doubtful conditions before the run; empty if there were none."""
    names = [name for name, state in conditions(result) if state.startswith(STATES[0])]
    return f"Doubtful before the run: {listed(names)}." if names else ""


def unfinished(result: Result) -> str:
    """A sentence if the run ended early; empty otherwise."""
    if "partial" not in result.metadata:
        return ""
    return f"{shown(result, 'partial').capitalize()}: fewer processes than planned."


def _place(state: str) -> int:
    known = state.partition(",")[0]
    return STATES.index(known) if known in STATES else len(STATES)


def shown(result: Result, key: str) -> str:
    """The value of a key, or the values that differ between processes."""
    values = result.metadata.get(key, (UNKNOWN,))
    more = f" and {len(values) - LISTED_MAX} more" if len(values) > LISTED_MAX else ""
    return ", ".join(values[:LISTED_MAX]) + more

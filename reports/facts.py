"""What a page says about the run itself: machine, versions, and how to repeat it."""

from reports.result import Result

NAMES = {  # metadata key: what it is called
    "command": "command",
    "commit": "commit",
    "seed": "seed",
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
    "doubts": "doubts of the run",
}
LISTED_MAX = 4  # different values of one key that are listed
UNKNOWN = "unknown"


def machine(result: Result) -> str:
    """Return the machine in one line."""
    count = shown(result, "cpu_count")
    parts = [
        shown(result, "cpu_model_name"),
        f"{count} logical CPU{'s' * (count != '1')}",
        shown(result, "platform"),
        f"{result.processes} process{'es' * (result.processes != 1)}",
    ]
    return ", ".join(part for part in parts if not part.startswith(UNKNOWN))


def facts(result: Result) -> list[tuple[str, str]]:
    """Return the rows of the table of the run; what the file does not know is left out."""
    rounds = result.values.groupby("process")["round"].nunique()
    span = (
        f"{rounds.min()}" if rounds.min() == rounds.max() else f"{rounds.min()} to {rounds.max()}"
    )
    dates = result.metadata.get("date", ())
    counted = [
        ("result file", result.path.name),
        ("processes", str(result.processes)),
        ("rounds a process", span),
        *([("measured", f"{dates[0][:19]} to {dates[-1][:19]}")] if dates else []),
    ]
    named = [(name, shown(result, key)) for key, name in NAMES.items() if key in result.metadata]
    return [*named[:3], *counted, *named[3:]]


def shown(result: Result, key: str) -> str:
    """Return a key's value, or how its values differ between processes."""
    values = result.metadata.get(key, (UNKNOWN,))
    more = f" and {len(values) - LISTED_MAX} more" if len(values) > LISTED_MAX else ""
    return ", ".join(values[:LISTED_MAX]) + more

"""``python -m bench.gate``."""

from bench.errors import BenchError
from reports.commands.ending import imported, run

if __name__ == "__main__":
    run(imported("bench.gate.cli"), "bench", BenchError)

"""``python -m bench.fleet``."""

from bench.errors import BenchError
from reports.commands.ending import imported, run

if __name__ == "__main__":
    run(imported("bench.fleet.cli"), "fleet", BenchError)

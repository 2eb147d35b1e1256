"""``python -m bench.gate.power`` until version 0.2: names its new place."""

import sys

if __name__ == "__main__":
    sys.stderr.write("python -m bench.gate.power is now python -m bench.studies.gate_power\n")
    sys.exit(2)

"""``python -m reports.gate_power`` until version 0.2: prints the new name."""

import sys

if __name__ == "__main__":
    sys.stderr.write("python -m reports.gate_power is now python -m reports.gate.power\n")
    sys.exit(2)

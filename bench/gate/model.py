"""``python -m bench.gate.model`` until version 0.2: names its new place."""

import sys

if __name__ == "__main__":
    sys.stderr.write("python -m bench.gate.model is now python -m bench.studies.gate_model\n")
    sys.exit(2)

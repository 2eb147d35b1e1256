"""``python -m bench.stock`` until version 0.2: names its new place."""

import sys

if __name__ == "__main__":
    sys.stderr.write("python -m bench.stock is now python -m bench.studies.stock\n")
    sys.exit(2)

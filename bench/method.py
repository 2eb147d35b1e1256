"""``python -m bench.method`` until version 0.2: names its new place."""

import sys

if __name__ == "__main__":
    sys.stderr.write("python -m bench.method is now python -m bench.studies.method\n")
    sys.exit(2)

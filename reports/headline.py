"""``python -m reports.headline`` until version 0.2: prints the new name."""

import sys

if __name__ == "__main__":
    sys.stderr.write("python -m reports.headline is now python -m reports.documents.headline\n")
    sys.exit(2)

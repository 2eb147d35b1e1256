"""``python -m bench.gate``."""

import sys
import traceback

if __name__ == "__main__":
    try:
        from bench.gate.cli import main
    except Exception:  # noqa: BLE001  head's own strategies are imported: a fault there is no verdict
        traceback.print_exc()
        sys.exit(2)
    main()

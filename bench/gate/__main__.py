"""``python -m bench.gate``."""

from bench.gate.cli import main

if __name__ == "__main__":
    main()

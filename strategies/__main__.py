"""``python -m strategies``."""

from strategies.disassemble.cli import main

if __name__ == "__main__":
    main()

"""``python -m strategies``."""

from strategies.cli import main

if __name__ == "__main__":
    main()

"""``python -m workloads``."""

from workloads.shapes.command import main

if __name__ == "__main__":
    main()

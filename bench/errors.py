"""What ends a command of this package in one line and with status 2."""


class BenchError(Exception):
    """A fault that was foreseen; the text names the offending thing and the remedy."""

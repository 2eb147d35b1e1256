"""The error that ends a command of this package with one line and status 2."""


class BenchError(Exception):
    """A foreseen fault; the text names the offending thing and the remedy."""

"""HOW it is timed."""

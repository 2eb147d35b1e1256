"""The split ring as specified, and the oracle that reads it."""

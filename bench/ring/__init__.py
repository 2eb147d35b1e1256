"""The split ring as the specification has it, and the oracle that reads it."""

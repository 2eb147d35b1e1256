"""Instructions, loops and counts, read from machine code."""

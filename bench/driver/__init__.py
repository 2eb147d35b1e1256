"""The machine code that takes turns and reads the clock, and its records."""

"""The machine code that takes turns and reads the clock, and the records it reads."""

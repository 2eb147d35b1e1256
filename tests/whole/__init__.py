"""The suite as a whole: its commands, its faults, its arrows."""

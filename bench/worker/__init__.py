"""A process that measures: its memory, its rounds and its checks."""

"""Structs, virtqueue and lists of Linux 2.6.24; ``todays`` has today's."""

"""The driver's two records: what it measures (a row) and what it replays (jobs).

Needs NumPy alone: workers fill them, the driver reads them.
"""

import enum

from strategies.linux.structs import struct


class Phase(enum.IntEnum):
    """What a turn repeats."""

    EMPTY = 0  # nothing: what reading the clock twice costs
    MAP = 1
    ADD = 2
    CYCLE = 3  # map, add, kick with the device inside, get_buf
    REFUSED = 4  # add_buf where so few descriptors are free that it fails
    LOADED = 5  # as CYCLE, but the ring is kept full: add until it fails, kick, take completions
    STAGED = 6  # some stages of a cycle, several requests a kick
    FAR = 7  # as CYCLE, by the batch and in sequence, with the device elsewhere


class Step(enum.IntFlag):
    """What a request goes through in a STAGED turn, and one thing that it may in a FAR one."""

    MAP = 1
    ADD = 2
    KICK = 4
    DEVICE = 8  # within the kick; without it the ring says NO_NOTIFY
    GET_BUF = 16
    FLUSH = 32  # of FAR: the lines of list and ring are dropped from the caches


WORDS_AT = 16  # bytes from a job's start to the words of add_buf
LENGTH_AT = 88  # bytes from a row's start to ``length``

ROW = struct(
    ("phase", "u8"),
    ("vq", "u8"),
    ("free_head", "u8"),  # where the free list begins when the ring is empty
    ("map", "u8"),
    ("add_buf", "u8"),
    ("kick", "u8"),
    ("get_buf", "u8"),
    ("jobs", "u8"),  # address of JOB[], replayed in order, again and again
    ("jobs_end", "u8"),
    ("requests", "u8"),  # to do in a turn
    ("counted", "u8"),  # written: requests found in the ring (add), sum of tokens (cycle)
    ("length", "u8"),  # written: what get_buf says was written last
    ("limit", "u8"),  # descriptors free, completions taken or requests a kick: by phase
    ("steps", "u8"),  # of STAGED and FAR
    ("refused", "u8"),  # written: adds that failed
    ("moved", "u8"),  # written: by how much avail's index moved, and used's 16 bits higher
)
JOB = struct(
    ("list_memory", "u8"),
    ("request", "u8"),
    ("first", "u8"),  # the words of add_buf; map writes them
    ("second", "u8"),
    ("third", "u8"),
    ("token", "u8"),
    ("descriptors", "u8"),
    ("list_bytes", "u8"),
)

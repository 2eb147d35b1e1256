"""The driver's records: a row is what it measures, a job what it replays.

Workers fill them, the driver reads them. Imports only NumPy.
"""

import enum

from strategies.linux.structs import struct


class Phase(enum.IntEnum):
    """The operation that a turn repeats."""

    EMPTY = 0  # nothing: the cost of reading the clock twice
    MAP = 1
    ADD = 2
    CYCLE = 3  # map, add, kick with the device inside, get_buf
    REFUSED = 4  # add_buf with too few free descriptors, so that it fails
    LOADED = 5  # like CYCLE with a full ring: add until it fails, kick, take completions
    STAGED = 6  # some stages of a cycle, several requests per kick
    FAR = 7  # like CYCLE in batches, in sequence, with the device elsewhere


class Step(enum.IntFlag):
    """The steps of a request in a STAGED turn, and an option of FAR ones."""

    MAP = 1
    ADD = 2
    KICK = 4
    DEVICE = 8  # within the kick; without it the ring has NO_NOTIFY set
    GET_BUF = 16
    FLUSH = 32  # of FAR: evict the lines of list and ring from the caches


WORDS_AT = 16  # bytes from a job's start to the words of add_buf
LENGTH_AT = 88  # bytes from a row's start to ``length``

ROW = struct(
    ("phase", "u8"),
    ("vq", "u8"),
    ("free_head", "u8"),  # first free descriptor of the empty ring
    ("map", "u8"),
    ("add_buf", "u8"),
    ("kick", "u8"),
    ("get_buf", "u8"),
    ("jobs", "u8"),  # address of JOB[], replayed in a loop
    ("jobs_end", "u8"),
    ("requests", "u8"),  # per turn
    ("counted", "u8"),  # written: requests found in the ring (add), sum of tokens (cycle)
    ("length", "u8"),  # written: the last length from get_buf
    ("limit", "u8"),  # by phase: free descriptors, completions taken, requests per kick; of ADD
    # by how much num_added grows beyond the requests
    ("steps", "u8"),  # of STAGED and FAR
    ("refused", "u8"),  # written: adds that failed
    ("moved", "u8"),  # written: increase of avail's index, and of used's in the next 16 bits
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

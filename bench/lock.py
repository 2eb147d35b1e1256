"""The lock that allows one bench per machine: two at once would measure each other.

It is a name in Linux's abstract socket namespace: any user can take it, no file has to be owned,
and it vanishes with its process. There is one per temporary folder and network namespace.
"""

import hashlib
import os
import socket
import struct
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.options import UsageError

POLL_S = 0.5
PEER = struct.Struct("3i")  # process, user, group: struct ucred


@contextmanager
def alone(
    place: str | None = None,
    rule: str = "one bench at a time on a machine",
    wait_s: float = 0,
) -> Iterator[None]:
    """Hold the lock, of a machine or of another place that has a rule; wait that long for it.

    Raises:
        UsageError: if another process holds it; the text names that process.
    """
    address, end_s = _address(place), time.monotonic() + wait_s
    with socket.socket(socket.AF_UNIX) as held:
        while not _bound(held, address):
            if time.monotonic() >= end_s:
                who = _holder(address)
                raise UsageError(f"{rule}: {who} runs one; wait for it, or end it")
            time.sleep(POLL_S)
        held.listen(socket.SOMAXCONN)
        yield


def free(place: str | None = None) -> bool:
    """Whether nobody holds the lock."""
    with socket.socket(socket.AF_UNIX) as asking:
        return _bound(asking, _address(place))


def _bound(one: socket.socket, address: str) -> bool:
    """Bind a socket to an address, unless another has it."""
    try:
        one.bind(address)
    except OSError:
        return False
    return True


def _address(place: str | None) -> str:
    """The name in the abstract namespace that stands for a place."""
    digest = hashlib.sha256(os.fsencode(place or tempfile.gettempdir())).hexdigest()
    return f"\0sg-ring-bench-{digest[:16]}"


def _holder(address: str) -> str:
    """Who holds an address, according to the kernel."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(0)
        asking.connect(address)
        peer = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size)
        process, user, _ = PEER.unpack(peer)
        where = ""
        with suppress(OSError):  # of another user
            where = f", in {Path(f'/proc/{process}/cwd').readlink()}"
        return f"process {process} of user {user}{where}"
    return "somebody"

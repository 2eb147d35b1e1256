"""The machine's only place for a bench: two at once would measure each other.

A name in Linux's abstract socket namespace: any user can take it, none owns a file of it, and it
goes with the process, however that ends. One for each temporary folder and network namespace.
"""

import hashlib
import os
import socket
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.options import UsageError

PEER = struct.Struct("3i")  # process, user, group: struct ucred


@contextmanager
def alone(place: str | None = None) -> Iterator[None]:
    """Hold the place; whoever comes second is told who holds it.

    Raises:
        UsageError: if somebody else does.
    """
    digest = hashlib.sha256(os.fsencode(place or tempfile.gettempdir())).hexdigest()
    address = f"\0sg-ring-bench-{digest[:16]}"
    with socket.socket(socket.AF_UNIX) as held:
        try:
            held.bind(address)
        except OSError:
            who = _holder(address)
            raise UsageError(
                f"one bench at a time on a machine, and {who} runs one: wait, or end it"
            ) from None
        held.listen(socket.SOMAXCONN)
        yield


def _holder(address: str) -> str:
    """Return who holds an address, as the kernel knows."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(0)
        asking.connect(address)
        told = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, PEER.size)
        process, user, _ = PEER.unpack(told)
        where = ""
        with suppress(OSError):  # of another user
            where = f", in {Path(f'/proc/{process}/cwd').readlink()}"
        return f"process {process} of user {user}{where}"
    return "somebody"

"""The process that a kernel may take down: ``python -m bench.check.process``, a trial on its input.

It tells what it does before it does it, a line each, and ends with what is wrong, if anything is.
The signal of a kernel that crashed or never came back is taken on the spot: memory can be shown.
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterable

from bench import messages
from bench.check.messages import Asked, Told, Trial, Wrong
from bench.check.queue import HANG_S, NUM, Queue
from bench.check.shown import shown
from bench.children import end_with_parent
from bench.ring.oracle import RingError, asked

ONCE_WITH_INFO = 0x8000_0004  # SA_RESETHAND | SA_SIGINFO: who fails in the handler dies of it
FAULT_AT = 16  # offset of si_addr in siginfo_t
HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
MEMORY = {signal.SIGSEGV, signal.SIGBUS}
CRASHES = {
    signal.SIGILL: "it stopped: BUG_ON, or an instruction that this processor lacks",
    signal.SIGTRAP: "it stopped, or ran on behind its end",
    signal.SIGFPE: "it divided by zero",
    signal.SIGPROF: f"it never came back: {HANG_S:g} s of processor time in one call",
}


class Action(ctypes.Structure):
    """The C library's ``struct sigaction``, on x86-64 and aarch64."""

    _fields_ = (
        ("handler", HANDLER),
        ("mask", ctypes.c_ulong * 16),
        ("flags", ctypes.c_uint),
        ("restorer", ctypes.c_void_p),
    )


class Holding:
    """A trial under way."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.queue = Queue(trial.codes)
        self.place = ""
        self._handler = HANDLER(self._signalled)  # lives as long as it may be called

    def run(self) -> None:
        """Take every request through the queue alone, then what is forbidden, then many at once."""
        self._take_signals()
        requests = [one for one in self.trial.asked if len(asked(one.request)) <= NUM]
        for one in requests:
            self._tell(f"request of {one.place}")
            self.queue.add(one.request)
            self.queue.take_back()
        small = min(requests, key=lambda one: len(asked(one.request)))
        self._tell(f"what BUG_ON forbids, a request of {small.place}")
        self.queue.forbidden(small.request)
        self._fill(requests)

    def _fill(self, requests: Iterable[Asked]) -> None:
        """Add a request of each length until there is no room, and read them all."""
        for one in {len(asked(one.request)): one for one in requests}.values():
            self._tell(f"request of {one.place}, in a ring that fills up")
            while self.queue.add(one.request):
                pass
            self.queue.take_back()

    def ended(self, wrong: str) -> Told:
        """What is to be told of what went wrong now."""
        return Told(f"{self.queue.doing}, {self.place}", wrong, shown(self.queue))

    def _tell(self, place: str) -> None:
        self.place = place
        tell(Told(f"{self.queue.doing}, {place}"))

    def _take_signals(self) -> None:
        libc, action = ctypes.CDLL(None), Action(self._handler, flags=ONCE_WITH_INFO)
        for number in (*MEMORY, *CRASHES):
            libc.sigaction(int(number), ctypes.byref(action), None)

    def _signalled(self, number: int, info: int, _context: int) -> None:
        """End with what the kernel did; it is still in the middle of it."""
        known = signal.Signals(number)
        if known in MEMORY:
            wrong = self._outside(ctypes.c_uint64.from_address(info + FAULT_AT).value)
        else:
            wrong = CRASHES[known]
        tell(self.ended(wrong))
        os._exit(0)

    def _outside(self, address: int) -> str:
        for region in self.queue.regions:
            if region.near(address):
                if region is self.queue.request and address < region.base + region.size:
                    return f"it wrote to {region.place(address)}, which it may only read"
                return f"it accessed {region.place(address)}"
        return f"it accessed the address {address:#x}, which is in nothing that it was given"


def tell(told: Told) -> None:
    """Write a line, at once."""
    os.write(sys.stdout.fileno(), messages.encode(told) + b"\n")


def main() -> int:
    """Hold the trial on standard input to the oracle."""
    end_with_parent()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    holding = Holding(messages.decode(sys.stdin.buffer.read(), Trial))
    try:
        holding.run()
    except (Wrong, RingError) as error:
        tell(holding.ended(str(error)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

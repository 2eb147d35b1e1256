"""The process that a kernel may take down: ``python -m bench.check.process``, a task on its input.

It reports each step before it takes it, a line each, and last the fault, if there is one. The
signal of a kernel that crashed or never came back is caught on the spot: memory can be shown.
"""

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterable

from bench import messages
from bench.check.messages import CheckReport, CheckTask, ShapeRequest, Wrong
from bench.check.queue import HANG_S, NUM, GuardedQueue
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
    """A task under way."""

    def __init__(self, task: CheckTask) -> None:
        self.task = task
        self.queue = GuardedQueue(task.codes)
        self.place = ""
        self._handler = HANDLER(self._signalled)  # lives as long as it may be called

    def run(self) -> None:
        """Take every request through the queue alone, then what is forbidden, then many at once."""
        self._take_signals()
        requests = [one for one in self.task.requests if len(asked(one.request)) <= NUM]
        for one in requests:
            self._report(f"request of {one.shape}")
            self.queue.add(one.request)
            self.queue.take_back()
        small = min(requests, key=lambda one: len(asked(one.request)))
        self._report(f"what BUG_ON forbids, a request of {small.shape}")
        self.queue.forbidden(small.request)
        self._fill(requests)

    def _fill(self, requests: Iterable[ShapeRequest]) -> None:
        """Add a request of each length until there is no room, and read them all."""
        for one in {len(asked(one.request)): one for one in requests}.values():
            self._report(f"request of {one.shape}, in a ring that fills up")
            while self.queue.add(one.request):
                pass
            self.queue.take_back()

    def ended(self, wrong: str) -> CheckReport:
        """The report of a fault in the current step."""
        return CheckReport(f"{self.queue.doing}, {self.place}", wrong, shown(self.queue))

    def _report(self, place: str) -> None:
        self.place = place
        report(CheckReport(f"{self.queue.doing}, {place}"))

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
        report(self.ended(wrong))
        os._exit(0)

    def _outside(self, address: int) -> str:
        for region in self.queue.regions:
            if region.near(address):
                if region is self.queue.request and address < region.base + region.size:
                    return f"it wrote to {region.place(address)}, which it may only read"
                return f"it accessed {region.place(address)}"
        return f"it accessed the address {address:#x}, which is in nothing that it was given"


def report(one: CheckReport) -> None:
    """Write a line, at once."""
    os.write(sys.stdout.fileno(), messages.encode(one) + b"\n")


def main() -> int:
    """Check the kernels of the task on standard input."""
    end_with_parent()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    holding = Holding(messages.decode(sys.stdin.buffer.read(), CheckTask))
    try:
        holding.run()
    except (Wrong, RingError) as error:
        report(holding.ended(str(error)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

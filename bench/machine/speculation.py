"""Whether loads may pass stores: a thread's speculative store bypass, as the kernel reports it."""

from bench.machine.condition import Finding, doubtful, fine, unknown
from bench.machine.survey import Survey

FREE = {"thread vulnerable", "vulnerable", "not vulnerable"}  # as in /proc/self/status


def store_bypass(survey: Survey) -> Finding:
    """Whether our loads may run before older stores whose addresses are not known.

    A seccomp filter of a kernel before 5.16, as in containers, takes that from all its threads.
    """
    state = survey.machine.field("proc/self/status", "Speculation_Store_Bypass")
    if state is None or state == "unknown":
        silent = "nothing in /proc/self/status"
        return unknown(silent, "loads may have to wait for stores, which slows down some walks")
    if state in FREE:
        return fine(state)
    effect = "every load waits for the addresses of older stores, which slows down some walks more"
    return doubtful(state, f"{effect}: start outside the container, or with seccomp=unconfined")

"""Whether loads may pass stores: what the kernel says of a thread's speculative store bypass."""

from bench.machine.condition import Condition, doubtful, fine, unknown
from bench.machine.look import Look

FREE = {"thread vulnerable", "vulnerable", "not vulnerable"}  # as /proc/self/status words it


def store_bypass(look: Look) -> Condition:
    """Say whether a load of ours may run before an older store whose address is not known.

    A seccomp filter of a kernel before 5.16, as containers have, takes it from all that it holds.
    """
    name = "store_bypass"
    found = look.machine.field("proc/self/status", "Speculation_Store_Bypass")
    if found is None or found == "unknown":
        told = "/proc/self/status does not say"
        return unknown(name, told, "loads may have to wait for stores, which slows some walks")
    if found in FREE:
        return fine(name, found)
    advice = (
        "every load waits for the addresses of older stores, which slows some walks more than "
        "others: start outside of the container, or with seccomp=unconfined"
    )
    return doubtful(name, found, advice)

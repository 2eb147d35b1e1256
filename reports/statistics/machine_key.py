"""The key of a machine: facts that stay the same, so that a machine is never taken for two.

Vendor, family, model, stepping, sizes of the caches, architecture and hypervisor, and nothing
else. Clock and bogomips vary from boot to boot, microcode is updated, a host's name says nothing of
its processor. Two machines of one key are repetitions of one kind (``machines``).

A result carries its key in the metadata MACHINE_KEY (``docs/format.md``).
"""

import re
from collections.abc import Mapping
from dataclasses import astuple, dataclass

MACHINE_KEY = "machine_key"  # metadata
UNKNOWN = "unknown"
VENDORS = {"AuthenticAMD": "amd", "GenuineIntel": "intel"}
OLDER = ("machine", "cpu_model_name")  # metadata of a file without a key: what names its processor


@dataclass(frozen=True)
class MachineKey:
    """The facts, as the system spells them; ``unknown`` where it does not say."""

    architecture: str = UNKNOWN  # x86_64
    vendor: str = UNKNOWN  # GenuineIntel; of Arm, the implementer
    family: str = UNKNOWN
    model: str = UNKNOWN  # of Arm, the part
    stepping: str = UNKNOWN  # of Arm, variant and revision
    l1d: str = UNKNOWN  # a size: 32K
    l2: str = UNKNOWN
    l3: str = UNKNOWN
    hypervisor: str = UNKNOWN  # none on bare metal

    @property
    def text(self) -> str:
        """The key in one line, of which each word has its place: nine words, ``/`` between."""
        return "/".join("-".join(word.replace("/", " ").split()) for word in astuple(self))


def kind_of(key: str) -> str:
    """The kind of processor in a key: ``amd-26-2`` is vendor, family and model.

    It names files and folders, whatever the key holds. A processor's own name would be too coarse:
    clouds call Zen 3 and Zen 5 alike "AMD EPYC".
    """
    known = [VENDORS.get(word, word) for word in key.split("/")[1:4] if word != UNKNOWN]
    return re.sub(r"[^a-z0-9]+", "-", "-".join(known).lower()).strip("-") or UNKNOWN


def key_of(metadata: Mapping[str, str]) -> str:
    """The key of a result's machine; of an older file, the name of its processor.

    Such a name is too coarse for a key (a cloud calls three generations by one name), and differs
    from every key: the same machine measured before and after is then two, which the file decides.
    """
    named = (metadata[name] for name in (MACHINE_KEY, *OLDER) if metadata.get(name))
    return next(named, UNKNOWN)

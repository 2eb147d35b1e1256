"""Machine code out of an object file, whatever compiler wrote it.

Needs pyelftools alone, so that C kernels can be had without importing numba.
"""

import io
from typing import Any

from elftools.elf.elffile import ELFFile

from strategies.compile.code import Code

MACHINES = {"x86_64": "EM_X86_64", "aarch64": "EM_AARCH64"}  # as ELF calls them


class NoObjectError(Exception):
    """These bytes are no object file, or one for another machine."""


class OutsideSymbolError(Exception):
    """Machine code refers to what is not in it, so it cannot be copied anywhere."""


def text_of(image: bytes, symbol: str, machine: str = "") -> Code:
    """Return the section that function ``symbol`` of an object file lies in.

    ``machine`` is what it must be code for, as platform.machine() says it, if that is in question.

    Raises:
        KeyError: if the object does not define ``symbol``.
        NoObjectError: if it is no object file, or for another machine.
        OutsideSymbolError: if the section still has relocations.
    """
    try:
        return _text_of(image, symbol, MACHINES.get(machine))
    except (KeyError, NoObjectError, OutsideSymbolError):
        raise
    except Exception as error:  # whatever the parser stumbles over
        raise NoObjectError(f"{len(image)} bytes that are no object file") from error


def _text_of(image: bytes, symbol: str, machine: str | None) -> Code:
    elf = ELFFile(io.BytesIO(image))
    if machine and elf["e_machine"] != machine:
        raise NoObjectError(f"an object for {elf['e_machine']}, not {machine}")
    symbols: Any = elf.get_section_by_name(".symtab")
    found = [s for s in symbols.get_symbol_by_name(symbol) or () if s["st_shndx"] != "SHN_UNDEF"]
    if not found:
        raise KeyError(symbol)
    index = found[0]["st_shndx"]
    outside = [
        symbols.get_symbol(relocation["r_info_sym"])
        for section in _sections(elf)
        if section["sh_type"] in {"SHT_REL", "SHT_RELA"} and section["sh_info"] == index
        for relocation in section.iter_relocations()
    ]
    if outside:
        names = sorted({_name(elf, symbol) for symbol in outside})
        raise OutsideSymbolError(f"{symbol} refers to {', '.join(names)} outside itself")
    return Code(elf.get_section(index).data(), found[0]["st_value"])


def _sections(elf: Any) -> Any:
    return elf.iter_sections()


def _name(elf: Any, symbol: Any) -> str:
    """Return a symbol's name; one that stands for a section has the section's."""
    return str(symbol.name or elf.get_section(symbol["st_shndx"]).name)

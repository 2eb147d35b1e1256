"""Machine code from an object file, whichever compiler wrote it.

Imports only pyelftools, so C kernels are available without numba.
"""

import io
from typing import Any

from elftools.elf.elffile import ELFFile

from strategies.compile.code import Code

MACHINES = {"x86_64": "EM_X86_64", "aarch64": "EM_AARCH64"}  # names in ELF


class NoObjectError(Exception):
    """Not an object file, or one for another machine."""


class OutsideSymbolError(Exception):
    """Machine code refers to outside symbols, so it cannot be copied elsewhere."""


def text_of(image: bytes, symbol: str, machine: str = "") -> Code:
    """The section of an object file that contains the function ``symbol``.

    ``machine``: the architecture it must be for, as platform.machine() names it; empty: any.

    Raises:
        KeyError: if the object does not define ``symbol``.
        NoObjectError: if it is not an object file, or is for another machine.
        OutsideSymbolError: if the section still has relocations.
    """
    try:
        return _text_of(image, symbol, MACHINES.get(machine))
    except (KeyError, NoObjectError, OutsideSymbolError):
        raise
    except Exception as error:  # whatever the parser raises
        raise NoObjectError(f"{len(image)} bytes that are not an object file") from error


def _text_of(image: bytes, symbol: str, machine: str | None) -> Code:
    elf = ELFFile(io.BytesIO(image))
    if machine and elf["e_machine"] != machine:
        raise NoObjectError(f"an object for {elf['e_machine']}, not {machine}")
    symbols: Any = elf.get_section_by_name(".symtab")
    defined = [s for s in symbols.get_symbol_by_name(symbol) or () if s["st_shndx"] != "SHN_UNDEF"]
    if not defined:
        raise KeyError(symbol)
    index = defined[0]["st_shndx"]
    outside = [
        symbols.get_symbol(relocation["r_info_sym"])
        for section in _sections(elf)
        if section["sh_type"] in {"SHT_REL", "SHT_RELA"} and section["sh_info"] == index
        for relocation in section.iter_relocations()
    ]
    if outside:
        names = sorted({_name(elf, symbol) for symbol in outside})
        raise OutsideSymbolError(f"{symbol} refers to {', '.join(names)} outside itself")
    return Code(elf.get_section(index).data(), defined[0]["st_value"])


def _sections(elf: Any) -> Any:
    return elf.iter_sections()


def _name(elf: Any, symbol: Any) -> str:
    """A symbol's name; that of its section if it has none of its own."""
    return str(symbol.name or elf.get_section(symbol["st_shndx"]).name)

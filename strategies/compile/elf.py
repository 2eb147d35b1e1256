"""Machine code from an object file, whichever compiler wrote it.

Imports only pyelftools, so C kernels are available without numba.
"""

import io
from collections.abc import Iterable
from typing import Any

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

from strategies.compile.code import Code

MACHINES = {"x86_64": "EM_X86_64", "aarch64": "EM_AARCH64"}  # names in ELF
DATA, LISTED = "STT_OBJECT", 3
REMEDIES = {  # what a name of an outside symbol begins with or has in it, and what helps
    "mem": "copy field by field, or compile with -fno-tree-loop-distribute-patterns",
    "panic": "use wrapping arithmetic and pointers, which cannot panic",
    ".text": "a part was moved away: make it static inline, use BUG_ON and not __builtin_trap",
    ".": "it is data of the file: compute it, or keep it in list memory",
}
REMEDY = "define it in the same file as static inline, or keep it in list memory"


class NoObjectError(Exception):
    """Not an object file, or one for another machine."""


class OutsideSymbolError(Exception):
    """Machine code refers to outside symbols, so it cannot be copied elsewhere."""


def text_of(image: bytes, symbol: str, machine: str = "") -> Code:
    """The section of an object file that contains the function ``symbol``.

    ``machine``: the architecture it must be for, as platform.machine() names it; empty: any.

    Raises:
        KeyError: if the object does not define ``symbol`` as a function.
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
    if elf["e_type"] != "ET_REL":
        raise NoObjectError("a file that is linked already, not an object")
    symbols: Any = elf.get_section_by_name(".symtab")
    found = symbols.get_symbol_by_name(symbol) or () if symbols else ()
    defined = [one for one in found if _is_code(elf, one["st_shndx"])]
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
        fault = f"{symbol} refers to {', '.join(names)} outside itself"
        raise OutsideSymbolError(f"{fault}: {remedy(names)}")
    return Code(elf.get_section(index).data(), defined[0]["st_value"])


def remedy(names: Iterable[str]) -> str:
    """What helps against references to these outside symbols."""
    joined = "\n".join(("", *names))
    return next((text for word, text in REMEDIES.items() if _told(word, joined)), REMEDY)


def _told(word: str, names: str) -> bool:
    return word in names if word == "panic" else f"\n{word}" in names


def _is_code(elf: Any, index: int | str) -> bool:
    """Whether a symbol's section holds instructions; an undefined one has none."""
    if isinstance(index, str):
        return False
    return bool(elf.get_section(index)["sh_flags"] & SH_FLAGS.SHF_EXECINSTR)


def _sections(elf: Any) -> Any:
    return elf.iter_sections()


def _name(elf: Any, symbol: Any) -> str:
    """A symbol's name; that of its section, and of what lies there, if it has none of its own."""
    if symbol.name and symbol["st_info"]["type"] != "STT_SECTION":
        return str(symbol.name)
    index = symbol["st_shndx"]
    known = elf.get_section_by_name(".symtab").iter_symbols()
    objects = [s.name for s in known if (s["st_shndx"], s["st_info"]["type"]) == (index, DATA)]
    there = f" ({', '.join(objects[:LISTED])})" if objects else ""
    return f"{elf.get_section(index).name}{there}"

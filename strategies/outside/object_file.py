"""Kernels out of an object file or a static library that somebody else's compiler has made."""

import io
from collections.abc import Iterator
from pathlib import Path

from elftools.elf.elffile import ELFFile

from strategies.compile.code import Code
from strategies.compile.elf import NoObjectError, OutsideSymbolError, text_of
from strategies.compile.target import MACHINE
from strategies.outside import OutsideError

ARCHIVE, THIN, ELF, BITCODE = b"!<arch>\n", b"!<thin>\n", b"\x7fELF", b"BC\xc0\xde"
HEADER, SIZE, END = 60, slice(48, 58), b"`\n"  # of a member of an archive
INDEX = (b"/", b"//", b"/SYM64/")  # members that are no files: symbols and long names
KERNELS = ("create", "map", "add_buf")


def kernels(path: Path) -> dict[str, Code]:
    """The machine code of all kernels of a file, as it stands there.

    Raises:
        OutsideError: if it is no object for MACHINE, lacks a kernel, or one of them refers to
            what is not in its own section.
    """
    image = path.read_bytes()
    parts = list(_objects(image, path))
    return {kernel: _kernel(kernel, parts, path) for kernel in KERNELS}


def maker(path: Path) -> str:
    """What the compiler of the first kernel has written of itself; empty if nothing."""
    for part in _objects(path.read_bytes(), path):
        if not _defines(part, KERNELS[0]):
            continue
        section = ELFFile(io.BytesIO(part)).get_section_by_name(".comment")
        if section:
            words = section.data().split(b"\0")
            return next((word.decode(errors="replace") for word in words if word), "")
    return ""


def _kernel(kernel: str, parts: list[bytes], path: Path) -> Code:
    for part in (part for part in parts if f"{kernel}\0".encode() in part):
        try:
            return text_of(part, kernel, MACHINE)
        except KeyError:
            continue
        except OutsideSymbolError as error:
            raise OutsideError(f"{path}: {error}") from None
        except NoObjectError as error:
            raise OutsideError(f"{path}: {error}: compile it for {MACHINE}, with -c") from None
    raise OutsideError(
        f"{path} defines no function {kernel}: give it that name in C "
        '(extern "C", #[no_mangle] pub extern "C")'
    )


def _defines(part: bytes, kernel: str) -> bool:
    if f"{kernel}\0".encode() not in part:
        return False
    try:
        text_of(part, kernel)
    except (KeyError, OutsideSymbolError):
        return False
    return True


def _objects(image: bytes, path: Path) -> Iterator[bytes]:
    """Every object in a file: the file itself, or the members of an archive."""
    if image.startswith(ELF):
        yield image
        return
    if not image.startswith(ARCHIVE):
        raise OutsideError(f"{path}: {_told(image)}")
    at = len(ARCHIVE)
    while at + HEADER <= len(image):
        header = image[at : at + HEADER]
        size = header[SIZE].strip()
        if not header.endswith(END) or not size.isdigit():
            raise OutsideError(f"{path} is damaged at byte {at}: make the library again")
        at += HEADER
        member = image[at : at + int(size)]
        if header[:16].rstrip() not in INDEX and member.startswith(ELF):
            yield member
        at += int(size) + int(size) % 2


def _told(image: bytes) -> str:
    if not image:
        return "it is empty"
    if image.startswith(BITCODE):
        return "it is LLVM bitcode, not machine code: compile without -flto"
    if image.startswith(THIN):
        return "it is a thin archive, which has no objects in it: make it without T"
    return "neither an object file nor a static library"

"""The header that a C file outside this checkout includes: the suite's own, in one text."""

import re
from collections.abc import Iterator

from strategies.backends.native import SOURCES

VERSION = 1  # of the ABI: another one where a file that was right may be wrong
FILES = ("abi.h", "forms.h", "mapping.h", "virtio_ring.h")
INCLUDE = re.compile(r'#include "(\w+\.h)"\n')
BEGIN = f"""\
/*
 * The ABI of sg-ring-bench's kernels, version {VERSION}, printed by `python -m strategies --abi`.
 * SPDX-License-Identifier: GPL-2.0-only
 *
 * Define create, map and add_buf below the line that includes this. Before it, LIST may say what
 * add_buf's words are, and ENTRY what a list has (docs/your-layout.md).
 */
#if defined(ABI_VERSION) && ABI_VERSION != {VERSION}
#error "abi.h is of another version of the suite: python -m strategies --abi > abi.h"
#endif
#ifndef FORM
#define FORM FORM_AS_COMPILED
#endif
"""


def printed() -> str:
    """Every file of the ABI behind those that it includes, once each."""
    return "\n".join((BEGIN, *_texts(FILES, set())))


def _texts(names: tuple[str, ...], seen: set[str]) -> Iterator[str]:
    for name in names:
        if name not in seen:
            seen.add(name)
            text = (SOURCES / name).read_text("utf-8")
            yield from _texts(tuple(INCLUDE.findall(text)), seen)
            yield INCLUDE.sub("", text)

"""Caches frames next to their result, as Parquet, so that a notebook waits for them once.

A cached frame records a hash of what it is made of: the bytes of the result and the sources of this
package. If the hash differs or the file is damaged, the frame is made again. If nothing can be
written, nothing is cached.
"""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from reports.read.paths import REPORTS
from reports.read.text import bytes_of, stem_of

HASH = b"made_of_sha256"  # key of the Parquet file's metadata


def kept(path: Path, name: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """The frame that ``make`` returns for the result at ``path``, from the cache if it is there."""
    place = path.with_name(f"{stem_of(path)}.{name}.parquet")
    made_of = _hash(path)
    with suppress(OSError, pa.ArrowException):
        file = parquet.ParquetFile(place, page_checksum_verification=True)
        if (file.schema_arrow.metadata or {}).get(HASH) == made_of:
            found: pd.DataFrame = file.read().to_pandas()
            return found
    frame = make()
    _keep(frame, place, made_of)
    return frame


def _keep(frame: pd.DataFrame, place: Path, made_of: bytes) -> None:
    """Write a frame in full, or not at all."""
    table = pa.Table.from_pandas(frame, preserve_index=False)
    table = table.replace_schema_metadata({**table.schema.metadata, HASH: made_of})
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    with suppress(OSError):
        try:
            parquet.write_table(table, part, write_page_checksum=True)
            part.replace(place)
        finally:
            part.unlink(missing_ok=True)


def _hash(path: Path) -> bytes:
    """The hash of the result and of the sources that read it."""
    parts = [bytes_of(path), pd.__version__.encode()]
    parts += [source.read_bytes() for source in sorted(REPORTS.rglob("*.py"))]
    each = (hashlib.sha256(part).digest() for part in parts)
    return hashlib.sha256(b"".join(each)).hexdigest().encode()

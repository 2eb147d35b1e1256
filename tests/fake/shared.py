"""Machine code that one process of a test run compiles for all others of pytest-xdist."""

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from strategies.compile.code import Code

FOLDER = "SG_RING_TESTS_SHARED"  # the variable that names it


def once(what: str, make: Callable[[], Mapping[str, Code]]) -> dict[str, Code]:
    """Code by name: made by another process, or else now.

    Two processes at once make the same, and each renames a complete file.
    """
    folder = os.environ.get(FOLDER)
    if folder is None:
        return dict(make())
    kept = Path(folder) / f"{hashlib.sha256(what.encode()).hexdigest()[:32]}.json"
    if not kept.exists():
        made = {name: (code.text.hex(), code.entry) for name, code in make().items()}
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps(made))
        part.replace(kept)
    found = json.loads(kept.read_text())
    return {name: Code(bytes.fromhex(text), entry) for name, (text, entry) in found.items()}

"""Machine code that tests compile once, for all their processes and until a source changes."""

import json
from collections.abc import Callable, Mapping
from functools import cache

from bench.compile.making import PACKAGES
from bench.paths import ROOT
from strategies.compile import kept
from strategies.compile.code import Code

MADE_OF = (
    "strategies/**/*.py",
    *(f"bench/{room}/*.py" for room in ("compile", "driver", "worker/rings")),
    *("tests/fake/armed.py", "tests/fake/shared.py", "tests/*/rig.py", "tests/*/mutation.py"),
)


def once(what: str, make: Callable[[], Mapping[str, Code]]) -> dict[str, Code]:
    """Code by name, as it was kept under this name since the last edit, or else made now."""
    key = kept.key("tests", what, digest(), *kept.tools(*PACKAGES))
    data = kept.store().get(key)
    if data is None:
        made = {name: (code.text.hex(), code.entry) for name, code in make().items()}
        data = json.dumps(made).encode()
        kept.store().put(key, data)
    found = json.loads(data).items()
    return {name: Code(bytes.fromhex(text), entry) for name, (text, entry) in found}


@cache
def digest() -> str:
    """Every source file that the code is made of, and that says how."""
    return kept.sources(ROOT, *MADE_OF)

"""One side's process: compiles the strategies of whichever checkout is on PYTHONPATH.

``python -P collect.py WANTED OUT``, both JSON. It is run as a file, since an older checkout has no
gate, and by that checkout's Python, which may lack our dependencies. So it imports only the
standard library and ``strategies``, and of that only what every version's contract offers. Exit
status: ``NO_STRATEGIES``, ``OTHER_CONTRACT`` or ``NO_CODE``, explained by the last line of stderr.
"""

import hashlib
import importlib
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

NO_STRATEGIES, OTHER_CONTRACT, NO_CODE = 3, 4, 5
KERNELS = ("create", "map", "add_buf")  # older checkouts do not name them
SHARED = ("kick", "get_buf")
RECORDS = ("VIRTQUEUE", "VRING_DESC", "VRING_AVAIL", "VRING_USED", "REQUEST", "GROUP", "SEGMENT")
AS_COMPILED = "as compiled"
ROOMS = {  # where a module is, and where older checkouts have it
    "backends": ("strategies.backends", "strategies.compile.backends"),
    "structs": ("strategies.linux.structs", "strategies.structs"),
}
MARKS = ("baseline", "null", "sentinel", "floor")  # an older checkout's booleans
COMPARED = ("baseline", "candidate")  # layouts; null, floors and sentinel belong to the harness


@dataclass(frozen=True)
class Wanted:
    """What to compile."""

    backends: tuple[str, ...]
    forms: bool  # forced forms, too
    layouts: tuple[str, ...] = ()  # a user's files, in place of the checkout's


@dataclass(frozen=True)
class HexCode:
    """Machine code, see ``strategies.compile.code``."""

    text: str  # in hex
    entry: int


@dataclass(frozen=True)
class Compiled:
    """A strategy in one form by one backend."""

    label: str
    form: str
    backend: str
    role: str
    phases: tuple[str, ...]
    kernels: dict[str, str]  # kernel: key of ``Collected.codes``


@dataclass(frozen=True)
class Collected:
    """All that a checkout compiles to."""

    records: dict[str, str]  # digests, by name
    versions: dict[str, str]  # by backend
    variants: list[Compiled]
    codes: dict[str, HexCode]


def collect(wanted: Wanted) -> Collected:
    """Every strategy's machine code by every backend wanted."""
    strategies, backends = _imported(wanted.layouts)
    try:
        chosen = [s for s in strategies if _chosen(s, wanted)]
        there = {name: b for name, b in backends.items() if name in wanted.backends}
        codes: dict[str, HexCode] = {}
        variants = [v for b in there.values() for v in _variants(chosen, b, codes)]
        versions = {name: str(backend.version) for name, backend in there.items()}
        return Collected(records(), versions, variants, codes)
    except (AttributeError, TypeError) as error:
        _end(OTHER_CONTRACT, str(error))


def _chosen(strategy: Any, wanted: Wanted) -> bool:
    return _role(strategy) in COMPARED and (wanted.forms or strategy.form == AS_COMPILED)


def _role(strategy: Any) -> str:
    """A strategy's role, also in a checkout from before strategies had one."""
    if hasattr(strategy, "role"):
        return str(strategy.role)
    return next((mark for mark in MARKS if getattr(strategy, mark)), "candidate")


def _imported(layouts: Sequence[str]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The checkout's strategies, or those of a user's files, and its backends."""
    try:
        import strategies
    except ModuleNotFoundError as error:
        _end(NO_STRATEGIES if error.name == "strategies" else NO_CODE, str(error))
    try:
        if not hasattr(strategies, "load"):
            _end(NO_STRATEGIES, f"{strategies.__path__[0]} is not a package of strategies")
        try:
            known = _room("backends").backends()
        except ImportError as error:
            _end(OTHER_CONTRACT, str(error))
        return _outside(layouts, known) if layouts else (strategies.load(), known)
    except Exception as error:  # noqa: BLE001  a source that cannot even be read
        _end(NO_CODE, f"{type(error).__name__}: {error}")


def _room(name: str) -> Any:
    """A module of the checkout's strategies, in whichever room that checkout has it."""
    for room in ROOMS[name]:
        with suppress(ModuleNotFoundError):
            return importlib.import_module(room)
    raise ModuleNotFoundError(f"No module named {ROOMS[name][0]!r}")


def _outside(paths: Sequence[str], known: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    from strategies.outside.given import read
    from strategies.outside.layouts import layouts_of

    found = layouts_of(read(map(Path, paths)))
    return found.strategies, found.beside(known)


def _variants(strategies: list[Any], backend: Any, codes: dict[str, HexCode]) -> Iterator[Compiled]:
    for strategy in filter(backend.serves, strategies):
        kernels = {name: _kernel(strategy, backend, name, codes) for name in KERNELS}
        kernels |= {name: _shared(strategy, backend, name, codes) for name in SHARED}
        yield Compiled(
            label=strategy.label,
            form=strategy.form,
            backend=backend.name,
            role=_role(strategy),
            phases=tuple(strategy.phases),
            kernels=kernels,
        )


def _kernel(strategy: Any, backend: Any, name: str, codes: dict[str, HexCode]) -> str:
    return _keep(f"{strategy.label}@{backend.name}", name, codes, backend.kernel, strategy, name)


def _shared(strategy: Any, backend: Any, name: str, codes: dict[str, HexCode]) -> str:
    if getattr(strategy, name) is not None:
        return _kernel(strategy, backend, name, codes)
    return _keep(f"virtqueue@{backend.name}", name, codes, backend.shared, name)


def _keep(of: str, name: str, codes: dict[str, HexCode], make: Any, *arguments: Any) -> str:
    key = f"{of}/{name}"
    if key not in codes:
        try:
            code = make(*arguments)
        except Exception as error:  # noqa: BLE001  compilers raise anything
            _end(NO_CODE, f"{key}: {_reason(error)}")
        codes[key] = HexCode(code.text.hex(), code.entry)
    return key


def _reason(error: Exception) -> str:
    """The most telling line of a compiler's message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower()]
    return next(iter([*telling, *lines]), type(error).__name__)


def records() -> dict[str, str]:
    """A digest of each record that kernels and harness share: the contract in bytes."""
    structs = _room("structs")
    return {
        name: hashlib.sha256(repr(getattr(structs, name).descr).encode()).hexdigest()[:16]
        for name in RECORDS
    }


def _end(status: int, why: str) -> NoReturn:
    sys.stderr.write(f"{why.strip().splitlines()[0] if why.strip() else 'no message'}\n")
    sys.exit(status)


def main(arguments: list[str]) -> int:
    """Compile what one file asks for; write it to another."""
    wanted, out = map(Path, arguments)
    found = collect(Wanted(**json.loads(wanted.read_text("utf-8"))))
    out.write_text(json.dumps(asdict(found)), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

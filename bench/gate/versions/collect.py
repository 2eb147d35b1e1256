"""One side's process: compile the strategies of whichever checkout is on PYTHONPATH.

``python -P collect.py ASKED OUT``: run as a file, since an older checkout has no gate. So it may
import nothing of ours but ``strategies``, and of that only what its contract offers. Exit status:
``NO_STRATEGIES``, ``OTHER_CONTRACT`` and ``NO_CODE`` say what the last line of stderr explains.
"""

import hashlib
import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

NO_STRATEGIES, OTHER_CONTRACT, NO_CODE = 3, 4, 5
KERNELS = ("create", "map", "add_buf")
SHARED = ("kick", "get_buf")
RECORDS = ("VIRTQUEUE", "VRING_DESC", "VRING_AVAIL", "VRING_USED", "REQUEST", "GROUP", "SEGMENT")
AS_COMPILED = "as compiled"
MARKS = ("baseline", "null", "sentinel", "floor")  # booleans that an older checkout has
COMPARED = ("baseline", "candidate")  # layouts; null, floors and sentinel are the harness


def collect(asked: dict[str, Any]) -> dict[str, Any]:
    """Return every strategy's machine code by every backend asked for."""
    strategies, backends = _imported()
    try:
        chosen = [s for s in strategies if _wanted(s, asked)]
        there = {name: b for name, b in backends.items() if name in asked["backends"]}
        codes: dict[str, Any] = {}
        variants = [v for b in there.values() for v in _variants(chosen, b, codes)]
        versions = {name: str(backend.version) for name, backend in there.items()}
        return {
            "records": records(),
            "versions": versions,
            "variants": variants,
            "codes": codes,
        }
    except (AttributeError, TypeError) as error:
        _end(OTHER_CONTRACT, str(error))


def _wanted(strategy: Any, asked: dict[str, Any]) -> bool:
    return _role(strategy) in COMPARED and (asked["forms"] or strategy.form == AS_COMPILED)


def _role(strategy: Any) -> str:
    """A strategy's role, in a checkout from before strategies had one too."""
    if hasattr(strategy, "role"):
        return str(strategy.role)
    return next((mark for mark in MARKS if getattr(strategy, mark)), "candidate")


def _imported() -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the checkout's strategies and its backends."""
    try:
        import strategies
    except ModuleNotFoundError as error:
        _end(NO_STRATEGIES if error.name == "strategies" else NO_CODE, str(error))
    try:
        if not hasattr(strategies, "load"):
            _end(NO_STRATEGIES, f"{strategies.__path__[0]} is no package of strategies")
        try:
            from strategies.backends import backends
        except ImportError as error:
            _end(OTHER_CONTRACT, str(error))
        return strategies.load(), backends()
    except Exception as error:  # noqa: BLE001  a source that cannot even be read
        _end(NO_CODE, f"{type(error).__name__}: {error}")


def _variants(
    strategies: list[Any], backend: Any, codes: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    for strategy in filter(backend.serves, strategies):
        kernels = {name: _kernel(strategy, backend, name, codes) for name in KERNELS}
        kernels |= {name: _shared(strategy, backend, name, codes) for name in SHARED}
        yield {
            "label": strategy.label,
            "form": strategy.form,
            "backend": backend.name,
            "role": _role(strategy),
            "phases": list(strategy.phases),
            "kernels": kernels,
        }


def _kernel(strategy: Any, backend: Any, name: str, codes: dict[str, Any]) -> str:
    return _keep(f"{strategy.label}@{backend.name}", name, codes, backend.kernel, strategy, name)


def _shared(strategy: Any, backend: Any, name: str, codes: dict[str, Any]) -> str:
    if getattr(strategy, name) is not None:
        return _kernel(strategy, backend, name, codes)
    return _keep(f"virtqueue@{backend.name}", name, codes, backend.shared, name)


def _keep(of: str, name: str, codes: dict[str, Any], make: Any, *arguments: Any) -> str:
    key = f"{of}/{name}"
    if key not in codes:
        try:
            code = make(*arguments)
        except Exception as error:  # noqa: BLE001  whatever a compiler raises, it made no code
            _end(NO_CODE, f"{key}: {_reason(error)}")
        codes[key] = {"text": code.text.hex(), "entry": code.entry}
    return key


def _reason(error: Exception) -> str:
    """Return the line of a compiler's message that says most."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower()]
    return next(iter([*telling, *lines]), type(error).__name__)


def records() -> dict[str, str]:
    """Return a digest of each record that kernels and harness share: the contract in bytes."""
    try:
        from strategies.linux import structs
    except ImportError:  # a checkout from before strategies had rooms
        structs = importlib.import_module("strategies.structs")

    return {
        name: hashlib.sha256(repr(getattr(structs, name).descr).encode()).hexdigest()[:16]
        for name in RECORDS
    }


def _end(status: int, why: str) -> NoReturn:
    sys.stderr.write(f"{why.strip().splitlines()[0] if why.strip() else 'no message'}\n")
    sys.exit(status)


def main(arguments: list[str]) -> int:
    """Compile what one file asks for, and write it to another."""
    asked, out = map(Path, arguments)
    out.write_text(json.dumps(collect(json.loads(asked.read_text("utf-8")))), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Files as they are given: what kind each is, which layout it is of, and digests of what it is."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from strategies.outside import OutsideError

PYTHON, C, OBJECT = "python", "c", "object"
OBJECTS = "object"  # the backend of what is handed in as machine code
KINDS = {".py": PYTHON, ".c": C, ".o": OBJECT, ".a": OBJECT}
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
NAME_MAX = 48
INCLUDED = re.compile(rb'^\s*#\s*include\s*"([^"\n]+)"', re.MULTILINE)
SHOWN = 16  # digits of a digest, as of code
LINE_MAX = 400  # characters of metadata that a report shows


@dataclass(frozen=True)
class Given:
    """A file of a layout, as given."""

    path: str  # absolute; of this machine, and in no result
    files: tuple[tuple[str, str], ...]  # name and SHA-256: of it, and of headers it includes

    @property
    def kind(self) -> str:
        """PYTHON, C or OBJECT."""
        return KINDS[Path(self.path).suffix]

    @property
    def name(self) -> str:
        """The layout that it is of: the name of the file, of ``libNAME.a`` without ``lib``."""
        path = Path(self.path)
        return path.stem.removeprefix("lib") if path.suffix == ".a" else path.stem


def read(paths: Iterable[Path]) -> tuple[Given, ...]:
    """What is at these paths.

    Raises:
        OutsideError: if a file cannot be read, is of no known kind, has no name that a layout may
            have, or is given twice.
    """
    found: dict[tuple[str, str], Given] = {}
    for path in paths:
        one = _read(path)
        other = found.setdefault((one.name, one.kind), one)
        if other is not one:
            raise OutsideError(f"{path}: {Path(other.path).name} is the layout {one.name} already")
    return tuple(found.values())


def digests(given: Iterable[Given]) -> str:
    """Every file with the first digits of its SHA-256, in one line."""
    known = dict(pair for one in given for pair in one.files)
    line = ", ".join(f"{name} {digest[:SHOWN]}" for name, digest in known.items())
    return line if len(line) <= LINE_MAX else f"{line[: LINE_MAX - 3]}..."


def _read(path: Path) -> Given:
    if path.suffix not in KINDS:
        endings = ", ".join(KINDS)
        raise OutsideError(f"{path}: a layout is a file whose name ends in one of {endings}")
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise OutsideError(f"{path} cannot be read ({error.strerror})") from None
    headers = _headers(path) if KINDS[path.suffix] == C else ()
    one = Given(str(path.absolute()), ((path.name, digest), *headers))
    if not NAME.fullmatch(one.name) or len(one.name) > NAME_MAX:
        raise OutsideError(
            f"{path}: {one.name!r} can be no layout's name: begin with a letter; letters, digits, "
            f"_ and -, up to {NAME_MAX} of them"
        )
    return one


def _headers(path: Path) -> Iterator[tuple[str, str]]:
    """Name and digest of each file that a C file includes, and those include, by a path."""
    seen: dict[Path, bytes] = {path.resolve(): path.read_bytes()}
    waiting = list(seen)
    while waiting:
        source = waiting.pop()
        for name in INCLUDED.findall(seen[source]):
            header = (source.parent / name.decode(errors="surrogateescape")).resolve()
            if header not in seen and header.is_file():
                seen[header] = header.read_bytes()
                waiting.append(header)
                yield header.name, hashlib.sha256(seen[header]).hexdigest()

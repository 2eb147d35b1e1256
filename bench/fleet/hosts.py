"""``hosts.toml``: which machines, and how each is reached.

[defaults]                      # of every host
python = "python3"
[groups.lab]                    # of every host that says group = "lab"
ssh_config = "lab.ssh"
[[hosts]]
name = "big"                    # as it is called here; on pages only with --host-names
address = "me@big.example.org"  # of ssh, or an alias in its config; default: the name
group = "lab"
cpus = [2, 3]                   # CPUs to measure on
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec.structs import asdict

from bench.errors import BenchError

FOLDER = "~/.cache/sg-ring-fleet"
Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Address = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.\[][A-Za-z0-9_.@:%\[\]-]*$")]
Place = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]*$")]
Variable = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Cpus = Annotated[
    tuple[Annotated[int, msgspec.Meta(ge=0, lt=2**16)], ...], msgspec.Meta(min_length=1)
]


class HostsError(BenchError):
    """A hosts file that is not one; the text names the place."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What defaults, a group and a host may all say; the nearest counts."""

    python: Place | None = None  # the interpreter there, 3.11 or newer
    cpus: Cpus | None = None  # to measure on; None: any
    folder: Place | None = None  # of ours there; ``~`` is the user's home
    environment: dict[Variable, Place] = {}  # variables; those of all three count
    ssh_config: Place | None = None  # a file, from the hosts file's folder
    compile_there: bool | None = None


class Entry(Settings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A host, as the file has it."""

    name: Name
    address: Address | None = None
    group: Name | None = None
    local: bool = False  # a process on this machine, without ssh


class File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    hosts: Annotated[tuple[Entry, ...], msgspec.Meta(min_length=1)]
    defaults: Settings = Settings()
    groups: dict[Name, Settings] = {}


class Host(msgspec.Struct, frozen=True, kw_only=True):
    """A host with everything decided."""

    name: str
    address: str  # of ssh; empty: a process on this machine
    group: str = ""
    python: str = "python3"
    cpus: tuple[int, ...] = ()  # empty: any
    folder: str = FOLDER
    environment: dict[str, str] = {}
    ssh_config: str = ""
    compile_there: bool = False


def read(path: Path) -> tuple[Host, ...]:
    """Read a hosts file.

    Raises:
        HostsError: with the line, or the key, that fits no host.
    """
    try:
        file = msgspec.convert(tomllib.loads(path.read_text("utf-8")), File)
    except OSError as error:
        raise HostsError(
            f"{path}: {error.strerror}: name a hosts file, see docs/fleet.md"
        ) from None
    except ValueError as error:  # of TOML, of UTF-8, or of ours, with its place
        raise HostsError(f"{path}: {error}; docs/fleet.md has the keys") from None
    names = [entry.name for entry in file.hosts]
    for number, entry in enumerate(file.hosts):
        here = f"{path}: $.hosts[{number}]"
        if names.index(entry.name) < number:
            raise HostsError(f"{here}: there is a host {entry.name} already: name it otherwise")
        if entry.group is not None and entry.group not in file.groups:
            raise HostsError(f"{here}: there is no group {entry.group}: add [groups.{entry.group}]")
        if entry.local and entry.address:
            raise HostsError(f"{here}: a local host has no address: leave one of them out")
    return tuple(_host(entry, file, path.parent) for entry in file.hosts)


def _host(entry: Entry, file: File, folder: Path) -> Host:
    """The host with what defaults and its group say."""
    layers = (file.defaults, file.groups[entry.group] if entry.group else Settings(), entry)
    known: dict[str, Any] = {
        key: value
        for layer in layers
        for key, value in asdict(layer).items()
        if key in Settings.__struct_fields__ and value is not None
    }
    known["environment"] = {k: v for layer in layers for k, v in layer.environment.items()}
    if "ssh_config" in known:
        known["ssh_config"] = str((folder / Path(str(known["ssh_config"])).expanduser()).absolute())
    address = "" if entry.local else entry.address or entry.name
    return Host(name=entry.name, address=address, group=entry.group or "", **known)


def chosen(hosts: tuple[Host, ...], only: list[str]) -> tuple[Host, ...]:
    """The hosts of these names and groups, or all.

    Raises:
        HostsError: if there is none of a name.
    """
    for name in only:
        if not any(name in {host.name, host.group} for host in hosts):
            known = ", ".join(host.name for host in hosts)
            raise HostsError(f"there is no host or group {name}: there are {known}")
    return tuple(host for host in hosts if not only or {host.name, host.group} & set(only))

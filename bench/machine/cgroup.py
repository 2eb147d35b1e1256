"""The groups that the system shares things out to, which is what a container is: version 1 and 2.

A limit on any group above ours holds for us too, so all of them are found up to where the hierarchy
is mounted. Groups above a container's own mount are out of sight.
"""

from collections.abc import Iterator

from bench.machine.files import Machine

MOUNT = "sys/fs/cgroup"


def groups(machine: Machine, controller: str) -> Iterator[str]:
    """Yield the folder of our group and of each above it, where a controller shares out."""
    for line in (machine.read("proc/self/cgroup") or "").splitlines():
        _, colon, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        mount = _mount(machine, controller, controllers) if colon else None
        if mount is None:
            continue
        names = [name for name in group.split("/") if name not in {"", ".."}]
        for depth in range(len(names), -1, -1):
            if machine.is_folder(folder := "/".join([mount, *names[:depth]])):
                yield folder


def _mount(machine: Machine, controller: str, controllers: str) -> str | None:
    """Return where a hierarchy is mounted, None if the controller is not in it."""
    if not controllers:  # version 2, alone or beside version 1
        mounts = [f"{MOUNT}/unified", MOUNT]
        shares = [m for m in mounts if controller in words(machine, f"{m}/cgroup.controllers")]
        return shares[0] if shares else None
    if controller not in controllers.split(","):
        return None
    mounts = [f"{MOUNT}/{controllers}", f"{MOUNT}/{controller}"]
    return next(filter(machine.is_folder, mounts), None)


def words(machine: Machine, path: str) -> list[str]:
    """Return the words of a file, none where it cannot be read."""
    return (machine.read(path) or "").split()

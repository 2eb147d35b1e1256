"""Two versions of a user's layouts, out of the repository that holds them, for this checkout."""

from contextlib import ExitStack
from pathlib import Path

from bench import git
from bench.gate.versions.checkout import (
    CheckoutError,
    Version,
    checked_out,
    commit_of,
    working_tree,
)
from bench.gate.versions.joint_kit import BASE, HEAD
from bench.gate.versions.sides import Source
from bench.paths import ROOT
from strategies.outside.given import Given


def outside_sources(
    theirs: tuple[Given, ...], ref: str, stack: ExitStack
) -> tuple[tuple[Version, Version], tuple[Source, Source]]:
    """The files as of ``ref`` and as they are; the checkout goes with the stack.

    Raises:
        GitError: if a file lies in no repository.
        CheckoutError: if they lie in several, there is no such commit, or it lacks one of them.
    """
    paths = [Path(one.path).resolve() for one in theirs]
    root = git.top(paths[0].parent)
    for path in paths:
        if git.top(path.parent) != root:
            raise CheckoutError(f"{path} is not in {root}, as the first layout: gate each alone")
    base, head = Version(ref, commit_of(ref, root)), working_tree(root)
    tree = stack.enter_context(checked_out(base.commit, root))
    before = [tree / path.relative_to(root) for path in paths]
    for path, there in zip(paths, before, strict=True):
        if not there.is_file():
            name = path.relative_to(root)
            raise CheckoutError(
                f"{ref} ({base.commit[:12]}) has no {name}: name a version that has"
            )
    sides = ((BASE, base, before), (HEAD, head, paths))
    first, second = (
        Source(name, ROOT, shown=version.shown, layouts=tuple(map(str, files)))
        for name, version, files in sides
    )
    return (base, head), (first, second)

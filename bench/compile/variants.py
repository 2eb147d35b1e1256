"""Which columns a run has: every strategy in every form by each compiler, and the A/A control."""

from collections.abc import Iterator

from bench.kit import Variant, shared_key
from strategies import AS_COMPILED, KERNELS, OF_ONE_KERNEL, Role, Strategy
from strategies.backends import Backend
from strategies.compile.code import Code

CONTROL_FORM = "again"  # the baseline's code placed a second time: the A/A control


def variants_of(
    strategies: tuple[Strategy, ...], backend: Backend, codes: dict[str, Code]
) -> Iterator[tuple[Variant, Strategy]]:
    """A backend's columns: every strategy in every form, and the baseline once more.

    A form takes turns only in the phases in which its compiler made other code of it, or in all if
    it is one of another list. One that is made for an experiment also does in phases of several
    kernels, ``cycle`` say.
    """
    for strategy in filter(backend.serves, strategies):
        phases, plain = strategy.phases, _plain(strategy, strategies)
        if strategy.form != AS_COMPILED and plain and not strategy.other_list:
            original = keys_of(plain, backend)
            ours = keys_of(strategy, backend)
            differs = {p for p, k in OF_ONE_KERNEL.items() if codes[ours[k]] != codes[original[k]]}
            whole = set(phases) - set(OF_ONE_KERNEL) if strategy.only and differs else set()
            phases = tuple(phase for phase in phases if phase in differs | whole)
        if phases:
            yield _variant(strategy, backend, strategy.series, strategy.role, phases), strategy
        if strategy.role is Role.BASELINE:
            label = f"{strategy.name}[{CONTROL_FORM}]"
            yield _variant(strategy, backend, label, "control", phases), strategy


def _plain(strategy: Strategy, strategies: tuple[Strategy, ...]) -> Strategy | None:
    """What a form is a form of: the same made for the same, or else what always runs."""
    plain = {(s.only, s.axes): s for s in strategies if s.series == strategy.name}
    return plain.get((strategy.only, strategy.axes), plain.get(("", ())))


def _variant(
    strategy: Strategy, backend: Backend, label: str, role: str, phases: tuple[str, ...]
) -> Variant:
    form = CONTROL_FORM if role == "control" else strategy.form
    keys = keys_of(strategy, backend)
    named = f"{label}@{backend.name}"
    what = (named, strategy.name, form, backend.name, str(role), phases, keys)
    return Variant(*what, step={}, ring=strategy.ring)


def keys_of(strategy: Strategy, backend: Backend) -> dict[str, str]:
    """Where each kernel's code is kept: the strategy's own or the virtqueue's."""
    own = f"{strategy.label}@{backend.name}"
    return {
        k: f"{own}/{k}" if getattr(strategy, k) else shared_key(backend.name, k) for k in KERNELS
    }

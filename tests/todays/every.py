"""Every check of a ring of today, and which rings it asks of."""

from collections.abc import Callable

from tests.todays import checks as todays_checks
from tests.todays import in_order_checks, indirect_checks, packed_checks
from tests.todays.rig import Subject

Check = Callable[[Subject], None]
MODULES = {  # ring: what asks of it
    "split": todays_checks,
    "packed": packed_checks,
    "split-in-order": in_order_checks,
    "packed-in-order": in_order_checks,
    "split-indirect": indirect_checks,
    "packed-indirect": indirect_checks,
}
BY_RING: dict[str, tuple[Check, ...]] = {
    ring: tuple(found for name, found in sorted(vars(module).items()) if name.startswith("check_"))
    for ring, module in MODULES.items()
}
CHECKS = tuple(dict.fromkeys(check for checks in BY_RING.values() for check in checks))
STEPPING = tuple(check for check in CHECKS if check.__name__.endswith("_or_not_at_all"))

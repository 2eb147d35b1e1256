"""noop: does nothing, so its time is that of the harness.

Its kernels keep the contract's signatures. ``add_buf`` counts its calls where a real one counts
what it added, so the check after a turn sees that it was called.

What you should observe: 1.5 to 3 ns per request, for an indirect call and the loop around it.
"""

from strategies import Role, Strategy
from strategies.linux.nothing import add_nothing, create, get_nothing, kick_nothing, map_nothing

STRATEGIES = (
    Strategy(
        "noop",
        create,
        map_nothing,
        add_nothing,
        role=Role.NULL,
        kick=kick_nothing,
        get_buf=get_nothing,
    ),
)

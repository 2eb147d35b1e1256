"""serialise: what limits a walk: its longest chain, or loads that run ahead of it.

An array's entries can be read many steps ahead, as their addresses are known. On some processors
that makes a walk faster, on others slower (docs/model.md, section 6). Here one thing at a time is
changed in a walk that is otherwise the same, load by load and store by store:

* the computation of the next entry's address: ``stepping[free]``, ``[select]``, ``[load]``;
* the order of a step's loads: between its stores as in the source (``free``), with ``vring.desc``
  in a register (``free-kept``), or all before the stores (``free-first``);
* ``stride``: bytes between entries, so that a cache line holds two, one, or a part of one;
* ``apart``: offset of the table in its page, in bytes; descriptors begin on a page. At 0 no load
  has the offset of a pending store, at 3072 those of entries 50 to 63 have; else it is ``drawn``;
* ``bypass``: ``left`` as the system sets it, or ``off``: no load may pass a store whose address is
  not known (``bench/machine/bypass.py``); only if the system lets a thread choose.

Two floors in the same run leave out more: ``floor_walk`` the entries and all stores,
``floor_stream`` the free list, so that the address of every store is known early.
"""

from bench.experiments import XEON, Expectation, Experiment, Figure, Pick, Point, shapes_of
from bench.machine.bypass import switchable

XEONS = (*XEON, "intel-6-207")
DRAWN, PLACES = "drawn", ("0", "3072")  # as in strategies/stepping.py
STRIDES = (32, 64, 160)
LEFT, OFF = "left", "off"
SHAPES = {  # shape: workload
    "put_chars": "console",
    "4k-read": "blk",
    "64k-read": "blk",
    "cap-read": "blk",
    "max-read": "blk",
}
LONG, QUICK_SHAPES = "max-read", ("4k-read", "64k-read", "max-read")
PLAIN = "apart=drawn,bypass=left,stride=32"
CELL = f"blk/{LONG}/add{{{PLAIN}}}"
HERE = f"blk/{LONG}/add{{apart=drawn"
REST = ("apart", "stride")  # axes without panels of their own
AXES = (*REST, "bypass")


def point(name: str, apart: str, bypass: str, stride: int) -> Point:
    """A shape's cell with this placement of entries, with or without store bypass."""
    workload = SHAPES[name]
    shape = shapes_of(workload)[name]
    axes = (("apart", apart), ("bypass", bypass), ("stride", str(stride)))
    thin = name in QUICK_SHAPES
    return Point(workload, shape, "add", axes, thin=thin, bypass=bypass != OFF)


def points(*, switch: bool) -> tuple[Point, ...]:
    """Every length with and without bypass, and long requests at each stride and offset."""
    plain = STRIDES[0]
    bypasses = (LEFT, OFF) if switch else (LEFT,)
    lengths = [point(name, DRAWN, bypass, plain) for name in SHAPES for bypass in bypasses]
    strides = [point(LONG, DRAWN, LEFT, stride) for stride in STRIDES[1:]]
    places = [point(LONG, apart, LEFT, plain) for apart in PLACES]
    return (*lengths, *strides, *places)


def expectations(*, switch: bool) -> tuple[Expectation, ...]:
    """What one should observe if the longest chain is the limit; the reverse is an answer, too."""
    without = Expectation(
        "Loads pass stores whose addresses are not known: without that, 130 descriptors take a "
        "fifth longer and up (if not, they waited anyway)",
        of=Pick("stepping[free]", CELL),
        to=Pick("=", "={bypass=off}"),
        at_most=1 / 1.2,
        processors=XEONS,
    )
    return (
        Expectation(
            "A conditional move on the way to each next entry makes 130 descriptors a tenth slower "
            "and up: its chain is the longest (if they are faster, what runs ahead is in its own "
            "way)",
            of=Pick("stepping[select]", CELL),
            to=Pick("stepping[free]", "="),
            at_least=1.1,
            processors=XEONS,
        ),
        Expectation(
            "A load on that way makes them no faster (if it does, likewise)",
            of=Pick("stepping[load]", CELL),
            to=Pick("stepping[free]", "="),
            at_least=0.98,
            processors=XEONS,
        ),
        Expectation(
            "Reading vring.desc again behind every store costs less than a tenth (if more, these "
            "loads wait for the stores)",
            of=Pick("stepping[free-kept]", CELL),
            to=Pick("stepping[free]", "="),
            at_least=0.9,
            processors=XEONS,
        ),
        Expectation(
            "Whether a step's loads come before its stores or between them changes less than a "
            "tenth (if more, loads wait for stores, or stores for loads)",
            of=Pick("stepping[free-first]", CELL),
            to=Pick("stepping[free-kept]", "="),
            at_least=0.9,
            at_most=1.1,
            processors=XEONS,
        ),
        *((without,) if switch else ()),
    )


def experiment(*, switch: bool) -> Experiment:
    """The experiment, with or without cells that switch store bypass off."""
    bypass = (
        "Without store bypass (bypass=off) no load passes a store whose address is not known."
        if switch
        else "This system lets no thread choose to do without store bypass, so it was left alone."
    )
    return Experiment(
        name="serialise",
        question="What sets the pace of a walk: its longest chain, or what runs ahead?",
        points=lambda: points(switch=switch),
        takes=(
            "flat_array",
            "chained_scatterlist[branch]",
            "chained_scatterlist[select]",
            "floor_walk",
            "floor_stream",
            "noop",
        ),
        figures=(
            Figure("curve", "descriptors", pick=Pick("*", f"blk/*/add{{{PLAIN}}}"), along=AXES),
            Figure("series", value="ns", pick=Pick("*", f"{HERE},*,stride=32}}"), along=REST),
            Figure("curve", "stride", "ns", Pick("*", f"{HERE},bypass=left,*}}"), along=AXES),
        ),
        expectations=expectations(switch=switch),
        note="A ratio is to flat_array, whose entries are 32 bytes apart in any cell. " + bypass,
    )


EXPERIMENT = experiment(switch=switchable())

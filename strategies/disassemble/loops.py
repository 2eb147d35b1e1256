"""Loops of a control-flow graph, and paths through them. Nodes are integers, here addresses."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

Graph = Mapping[int, Collection[int]]  # each node's successors
Merit = Callable[[list[int]], tuple[int, ...]]  # of a path: the sum over its nodes
EXIT = -1  # the end of a path through a loop or a function


@dataclass(frozen=True)
class Loop:
    """A strongly connected component."""

    headers: frozenset[int]  # its entries: one, unless a jump leads into its middle
    body: frozenset[int]


def postorder(graph: Graph, starts: Iterable[int], seen: set[int] | None = None) -> list[int]:
    """Nodes reachable from ``starts``, each after its successors, except along back edges.

    Nodes in ``seen`` are skipped; those visited are added to it.
    """
    seen = set() if seen is None else seen
    order = []
    for start in starts:
        stack = [] if start in seen else [(start, iter(graph[start]))]
        seen.add(start)
        while stack:
            node, targets = stack[-1]
            target = next((t for t in targets if t not in seen), None)
            if target is None:
                order.append(node)
                stack.pop()
            else:
                seen.add(target)
                stack.append((target, iter(graph[target])))
    return order


def components(graph: Graph) -> Iterator[frozenset[int]]:
    """The strongly connected components (Sharir 1981, doi:10.1016/0898-1221(81)90008-0)."""
    back: dict[int, list[int]] = {node: [] for node in graph}
    for node, targets in graph.items():
        for target in targets:
            back[target].append(node)
    seen: set[int] = set()
    for node in reversed(postorder(graph, graph)):
        if node not in seen:
            yield frozenset(postorder(back, [node], seen))


def inside(graph: Graph, nodes: Collection[int]) -> dict[int, list[int]]:
    """The subgraph of these nodes."""
    return {node: [t for t in graph[node] if t in nodes] for node in nodes}


def innermost(graph: Graph, nodes: Collection[int] | None = None) -> list[Loop]:
    """The loops that contain no other loop: acyclic once their headers are removed."""
    loops = []
    for body in components(inside(graph, graph if nodes is None else nodes)):
        entered = (t for node in graph if node not in body for t in graph[node] if t in body)
        headers = frozenset(entered)
        if headers and any(target in body for node in body for target in graph[node]):
            loops += innermost(graph, body - headers) or [Loop(headers, body)]
    return sorted(loops, key=lambda loop: min(loop.headers))


def best_round(graph: Graph, loop: Loop, through: Collection[int], merit: Merit) -> list[int]:
    """The path of most merit once around a loop that passes one of the nodes ``through``."""
    rounds = []
    for header in loop.headers:
        turn: dict[int, Collection[int]] = {EXIT: ()}
        for node, targets in inside(graph, loop.body).items():
            turn[node] = [EXIT if target == header else target for target in targets]
        rounds.append(best_way(turn, header, through, merit))
    return max(rounds, key=merit)


def best_way(graph: Graph, start: int, through: Iterable[int], merit: Merit) -> list[int]:
    """The path of most merit to EXIT via one of the nodes ``through``; empty if there is none."""
    ways = []
    for node in through:
        there, back = _best(graph, start, node, merit), _best(graph, node, EXIT, merit)
        if there is not None and back is not None:
            ways.append(there + back)
    return max(ways, key=merit, default=[])


def _best(graph: Graph, start: int, goal: int, merit: Merit) -> list[int] | None:
    """The simple path of most merit, without ``goal``; None if there is none."""
    ended = {**graph, goal: ()}
    best: dict[int, list[int]] = {goal: []}
    for node in postorder(ended, [start]):
        ways = [best[target] for target in ended[node] if target in best]
        if ways:
            best[node] = [node, *max(ways, key=merit)]
    return best.get(start)

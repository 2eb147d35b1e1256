"""Loops of a control-flow graph, and the ways through them. Nodes are numbers, here addresses."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

Graph = Mapping[int, Collection[int]]  # each node's successors
Merit = Callable[[list[int]], tuple[int, ...]]  # of a way: the sum of its nodes'
EXIT = -1  # where a way through a loop, or a function, ends


@dataclass(frozen=True)
class Loop:
    """Nodes that can all reach each other."""

    headers: frozenset[int]  # where it is entered: one, unless a jump leads into its middle
    body: frozenset[int]


def postorder(graph: Graph, starts: Iterable[int], seen: set[int] | None = None) -> list[int]:
    """Return what can be reached, each node behind all that it leads to, save where it leads back.

    What is in ``seen`` is left out; what is found joins it.
    """
    seen = set() if seen is None else seen
    found = []
    for start in starts:
        stack = [] if start in seen else [(start, iter(graph[start]))]
        seen.add(start)
        while stack:
            node, targets = stack[-1]
            target = next((t for t in targets if t not in seen), None)
            if target is None:
                found.append(node)
                stack.pop()
            else:
                seen.add(target)
                stack.append((target, iter(graph[target])))
    return found


def components(graph: Graph) -> Iterator[frozenset[int]]:
    """Yield the strongly connected components (Sharir 1981, doi:10.1016/0898-1221(81)90008-0)."""
    back: dict[int, list[int]] = {node: [] for node in graph}
    for node, targets in graph.items():
        for target in targets:
            back[target].append(node)
    seen: set[int] = set()
    for node in reversed(postorder(graph, graph)):
        if node not in seen:
            yield frozenset(postorder(back, [node], seen))


def inside(graph: Graph, nodes: Collection[int]) -> dict[int, list[int]]:
    """Return the graph of these nodes alone."""
    return {node: [t for t in graph[node] if t in nodes] for node in nodes}


def innermost(graph: Graph, nodes: Collection[int] | None = None) -> list[Loop]:
    """Return the loops with no loop in them: the cycles that are gone without their headers."""
    found = []
    for body in components(inside(graph, graph if nodes is None else nodes)):
        entered = (t for node in graph if node not in body for t in graph[node] if t in body)
        headers = frozenset(entered)
        if headers and any(target in body for node in body for target in graph[node]):
            found += innermost(graph, body - headers) or [Loop(headers, body)]
    return sorted(found, key=lambda loop: min(loop.headers))


def best_round(graph: Graph, loop: Loop, through: Collection[int], merit: Merit) -> list[int]:
    """Return the way of most merit once round a loop that passes one of the nodes ``through``."""
    rounds = []
    for header in loop.headers:
        turn: dict[int, Collection[int]] = {EXIT: ()}
        for node, targets in inside(graph, loop.body).items():
            turn[node] = [EXIT if target == header else target for target in targets]
        rounds.append(best_way(turn, header, through, merit))
    return max(rounds, key=merit)


def best_way(graph: Graph, start: int, through: Iterable[int], merit: Merit) -> list[int]:
    """Return the way of most merit to EXIT that passes one of the nodes ``through``, or none."""
    ways = []
    for node in through:
        there, back = _best(graph, start, node, merit), _best(graph, node, EXIT, merit)
        if there is not None and back is not None:
            ways.append(there + back)
    return max(ways, key=merit, default=[])


def _best(graph: Graph, start: int, goal: int, merit: Merit) -> list[int] | None:
    """Return the way of most merit, without ``goal``; None: there is none. No node comes twice."""
    ended = {**graph, goal: ()}
    best: dict[int, list[int]] = {goal: []}
    for node in postorder(ended, [start]):
        ways = [best[target] for target in ended[node] if target in best]
        if ways:
            best[node] = [node, *max(ways, key=merit)]
    return best.get(start)

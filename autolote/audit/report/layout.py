"""Lays a flow out in layers, from what starts to what keeps: the same flow, the same picture.

The steps are those of Sugiyama, Tagawa and Toda (1981): a layer for each node by the longest way
to it, points where long edges pass through the layers between, an order in each layer with few
crossings, and heights that keep edges level.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from autolote.audit.facts.flow_parts import Edge, Flow

NODE_HEIGHT = 40.0
_GAP = 14.0
_PASSING = 10.0  # height of a long edge where it passes through a layer
_SWEEPS = 12
_OPEN, _DONE = 1, 2


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where everything is.

    Attributes:
        layers: number of layers.
        height: of the tallest layer, in pixels.
        nodes: node id -> layer and middle height.
        ways: edge -> the (layer, height) points from its source to its target; the first and the
            last are the nodes themselves.
    """

    layers: int
    height: float
    nodes: Mapping[str, tuple[int, float]]
    ways: Mapping[Edge, tuple[tuple[int, float], ...]]


def layout(flow: Flow, *, last: frozenset[str] = frozenset()) -> Layout:
    """Lay out a flow; edges that lead back are drawn from right to left.

    Args:
        last: nodes that stand in the last layer if nothing follows them.
    """
    edges = _forward(flow)
    layer = _layers(flow, edges.values(), last)
    chains: dict[Edge, list[str]] = {}
    links: set[tuple[str, str]] = set()
    for edge, (start, end) in edges.items():
        chain = [start]
        for between in range(layer[start] + 1, layer[end]):
            point = f"{start}\x00{end}\x00{between}"
            layer[point] = between
            chain.append(point)
        chains[edge] = [*chain, end]
        links.update(pairwise(chains[edge]))
    order = _order(layer, links)
    heights = _heights(order, links)
    return Layout(
        layers=len(order),
        height=max((heights[column[-1]] for column in order), default=0.0) + NODE_HEIGHT,
        nodes={node.id: (layer[node.id], heights[node.id]) for node in flow.nodes},
        ways={
            edge: tuple((layer[point], heights[point]) for point in _directed(edge, chain))
            for edge, chain in chains.items()
        },
    )


def _directed(edge: Edge, chain: list[str]) -> list[str]:
    return chain if chain[0] == edge.source else chain[::-1]


def _forward(flow: Flow) -> dict[Edge, tuple[str, str]]:
    """Every edge with its ends in an order that leaves no circle: depth first, by name."""
    out: dict[str, list[Edge]] = defaultdict(list)
    for edge in flow.edges:
        out[edge.source].append(edge)
    entered = {edge.target for edge in flow.edges}
    state: dict[str, int] = {}
    found: dict[Edge, tuple[str, str]] = {}
    starts = sorted((node.id for node in flow.nodes), key=lambda one: (one in entered, one))
    for start in starts:
        stack = [] if start in state else [(start, iter(out[start]))]
        state.setdefault(start, _OPEN)
        while stack:
            node, rest = stack[-1]
            for edge in rest:
                back = state.get(edge.target) == _OPEN
                found[edge] = (edge.target, node) if back else (node, edge.target)
                if edge.target not in state:
                    state[edge.target] = _OPEN
                    stack.append((edge.target, iter(out[edge.target])))
                    break
            else:
                state[node] = _DONE
                stack.pop()
    return found


def _layers(flow: Flow, edges: Iterable[tuple[str, str]], last: frozenset[str]) -> dict[str, int]:
    """The longest way to each node, but for `last`."""
    edges = list(edges)
    following: dict[str, list[str]] = defaultdict(list)
    waiting = {node.id: 0 for node in flow.nodes}
    for start, end in edges:
        following[start].append(end)
        waiting[end] += 1
    layer = dict.fromkeys(waiting, 0)
    ready = sorted(node for node, count in waiting.items() if count == 0)
    entrances = list(ready)
    while ready:
        node = ready.pop(0)
        for end in following[node]:
            layer[end] = max(layer[end], layer[node] + 1)
            waiting[end] -= 1
            if waiting[end] == 0:
                ready.append(end)
    final = max(layer.values(), default=0)
    for node in last:
        if not following[node]:
            layer[node] = final
    for node in entrances:
        if following[node]:
            layer[node] = min(layer[end] for end in following[node]) - 1
    return layer


def _order(layer: Mapping[str, int], links: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The nodes and points of every layer, top to bottom, with few crossings."""
    columns: list[list[str]] = [[] for _ in range(max(layer.values(), default=-1) + 1)]
    for point in sorted(layer):
        columns[layer[point]].append(point)
    before, after = _neighbours(links)
    best, fewest = [list(column) for column in columns], _crossings(columns, after)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        around = before if down else after
        for index in range(1, len(columns)) if down else range(len(columns) - 2, -1, -1):
            beside = columns[index - 1 if down else index + 1]
            place = {point: position for position, point in enumerate(beside)}
            columns[index] = _by_middle(columns[index], around, place)
        crossings = _crossings(columns, after)
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    return best


def _by_middle(
    column: Sequence[str], around: Mapping[str, list[str]], place: Mapping[str, int]
) -> list[str]:
    """A column in the order of the mean place of each one's neighbours."""

    def middle(position: int) -> float:
        places = [place[one] for one in around.get(column[position], ()) if one in place]
        return sum(places) / len(places) if places else float(position)

    return [column[i] for i in sorted(range(len(column)), key=lambda i: (middle(i), i))]


def _crossings(columns: Sequence[Sequence[str]], after: Mapping[str, list[str]]) -> int:
    total = 0
    for left, right in pairwise(columns):
        place = {point: position for position, point in enumerate(right)}
        ends = [sorted(place[e] for e in after.get(point, ()) if e in place) for point in left]
        passed = [0] * len(right)
        for group in ends:
            total += sum(sum(passed[end + 1 :]) for end in group)
            for end in group:
                passed[end] += 1
    return total


def _heights(
    columns: Sequence[Sequence[str]], links: Iterable[tuple[str, str]]
) -> dict[str, float]:
    """The middle of everything, so that edges are short and nothing overlaps."""
    before, after = _neighbours(links)
    heights: dict[str, float] = {}
    for column in columns:
        _stack(column, {}, heights)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        around = before if down else after
        for column in columns if down else reversed(columns):
            wanted = {
                point: sum(heights[one] for one in around[point]) / len(around[point])
                for point in column
                if around.get(point)
            }
            _stack(column, wanted, heights)
    top = min((heights[p] - _size(p) / 2 for column in columns for p in column), default=0.0)
    return {point: round(height - top, 1) for point, height in heights.items()}


def _stack(column: Sequence[str], wanted: Mapping[str, float], heights: dict[str, float]) -> None:
    """Put a column's points as near to where they want to be as their order and sizes allow.

    That is isotonic regression of the wanted heights less the room that is needed above."""
    room, needed = 0.0, []
    for above, point in zip([None, *column], column, strict=False):
        room += (_size(above) / 2 + _GAP + _size(point) / 2) if above else 0.0
        needed.append(room)
    middle = room / 2
    pools: list[tuple[float, int]] = []
    for point, need in zip(column, needed, strict=True):
        pools.append((wanted.get(point, heights.get(point, need - middle)) - need, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (one, n), (other, m) = pools[-2:]
            pools[-2:] = [((one * n + other * m) / (n + m), n + m)]
    placed = [height for height, count in pools for _ in range(count)]
    for point, height, need in zip(column, placed, needed, strict=True):
        heights[point] = height + need


def _size(point: str | None) -> float:
    return _PASSING if point and "\x00" in point else NODE_HEIGHT


def _neighbours(
    links: Iterable[tuple[str, str]],
) -> tuple[Mapping[str, list[str]], Mapping[str, list[str]]]:
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for start, end in sorted(links):
        after[start].append(end)
        before[end].append(start)
    return before, after

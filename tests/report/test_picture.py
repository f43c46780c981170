"""The data flow's picture: the same flow is the same picture, and it can be read."""

from __future__ import annotations

import random
from itertools import pairwise
from xml.etree import ElementTree

from autolote.audit.facts.everything import Facts
from autolote.audit.facts.flow_parts import Edge, Flow, Node
from autolote.audit.report.layout import NODE_HEIGHT, layout
from autolote.audit.report.picture import MOST_NODES, picture


def flow_of(*edges: tuple[str, str]) -> Flow:
    """A flow of functions."""
    names = sorted({name for edge in edges for name in edge})
    return Flow(
        nodes=tuple(Node(id=n, label=n, kind="function", where=f"s/{n}") for n in names),
        edges=tuple(
            sorted(Edge(source=a, target=b, kind="starts", label="starts") for a, b in edges)
        ),
    )


def random_flow(seed: int) -> Flow:
    """Forty nodes, eighty edges, circles and all."""
    chance = random.Random(seed)
    names = [f"N{number:02}" for number in range(40)]
    edges = {(chance.choice(names), chance.choice(names)) for _ in range(80)}
    return flow_of(*sorted((a, b) for a, b in edges if a != b))


def test_nodes_do_not_overlap_and_edges_lead_onwards() -> None:
    """Whatever the graph: room between the nodes of a layer, every edge from end to end."""
    for seed in range(20):
        flow = random_flow(seed)
        placed = layout(flow)
        columns: dict[int, list[float]] = {}
        for layer, height in placed.nodes.values():
            columns.setdefault(layer, []).append(height)
            assert NODE_HEIGHT / 2 - 0.1 <= height <= placed.height
        for heights in columns.values():
            assert all(b - a >= NODE_HEIGHT for a, b in pairwise(sorted(heights)))
        for edge, way in placed.ways.items():
            assert way[0] == placed.nodes[edge.source]
            assert way[-1] == placed.nodes[edge.target]
            assert all(abs(b[0] - a[0]) == 1 for a, b in pairwise(way))


def test_a_chain_stands_in_its_order_and_level() -> None:
    """The plainest flow is a line."""
    placed = layout(flow_of(("A", "B"), ("B", "C")))
    assert [placed.nodes[n][0] for n in "ABC"] == [0, 1, 2]
    assert len({placed.nodes[n][1] for n in "ABC"}) == 1


def test_a_circle_is_drawn_with_one_edge_back() -> None:
    """A bucket whose objects start what writes into it is no reason to give up."""
    placed = layout(flow_of(("A", "B"), ("B", "C"), ("C", "A")))
    back = [edge for edge, way in placed.ways.items() if way[0][0] > way[-1][0]]
    assert [(edge.source, edge.target) for edge in back] == [("C", "A")]


def test_few_edges_cross_where_none_has_to() -> None:
    """Two layers in the worst order are sorted out."""
    straight = flow_of(*((f"A{n}", f"Z{9 - n}") for n in range(10)))
    placed = layout(straight)
    assert all(way[0][1] == way[-1][1] for way in placed.ways.values())


def test_the_picture_is_well_formed_and_names_every_node(facts: Facts) -> None:
    """SVG that any program reads; each node of a resource is a link to its row."""
    anchors = {item.where: f"row-{item.name}" for item in facts.inventory}
    drawn = ElementTree.fromstring(picture(facts.flow, anchors=anchors))
    titles = {one.text for one in drawn.iter("title")}
    for node in facts.flow.nodes:
        assert f"{node.label}, {node.kind.partition(' to ')[0]}" in titles
    links = {one.get("data-only"): one.get("href") for one in drawn.iter("a")}
    assert links["main/StartFunction"] == "#row-StartFunction"
    assert len(list(drawn.iter("path"))) >= len(facts.flow.edges)


def test_a_large_flow_is_drawn_small() -> None:
    """Alike nodes become one, so that the picture stays one that can be looked at."""
    flow = flow_of(*(("Machine", f"F{number:03}") for number in range(500)))
    drawn = ElementTree.fromstring(picture(flow, anchors={}))
    nodes = [one for one in drawn.iter("g") if "node" in str(one.get("class")).split()]
    assert 0 < len(nodes) <= MOST_NODES

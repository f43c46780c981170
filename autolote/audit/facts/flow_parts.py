"""The parts of the data flow: nodes, edges, and the collection that builds them up."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from autolote.audit.facts.words import noun, plural
from autolote.audit.model import Resource

EdgeKind = Literal["starts", "reads", "writes", "fails", "alarms"]


@dataclass(frozen=True, order=True, kw_only=True)
class Node:
    """What acts or keeps.

    Attributes:
        id: the resource as `stack/Name`, or what stands for something that no template makes.
        label: its short name.
        kind: in a word or two, as "function" or "event".
        where: the resource, as `stack/Name`; "" for what no template makes.
    """

    id: str
    label: str
    kind: str
    where: str = ""


@dataclass(frozen=True, order=True, kw_only=True)
class Edge:
    """One thing acts on another. `source` is always who acts, for reading too."""

    source: str
    target: str
    kind: EdgeKind
    label: str


@dataclass(frozen=True, kw_only=True)
class Flow:
    """The graph; both tuples are sorted."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


@dataclass
class Parts:
    """A flow in the making: the same node or edge may be added again."""

    _nodes: dict[str, Node] = field(default_factory=dict)
    _edges: dict[tuple[str, str, str], Edge] = field(default_factory=dict)

    def add(self, node: Node) -> str:
        """The id of a node that is in the flow from now on."""
        return self._nodes.setdefault(node.id, node).id

    def resource(self, resource: Resource, *, kind: str = "") -> str:
        """The id of the node for a resource."""
        kind = kind or noun(resource.type)
        named = label(resource, kind)
        return self.add(Node(id=resource.where, label=named, kind=kind, where=resource.where))

    def other(self, label_: str, *, kind: str) -> str:
        """The id of the node for something that no template makes."""
        return self.add(Node(id=f"{kind}: {label_}", label=label_, kind=kind))

    def edge(self, source: str, target: str, *, kind: EdgeKind, label: str) -> None:
        """Add what one does to the other. An edge of that kind that is there already stays."""
        if source != target:
            new = Edge(source=source, target=target, kind=kind, label=label)
            self._edges.setdefault((source, target, kind), new)

    def flow(self) -> Flow:
        """What was added, without what is connected to nothing."""
        edges = sorted(self._edges.values())
        connected = {end for edge in edges for end in (edge.source, edge.target)}
        nodes = sorted(node for node in self._nodes.values() if node.id in connected)
        return Flow(nodes=tuple(nodes), edges=tuple(edges))


def label(resource: Resource, kind: str) -> str:
    """The name without what the kind says already: "StartRun" for StartRunFunction."""
    ending = {"function": "Function", "jobs": "Role", "Studio users": "Role"}.get(kind, "")
    return re.sub(f"(?<=.){ending}$", "", resource.name) if ending else resource.name


def collapsed(flow: Flow, *, limit: int) -> Flow:
    """The same with at most about `limit` nodes: alike ones become one, "12 functions".

    First those of a kind with the very same neighbours, then those of a kind and stack."""
    if len(flow.nodes) <= limit:
        return flow
    around: dict[str, set[tuple[str, str, str]]] = {node.id: set() for node in flow.nodes}
    for edge in flow.edges:
        around[edge.source].add(("out", edge.target, edge.kind))
        around[edge.target].add(("in", edge.source, edge.kind))
    alike = _merged(flow, {n.id: (n.kind, tuple(sorted(around[n.id]))) for n in flow.nodes})
    if len(alike.nodes) <= limit:
        return alike
    return _merged(flow, {n.id: (n.kind, n.where.partition("/")[0]) for n in flow.nodes})


def _merged(flow: Flow, keys: dict[str, tuple[str, object]]) -> Flow:
    groups: dict[tuple[str, object], list[Node]] = {}
    for node in flow.nodes:
        groups.setdefault(keys[node.id], []).append(node)
    parts = Parts()
    became = {}
    for group in groups.values():
        stacks = sorted({node.where.partition("/")[0] for node in group if node.where})
        node = (
            group[0]
            if len(group) == 1
            else Node(
                id=f"{len(group)} of {group[0].id}",
                label=f"{len(group)} {plural(group[0].kind)}",
                kind=group[0].kind,
                where=stacks[0] if len(stacks) == 1 else "",
            )
        )
        parts.add(node)
        became.update({one.id: node.id for one in group})
    for edge in flow.edges:
        parts.edge(became[edge.source], became[edge.target], kind=edge.kind, label=edge.label)
    return parts.flow()

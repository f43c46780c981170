"""The data flow as an SVG picture: every node a link to its row, every edge told apart by shape."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from html import escape

from autolote.audit.facts.flow_parts import Edge, EdgeKind, Flow, Node, collapsed
from autolote.audit.report.layout import NODE_HEIGHT, Layout, layout

_WIDTH, _BETWEEN, _MARGIN = 150.0, 64.0, 16.0
_FITTING, _LONGEST = 16, 24  # letters that fit into a node in any font, and squeezed
_SMALLEST = 0.85  # of its full size; where the page is wider, the picture is too
MOST_NODES = 70

LEGEND: dict[EdgeKind, str] = {
    "starts": "starts, invokes",
    "reads": "reads (from right to left)",
    "writes": "writes, publishes",
    "fails": "failures go to",
    "alarms": "tells",
}


def picture(flow: Flow, *, anchors: dict[str, str]) -> str:
    """The flow as SVG text.

    Args:
        anchors: `stack/Name` -> id of the row that a node links to.
    """
    small = collapsed(flow, limit=MOST_NODES)
    keeping = frozenset(node.id for node in small.nodes if _SHAPES.get(node.kind) == "keep")
    placed = layout(small, last=keeping)
    width = 2 * _MARGIN + placed.layers * _WIDTH + max(placed.layers - 1, 0) * _BETWEEN
    height = 2 * _MARGIN + placed.height
    return "\n".join(
        [
            f'<svg class="flow" viewBox="0 0 {width:g} {height:g}" '
            f'width="{width * _SMALLEST:g}" role="group" '
            'aria-labelledby="picture-title picture-desc">',
            '<title id="picture-title">Data flow</title>',
            '<desc id="picture-desc">From what starts, on the left, to what keeps, on the right. '
            "The table below the picture says the same.</desc>",
            _ARROWS,
            '<g class="edges">',
            *_edges(small, placed),
            "</g>",
            '<g class="labels" aria-hidden="true">',
            *_labels(placed),
            "</g>",
            '<g class="nodes">',
            *(_node(node, placed, anchors) for node in small.nodes),
            "</g>",
            "</svg>",
        ]
    )


_ARROWS = (
    "<defs>"
    + "".join(
        f'<marker id="arrow-{kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
        f'markerHeight="7" orient="auto-start-reverse"><path class="head {kind}" '
        'd="M0 0.5 7.5 4 0 7.5z"/></marker>'
        for kind in LEGEND
    )
    + "</defs>"
)


def _left(layer: int) -> float:
    return _MARGIN + layer * (_WIDTH + _BETWEEN)


def _edges(flow: Flow, placed: Layout) -> Iterator[str]:
    labels = {node.id: node.label for node in flow.nodes}
    for edge in flow.edges:
        end = "start" if edge.kind == "reads" else "end"
        said = f"{labels[edge.source]} {edge.label} {labels[edge.target]}"
        yield (
            f'<path class="edge {edge.kind}" data-from="{escape(edge.source)}" '
            f'data-to="{escape(edge.target)}" marker-{end}="url(#arrow-{edge.kind})" '
            f'd="{_path(placed.ways[edge])}"><title>{escape(said)}</title></path>'
        )


def _path(way: tuple[tuple[int, float], ...]) -> str:
    """A curve through the points of a way, level where it meets and passes nodes."""
    (first, start), *_, (last, end) = way
    forward = last >= first
    x = _left(first) + (_WIDTH if forward else 0.0)
    text = [f"M{x:g} {_MARGIN + start:g}"]
    for layer, height in way[1:]:
        final = layer == last
        near = _left(layer) if forward else _left(layer) + _WIDTH
        text.append(_curve(x, start, near, height))
        x, start = near, height
        if not final:
            x = _left(layer) + (_WIDTH if forward else 0.0)
            text.append(f"H{x:g}")
    return " ".join(text) if forward or first != last else f"{text[0]} h-{_BETWEEN / 2:g} V{end:g}"


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    middle = (x + to_x) / 2
    return f"C{middle:g} {_MARGIN + y:g} {middle:g} {_MARGIN + to_y:g} {to_x:g} {_MARGIN + to_y:g}"


def _labels(placed: Layout) -> Iterator[str]:
    """One label for each bundle of alike edges that leave or reach the same node."""
    bundles: dict[tuple[str, str, str], list[Edge]] = defaultdict(list)
    for edge in placed.ways:
        bundles["from", edge.source, edge.label].append(edge)
        bundles["to", edge.target, edge.label].append(edge)
    labelled: set[Edge] = set()
    for key in sorted(bundles, key=lambda one: (-len(bundles[one]), one)):
        rest = [edge for edge in bundles[key] if edge not in labelled]
        if not rest:
            continue
        labelled.update(rest)
        edge = sorted(rest, key=lambda one: (placed.ways[one][0], placed.ways[one][-1]))[
            len(rest) // 2
        ]
        yield _label(edge, placed.ways[edge], near_end=key[0] == "to" and len(rest) > 1)


def _label(edge: Edge, way: tuple[tuple[int, float], ...], *, near_end: bool) -> str:
    (layer, start), (after, end) = way[-2:] if near_end else way[:2]
    x = (_left(layer) + _WIDTH + _left(after)) / 2 if after >= layer else _left(layer)
    y = _MARGIN + (start + end) / 2
    return f'<text class="{edge.kind}" x="{x:g}" y="{y - 4:g}">{escape(edge.label)}</text>'


def _node(node: Node, placed: Layout, anchors: dict[str, str]) -> str:
    layer, middle = placed.nodes[node.id]
    x, y = _left(layer), _MARGIN + middle - NODE_HEIGHT / 2
    kind = node.kind.partition(" to ")[0]
    shape = _SHAPES.get(kind, "act")
    body = (
        f'<rect x="{x:g}" y="{y:g}" width="{_WIDTH:g}" height="{NODE_HEIGHT:g}" '
        f'rx="{_ROUND[shape]}"/>'
        f'<text class="name" x="{x + _WIDTH / 2:g}" y="{y + 17:g}"{_squeezed(node.label)}>'
        f"{escape(_short(node.label))}</text>"
        f'<text class="kind" x="{x + _WIDTH / 2:g}" y="{y + 32:g}">{escape(kind)}</text>'
    )
    name = f"{node.label}, {kind}"
    title = f"<title>{escape(name)}</title>"
    anchor = anchors.get(node.where)
    if anchor is None:
        return f'<g class="node {shape}" data-node="{escape(node.id)}">{title}{body}</g>'
    return (
        f'<a class="node {shape}" href="#{escape(anchor)}" data-node="{escape(node.id)}" '
        f'data-only="{escape(node.where)}">{title}{body}</a>'
    )


_SHAPES = {
    **dict.fromkeys(("event", "schedule", "alarms", "email address", "https address"), "cause"),
    **dict.fromkeys(("bucket", "queue", "topic", "repository", "file system", "secret"), "keep"),
}
_ROUND = {"act": 6, "cause": 20, "keep": 2}


def _squeezed(label: str) -> str:
    if len(label) <= _FITTING:
        return ""
    return f' textLength="{_WIDTH - 16:g}" lengthAdjust="spacingAndGlyphs"'


def _short(label: str) -> str:
    return label if len(label) <= _LONGEST else f"{label[: _LONGEST - 1]}…"

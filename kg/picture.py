"""The picture: pyvis' network of what to draw, placed beforehand.

Colours are the page's (``templates/page.css``), since they differ by day and by
night; a family is drawn in the colour ``--<its name>``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from kg import layout
from kg.model import Status
from kg.network import Edge, Node
from kg.palette import FAMILIES, family

__all__ = ["draw", "families", "weighty"]

_WIDTH, _HEIGHT = 1200, 880
_READABLE = 150
"""So many nodes have room for their names in a box of that size."""


_CIRCLE = "M-8 0a8 8 0 1 0 16 0a8 8 0 1 0-16 0"
_OUTLINES = {
    "dot": _CIRCLE,
    "square": "M-7-7H7V7H-7Z",
    "triangle": "M0-8L8 6H-8Z",
    "diamond": "M0-9L9 0L0 9L-9 0Z",
    "hexagon": "M-8 0L-4-7H4L8 0L4 7H-4Z",
    "star": "M0-9L3-3L9-3L4 2L6 9L0 5L-6 9L-4 2L-9-3L-3-3Z",
    "triangleDown": "M0 8L8-6H-8Z",
}
"""The shapes of :mod:`kg.palette` as SVG paths in a box from -10 to 10."""


def families() -> list[dict[str, Any]]:
    """Return name, classes, shape and outline of each family of classes, in the legend's order."""
    return [
        {
            "name": each.name,
            "classes": each.classes,
            "shape": each.shape,
            "outline": _OUTLINES[each.shape],
        }
        for each in FAMILIES
    ]


def weighty(edges: Sequence[Edge]) -> Sequence[Edge]:
    """Return the edges that say who is important and near: the inferred only if all are."""
    return [edge for edge in edges if edge.status is not Status.INFERRED] or edges


def draw(nodes: Sequence[Node], edges: Sequence[Edge], opening: int) -> dict[str, Any]:
    """Return columns of nodes and edges, and the options, as vis-network takes them.

    Nodes and edges are numbered.  ``x`` and ``y`` are the places when all are
    drawn; if there are more than `opening`, ``near`` has the places of the first
    ones when only these are.
    """
    from pyvis.network import Network as Picture  # not at the top: it loads IPython

    number = {node.id: row for row, node in enumerate(nodes)}
    ends = [(edge.source, edge.target) for edge in weighty(edges)]
    ids = [node.id for node in nodes]
    groups = layout.communities(ids, ends)
    places = _places(ids, ends, groups)
    picture = Picture(directed=True)
    # Handed over as lists: add_edge compares each new edge with all that are there.
    picture.nodes = [
        {
            "id": number[node.id],
            "x": places[node.id][0],
            "y": places[node.id][1],
            "family": FAMILIES.index(family(node)),
            "community": groups[node.id],
        }
        for node in nodes
    ]
    picture.edges = [
        {"from": number[edge.source], "to": number[edge.target], "bend": bend}
        for edge, bend in zip(edges, _bends(edges), strict=True)
    ]
    picture.options = _OPTIONS
    drawn, lines, _, _, _, options = picture.get_network_data()
    near = _places(ids[:opening], ends, groups) if opening < len(ids) else {}
    return {
        "nodes": {name: [node[name] for node in drawn] for name in drawn[0] if name != "id"},
        "edges": {name: [line[name] for line in lines] for name in ("from", "to", "bend")},
        "near": [near[id] for id in ids[:opening]] if near else [],
        "options": json.loads(options),
    }


_OPTIONS: Mapping[str, Any] = {
    "physics": {"enabled": False},
    "layout": {"improvedLayout": False, "randomSeed": 1},
    "interaction": {"hover": True, "multiselect": False, "selectConnectedEdges": False},
    "nodes": {"borderWidth": 1.5, "borderWidthSelected": 3},
    "edges": {
        "arrows": {"to": {"enabled": True, "scaleFactor": 0.45}},
        "width": 1.6,
        "selectionWidth": 1.5,
        "hoverWidth": 0.7,
    },
}


def _places(
    ids: Sequence[str], ends: Sequence[tuple[str, str]], groups: Mapping[str, int]
) -> dict[str, tuple[int, int]]:
    """Room grows with the nodes, if not as fast: of very many nobody reads all the names."""
    known = frozenset(ids)
    within = [pair for pair in ends if known.issuperset(pair)]
    wider = max(1.0, (len(ids) / _READABLE) ** 0.5)
    return layout.positions(ids, within, round(_WIDTH * wider), round(_HEIGHT * wider), groups)


def _bends(edges: Sequence[Edge]) -> list[float]:
    """How far each line bends to its left, 0 is straight: parallel ones fan out.

    Inferred ones lie outside of the others, which stay where they are without them.
    """
    together = Counter(_pair(edge) for edge in edges if edge.status is not Status.INFERRED)
    drawn: Counter[frozenset[str]] = Counter()
    bends = [0.0] * len(edges)
    for row in sorted(range(len(edges)), key=lambda row: edges[row].status is Status.INFERRED):
        edge, pair = edges[row], _pair(edges[row])
        bend = round(0.16 * (drawn[pair] - max(0, together[pair] - 1) / 2), 2)
        drawn[pair] += 1
        # Left is as seen from the start: the way back bends to the other side.
        bends[row] = bend if edge.source < edge.target else -bend or 0.0
    return bends


def _pair(edge: Edge) -> frozenset[str]:
    return frozenset((edge.source, edge.target))

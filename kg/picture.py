"""The picture: pyvis' network of what to draw, placed beforehand, and its legend."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kg import layout
from kg.model import Rank
from kg.network import Edge, Node
from kg.wording import Wording

__all__ = ["class_legend", "draw", "line_legend"]

_WIDTH, _HEIGHT = 1200, 880


@dataclass(frozen=True, slots=True)
class _Family:
    """Classes drawn alike.  Colour and shape both tell, for readers who miss one."""

    classes: tuple[str, ...]
    shape: str
    """As vis-network calls it."""
    outline: str
    """The same as an SVG path in a box from -10 to 10."""
    colour: str
    """At least 4.5:1 on the page's background."""


_FAMILIES = (
    _Family(("Person",), "dot", "M-8 0a8 8 0 1 0 16 0a8 8 0 1 0-16 0", "#1f6fb2"),
    _Family(("Organisation", "Group"), "square", "M-7-7H7V7H-7Z", "#2b3f55"),
    _Family(("Undertaking",), "triangle", "M0-8L8 6H-8Z", "#b5530c"),
    _Family(("Concept",), "diamond", "M0-9L9 0L0 9L-9 0Z", "#2c7a52"),
    _Family(("Statement",), "hexagon", "M-8 0L-4-7H4L8 0L4 7H-4Z", "#7a4fa3"),
    _Family(("Award",), "star", "M0-9L3-3L9-3L4 2L6 9L0 5L-6 9L-4 2L-9-3L-3-3Z", "#8a6500"),
    _Family(("Place",), "triangleDown", "M0 8L8-6H-8Z", "#6b6256"),
    _Family(("Entity",), "dot", "M-8 0a8 8 0 1 0 16 0a8 8 0 1 0-16 0", "#6b747e"),
)
"""The last is for what has no class, or one that the ontology does not know."""

_LINES: Mapping[str, tuple[str, list[int]]] = {
    "Stated": ("#6a747e", []),
    "Planned": ("#0f7a72", [9, 6]),
    "Reported": ("#7a4fa3", [2, 5]),
    "Inferred": ("#857a6c", [12, 5, 2, 5]),
    "Deprecated": ("#948d84", [1, 9]),
}
"""Status of a claim, or its rank if deprecated: colour and dashes of its line."""


def _family(node: Node) -> _Family:
    fits = (family for family in _FAMILIES if set(family.classes) & set(node.types))
    return next(fits, _FAMILIES[-1])


def _line(edge: Edge) -> str:
    return (edge.rank if edge.rank is Rank.DEPRECATED else edge.status).capitalize()


def draw(nodes: Sequence[Node], edges: Sequence[Edge]) -> dict[str, Any]:
    """Return nodes, edges and options as vis-network takes them."""
    from pyvis.network import Network as Picture  # not at the top: it loads IPython

    ends = [(edge.source, edge.target) for edge in edges]
    places = layout.positions([node.id for node in nodes], ends, _WIDTH, _HEIGHT)
    degree = Counter(end for pair in ends for end in set(pair))
    picture = Picture(directed=True)
    # Handed over as lists: add_edge compares each new edge with all that are there.
    picture.nodes = [_shape(node, degree[node.id], *places[node.id]) for node in nodes]
    picture.edges = _strokes(edges)
    picture.options = {
        "physics": {"enabled": False},
        "layout": {"improvedLayout": False, "randomSeed": 1},
        "interaction": {"hover": True, "multiselect": False},
        "nodes": {"borderWidth": 1.5, "borderWidthSelected": 4},
        "edges": {
            "arrows": {"to": {"enabled": True, "scaleFactor": 0.45}},
            "width": 1.8,
            "selectionWidth": 1.5,
            "hoverWidth": 0.7,
        },
    }
    shapes, strokes, _, _, _, options = picture.get_network_data()
    return {"nodes": shapes, "edges": strokes, "options": json.loads(options)}


def _shape(node: Node, degree: int, x: int, y: int) -> dict[str, Any]:
    family = _family(node)
    rim = {"background": family.colour, "border": "#fdfdfb"}
    chosen = {"background": family.colour, "border": "#1c2228"}
    return {
        "id": node.id,
        "x": x,
        "y": y,
        "size": round(9 + 3 * degree**0.5, 1),
        "shape": family.shape,
        "color": {**rim, "highlight": chosen, "hover": chosen},
    }


def _strokes(edges: Sequence[Edge]) -> list[dict[str, Any]]:
    """Lines as vis-network draws them: straight, but parallel ones fan out."""
    together = Counter(frozenset((edge.source, edge.target)) for edge in edges)
    drawn: Counter[frozenset[str]] = Counter()
    strokes = []
    for edge in edges:
        pair = frozenset((edge.source, edge.target))
        colour, dashes = _LINES[_line(edge)]
        bend = 0.16 * (drawn[pair] - (together[pair] - 1) / 2)
        drawn[pair] += 1
        # Clockwise is as seen from the start: the way back bends to the other side.
        side = "curvedCW" if (bend > 0) == (edge.source < edge.target) else "curvedCCW"
        strokes.append(
            {
                "id": edge.id,
                "from": edge.source,
                "to": edge.target,
                "color": {"color": colour, "highlight": colour, "hover": colour},
                "dashes": dashes or False,
                "smooth": {"enabled": bend != 0, "type": side, "roundness": abs(bend)},
            }
        )
    return strokes


def class_legend(nodes: Sequence[Node], wording: Wording) -> list[dict[str, Any]]:
    """Return name, count, outline and colour of each family of classes that is drawn."""
    counted = Counter(_family(node).classes for node in nodes)
    return [
        {
            "name": ", ".join(map(wording.term, family.classes)),
            "count": counted[family.classes],
            "outline": family.outline,
            "colour": family.colour,
        }
        for family in _FAMILIES
        if counted[family.classes]
    ]


def line_legend(edges: Sequence[Edge], wording: Wording) -> list[dict[str, Any]]:
    """Return name, count, colour and dashes of each kind of line that is drawn."""
    counted = Counter(map(_line, edges))
    return [
        {"name": wording.term(name), "count": counted[name], "colour": colour, "dashes": dashes}
        for name, (colour, dashes) in _LINES.items()
        if counted[name]
    ]

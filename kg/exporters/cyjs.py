"""Cytoscape JSON, for Cytoscape and Cytoscape.js.

Values are flat, since Cytoscape's tables have no maps; ``name`` is what Cytoscape
writes on a node, ``interaction`` what it calls a relation, ``colour``, ``shape``
and ``line`` are there to be mapped to a style.  Nodes are placed in a graph of up
to 2,000.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from kg import drawing, jsonfile, palette, records
from kg.network import Network

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".cyjs",)
MEDIA_TYPE = "application/json"
LOSSES = drawing.PLACES

_SHAPES = {
    "dot": "ellipse",
    "square": "rectangle",
    "triangle": "triangle",
    "diamond": "diamond",
    "hexagon": "hexagon",
    "star": "octagon",
    "triangleDown": "vee",
}
"""Only those that both programs have."""


def write(network: Network, out: BinaryIO, losses: Losses, langs: Sequence[str]) -> None:
    """Write the elements; the sources are data of the network, as JSON text."""
    langs = tuple(langs)
    numbers: dict[str, int] = {}
    nodes, edges = drawing.placed(network)
    head = {"format_version": "1.0", "generated_by": "kg", "target_cytoscapejs_version": "~3.0"}
    sources = json.dumps([records.source(each) for each in network.sources()], sort_keys=True)
    data = {"name": "kg", "shared_name": "kg", "sources": sources}
    out.write(jsonfile.line({**head, "data": data})[:-1] + b', "elements": {"nodes": [')
    lines = jsonfile.Lines(out)
    for number, (node, place) in enumerate(nodes):
        numbers[node.id] = number
        record = records.node(node, langs)
        family = palette.family(node)
        drawn = {"name": record["label"], "colour": family.colour, "shape": _SHAPES[family.shape]}
        element: dict[str, object] = {"data": {"id": f"n{number}", **drawn, **record}}
        if place is None:
            losses.count("places", node.id)
        else:
            element["position"] = {"x": place.x, "y": place.y}
        lines.write(element)
    out.write(b'\n], "edges": [')
    lines = jsonfile.Lines(out)
    for number, edge in enumerate(edges):
        line = palette.line(edge)
        label = records.relation(edge.relation, langs)
        ends = {"source": f"n{numbers[edge.source]}", "target": f"n{numbers[edge.target]}"}
        drawn = {"interaction": edge.relation, "colour": line.colour, "line": line.dashes}
        named = {"id": f"e{number}", **ends, "name": label, "label": label}
        lines.write({"data": {**named, **drawn, **records.edge(edge)}})
    out.write(b"\n]}}\n")

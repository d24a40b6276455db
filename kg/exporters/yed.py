"""GraphML for yEd: labels, shapes, colours and dashes, and the same data as in GraphML.

Nodes are placed in a graph of up to 2,000; in a larger one all lie in one spot
until a layout of yEd's is run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from kg import drawing, graphml, palette
from kg.drawing import Place
from kg.network import Edge, Network, Node
from kg.xmlfile import CHARACTERS, text

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".yed.graphml",)
MEDIA_TYPE = "application/graphml+xml"
LOSSES = {**CHARACTERS, **drawing.PLACES}

_HEAD = ' xmlns:y="http://www.yworks.com/xml/graphml"'
_KEYS = """  <key id="nodegraphics" for="node" yfiles.type="nodegraphics"/>
  <key id="edgegraphics" for="edge" yfiles.type="edgegraphics"/>
"""
_SHAPES = {
    "dot": "ellipse",
    "square": "roundrectangle",
    "triangle": "triangle",
    "diamond": "diamond",
    "hexagon": "hexagon",
    "star": "star8",
    "triangleDown": "trapezoid2",
}
_LINES = {"solid": "line", "dashed": "dashed", "dotted": "dotted"}


def write(network: Network, out: BinaryIO, losses: Losses, langs: Sequence[str]) -> None:
    """Write nodes and edges with their data, and how yEd draws them."""
    nodes, edges = drawing.placed(network)
    dialect = graphml.Dialect(_HEAD, _KEYS, _node, _edge)
    graphml.write(nodes, edges, network.sources(), out, losses, langs, dialect)


def _node(node: Node, place: Place | None, label: str, losses: Losses) -> str:
    family = palette.family(node)
    if place is None:
        losses.count("places", node.id)
    x, y, size = place or Place(0, 0, 12.0)
    side = 2 * size
    return (
        '      <data key="nodegraphics"><y:ShapeNode>'
        f'<y:Geometry x="{x - size}" y="{y - size}" width="{side}" height="{side}"/>'
        f'<y:Fill color="{family.colour}" transparent="false"/>'
        '<y:BorderStyle color="#fdfdfb" type="line" width="1.0"/>'
        '<y:NodeLabel modelName="sides" modelPosition="s" textColor="#1c2228">'
        f"{text(label, losses, f'{node.id}: drawn label')}</y:NodeLabel>"
        f'<y:Shape type="{_SHAPES[family.shape]}"/></y:ShapeNode></data>\n'
    )


def _edge(edge: Edge, label: str, losses: Losses) -> str:
    line = palette.line(edge)
    return (
        '      <data key="edgegraphics"><y:PolyLineEdge>'
        f'<y:LineStyle color="{line.colour}" type="{_LINES[line.dashes]}" width="1.0"/>'
        '<y:Arrows source="none" target="standard"/>'
        f"<y:EdgeLabel>{text(label, losses, edge.id)}</y:EdgeLabel></y:PolyLineEdge></data>\n"
    )

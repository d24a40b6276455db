r"""DOT, for Graphviz: labels, colours, shapes, dashes by status, and all data as attributes.

Nodes are ``n0``, ``n1``, ...: in an IRI Graphviz would read ``:`` as a port.  Draw it
with ``sfdp -Tsvg``, or in layers with ``dot -Tsvg``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from kg import palette, records
from kg.network import Network
from kg.records import Record

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".dot", ".gv")
MEDIA_TYPE = "text/vnd.graphviz"
LOSSES = {
    "characters": "character that Graphviz cannot hold or draw (NUL, a control character, a lone "
    "surrogate): written as U+FFFD",
    "backslashes": "backslash in data: Graphviz keeps the two that it has to be written as",
    "types": "number or boolean: DOT has only text",
    "sources": "source (title, publisher, date): left out, evidence names it by its id",
}

_HEAD = """digraph kg {
  graph [charset="UTF-8", rankdir="LR", overlap="false", outputorder="edgesfirst"];
  node [style="filled", color="#fdfdfb", fontcolor="#ffffff", fontname="sans-serif", fontsize=10];
  edge [fontname="sans-serif", fontsize=8];
"""
_SHAPES = {
    "dot": "ellipse",
    "square": "box",
    "triangle": "house",
    "diamond": "diamond",
    "hexagon": "hexagon",
    "star": "octagon",
    "triangleDown": "invhouse",
}
"""Words have to fit in: a house holds more than a triangle."""
_ENTITY = re.compile(r"&(?=#?\w+;)")


def write(network: Network, out: BinaryIO, losses: Losses, langs: Sequence[str]) -> None:
    """Write a directed graph, a node or an edge a line."""
    langs = tuple(langs)
    numbers: dict[str, int] = {}
    out.write(_HEAD.encode())
    for number, node in enumerate(network.nodes()):
        numbers[node.id] = number
        family = palette.family(node)
        drawn = {"fillcolor": family.colour, "shape": _SHAPES[family.shape]}
        record = records.node(node, langs)
        label = str(record.pop("label"))
        out.write(f"  n{number} {_list(label, {**drawn, **record}, losses, node.id)};\n".encode())
    for number, edge in enumerate(network.edges()):
        line = palette.line(edge)
        drawn = {"id": f"e{number}", "color": line.colour, "style": line.dashes}
        label = records.relation(edge.relation, langs)
        said = _list(label, {**drawn, **records.edge(edge)}, losses, edge.id)
        ends = f"n{numbers[edge.source]} -> n{numbers[edge.target]}"
        out.write(f"  {ends} {said};\n".encode())
    out.write(b"}\n")
    for source in network.sources():
        losses.count("sources", source.id)


def _list(label: str, record: Record, losses: Losses, place: str) -> str:
    """The attributes; in a label, unlike in data, a backslash and ``&`` are signs of their own."""
    drawn = _quoted(_ENTITY.sub("&amp;", label), losses, f"{place}: label")
    parts = [f"label={drawn}"]
    for name, value in record.items():
        where = f"{place}: {name}"
        if isinstance(value, str):
            losses.count("backslashes", where, value.count("\\"))
            said = _quoted(value, losses, where)
        else:
            losses.count("types", where)
            said = f'"{value}"' if not isinstance(value, bool) else f'"{str(value).lower()}"'
        parts.append(f'"{name}"={said}')
    return f"[{', '.join(parts)}]"


def _quoted(text: str, losses: Losses, place: str) -> str:
    safe, lost = records.safe_xml(text)
    losses.count("characters", place, lost)
    escaped = safe.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

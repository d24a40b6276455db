"""GraphML as its readers want it, plain or with drawings of a program's own.

Nodes are ``n0``, ``n1``, ..., edges ``e0``, ``e1``, ..., in the order of the
projection: plain ids travel best.  What they stand for is data: ``entity`` and
``iri`` of a node, ``claim`` of an edge.  Parallel edges stay.

Written by hand, not by networkx: its writer holds the graph in memory, orders
edges its own way, spells booleans ``True`` and lets control characters through,
which no XML reader takes.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from kg import records
from kg.drawing import Place
from kg.model import Source
from kg.network import Edge, Node
from kg.xmlfile import Attributes, attribute, text

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["PLAIN", "Dialect", "write"]

_TYPES = {str: "string", bool: "boolean", int: "long", float: "double"}
_DATA = '      <data key="KEY">VALUE</data>\n'


class Dialect(NamedTuple):
    """What a program adds to GraphML."""

    head: str
    """Further attributes of the document's element."""
    keys: str
    """Declarations of what it adds."""
    node: Callable[[Node, Place | None, str, Losses], str]
    """What it adds to a node, given the label."""
    edge: Callable[[Edge, str, Losses], str]
    """What it adds to an edge, given the label."""


PLAIN = Dialect("", "", lambda *_: "", lambda *_: "")


def write(
    nodes: Iterable[tuple[Node, Place | None]],
    edges: Iterable[Edge],
    sources: Iterable[Source],
    out: BinaryIO,
    losses: Losses,
    langs: Sequence[str],
    dialect: Dialect = PLAIN,
) -> None:
    """Write a document; the sources are data of the graph, a JSON list of their records."""
    langs = tuple(langs)
    of_nodes = Attributes(_DATA, _TYPES, losses, "nd")
    of_edges = Attributes(_DATA, _TYPES, losses, "ed")
    numbers: dict[str, int] = {}
    with tempfile.TemporaryFile() as body:
        for number, (node, place) in enumerate(nodes):
            numbers[node.id] = number
            record = records.node(node, langs)
            data = of_nodes.written(record, node.id)
            data += dialect.node(node, place, str(record["label"]), losses)
            body.write(f'    <node id="n{number}">\n{data}    </node>\n'.encode())
        for number, edge in enumerate(edges):
            label = records.relation(edge.relation, langs)
            data = of_edges.written({"label": label, **records.edge(edge)}, edge.id)
            data += dialect.edge(edge, label, losses)
            ends = f'source="n{numbers[edge.source]}" target="n{numbers[edge.target]}"'
            body.write(f'    <edge id="e{number}" {ends}>\n{data}    </edge>\n'.encode())
        out.write(_head(of_nodes, of_edges, losses, dialect).encode())
        _write_sources(sources, out, losses)
        body.seek(0)
        shutil.copyfileobj(body, out, 1 << 20)
    out.write(b"  </graph>\n</graphml>\n")


def _head(of_nodes: Attributes, of_edges: Attributes, losses: Losses, dialect: Dialect) -> str:
    space = "http://graphml.graphdrawing.org/xmlns"
    instance = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    schema = f'xsi:schemaLocation="{space} {space}/1.0/graphml.xsd"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<graphml xmlns="{space}" {instance} {schema}{dialect.head}>',
        '  <key id="gd0" for="graph" attr.name="sources" attr.type="string"/>',
    ]
    for kind, attributes in (("node", of_nodes), ("edge", of_edges)):
        for key, name, type in attributes.declared():
            named = attribute(name, losses, name)
            declared = f'for="{kind}" attr.name="{named}" attr.type="{type}"'
            lines.append(f'  <key id="{key}" {declared}/>')
    graph = '  <graph id="graph" edgedefault="directed">\n'
    return "\n".join([*lines, f"{dialect.keys}{graph}"])


def _write_sources(sources: Iterable[Source], out: BinaryIO, losses: Losses) -> None:
    out.write(b'    <data key="gd0">[')
    for number, source in enumerate(sources):
        record = json.dumps(records.source(source), ensure_ascii=False, sort_keys=True)
        out.write((", " if number else "").encode() + text(record, losses, source.id).encode())
    out.write(b"]</data>\n")

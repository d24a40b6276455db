"""Node-link JSON, for networkx and D3.

Nodes have the ids of their entities, edges the IRIs of their claims as ``key``;
attributes are lists and maps.  ``networkx.node_link_graph`` reads it as it is; D3
calls ``edges`` links: ``forceLink(data.edges).id(node => node.id)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from kg import jsonfile, records
from kg.network import Network, label

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".node-link.json",)
MEDIA_TYPE = "application/json"
LOSSES: dict[str, str] = {}


def write(network: Network, out: BinaryIO, _: object, langs: Sequence[str]) -> None:
    """Write a directed multigraph; the sources are attributes of the graph."""
    langs = tuple(langs)
    out.write(b'{"directed": true, "multigraph": true, "graph": {"sources": [')
    lines = jsonfile.Lines(out)
    for source in network.sources():
        lines.write(jsonfile.source(source))
    out.write(b'\n]}, "nodes": [')
    lines = jsonfile.Lines(out)
    for node in network.nodes():
        lines.write({**jsonfile.node(node), "label": label(node, langs)})
    out.write(b'\n], "edges": [')
    lines = jsonfile.Lines(out)
    for edge in network.edges():
        record = jsonfile.edge(edge)
        head = {name: record.pop(name) for name in ("source", "target")}
        head["key"] = record.pop("id")
        lines.write({**head, "label": records.relation(edge.relation, langs), **record})
    out.write(b"\n]}\n")

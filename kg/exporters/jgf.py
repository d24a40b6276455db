"""JSON Graph Format 2: nodes and edges with lists and maps as metadata.

Nodes have the ids of their entities, edges the IRIs of their claims.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from kg import jsonfile, records
from kg.network import Network, label

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".jgf.json", ".jgf")
MEDIA_TYPE = "application/vnd.jgf+json"
LOSSES: dict[str, str] = {}


def write(network: Network, out: BinaryIO, _: object, langs: Sequence[str]) -> None:
    """Write one directed graph; the sources are its metadata."""
    langs = tuple(langs)
    out.write(b'{"graph": {"directed": true, "metadata": {"sources": [')
    lines = jsonfile.Lines(out)
    for source in network.sources():
        lines.write(jsonfile.source(source))
    out.write(b'\n]}, "nodes": {')
    lines = jsonfile.Lines(out)
    for node in network.nodes():
        metadata = jsonfile.node(node)
        lines.write({"label": label(node, langs), "metadata": metadata}, metadata.pop("id"))
    out.write(b'\n}, "edges": [')
    lines = jsonfile.Lines(out)
    for edge in network.edges():
        metadata = jsonfile.edge(edge)
        head = {name: metadata.pop(name) for name in ("id", "source", "target", "relation")}
        head["label"] = records.relation(edge.relation, langs)
        lines.write({**head, "metadata": metadata})
    out.write(b"\n]}}\n")

"""Pajek, for Pajek, igraph and networkx: labels, arcs and their relations, and nothing else.

Readers take the label for the node (networkx does), so a label that comes twice
gets the entity's id.  UTF-8 without a mark, which igraph and networkx would stumble on.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from kg import records
from kg.network import Network

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".net",)
MEDIA_TYPE = "text/plain"
LOSSES = {
    "attributes": "attribute of a node or an edge: left out, Pajek has only labels",
    "labels": "label that another node has too: the entity's id is put behind it",
    "characters": "character that a label cannot hold: a quotation mark became ', a backslash /, "
    "a line end or tab a space, a control character or a lone surrogate U+FFFD",
    "sources": "source (title, publisher, date): left out",
}

_UNFIT = {'"': "'", "\\": "/", "\n": " ", "\r": " ", "\t": " ", "\x85": " ", "\u2028": " "}
_UNFIT_ANY = re.compile('["\\\\\n\r\t\x7f-\x9f\u2028\u2029]|' + records.NO_XML.pattern)


def write(network: Network, out: BinaryIO, losses: Losses, langs: Sequence[str]) -> None:
    """Write vertices, numbered from 1, and an arc a claim, with the relation as its label."""
    langs = tuple(langs)
    numbers: dict[str, int] = {}
    labels: set[str] = set()
    with tempfile.TemporaryFile() as vertices:  # their number stands before the first
        for number, node in enumerate(network.nodes(), 1):
            numbers[node.id] = number
            record = records.node(node, langs)
            losses.count("attributes", f"{node.id}: entity", len(record) - 1)
            label = _fit(str(record["label"]), losses, f"{node.id}: label")
            if label in labels:
                losses.count("labels", node.id)
                label = f"{label} ({_fit(node.id, losses, node.id)})"
            labels.add(label)
            vertices.write(f'{number} "{label}"\n'.encode())
        out.write(f"*Vertices {len(numbers)}\n".encode())
        vertices.seek(0)
        shutil.copyfileobj(vertices, out, 1 << 20)
    out.write(b"*Arcs\n")
    for edge in network.edges():
        losses.count("attributes", f"{edge.id}: claim", len(records.edge(edge)) - 1)
        relation = _fit(edge.relation, losses, f"{edge.id}: relation")
        ends = f"{numbers[edge.source]} {numbers[edge.target]}"
        out.write(f'{ends} 1 l "{relation}"\n'.encode())
    for source in network.sources():
        losses.count("sources", source.id)


def _fit(text: str, losses: Losses, place: str) -> str:
    fit, changed = _UNFIT_ANY.subn(lambda found: _UNFIT.get(found[0], "\ufffd"), text)
    losses.count("characters", place, changed)
    return fit

"""GraphML, for Gephi, Cytoscape, igraph and networkx.

GraphML 1.0; every attribute has a typed key, and every edge an id.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from kg import graphml
from kg.network import Network
from kg.xmlfile import CHARACTERS

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".graphml",)
MEDIA_TYPE = "application/graphml+xml"
LOSSES = CHARACTERS


def write(network: Network, out: BinaryIO, losses: Losses, langs: Sequence[str]) -> None:
    """Write nodes and edges, each attribute under a typed key."""
    nodes = ((node, None) for node in network.nodes())
    graphml.write(nodes, network.edges(), network.sources(), out, losses, langs)

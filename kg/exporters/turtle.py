"""Turtle: the data, without the ontology.

RDF 1.1 Turtle (W3C Recommendation, 2014).
"""

from __future__ import annotations

from typing import BinaryIO

import pyoxigraph as ox

from kg.network import Network

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".ttl",)
MEDIA_TYPE = "text/turtle"
LOSSES: dict[str, str] = {}


def write(network: Network, out: BinaryIO, *_: object) -> None:
    """Write the default graph, sorted by subject."""
    network.store.dump(out, ox.RdfFormat.TURTLE)

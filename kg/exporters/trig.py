"""TriG: the data and, each in its own graph, the ontology and what the rules infer.

RDF 1.1 TriG (W3C Recommendation, 2014).
"""

from __future__ import annotations

from typing import BinaryIO

import pyoxigraph as ox

from kg.network import Network

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".trig",)
MEDIA_TYPE = "application/trig"
LOSSES: dict[str, str] = {}


def write(network: Network, out: BinaryIO, *_: object) -> None:
    """Write every graph of the store, sorted by subject."""
    network.store.dump(out, ox.RdfFormat.TRIG)

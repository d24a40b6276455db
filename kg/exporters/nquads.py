"""N-Quads: the data and, in its own graph, the ontology; one fact a line.

RDF 1.1 N-Quads (W3C Recommendation, 2014).
"""

from __future__ import annotations

from typing import BinaryIO

import pyoxigraph as ox

from kg.network import Network

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".nq",)
MEDIA_TYPE = "application/n-quads"
LOSSES: dict[str, str] = {}


def write(network: Network, out: BinaryIO, *_: object) -> None:
    """Write every graph of the store, its lines sorted."""
    network.store.dump(out, ox.RdfFormat.N_QUADS)

"""N-Triples: the data, without the ontology; one fact a line.

RDF 1.1 N-Triples (W3C Recommendation, 2014).
"""

from __future__ import annotations

from typing import BinaryIO

import pyoxigraph as ox

from kg.network import Network

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".nt",)
MEDIA_TYPE = "application/n-triples"
LOSSES: dict[str, str] = {}


def write(network: Network, out: BinaryIO, *_: object) -> None:
    """Write what queries are asked of, its lines sorted."""
    network.store.dump(out, ox.RdfFormat.N_TRIPLES)

"""RDF/XML: the data, without the ontology, for what reads nothing younger.

RDF 1.1 XML Syntax (W3C Recommendation, 2014).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

import pyoxigraph as ox

from kg.network import Network
from kg.records import safe_xml
from kg.serialize import serialize
from kg.store import Triples

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".rdf", ".owl")
MEDIA_TYPE = "application/rdf+xml"
LOSSES = {"characters": "characters that XML cannot hold became U+FFFD"}


def write(network: Network, out: BinaryIO, losses: Losses, *_: object) -> None:
    """Write what queries are asked of, sorted by subject."""
    serialize(_safe(network, losses), out, ox.RdfFormat.RDF_XML)


def _safe(network: Network, losses: Losses) -> Iterator[ox.Quad]:
    found = network.store.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", place="export")
    assert isinstance(found, Triples)  # noqa: S101 the query is ours
    for subject, predicate, value in found:
        if isinstance(value, ox.Literal):
            text, changed = safe_xml(value.value)
            losses.count("characters", str(subject), changed)
            yield ox.Quad(subject, predicate, _like(value, text) if changed else value)
        else:
            yield ox.Quad(subject, predicate, value)


def _like(literal: ox.Literal, text: str) -> ox.Literal:
    if literal.language:
        return ox.Literal(text, language=literal.language)
    return ox.Literal(text, datatype=literal.datatype)

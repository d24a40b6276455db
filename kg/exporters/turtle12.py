"""RDF 1.2 Turtle: each claim annotates the triple that it is about.

RDF 1.2 Turtle (W3C Working Draft): the claim's IRI is the reifier.  A triple that is
asserted carries its claims as annotations, ``id:a aie:partOf id:b ~ claim:1 {| … |}``;
one that is only planned, or known to be wrong, is not asserted: its claim
``rdf:reifies <<( … )>>``.
"""

from __future__ import annotations

from typing import BinaryIO

from kg import turtle
from kg.network import Network
from kg.turtle import Facts

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".ttl12",)
MEDIA_TYPE = "text/turtle; version=1.2"
LOSSES: dict[str, str] = {}

_CLAIMS = "SELECT DISTINCT ?key { ?key a aie:Claim }"
_OTHERS = "SELECT DISTINCT ?key { ?key ?p ?o FILTER NOT EXISTS { ?key a aie:Claim } }"
_ABOUT = "SELECT ?s ?p ?o { VALUES ?s { KEYS } ?s ?p ?o }"
_CLAIMED = """
SELECT ?s ?p ?o {
  VALUES ?s { KEYS } ?s ?p ?o
  FILTER NOT EXISTS { ?claim rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o } }"""


def write(network: Network, out: BinaryIO, *_: object) -> None:
    """Write things sorted, then claims sorted; a batch is held at a time."""
    out.write(turtle.PROLOGUE.encode())
    for batch, about in turtle.batches(network.store, _OTHERS, _CLAIMED):
        out.write("".join(_thing(iri, about[iri]) for iri in batch if iri in about).encode())
    for batch, about in turtle.batches(network.store, _CLAIMS, _ABOUT):
        out.write("".join(_claim(iri, about[iri]) for iri in batch).encode())


def _thing(iri: str, facts: Facts) -> str:
    return f"\n{turtle.name(iri)}\n{turtle.block(facts, '  ')} .\n"


def _claim(iri: str, facts: Facts) -> str:
    rest = turtle.block([fact for fact in facts if fact[0] not in turtle.TRIPLE], "  ")
    if turtle.is_asserted(facts):
        return f"\n{turtle.triple(facts)} ~ {turtle.name(iri)} {{|\n{rest} |}} .\n"
    return f"\n{turtle.name(iri)}\n  rdf:reifies <<( {turtle.triple(facts)} )>> ;\n{rest} .\n"

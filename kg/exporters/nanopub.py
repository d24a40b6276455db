"""Nanopublications: TriG with one publication a claim, made of assertion, provenance, information.

Nanopublication Guidelines (nanopub.net).  The assertion is the claim's triple, or,
where that is only planned or known to be wrong, what describes it, so that nobody
takes it for a fact.  The provenance holds the claim with its evidence.  The IRIs are
made from the claim's; they are no trusty URIs, and nothing is signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO

import pyoxigraph as ox

from kg import names, turtle
from kg.network import Network
from kg.turtle import Facts

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".nanopub.trig",)
MEDIA_TYPE = "application/trig"
LOSSES = {"entity": "entities are named by their IRI only, without class, labels and notes"}

_BASE = names.BASE + "np/"
_CLAIMS = "SELECT DISTINCT ?key { ?key a aie:Claim }"
_ABOUT = """
SELECT ?s ?p ?o {
  { VALUES ?s { KEYS } ?s ?p ?o }
  UNION { VALUES ?key { KEYS } ?key aie:evidence ?s . ?s ?p ?o }
  UNION { VALUES ?key { KEYS } ?key aie:evidence/(oa:hasSelector|oa:hasSource) ?s . ?s ?p ?o }
}"""
_LICENCE = ox.NamedNode("https://creativecommons.org/licenses/by/4.0/")
_NANOPUB = "http://www.nanopub.org/nschema#"


def write(network: Network, out: BinaryIO, losses: Losses, *_: object) -> None:
    """Write a publication for every claim, sorted by its IRI."""
    entities = network.ids()
    losses.count("entity", next(iter(entities), ""), len(entities))
    out.write((turtle.PROLOGUE + f"@prefix np: <{_NANOPUB}> .\n").encode())
    for batch, about in turtle.batches(network.store, _CLAIMS, _ABOUT):
        out.write("".join(_publication(iri, about) for iri in batch).encode())


def _publication(iri: str, about: Mapping[str, Facts]) -> str:
    claim = about[iri]
    asserted = turtle.is_asserted(claim)
    name = _BASE + iri.removeprefix(names.PREFIXES["claim"])
    head, assertion, provenance, information = (
        f"<{name}#{part}>" for part in ("Head", "assertion", "provenance", "pubinfo")
    )
    grounds = [value for name, value in claim if name in {"aie:evidence", "prov:wasDerivedFrom"}]
    derived = [("prov:wasDerivedFrom", each) for each in grounds] or [
        ("prov:wasDerivedFrom", ox.NamedNode(iri))
    ]
    described = [fact for fact in claim if fact[0] in turtle.TRIPLE]
    rest = claim if asserted else [fact for fact in claim if fact not in described]
    things = [(iri, rest), *_behind(claim, about)]
    return "\n".join(
        [
            f"\n{head} {{",
            f"  <{name}> a np:Nanopublication ;",
            f"    np:hasAssertion {assertion} ;",
            f"    np:hasProvenance {provenance} ;",
            f"    np:hasPublicationInfo {information} .",
            f"}}\n{assertion} {{",
            f"  {turtle.triple(claim)} ." if asserted else _thing(iri, described),
            f"}}\n{provenance} {{",
            f"  {assertion}\n{turtle.block(derived, '    ')} .",
            *(_thing(each, facts) for each, facts in things),
            f"}}\n{information} {{",
            f"  <{name}> dcterms:license {_LICENCE} ;",
            f"    prov:wasDerivedFrom {turtle.name(iri)} .",
            "}\n",
        ]
    )


def _behind(claim: Facts, about: Mapping[str, Facts]) -> list[tuple[str, Facts]]:
    """What the claim rests on: evidences with their places, and their sources."""
    found: dict[str, Facts] = {}
    for name, evidence in claim:
        if name == "aie:evidence":
            found[evidence.value] = about[evidence.value]
            leads = {each.value for key, each in about[evidence.value] if key in _LEADS}
            found |= {each: about[each] for each in sorted(leads) if each in about}
    return list(found.items())


_LEADS = {"oa:hasSelector", "oa:hasSource"}


def _thing(iri: str, facts: Facts) -> str:
    return f"  {turtle.name(iri)}\n{turtle.block(facts, '    ')} ."

"""What other sources contradict: they give another value of what can have only one."""

from __future__ import annotations

from collections.abc import Mapping

import pyoxigraph as ox

from kg.store import Store, Term, solutions

__all__ = ["contradictions"]

_SINGLE = {"foundedOn", "birthYear", "partOf"}
"""Relations and attributes of which a subject has one value at a time."""
_BATCH = 200

_RIVALS = """
SELECT ?claim ?object ?source ?other ?other_object ?other_source {
  VALUES ?claim { KEYS }
  ?claim rdf:subject ?subject ; rdf:predicate ?relation ; rdf:object ?object .
  OPTIONAL { ?claim aie:evidence/oa:hasSource ?source }
  ?other rdf:subject ?subject ; rdf:predicate ?relation ; rdf:object ?other_object ;
    aie:status ?status ; aie:rank ?rank ; aie:evidence/oa:hasSource ?other_source .
  FILTER (?other != ?claim && ?status != aie:Planned && ?rank != aie:Deprecated)
}"""


def contradictions(store: Store, claims: Mapping[str, str]) -> dict[str, set[str]]:
    """Return the claims of other sources that contradict these, by the contradicted one's IRI.

    `claims` are IRIs, each with the local name of the claim's relation or attribute.  What is
    only planned, and what is deprecated, contradicts nothing.

    >>> from kg import corpus, opening
    >>> from kg.names import claim_iri
    >>> read = corpus.load("tests/toy/data")
    >>> claims = {claim_iri(each): each for each in read.claims}
    >>> with opening.graph(read) as graph:
    ...     found = contradictions(graph, {iri: each.predicate for iri, each in claims.items()})
    >>> sorted((claims[iri].predicate, claims[iri].object.value) for iri in found)
    [('foundedOn', '2021'), ('foundedOn', '2022-04')]
    """
    asked = sorted(iri for iri, relation in claims.items() if relation in _SINGLE)
    found: dict[str, set[str]] = {}
    for at in range(0, len(asked), _BATCH):
        keys = " ".join(str(ox.NamedNode(iri)) for iri in asked[at : at + _BATCH])
        rows = solutions(store.query(_RIVALS.replace("KEYS", keys), place="contradictions"))
        for claim, one, source, rival, other, other_source in rows:
            if source != other_source and _differ(one, other):
                found.setdefault(claim.value, set()).add(rival.value)
    return found


def _differ(one: Term, other: Term) -> bool:
    """Whether two values contradict each other; dates are compared as far as both go."""
    if isinstance(one, ox.Literal) and isinstance(other, ox.Literal):
        return not (one.value.startswith(other.value) or other.value.startswith(one.value))
    return one != other

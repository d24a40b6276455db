"""What other sources contradict: they give another value of what can have only one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pyoxigraph as ox

from kg.network import batches
from kg.store import Store, Term, solutions

__all__ = ["contradictions"]

_SINGLE = {"foundedOn", "birthYear", "partOf"}
"""Relations and attributes of which a subject has one value at a time."""

_VALUES = """
SELECT ?subject ?relation ?claim ?object ?source ?start ?end {
  {
    SELECT DISTINCT ?subject ?relation {
      VALUES ?known { KEYS } ?known rdf:subject ?subject ; rdf:predicate ?relation
    }
  }
  ?claim rdf:subject ?subject ; rdf:predicate ?relation ; rdf:object ?object ;
    aie:status ?status ; aie:rank ?rank ; aie:evidence/oa:hasSource ?source .
  FILTER (?status != aie:Planned && ?rank != aie:Deprecated)
  OPTIONAL { ?claim aie:start ?start }
  OPTIONAL { ?claim aie:end ?end }
}"""


def contradictions(store: Store, claims: Mapping[str, str]) -> dict[str, set[str]]:
    """Return the claims of other sources that contradict these, by the contradicted one's IRI.

    `claims` are IRIs, each with the local name of the claim's relation or attribute.  What is
    planned, deprecated or inferred neither contradicts nor is contradicted, and neither is
    what ended before the other began.

    >>> from kg import corpus, opening
    >>> from kg.names import claim_iri
    >>> read = corpus.load("tests/toy/data")
    >>> claims = {claim_iri(each): each for each in read.claims}
    >>> with opening.graph(read) as graph:
    ...     found = contradictions(graph, {iri: each.predicate for iri, each in claims.items()})
    >>> sorted((claims[iri].predicate, claims[iri].object.value) for iri in found)
    [('foundedOn', '2021'), ('foundedOn', '2022-04')]
    """
    found: dict[str, set[str]] = {}
    for batch in batches(sorted(iri for iri, name in claims.items() if name in _SINGLE)):
        keys = " ".join(str(ox.NamedNode(iri)) for iri in batch)
        about: dict[tuple[str, str], list[_Said]] = {}
        rows = solutions(store.query(_VALUES.replace("KEYS", keys), place="contradictions"))
        for subject, relation, claim, value, source, *times in rows:
            start, end = (each.value if each else "" for each in times)
            said = _Said(claim.value, value, source.value, start, end)
            about.setdefault((subject.value, relation.value), []).append(said)
        for group in about.values():
            for one in (each for each in group if each.claim in claims):
                if rivals := {other.claim for other in group if _contradict(one, other)}:
                    found.setdefault(one.claim, set()).update(rivals)
    return found


class _Said(NamedTuple):
    """A value of one subject, and who gives it; dates as they are written, or ``""``."""

    claim: str
    value: Term
    source: str
    start: str
    end: str


def _contradict(one: _Said, other: _Said) -> bool:
    return (
        one.source != other.source
        and _differ(one.value, other.value)
        and not _is_before(one.end, other.start)
        and not _is_before(other.end, one.start)
    )


def _is_before(end: str, start: str) -> bool:
    """Whether this end is sure to lie before that start; a year may end as late as a month of it.

    >>> _is_before("2015", "2016-03"), _is_before("2016", "2016-03"), _is_before("2016", "")
    (True, False, False)
    """
    return bool(end) and end < start and not start.startswith(end)


def _differ(one: Term, other: Term) -> bool:
    """Whether these are two values; dates are compared as far as both go."""
    if isinstance(one, ox.Literal) and isinstance(other, ox.Literal):
        return not (one.value.startswith(other.value) or other.value.startswith(one.value))
    return one != other

"""From what a user calls something to the one entity that is meant."""

from __future__ import annotations

import unicodedata

import pyoxigraph as ox

from kg import names
from kg.errors import KGError, near
from kg.store import Store, solutions

__all__ = ["find"]

_NAMED = """
SELECT ?entity (MIN(?rank) AS ?best) {
  VALUES (?property ?rank) { (rdfs:label 1) (skos:altLabel 2) (skos:hiddenLabel 3) }
  ?entity ?property ?name
  FILTER (LCASE(STR(?name)) = ?wanted && STRSTARTS(STR(?entity), STR(id:)))
}
GROUP BY ?entity"""


_ALL = (
    "SELECT DISTINCT ?entity { ?entity rdfs:label ?name FILTER STRSTARTS(STR(?entity), STR(id:)) }"
)


def find(store: Store, wanted: str) -> str:
    """Return the id of the entity that `wanted` names: an id, an IRI, a label or an alias.

    A label beats an alias, an alias a misspelling; case and Unicode form do not
    matter.  A name that several entities bear, or none, is a
    :class:`~kg.errors.KGError`; the first lists them, the second offers the nearest.
    """
    known = [names.compact(iri.value)[3:] for (iri,) in solutions(store.query(_ALL))]
    id = wanted.removeprefix(names.PREFIXES["id"]).removeprefix("id:")
    if id in known:
        return id
    name = ox.Literal(unicodedata.normalize("NFC", wanted.strip()).lower())
    answer = store.query(_NAMED, bindings={"wanted": name}, place="show")
    found = {names.compact(iri.value)[3:]: int(rank.value) for iri, rank in solutions(answer)}
    best = sorted(key for key, rank in found.items() if rank == min(found.values()))
    if not best:
        remedy = near(wanted, known, "kg query finds parts of names")
        raise KGError(wanted, "no entity has this name", remedy)
    if len(best) > 1:
        raise KGError(wanted, f"names {len(best)} entities", f"say which: {', '.join(best)}")
    return best[0]

"""From what a user calls something to the one entity that is meant."""

from __future__ import annotations

import unicodedata

import pyoxigraph as ox

from kg import names
from kg.errors import KGError
from kg.store import Store, solutions

__all__ = ["find"]

_NAMED = """
SELECT ?entity (MIN(?rank) AS ?best) {
  VALUES (?property ?rank) { (rdfs:label 1) (skos:altLabel 2) (skos:hiddenLabel 3) }
  ?entity ?property ?name
  FILTER (LCASE(STR(?name)) = ?wanted && STRSTARTS(STR(?entity), STR(id:)))
}
GROUP BY ?entity"""

_CLOSE = 10.0
"""How much worse than the best a suggestion may be."""


def find(store: Store, wanted: str) -> str:
    """Return the id of the entity that `wanted` names: an id, an IRI, a label or an alias.

    A label beats an alias, an alias a misspelling; case and Unicode form do not
    matter.  A name that several entities bear, or none, is a
    :class:`~kg.errors.KGError`; the first lists them, the second offers the nearest.
    """
    wanted = unicodedata.normalize("NFC", wanted.strip())
    id = wanted.removeprefix(names.PREFIXES["id"]).removeprefix("id:")
    if names.SLUG.fullmatch(id) and _is_entity(store, id):
        return id
    name = ox.Literal(wanted.lower())
    answer = store.query(_NAMED, bindings={"wanted": name}, place="name")
    found = {names.compact(iri.value)[3:]: int(rank.value) for iri, rank in solutions(answer)}
    best = sorted(key for key, rank in found.items() if rank == min(found.values()))
    if not best:
        raise KGError(wanted, "no entity has this name", _suggestion(store, wanted))
    if len(best) > 1:
        raise KGError(wanted, f"names {len(best)} entities", f"say which: {', '.join(best)}")
    return best[0]


def _is_entity(store: Store, id: str) -> bool:
    iri = ox.NamedNode(names.entity_iri(id))
    return store.query(f"ASK {{ {iri} rdfs:label ?label }}", place="name") is True


def _suggestion(store: Store, wanted: str) -> str:
    from kg.search import Index  # not at the top: most names are found without

    nearest = Index.of(store).nearest(wanted)
    close = [hit.entity for hit in nearest if hit.score > nearest[0].score - _CLOSE]
    return f"did you mean {_alternatives(close)}?" if close else "kg search finds parts of names"


def _alternatives(ids: list[str]) -> str:
    """Write ``'a', 'b' or 'c'``."""
    quoted = [f"'{id}'" for id in ids]
    return " or ".join(filter(None, (", ".join(quoted[:-1]), quoted[-1])))

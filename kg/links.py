"""Who is linked with whom: all links of a graph in memory, for who looks for ways again and again.

Two numbers of four bytes a link, and each entity's id once: 20,000 entities with 40,000
links take 4 MB, and 0.9 s to be read from a store on disk.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator

from kg import names
from kg.store import Store, solutions

__all__ = ["Links", "claims_of", "entity_id", "most_linked"]

Pair = tuple[str, str]

_CLAIMS = """
SELECT ?entity (COUNT(?claim) AS ?claims) {
  { ?claim rdf:subject ?entity } UNION { ?claim rdf:object ?entity FILTER isIRI(?entity) }
} GROUP BY ?entity"""
_ENDS = "?claim rdf:subject ?start ; rdf:object ?end FILTER isIRI(?end)"
_LINKS = f"SELECT ?start ?end {{ {_ENDS} }}"
_PLANNED = f"""
SELECT ?start ?end {{
  ?claim aie:status aie:Planned ; aie:rank ?rank . {_ENDS} FILTER (?rank != aie:Deprecated)
}}"""
_DEPRECATED = f"SELECT ?start ?end {{ ?claim aie:rank aie:Deprecated . {_ENDS} }}"
# Three answers, not one with status and rank: of most links these would cost the most.


# The object first: whether it is an entity decides before the subject is looked up.  No order by
# the entity's IRI: the engine would look up each IRI again for every comparison.
_MOST = """
SELECT ?entity (COUNT(?claim) AS ?claims) {
  { ?claim rdf:object ?far FILTER isIRI(?far) ?claim rdf:subject ?entity }
  UNION { ?claim rdf:object ?entity FILTER isIRI(?entity) }
  MINUS { ?claim aie:rank aie:Deprecated }
} GROUP BY ?entity"""
_FIRST = 100


def entity_id(iri: str) -> str:
    """Return the id of an entity, ``""`` for what is none."""
    id = iri.removeprefix(names.PREFIXES["id"])
    return id if id != iri else ""


def claims_of(store: Store) -> dict[str, int]:
    """Return in how many claims each entity is, as subject or object."""
    return dict(_counted(store, _CLAIMS))


def most_linked(store: Store, most: int) -> list[tuple[str, int]]:
    """Return the entities in the most claims that link them to others, and in how many.

    Of equal ones those with the smaller ids; deprecated claims do not count.
    """
    found = _counted(store, f"{_MOST} ORDER BY DESC(?claims) LIMIT {most + _FIRST}")
    least = min(count for _, count in found[:most]) if len(found) > most else 0
    if len(found) == most + _FIRST and found[-1][1] == least:  # there are more of these
        found = _counted(store, f"{_MOST} HAVING (COUNT(?claim) >= {least})")
    return sorted(found, key=lambda each: (-each[1], each[0]))[:most]


def _counted(store: Store, query: str) -> list[tuple[str, int]]:
    counted = solutions(store.query(query, place="links"))
    return [(entity_id(iri.value) or iri.value, int(n.value)) for iri, n in counted]


class Links:
    """The pairs of entities that claims link, whichever way, deprecated ones aside."""

    def __init__(
        self, links: Iterable[Pair], planned: Iterable[Pair] = (), deprecated: Iterable[Pair] = ()
    ) -> None:
        """Each is one pair of ids a claim; `links` has all, `planned` none that is deprecated."""
        total = Counter(map(_sorted, links))
        total.subtract(map(_sorted, deprecated))
        plans = Counter(map(_sorted, planned))
        pairs = [pair for pair, count in total.items() if count > 0]
        self._ids = sorted({id for pair in pairs for id in pair})
        self._number = {id: number for number, id in enumerate(self._ids)}
        near: list[array[int]] = [array("I") for _ in self._ids]
        for one, other in pairs:
            only_planned = total[one, other] == plans[one, other]
            for here, there in ((one, other), (other, one)):
                near[self._number[here]].append(self._number[there] << 1 | only_planned)
        self._starts = array("Q", [0])
        self._near = array("I")
        for each in near:
            self._near.extend(each)
            self._starts.append(len(self._near))

    @classmethod
    def of(cls, store: Store) -> Links:
        """Read all links of a store.

        >>> from kg import corpus, opening
        >>> with opening.graph(corpus.load("tests/toy/data")) as graph:
        ...     sorted(Links.of(graph).around("hanbyeol-university"))
        [('mirae-ai-lab', True)]
        """
        return cls(*(_pairs(store, query) for query in (_LINKS, _PLANNED, _DEPRECATED)))

    def around(self, id: str) -> Iterator[tuple[str, bool]]:
        """Yield each neighbour of an entity, and whether only plans link the two."""
        number = self._number.get(id)
        if number is not None:
            for far in self._near[self._starts[number] : self._starts[number + 1]]:
                yield self._ids[far >> 1], bool(far & 1)


def _pairs(store: Store, query: str) -> Iterator[Pair]:
    for start, end in solutions(store.query(query, place="links")):
        pair = entity_id(start.value), entity_id(end.value)
        if all(pair) and pair[0] != pair[1]:
            yield pair


def _sorted(pair: Pair) -> Pair:
    return pair if pair[0] < pair[1] else (pair[1], pair[0])

"""The claims behind triples, what marks them, and how a footnote puts them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyoxigraph as ox

from kg import evidence, names, network, rdf, validity
from kg.cite.grounds import Ground, Triple
from kg.contradiction import contradictions
from kg.model import Claim, Rank, Status
from kg.store import Store, solutions
from kg.wording import Wording

__all__ = ["Footnotes"]

_BATCH = 200
_CLAIM = names.PREFIXES["claim"]
_ENTITY = names.PREFIXES["id"]
_TERM = names.PREFIXES["aie"]


_FLAT = """
SELECT ?claim ?s ?p ?o {
  VALUES (?s ?p ?o) { KEYS }
  ?claim rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; aie:status ?status ; aie:rank ?rank .
  FILTER (?status != aie:Planned && ?rank != aie:Deprecated)
}"""


class Footnotes:
    """Claims by the triples they stand for, their marks, and their notes in one language."""

    def __init__(self, store: Store, lang: str, texts: Mapping[str, str]) -> None:
        self.store, self.texts = store, texts
        sources = {source.id: source for source in network.project(store).sources()}
        self.wording = Wording(lang, {}, sources)
        self._of: dict[Triple, tuple[str, ...]] = {}
        self._claims: dict[str, Claim] = {}
        self._contradicted: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._validity = validity.marks(store)

    def learn(self, triples: Iterable[Triple]) -> None:
        """Look up, in bulk, the claims behind triples that are not known yet."""
        new = [each for each in dict.fromkeys(triples) if each not in self._of]
        flat = [each for each in new if _is_flat(each)]
        self._of |= dict.fromkeys(new, ())
        for keys in _batches(flat):
            lines = " ".join(f"({' '.join(map(str, triple))})" for triple in keys)
            for claim, *triple in self._ask(_FLAT, lines):
                known = (*self._of[tuple(triple)], claim.value)
                self._of[tuple(triple)] = tuple(sorted(set(known)))
        for each in new:
            if isinstance(each[0], ox.NamedNode) and each[0].value.startswith(_CLAIM):
                self._of[each] = (each[0].value,)
        cited = {claim for each in new for claim in self._of[each]}
        for claims in _batches(sorted(cited - self._claims.keys())):
            self._read(claims)

    def _read(self, iris: Sequence[str]) -> None:
        keys = " ".join(str(ox.NamedNode(iri)) for iri in iris)
        read = rdf.read(ox.Quad(*row) for row in self._ask(network.OF_CLAIMS, keys))
        found = {names.claim_iri(claim): claim for claim in read.claims}
        self._claims |= found
        relations = {iri: claim.predicate for iri, claim in found.items()}
        self._contradicted |= contradictions(self.store, relations).keys()

    def _ask(self, query: str, keys: str) -> Iterator[tuple[Any, ...]]:
        return solutions(self.store.query(query.replace("KEYS", keys), place="cite"))

    def claims(self, ground: Ground) -> list[str]:
        """Return the claims that a row rests on, each once, in the order of the query."""
        found = (claim for triple in ground.triples for claim in self._of[triple])
        return [claim for claim in dict.fromkeys(found) if claim in self._claims]

    def marks(self, claims: Iterable[str]) -> list[str]:
        """Return what a reader has to know: the statuses but stated, and contradicted."""
        iris = list(claims)
        known = [self._claims[iri] for iri in iris]
        statuses = {claim.status for claim in known}
        marks = [str(status) for status in Status if status in statuses - {Status.STATED}]
        if any(claim.rank is Rank.DEPRECATED for claim in known):
            marks.append("deprecated")
        if self._contradicted.intersection(iris):
            marks.append("contradicted")
        unsure = {self._validity.get(iri) for iri in iris}
        return marks + [mark for mark in ("possible", "undated") if mark in unsure]

    def number(self, claim: str, notes: list[str]) -> int:
        """Return a claim's number; its note is added when it is first asked for."""
        if claim not in self._numbers:
            self._numbers[claim] = len(notes) + 1
            notes.append(f"[{len(notes) + 1}] {self._note(claim)}")
        return self._numbers[claim]

    def _note(self, iri: str) -> str:
        claim, wording = self._claims[iri], self.wording
        marks = self.marks([iri])
        told = wording.text({text.lang: text.value for text in claim.gloss}) or names.compact(iri)
        signs = [f"({', '.join(marks)})"] if marks else []
        places = []
        for each in claim.evidence:
            source = wording.source(each.source)
            where = ", ".join(
                filter(None, [source, wording.date(each.source), wording.place(each)])
            )
            quoted = evidence.quote(each, self.texts)
            places.append(f"{where}: “{quoted}”" if quoted else where)
        if not places:
            count = len(claim.premises)
            several = "" if count == 1 else "s"
            places.append(f"{claim.rule or 'inferred'}, from {count} claim{several}")
        return " ".join([told, *signs, "—", "; ".join(places)])


def _is_flat(triple: Triple) -> bool:
    subject, predicate, value = triple
    if not isinstance(subject, ox.NamedNode) or not isinstance(predicate, ox.NamedNode):
        return False
    known = subject.value.startswith(_ENTITY) and predicate.value.startswith(_TERM)
    return known and isinstance(value, ox.NamedNode | ox.Literal)


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (items[at : at + _BATCH] for at in range(0, len(items), _BATCH))

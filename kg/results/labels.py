"""What the things in an answer are called, looked up in bulk while the answer streams."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

import pyoxigraph as ox

from kg import names, vocabulary
from kg.model import Text
from kg.store import Solutions, Store, Term, solutions

__all__ = ["Labels", "batches"]

Row = tuple[Term | None, ...]
T = TypeVar("T")

_LARGEST = 512
"""Rows whose labels are asked for at once; the first batches are smaller, so that the
first row comes at once."""
_KEPT = 100_000
"""Labels remembered, so that memory stays flat however long the answer."""
_ASKED = """
SELECT ?thing ?label {
  VALUES ?thing { KEYS } VALUES ?says { rdfs:label dcterms:title aie:gloss } ?thing ?says ?label
}"""
_LOOKED_UP = tuple(names.PREFIXES[prefix] for prefix in ("id", "source", "claim"))


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Yield the rows in lists of 1, 8, 64, and then ever 512."""
    size = 1
    remaining = iter(rows)
    while batch := list(itertools.islice(remaining, size)):
        yield batch
        size = min(size * 8, _LARGEST)


class Labels:
    """Names of entities, titles of sources, glosses of claims, labels of the ontology.

    In one language, or in another where that one is missing.
    """

    def __init__(self, store: Store, lang: str = "en") -> None:
        self.lang = lang
        self._store = store
        self._known: dict[str, str | None] = {}
        labels = vocabulary.load().labels
        self._terms: Mapping[str, tuple[Text, ...]] = labels

    def learn(self, terms: Iterable[Term | None]) -> None:
        """Look up what is not known yet, in one query."""
        iris = {term.value for term in terms if isinstance(term, ox.NamedNode)}
        new = sorted(iri for iri in iris - self._known.keys() if iri.startswith(_LOOKED_UP))
        if not new:
            return
        if len(self._known) > _KEPT:
            self._known.clear()
            new = sorted(iri for iri in iris if iri.startswith(_LOOKED_UP))
        query = _ASKED.replace("KEYS", " ".join(str(ox.NamedNode(iri)) for iri in new))
        found: dict[str, list[Text]] = {}
        for thing, label in solutions(self._store.query(query, place="labels")):
            found.setdefault(thing.value, []).append(Text(label.language or "", label.value))
        self._known |= {iri: self._best(found.get(iri, ())) for iri in new}

    def of(self, term: Term | None) -> str | None:
        """Return what a term learnt before is called; None where it has no name."""
        if not isinstance(term, ox.NamedNode):
            return None
        prefix, _, local = names.compact(term.value).partition(":")
        if prefix == "aie":
            return self._best(self._terms.get(local, ()))
        return self._known.get(term.value)

    def beside(self, answer: Solutions) -> Solutions:
        """Return the answer with a column ``<name>Label`` beside each that holds IRIs.

        Which columns do is told by the first 500 rows or so.
        """
        found = batches(answer.rows)
        first = list(itertools.islice(found, 4))
        count = len(answer.variables)
        rows = [row for batch in first for row in batch]
        named = [at for at in range(count) if any(_is_iri(row[at]) for row in rows)]
        variables = _woven(answer.variables, named, lambda name: f"{name}Label")
        return Solutions(variables, self._rows(itertools.chain(first, found), named))

    def _rows(self, found: Iterable[list[Row]], named: list[int]) -> Iterator[Row]:
        for rows in found:
            self.learn(itertools.chain.from_iterable(rows))
            for row in rows:
                yield _woven(row, named, self._literal)

    def _literal(self, term: Term | None) -> ox.Literal | None:
        called = self.of(term)
        return None if called is None else ox.Literal(called)

    def _best(self, texts: Iterable[Text]) -> str | None:
        """In our language, else English, else the first; of several the first by the alphabet."""
        order = {self.lang: 0, "en": 1}
        ranked = sorted(texts, key=lambda text: (order.get(text.lang, 2), text))
        return ranked[0].value if ranked else None


def _is_iri(term: Term | None) -> bool:
    return isinstance(term, ox.NamedNode)


def _woven(values: Iterable[T], at: list[int], beside: Callable[[T], T]) -> tuple[T, ...]:
    """The values with another one behind each of those positions."""
    woven: list[T] = []
    for position, value in enumerate(values):
        woven.append(value)
        if position in at:
            woven.append(beside(value))
    return tuple(woven)

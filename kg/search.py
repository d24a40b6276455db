"""From what somebody types to the entities that may be meant, the likeliest first, and why.

Names are compared under the keys of :mod:`kg.hangul`; what no key finds is found
by edit distance (rapidfuzz), over the letters as they are typed, so that a slip in
a syllable costs one letter, and over the sound.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kg import names, vocabulary
from kg.hangul import fold, pattern, sound, stems, strokes
from kg.store import Store, solutions

__all__ = ["Hit", "Index", "Name"]

_WORSE = {"label": 0.0, "name": 0.5, "alias": 0.5, "misspelling": 1.0, "id": 1.0, "identifier": 2.0}
"""By kind of name: what it costs to be found by it."""

_FUZZY, _FAINT = 66.0, 45.0
"""Similarity (0 to 100) from which a name is an answer, and from which it is a suggestion.  One
wrong letter of four leaves 75, one wrong syllable of three about 67."""

_SLIPS = 0.75
"""A similarity weighs less than a key that fits, whose scores are 70 to 100."""


@dataclass(frozen=True, slots=True)
class Name:
    """One thing that an entity is called."""

    entity: str
    kind: str
    """``label``, ``alias``, ``misspelling``, ``id``, ``name`` (a claim's) or ``identifier``."""
    lang: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """An entity that was found."""

    entity: str
    """Its id."""
    name: Name
    """Which of its names fits best."""
    how: str
    """``same``, ``begins``, ``contains``, ``initials``, ``sound`` or ``similar``."""
    score: float
    """100 for the same name, less the less it fits."""


class Index:
    """Every name in a store, kept in memory; made once and asked often.

    It does not see what the store takes in later.
    """

    def __init__(self, names: Iterable[Name], claims: Mapping[str, int] | None = None) -> None:
        """`claims` says how many claims an entity is in: of much the most is said."""
        self._known = {id: min(4.0, math.log2(1 + n) / 2) for id, n in (claims or {}).items()}
        self.names = sorted(
            set(names), key=lambda name: (name.entity, name.kind, name.lang, name.text)
        )
        self._folded = _Column([fold(name.text) for name in self.names])
        self._same: dict[str, list[int]] = {}
        for row, key in enumerate(self._folded.keys):
            self._same.setdefault(key, []).append(row)

    @classmethod
    def of(cls, store: Store) -> Index:
        """Read every name in a store.

        >>> from kg import corpus, opening
        >>> with opening.graph(corpus.load("tests/toy/data")) as graph:
        ...     index = Index.of(graph)
        >>> [(hit.entity, hit.how, hit.name.text) for hit in index.search("ㄱㅎㄴ")]
        [('kim-haneul', 'initials', '김하늘')]
        """
        return cls(_names(store), _claims(store))

    def search(self, text: str, limit: int = 10) -> list[Hit]:
        """Return the entities that `text` may mean, at most `limit`, the likeliest first.

        One hit an entity.  Of two that fit as well the one with the shorter name
        comes first, then the smaller id.
        """
        return self._ranked(self._found(text), limit)

    def nearest(self, text: str, limit: int = 3) -> list[Hit]:
        """Return the entities whose names look most like `text`, be it little: suggestions."""
        found = itertools.chain(self._found(text), self._similar(fold(text), _FAINT))
        return self._ranked(found, limit)

    def _ranked(self, found: Iterable[tuple[int, str, float]], limit: int) -> list[Hit]:
        best: dict[str, tuple[tuple[float, int, str, str], Hit]] = {}
        for row, how, score in found:
            name = self.names[row]
            known = self._known.get(name.entity, 0.0) if how != "same" else 0.0
            total = round(score - _WORSE[name.kind] + known, 1)
            order = (-total, len(name.text), name.entity, name.text)
            if name.entity not in best or order < best[name.entity][0]:
                best[name.entity] = order, Hit(name.entity, name, how, total)
        return [hit for _, hit in sorted(best.values(), key=lambda each: each[0])][:limit]

    def _found(self, text: str) -> Iterator[tuple[int, str, float]]:
        """Yield row, how it fits and a score; a row may come several times."""
        wanted = fold(text)
        if not wanted:
            return
        same = [(row, "same", 100.0) for row in self._same.get(wanted, ())]
        yield from self._in(wanted, 0)
        yield from self._fitting(self._strokes, strokes(wanted), ("begins", 81), None)
        for cost, stem in enumerate(stems(text), start=2):
            same += [(row, "same", 99.0 - cost) for row in self._same.get(fold(stem), ())]
            yield from self._in(fold(stem), cost)
        yield from same
        if abbreviated := pattern(wanted):
            yield from self._matching(abbreviated, len(wanted))
        if not same:
            yield from self._sounding(text)
            yield from self._similar(wanted, _FUZZY)

    def _in(self, wanted: str, cost: float) -> Iterator[tuple[int, str, float]]:
        for row, how, score in self._fitting(
            self._folded, wanted, ("begins", 82), ("contains", 72)
        ):
            yield row, how, score - cost

    def _fitting(
        self,
        column: _Column,
        key: str,
        begins: tuple[str, float],
        contains: tuple[str, float] | None,
    ) -> Iterator[tuple[int, str, float]]:
        """Score a prefix, and what is inside, by how much of the name it is."""
        for row, start in column.find(key):
            whole = len(column.keys[row])
            if start == 0:
                yield row, begins[0], begins[1] + 9 * len(key) / whole
            elif contains and len(key) > 1:
                ends = 10 if start + len(key) == whole else 0  # that is the head of the name
                cut = 30 if key.isascii() and not self._begins_word(row, key) else 0
                score = contains[1] + ends - cut + 9 * len(key) / whole
                yield row, contains[0], score

    def _begins_word(self, row: int, key: str) -> bool:
        """Say whether `key` stands where a word begins; Korean compounds have no such mark."""
        words = re.split(r"[\W_]+|(?<=[^ -~])(?=[ -~])", self.names[row].text)
        return any(fold("".join(words[n:])).startswith(key) for n in range(1, len(words)))

    def _matching(self, abbreviated: str, length: int) -> Iterator[tuple[int, str, float]]:
        for row, start in self._folded.match(abbreviated):
            if start == 0 or length > 1:
                whole = length / len(self._folded.keys[row])
                yield row, "initials", (81 if start == 0 else 71) + 9 * whole

    def _sounding(self, text: str) -> Iterator[tuple[int, str, float]]:
        first, _, last = text.strip().rpartition(" ")
        for turned in dict.fromkeys((text, f"{last} {first}")):  # given name first, or last
            key = sound(turned)
            if len(key) > 2:
                yield from ((row, "sound", 86.0) for row in self._same_sound.get(key, ()))
                if len(key) > 5:  # what is shorter sounds like the beginning of too many
                    yield from self._fitting(self._sounds, key, ("sound", 66), None)
                if len(key) > 4:
                    yield from self._close(self._sounds.keys, key, 84.0, "sound", 0.72)

    def _similar(self, wanted: str, cutoff: float) -> Iterator[tuple[int, str, float]]:
        typed = strokes(wanted)
        if len(typed) > 2:
            yield from self._close(self._strokes.keys, typed, cutoff, "similar", _SLIPS)

    def _close(
        self, keys: Sequence[str], key: str, cutoff: float, how: str, weight: float
    ) -> Iterator[tuple[int, str, float]]:
        from rapidfuzz import fuzz, process  # not at the top: most names are found without

        found = process.extract(key, keys, scorer=fuzz.ratio, score_cutoff=cutoff, limit=50)
        yield from ((row, how, weight * similarity) for _, similarity, row in found)
        if len(key) > 5:  # the beginning of a longer name, with a slip in it
            heads = self._heads(keys, len(key))
            found = process.extract(key, heads, scorer=fuzz.ratio, score_cutoff=84, limit=50)
            yield from ((row, how, weight * similarity - 5) for _, similarity, row in found)

    @staticmethod
    def _heads(keys: Sequence[str], length: int) -> dict[int, str]:
        """Return the first letters of the keys that are longer, by row."""
        return {row: key[:length] for row, key in enumerate(keys) if len(key) > length}

    @functools.cached_property
    def _strokes(self) -> _Column:
        return _Column(list(map(strokes, self._folded.keys)))

    @functools.cached_property
    def _sounds(self) -> _Column:
        return _Column([sound(name.text) for name in self.names])

    @functools.cached_property
    def _same_sound(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = {}
        for row, key in enumerate(self._sounds.keys):
            rows.setdefault(key, []).append(row)
        return rows


class _Column:
    """Keys by row, and as one text: searching that is some 50 times faster than key by key."""

    def __init__(self, keys: list[str]) -> None:
        self.keys = keys
        self._text = "\n".join(keys)
        self._starts = list(itertools.accumulate((len(key) + 1 for key in keys), initial=0))

    def find(self, key: str) -> Iterator[tuple[int, int]]:
        """Yield row and offset of each place where `key` stands."""
        return self.match(re.escape(key)) if key else iter(())

    def match(self, expression: str) -> Iterator[tuple[int, int]]:
        """Yield row and offset of each match."""
        for found in re.finditer(expression, self._text):
            row = bisect.bisect_right(self._starts, found.start()) - 1
            yield row, found.start() - self._starts[row]


_LABELS = """
SELECT ?entity ?name ?kind {
  VALUES (?property ?kind) {
    (rdfs:label "label") (skos:altLabel "alias") (skos:hiddenLabel "misspelling")
  }
  ?entity ?property ?name FILTER STRSTARTS(STR(?entity), STR(id:))
}"""
_VALUES = """
SELECT ?entity ?name ?kind {
  VALUES (?property ?kind) { PROPERTIES }
  ?entity ?property ?name FILTER isLiteral(?name)
}"""


def _names(store: Store) -> Iterator[Name]:
    kinds = {"text": "name", "uri": "identifier"}
    attributes = vocabulary.load().predicates.values()
    valued = " ".join(f'(aie:{p.name} "{kinds[p.form]}")' for p in attributes if p.form in kinds)
    seen = set()
    for query in (_LABELS, _VALUES.replace("PROPERTIES", valued)):
        for iri, name, kind in solutions(store.query(query, place="search")):
            id = iri.value.removeprefix(names.PREFIXES["id"])
            if id not in seen:
                seen.add(id)
                yield Name(id, "id", "", id)
            yield Name(id, kind.value, name.language or "", name.value)


_COUNTS = """
SELECT ?entity (COUNT(?claim) AS ?claims) {
  { ?claim rdf:subject ?entity } UNION { ?claim rdf:object ?entity FILTER isIRI(?entity) }
} GROUP BY ?entity"""


def _claims(store: Store) -> dict[str, int]:
    counted = solutions(store.query(_COUNTS, place="search"))
    return {iri.value.removeprefix(names.PREFIXES["id"]): int(n.value) for iri, n in counted}

"""From what somebody types to the entities that may be meant, the likeliest first, and why.

Names are compared under the keys of :mod:`kg.hangul`; what no key finds is found
by edit distance (rapidfuzz), over the letters as they are typed, so that a slip in
a syllable costs one letter, and over the sound.
"""

from __future__ import annotations

import bisect
import functools
import heapq
import itertools
import math
import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kg import names, vocabulary
from kg.hangul import fold, pattern, sound, stems, strokes
from kg.letters import Letters
from kg.links import claims_of
from kg.store import Store, solutions

__all__ = ["Hit", "Index", "Name"]

_WORSE = {"label": 0.0, "name": 0.5, "alias": 0.5, "misspelling": 1.0, "id": 1.0, "identifier": 2.0}
"""By kind of name: what it costs to be found by it."""

_FUZZY, _FAINT = 66.0, 45.0
"""Similarity (0 to 100) from which a name is an answer, and from which it is a suggestion.  One
wrong letter of four leaves 75, one wrong syllable of three about 67."""

_HEAD = 84.0
"""Similarity from which the head of a longer name is an answer."""

_LIKEST = 50
"""Names that are similar, as many as are weighed."""

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


_Match = tuple[int, str, float, tuple[str, float] | None]
"""Row, how it fits, a score; and a doubt: if this key begins no word there, this lower score."""


class Index:
    """Every name in a store, kept in memory; made once and asked often.

    It does not see what the store takes in later.
    """

    def __init__(self, names: Iterable[Name], claims: Mapping[str, int] | None = None) -> None:
        """`claims` says how many claims an entity is in: of much the most is said."""
        self.claims = claims or {}
        self.names = sorted(
            set(names), key=lambda name: (name.entity, name.kind, name.lang, name.text)
        )
        self._folded = _Column(fold(name.text) for name in self.names)
        self._ids = frozenset(name.entity for name in self.names)

    @classmethod
    def of(cls, store: Store) -> Index:
        """Read every name in a store.

        >>> from kg import corpus, opening
        >>> with opening.graph(corpus.load("tests/toy/data")) as graph:
        ...     index = Index.of(graph)
        >>> [(hit.entity, hit.how, hit.name.text) for hit in index.search("ㄱㅎㄴ")]
        [('kim-haneul', 'initials', '김하늘')]
        """
        return cls(_names(store), claims_of(store))

    def knows(self, id: str) -> bool:
        """Say whether an entity with this id has a name."""
        return id in self._ids

    def prepare(self) -> None:
        """Make now what only some questions need, and the first of them would wait for."""
        for column in (self._strokes, self._sounds):
            column.letters  # noqa: B018 made when it is asked for

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

    def _ranked(self, found: Iterable[_Match], limit: int) -> list[Hit]:
        """The best of the matches, one an entity; a doubt is looked into when its turn comes."""
        queue = [(self._order(*each[:3]), turn, *each) for turn, each in enumerate(found)]
        heapq.heapify(queue)
        hits: dict[str, Hit] = {}
        while queue and len(hits) < limit:
            order, turn, row, how, _, doubt = heapq.heappop(queue)
            name = self.names[row]
            if name.entity in hits:
                continue
            if doubt and not self._begins_word(row, doubt[0]):
                lower = self._order(row, how, doubt[1])
                heapq.heappush(queue, (lower, turn, row, how, doubt[1], None))
                continue
            hits[name.entity] = Hit(name.entity, name, how, -order[0])
        return list(hits.values())

    def _order(self, row: int, how: str, score: float) -> tuple[float, int, str, str]:
        name = self.names[row]
        claims = self.claims.get(name.entity, 0) if how != "same" else 0
        known = min(4.0, math.log2(1 + claims) / 2)
        total = round(score - _WORSE[name.kind] + known, 1)
        return -total, len(name.text), name.entity, name.text

    def _found(self, text: str) -> Iterator[_Match]:
        """Yield what fits `text`; a row may come several times."""
        wanted = fold(text)
        if not wanted:
            return
        same = [(row, "same", 100.0, None) for row in self._folded.same(wanted)]
        yield from self._in(wanted, 0)
        if not wanted.isascii():  # else whose letters begin so was found just now
            yield from self._fitting(self._strokes, strokes(wanted), ("begins", 81), None)
        for cost, stem in enumerate(stems(text), start=2):
            same += [(row, "same", 99.0 - cost, None) for row in self._folded.same(fold(stem))]
            yield from self._in(fold(stem), cost)
        yield from same
        if abbreviated := pattern(wanted):
            yield from self._matching(abbreviated, len(wanted))
        if not same:
            yield from self._sounding(text)
            yield from self._similar(wanted, _FUZZY)

    def _in(self, wanted: str, cost: float) -> Iterator[_Match]:
        found = self._fitting(self._folded, wanted, ("begins", 82), ("contains", 72))
        for row, how, score, doubt in found:
            lower = (doubt[0], doubt[1] - cost) if doubt and cost else doubt
            yield row, how, score - cost, lower

    def _fitting(
        self,
        column: _Column,
        key: str,
        begins: tuple[str, float],
        contains: tuple[str, float] | None,
    ) -> Iterator[_Match]:
        """Score a prefix, and what is inside, by how much of the name it is."""
        inside = contains is not None and len(key) > 1
        for number, start in column.find(key) if inside else column.beginning(key):
            whole = len(column.keys[number])
            part = 9 * len(key) / whole
            how, score, doubt = begins[0], begins[1] + part, None
            if start and contains:
                ends = 10 if start + len(key) == whole else 0  # that is the head of the name
                how, score = contains[0], contains[1] + ends + part
                doubt = (key, contains[1] + ends - 30 + part) if key.isascii() else None
            yield from ((row, how, score, doubt) for row in column.rows(number))

    def _begins_word(self, row: int, key: str) -> bool:
        """Say whether `key` stands where a word begins; Korean compounds have no such mark."""
        text = self.names[row].text
        if text.isascii() and not re.search(rf"[\W_]{key[0]}", text.lower()):
            return False  # which is mostly so, and ten times as fast to find out
        words = re.split(r"[\W_]+|(?<=[^ -~])(?=[ -~])", text)
        return any(fold("".join(words[n:])).startswith(key) for n in range(1, len(words)))

    def _matching(self, abbreviated: str, length: int) -> Iterator[_Match]:
        for number, start in self._folded.match(abbreviated):
            if start == 0 or length > 1:
                whole = length / len(self._folded.keys[number])
                score = (81 if start == 0 else 71) + 9 * whole
                yield from ((row, "initials", score, None) for row in self._folded.rows(number))

    def _sounding(self, text: str) -> Iterator[_Match]:
        first, _, last = text.strip().rpartition(" ")
        for turned in dict.fromkeys((text, f"{last} {first}")):  # given name first, or last
            key = sound(turned)
            if len(key) > 2:
                yield from ((row, "sound", 86.0, None) for row in self._sounds.same(key))
                if len(key) > 5:  # what is shorter sounds like the beginning of too many
                    yield from self._fitting(self._sounds, key, ("sound", 66), None)
                if len(key) > 4:
                    yield from self._close(self._sounds, key, 84.0, "sound", 0.72)

    def _similar(self, wanted: str, cutoff: float) -> Iterator[_Match]:
        typed = strokes(wanted)
        if len(typed) > 2:
            yield from self._close(self._strokes, typed, cutoff, "similar", _SLIPS)

    @staticmethod
    def _close(
        column: _Column, key: str, cutoff: float, how: str, weight: float
    ) -> Iterator[_Match]:
        """Yield the rows whose keys, or the heads of these, are most like `key`."""
        like = {number: column.keys[number] for number in column.letters.like(key, cutoff)}
        for row, similarity in _likest(column, key, like, cutoff):
            yield row, how, weight * similarity, None
        if len(key) > 5:  # the beginning of a longer name, with a slip in it
            longer = column.letters.beginning_like(key, _HEAD)
            heads = {number: column.keys[number][: len(key)] for number in longer}
            for row, similarity in _likest(column, key, heads, _HEAD):
                yield row, how, weight * similarity - 5, None

    @functools.cached_property
    def _strokes(self) -> _Column:
        typed = list(map(strokes, self._folded.keys))
        return _Column(typed[number] for number in self._folded.numbers())

    @functools.cached_property
    def _sounds(self) -> _Column:
        return _Column(sound(name.text) for name in self.names)


def _likest(
    column: _Column, key: str, choices: Mapping[int, str], cutoff: float
) -> Sequence[tuple[int, float]]:
    """The rows that are most like `key`, :data:`_LIKEST` at most, and how much they are."""
    found = _extracted(key, choices, cutoff)
    rows: list[tuple[int, float]] = []
    for similarity, same in itertools.groupby(found, key=lambda each: each[1]):
        numbers = (number for _, _, number in same)
        equal = sorted(row for number in numbers for row in column.rows(number))
        rows += ((row, similarity) for row in equal)
        if len(rows) >= _LIKEST:
            break
    return rows[:_LIKEST]


def _extracted(
    key: str, choices: Mapping[int, str], cutoff: float
) -> Sequence[tuple[str, float, int]]:
    """Text, similarity and number of those that are similar enough, the most similar first."""
    from rapidfuzz import fuzz, process  # not at the top: most names are found without

    return process.extract(key, choices, scorer=fuzz.ratio, score_cutoff=cutoff, limit=None)


class _Column:
    """A key for each row; kept are the different ones, each with a number and its rows."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._number: dict[str, int] = {}
        self._numbers = array(
            "I", (self._number.setdefault(key, len(self._number)) for key in keys)
        )
        self.keys = list(self._number)
        # Searching them as one text is some 50 times faster than key by key.
        self._text = "\n".join(("", *self.keys))
        self._starts = array("Q", itertools.accumulate(map(len, self.keys), _next, initial=1))
        self._rows = array("I", sorted(range(len(self._numbers)), key=self._numbers.__getitem__))
        self._firsts = array("I", [0]) + array("I", itertools.accumulate(self._counts()))

    def _counts(self) -> array[int]:
        counts = array("I", bytes(4 * len(self.keys)))
        for number in self._numbers:
            counts[number] += 1
        return counts

    def numbers(self) -> Iterable[int]:
        """Return the number of each row's key."""
        return self._numbers

    def rows(self, number: int) -> Sequence[int]:
        """Return the rows that have this key, ascending."""
        return self._rows[self._firsts[number] : self._firsts[number + 1]]

    def same(self, key: str) -> Sequence[int]:
        """Return the rows that have exactly this key."""
        return self.rows(self._number[key]) if key in self._number else ()

    def find(self, key: str) -> Iterator[tuple[int, int]]:
        """Yield number and offset of each place where `key` stands."""
        return self.match(re.escape(key)) if key else iter(())

    def beginning(self, key: str) -> Iterator[tuple[int, int]]:
        """Yield the number of each key that begins with this one, and 0."""
        for found in re.finditer(re.escape(f"\n{key}"), self._text) if key else ():
            yield bisect.bisect_right(self._starts, found.start() + 1) - 1, 0

    def match(self, expression: str) -> Iterator[tuple[int, int]]:
        """Yield number and offset of each match."""
        for found in re.finditer(expression, self._text):
            number = bisect.bisect_right(self._starts, found.start()) - 1
            yield number, found.start() - self._starts[number]

    @functools.cached_property
    def letters(self) -> Letters:
        """What is known of the letters of the different keys."""
        return Letters(self.keys)


def _next(start: int, length: int) -> int:
    """Where the next key stands in the text, after the end of a line."""
    return start + length + 1


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

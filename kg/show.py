"""``kg show``: what is known of an entity, and who says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kg import listing, network
from kg.literals import period
from kg.model import Literal
from kg.network import Edge, Fact, Node
from kg.store import Store

__all__ = ["Card", "card"]

_DATES = ("start", "at", "earliest", "end", "latest", "due")
"""By what a claim is put in time, the first that it has."""


@dataclass(frozen=True, slots=True)
class Card:
    """All that is said of one entity."""

    node: Node
    outward: Sequence[Edge]
    inward: Sequence[Edge]
    page: listing.Page

    def text(self, texts: Mapping[str, str] | None = None, width: int = 0) -> str:
        """Return the card as plain text, lines at most `width` wide (0: any).

        What the entity does and is, grouped by relation and in order of time; then
        what others say of it.  Each fact comes with its qualifiers, its status
        unless it is stated, its gloss, and the numbers of the passages it rests on.
        These come last, quoted where the article is in `texts` (by source id).
        """
        wording = self.page.wording
        facts = [(each.predicate, wording.value(each.value), each) for each in self.node.facts]
        links = [(each.relation, wording.entity(each.target), each) for each in self.outward]
        inward = [(each.relation, wording.entity(each.source), each) for each in self.inward]
        lines = [*self._head(), *self._grouped([*facts, *links])]
        if inward:
            lines += ["", self.page.words["said_of"], *self._grouped(inward, "← ")]
        notes = list(self.page.notes.lines(wording, texts or {}))
        if notes:
            lines += ["", self.page.words["sources"], *notes]
        return "\n".join(part for line in lines for part in listing.wrapped(line, width))

    def record(self, texts: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the card for programs; ``footnotes`` says what the claims rest on."""
        claims = [*self.node.facts, *self.outward, *self.inward]
        for claim in claims:
            self.page.notes.mark(claim.evidence)
        return {
            **network.plain(self.node),
            "facts": [self.page.record(each) for each in self.node.facts],
            "outward": [self.page.record(each) for each in self.outward],
            "inward": [self.page.record(each) for each in self.inward],
            "footnotes": self.page.notes.records(self.page.wording, texts or {}),
        }

    def _head(self) -> Iterator[str]:
        node, wording = self.node, self.page.wording
        labels = " · ".join(dict.fromkeys([wording.entity(node.id), *node.labels.values()]))
        yield f"{labels}  ({wording.term(node.cls)})" if node.cls else labels
        yield node.iri
        aliases = dict.fromkeys(
            name for lang in sorted(node.aliases) for name in node.aliases[lang]
        )
        if aliases:
            yield f"{wording.words['also']}: {', '.join(aliases)}"
        if note := wording.text(node.notes):
            yield note

    def _grouped(
        self, said: Sequence[tuple[str, str, Edge | Fact]], mark: str = ""
    ) -> Iterator[str]:
        last, wording = "", self.page.wording
        for relation, other, claim in sorted(said, key=_in_time):
            if relation != last:
                yield f"\n{mark}{wording.term(relation)}"
                last = relation
            notes = self.page.notes.mark(claim.evidence)
            yield f"  {other}{self.page.particulars(claim)} {notes}".rstrip()
            yield f"      {wording.text(claim.gloss)}"
            if note := wording.text(claim.notes):
                yield f"      {note}"
            if claim.premises:
                known = (self.page.premises.get(iri, iri) for iri in claim.premises)
                yield f"      {wording.words['rests_on']}: {' '.join(known)}"


def card(store: Store, id: str, lang: str = "en") -> Card:
    """Return all that is said of the entity with this id, in the words of `lang`.

    >>> from kg import corpus, opening
    >>> with opening.graph(corpus.load("tests/toy/data")) as graph:
    ...     print(card(graph, "busan").text())
    Busan · 부산  (place)
    https://w3id.org/aieco/id/busan
    <BLANKLINE>
    What others say of it
    <BLANKLINE>
    ← located in
      Mirae AI Lab  [deprecated] [1]
          The article places Mirae AI Lab in Busan.
          A mistake of the article.
    <BLANKLINE>
    Sources
      [1] A year of Mirae AI Lab, 2023-04-04, characters 97–105
    """
    graph = network.project(store)
    node = next(graph.nodes([id]))
    edges = list(graph.edges_of(id))
    page = listing.Page(store, [*node.facts, *edges], [id], lang)
    outward = [each for each in edges if each.source == id]
    return Card(node, outward, [each for each in edges if each.source != id], page)


def _in_time(each: tuple[str, str, Edge | Fact]) -> tuple[str, str, str, str]:
    relation, other, claim = each
    return relation, _when(claim), other, claim.id


def _when(claim: Edge | Fact) -> str:
    """The first day of the claim's first date; what has none comes last."""
    named = (claim.qualifiers[name] for name in _DATES if name in claim.qualifiers)
    literal = next((value for value in named if isinstance(value, Literal)), None)
    return period(literal)[0] if literal else "9999"

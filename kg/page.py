"""What the page holds of a graph: the data that its script reads, small and in every language.

Strings stand once, in a table; everything else refers to them by number, and a
text is there once for each language only where the languages differ.  Records
are columns (a list, or where most are empty a dict by row), since the names of
fields would weigh more than what is in them.  ``templates/page/10-state.js``
is the reader: it says what each column becomes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kg import evidence, hangul, names, picture
from kg.errors import KGError
from kg.model import Article, Dataset, Evidence, Literal, Rank, Ref, Source, Span, Status
from kg.network import Edge, Fact, Network, Node, predicate_of
from kg.validity import EVENTS
from kg.wording import Wording, languages, words

__all__ = ["Selection", "data", "select", "source_particulars"]

LIMIT = 20_000
"""Entities that a page can hold and a browser still draws."""

SUBJECT, OBJECT = "\x7f", "\x80"
"""In a gloss: here stands the name of the claim's subject, or of its object.  No text has these
control characters (:func:`kg.literals.text_problem`), and JSON leaves them as they are."""

_DATES = frozenset({"xsd:gYear", "xsd:gYearMonth", "xsd:date", "xsd:dateTime"})

Column = list[Any] | dict[str, Any]
"""Values by row; a dict leaves out what is 0."""


# -- what is on the page -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Selection:
    """The part of the graph that is on the page, and how much is not."""

    nodes: tuple[Node, ...]
    """Best connected first; the page opens with the first `opening` of them."""
    edges: tuple[Edge, ...]
    """By subject in the order of the nodes, then by relation."""
    opening: int
    off: tuple[str, ...]
    """Statuses that are not shown until somebody asks for them."""
    named: Mapping[str, Node]
    """The nodes, and the entities that claims or sources mention."""
    sources: Mapping[str, Source]
    counts: Mapping[str, int]

    def says(self, name: str, lang: str) -> str:
        """Return the page's sentence `name` with the counts that it speaks of."""
        grouped = {each: f"{count:,}" for each, count in self.counts.items()}
        return words(lang)[name].format(**grouped)

    @property
    def summary(self) -> str:
        """Name of the sentence that counts what is on the page."""
        return "counts_inferred" if self.off and self.counts["inferred"] else "counts"

    @property
    def left_out(self) -> list[str]:
        """Names of the sentences that say what is not on the page."""
        return [name for name, count in (("left_out", self.counts["rest"]),) if count]

    @property
    def newest(self) -> str:
        """The date of the newest source, or ``""``."""
        return max((source.published[:10] for source in self.sources.values()), default="")


def select(network: Network, max_nodes: int) -> Selection:
    """Choose what to show: everything, or of a larger graph the best connected entities.

    What is only inferred does not make an entity important and is not shown at first,
    unless nothing else links entities.  Raises :class:`KGError` if there is no entity.
    """
    ids = network.ids()
    if not ids:
        raise KGError("the graph", "holds no entity, so there is nothing to show")
    known = frozenset(ids)
    all_edges = [edge for edge in network.edges() if {edge.source, edge.target} <= known]
    degree: Counter[str] = Counter()
    for edge in picture.weighty(all_edges):
        degree.update({edge.source, edge.target})
    ids = sorted(ids, key=lambda id: (-degree[id], id))[:LIMIT]
    place = {id: number for number, id in enumerate(ids)}
    edges = [edge for edge in all_edges if edge.source in place and edge.target in place]
    edges.sort(key=lambda edge: (place[edge.source], edge.relation, place[edge.target], edge.id))
    chosen = {node.id: node for node in network.nodes(ids)}
    nodes = tuple(chosen[id] for id in ids)
    sources = {source.id: source for source in network.sources()}
    mentioned = _mentioned(edges, nodes, sources.values()) - place.keys()
    linked = sum(degree[id] > 0 for id in ids)
    counts = {
        "nodes": len(ids),
        "edges": len(edges),
        "sources": len(sources),
        "opening": min(max_nodes, linked or len(ids)),
        "all": len(known),
        "rest": len(known) - len(ids),
        "missing": len(all_edges) - len(edges),
        "alone": len(ids) - linked,
        "inferred": sum(edge.status is Status.INFERRED for edge in edges),
    }
    off = () if len(edges) == counts["inferred"] else (str(Status.INFERRED),)
    named = chosen | {node.id: node for node in network.named(mentioned)}
    return Selection(nodes, tuple(edges), counts["opening"], off, named, sources, counts)


def _mentioned(
    edges: Iterable[Edge], nodes: Iterable[Node], sources: Iterable[Source]
) -> frozenset[str]:
    """Ids of entities that are named without being drawn: a role, a publisher, an author."""
    claimed = [*edges, *(fact for node in nodes for fact in node.facts)]
    values = (value for each in claimed for value in each.qualifiers.values())
    articles = [source for source in sources if isinstance(source, Article)]
    credited = (id for article in articles for id in (article.publisher, *article.authors) if id)
    return frozenset(value.id for value in values if isinstance(value, Ref)).union(credited)


# -- the data ----------------------------------------------------------------


def data(selection: Selection, texts: Mapping[str, evidence.Material]) -> dict[str, Any]:
    """Return all that the script needs, as values that JSON can hold."""
    return _Writer(selection, texts).data()


def source_particulars(source: Source, wording: Wording) -> list[tuple[str, str]]:
    """Return what is known of a source: the key of the page's word for it, and the value."""
    known = {
        "published": source.published.replace("T", " "),
        "licence": source.licence,
        "fingerprint": source.sha256,
    }
    if isinstance(source, Article):
        known["publisher"] = wording.entity(source.publisher)
        known["author"] = ", ".join(map(wording.entity, source.authors))
    if isinstance(source, Dataset):
        known |= {"version": source.version, "credit": source.creator}
    order = ("publisher", "author", "published", "version", "licence", "credit", "fingerprint")
    return [(name, known[name]) for name in order if known.get(name)]


class _Writer:
    """Turns records into columns, and keeps the table of strings while doing so."""

    def __init__(self, selection: Selection, texts: Mapping[str, evidence.Material]) -> None:
        self.selection = selection
        self.material = texts
        self.wordings = [Wording(lang, selection.named, selection.sources) for lang in languages()]
        self.texts: dict[str | tuple[str, ...], int] = {"": 0}
        self.keys: dict[str, int] = {"": 0}
        self.place = {node.id: number for number, node in enumerate(selection.nodes)}
        self.source = {id: number for number, id in enumerate(selection.sources)}
        self.quoted: set[str] = set()

    def data(self) -> dict[str, Any]:
        chosen = self.selection
        facts = [(node.id, fact) for node in chosen.nodes for fact in node.facts]
        claims: list[tuple[str, Edge | Fact]] = [(edge.source, edge) for edge in chosen.edges]
        claims += facts
        columns = {
            "nodes": self._nodes(chosen.nodes),
            "claims": self._claims(claims),
            "facts": {
                "subject": [self.place[id] for id, _ in facts],
                "value": [self.said(Wording.value, fact.value) for _, fact in facts],
                "address": _column([_is_address(fact) for _, fact in facts]),
            },
            "sources": [self._source(source) for source in chosen.sources.values()],
        }
        articles = {id: str(self.material[id]) for id in sorted(self.quoted)}
        terms = self._terms()
        return columns | {
            "articles": articles,
            "counts": dict(chosen.counts),
            "families": picture.families(),
            "keys": list(self.keys),
            "languages": list(languages()),
            "off": list(chosen.off),
            "particles": hangul.PARTICLES,
            "picture": picture.draw(chosen.nodes, chosen.edges, chosen.opening),
            "summary": chosen.summary,
            "prefixes": {name: names.PREFIXES[name] for name in ("id", "claim", "source")},
            "terms": terms,
            "texts": list(self.texts),
            "words": {lang: words(lang) for lang in languages()},
        }

    # -- strings

    def said(self, say: Callable[[Wording, Any], str], record: object) -> int:
        """Number of what `say` makes of a record in each language."""
        each = tuple(say(wording, record) for wording in self.wordings)
        return self.text(each[0] if len(set(each)) == 1 else each)

    def text(self, text: str | tuple[str, ...]) -> int:
        return self.texts.setdefault(text, len(self.texts))

    def key(self, name: str) -> int:
        return self.keys.setdefault(name, len(self.keys))

    def _terms(self) -> dict[str, int]:
        """Labels of every local name that is used, and of all classes, statuses and ranks."""
        words = {str(word): str(word).capitalize() for word in (*Status, *Rank)}  # as terms
        classes = {cls for family in picture.families() for cls in family["classes"]}
        found = (self.keys.keys() | words.keys() | classes) - {""}
        return {name: self.said(Wording.term, words.get(name, name)) for name in sorted(found)}

    # -- records

    def _nodes(self, nodes: Sequence[Node]) -> dict[str, Column]:
        return {
            "id": [node.id for node in nodes],
            "cls": [self.key(node.cls) for node in nodes],
            "name": [self.said(Wording.entity, node.id) for node in nodes],
            "also": _column([self._also(node) for node in nodes]),
            "misspelt": _column([self._list(node.misspellings) for node in nodes]),
            "note": _column([self.said(Wording.text, node.notes) for node in nodes]),
        }

    def _also(self, node: Node) -> list[int]:
        names = dict.fromkeys([*node.labels.values(), *_flat(node.aliases)])
        shown = {in_.entity(node.id) for in_ in self.wordings}
        return [self.text(name) for name in names if name not in shown]

    def _list(self, by_language: Mapping[str, Sequence[str]]) -> list[int]:
        return [self.text(name) for name in dict.fromkeys(_flat(by_language))]

    def _claims(self, about: Sequence[tuple[str, Edge | Fact]]) -> dict[str, Column]:
        claims = [claim for _, claim in about]
        row = {claim.id: number for number, claim in enumerate(claims)}
        spans = [_months(claim) for claim in claims]
        prefix = names.PREFIXES["claim"]
        return {
            "id": [claim.id.removeprefix(prefix) for claim in claims],
            "relation": [self.key(predicate_of(claim)) for claim in claims],
            "status": [self.key(str(claim.status)) for claim in claims],
            "rank": _column(
                [0 if claim.rank is Rank.NORMAL else self.key(str(claim.rank)) for claim in claims]
            ),
            "qualifiers": _column([self._qualifiers(claim) for claim in claims]),
            "from": _column([first for first, _ in spans]),
            "to": _column([last for _, last in spans]),
            "gloss": _column([self._gloss(subject, claim) for subject, claim in about]),
            "note": _column([self.said(Wording.text, c.notes) for c in claims]),
            "evidence": _column([self._evidence(claim.evidence) for claim in claims]),
            "premises": _column(
                [[row.get(id, id.removeprefix(prefix)) for id in c.premises] for c in claims]
            ),
            "rule": _column([self.text(claim.rule) for claim in claims]),
        }

    def _gloss(self, subject: str, claim: Edge | Fact) -> int:
        """A gloss with a sign for each name that it is about: they are said again and again."""
        each = []
        for wording in self.wordings:
            signs = {wording.entity(claim.target): OBJECT} if isinstance(claim, Edge) else {}
            signs[wording.entity(subject)] = SUBJECT
            text = wording.text(claim.gloss).replace(SUBJECT, "").replace(OBJECT, "")
            for name in sorted(signs, key=len, reverse=True):  # of two that overlap the longer
                text = text.replace(name, signs[name]) if name else text
            each.append(text)
        return self.text(each[0] if len(set(each)) == 1 else tuple(each))

    def _qualifiers(self, claim: Edge | Fact) -> list[int]:
        """Name, value, name, value, ..."""
        return [
            number
            for name, value in sorted(claim.qualifiers.items())
            for number in (self.key(name), self.said(Wording.value, value))
        ]

    def _evidence(self, found: Iterable[Evidence]) -> list[int]:
        """Four numbers each.

        Of a passage: source, start, end, and 1 if its words stand there in the text
        that is at hand, else 0.  Of a record: source, -1, where, and its value or 0.
        """
        numbers: list[int] = []
        for each in found:
            quote = evidence.quote(each, self.material)
            source = self.source.get(each.source, -1)
            if isinstance(each.locator, Span):
                numbers += [source, *each.locator, int(quote is not None)]
                if quote is not None:
                    self.quoted.add(each.source)
            else:
                where, value = self.text(" ".join(each.locator)), self.text(quote or "")
                numbers += [source, -1, where, value]
        return numbers

    def _source(self, source: Source) -> dict[str, Any]:
        return {
            "id": source.id,
            "title": self.said(Wording.source, source.id),
            "url": source.url,
            "date": source.published[:10],
            "lang": source.language if isinstance(source, Article) else "",
            "known": [
                [name, self.text(values[0] if len(set(values)) == 1 else values)]
                for name, values in self._known(source).items()
            ],
        }

    def _known(self, source: Source) -> dict[str, tuple[str, ...]]:
        """Particulars by name, each in every language."""
        each = [dict(source_particulars(source, wording)) for wording in self.wordings]
        return {name: tuple(known[name] for known in each) for name in each[0]}


def _flat(by_language: Mapping[str, Sequence[str]]) -> Iterable[str]:
    return (name for lang in sorted(by_language) for name in by_language[lang])


def _is_address(fact: Fact) -> int:
    return int(fact.value.datatype == "xsd:anyURI")


def _column(values: Sequence[Any]) -> Column:
    """The values as a list, or by row without the empty ones where that is shorter."""
    filled = {str(row): value for row, value in enumerate(values) if value}
    return filled if len(filled) * 5 < len(values) * 2 else [value or 0 for value in values]


# -- time --------------------------------------------------------------------


def _months(claim: Edge | Fact) -> tuple[int, int]:
    """First and last month that the claim can speak of, since the year 0; 0 is not said.

    What happens at a point in time is over in the month in which it began.
    """
    dates = {name: value for name, value in claim.qualifiers.items() if _is_date(value)}
    own = claim.value if isinstance(claim, Fact) and _is_date(claim.value) else None
    first = dates.get("start") or dates.get("at") or dates.get("earliest") or own
    last = dates.get("end") or dates.get("at") or dates.get("due") or dates.get("latest") or own
    if last is None and predicate_of(claim) in EVENTS:
        last = first
    return _month(first, 0), _month(last, 1)


def _is_date(value: object) -> bool:
    return isinstance(value, Literal) and value.datatype in _DATES


def _month(value: object, end: int) -> int:
    """The first or last month of a date; 0 of what is none, as a store may hold.

    The year 9999 is how some data say that there is no end.
    """
    found = re.match(r"([0-9]{4})(?:-([0-9]{2}))?(?![0-9])", getattr(value, "value", ""))
    year, month = (int(part or (1, 12)[end]) for part in found.groups()) if found else (0, 0)
    return 12 * year + month - 1 if 1 <= month <= 12 and year < 9999 else 0

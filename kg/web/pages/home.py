"""``/``: what is in the graph at a glance, and ways into it."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from kg import names, network, queries, vocabulary
from kg.links import most_linked
from kg.literals import period
from kg.model import Literal, Source
from kg.network import Node
from kg.store import Store, solutions
from kg.web.pages.frame import Frame, address
from kg.web.pages.reading import Reader, keys, sources
from kg.web.served import Served

__all__ = ["empty", "home", "is_empty", "numbers"]

_TOP, _LATEST, _YEARS = 10, 8, 30
_QUESTIONS = (
    "people",
    "planned-partners",
    "moves",
    "disagreements",
    "timeline",
    "investments-and-targets",
    "said",
    "single-source",
)
"""Shown as examples; all others stand on the page of questions."""

_CLASSES = """
SELECT ?class (COUNT(?thing) AS ?count) {
  VALUES ?class { KEYS } ?thing a ?class FILTER STRSTARTS(STR(?thing), STR(id:))
} GROUP BY ?class"""
_STATUSES = (
    "SELECT ?status (COUNT(?claim) AS ?count) { ?claim aie:status ?status } GROUP BY ?status"
)
_RELATIONS = """
SELECT ?relation (COUNT(?claim) AS ?count) { ?claim rdf:predicate ?relation } GROUP BY ?relation"""
_SIZES = {
    "entities": "SELECT (COUNT(DISTINCT ?thing) AS ?n) {"
    " VALUES ?class { KEYS } ?thing a ?class FILTER STRSTARTS(STR(?thing), STR(id:)) }",
    "claims": "SELECT (COUNT(?claim) AS ?n) { ?claim a aie:Claim }",
    "passages": "SELECT (COUNT(?ground) AS ?n) { ?ground oa:hasSource ?source }",
}
_REJECTED = "SELECT (COUNT(?claim) AS ?n) { ?claim aie:rank aie:Deprecated }"
_DATED = """
SELECT ?claim ?says ?date {
  { VALUES ?says { aie:start aie:at aie:end aie:due } ?claim ?says ?date }
  UNION { VALUES ?says { aie:foundedOn aie:heldOn }
          ?claim rdf:predicate ?says ; rdf:object ?date }
  MINUS { ?claim aie:rank aie:Deprecated }
}"""
_STATUS = "SELECT ?claim ?status { VALUES ?claim { KEYS } ?claim aie:status ?status }"
_FIRST = ("foundedOn", "heldOn", "start", "at", "end", "due")
"""By which of its dates a claim stands on the time line.  Bounds (earliest, latest) are none."""


@dataclass(frozen=True, slots=True)
class Dated:
    """A claim on the time line."""

    day: str
    """The first day of the date."""
    date: str
    claim: str
    says: str
    """What the date is: ``due``, ``foundedOn``, ..."""
    status: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """The graph in numbers, each list the most first."""

    sizes: Mapping[str, int]
    """How many entities, claims, passages and sources there are."""
    classes: Mapping[str, int]
    """By class, those of narrower classes among them."""
    relations: list[tuple[str, int]]
    statuses: list[tuple[str, int]]
    rejected: int
    """Claims of deprecated rank."""
    central: list[tuple[str, int]]
    """Entities by id, with the number of claims that link them to others."""
    nodes: Mapping[str, Node]
    """What is known of these."""
    years: list[tuple[str, int]]
    """Dated claims, the latest year first."""
    dated: list[Dated]
    """The latest first."""


def _counted(store: Store) -> Numbers:
    def number(query: str) -> int:
        return next(int(n.value) for (n,) in solutions(store.query(query, place="home")))

    def counted(query: str) -> list[tuple[str, int]]:
        rows = solutions(store.query(query, place="home"))
        return sorted(((iri.value, int(n.value)) for iri, n in rows), key=lambda each: -each[1])

    def local(query: str) -> list[tuple[str, int]]:
        named = ((names.compact(iri), count) for iri, count in counted(query))
        ours = [(name[4:], count) for name, count in named if name.startswith("aie:")]
        return sorted(ours, key=lambda each: (-each[1], each[0]))

    ours = " ".join(f"aie:{name}" for name in vocabulary.load().classes)
    central = most_linked(store, _TOP)
    years, latest = _dated(store)
    return Numbers(
        sizes={name: number(query.replace("KEYS", ours)) for name, query in _SIZES.items()},
        classes=_with_narrower(local(_CLASSES.replace("KEYS", ours))),
        relations=local(_RELATIONS),
        statuses=local(_STATUSES),
        rejected=number(_REJECTED),
        central=central,
        nodes={node.id: node for node in network.project(store).named(id for id, _ in central)},
        years=sorted(years.items(), reverse=True)[:_YEARS],
        dated=latest,
    )


def _dated(store: Store) -> tuple[Counter[str], list[Dated]]:
    """How many claims there are of each year, and the latest ones."""
    order = {names.expand(f"aie:{name}"): number for number, name in enumerate(_FIRST)}
    days: dict[Any, str] = {}  # far fewer than claims
    found: dict[str, tuple[int, str, str]] = {}
    for claim, says, date in solutions(store.query(_DATED, place="home")):
        if date not in days:
            days[date] = period(Literal(date.value, names.compact(date.datatype.value)))[0]
        each = order[says.value], days[date], date.value
        found[claim.value] = min(found.get(claim.value, each), each)
    years = Counter(day[:4] for _, day, _ in found.values())
    ranked = ((day, date, claim, number) for claim, (number, day, date) in found.items())
    latest = heapq.nlargest(_TOP, ranked)
    query = _STATUS.replace("KEYS", keys(claim for _, _, claim, _ in latest))
    rows = solutions(store.query(query, place="home")) if latest else ()
    status = {claim.value: names.compact(word.value)[4:].lower() for claim, word in rows}
    return years, [
        Dated(day, date, claim, _FIRST[number], status[claim])
        for day, date, claim, number in latest
    ]


def _with_narrower(direct: list[tuple[str, int]]) -> Mapping[str, int]:
    known = vocabulary.load().classes
    total: Counter[str] = Counter()
    for name, count in direct:
        for above in known[name].ancestors if name in known else ():
            total[above] += count
    return total


def numbers(served: Served) -> Numbers:
    """Return the graph in numbers, counted once."""
    return served.once("numbers", _counted)


def home(frame: Frame) -> Response:
    """Return the front page."""
    found = numbers(frame.served)
    if is_empty(frame):
        return empty(frame)
    reader = Reader(frame)
    reader.nodes.update(found.nodes)
    reader.gloss([each.claim for each in found.dated])
    term = reader.wording.term
    most = max((count for _, count in found.years), default=1)
    known = sources(frame.served)
    return frame.answer(
        "home.j2",
        title=frame.words["title"],
        sizes=[*found.sizes.items(), ("sources", len(known))],
        classes=_tree(reader, found.classes, "Entity"),
        relations=[
            (term(name), count, frame.link("/graph", relation=name) if _linking(name) else "")
            for name, count in found.relations[:_TOP]
        ],
        statuses=[
            (name.lower(), term(name), count, frame.link("/graph", status=name.lower()))
            for name, count in found.statuses
        ],
        rejected=found.rejected,
        central=[(reader.thing(id), count) for id, count in found.central],
        years=[(year, count, round(100 * count / most)) for year, count in found.years],
        dated=[
            {
                **reader.about(each.claim),
                "date": each.date,
                "says": "" if each.says == "at" else term(each.says),
                "status": each.status,
                "status_name": term(each.status.capitalize()),
            }
            for each in found.dated
        ],
        latest=_latest(reader, known),
        questions=[
            (frame.link("/query", name=name), queries.catalogue()[name].titles[frame.lang])
            for name in _QUESTIONS
            if name in queries.catalogue()
        ],
    )


def is_empty(frame: Frame) -> bool:
    """Whether there is nothing to be shown at all."""
    return not (any(numbers(frame.served).sizes.values()) or sources(frame.served))


def empty(frame: Frame) -> Response:
    """Return the page that says that the store is empty, and what to do."""
    told, words = frame.site.settings, frame.words
    chosen = told.at or told.without
    what = words["empty_selection" if chosen else "empty_store"]
    do = "data" if not told.store else "writable" if told.write else "build"
    remedy = words["empty_choose" if chosen else f"empty_{do}"]
    return frame.answer("empty.j2", title=words["title"], what=what, remedy=remedy)


def _linking(name: str) -> bool:
    """Whether a predicate leads to entities: then there is something to draw."""
    known = vocabulary.load().predicates
    return name in known and known[name].kind == "relation"


def _tree(reader: Reader, counts: Mapping[str, int], above: str) -> list[dict[str, Any]]:
    """The classes directly below one, with how many there are of each, and those below them."""
    known = vocabulary.load().classes
    below = [
        name
        for name, cls in known.items()
        if counts[name] and name != above and above in cls.ancestors
        if not any(known[each].ancestors & {above} for each in cls.ancestors - {name, above})
    ]
    return [
        {
            "name": reader.wording.term(name),
            "count": counts[name],
            "address": reader.frame.link("/search", type=name),
            "below": _tree(reader, counts, name),
        }
        for name in sorted(below, key=lambda name: (-counts[name], name))
    ]


def _latest(reader: Reader, known: Mapping[str, Source]) -> list[dict[str, Any]]:
    """The sources that were published last."""
    ordered = sorted(known.values(), key=lambda each: (each.published, each.id), reverse=True)
    return [
        {
            "name": reader.wording.source(each.id),
            "date": each.published[:10],
            "address": reader.frame.link(f"/source/{each.id}"),
            "original": address(each.url),
        }
        for each in ordered[:_LATEST]
    ]

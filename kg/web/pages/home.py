"""``/``: what is in the graph at a glance, and ways into it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from kg import names, network, queries, vocabulary
from kg.literals import period
from kg.model import Literal, Source
from kg.network import Node
from kg.store import Store, solutions
from kg.web.pages.frame import Frame, address
from kg.web.pages.reading import Reader, kept, sources
from kg.web.site import Site

__all__ = ["home", "numbers"]

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
  ?thing a ?class FILTER STRSTARTS(STR(?thing), STR(id:))
} GROUP BY ?class"""
_STATUSES = (
    "SELECT ?status (COUNT(?claim) AS ?count) { ?claim aie:status ?status } GROUP BY ?status"
)
_LINKED = """
SELECT ?thing (COUNT(?claim) AS ?count) {
  { ?claim rdf:subject ?thing ; rdf:object ?far FILTER isIRI(?far) }
  UNION { ?claim rdf:object ?thing FILTER isIRI(?thing) }
  FILTER NOT EXISTS { ?claim aie:rank aie:Deprecated }
} GROUP BY ?thing ORDER BY DESC(?count) ?thing LIMIT 10"""
_DATED = """
SELECT ?claim ?date {
  { VALUES ?says { aie:start aie:at } ?claim ?says ?date }
  UNION { VALUES ?relation { aie:foundedOn aie:heldOn }
          ?claim rdf:predicate ?relation ; rdf:object ?date }
  FILTER NOT EXISTS { ?claim aie:rank aie:Deprecated }
}"""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The graph in numbers, each list the most first."""

    classes: list[tuple[str, int]]
    statuses: list[tuple[str, int]]
    central: list[tuple[str, int]]
    """Entities by id, with the number of claims that link them to others."""
    nodes: Mapping[str, Node]
    """What is known of these."""
    years: list[tuple[str, int]]
    """Dated claims, the latest year first."""
    dated: list[tuple[str, str]]
    """Date and claim, the latest first."""


def _counted(store: Store) -> Numbers:
    def counted(query: str) -> list[tuple[str, int]]:
        rows = solutions(store.query(query, place="home"))
        return sorted(((iri.value, int(n.value)) for iri, n in rows), key=lambda each: -each[1])

    def local(query: str) -> list[tuple[str, int]]:
        named = ((names.compact(iri), count) for iri, count in counted(query))
        ours = [(name[4:], count) for name, count in named if name.startswith("aie:")]
        return sorted(ours, key=lambda each: (-each[1], each[0]))

    dates: dict[str, tuple[str, str]] = {}
    for claim, date in solutions(store.query(_DATED, place="home")):
        literal = Literal(date.value, names.compact(date.datatype.value))
        dates[claim.value] = min(
            dates.get(claim.value, ("9999", "")), (period(literal)[0], date.value)
        )
    years = Counter(first[:4] for first, _ in dates.values())
    latest = sorted(dates, key=lambda iri: (dates[iri], iri), reverse=True)
    prefix = names.PREFIXES["id"]
    central = [(iri.removeprefix(prefix), count) for iri, count in counted(_LINKED)]
    return Numbers(
        classes=local(_CLASSES),
        statuses=local(_STATUSES),
        central=central,
        nodes={node.id: node for node in network.project(store).nodes(id for id, _ in central)},
        years=sorted(years.items(), reverse=True)[:_YEARS],
        dated=[(dates[iri][1], iri) for iri in latest[:_TOP]],
    )


def numbers(site: Site) -> Numbers:
    """Return the graph in numbers, counted once."""
    return kept(site, "numbers", _counted)


def home(frame: Frame) -> Response:
    """Return the front page."""
    found = numbers(frame.site)
    reader = Reader(frame)
    reader.nodes.update(found.nodes)
    reader.gloss([iri for _, iri in found.dated])
    known = vocabulary.load().classes
    term = reader.wording.term
    most = max((count for _, count in found.years), default=1)
    return frame.answer(
        "home.j2",
        title=frame.words["title"],
        classes=[
            (term(name), count, frame.link("/search", type=name))
            for name, count in found.classes
            if name in known
        ],
        statuses=[(name.lower(), term(name), count) for name, count in found.statuses],
        central=[(reader.thing(id), count) for id, count in found.central],
        years=[(year, count, round(100 * count / most)) for year, count in found.years],
        dated=[(date, reader.about(iri)) for date, iri in found.dated],
        latest=_latest(reader, sources(frame.site)),
        questions=[
            (frame.link("/query", name=name), queries.catalogue()[name].titles[frame.lang])
            for name in _QUESTIONS
            if name in queries.catalogue()
        ],
    )


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

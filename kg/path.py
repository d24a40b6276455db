"""``kg path``: how two things are linked, the shortest ways first, with evidence at each step."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from kg import listing, names, network, vocabulary
from kg.errors import KGError, near
from kg.model import Status
from kg.network import Edge
from kg.store import Store, solutions

__all__ = ["Paths", "Step", "find"]

_BATCH = 500
"""Entities asked for at once."""

_CANDIDATES = 5_000
"""Ways of one length that are compared; a pair between two hubs can have millions."""


@dataclass(frozen=True, slots=True)
class Step:
    """From one entity to the next, by one claim or several."""

    start: str
    end: str
    claims: tuple[Edge, ...]
    """Either way round; the claims that say most plainly so come first."""


@dataclass(frozen=True, slots=True)
class Paths:
    """The ways that were found from one entity to another, the shortest first."""

    start: str
    end: str
    ways: Sequence[Sequence[Step]]
    page: listing.Page

    def text(self, texts: Mapping[str, str] | None = None, width: int = 0) -> str:
        """Return the ways as plain text: each step with its claims, these with their passages."""
        lines: list[str] = []
        for way in self.ways:
            hops = self.page.words["hop" if len(way) == 1 else "hops"].format(n=len(way))
            ids = [self.start, *(step.end for step in way)]
            lines += ["", f"{' — '.join(map(self.page.wording.entity, ids))}  ({hops})"]
            lines += [line for step in way for line in self._step(step)]
        notes = list(self.page.notes.lines(self.page.wording, texts or {}))
        if notes:
            lines += ["", self.page.words["sources"], *notes]
        return "\n".join(part for line in lines[1:] for part in listing.wrapped(line, width))

    def record(self, texts: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the ways for programs; ``footnotes`` says what the claims rest on."""
        claims = [claim for way in self.ways for step in way for claim in step.claims]
        for claim in claims:
            self.page.notes.mark(claim.evidence)
        return {
            "from": self.start,
            "to": self.end,
            "paths": [[self._record(step) for step in way] for way in self.ways],
            "footnotes": self.page.notes.records(self.page.wording, texts or {}),
        }

    def _record(self, step: Step) -> dict[str, Any]:
        claims = [self.page.record(claim) for claim in step.claims]
        return {"from": step.start, "to": step.end, "claims": claims}

    def _step(self, step: Step) -> Iterator[str]:
        wording = self.page.wording
        for claim in step.claims:
            forward = claim.source == step.start
            relation = wording.term(claim.relation)
            arrow = f"—{relation}→" if forward else f"←{relation}—"
            ends = f"{wording.entity(step.start)} {arrow} {wording.entity(step.end)}"
            notes = self.page.notes.mark(claim.evidence)
            yield f"  {ends}{self.page.particulars(claim)} {notes}".rstrip()
            yield f"      {wording.text(claim.gloss)}"


def find(
    store: Store,
    start: str,
    end: str,
    *,
    max_hops: int = 4,
    limit: int = 3,
    relations: Collection[str] = (),
    statuses: Collection[str] = (),
    lang: str = "en",
) -> Paths:
    """Return the shortest ways, at most `limit`, that link two entities by their ids.

    A step is any claim between two entities, whichever way it points, planned ones
    too (with their status) but not deprecated ones; qualifiers link nothing.
    `relations` and `statuses` keep only such claims.  No way visits an entity
    twice.  Of ways of one length those with fewer planned steps come first, then
    those whose stations have fewer links, since everything leads through a hub.

    >>> from kg import corpus, opening
    >>> with opening.graph(corpus.load("tests/toy/data")) as graph:
    ...     print(find(graph, "kim-haneul", "seoul", limit=1).text().partition("Sources")[0])
    Haneul Kim — Mirae AI Lab — Seoul  (2 steps)
      Haneul Kim —holds a post at→ Mirae AI Lab; role Head of lab [1][2]
          Haneul Kim is head of Mirae AI Lab.
      Mirae AI Lab —located in→ Seoul  [preferred] [3]
          Mirae AI Lab is in Seoul.
    <BLANKLINE>
    <BLANKLINE>
    """
    known = vocabulary.load()
    links = [each.name for each in known.predicates.values() if each.kind == "relation"]
    _check("relation", relations, links)
    _check("status", statuses, [each.value for each in Status])
    graph = _Neighbours(store, relations, statuses)
    ways = _shortest(graph, start, end, max_hops, limit) if start != end else []
    claims = {
        claim for way in ways for pair in itertools.pairwise(way) for claim in graph.of(*pair)
    }
    edges = {edge.id: edge for edge in network.project(store).edges(claims)}
    found = [[_step(graph, edges, *pair) for pair in itertools.pairwise(way)] for way in ways]
    page = listing.Page(store, list(edges.values()), [start, end], lang)
    return Paths(start, end, found, page)


def _check(kind: str, given: Iterable[str], known: Collection[str]) -> None:
    for each in given:
        if each not in known:
            remedy = near(each, known, f"one of {', '.join(sorted(known))}")
            raise KGError(f"--{kind} {each}", f"there is no such {kind}", remedy)


def _step(graph: _Neighbours, edges: Mapping[str, Edge], start: str, end: str) -> Step:
    claims = sorted((edges[id] for id in graph.of(start, end)), key=_plainness)
    return Step(start, end, tuple(claims))


def _plainness(edge: Edge) -> tuple[int, str, str]:
    order = [Status.STATED, Status.REPORTED, Status.INFERRED, Status.PLANNED]
    return order.index(edge.status), edge.relation, edge.id


# -- searching ---------------------------------------------------------------


class _Neighbours:
    """The links around entities, read from the store as the search comes to them."""

    def __init__(self, store: Store, relations: Collection[str], statuses: Collection[str]) -> None:
        self._store = store
        self._only = _values("?relation", relations) + _values(
            "?status", [each.capitalize() for each in statuses]
        )
        self.near: dict[str, dict[str, list[tuple[str, bool]]]] = {}
        """By entity and neighbour: the claims that link them, and whether each is planned."""
        self.back: dict[str, set[str]] = {}
        """By entity: those whose links were read and lead to it."""
        self.degree: dict[str, int] = {}
        """By entity: in how many claims it is, as far as they were counted."""

    def read(self, ids: Iterable[str]) -> None:
        """Make sure that the links of these entities are known."""
        unread = iter(sorted({id for id in ids if id not in self.near}))
        while batch := list(itertools.islice(unread, _BATCH)):
            self.near |= {id: {} for id in batch}
            keys = " ".join(str(ox.NamedNode(names.entity_iri(id))) for id in batch)
            query = _LINKS.replace("KEYS", keys).replace("ONLY", self._only)
            for this, claim, far, status in solutions(self._store.query(query, place="path")):
                start, end = _id(this.value), _id(far.value)
                if end and start != end:
                    planned = status.value.endswith("#Planned")
                    self.near[start].setdefault(end, []).append((claim.value, planned))
                    self.back.setdefault(end, set()).add(start)

    def degrees(self, ids: Iterable[str]) -> None:
        """Count the claims around these entities, into :attr:`degree`."""
        uncounted = iter(sorted({id for id in ids if id not in self.degree}))
        while batch := list(itertools.islice(uncounted, _BATCH)):
            self.degree |= dict.fromkeys(batch, 0)
            keys = " ".join(str(ox.NamedNode(names.entity_iri(id))) for id in batch)
            for this, count in solutions(self._store.query(_COUNTS.replace("KEYS", keys))):
                self.degree[_id(this.value)] = int(count.value)

    def of(self, start: str, end: str) -> list[str]:
        """Return the IRIs of the claims between two entities whose links are known of one."""
        found = self.near.get(start, {}).get(end) or self.near[end][start]
        return sorted({claim for claim, _ in found})

    def planned(self, start: str, end: str) -> bool:
        """Say whether two entities are linked by plans only."""
        found = self.near.get(start, {}).get(end) or self.near[end][start]
        return all(planned for _, planned in found)


_LINKS = """
SELECT ?this ?claim ?far ?status {
  VALUES ?this { KEYS } ONLY
  { ?claim rdf:subject ?this ; rdf:object ?far FILTER isIRI(?far) }
  UNION { ?claim rdf:object ?this ; rdf:subject ?far }
  ?claim aie:status ?status ; aie:rank ?rank ; rdf:predicate ?relation
  FILTER (?rank != aie:Deprecated)
}"""

_COUNTS = """
SELECT ?this (COUNT(?claim) AS ?count) {
  VALUES ?this { KEYS }
  { ?claim rdf:subject ?this } UNION { ?claim rdf:object ?this }
} GROUP BY ?this"""


def _values(variable: str, names: Iterable[str]) -> str:
    """``VALUES`` for terms of the ontology, which were looked up before."""
    terms = " ".join(f"aie:{name}" for name in sorted(names))
    return f" VALUES {variable} {{ {terms} }}" if terms else ""


def _id(iri: str) -> str:
    """The id of an entity, or ``""``."""
    id = iri.removeprefix(names.PREFIXES["id"])
    return id if id != iri else ""


def _shortest(
    graph: _Neighbours, start: str, end: str, max_hops: int, limit: int
) -> list[tuple[str, ...]]:
    """Read from both ends in turn, one step at a time, until there are enough ways.

    A way of n steps lies wholly among the links of what is less than n/2 steps
    away from one end or the other, so that is all that is read.
    """
    found: list[tuple[str, ...]] = []
    rims, seen = [{start}, {end}], [{start}, {end}]
    for hops in range(1, max_hops + 1):
        side = (hops - 1) % 2
        graph.read(rims[side])
        around = {far for id in rims[side] for far in graph.near[id]}
        rims[side] = around - seen[side]
        seen[side] |= around
        ways = list(itertools.islice(_of_length(graph, start, end, hops), _CANDIDATES))
        graph.degrees(id for way in ways for id in way[1:-1])
        found += sorted(ways, key=lambda way: _rank(graph, way))
        if len(found) >= limit:
            break
    return found[:limit]


def _rank(graph: _Neighbours, way: tuple[str, ...]) -> tuple[int, int, tuple[str, ...]]:
    planned = sum(graph.planned(*pair) for pair in itertools.pairwise(way))
    return planned, max((graph.degree[id] for id in way[1:-1]), default=0), way


def _of_length(graph: _Neighbours, start: str, end: str, hops: int) -> Iterator[tuple[str, ...]]:
    """Yield the ways of exactly so many steps among the links read, in the order of their ids."""
    left = _distances(graph, end, hops)
    way = [start]
    choices = [iter(_onward(graph, way, left, hops))]
    while choices:
        following = next(choices[-1], None)
        if following is None:
            choices.pop()
            way.pop()
        elif len(way) == hops:
            yield (*way, following)
        else:
            way.append(following)
            choices.append(iter(_onward(graph, way, left, hops)))


def _onward(
    graph: _Neighbours, way: Sequence[str], left: Mapping[str, int], hops: int
) -> list[str]:
    """The neighbours from which the end can still be reached in time."""
    remaining = hops - len(way)
    around = _linked(graph, way[-1])
    return sorted(
        id
        for id in around
        if id not in way and left.get(id, hops) <= remaining and (left[id] > 0 or remaining == 0)
    )


def _linked(graph: _Neighbours, id: str) -> set[str]:
    return {*graph.near.get(id, ()), *graph.back.get(id, ())}


def _distances(graph: _Neighbours, end: str, hops: int) -> dict[str, int]:
    """How many steps each entity is from the end, among the links read."""
    found, rim = {end: 0}, {end}
    for distance in range(1, hops):
        rim = {far for id in rim for far in _linked(graph, id)} - found.keys()
        found |= dict.fromkeys(rim, distance)
    return found

"""``kg path``: how two things are linked, the shortest ways first, with evidence at each step."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from kg import listing, names, network, vocabulary
from kg.errors import KGError, near
from kg.links import Links, entity_id
from kg.model import Status
from kg.network import Edge
from kg.store import Store, solutions

__all__ = ["Paths", "Step", "claims", "find", "plainness", "stations"]

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
    linking = [each.name for each in known.predicates.values() if each.kind == "relation"]
    _check("relation", relations, linking)
    _check("status", statuses, [each.value for each in Status])
    ways = stations(
        store, start, end, max_hops=max_hops, limit=limit, relations=relations, statuses=statuses
    )
    said = claims(store, ways, relations, statuses)
    iris = {iri for each in said.values() for iri in each}
    edges = {edge.id: edge for edge in network.project(store).edges(iris)}
    found = [[_step(edges, said[pair], *pair) for pair in itertools.pairwise(way)] for way in ways]
    page = listing.Page(store, list(edges.values()), [start, end], lang)
    return Paths(start, end, found, page)


def _check(kind: str, given: Iterable[str], known: Collection[str]) -> None:
    for each in given:
        if each not in known:
            remedy = near(each, known, f"one of {', '.join(sorted(known))}")
            raise KGError(f"--{kind} {each}", f"there is no such {kind}", remedy)


def _step(edges: Mapping[str, Edge], claims: Iterable[str], start: str, end: str) -> Step:
    found = (edges[iri] for iri in claims)
    ordered = sorted(found, key=lambda edge: plainness(edge.status, edge.relation, edge.id))
    return Step(start, end, tuple(ordered))


def plainness(status: Status, relation: str, iri: str) -> tuple[int, str, str]:
    """Return by what the claims between two entities are put in order."""
    order = [Status.STATED, Status.REPORTED, Status.INFERRED, Status.PLANNED]
    return order.index(status), relation, iri


# -- searching ---------------------------------------------------------------


def stations(
    store: Store,
    start: str,
    end: str,
    *,
    max_hops: int,
    limit: int,
    relations: Collection[str] = (),
    statuses: Collection[str] = (),
    links: Links | None = None,
    degrees: Mapping[str, int] | None = None,
) -> list[Way]:
    """Return the shortest ways as the ids of their stations, in the order of :func:`find`.

    Who asks often gives all `links` and `degrees` (:func:`kg.links.claims_of`), unfiltered;
    else the store is asked for what is around the two.
    """
    only = _only(relations, statuses)
    around = _kept_links(links) if links is not None else _read_links(store, only)
    graph = _Neighbours(store, around, degrees)
    return _shortest(graph, start, end, max_hops, limit) if start != end else []


def claims(
    store: Store,
    ways: Iterable[Way],
    relations: Collection[str] = (),
    statuses: Collection[str] = (),
) -> dict[tuple[str, str], list[str]]:
    """Return by step of these ways the IRIs of the claims that link its ends, sorted."""
    steps = {pair for way in ways for pair in itertools.pairwise(way)}
    found: dict[tuple[str, str], list[str]] = {pair: [] for pair in sorted(steps)}
    wanted = iter(found)
    while batch := list(itertools.islice(wanted, _BATCH)):
        ends = ((_iri(one), _iri(other)) for pair in batch for one, other in (pair, pair[::-1]))
        keys = " ".join(f"({one} {other})" for one, other in ends)
        query = _CLAIMS.replace("KEYS", keys).replace("ONLY", _only(relations, statuses))
        for this, far, claim in solutions(store.query(query, place="path")):
            pair = entity_id(this.value), entity_id(far.value)
            for each in found.keys() & {pair, pair[::-1]}:
                found[each].append(claim.value)
    return {pair: sorted(set(iris)) for pair, iris in found.items()}


Way = tuple[str, ...]
"""The ids of its stations, both ends among them."""

Around = Callable[[Sequence[str]], Iterator[tuple[str, str, bool]]]
"""From some entities to each link of theirs: entity, neighbour, and whether it is only planned."""


def _kept_links(links: Links) -> Around:
    def around(ids: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
        for id in ids:
            for far, planned in links.around(id):
                yield id, far, planned

    return around


def _read_links(store: Store, only: str) -> Around:
    def around(ids: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
        unread = iter(ids)
        while batch := list(itertools.islice(unread, _BATCH)):
            keys = " ".join(map(_iri, batch))
            query = _LINKS.replace("KEYS", keys).replace("ONLY", only)
            for this, far, status in solutions(store.query(query, place="path")):
                start, end = entity_id(this.value), entity_id(far.value)
                if end and start != end:
                    yield start, end, status.value.endswith("#Planned")

    return around


class _Neighbours:
    """The links around entities, known as far as the search has come."""

    def __init__(self, store: Store, around: Around, degrees: Mapping[str, int] | None) -> None:
        self._store = store
        self._around = around
        self._degrees = degrees
        self._near: dict[str, dict[str, bool]] = {}
        """By entity and neighbour: whether only plans link them."""
        self._back: dict[str, set[str]] = {}
        """By entity: those whose links were read and lead to it."""

    def read(self, ids: Iterable[str]) -> set[str]:
        """Return all neighbours of these entities."""
        ids = set(ids)
        unread = sorted(ids - self._near.keys())
        self._near |= {id: {} for id in unread}
        for start, end, planned in self._around(unread):
            near = self._near[start]
            near[end] = near.get(end, True) and planned
            self._back.setdefault(end, set()).add(start)
        return {far for id in ids for far in self._near[id]}

    def linked(self, id: str) -> Iterable[str]:
        """Return the neighbours of an entity that are known."""
        if id in self._near:  # then all of them are
            return self._near[id]
        return self._back.get(id, ())

    def planned(self, start: str, end: str) -> bool:
        """Say whether two entities are linked by plans only."""
        known = self._near.get(start, {}).get(end)
        return self._near[end][start] if known is None else known

    def degrees(self, ids: Iterable[str]) -> Mapping[str, int]:
        """Return in how many claims these entities are."""
        if self._degrees is not None:
            return self._degrees
        found: dict[str, int] = {}
        uncounted = iter(sorted(set(ids)))
        while batch := list(itertools.islice(uncounted, _BATCH)):
            keys = " ".join(map(_iri, batch))
            for this, count in solutions(self._store.query(_COUNTS.replace("KEYS", keys))):
                found[entity_id(this.value)] = int(count.value)
        return found


_LINKS = """
SELECT ?this ?far ?status {
  VALUES ?this { KEYS }
  { ?claim rdf:subject ?this ; rdf:object ?far FILTER isIRI(?far) }
  UNION { ?claim rdf:object ?this ; rdf:subject ?far }
  ?claim aie:status ?status ; aie:rank ?rank ; rdf:predicate ?relation
  FILTER (?rank != aie:Deprecated ONLY)
}"""

_CLAIMS = """
SELECT ?this ?far ?claim {
  VALUES (?this ?far) { KEYS }
  ?claim rdf:subject ?this ; rdf:object ?far ;
    aie:status ?status ; aie:rank ?rank ; rdf:predicate ?relation
  FILTER (?rank != aie:Deprecated ONLY)
}"""

_COUNTS = """
SELECT ?this (COUNT(?claim) AS ?count) {
  VALUES ?this { KEYS }
  { ?claim rdf:subject ?this } UNION { ?claim rdf:object ?this }
} GROUP BY ?this"""


def _only(relations: Iterable[str], statuses: Iterable[str]) -> str:
    """A filter for terms of the ontology, which were looked up before."""
    kept = {"?relation": relations, "?status": (each.capitalize() for each in statuses)}
    listed = {
        name: ", ".join(f"aie:{each}" for each in sorted(terms)) for name, terms in kept.items()
    }
    return "".join(f" && {name} IN ({terms})" for name, terms in listed.items() if terms)


def _iri(id: str) -> str:
    return str(ox.NamedNode(names.entity_iri(id)))


def _shortest(graph: _Neighbours, start: str, end: str, max_hops: int, limit: int) -> list[Way]:
    """Read from both ends in turn, one step at a time, until there are enough ways.

    A way of n steps lies wholly among the links of what is less than n/2 steps
    away from one end or the other, so that is all that is read.
    """
    found: list[Way] = []
    rims, seen = [{start}, {end}], [{start}, {end}]
    for hops in range(1, max_hops + 1):
        side = (hops - 1) % 2
        around = graph.read(rims[side])
        rims[side] = around - seen[side]
        seen[side] |= around
        ways = list(itertools.islice(_of_length(graph, start, end, hops), _CANDIDATES))
        degrees = graph.degrees(id for way in ways for id in way[1:-1])
        found += sorted(ways, key=lambda way: _rank(graph, degrees, way))
        if len(found) >= limit:
            break
    return found[:limit]


def _rank(graph: _Neighbours, degrees: Mapping[str, int], way: Way) -> tuple[int, int, Way]:
    planned = sum(graph.planned(*pair) for pair in itertools.pairwise(way))
    return planned, max((degrees.get(id, 0) for id in way[1:-1]), default=0), way


def _of_length(graph: _Neighbours, start: str, end: str, hops: int) -> Iterator[Way]:
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
    return sorted(
        id
        for id in graph.linked(way[-1])
        if id not in way and left.get(id, hops) <= remaining and (left[id] > 0 or remaining == 0)
    )


def _distances(graph: _Neighbours, end: str, hops: int) -> dict[str, int]:
    """How many steps each entity is from the end, among the links read."""
    found, rim = {end: 0}, {end}
    for distance in range(1, hops):
        rim = {far for id in rim for far in graph.linked(id)} - found.keys()
        found |= dict.fromkeys(rim, distance)
    return found

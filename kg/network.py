"""The graph as nodes and edges: the one place where RDF becomes a property graph.

A node is an entity.  An edge is a *claim* that links two entities, so two claims
about the same pair are two parallel edges, each with its own status, dates and
evidence.  Claims whose object is a literal are facts of their subject's node.

Nothing is held but ids: records are read from the store in batches, sorted by
id, so a graph of any size streams and comes in the same order every time.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from kg import names, rdf, vocabulary
from kg.model import (
    Claim,
    Corpus,
    Entity,
    Evidence,
    Literal,
    Rank,
    Ref,
    Source,
    Status,
    Text,
    Value,
)
from kg.store import Store, solutions

if TYPE_CHECKING:
    import networkx as nx

__all__ = [
    "OF_CLAIMS",
    "Edge",
    "Fact",
    "Network",
    "Node",
    "batches",
    "label",
    "plain",
    "predicate_of",
    "project",
]

_BATCH = 200
"""Things asked for at once.  On 20,000 claims anything from 20 to 2,000 takes about as long;
this keeps a query below 50 kB, which any server takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Claimed:
    """What a fact and an edge share: the claim behind it."""

    id: str
    """IRI of the claim."""
    status: Status
    rank: Rank
    qualifiers: Mapping[str, Value]
    """By local name; entities as :class:`~kg.model.Ref`, dates with their precision."""
    gloss: Mapping[str, str]
    notes: Mapping[str, str]
    evidence: tuple[Evidence, ...]
    premises: tuple[str, ...]
    """IRIs of the claims that an inferred one rests on."""
    rule: str
    flat: bool
    """Whether the plain triple is asserted too (not so if planned or deprecated)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact(_Claimed):
    """A claim about one entity: its attribute has this value."""

    predicate: str
    """Local name, such as ``foundedOn``."""
    value: Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge(_Claimed):
    """A claim that links two entities."""

    source: str
    """Id of the entity that it is about."""
    target: str
    relation: str
    """Local name, such as ``partOf``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """An entity with its names and facts."""

    id: str
    iri: str
    cls: str
    """Local name of its class, such as ``ResearchInstitute``."""
    types: tuple[str, ...]
    """The class and those above it, the narrowest first."""
    labels: Mapping[str, str]
    """By language."""
    aliases: Mapping[str, tuple[str, ...]]
    misspellings: Mapping[str, tuple[str, ...]]
    notes: Mapping[str, str]
    facts: tuple[Fact, ...]
    """Sorted by predicate, then by claim."""


def predicate_of(claim: Edge | Fact) -> str:
    """Return the local name of a claim's relation or attribute."""
    return claim.relation if isinstance(claim, Edge) else claim.predicate


def label(node: Node, langs: Sequence[str] = ("ko", "en")) -> str:
    """Return the node's label in the first of `langs` that has one, else in any, else its id."""
    known = (node.labels[lang] for lang in (*langs, *sorted(node.labels)) if lang in node.labels)
    return next(known, node.id)


def plain(value: object) -> Any:
    """Return a record, or a value in one, as dicts, lists, strings, numbers and booleans.

    An entity becomes its id; whole and decimal numbers become ``int`` and
    ``float``, but stay text where a double would not hold them exactly; every
    other literal (dates with their precision) becomes its lexical form.

    >>> plain({"role": Ref("head"), "start": Literal("2020-12", "xsd:gYearMonth")})
    {'role': 'head', 'start': '2020-12'}
    >>> plain([Literal("2.5", "xsd:decimal"), Literal("0.12345678901234567", "xsd:decimal")])
    [2.5, '0.12345678901234567']
    """
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    if kind in _PLAIN:
        return _PLAIN[kind](value)
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, tuple):  # a named one
        return [plain(each) for each in value]
    if is_dataclass(value):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


_AS_THEY_ARE = frozenset({str, int, float, bool, type(None)})
_EXACT = 2**53
"""Up to here a double, which is all the numbers that many readers have, tells integers apart."""
_DIGITS = 15
"""So many decimal digits every double gives back."""


def _literal(literal: Literal) -> str | int | float:
    text = literal.value
    if literal.datatype == "xsd:integer":
        whole = int(text)
        return whole if abs(whole) <= _EXACT else text
    if literal.datatype == "xsd:decimal":
        number = float(text)
        if len(text) <= _DIGITS:
            return number
        return number if math.isfinite(number) and Decimal(repr(number)) == Decimal(text) else text
    return text


def _evidence(evidence: Evidence) -> dict[str, str | int]:
    one, other = evidence.locator._fields
    first, second = evidence.locator
    return {"source": evidence.source, one: first, other: second, "sha256": evidence.sha256}


_PLAIN: Mapping[type, Callable[[Any], Any]] = {
    tuple: lambda values: [plain(each) for each in values],
    list: lambda values: [plain(each) for each in values],
    dict: lambda values: {key: plain(each) for key, each in values.items()},
    Ref: lambda ref: ref.id,
    Literal: _literal,
    Evidence: _evidence,
    Status: str,
    Rank: str,
}
"""By type, not by a match over them: this is asked some thirty times for every edge."""


def project(store: Store) -> Network:
    """Return the property graph of what `store` holds; nothing is read before it is asked for.

    >>> from kg import store
    >>> with store.open() as empty:
    ...     list(project(empty).nodes())
    []
    """
    return Network(store)


class Network:
    """Nodes, edges and sources of a store, each an iterator that can be asked for again."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def ids(self) -> list[str]:
        """Return the id of every entity, sorted: it has a class, or a claim is about it."""
        return [iri.removeprefix(names.PREFIXES["id"]) for iri in self._keys(_ENTITIES)]

    def nodes(self, ids: Iterable[str] | None = None) -> Iterator[Node]:
        """Yield every entity, or those with these ids of the graph, sorted by id."""
        yield from self._nodes(_OF_ENTITIES, self.ids() if ids is None else ids)

    def named(self, ids: Iterable[str]) -> Iterator[Node]:
        """Yield these entities without their facts, which takes a quarter of the time."""
        yield from self._nodes(f"SELECT ?s ?p ?o {{ {_NAMES} }}", ids)

    def _nodes(self, query: str, ids: Iterable[str]) -> Iterator[Node]:
        for iris in batches(map(names.entity_iri, sorted(set(ids)))):
            corpus = self._read(query, iris)
            facts: dict[str, list[Fact]] = {}
            for claim in corpus.claims:
                facts.setdefault(claim.subject, []).append(_fact(claim))
            for iri in iris:
                id = iri.removeprefix(names.PREFIXES["id"])
                yield _node(corpus, id, facts.get(id, ()))

    def edges(self, claims: Iterable[str] | None = None) -> Iterator[Edge]:
        """Yield every claim that links two entities, or those with these IRIs, sorted by IRI."""
        wanted = self._keys(_LINKS.replace("ENDS", "")) if claims is None else sorted(set(claims))
        yield from self._edges(wanted)

    def edges_of(self, id: str) -> Iterator[Edge]:
        """Yield every claim that links the entity with this id to another, sorted by claim IRI."""
        ends = _ENDS.replace("KEYS", _iri(names.entity_iri(id)))
        yield from self._edges(self._keys(_LINKS.replace("ENDS", ends)))

    def sources(self) -> Iterator[Source]:
        """Yield every source sorted by id."""
        for iris in batches(self._keys(_SOURCES)):
            yield from self._read(_OF_SOURCES, iris).sources.values()

    def to_networkx(self) -> nx.MultiDiGraph[str]:
        """Return a graph in memory: :func:`plain` attributes, edges keyed by their claims' IRIs."""
        import networkx as nx  # not at the top: it takes as long to load as all of kg

        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        for node in self.nodes():
            attributes = plain(node)
            graph.add_node(attributes.pop("id"), **attributes)
        for edge in self.edges():
            attributes = plain(edge)
            ends = attributes.pop("source"), attributes.pop("target")
            graph.add_edge(*ends, key=attributes.pop("id"), **attributes)
        return graph

    def _edges(self, claims: Iterable[str]) -> Iterator[Edge]:
        for iris in batches(claims):
            yield from map(_edge, self._read(_OF_CLAIMS, iris).claims)

    def _keys(self, query: str) -> list[str]:
        """IRIs sorted here, not by ``ORDER BY``: endpoints do not agree on an order."""
        return sorted(row[0].value for row in self._rows(query))

    def _read(self, query: str, iris: Iterable[str]) -> Corpus:
        """Read what the query finds for these things."""
        rows = self._rows(query.replace("KEYS", " ".join(map(_iri, iris))))
        return rdf.assembled(rows)

    def _rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Rows of a SELECT in which every variable is bound."""
        return solutions(self.store.query(query, place="network"))


_ENTITIES = """
SELECT DISTINCT ?key {
  { ?key a ?class FILTER STRSTARTS(STR(?key), STR(id:)) }
  UNION { ?claim rdf:subject ?key }
  UNION { ?claim rdf:object ?key FILTER isIRI(?key) }
}"""
_LINKS = """
SELECT DISTINCT ?key { ?key a aie:Claim ; rdf:object ?object FILTER isIRI(?object) ENDS }"""
_ENDS = "VALUES ?end { KEYS } { ?key rdf:subject ?end } UNION { ?key rdf:object ?end }"
_SOURCES = "SELECT DISTINCT ?key { VALUES ?kind { aie:Article aie:Dataset } ?key a ?kind }"

# What is known of each ?key.  A claim comes with its evidences and their selectors.  An
# optional step in a path would say it in one line, but Virtuoso answers that with far too much.
OF_CLAIMS = """
SELECT ?s ?p ?o {
  { VALUES ?s { KEYS } ?s ?p ?o }
  UNION { VALUES ?key { KEYS } ?key (aie:evidence|(aie:evidence/oa:hasSelector)) ?s . ?s ?p ?o }
}"""
"""All triples of the claims ``KEYS``, their evidences and the selectors of these."""

# Here without their types, which follow from their places: every row costs, and half of an
# export's time is the engine's.
_OF_CLAIMS = OF_CLAIMS.replace("?s ?p ?o }", "?s ?p ?o FILTER (?p != rdf:type) }")
_NAMES = """
    VALUES ?s { KEYS } ?s ?p ?o
    FILTER (?p IN (rdf:type, rdfs:label, skos:altLabel, skos:hiddenLabel, skos:scopeNote))"""
_OF_ENTITIES = f"""
SELECT ?s ?p ?o {{
  {{ {_NAMES}
  }} UNION {{
    VALUES ?key {{ KEYS }} ?s rdf:subject ?key ; rdf:object ?value FILTER isLiteral(?value)
    ?s ?p ?o FILTER (?p != rdf:type)
  }} UNION {{
    VALUES ?key {{ KEYS }} ?claim rdf:subject ?key ; rdf:object ?value FILTER isLiteral(?value)
    ?claim (aie:evidence|(aie:evidence/oa:hasSelector)) ?s . ?s ?p ?o FILTER (?p != rdf:type)
  }}
}}"""
_OF_SOURCES = "SELECT ?s ?p ?o { VALUES ?s { KEYS } ?s ?p ?o }"


def _iri(iri: str) -> str:
    """An IRI as SPARQL writes it; :class:`ValueError` for text that would be something else."""
    return str(ox.NamedNode(iri))


def batches(iris: Iterable[str]) -> Iterator[list[str]]:
    """Yield the IRIs some at a time, as many as one query may ask for."""
    remaining = iter(iris)
    while batch := list(itertools.islice(remaining, _BATCH)):
        yield batch


def _node(corpus: Corpus, id: str, facts: Sequence[Fact]) -> Node:
    entity = corpus.entities.get(id) or Entity(id, "", ())  # named by a claim, described nowhere
    return Node(
        id=id,
        iri=names.entity_iri(id),
        cls=entity.cls,
        types=_types(entity.cls),
        labels=dict(entity.labels),
        aliases=_by_language(entity.aliases),
        misspellings=_by_language(entity.misspellings),
        notes=dict(entity.notes),
        facts=tuple(sorted(facts, key=lambda fact: (fact.predicate, fact.id))),
    )


def _types(cls: str) -> tuple[str, ...]:
    classes = vocabulary.load().classes
    if cls not in classes:
        return (cls,) if cls else ()
    above = classes[cls].ancestors
    return tuple(sorted(above, key=lambda name: (-len(classes[name].ancestors), name)))


def _by_language(texts: Iterable[Text]) -> dict[str, tuple[str, ...]]:
    grouped = itertools.groupby(sorted(texts), key=lambda text: text.lang)
    return {lang: tuple(text.value for text in each) for lang, each in grouped}


def _claimed(claim: Claim) -> dict[str, Any]:
    return {
        "id": names.claim_iri(claim),
        "status": claim.status,
        "rank": claim.rank,
        "qualifiers": dict(claim.qualifiers),
        "gloss": dict(claim.gloss),
        "notes": dict(claim.notes),
        "evidence": claim.evidence,
        "premises": claim.premises,
        "rule": claim.rule,
        "flat": rdf.is_flat(claim),
    }


def _fact(claim: Claim) -> Fact:
    if not isinstance(claim.object, Literal):
        raise TypeError(f"{claim.object} is an entity, the query asked for literals")
    return Fact(predicate=claim.predicate, value=claim.object, **_claimed(claim))


def _edge(claim: Claim) -> Edge:
    if not isinstance(claim.object, Ref):
        raise TypeError(f"{claim.object} is a literal, the query asked for entities")
    return Edge(
        source=claim.subject,
        target=claim.object.id,
        relation=claim.predicate,
        **_claimed(claim),
    )

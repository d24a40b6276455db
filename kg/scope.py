"""The part of a graph that a user wants to see or take elsewhere, as a graph of its own.

What is chosen is copied into a store in memory, with all that it takes to understand
it: the entities that its claims mention, evidence, sources, and the ontology.  So
whoever shows or exports a graph shows or exports a part of it.

- A *relation* links two entities; it is chosen if it fits relation, status, source and
  query, and both its ends fit type and query.
- ``focus`` keeps what is at most ``hops`` such relations away from an entity.
- Of a chosen entity all plain facts are kept that fit status and source.
- An inferred claim is from a source if all that it rests on is; of several sources, if
  all that it rests on is from one or another.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, fields
from typing import Any

import pyoxigraph as ox

from kg import names, network, queries, rdf, vocabulary
from kg import store as stores
from kg.errors import KGError
from kg.model import Article, Claim, Ref
from kg.queries.parameters import KINDS
from kg.store import Solutions, Store, Triples, solutions

__all__ = ["Scope", "narrowed"]


@dataclass(frozen=True, slots=True)
class Scope:
    """What to keep, in a user's words; an empty one keeps everything."""

    focus: tuple[str, ...] = ()
    """Entities by id, IRI, name or alias."""
    hops: int = 1
    types: tuple[str, ...] = ()
    """Classes by name or label; narrower ones are meant, too."""
    relations: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """By id, IRI or title."""
    query: str = ""
    """A named question, a file or SPARQL: the entities and claims in its rows, or the claims
    that stand for the triples it constructs."""
    parameters: tuple[str, ...] = ()
    """Of the question, as ``name=value``."""
    evidence: bool = True
    """Whether evidence and sources are kept."""

    @property
    def everything(self) -> bool:
        """Whether nothing is asked for."""
        return all(getattr(self, each.name) == each.default for each in fields(self))

    def __str__(self) -> str:
        """The options that ask for it."""
        hops = (str(self.hops),) if self.hops != 1 else ()
        many = {"focus": self.focus, "hops": hops, "type": self.types, "relation": self.relations}
        many |= {"status": self.statuses, "source": self.sources, "param": self.parameters}
        said = [f"--{name} {value!r}" for name, values in many.items() for value in values]
        return " ".join([*said, *([f"--query {self.query!r}"] if self.query else [])])


@dataclass(slots=True)
class _Claim:
    subject: str
    predicate: str
    object: str
    is_link: bool
    status: str
    sources: set[str] = field(default_factory=set)
    premises: set[str] = field(default_factory=set)


def narrowed(store: Store, scope: Scope) -> Store:
    """Return a copy in memory of the part of `store` that is meant; close both.

    Raises :class:`~kg.errors.KGError` for a name that is not known, and if nothing is
    chosen: an empty graph is hardly what was meant.

    >>> from kg import corpus, opening
    >>> with opening.graph(corpus.load("tests/toy/data")) as graph:
    ...     with narrowed(graph, Scope(relations=("holdsPost",))) as part:
    ...         part.query("ASK { ?x aie:partOf ?y }")
    False
    """
    for option, given, needs in (
        ("--hops", scope.hops != 1 and not scope.focus, "--focus"),
        ("--param", scope.parameters and not scope.query, "--query"),
    ):
        if given:
            raise KGError(option, f"is of use only with {needs}", f"say {needs}, too")
    found = _Choice(store, scope, _claims(store))
    if not found.entities:
        remedy = "ask for less, or see kg terms and kg search for what there is"
        raise KGError("the selection", f"nothing fits {scope}", remedy)
    copy = stores.open(inferred=getattr(store, "inferred", False))
    try:
        copy.load(_quads(store, found, scope.evidence))
    except BaseException:
        copy.close()
        raise
    return copy


# -- choosing ----------------------------------------------------------------


class _Choice:
    """IRIs of the entities and of the claims that are chosen."""

    def __init__(self, store: Store, scope: Scope, claims: dict[str, _Claim]) -> None:
        def meant(kind: str, option: str, wanted: Iterable[str]) -> set[str]:
            terms = (KINDS[kind](store, option, each) for each in wanted)
            return {term.value for term in terms if isinstance(term, ox.NamedNode)}

        relations = meant("relation", "--relation", scope.relations)
        for relation in relations:
            name = relation.removeprefix(names.PREFIXES["aie"])
            if vocabulary.load().predicates[name].form != "entity":
                what = "is an attribute, and --relation chooses what links entities"
                raise KGError(f"--relation {name}", what, "see kg terms for the relations")
        statuses = meant("status", "--status", scope.statuses)
        sources = meant("source", "--source", scope.sources)
        focus = meant("entity", "--focus", scope.focus)
        types = meant("class", "--type", scope.types)
        resting = _resting(claims, sources) if sources else claims.keys()
        told = {
            iri: claim
            for iri, claim in claims.items()
            if iri in resting and (not statuses or claim.status in statuses)
        }
        facts = {iri: claim for iri, claim in told.items() if not claim.is_link}
        links = {
            iri: claim
            for iri, claim in told.items()
            if claim.is_link and (not relations or claim.predicate in relations)
        }
        possible = _entities(store, types)
        if scope.query:
            named, asked = _asked(store, scope, claims)
            possible &= named
            links = {iri: claim for iri, claim in links.items() if asked is None or iri in asked}
        if focus:
            entities = _reached(focus, scope.hops, _among(links, possible | focus))
        elif relations:
            entities = _ends(_among(links, possible))
        elif statuses or sources:
            subjects = {claim.subject for claim in facts.values()}
            entities = _ends(_among(links, possible)) | (subjects & possible)
        else:
            entities = possible
        self.entities = frozenset(entities)
        chosen = {iri for iri, claim in facts.items() if claim.subject in entities}
        self.claims = frozenset(chosen | _among(links, entities).keys())


def _resting(claims: Mapping[str, _Claim], sources: Set[str]) -> set[str]:
    """The claims that one of these sources says, or that rest on such claims alone."""
    told = {iri for iri, claim in claims.items() if claim.sources & sources}
    derived = {iri: each for iri, each in claims.items() if each.premises and not each.sources}
    while ready := {iri for iri, each in derived.items() if each.premises <= told} - told:
        told |= ready
    return told


def _among(links: Mapping[str, _Claim], entities: Set[str]) -> dict[str, _Claim]:
    """The links both of whose ends are among these entities."""
    return {iri: each for iri, each in links.items() if {each.subject, each.object} <= entities}


def _ends(links: Mapping[str, _Claim]) -> set[str]:
    return {end for each in links.values() for end in (each.subject, each.object)}


def _reached(focus: Collection[str], hops: int, links: Mapping[str, _Claim]) -> set[str]:
    """The entities that are at most `hops` links away, whichever way these point."""
    beside: dict[str, set[str]] = {}
    for each in links.values():
        beside.setdefault(each.subject, set()).add(each.object)
        beside.setdefault(each.object, set()).add(each.subject)
    reached, rim = set(focus), set(focus)
    for _ in range(hops):
        rim = {end for each in rim for end in beside.get(each, ())} - reached
        reached |= rim
    return reached


def _asked(
    store: Store, scope: Scope, claims: dict[str, _Claim]
) -> tuple[set[str], set[str] | None]:
    """Entities that the question answers with, and claims if it tells of any."""
    question = queries.find(scope.query)
    bindings = queries.bind(store, question.name, question.parameters, scope.parameters)
    answer = store.query(question.text, bindings=bindings, place=question.name)
    terms: set[str] = set()
    triples: set[tuple[str, str, str]] = set()
    if isinstance(answer, Triples):
        for triple in answer:
            triples.add((_plain(triple.subject), triple.predicate.value, _plain(triple.object)))
            terms |= {_plain(triple.subject), _plain(triple.object)}
    elif isinstance(answer, Solutions):
        terms = {_plain(term) for row in answer for term in row if term is not None}
    else:
        raise KGError(question.name, "is an ASK, which names nothing", "ask a SELECT or CONSTRUCT")
    chosen = terms & claims.keys()
    standing = {
        iri
        for iri, each in claims.items()
        if (each.subject, each.predicate, each.object) in triples
    }
    told = chosen | standing
    ends = {end for iri in told for end in (claims[iri].subject, claims[iri].object)}
    entities = {each for each in terms | ends if each.startswith(names.PREFIXES["id"])}
    return entities, told if triples or chosen else None


def _plain(term: Any) -> str:
    return term.value if isinstance(term, ox.NamedNode) else str(term)


# -- reading -----------------------------------------------------------------

_CLAIMS = """
SELECT ?claim ?s ?p ?o ?status {
  ?claim a aie:Claim ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o ; aie:status ?status }"""
_SOURCES = "SELECT DISTINCT ?claim ?source { ?claim aie:evidence/oa:hasSource ?source }"
_PREMISES = "SELECT ?claim ?premise { ?claim a aie:Claim ; prov:wasDerivedFrom ?premise }"
_ENTITIES = "SELECT DISTINCT ?x ?class { ?x a ?class FILTER STRSTARTS(STR(?x), STR(id:)) }"


def _rows(store: Store, query: str) -> Iterator[tuple[Any, ...]]:
    return solutions(store.query(query, place="selection"))


def _claims(store: Store) -> dict[str, _Claim]:
    found = {
        claim.value: _Claim(
            s.value, p.value, _plain(o), isinstance(o, ox.NamedNode) and _is_entity(o), status.value
        )
        for claim, s, p, o, status in _rows(store, _CLAIMS)
    }
    for claim, source in _rows(store, _SOURCES):
        if claim.value in found:
            found[claim.value].sources.add(source.value)
    for claim, premise in _rows(store, _PREMISES):
        if claim.value in found:
            found[claim.value].premises.add(premise.value)
    return found


def _is_entity(term: ox.NamedNode) -> bool:
    return term.value.startswith(names.PREFIXES["id"])


def _entities(store: Store, classes: Collection[str] = ()) -> set[str]:
    """Return the IRI of every entity, or of those of these classes and the ones below."""
    known = vocabulary.load().classes
    held: dict[str, set[str]] = {}
    for entity, cls in _rows(store, _ENTITIES):
        name = cls.value.removeprefix(names.PREFIXES["aie"])
        above = known[name].ancestors if name in known else {name}
        held.setdefault(entity.value, set()).update(names.PREFIXES["aie"] + each for each in above)
    return {entity for entity, types in held.items() if not classes or types & set(classes)}


# -- copying -----------------------------------------------------------------

_THINGS = "SELECT ?s ?p ?o { VALUES ?s { KEYS } ?s ?p ?o }"
_EVIDENCE = ox.NamedNode(names.expand("aie:evidence"))
_INFERRED = f"SELECT ?claim {{ GRAPH <{names.INFERRED}> {{ ?claim a aie:Claim }} }}"


def _quads(store: Store, found: _Choice, evidence: bool) -> Iterator[ox.Quad]:
    """Yield the chosen claims with what they mention, each in the graph that it is in."""
    inferred = {row[0].value for row in _rows(store, _INFERRED)}
    mentioned = set(found.entities)
    sources: set[str] = set()
    for graph, claims in (
        (ox.DefaultGraph(), found.claims - inferred),
        (ox.NamedNode(names.INFERRED), found.claims & inferred),
    ):
        for batch in network.batches(sorted(claims)):
            triples = _read(store, network.OF_CLAIMS if evidence else _THINGS, batch)
            if not evidence:
                triples = [quad for quad in triples if quad.predicate != _EVIDENCE]
            read = rdf.read(triples)
            for quad in itertools.chain(triples, _flat(triples, read.claims)):
                yield ox.Quad(quad.subject, quad.predicate, quad.object, graph)
            for claim in read.claims:
                values = (claim.object, *(value for _, value in claim.qualifiers))
                ids = (claim.subject, *(value.id for value in values if isinstance(value, Ref)))
                mentioned.update(map(names.entity_iri, ids))
                sources |= {names.source_iri(each.source) for each in claim.evidence}
    for batch in network.batches(sorted(sources)):
        triples = _read(store, _THINGS, batch)
        yield from triples
        for source in rdf.read(triples).sources.values():
            if isinstance(source, Article):
                credited = filter(None, (source.publisher, *source.authors))
                mentioned.update(map(names.entity_iri, credited))
    claimed = {names.expand(f"aie:{name}") for name in vocabulary.load().predicates}
    for batch in network.batches(sorted(mentioned)):
        described = _read(store, _THINGS, batch)
        # What is claimed of it has come with its claim, or is not chosen.
        yield from (quad for quad in described if quad.predicate.value not in claimed)
    yield from rdf.ontology()


def _flat(triples: Iterable[ox.Quad], claims: Iterable[Claim]) -> Iterator[ox.Quad]:
    """Yield the flat triples that these claims stand for."""
    flat = {names.claim_iri(claim) for claim in claims if rdf.is_flat(claim)}
    said: dict[str, dict[str, Any]] = {}
    for subject, predicate, value, _ in triples:
        if isinstance(subject, ox.NamedNode) and subject.value in flat:
            said.setdefault(subject.value, {})[names.compact(predicate.value)] = value
    for each in said.values():
        yield ox.Quad(each["rdf:subject"], each["rdf:predicate"], each["rdf:object"])


def _read(store: Store, query: str, keys: Iterable[str]) -> list[ox.Quad]:
    """What the query finds for these things, as triples, sorted."""
    iris = " ".join(str(ox.NamedNode(key)) for key in keys)
    rows = _rows(store, query.replace("KEYS", iris))
    return sorted({ox.Quad(*row) for row in rows}, key=str)

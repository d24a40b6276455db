"""The corpus as RDF 1.1, and back.

Claims follow the model in the design: ``rdf:subject``, ``rdf:predicate`` and
``rdf:object`` on every claim, qualifiers beside them, evidence as W3C Web
Annotation selectors, and the *flat triple* (subject, predicate, object) asserted
too unless the claim is planned or deprecated.  No blank nodes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import pyoxigraph as ox

from kg import names, paths, vocabulary
from kg.model import (
    Article,
    Claim,
    Corpus,
    Dataset,
    Entity,
    Evidence,
    Literal,
    Rank,
    Record,
    Ref,
    Source,
    Span,
    Status,
    Text,
    Value,
)

__all__ = ["assembled", "is_flat", "ontology", "quads", "read"]

Node = ox.NamedNode | ox.Literal


def is_flat(claim: Claim) -> bool:
    """Say whether the claim's flat triple is asserted: not if planned or deprecated."""
    return claim.status is not Status.PLANNED and claim.rank is not Rank.DEPRECATED


def quads(corpus: Corpus, graph: ox.NamedNode | None = None) -> Iterator[ox.Quad]:
    """Yield the corpus as quads of the default graph, or of `graph`, always in the same order.

    An evidence that several claims share is yielded with each.
    """
    things = chain(
        map(_entity, corpus.entities.values()),
        map(_source, corpus.sources.values()),
        map(_claim, corpus.claims),
    )
    into = graph or ox.DefaultGraph()
    for subject, predicate, value in chain.from_iterable(things):
        yield ox.Quad(ox.NamedNode(subject), _term(predicate), value, into)


def ontology() -> Iterator[ox.Quad]:
    """Yield the ontology as quads of its own named graph."""
    graph = ox.NamedNode(names.ONTOLOGY)
    with (paths.shipped("ontology") / "aieco.ttl").open("rb") as turtle:
        for subject, predicate, value, _ in ox.parse(turtle, format=ox.RdfFormat.TURTLE):
            yield ox.Quad(subject, predicate, value, graph)


# -- writing -----------------------------------------------------------------

Triple = tuple[str, str, Node]
_terms: dict[str, ox.NamedNode] = {}


def _term(name: str) -> ox.NamedNode:
    """Return the node of a prefixed name; these few are asked for millions of times."""
    if name not in _terms:
        _terms[name] = ox.NamedNode(names.expand(name))
    return _terms[name]


def _node(value: Value) -> Node:
    if isinstance(value, Ref):
        return ox.NamedNode(names.entity_iri(value.id))
    if value.lang:
        return ox.Literal(value.value, language=value.lang)
    if value.datatype.startswith("aie:"):
        return _individual(value.value)
    return ox.Literal(value.value, datatype=_term(value.datatype))


def _texts(subject: str, predicate: str, texts: Iterable[Text]) -> Iterator[Triple]:
    return ((subject, predicate, ox.Literal(text, language=lang)) for lang, text in texts)


def _strings(subject: str, values: Mapping[str, str]) -> Iterator[Triple]:
    return ((subject, name, ox.Literal(value)) for name, value in values.items() if value)


def _individual(word: str) -> ox.NamedNode:
    return _term(f"aie:{word.capitalize()}")


def _entity(entity: Entity) -> Iterator[Triple]:
    iri = names.entity_iri(entity.id)
    yield iri, "rdf:type", _term(f"aie:{entity.cls}")
    yield from _texts(iri, "rdfs:label", entity.labels)
    yield from _texts(iri, "skos:altLabel", entity.aliases)
    yield from _texts(iri, "skos:hiddenLabel", entity.misspellings)
    yield from _texts(iri, "skos:scopeNote", entity.notes)


def _source(source: Source) -> Iterator[Triple]:
    iri = names.source_iri(source.id)
    yield iri, "rdf:type", _term(f"aie:{type(source).__name__}")
    yield from _texts(iri, "dcterms:title", source.titles)
    yield from _strings(iri, {"aie:sha256": source.sha256, "dcterms:license": source.licence})
    if source.published:
        yield iri, "dcterms:issued", _date(source.published)
    if source.url:
        yield iri, "schema:url", ox.Literal(source.url, datatype=_term("xsd:anyURI"))
    if isinstance(source, Article):
        yield from _strings(iri, {"dcterms:language": source.language})
        if source.publisher:
            yield iri, "dcterms:publisher", _node(Ref(source.publisher))
        for author in source.authors:
            yield iri, "dcterms:creator", _node(Ref(author))
        if source.accessed:
            yield iri, "aie:accessed", _date(source.accessed)
    if isinstance(source, Dataset):
        yield from _strings(iri, {"aie:version": source.version, "aie:creditTo": source.creator})


def _date(value: str) -> ox.Literal:
    """A date that was read by :mod:`kg.literals`: its length tells its precision."""
    datatype = {4: "gYear", 7: "gYearMonth", 10: "date"}.get(len(value), "dateTime")
    return ox.Literal(value, datatype=_term(f"xsd:{datatype}"))


def _claim(claim: Claim) -> Iterator[Triple]:
    iri = names.claim_iri(claim)
    subject, value = names.entity_iri(claim.subject), _node(claim.object)
    yield iri, "rdf:type", _term("aie:Claim")
    yield iri, "rdf:subject", ox.NamedNode(subject)
    yield iri, "rdf:predicate", _term(f"aie:{claim.predicate}")
    yield iri, "rdf:object", value
    for name, qualifier in claim.qualifiers:
        yield iri, f"aie:{name}", _node(qualifier)
    yield iri, "aie:status", _individual(claim.status)
    yield iri, "aie:rank", _individual(claim.rank)
    yield from _texts(iri, "aie:gloss", claim.gloss)
    yield from _texts(iri, "skos:note", claim.notes)
    yield from _strings(iri, {"aie:rule": claim.rule})
    for premise in claim.premises:
        yield iri, "prov:wasDerivedFrom", ox.NamedNode(premise)
    for evidence in claim.evidence:
        yield iri, "aie:evidence", ox.NamedNode(names.evidence_iri(evidence))
        yield from _evidence(evidence)
    if is_flat(claim):
        yield subject, f"aie:{claim.predicate}", value


def _evidence(evidence: Evidence) -> Iterator[Triple]:
    iri = names.evidence_iri(evidence)
    selector = f"{iri}#selector"
    yield iri, "rdf:type", _term("aie:Evidence")
    yield iri, "rdf:type", _term("oa:SpecificResource")
    yield iri, "oa:hasSource", ox.NamedNode(names.source_iri(evidence.source))
    yield iri, "aie:sha256", ox.Literal(evidence.sha256)
    yield iri, "oa:hasSelector", ox.NamedNode(selector)
    if isinstance(evidence.locator, Span):
        yield selector, "rdf:type", _term("oa:TextPositionSelector")
        for name, offset in zip(("start", "end"), evidence.locator, strict=True):
            # The standard's xsd:nonNegativeInteger would come back from Oxigraph as this.
            yield selector, f"oa:{name}", ox.Literal(str(offset), datatype=_term("xsd:integer"))
    else:
        yield selector, "rdf:type", _term("aie:RecordSelector")
        yield selector, "aie:record", ox.Literal(evidence.locator.record)
        yield selector, "aie:pointer", ox.Literal(evidence.locator.pointer)


# -- reading -----------------------------------------------------------------

Facts = Mapping[str, tuple[Node, ...]]
"""What is said of one subject: prefixed predicate to values."""


def read(quads: Iterable[ox.Quad]) -> Corpus:
    """Return the corpus that :func:`quads` wrote: the way back, for checks and other tools.

    Flat triples are not read, since every one follows from a claim, nor is an entity
    that is not described.  Quads of several graphs are read as one.
    """
    return assembled((quad.subject, quad.predicate, quad.object) for quad in quads)


def assembled(triples: Iterable[tuple[Any, Any, Any]]) -> Corpus:
    """Return the corpus of triples in any order, as :func:`read` does of quads."""
    said: dict[str, dict[str, set[Node]]] = {}
    for subject, predicate, value in triples:
        said.setdefault(subject.value, {}).setdefault(predicate.value, set()).add(value)
    things = {
        iri: {
            names.compact(name): tuple(sorted(values, key=str) if len(values) > 1 else values)
            for name, values in facts.items()
        }
        for iri, facts in said.items()
    }
    entities, sources, claims = {}, {}, {}
    for iri, facts in sorted(things.items()):
        kind, _, id = names.compact(iri).partition(":")
        if kind == "id" and "rdf:type" in facts:
            entities[id] = _read_entity(id, facts)
        elif kind == "source":
            sources[id] = _read_source(id, facts)
        elif kind == "claim":
            claims[iri] = _read_claim(facts, things)
    return Corpus(entities, sources, tuple(claims.values()))


def _one(facts: Facts, name: str) -> str:
    return facts[name][0].value if name in facts else ""


def _local(node: Node) -> str:
    """``partOf`` of ``aie:partOf``, ``lg`` of ``id:lg``."""
    return names.compact(node.value).partition(":")[2]


def _locals(facts: Facts, name: str) -> tuple[str, ...]:
    return tuple(_local(node) for node in facts.get(name, ()))


def _read_texts(facts: Facts, name: str) -> tuple[Text, ...]:
    literals = (node for node in facts.get(name, ()) if isinstance(node, ox.Literal))
    return tuple(sorted(Text(node.language or "", node.value) for node in literals))


def _read_value(node: Node, range: str = "") -> Value:
    if isinstance(node, ox.NamedNode):
        kind, _, local = names.compact(node.value).partition(":")
        return Literal(local.lower(), f"aie:{range}") if kind == "aie" else Ref(local)
    if node.language:
        return Literal(node.value, "rdf:langString", node.language)
    return Literal(node.value, names.compact(node.datatype.value))


def _read_entity(id: str, facts: Facts) -> Entity:
    return Entity(
        id,
        _local(facts["rdf:type"][0]),
        _read_texts(facts, "rdfs:label"),
        _read_texts(facts, "skos:altLabel"),
        _read_texts(facts, "skos:hiddenLabel"),
        _read_texts(facts, "skos:scopeNote"),
    )


def _read_source(id: str, facts: Facts) -> Source:
    common = (
        id,
        _read_texts(facts, "dcterms:title"),
        _one(facts, "aie:sha256"),
        _one(facts, "dcterms:issued"),
        _one(facts, "schema:url"),
        _one(facts, "dcterms:license"),
    )
    if _local(facts["rdf:type"][0]) == "Dataset":
        return Dataset(*common, _one(facts, "aie:version"), _one(facts, "aie:creditTo"))
    return Article(
        *common,
        _one(facts, "dcterms:language"),
        "".join(_locals(facts, "dcterms:publisher")),
        tuple(sorted(_locals(facts, "dcterms:creator"))),
        _one(facts, "aie:accessed"),
    )


def _read_claim(facts: Facts, things: Mapping[str, Facts]) -> Claim:
    known = vocabulary.load().qualifiers
    return Claim(
        _local(facts["rdf:subject"][0]),
        _local(facts["rdf:predicate"][0]),
        _read_value(facts["rdf:object"][0]),
        tuple(
            (name, _read_value(facts[f"aie:{name}"][0], known[name].range))
            for name in sorted(known)
            if f"aie:{name}" in facts
        ),
        Status(_local(facts["aie:status"][0]).lower()),
        Rank(_local(facts["aie:rank"][0]).lower()),
        _read_texts(facts, "aie:gloss"),
        _read_texts(facts, "skos:note"),
        tuple(sorted(_read_evidence(node.value, things) for node in facts.get("aie:evidence", ()))),
        tuple(sorted(node.value for node in facts.get("prov:wasDerivedFrom", ()))),
        _one(facts, "aie:rule"),
    )


def _read_evidence(iri: str, things: Mapping[str, Facts]) -> Evidence:
    facts = things[iri]
    selector = things[facts["oa:hasSelector"][0].value]
    locator: Span | Record
    if "oa:start" in selector:
        locator = Span(int(_one(selector, "oa:start")), int(_one(selector, "oa:end")))
    else:
        locator = Record(_one(selector, "aie:record"), _one(selector, "aie:pointer"))
    return Evidence(_local(facts["oa:hasSource"][0]), locator, _one(facts, "aie:sha256"))

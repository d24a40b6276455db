"""``kg explain``: a proof written out, for people, for programs, and as RDF."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import pyoxigraph as ox

from kg import evidence, lookup, names, network, proof, rdf, rules, vocabulary
from kg.errors import KGError, near
from kg.model import Claim, Corpus, Entity, Evidence, Ref, Source, Text
from kg.proof import Answer, Proof, Way
from kg.serialize import serialize
from kg.store import Store
from kg.wording import Wording

__all__ = ["FORMATS", "answer", "write"]


def answer(
    store: Store, subject: str, predicate: str, object: str, *, everything: bool = False
) -> Answer:
    """Return why something holds, in a user's words (see :func:`kg.proof.prove`).

    Entities go by any name that :func:`kg.lookup.find` knows, the relation by any
    that :func:`kg.proof.relation` knows; the object of an attribute is a value.
    """
    name = proof.relation(predicate)
    of_entity = vocabulary.load().predicates[name].form == "entity"
    value = lookup.find(store, object) if of_entity else object
    return proof.prove(store, lookup.find(store, subject), name, value, everything=everything)


def write(
    store: Store, found: Answer, form: str, lang: str = "en", texts: Mapping[str, str] | None = None
) -> str:
    """Return an answer as text in one of :data:`FORMATS`.

    The words that evidences quote are given where the article is in `texts` (by
    source id), but not in RDF.  Raises :class:`~kg.errors.KGError` for another format.
    """
    if form not in FORMATS:
        remedy = near(form, FORMATS, f"one of {', '.join(FORMATS)}")
        raise KGError(f"format '{form}'", "is none", remedy)
    return FORMATS[form](_Context(store, found, lang, texts or {}), found)


class _Context:
    """What is known of the entities and sources that an answer names."""

    def __init__(self, store: Store, found: Answer, lang: str, texts: Mapping[str, str]) -> None:
        self.texts = texts
        self.claims = proof.claims(found.proofs)
        graph = network.project(store)
        mentioned = {found.subject}
        for claim in (*self.claims.values(), *found.unfounded):
            values = (claim.object, *(value for _, value in claim.qualifiers))
            mentioned |= {claim.subject, *(value.id for value in values if isinstance(value, Ref))}
        if vocabulary.load().predicates[found.predicate].form == "entity":
            mentioned.add(found.object)
        self.nodes = {node.id: node for node in graph.nodes(mentioned)}
        self.sources = {source.id: source for source in graph.sources()}
        self.wording = Wording(lang, self.nodes, self.sources)
        self.lang = lang

    def triple(self, claim: Claim) -> str:
        wording = self.wording
        ends = wording.entity(claim.subject), wording.value(claim.object)
        named = wording.qualifiers(dict(claim.qualifiers))
        particulars = "".join(f"; {name} {value}" for name, value in named)
        return f"{ends[0]} — {wording.term(claim.predicate)} — {ends[1]}{particulars}"


# -- for people --------------------------------------------------------------


def _text(context: _Context, found: Answer) -> str:
    words = context.wording.words
    lines: list[str] = []
    if not found.proofs:
        ends = context.wording.entity(found.subject), context.wording.entity(found.object)
        relation = context.wording.term(found.predicate)
        lines.append(words["unproven"].format(triple=f"{ends[0]} — {relation} — {ends[1]}"))
    for number, each in enumerate(found.proofs, start=1):
        lines += [""] if lines else []
        if len(found.proofs) > 1:
            lines.append(words["proof"].format(n=number, count=len(found.proofs)))
        lines += _tree(context, each)
    if found.unfounded:
        lines += ["", words["unfounded"]]
        for claim in found.unfounded:
            lines += ["", *_said(context, claim)]
    return "\n".join(lines)


def _tree(context: _Context, step: Proof) -> Iterator[str]:
    """The claim, what it rests on indented below it, line by line."""
    yield from _said(context, step.claim)
    for number, way in enumerate(step.ways, start=1):
        count = f" ({number}/{len(step.ways)})" if len(step.ways) > 1 else ""
        yield f"  {_reason(context, way)}{count}"
        for index, premise in enumerate(way.premises, start=1):
            first, rest = ("└─ ", "   ") if index == len(way.premises) else ("├─ ", "│  ")
            for line in _tree(context, premise):
                yield f"  {first}{line}".rstrip()
                first = rest


def _reason(context: _Context, way: Way) -> str:
    """Why a claim follows: the rule's title and name."""
    words = context.wording.words
    if way.rule not in rules.catalogue():
        return f"{words['because']} {words['curator']}"
    title = rules.catalogue()[way.rule].titles[context.lang]
    return f"{words['because']} {title} ({way.rule})"


def _said(context: _Context, claim: Claim) -> Iterator[str]:
    wording = context.wording
    status = f"  [{wording.term(claim.status.capitalize())}]"
    yield f"{context.triple(claim)}{status}"
    yield f"    {wording.text(dict(claim.gloss))}"
    for each in claim.evidence:
        where = wording.source(each.source), wording.date(each.source), wording.place(each)
        yield f"    {', '.join(filter(None, where))}"
        if quoted := evidence.quote(each, context.texts):
            yield f"    “{quoted}”"


# -- for programs ------------------------------------------------------------


def _json(context: _Context, found: Answer) -> str:
    answer = {
        "subject": found.subject,
        "predicate": found.predicate,
        "object": found.object,
        "proofs": [_json_proof(context, each) for each in found.proofs],
        "unfounded": [_json_claim(context, claim) for claim in found.unfounded],
    }
    return json.dumps(answer, ensure_ascii=False, indent=1)


def _json_proof(context: _Context, step: Proof) -> dict[str, Any]:
    ways = [
        {"rule": way.rule, "premises": [_json_proof(context, each) for each in way.premises]}
        for way in step.ways
    ]
    return _json_claim(context, step.claim) | {"size": step.size, "ways": ways}


def _json_claim(context: _Context, claim: Claim) -> dict[str, Any]:
    plain = network.plain(claim)
    for name in ("place", "premises", "rule"):
        del plain[name]
    for name in ("qualifiers", "gloss", "notes"):
        plain[name] = network.plain(dict(getattr(claim, name)))
    plain["evidence"] = [_json_evidence(context, each) for each in claim.evidence]
    return {"claim": names.claim_iri(claim), **plain}


def _json_evidence(context: _Context, each: Evidence) -> dict[str, Any]:
    source = context.sources.get(each.source)
    known = {"title": dict(source.titles), "published": source.published} if source else {}
    quoted = evidence.quote(each, context.texts)
    plain: dict[str, Any] = network.plain(each)
    return plain | known | ({"quote": quoted} if quoted else {})


# -- as RDF ------------------------------------------------------------------


def _turtle(context: _Context, found: Answer) -> str:
    """The claims as the graph has them, and each derivation as a PROV activity.

    The activity ``prov:used`` the premises and ``prov:generated`` the claim, its label
    is the rule's name; a claim that a source says has it as ``prov:hadPrimarySource``.
    """
    entities = {node.id: _entity(node) for node in context.nodes.values()}
    cited = {each.source for claim in context.claims.values() for each in claim.evidence}
    sources: dict[str, Source] = {id: context.sources[id] for id in sorted(cited)}
    corpus = Corpus(entities, sources, tuple(context.claims.values()))
    out = io.BytesIO()
    quads = [*rdf.quads(corpus), *_prov(found.proofs)]
    serialize(quads, out, ox.RdfFormat.TURTLE)
    return out.getvalue().decode().rstrip("\n")


def _entity(node: network.Node) -> Entity:
    return Entity(node.id, node.cls, tuple(Text(*each) for each in sorted(node.labels.items())))


def _prov(proofs: Iterable[Proof]) -> Iterator[ox.Quad]:
    def term(name: str) -> ox.NamedNode:
        return ox.NamedNode(names.expand(name))

    for step in proofs:
        claim = ox.NamedNode(step.iri)
        yield ox.Quad(claim, term("rdf:type"), term("prov:Entity"))
        for each in step.claim.evidence:
            source = ox.NamedNode(names.source_iri(each.source))
            yield ox.Quad(claim, term("prov:hadPrimarySource"), source)
        for way in step.ways:
            premises = [ox.NamedNode(premise.iri) for premise in way.premises]
            activity = ox.NamedNode(f"{step.iri}#{_digest(way)}")
            yield ox.Quad(activity, term("rdf:type"), term("prov:Activity"))
            yield ox.Quad(activity, term("rdfs:label"), ox.Literal(way.rule))
            yield ox.Quad(activity, term("prov:generated"), claim)
            for premise in premises:
                yield ox.Quad(activity, term("prov:used"), premise)
                yield ox.Quad(claim, term("prov:wasDerivedFrom"), premise)
            yield from _prov(way.premises)


def _digest(way: Way) -> str:
    """What tells the derivations of a claim apart, the same in every answer."""
    content = [way.rule, *(premise.iri for premise in way.premises)]
    return hashlib.sha256(" ".join(content).encode()).hexdigest()[:16]


FORMATS: Mapping[str, Callable[[_Context, Answer], str]] = {
    "text": _text,
    "json": _json,
    "ttl": _turtle,
}
"""How an answer can be written."""

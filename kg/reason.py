"""What follows from what sources say: the rules of :mod:`kg.rules`, run to a fixpoint.

Built upon is only what is held for a fact: claims that are stated or that a curator
inferred, and are not deprecated.  A plan is not yet so, and somebody's words may
never be.  What follows is an inferred claim that names its rule and its premises;
it goes to a named graph of its own, and never says what a source says already.
See docs/decisions/0006-reasoning.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, NamedTuple

import pyoxigraph as ox

from kg import names, rdf, store
from kg.errors import KGError, near
from kg.model import Claim, Corpus, Ref, Status, Text
from kg.rules import Rule, catalogue
from kg.store import Solutions, Store, Triples, solutions

__all__ = ["Conclusions", "Derivation", "conclude", "done", "infer"]

_INFERRED = ox.NamedNode(names.INFERRED)

Triple = tuple[str, str, str]
"""Subject, predicate and object as IRIs."""


class Derivation(NamedTuple):
    """One way in which a claim follows."""

    rule: str
    premises: tuple[str, ...]
    """IRIs of claims, sorted."""


@dataclass(frozen=True, slots=True)
class Conclusions:
    """All that follows."""

    claims: Mapping[str, Claim]
    """By IRI, sorted.  A claim's own rule and premises are of its first derivation: the one
    with the fewest steps from the bottom, of several the one with the fewest premises."""
    derivations: Mapping[str, tuple[Derivation, ...]]
    """Every way in which each of these claims follows, sorted; some go in a circle."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Number of claims by rule, of all rules."""
        made = Counter(claim.rule for claim in self.claims.values())
        return {name: made[name] for name in catalogue()}


def infer(store: Store) -> Mapping[str, int]:
    """Make the store's graph :data:`kg.names.INFERRED` hold what follows, and nothing else.

    Return the number of claims that each rule made.

    >>> from kg import corpus, opening
    >>> with opening.graph(corpus.load("tests/toy/data")) as graph:
    ...     infer(graph)["within-organisation"]
    1
    """
    found = conclude(store)
    said = set(solutions(store.query(_REPORTED)))
    written = rdf.quads(Corpus({}, {}, tuple(found.claims.values())), _INFERRED)
    # The flat triple of somebody's words is in the default graph already, and a query of
    # both graphs would find it twice.
    fresh = (quad for quad in written if (quad.subject, quad.predicate, quad.object) not in said)
    store.replace_graph(_INFERRED, fresh)
    return found.counts


def done(store: Store) -> bool:
    """Say whether the store has a graph of inferred claims, if only an empty one.

    Servers do not know empty ones: there it has to hold something.
    """
    return store.has(_INFERRED)


def conclude(store: Store, rules: Mapping[str, Rule] | None = None) -> Conclusions:
    """Return what follows from the store's default graph by `rules` (by default all there are).

    Rules run in rounds, all on what the rounds before had found, until a round
    finds nothing new; so the order of rules and rows does not matter, and premises
    never go in a circle.
    """
    engine = _Engine(store)
    known = catalogue() if rules is None else rules
    fresh = engine.round(known.values())
    while fresh:
        found = {names.compact(predicate).partition(":")[2] for _, predicate, _ in fresh}
        fresh = engine.round(rule for rule in known.values() if rule.mentions & found)
    return engine.conclusions()


# What may be built upon.  Claims that rules made are left out, in case the store asks them too.
_FACTS = f"""
  VALUES ?status {{ aie:Stated aie:Inferred }}
  ?claim aie:status ?status ; aie:rank ?rank FILTER (?rank != aie:Deprecated)
  FILTER NOT EXISTS {{ GRAPH {_INFERRED} {{ ?claim a aie:Claim }} }}
"""
_CLAIMS = f"""
CONSTRUCT {{ ?claim ?p ?o }} WHERE {{ {_FACTS}
  ?claim ?p ?o FILTER (?p NOT IN (
    rdf:type, aie:status, aie:rank, aie:rule,
    aie:gloss, skos:note, aie:evidence, prov:wasDerivedFrom
  ))
}}"""
_CLASSES = """
CONSTRUCT { ?s a ?class } WHERE { ?s a ?class FILTER STRSTARTS(STR(?s), STR(id:)) }"""
_LABELS = """
SELECT ?s ?label { ?s rdfs:label ?label FILTER STRSTARTS(STR(?s), STR(id:)) }"""
_REPORTED = """
SELECT ?s ?p ?o {
  ?claim aie:status aie:Reported ; aie:rank ?rank FILTER (?rank != aie:Deprecated)
  ?claim rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o
}"""

_PARTS = [names.expand(f"rdf:{name}") for name in ("subject", "predicate", "object")]


class _Engine:
    """Holds the facts in a graph of its own, and adds to it round by round."""

    def __init__(self, source: Store) -> None:
        self.facts = store.open()
        self.claims: dict[Triple, Claim] = {}
        self.derivations: dict[Triple, set[Derivation]] = {}
        self.labels: dict[str, dict[str, str]] = {}
        claims = _triples(source, _CLAIMS)
        said: dict[ox.NamedNode, dict[str, ox.NamedNode]] = {}
        for claim, predicate, value in claims:
            said.setdefault(claim, {})[predicate.value] = value
        whole = [each for each in said.values() if each.keys() >= {*_PARTS}]
        flat = {ox.Triple(*(each[part] for part in _PARTS)) for each in whole}
        self.known = {(s.value, p.value, o.value) for s, p, o in flat}
        for triples in (claims, flat, _triples(source, _CLASSES)):
            self.facts.load(ox.Quad(*triple) for triple in triples)
        for entity, label in solutions(source.query(_LABELS, place="reason")):
            self.labels.setdefault(entity.value, {})[label.language] = label.value

    def round(self, rules: Iterable[Rule]) -> set[Triple]:
        """Ask some rules, all of the same facts; then add what is new to them, and return it."""
        glosses: dict[Triple, dict[Derivation, tuple[Text, ...]]] = {}
        for rule in rules:
            for triple, derivation, entities in self.rows(rule):
                if triple in self.known:
                    continue
                self.derivations.setdefault(triple, set()).add(derivation)
                if triple not in self.claims:
                    glosses.setdefault(triple, {})[derivation] = self.gloss(rule, entities)
        for triple, ways in glosses.items():
            first = min(ways, key=lambda way: (len(way.premises), way))
            self.claims[triple] = _claim(triple, first, ways[first])
        self.facts.load(quad for triple in glosses for quad in self.quads(triple))
        return set(glosses)

    def rows(self, rule: Rule) -> Iterator[tuple[Triple, Derivation, Mapping[str, str]]]:
        """Yield what a rule finds: the triple, how it follows, and all selected entities."""
        answer = self.facts.query(rule.text, place=f"{rule.name}.rq")
        if not isinstance(answer, Solutions):
            raise KGError(f"{rule.name}.rq", "is no SELECT", "select what follows and from what")
        _check(rule, answer.variables)
        for row in answer:
            found = {
                name: term.value
                for name, term in zip(answer.variables, row, strict=True)
                if isinstance(term, ox.NamedNode)
            }
            premises = sorted({iri for name, iri in found.items() if name.startswith("premise")})
            triple = found["subject"], found["predicate"], found["object"]
            yield triple, Derivation(rule.name, tuple(premises)), found

    def gloss(self, rule: Rule, entities: Mapping[str, str]) -> tuple[Text, ...]:
        """Return what the rule's claim says of these entities, sorted by language."""
        texts = []
        for lang, template in sorted(rule.glosses.items()):
            labels = {name: self.label(iri, lang) for name, iri in entities.items()}
            texts.append(Text(lang, template.format_map(labels)))
        return tuple(texts)

    def label(self, iri: str, lang: str) -> str:
        labels = self.labels.get(iri, {})
        return labels.get(lang) or next(iter(sorted(labels.values())), names.compact(iri))

    def quads(self, triple: Triple) -> Iterator[ox.Quad]:
        """Yield a claim of ours as the rules see it."""
        claim = ox.NamedNode(names.claim_iri(self.claims[triple]))
        subject, predicate, value = map(ox.NamedNode, triple)
        for part, term in zip(_PARTS, (subject, predicate, value), strict=True):
            yield ox.Quad(claim, ox.NamedNode(part), term)
        yield ox.Quad(subject, predicate, value)

    def conclusions(self) -> Conclusions:
        self.facts.close()
        iris = {triple: names.claim_iri(claim) for triple, claim in self.claims.items()}
        found = sorted((iri, triple) for triple, iri in iris.items())
        return Conclusions(
            {iri: self.claims[triple] for iri, triple in found},
            {iri: tuple(sorted(self.derivations[triple])) for iri, triple in found},
        )


def _triples(source: Store, query: str) -> list[Any]:
    answer = source.query(query, place="reason")
    assert isinstance(answer, Triples)  # noqa: S101 the query is ours
    return list(answer)


def _check(rule: Rule, variables: Collection[str]) -> None:
    """Raise :class:`KGError` if a query does not select what its rule needs."""
    for name in ("subject", "predicate", "object", "premise1"):
        if name not in variables:
            raise KGError(f"{rule.name}.rq", f"does not select ?{name}", near(name, variables))
    for lang, template in rule.glosses.items():
        for name in [field[1] for field in Formatter().parse(template) if field[1]]:
            if name not in variables:
                what = f"gloss.{lang} names {{{name}}}, which is not selected"
                raise KGError(f"{rule.name}.rq", what, near(name, variables))


def _claim(triple: Triple, first: Derivation, gloss: tuple[Text, ...]) -> Claim:
    subject, predicate, value = (names.compact(iri).partition(":")[2] for iri in triple)
    return Claim(
        subject,
        predicate,
        Ref(value),
        status=Status.INFERRED,
        gloss=gloss,
        premises=first.premises,
        rule=first.rule,
    )

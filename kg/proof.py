"""Why something holds: from a claim down, through rules, to the sentences of sources."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox

from kg import names, rdf, reason, vocabulary
from kg.errors import KGError, near
from kg.model import Claim, Rank, Ref, Status
from kg.network import OF_CLAIMS
from kg.reason import Derivation
from kg.store import Store, solutions

__all__ = ["Answer", "Proof", "Way", "claims", "prove", "relation"]

_MOST = 20_000
"""Claims in the proofs of one answer: more nobody reads, and alternatives multiply."""


@dataclass(frozen=True, slots=True)
class Way:
    """One derivation of a claim, with the proof of each premise."""

    rule: str
    """``curator``, or the name of a rule."""
    premises: tuple[Proof, ...]
    """In the order of their IRIs."""
    size: int
    """Claims in its shortest form, those that several premises share counted each time."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A claim and why it holds: its own evidence, or the ways in which it follows."""

    iri: str
    claim: Claim
    ways: tuple[Way, ...]
    """The shortest first; none for a claim that a source says."""
    size: int
    """Claims in its shortest form, this one included."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What can be said for a triple."""

    subject: str
    predicate: str
    object: str
    """Id of an entity, or a value as it is written."""
    proofs: tuple[Proof, ...]
    """Why it holds, the shortest first: one for each claim with this content."""
    unfounded: tuple[Claim, ...]
    """Claims of this content on which nothing is built: planned, reported or deprecated."""


def relation(text: str) -> str:
    """Return the local name of the relation or attribute that `text` names.

    By its name, prefixed or not, or by a label of the ontology in any language.
    Raises :class:`~kg.errors.KGError` for none (with the near match) and for a label
    of several.

    >>> relation("aie:partOf"), relation("member of"), relation("동료")
    ('partOf', 'memberOf', 'colleagueOf')
    """
    known = vocabulary.load().predicates
    name = text.strip().removeprefix(names.PREFIXES["aie"]).removeprefix("aie:")
    if name in known:
        return name
    wanted = name.casefold()
    found = [
        each.name
        for each in known.values()
        if wanted in {each.name.casefold(), *(label.value.casefold() for label in each.labels)}
    ]
    if len(found) == 1:
        return found[0]
    if found:
        raise KGError(text, f"names {len(found)} relations", f"say which: {', '.join(found)}")
    labels = [label.value for each in known.values() for label in each.labels]
    raise KGError(text, "is no relation", near(name, [*known, *labels], "see the ontology"))


def prove(
    store: Store, subject: str, predicate: str, object: str, *, everything: bool = False
) -> Answer:
    """Return why `subject` `predicate` `object` holds, by ids, or what else is said of it.

    The object of an attribute is a value, as it is written.  Each claim comes with
    its shortest derivation, if `everything` with all that do not go in a circle.
    The rules are run on the store's default graph; what it holds inferred is not used.

    >>> from kg import corpus, opening
    >>> with opening.graph(corpus.load("tests/toy/data")) as graph:
    ...     [proof] = prove(graph, "kim-haneul", "memberOf", "mirae-ai-lab").proofs
    >>> proof.ways[0].rule, proof.ways[0].premises[0].claim.predicate
    ('member-of', 'holdsPost')
    """
    found = reason.conclude(store)
    saying = list(_saying(store, subject, predicate, object))
    held = [claim for claim in saying if _is_held(claim)]
    made = [
        claim
        for claim in found.claims.values()
        if (claim.subject, claim.predicate, claim.object) == (subject, predicate, Ref(object))
    ]
    search = _Search(store, found)
    search.reach(names.claim_iri(claim) for claim in (*held, *made))
    proofs = [search.proof(names.claim_iri(claim), everything) for claim in (*held, *made)]
    return Answer(
        subject,
        predicate,
        object,
        tuple(sorted(filter(None, proofs), key=lambda proof: (proof.size, proof.iri))),
        tuple(claim for claim in saying if not _is_held(claim)),
    )


def _is_held(claim: Claim) -> bool:
    stands = claim.rank is not Rank.DEPRECATED
    return stands and claim.status in (Status.STATED, Status.INFERRED)


_SAYING = f"""
SELECT ?claim {{
  ?claim rdf:subject ?subject ; rdf:predicate ?predicate ; rdf:object ?object
  FILTER (?object = ?entity || (isLiteral(?object) && STR(?object) = ?value))
  FILTER NOT EXISTS {{ GRAPH <{names.INFERRED}> {{ ?claim a aie:Claim }} }}
}}"""


def _saying(store: Store, subject: str, predicate: str, object: str) -> Iterable[Claim]:
    """Every claim of the default graph with this content, sorted by IRI."""
    entity = names.SLUG.fullmatch(object)
    bindings: dict[str, Any] = {
        "subject": ox.NamedNode(names.entity_iri(subject)),
        "predicate": ox.NamedNode(names.expand(f"aie:{predicate}")),
        "entity": ox.NamedNode(names.entity_iri(object if entity else "-")),
        "value": ox.Literal(object),
    }
    rows = solutions(store.query(_SAYING, bindings=bindings, place="explain"))
    return _whole(store, sorted(row[0].value for row in rows)).values()


def _whole(store: Store, iris: Collection[str]) -> dict[str, Claim]:
    """Claims with their evidence, by IRI, of those that the store has."""
    if not iris:
        return {}
    keys = " ".join(str(ox.NamedNode(iri)) for iri in iris)
    rows = solutions(store.query(OF_CLAIMS.replace("KEYS", keys), place="explain"))
    quads = sorted({ox.Quad(*row) for row in rows}, key=str)
    return {names.claim_iri(claim): claim for claim in rdf.read(quads).claims}


class _Search:
    """The claims that some others rest on, and how."""

    def __init__(self, store: Store, found: reason.Conclusions) -> None:
        self.store, self.found = store, found
        self.claims: dict[str, Claim] = {}
        self.sizes: dict[str, float] = {}
        self.left = _MOST

    def ways(self, iri: str) -> tuple[Derivation, ...]:
        if iri in self.found.derivations:
            return self.found.derivations[iri]
        premises = self.claims[iri].premises
        return (Derivation("curator", premises),) if premises else ()

    def reach(self, iris: Iterable[str]) -> None:
        """Get all that these claims rest on, and the size of the shortest proof of each."""
        due = set(iris)
        while due:
            made = {iri: self.found.claims[iri] for iri in due & self.found.claims.keys()}
            new = made | _whole(self.store, sorted(due - made.keys()))
            self.claims |= new
            rests = {premise for iri in new for way in self.ways(iri) for premise in way.premises}
            due = rests - self.claims.keys()
        self._measure()

    def _measure(self) -> None:
        """Sizes from the bottom up: shorter ones replace longer ones until none changes."""
        changed = True
        while changed:
            changed = False
            for iri in self.claims:
                ways = self.ways(iri)
                size = 1 + (min(map(self._size, ways)) if ways else 0)
                if size < self.sizes.get(iri, math.inf):
                    self.sizes[iri] = size
                    changed = True

    def _size(self, way: Derivation) -> float:
        """Infinite for what rests on itself, or on a claim that is not there."""
        return sum(self.sizes.get(premise, math.inf) for premise in way.premises)

    def proof(
        self, iri: str, everything: bool, above: frozenset[str] = frozenset()
    ) -> Proof | None:
        """The proof of a claim below those `above` it; None if there is none but in a circle."""
        if iri not in self.sizes or iri in above:
            return None
        self.left -= 1
        if self.left < 0:
            raise KGError("explain", f"the proofs have more than {_MOST:,} steps", "drop --all")
        derivations = self.ways(iri)
        ways: list[Way] = []
        for derivation in sorted(derivations, key=lambda way: (self._size(way), way)):
            premises = [
                self.proof(premise, everything, above | {iri}) for premise in derivation.premises
            ]
            proven = tuple(premise for premise in premises if premise)
            if len(proven) == len(premises):
                ways.append(Way(derivation.rule, proven, sum(each.size for each in proven)))
                if not everything:
                    break
        if derivations and not ways:
            return None
        return Proof(iri, self.claims[iri], tuple(ways), int(self.sizes[iri]))


def claims(proofs: Iterable[Proof]) -> Mapping[str, Claim]:
    """Return every claim in some proofs, by IRI, sorted."""
    found = {proof.iri: proof.claim for proof in _all(proofs)}
    return dict(sorted(found.items()))


def _all(proofs: Iterable[Proof]) -> Iterator[Proof]:
    for proof in proofs:
        yield proof
        for way in proof.ways:
            yield from _all(way.premises)

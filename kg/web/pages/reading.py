"""From the store to what a template shows: claims in words, with links, marks and places.

A page reads what it needs in a handful of queries: the claims it shows, then the
names of all that they mention.  Claims come as :class:`kg.model.Claim`, by IRI.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import pyoxigraph as ox

from kg import evidence, names, network, rdf, rules, validity, vocabulary
from kg.contradiction import contradictions
from kg.literals import period
from kg.model import Article, Claim, Evidence, Literal, Rank, Ref, Source, Span, Status, Value
from kg.network import Node
from kg.store import Solutions, solutions
from kg.web.pages.frame import Frame, address
from kg.web.served import Served
from kg.wording import Wording

__all__ = [
    "DATES",
    "Reader",
    "is_identifier",
    "keys",
    "mentioned",
    "named",
    "passage",
    "plainly",
    "sources",
    "when",
]

T = TypeVar("T")

DATES = ("start", "at", "earliest", "end", "latest", "due")
"""By what a claim is put in time, the first that it has."""

_REMEMBERED = 10_000
"""Claims, and entities, kept in memory: some 20 MB each."""

_RESTING = """
SELECT ?premise ?claim { VALUES ?premise { KEYS } ?claim prov:wasDerivedFrom ?premise }"""
_GLOSSES = "SELECT ?claim ?gloss { VALUES ?claim { KEYS } ?claim aie:gloss ?gloss }"


# -- what pages have read before ------------------------------------------------


def _remembered(
    served: Served, name: str, asked: Sequence[str], read: Callable[[Sequence[str]], dict[str, T]]
) -> dict[str, T]:
    """What `read` gives for what is asked, most of it from memory where pages were shown before."""
    memory = served.once(name, lambda _: dict[str, T]())
    found = {each: memory[each] for each in asked if each in memory}
    new = [each for each in asked if each not in found]
    if new:
        read_now = read(new)
        if len(memory) + len(read_now) > _REMEMBERED:
            # Not emptied, since other threads may be reading it.
            memory = served.once(name, lambda _: dict[str, T](), anew=True)
        memory.update(read_now)
        found |= read_now
    return found


def sources(served: Served) -> Mapping[str, Source]:
    """Return every source by its id."""
    return served.once(
        "sources",
        lambda store: {each.id: each for each in network.project(store).sources()},
    )


# -- claims --------------------------------------------------------------------


def keys(iris: Iterable[str]) -> str:
    """Return IRIs as a ``VALUES`` row of SPARQL takes them."""
    return " ".join(str(ox.NamedNode(iri)) for iri in iris)


def named(iri: str) -> bool:
    """Say whether this is an IRI at all: what a user writes into an address may be none."""
    try:
        ox.NamedNode(iri)
    except ValueError:
        return False
    return True


def mentioned(claims: Iterable[Claim]) -> set[str]:
    """Return the ids of the entities that these claims link or name in their qualifiers."""
    found = set()
    for claim in claims:
        values = (claim.object, *(value for _, value in claim.qualifiers))
        found |= {claim.subject, *(value.id for value in values if isinstance(value, Ref))}
    return found


def when(claim: Claim) -> str:
    """Return the first day of the claim's first date, ``""`` if it has none."""
    qualifiers = dict(claim.qualifiers)
    dates = [qualifiers.get(name) for name in DATES]
    if claim.predicate in _DATED:
        dates.insert(0, claim.object)
    literal = next((each for each in dates if isinstance(each, Literal)), None)
    return period(literal)[0] if literal else ""


_DATED = frozenset({"foundedOn", "heldOn", "birthYear"})


class Reader:
    """Reads for one page, and says what it read in the page's language."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.store = frame.served.store
        self.graph = network.project(self.store)
        self.sources = sources(frame.served)
        self.nodes: dict[str, Node] = {}
        self.wording = Wording(frame.lang, self.nodes, self.sources)
        self._marks = frame.served.once("marks", validity.marks)
        self._glosses: dict[str, str] = {}
        self._resting: dict[str, list[str]] = {}
        self._rivals: dict[str, set[str]] = {}

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a ``SELECT`` of ours."""
        found: Solutions | Any = self.store.query(query, place="explorer")
        return solutions(found)

    def claims(self, iris: Iterable[str]) -> dict[str, Claim]:
        """Return the claims with these IRIs, in the order of the IRIs; others are left out."""
        asked = sorted(set(iris))
        known = _remembered(self.frame.served, "claims", asked, self._claims)
        return {iri: known[iri] for iri in asked if iri in known}

    def _claims(self, asked: Iterable[str]) -> dict[str, Claim]:
        found: dict[str, Claim] = {}
        for batch in network.batches(asked):
            rows = list(self.rows(network.OF_CLAIMS.replace("KEYS", keys(batch))))
            known = {row[0].value for row in rows}
            present = [iri for iri in batch if iri in known]
            found |= dict(zip(present, rdf.assembled(rows).claims, strict=True))
        return found

    def learn(self, ids: Iterable[str]) -> None:
        """Read names and classes of these entities, so that words can be found for them."""
        new = sorted(set(ids) - self.nodes.keys())
        self.nodes |= _remembered(self.frame.served, "nodes", new, self._nodes)

    def _nodes(self, ids: Iterable[str]) -> dict[str, Node]:
        return {node.id: node for node in self.graph.named(ids)}

    def prepare(self, claims: Mapping[str, Claim], *, resting: bool = False) -> None:
        """Read all that is needed to put these claims into words.

        If `resting`, also which inferred claims rest on them.
        """
        self.learn(mentioned(claims.values()))
        relations = {iri: claim.predicate for iri, claim in claims.items()}
        self._rivals |= contradictions(self.store, relations)
        wanted = {premise for claim in claims.values() for premise in claim.premises}
        if resting and claims:
            for premise, claim in self.rows(_RESTING.replace("KEYS", keys(sorted(claims)))):
                self._resting.setdefault(premise.value, []).append(claim.value)
            wanted |= {iri for each in self._resting.values() for iri in each}
        self.gloss(wanted)

    def gloss(self, iris: Collection[str]) -> None:
        """Read what these claims say in our words."""
        if not iris:
            return
        found: dict[str, dict[str, str]] = {}
        for iri, gloss in self.rows(_GLOSSES.replace("KEYS", keys(sorted(iris)))):
            found.setdefault(iri.value, {})[gloss.language] = gloss.value
        self._glosses |= {iri: self.wording.text(texts) for iri, texts in found.items()}

    # -- in words --------------------------------------------------------------

    def thing(self, id: str) -> dict[str, str]:
        """Return name, kind and address of an entity whose name was learnt."""
        node = self.nodes.get(id)
        return {
            "id": id,
            "name": self.wording.entity(id),
            "kind": self.wording.term(node.cls) if node and node.cls else "",
            "cls": node.cls if node else "",
            "address": self.frame.link(f"/id/{id}"),
        }

    def source(self, id: str) -> dict[str, str]:
        """Return title, date and address of a source."""
        return {
            "name": self.wording.source(id),
            "kind": self.wording.date(id),
            "address": self.frame.link(f"/source/{id}"),
        }

    def value(self, value: Value) -> dict[str, str]:
        """Return name and address of an entity, or a value in words with one if it is safe."""
        if isinstance(value, Ref):
            return self.thing(value.id)
        is_uri = value.datatype == "xsd:anyURI"
        return {
            "name": self.wording.value(value),
            "address": address(value.value) if is_uri else "",
            "lang": value.lang,
        }

    def said(self, iri: str, claim: Claim) -> dict[str, Any]:
        """Return what a template needs to show a claim that was prepared."""
        words = self.wording
        qualifiers = [(words.term(name), self.value(value)) for name, value in claim.qualifiers]
        mark = self._marks.get(iri, "dated")
        return {
            "iri": iri,
            "address": self.frame.of(iri),
            "subject": self.thing(claim.subject),
            "relation": words.term(claim.predicate),
            "predicate": claim.predicate,
            "object": self.value(claim.object),
            "status": claim.status.value,
            "status_name": words.term(claim.status.capitalize()),
            "rank": "" if claim.rank is Rank.NORMAL else claim.rank.value,
            "rank_name": words.term(claim.rank.capitalize()),
            "mark": "" if mark == "dated" else self.frame.words[mark],
            "qualifiers": sorted(qualifiers, key=lambda each: each[0]),
            "when": when(claim),
            "gloss": words.text(dict(claim.gloss)),
            "note": words.text(dict(claim.notes)),
            "rule": self._rule(claim.rule),
            "evidence": [self.place(each) for each in claim.evidence],
            "premises": [self.about(each) for each in claim.premises],
            "contradicted": iri in self._rivals,
            "resting": [self.about(each) for each in sorted(self._resting.get(iri, ()))],
        }

    def rivals(self, iri: str) -> list[dict[str, str]]:
        """Return address and gloss of the claims that contradict one that was prepared."""
        found = sorted(self._rivals.get(iri, ()))
        self.gloss(found)
        return [self.about(each) for each in found]

    def _rule(self, name: str) -> str:
        """By what a claim was inferred, in words; ``""`` if it was not."""
        if name == "curator":
            return self.wording.words["curator"]
        found = rules.catalogue().get(name)
        return f"{found.titles[self.frame.lang]} ({name})" if found else name

    def about(self, iri: str) -> dict[str, str]:
        """Return address and gloss of a claim that another one names."""
        short = iri.removeprefix(names.PREFIXES["claim"])[:8]
        return {"address": self.frame.of(iri), "gloss": self._glosses.get(iri) or short}

    def place(self, found: Evidence) -> dict[str, str]:
        """Return where an evidence stands, and its words if they are at hand."""
        source = self.sources.get(found.source)
        at = passage(found, self.frame.site.texts)
        return {
            "title": self.wording.source(found.source),
            "address": self.frame.link(f"/source/{found.source}{at}"),
            "date": source.published[:10] if source else "",
            "kind": "article" if isinstance(source, Article) else "dataset",
            "place": self.wording.place(found),
            "quote": evidence.quote(found, self.frame.site.texts) or "",
        }


def passage(found: Evidence, texts: Mapping[str, str]) -> str:
    """Return the fragment that leads to a passage on its source's page, ``""`` without its text."""
    if isinstance(found.locator, Span) and evidence.quote(found, texts):
        return f"#at-{found.locator.start}"
    return ""


def is_identifier(predicate: str) -> bool:
    """Say whether an attribute's values are addresses: identifiers, a website."""
    known = vocabulary.load().predicates.get(predicate)
    return known is not None and known.form == "uri"


def plainly(claim: Claim) -> bool:
    """Say whether a claim is a fact: not planned, not only reported, not deprecated."""
    return claim.rank is not Rank.DEPRECATED and claim.status in {Status.STATED, Status.INFERRED}

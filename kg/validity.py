"""The graph as it is valid on a day: what is over or not yet is left out, what is not known marked.

Dates come with their precision (a year, a month, a day), so a beginning and an end
are spans of days, and so is the day asked for.  A claim is left out only if it
*cannot* be valid on any day asked for.  Each rule is a row of the table in
``docs/decisions/0008-finding.md``.  When a source was published plays no part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from kg import names, vocabulary
from kg import store as stores
from kg.errors import KGError
from kg.literals import period, typed
from kg.model import Literal
from kg.store import Store, solutions

__all__ = ["EVENTS", "MARKS", "at", "day", "marks"]

MARKS = ("dated", "possible", "undated")
"""What ``aie:validity`` says of a claim that is kept: its dates say that it is valid; they
do not rule it out; it has none.  From the surest to the least sure."""

EVENTS = frozenset(
    {"appointed", "attended", "birthYear", "createdPost", "educatedAt", "founded", "foundedOn"}
    | {"heldOn", "organised", "received", "recruited", "said"}
)
"""Relations and attributes that happen at a point in time and stay true from then on.  All
others are states, which can end."""

_AFTERWARDS = {"alumnusOf"}
"""Inferred relations that hold once the state that they rest on is over."""

_ORIGINS = {"birthYear", "foundedOn", "heldOn"}
_NEVER, _ALWAYS = "0000-00-00", "9999-99-99"
_DATES = ("start", "end", "at", "due", "earliest", "latest")
_VALIDITY = ox.NamedNode(names.expand("aie:validity"))

Triple = tuple[object, str, str, str]
"""A flat triple, after its graph."""

Days = tuple[str, str]
"""The first and last day on which something can lie, ISO 8601."""


def day(text: str) -> Days:
    """Read the day, month or year asked for; :class:`~kg.errors.KGError` if it is none.

    >>> day("2020-12")
    ('2020-12-01', '2020-12-31')
    """
    try:
        literal = typed("date", text)
    except ValueError:
        what = "is no date of the calendar"
        raise KGError(f"--at {text}", what, "write YYYY, YYYY-MM or YYYY-MM-DD") from None
    if literal.datatype == "xsd:dateTime":
        raise KGError(f"--at {text}", "is finer than a day", "write YYYY, YYYY-MM or YYYY-MM-DD")
    return period(literal)


@dataclass(slots=True)
class _Claim:
    graph: ox.NamedNode | ox.BlankNode | ox.DefaultGraph
    subject: str = ""
    predicate: str = ""
    object: str = ""
    value: Days | None = None
    """Of an object that is a date."""
    planned: bool = False
    deprecated: bool = False
    dates: dict[str, Days] = field(default_factory=dict)
    premises: list[str] = field(default_factory=list)
    evidence: list[str] = field(default_factory=list)

    @property
    def triple(self) -> Triple:
        return (self.graph, self.subject, self.predicate, self.object)

    @property
    def flat(self) -> bool:
        return not (self.planned or self.deprecated)

    def begins(self) -> Days | None:
        """When it began or happened, if that is said."""
        given = self.dates.get("start") or self.dates.get("at") or self.value
        if self.predicate not in EVENTS:
            return given
        first, last = given or (_NEVER, _ALWAYS)
        first = max(first, self.dates.get("earliest", (first, ""))[0])
        last = min(last, self.dates.get("latest", ("", last))[1])
        if "end" in self.dates:  # what took its time has happened when it is through
            last = self.dates["end"][1]
        return (first, last) if given or self.dates.keys() & {"earliest", "latest", "end"} else None

    def ends(self) -> Days | None:
        """The days on which its last day can lie, if that is said."""
        if self.predicate in EVENTS:
            return None
        if "end" in self.dates:
            return self.dates["end"]
        if "due" in self.dates:  # a plan runs until it is due, unless given up before
            return _NEVER, self.dates["due"][1]
        if self.dates.keys() & {"earliest", "latest"}:
            first = self.dates.get("earliest", (_NEVER, ""))[0]
            last = self.dates.get("latest", ("", _ALWAYS))[1]
            return first, (_before(last) if last != _ALWAYS else last)
        return None


def _before(last: str) -> str:
    """The day before: what had ended by a day was not the case on it.  Only ever compared."""
    return last[:8] + f"{int(last[8:]) - 1:02}"


def at(store: Store, date: str) -> Store:
    """Return a copy of `store` in memory, as valid on `date` (YYYY, YYYY-MM or YYYY-MM-DD).

    Left out are claims that cannot be valid then, inferred ones that rest on such,
    flat triples that no other claim stands for, and evidence that nothing rests on
    any more.  Every claim that is kept has an ``aie:validity``, one of :data:`MARKS`.

    >>> from kg import corpus, opening
    >>> with opening.graph(corpus.load("tests/toy/data")) as graph, at(graph, "2022-06") as then:
    ...     then.query("ASK { id:kim-haneul aie:heldPost ?x }")  # it was over in May
    False
    """
    claims = _claims(store)
    verdicts = _verdicts(claims, day(date))
    copy = stores.open(inferred=getattr(store, "inferred", False))
    copy.load(_kept(store, claims, verdicts))
    return copy


def marks(store: Store) -> dict[str, str]:
    """Return the mark of every claim by its IRI; empty if the graph is not one of a day."""
    answer = store.query("SELECT ?claim ?mark { ?claim aie:validity ?mark }", place="validity")
    return {claim.value: mark.value for claim, mark in solutions(answer)}


# -- judging -----------------------------------------------------------------


def _verdicts(claims: Mapping[str, _Claim], asked: Days) -> dict[str, str]:
    """Return the mark of each claim by IRI, or ``""`` for one that is left out."""
    origins = _origins(claims)
    found: dict[str, str] = {}
    for iri in sorted(claims):
        _judge(iri, claims, origins, asked, found)
    return found


def _judge(
    iri: str,
    claims: Mapping[str, _Claim],
    origins: Mapping[str, str],
    asked: Days,
    found: dict[str, str],
) -> None:
    """Judge a claim after its premises, with a stack of our own: proofs can be deep."""
    waiting = [iri]
    while waiting:
        claim = claims[waiting[-1]]
        premises = [each for each in claim.premises if each in claims]
        unjudged = [each for each in premises if each not in found and each not in waiting]
        if unjudged:
            waiting += unjudged
            continue
        current = waiting.pop()
        if current not in found:
            known = {each: found[each] for each in premises if each in found}
            if claim.predicate in _AFTERWARDS:
                known = {each: _over(claims[each], asked, mark) for each, mark in known.items()}
            found[current] = _mark(claim, origins, asked, list(known.values()))


def _over(premise: _Claim, asked: Days, mark: str) -> str:
    """The mark of a premise that has to be over: of a state that has an end."""
    ends = premise.ends()
    if ends is None:
        return mark
    if ends[1] < asked[0]:
        return "dated"
    return "possible" if mark and asked[1] > ends[0] else ""


def _mark(claim: _Claim, origins: Mapping[str, str], asked: Days, premises: list[str]) -> str:
    begins, ends = claim.begins(), claim.ends()
    first, last = begins or (_origin(claim, origins), _ALWAYS)
    if first > asked[1] or (ends and ends[1] < asked[0]) or "" in premises:
        return ""
    if not (begins or ends):
        return max(premises, key=MARKS.index, default="undated")
    surely = last <= asked[0] and (ends is None or asked[1] <= ends[0])
    return "dated" if surely else "possible"


def _origin(claim: _Claim, origins: Mapping[str, str]) -> str:
    """The first day on which both that the claim links can be there; a plan may come before."""
    if claim.planned:
        return _NEVER
    return max(origins.get(claim.subject, _NEVER), origins.get(claim.object, _NEVER))


def _origins(claims: Mapping[str, _Claim]) -> dict[str, str]:
    """The earliest day that any source allows for a birth, a founding or an event."""
    found: dict[str, str] = {}
    for claim in claims.values():
        begins = claim.begins()
        if begins is None or not claim.flat:
            continue
        entity = {"founded": claim.object}.get(claim.predicate, claim.subject)
        if claim.predicate in _ORIGINS or claim.predicate == "founded":
            found[entity] = min(found.get(entity, _ALWAYS), begins[0])
    return found


# -- reading and copying -----------------------------------------------------

_KEYS = {
    **{f"rdf:{name}": name for name in ("subject", "predicate", "object")},
    **{f"aie:{name}": name for name in ("status", "rank", "evidence", *_DATES)},
    "prov:wasDerivedFrom": "premise",
}


def _claims(store: Store) -> dict[str, _Claim]:
    claims: dict[str, _Claim] = {}
    local = {names.expand(name): key for name, key in _KEYS.items()}
    quads: Iterator[Any] = store.quads()
    for quad in quads:
        key = local.get(quad.predicate.value)
        if key and quad.subject.value.startswith(names.PREFIXES["claim"]):
            claim = claims.setdefault(quad.subject.value, _Claim(quad.graph_name))
            _put(claim, key, quad.object)
    return claims


def _put(claim: _Claim, key: str, value: ox.NamedNode | ox.Literal) -> None:
    match key:
        case "subject":
            claim.subject = value.value
        case "predicate":
            claim.predicate = names.compact(value.value).removeprefix("aie:")
        case "object":
            claim.object = _plain(value)
            claim.value = _days(value)
        case "status":
            claim.planned = value.value.endswith("#Planned")
        case "rank":
            claim.deprecated = value.value.endswith("#Deprecated")
        case "premise":
            claim.premises.append(value.value)
        case "evidence":
            claim.evidence.append(value.value)
        case _:
            if days := _days(value):
                claim.dates[key] = days


def _plain(value: ox.NamedNode | ox.Literal) -> str:
    return value.value if isinstance(value, ox.NamedNode) else str(value)


def _days(value: ox.NamedNode | ox.Literal) -> Days | None:
    if not isinstance(value, ox.Literal):
        return None
    datatype = names.compact(value.datatype.value)
    dates = ("xsd:gYear", "xsd:gYearMonth", "xsd:date", "xsd:dateTime")
    return period(Literal(value.value, datatype)) if datatype in dates else None


def _kept(
    store: Store, claims: Mapping[str, _Claim], verdicts: Mapping[str, str]
) -> Iterator[ox.Quad]:
    kept = {iri for iri, mark in verdicts.items() if mark}
    bare = {claim.triple for iri, claim in claims.items() if iri not in kept and claim.flat}
    bare -= {claims[iri].triple for iri in kept if claims[iri].flat}
    lost = {each for iri, claim in claims.items() if iri not in kept for each in claim.evidence}
    lost -= {each for iri in kept for each in claims[iri].evidence}
    lost |= {f"{each}#selector" for each in lost} | (claims.keys() - kept)
    predicates = {names.expand(f"aie:{name}"): name for name in vocabulary.load().predicates}
    quads: Iterator[Any] = store.quads()
    for quad in quads:
        if quad.subject.value in lost or quad.predicate == _VALIDITY:
            continue
        name = predicates.get(quad.predicate.value)
        if name and _triple(quad, name) in bare:
            continue
        yield quad
    for iri in sorted(kept):
        mark = ox.Literal(verdicts[iri])
        yield ox.Quad(ox.NamedNode(iri), _VALIDITY, mark, claims[iri].graph)


def _triple(quad: Any, name: str) -> Triple:
    return quad.graph_name, quad.subject.value, name, _plain(quad.object)

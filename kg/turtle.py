"""Turtle by hand, for what no serializer writes: annotations, and graphs claim by claim.

RDF 1.2 Turtle and TriG (W3C).  Terms come from the engine's own writer; only IRIs
are shortened, by the prefixes of :mod:`kg.names`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import pyoxigraph as ox

from kg import names, network
from kg.store import Store, solutions

__all__ = [
    "PROLOGUE",
    "TRIPLE",
    "Facts",
    "batches",
    "block",
    "is_asserted",
    "name",
    "term",
    "triple",
]

PROLOGUE = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in names.PREFIXES.items())

Facts = list[tuple[str, Any]]
"""Predicate, as a prefixed name, and value, sorted."""

TRIPLE = ("rdf:subject", "rdf:predicate", "rdf:object")
"""What says which triple a claim is about."""

_NO_FACT = {
    ("aie:status", ox.NamedNode(names.expand("aie:Planned"))),
    ("aie:rank", ox.NamedNode(names.expand("aie:Deprecated"))),
}


def term(value: Any) -> str:
    """Return a term as Turtle writes it.

    >>> term(ox.NamedNode(names.expand("id:lg"))), term(ox.Literal("LG", language="en"))
    ('id:lg', '"LG"@en')
    """
    if isinstance(value, ox.NamedNode):
        short = names.compact(value.value)
        return short if short != value.value else str(value)
    if isinstance(value, ox.Literal) and not value.language:
        datatype = value.datatype.value
        if datatype != names.expand("xsd:string"):
            return f"{ox.Literal(value.value)}^^{term(value.datatype)}"
    return str(value)


def name(iri: str) -> str:
    """Return an IRI as Turtle writes it."""
    return term(ox.NamedNode(iri))


def triple(claim: Facts) -> str:
    """Return the triple that a claim is about."""
    said = dict(claim)
    return " ".join(term(said[each]) for each in TRIPLE)


def is_asserted(claim: Facts) -> bool:
    """Say whether that triple is a fact: not if it is only planned, or known to be wrong."""
    return not _NO_FACT & {*claim}


def block(facts: Facts, indent: str) -> str:
    """Return predicates and objects, separated by ``;`` and ``,``, a predicate a line."""
    lines = []
    for predicate, values in itertools.groupby(facts, key=lambda fact: fact[0]):
        name = "a" if predicate == "rdf:type" else _predicate(predicate)
        lines.append(f"{indent}{name} {', '.join(term(value) for _, value in values)}")
    return " ;\n".join(lines)


def batches(store: Store, keys: str, about: str) -> Iterator[tuple[list[str], dict[str, Facts]]]:
    """Yield IRIs in batches, sorted, with all that is said of them and of what they lead to.

    `keys` is a SELECT of ``?key``; `about` one of ``?s ?p ?o``, in which ``KEYS`` stands
    for the IRIs.
    """
    found = sorted(row[0].value for row in solutions(store.query(keys, place="export")))
    for batch in network.batches(found):
        iris = " ".join(str(ox.NamedNode(each)) for each in batch)
        yield batch, _grouped(solutions(store.query(about.replace("KEYS", iris), place="export")))


def _grouped(rows: Iterable[tuple[Any, ...]]) -> dict[str, Facts]:
    facts: dict[str, set[tuple[str, Any]]] = {}
    for subject, predicate, value in rows:
        facts.setdefault(subject.value, set()).add((names.compact(predicate.value), value))
    return {key: sorted(each, key=lambda fact: (fact[0] != "rdf:type", fact[0], str(fact[1])))
            for key, each in facts.items()}  # fmt: skip


def _predicate(name: str) -> str:
    return name if name.partition(":")[0] in names.PREFIXES else f"<{name}>"

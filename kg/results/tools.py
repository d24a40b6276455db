"""Rows as plain values, and JSON Lines of them: one object a row, for data tools."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyoxigraph as ox

from kg import names
from kg.results.w3c import value
from kg.store import Solutions, Term

__all__ = ["Plain", "jsonl", "plain"]

Plain = str | int | float | bool | None

_INTEGER = names.expand("xsd:integer")
_DECIMAL = {names.expand("xsd:decimal"), names.expand("xsd:double"), names.expand("xsd:float")}
_BOOLEAN = names.expand("xsd:boolean")


def plain(term: Term | None) -> Plain:
    """Return a term as data: numbers and truth values as such, all else by its bare value.

    >>> plain(ox.Literal(5)), plain(ox.NamedNode("https://example.org/")), plain(None)
    (5, 'https://example.org/', None)
    """
    if term is None:
        return None
    if not isinstance(term, ox.Literal):
        return value(term)
    kind = term.datatype.value
    if kind == _INTEGER:
        return int(term.value)
    if kind == _BOOLEAN:
        return term.value == "true"
    if kind in _DECIMAL and term.value not in {"NaN", "INF", "-INF"}:
        return float(term.value)
    return term.value


def jsonl(answer: Solutions) -> Iterator[bytes]:
    """One JSON object a line, in the query's order; what is unbound is null."""
    for row in answer:
        record = dict(zip(answer.variables, map(plain, row), strict=True))
        yield (json.dumps(record, ensure_ascii=False) + "\n").encode()

"""What a SPARQL server answers, read to its end: an answer that stops before that is none.

A server that fails in the middle has sent its 200 already.  So rows are parsed as they
come, and what is no whole document raises :class:`KGError`, also after some rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

import pyoxigraph as ox

from kg.endpoint import Answer
from kg.errors import KGError
from kg.names import PREFIXES, expand
from kg.sparql import Request

__all__ = ["DURATIONS", "JSON", "TRIPLES", "Kind", "kind_of", "rows", "triples", "truth"]

Kind = tuple[str, ...] | str
"""The variables of a ``SELECT``; ``ask``, ``triples``."""

JSON = "application/sparql-results+json"
TRIPLES = "application/n-triples, text/turtle;q=0.5, application/rdf+xml;q=0.4"
"""What to ask for."""

DURATIONS = {expand(f"xsd:{name}") for name in ("duration", "yearMonthDuration")}
_BOOLEAN = expand("xsd:boolean")

_EMPTY = ox.Store()
_SKOLEM = (b'"bnode", "value": "nodeID://', b'"bnode", "value": "')
"""How Virtuoso writes a blank node.  Within a JSON string the quotes would be escaped."""


def kind_of(request: Request) -> Kind:
    """Return what kind of answer a query asks for; :class:`KGError` if it is no query.

    The engine in this process parses it, so a mistake is told with line and column,
    in the same words for every server.
    """
    try:
        found = _EMPTY.query(request.text, prefixes=PREFIXES)
    except SyntaxError as error:
        raise request.syntax_error(error) from error
    except (OSError, RuntimeError, ValueError) as error:
        remedy = "SPARQL 1.1 without an engine's own functions is what every store can do"
        raise KGError(request.place, " ".join(str(error).split()), remedy) from error
    if isinstance(found, ox.QueryBoolean):
        return "ask"
    if isinstance(found, ox.QueryTriples):
        return "triples"
    return tuple(variable.value for variable in found.variables)


def truth(answer: Answer) -> bool:
    """Return the answer to an ``ASK``; Virtuoso's is a ``SELECT`` with a row or none."""
    if not answer.type.endswith("json"):
        raise _other(answer, "SPARQL results")
    with answer:
        told = answer.read()
    try:
        found = json.loads(told)
        if "boolean" in found:
            return bool(found["boolean"])
        return bool(found["results"]["bindings"])
    except (KeyError, TypeError, ValueError) as error:
        raise _broken(answer, 0) from error


def rows(answer: Answer, variables: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a ``SELECT``, in the order of our variables."""
    if not answer.type.endswith("json"):
        raise _other(answer, "SPARQL results")
    count = 0
    found: Any = None
    with answer:
        try:
            found = ox.parse_query_results(cast("Any", _Named(answer)), ox.QueryResultsFormat.JSON)
            if isinstance(found, ox.QueryBoolean):
                raise _broken(answer, 0)
            there = {variable.value for variable in found.variables}
            if there and not there & {*variables}:
                what = (
                    f"was asked for {', '.join(variables)} and answers {', '.join(sorted(there))}"
                )
                raise KGError(answer.place, what, "is it a SPARQL 1.1 endpoint?")
            mended = _of_virtuoso if answer.maker.startswith("Virtuoso") else _as_it_is
            for row in found:
                count += 1
                terms = (row[name] if name in there else None for name in variables)
                yield tuple(map(mended, terms))
        except SyntaxError as error:
            raise _broken(answer, count) from error
        finally:
            found = None  # it may not be in a traceback that another thread throws away
    if answer.most_rows is not None and count >= answer.most_rows:
        raise cut_off(answer.place, answer.most_rows)


def triples(answer: Answer) -> Iterator[ox.Triple]:
    """Yield the triples of a ``CONSTRUCT`` or ``DESCRIBE``."""
    format = ox.RdfFormat.from_media_type(answer.type)
    if format is None:
        raise _other(answer, "triples")
    if not answer.framed and format != ox.RdfFormat.RDF_XML:
        what = "does not say where its answer ends, so that a part would look like the whole"
        raise KGError(answer.place, what, "ask with SELECT")
    mended = _of_virtuoso if answer.maker.startswith("Virtuoso") else _as_it_is
    count = 0
    with answer:
        try:
            for quad in ox.parse(cast("Any", answer), format=format):
                count += 1
                subject, predicate, value = quad.triple
                yield ox.Triple(subject, predicate, mended(value))
        except SyntaxError as error:
            raise _broken(answer, count) from error


def cut_off(place: str, most: int) -> KGError:
    """Return what is to be said of a server that ends its answers at `most` rows."""
    remedy = "let it give more (Virtuoso: ResultSetMaxRows), or ask for less with LIMIT"
    return KGError(place, f"cuts answers off at {most:,} rows", remedy)


class _Named:
    """A JSON answer in which blank nodes have names as SPARQL has them."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._rest = b""

    def read(self, size: int) -> bytes:
        old, new = _SKOLEM
        while True:
            piece = self._answer.read(size)
            text = (self._rest + piece).replace(old, new)
            # What may be the beginning of such a name waits for the rest of it.
            keep = next((n for n in range(len(old) - 1, 0, -1) if text.endswith(old[:n])), 0)
            keep = keep if piece else 0
            self._rest = text[len(text) - keep :]
            if len(text) > keep or not piece:
                return text[: len(text) - keep]


def _as_it_is(term: Any) -> Any:
    return term


def _of_virtuoso(term: Any) -> Any:
    """Spell a value as XML Schema does: Virtuoso 7.2 writes durations as a number of months."""
    if isinstance(term, ox.Literal):
        datatype, value = term.datatype.value, term.value
        if datatype == _BOOLEAN and value in {"0", "1"}:
            return ox.Literal("true" if value == "1" else "false", datatype=term.datatype)
        if datatype in DURATIONS and value.isdecimal():
            years, months = divmod(int(value), 12)
            parts = [f"{years}Y" if years else "", f"{months}M" if months or not years else ""]
            return ox.Literal(f"P{''.join(parts)}", datatype=term.datatype)
    return term


def _other(answer: Answer, wanted: str) -> KGError:
    answer.close()
    what = f"answers with {answer.type or 'something without a type'}, not with {wanted}"
    return KGError(answer.place, what, "name the address of a SPARQL 1.1 endpoint")


def _broken(answer: Answer, count: int) -> KGError:
    what = "sent something that is no whole answer"
    if count:
        what = f"stopped in the middle of its answer, after {count:,} row{'s' if count > 1 else ''}"
    return KGError(answer.place, what, "what came of it does not count; ask again")

"""The W3C's formats for the rows of a SPARQL 1.1 query: CSV, TSV, JSON and XML."""

from __future__ import annotations

import csv as csv_module
import io
import json as json_module
from collections.abc import Iterator, Sequence
from html import escape

import pyoxigraph as ox

from kg import names
from kg.errors import KGError
from kg.serialize import NO_XML
from kg.store import Solutions, Term

__all__ = ["csv", "json", "json_boolean", "tsv", "value", "xml", "xml_boolean"]

_XSD_STRING = names.expand("xsd:string")
_RESULTS = "http://www.w3.org/2005/sparql-results#"


def csv(answer: Solutions) -> Iterator[bytes]:
    """SPARQL 1.1 Query Results CSV, section 3: plain values, lines end in CRLF."""
    yield _csv_line(answer.variables)
    for row in answer:
        yield _csv_line(["" if term is None else value(term) for term in row])


def _csv_line(values: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv_module.writer(line).writerow(values)
    return line.getvalue().encode()


def value(term: Term) -> str:
    """Return the bare value; blank nodes with their ``_:``, a quoted triple as it is written."""
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


def tsv(answer: Solutions) -> Iterator[bytes]:
    """SPARQL 1.1 Query Results TSV, section 4: terms as in Turtle, tabs escaped."""
    yield ("\t".join(f"?{name}" for name in answer.variables) + "\n").encode()
    for row in answer:
        cells = ("" if term is None else _turtle(term).replace("\t", "\\t") for term in row)
        yield ("\t".join(cells) + "\n").encode()


def _turtle(term: Term) -> str:
    if isinstance(term, ox.Triple):
        return f"<<( {' '.join(_turtle(part) for part in term)} )>>"
    return str(term)


def json(answer: Solutions) -> Iterator[bytes]:
    """SPARQL 1.1 Query Results JSON; one row a line."""
    names = _dumps(list(answer.variables))
    yield f'{{"head": {{"vars": {names}}}, "results": {{"bindings": ['.encode()
    separator = "\n"
    for row in answer:
        bound = {name: _json_term(term) for name, term in _bound(answer, row)}
        yield (separator + _dumps(bound)).encode()
        separator = ",\n"
    yield b"\n]}}\n"


def json_boolean(answer: bool) -> str:
    """Return the document for the answer to an ``ASK``."""
    return f'{{"head": {{}}, "boolean": {_dumps(answer)}}}\n'


def _bound(answer: Solutions, row: Sequence[Term | None]) -> Iterator[tuple[str, Term]]:
    named = zip(answer.variables, row, strict=True)
    return ((name, term) for name, term in named if term is not None)


def _dumps(content: object) -> str:
    return json_module.dumps(content, ensure_ascii=False)


def _json_term(term: Term) -> dict[str, object]:
    match term:
        case ox.NamedNode():
            return {"type": "uri", "value": term.value}
        case ox.BlankNode():
            return {"type": "bnode", "value": term.value}
        case ox.Triple():
            parts = zip(("subject", "predicate", "object"), term, strict=True)
            return {"type": "triple", "value": {name: _json_term(part) for name, part in parts}}
    if term.language:
        return {"type": "literal", "value": term.value, "xml:lang": term.language}
    if term.datatype.value == _XSD_STRING:
        return {"type": "literal", "value": term.value}
    return {"type": "literal", "value": term.value, "datatype": term.datatype.value}


def xml(answer: Solutions) -> Iterator[bytes]:
    """SPARQL Query Results XML Format (Second Edition)."""
    variables = "".join(f"<variable name='{escape(name)}'/>" for name in answer.variables)
    head = f'<?xml version="1.0"?>\n<sparql xmlns="{_RESULTS}">\n<head>{variables}</head>\n'
    yield f"{head}<results>\n".encode()
    for row in answer:
        cells = (
            f"<binding name='{escape(name)}'>{_xml_term(term)}</binding>"
            for name, term in _bound(answer, row)
        )
        yield f"<result>{''.join(cells)}</result>\n".encode()
    yield b"</results>\n</sparql>\n"


def xml_boolean(answer: bool) -> str:
    """Return the document for the answer to an ``ASK``."""
    head = f'<?xml version="1.0"?>\n<sparql xmlns="{_RESULTS}"><head/>'
    return f"{head}<boolean>{_dumps(answer)}</boolean></sparql>\n"


def _xml_term(term: Term) -> str:
    match term:
        case ox.NamedNode():
            return f"<uri>{escape(term.value)}</uri>"
        case ox.BlankNode():
            return f"<bnode>{escape(term.value)}</bnode>"
        case ox.Triple():
            parts = zip(("subject", "predicate", "object"), term, strict=True)
            inner = "".join(f"<{name}>{_xml_term(part)}</{name}>" for name, part in parts)
            return f"<triple>{inner}</triple>"
    if bad := NO_XML.search(term.value):
        what = f"XML cannot hold the control character U+{ord(bad[0]):04X} of {term}"
        raise KGError("format 'xml'", what, "use json")
    words = escape(term.value, quote=False).replace("\r", "&#xD;")
    if term.language:
        return f"<literal xml:lang='{escape(term.language)}'>{words}</literal>"
    if term.datatype.value == _XSD_STRING:
        return f"<literal>{words}</literal>"
    return f"<literal datatype='{escape(term.datatype.value)}'>{words}</literal>"

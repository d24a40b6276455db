"""Answers as people and programs read them, written while they are being found.

``csv``, ``tsv``, ``json`` and ``xml`` follow the W3C's SPARQL 1.1 Query Results
formats; ``table`` is for a terminal; graphs are ``ttl`` or ``nt``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox

from kg import names
from kg.errors import KGError, near
from kg.paths import replacing
from kg.serialize import NO_XML, serialize
from kg.store import Result, Solutions, Term, Triples

__all__ = ["FORMATS", "write"]

Row = Sequence[Term | None]
_XSD_STRING = names.expand("xsd:string")
_RESULTS = "http://www.w3.org/2005/sparql-results#"
_GRAPHS = {"ttl": ox.RdfFormat.TURTLE, "nt": ox.RdfFormat.N_TRIPLES}


def write(answer: Result, path: str, form: str = "") -> None:
    """Write an answer to the file at `path` (``-`` is stdout).

    `form` is one of :data:`FORMATS`; without one it is the path's suffix, else a
    table for rows and Turtle for graphs.  Raises :class:`~kg.errors.KGError` for a
    format that does not exist or cannot hold this kind of answer.
    """
    default = "ttl" if isinstance(answer, Triples) else "table"
    suffix = path.rpartition(".")[2]
    form = form or (suffix if suffix in FORMATS else default)
    if form not in FORMATS:
        raise KGError(
            f"format '{form}'", "is none", near(form, FORMATS, f"one of {', '.join(FORMATS)}")
        )
    if isinstance(answer, Triples) != (form in _GRAPHS):
        kind = "a graph" if isinstance(answer, Triples) else "rows"
        fit = [each for each in FORMATS if (each in _GRAPHS) == isinstance(answer, Triples)]
        raise KGError(f"format '{form}'", f"cannot hold {kind}", f"use one of {', '.join(fit)}")
    with replacing(path) as out:
        if isinstance(answer, Triples):
            serialize((ox.Quad(*triple) for triple in answer), out, _GRAPHS[form])
        elif isinstance(answer, bool):
            out.write(_BOOLEAN[form](answer).encode())
        else:
            for text in _ROWS[form](answer):
                out.write(text.encode())


# -- for programs ------------------------------------------------------------


def _csv(answer: Solutions) -> Iterator[str]:
    """SPARQL 1.1 Query Results CSV, section 3: plain values, lines end in CRLF."""
    yield _csv_line(answer.variables)
    for row in answer:
        yield _csv_line(["" if term is None else _value(term) for term in row])


def _csv_line(values: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


def _value(term: Term) -> str:
    """The bare value; blank nodes with their ``_:``, a quoted triple as it is written."""
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


def _tsv(answer: Solutions) -> Iterator[str]:
    """SPARQL 1.1 Query Results TSV, section 4: terms as in Turtle, tabs escaped."""
    yield "\t".join(f"?{name}" for name in answer.variables) + "\n"
    for row in answer:
        cells = ("" if term is None else _turtle(term).replace("\t", "\\t") for term in row)
        yield "\t".join(cells) + "\n"


def _turtle(term: Term) -> str:
    if isinstance(term, ox.Triple):
        return f"<<( {' '.join(_turtle(part) for part in term)} )>>"
    return str(term)


def _json(answer: Solutions) -> Iterator[str]:
    yield '{"head": {"vars": ' + _dumps(list(answer.variables)) + '}, "results": {"bindings": ['
    separator = "\n"
    for row in answer:
        yield separator + _dumps({name: _json_term(term) for name, term in _bound(answer, row)})
        separator = ",\n"
    yield "\n]}}\n"


def _bound(answer: Solutions, row: Row) -> Iterator[tuple[str, Term]]:
    named = zip(answer.variables, row, strict=True)
    return ((name, term) for name, term in named if term is not None)


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


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


def _xml(answer: Solutions) -> Iterator[str]:
    variables = "".join(f"<variable name={quoteattr(name)}/>" for name in answer.variables)
    yield f'<?xml version="1.0"?>\n<sparql xmlns="{_RESULTS}">\n<head>{variables}</head>\n'
    yield "<results>\n"
    for row in answer:
        cells = (
            f"<binding name={quoteattr(name)}>{_xml_term(term)}</binding>"
            for name, term in _bound(answer, row)
        )
        yield f"<result>{''.join(cells)}</result>\n"
    yield "</results>\n</sparql>\n"


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
    words = escape(term.value, {"\r": "&#xD;"})
    if term.language:
        return f"<literal xml:lang={quoteattr(term.language)}>{words}</literal>"
    if term.datatype.value == _XSD_STRING:
        return f"<literal>{words}</literal>"
    return f"<literal datatype={quoteattr(term.datatype.value)}>{words}</literal>"


# -- for people --------------------------------------------------------------


def _table(answer: Solutions) -> Iterator[str]:
    """A table that fits the terminal; in a pipe, as wide as it needs to be."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    page = io.StringIO()
    terminal = Console(stderr=False)
    width = terminal.width if terminal.is_terminal else 10_000
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in answer.variables:
        table.add_column(name, overflow="fold")
    count = 0
    for row in answer:
        table.add_row(*(Text(_short(term)) for term in row))
        count += 1
    console = Console(file=page, width=width, no_color=True, legacy_windows=False)
    console.print(table)
    lines = page.getvalue().splitlines()
    yield "".join(f"{line.rstrip()}\n" for line in lines)
    yield f"{count} row{'' if count == 1 else 's'}\n"


def _short(term: Term | None) -> str:
    if term is None:
        return ""
    if isinstance(term, ox.NamedNode):
        return names.compact(term.value)
    return _value(term)


_ROWS: dict[str, Callable[[Solutions], Iterable[str]]] = {
    "table": _table,
    "csv": _csv,
    "tsv": _tsv,
    "json": _json,
    "xml": _xml,
}


def _word(answer: bool) -> str:
    return "true" if answer else "false"


_BOOLEAN: dict[str, Callable[[bool], str]] = {
    "table": lambda answer: ("yes" if answer else "no") + "\n",
    "csv": lambda answer: _word(answer) + "\n",
    "tsv": lambda answer: _word(answer) + "\n",
    "json": lambda answer: f'{{"head": {{}}, "boolean": {_word(answer)}}}\n',
    "xml": lambda answer: (
        f'<?xml version="1.0"?>\n<sparql xmlns="{_RESULTS}"><head/>'
        f"<boolean>{_word(answer)}</boolean></sparql>\n"
    ),
}

FORMATS = (*_ROWS, *_GRAPHS)
"""For rows and yes or no: table, csv, tsv, json, xml; for graphs: ttl, nt."""

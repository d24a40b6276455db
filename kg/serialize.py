"""RDF to bytes: the same content gives the same bytes, in whatever order it comes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import IO, BinaryIO, cast

import pyoxigraph as ox

from kg.errors import KGError
from kg.names import PREFIXES, expand

__all__ = ["serialize"]

_FIRST = (
    *("rdf:type", "rdfs:label", "skos:altLabel", "skos:hiddenLabel", "dcterms:title"),
    *("rdf:subject", "rdf:predicate", "rdf:object"),
)
"""Predicates in the order in which one wants to read them; all others follow by name."""

_ORDER = {expand(name): f"{rank:02}" for rank, name in enumerate(_FIRST)}
# XML 1.0, section 2.2: what a document cannot hold, not even escaped.
NO_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_STATEMENT = re.compile(rb"^(?=[^\t\n])", re.MULTILINE)
"""Where a Turtle statement begins: its other lines are indented, strings have no line ends."""
_XML_NAME = re.compile(r".*?[^\W\d][\w.-]*", re.DOTALL)


def serialize(quads: Iterable[ox.Quad], out: BinaryIO, format: ox.RdfFormat) -> None:
    """Write `quads` to `out`, sorted: graphs, then subjects, then predicates as one reads them.

    All quads are held in memory (about 0.5 kB each).  Blank nodes get canonical
    names (RDFC-1.0), so that they do not disturb the order.  Turtle, TriG and
    RDF/XML use the prefixes of :mod:`kg.names`; the last byte is a line end.

    Raises :class:`KGError` for what the format cannot hold: a named graph in a
    format for one graph; in RDF/XML a control character, or a predicate that
    ends in no XML name.

    >>> import io
    >>> s, p = ox.NamedNode(expand("id:lab")), ox.NamedNode(expand("aie:partOf"))
    >>> out = io.BytesIO()
    >>> serialize([ox.Quad(s, p, ox.NamedNode(expand("id:lg")))], out, ox.RdfFormat.TURTLE)
    >>> out.getvalue().decode().splitlines()[-1]
    'id:lab aie:partOf id:lg .'
    """
    ordered = sorted(_canonical(quads), key=_reading_order)
    if format == ox.RdfFormat.RDF_XML:
        _refuse_no_xml(ordered)
    sink = _Sink(out, format)
    written = cast("IO[bytes]", sink)  # the engine only writes to it and flushes it
    if format.supports_datasets:
        ox.serialize(ordered, written, format, prefixes=PREFIXES)
    else:
        if ordered and ordered[-1].graph_name != ox.DefaultGraph():
            what = f"{format.name} holds one graph, not {ordered[-1].graph_name}"
            raise KGError(format.name, what, "use TriG or N-Quads, or choose a graph")
        ox.serialize((quad.triple for quad in ordered), written, format, prefixes=PREFIXES)
    sink.finish()


def _reading_order(quad: ox.Quad) -> tuple[str, str, str, str]:
    graph = "" if isinstance(quad.graph_name, ox.DefaultGraph) else str(quad.graph_name)
    predicate = quad.predicate.value
    # Without its `>` a subject comes before what has a fragment: ev:x before ev:x#selector.
    return graph, str(quad.subject).rstrip(">"), _ORDER.get(predicate, predicate), str(quad.object)


def _canonical(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """The quads without repetitions; those with blank nodes under canonical names."""
    ground, blank = set(), ox.Dataset()
    for quad in quads:
        if any(isinstance(term, ox.BlankNode) for term in quad):
            blank.add(quad)
        else:
            ground.add(quad)
    if len(blank):
        blank.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return [*ground, *blank]


def _refuse_no_xml(quads: Iterable[ox.Quad]) -> None:
    for predicate in {quad.predicate.value for quad in quads}:
        if not _XML_NAME.fullmatch(predicate):
            what = f"cannot hold <{predicate}>, which ends in no XML name"
            raise KGError("RDF/XML", what, "use Turtle")
    for quad in quads:
        if isinstance(quad.object, ox.Literal) and (bad := NO_XML.search(quad.object.value)):
            what = f"cannot hold the control character U+{ord(bad[0]):04X} of {quad.subject}"
            raise KGError("RDF/XML", what, "use Turtle")


class _Sink:
    """The engine's output, made as we want it line by line; the last byte is a line end."""

    def __init__(self, out: BinaryIO, format: ox.RdfFormat) -> None:
        self._out = out
        self._format = format
        self._rest = b""
        self._skipped = 0
        if format in (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG):
            # The engine writes prefixes in the order of its own hash table: these are ours.
            self._skipped = len(PREFIXES)
            for prefix, iri in PREFIXES.items():
                out.write(f"@prefix {prefix}: <{iri}> .\n".encode())

    def write(self, data: bytes) -> int:
        lines, end, self._rest = (self._rest + data).rpartition(b"\n")
        self._write(lines + end)
        return len(data)

    def flush(self) -> None:
        self._out.flush()

    def finish(self) -> None:
        if self._rest:
            self._write(self._rest + b"\n")

    def _write(self, lines: bytes) -> None:
        while self._skipped and lines:
            _, _, lines = lines.partition(b"\n")
            self._skipped -= 1
        if self._format == ox.RdfFormat.TURTLE:
            lines = _STATEMENT.sub(b"\n", lines)
        elif self._format == ox.RdfFormat.RDF_XML:
            # An XML reader turns a bare carriage return into a line feed (XML 1.0, 2.11).
            lines = lines.replace(b"\r", b"&#xD;")
        self._out.write(lines)

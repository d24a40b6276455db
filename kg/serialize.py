"""RDF to bytes: the same content gives the same bytes, in whatever order it comes."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import IO, BinaryIO, cast

import pyoxigraph as ox

from kg.errors import KGError
from kg.names import PREFIXES, expand

__all__ = ["STREAMED", "Subject", "serialize", "stream"]

STREAMED = (ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS, ox.RdfFormat.TURTLE)
"""Formats that :func:`stream` can write: what is about one subject stands by itself."""

Subject = ox.NamedNode | ox.BlankNode | ox.Triple
Graph = ox.NamedNode | ox.BlankNode | ox.DefaultGraph

_BATCH = 500
"""Subjects that are looked up and written at once."""

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
    if ordered and not format.supports_datasets and ordered[-1].graph_name != ox.DefaultGraph():
        what = f"{format.name} holds one graph, not {ordered[-1].graph_name}"
        raise KGError(format.name, what, "use TriG or N-Quads, or choose a graph")
    sink = _Sink(out, format)
    sink.write_all(ordered)
    sink.finish()


def stream(
    scan: Iterable[ox.Quad],
    about: Callable[[ox.NamedNode, Graph], Iterable[ox.Quad]],
    out: BinaryIO,
    format: ox.RdfFormat,
) -> None:
    """Write the same bytes as :func:`serialize`, in one of the :data:`STREAMED` formats.

    `scan` yields every quad once, in any order; `about` those of a subject in a graph.
    Held are the subjects (about 0.15 kB each) and quads with blank nodes.
    """
    subjects: dict[Graph, set[str]] = {}
    blank = ox.Dataset()
    for quad in scan:
        subject, _, value, graph = quad
        if type(subject) is ox.BlankNode or type(value) is ox.BlankNode:
            blank.add(quad)
        else:
            subjects.setdefault(graph, set()).add(str(subject))
    named: dict[tuple[Graph, str], list[ox.Quad]] = {}
    for quad in _canonical(blank):
        named.setdefault((quad.graph_name, str(quad.subject)), []).append(quad)
        subjects.setdefault(quad.graph_name, set()).add(str(quad.subject))
    sink = _Sink(out, format)
    for graph in sorted(subjects, key=_graph_order):
        remaining = iter(sorted(subjects[graph], key=_subject_order))
        while batch := list(itertools.islice(remaining, _BATCH)):
            quads: list[ox.Quad] = []
            for subject in batch:
                found = set(named.get((graph, subject), ()))
                if subject.startswith("<"):
                    ground = about(ox.NamedNode(subject[1:-1]), graph)
                    found.update(filter(_is_ground, ground) if found else ground)
                quads += sorted(found, key=_fact_order)
            sink.write_all(quads)
    sink.finish()


def _reading_order(quad: ox.Quad) -> tuple[str, str, str, str]:
    graph, subject = _graph_order(quad.graph_name), _subject_order(str(quad.subject))
    return graph, subject, *_fact_order(quad)


def _fact_order(quad: ox.Quad) -> tuple[str, str]:
    predicate = quad.predicate.value
    return _ORDER.get(predicate, predicate), str(quad.object)


def _graph_order(graph: Graph) -> str:
    return "" if isinstance(graph, ox.DefaultGraph) else str(graph)


def _subject_order(subject: str) -> str:
    """Without its ``>`` a subject comes before what has a fragment: ev:x before ev:x#selector."""
    return subject.rstrip(">")


def _is_ground(quad: ox.Quad) -> bool:
    return not any(isinstance(term, ox.BlankNode) for term in quad)


def _canonical(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """The quads without repetitions; those with blank nodes under canonical names."""
    ground, blank = set(), ox.Dataset()
    for quad in quads:
        if _is_ground(quad):
            ground.add(quad)
        else:
            blank.add(quad)
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
        self._has_prefixes = format in (ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG)
        if self._has_prefixes:
            # The engine writes prefixes in the order of its own hash table: these are ours.
            for prefix, iri in PREFIXES.items():
                out.write(f"@prefix {prefix}: <{iri}> .\n".encode())

    def write_all(self, quads: Sequence[ox.Quad]) -> None:
        """Write sorted quads; what comes next begins with another subject."""
        self._skipped = len(PREFIXES) if self._has_prefixes else 0
        things = quads if self._format.supports_datasets else [quad.triple for quad in quads]
        sink = cast("IO[bytes]", self)  # the engine only writes to it and flushes it
        ox.serialize(things, sink, self._format, prefixes=PREFIXES)

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

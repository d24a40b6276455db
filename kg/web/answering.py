"""One question answered, in a worker's process: from its text to bytes of the wanted format.

The engine's own serialisers write some five times faster than Python does; so they do,
into a sink that counts.  What is beyond a limit is answered once more, row by row.
"""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, cast

import pyoxigraph as ox

from kg.errors import KGError
from kg.failures import failed
from kg.names import INFERRED, PREFIXES
from kg.results import w3c
from kg.serialize import serialize
from kg.sparql import Request
from kg.store import OxigraphStore, Solutions, Store, Triples
from kg.web.gate import Gate
from kg.web.negotiation import GRAPHS, ROWS
from kg.web.refused import Refused
from kg.web.spool import STEP, full, see_to_room

if TYPE_CHECKING:
    from kg.web.tasks import Dump, Query

__all__ = ["Answered", "briefly", "dump", "query", "refusal"]

_SORTED = 5_000
"""Triples; more are sent as they are found."""
INLINE = 256 * 1024
"""Bytes; a longer answer goes through a file."""

_ROWS = {form.name: form for form in ROWS}
_GRAPHS = {form.name: form for form in GRAPHS}
_BY_ROW: dict[str, Callable[[Solutions], Iterable[bytes]]] = {
    "json": w3c.json,
    "xml": w3c.xml,
    "csv": w3c.csv,
    "tsv": w3c.tsv,
}
_ROW_ENDS = {"json": b"},{", "xml": b"<result>", "csv": b"\r\n", "tsv": b"\n"}
"""What stands once a row in the engine's output, or more often where a text holds it."""
_UNKNOWN = re.compile("function <[^<>]*> is not supported")
_NO_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass
class Answered:
    """What a worker tells of its answer; the bytes come beside it."""

    form: str
    truncated: bool = False
    sink: Sink | None = field(default=None, repr=False)


class _Enough(Exception):
    """More rows than allowed, perhaps: they have to be counted exactly."""


class _TooLong(Refused):
    """More bytes than allowed."""


class Sink:
    """Keeps what is written in memory, and in the file at `path` when it gets longer."""

    def __init__(self, path: str, limit: int, room: int, mark: bytes = b"", marks: int = 0) -> None:
        self.path = Path(path)
        self.limit, self.room = limit, room
        self._seen = 0
        """Bytes for which there was room."""
        self.size = 0
        self.pieces: list[bytes] = []
        self.file: BinaryIO | None = None
        self._mark, self._marks, self._last = mark, marks, b""
        self._xml = mark == _ROW_ENDS["xml"]

    def write(self, data: bytes) -> int:
        """Take a piece; raises when the answer gets longer than it may."""
        data = bytes(data)
        self.size += len(data)
        if self.size > self.limit:
            what = f"the answer is longer than {self.limit >> 20} MiB"
            raise _TooLong(503, f"{what}; ask for less, with LIMIT and OFFSET", retry_after_s=60)
        if self._mark:
            self._count(data)
        if self.size <= INLINE:
            self.pieces.append(data)
        else:
            self._spool(data)
        return len(data)

    def _spool(self, data: bytes) -> None:
        if self.size > self._seen:
            see_to_room(self.path, self.room)
            self._seen = self.size + STEP
        try:
            if self.file is None:
                self.file = self.path.open("wb")
                self.file.writelines(self.pieces)
                self.pieces = []
            self.file.write(data)
        except OSError as error:
            raise full() from error

    def _count(self, data: bytes) -> None:
        if self._xml and (bad := _NO_XML.search(data)):
            what = f"XML cannot hold the control character U+{bad[0][0]:04X} of the answer"
            raise Refused(406, f"{what}; ask for JSON")
        joined = self._last + data
        self._marks -= joined.count(self._mark)
        keep = len(self._mark) - 1
        # A mark that ends here must not be counted again: what is kept is shorter than one.
        self._last = joined[-keep:] if keep and not joined.endswith(self._mark) else b""
        if self._marks < 0:
            raise _Enough

    def flush(self) -> None:
        """Part of a file's interface."""

    def finish(self) -> bytes:
        """Return what is in memory; a file is whole now."""
        if self.file is not None:
            try:
                self.file.close()
            except OSError as error:
                raise full() from error
        return b"".join(self.pieces)

    def discard(self) -> None:
        """Leave nothing behind."""
        if self.file is not None:
            with contextlib.suppress(OSError):  # a full disk may not take what is left to write
                self.file.close()
            self.path.unlink(missing_ok=True)


def query(store: Store, task: Query) -> Answered:
    """Answer a query.

    Raises :class:`~kg.web.refused.Refused`, with 400 for what is no query, 406 for a
    kind of answer that the client does not accept.
    """
    with Gate(task.services, task.service_s) as gate:
        try:
            request = Request(task.text, "query", instead=gate.instead if task.services else None)
        except KGError as error:
            raise Refused(400, str(error)) from error
        if isinstance(store, OxigraphStore):
            return _by_engine(store, request, task)
    return _by_store(store, task)


def briefly(store: OxigraphStore, task: Query) -> Answered | None:
    """Answer a query of which at most ``task.limit`` bytes, and ``task.rows`` rows, may be read.

    Return None where there is more: then it is to be asked otherwise.  Raises as
    :func:`query` does.
    """
    try:
        return _at_once(store, Request(task.text, "query"), task)
    except KGError as error:
        raise Refused(400, str(error)) from error
    except (_Enough, _TooLong):
        return None


def _by_engine(store: OxigraphStore, request: Request, task: Query) -> Answered:
    try:
        return _at_once(store, request, task)
    except _Enough:
        again = cast("ox.QuerySolutions", _asked(store, request, task))
    try:
        names = tuple(variable.value for variable in again.variables)
        return _solutions(Solutions(names, map(tuple, again)), task)
    except (OSError, RuntimeError, ValueError) as error:
        raise _broken(error) from error


def _at_once(store: OxigraphStore, request: Request, task: Query) -> Answered:
    found = _asked(store, request, task)
    try:
        if isinstance(found, ox.QueryBoolean):
            return _boolean(bool(found), task)
        if isinstance(found, ox.QueryTriples):
            return _triples(found, task)
        form = _ROWS[_accepted(task.rows_form, "rows", ROWS)]
        ends = _ROW_ENDS[form.name]
        # The heads of CSV and TSV end like rows, and JSON has an end less than rows.
        sink = _sink(task, ends, task.rows + (form.name in ("csv", "tsv")) - (form.name == "json"))
        try:
            found.serialize(cast("IO[bytes]", sink), cast("ox.QueryResultsFormat", form.engine))
        except _Enough:
            sink.discard()
            raise
        return Answered(form.name, sink=sink)
    except (OSError, RuntimeError, ValueError) as error:
        raise _broken(error) from error


def _asked(store: OxigraphStore, request: Request, task: Query) -> Any:
    named = list(request.graphs(task.base)) if "FROM" in request.text.upper() else []
    for graph in named:
        if not _is_graph(store, graph):
            raise Refused(400, f"<{graph}> is no graph of the store; nothing is fetched")
    dataset: dict[str, Any] = {}
    if task.default is not None or task.named is not None:
        dataset["default_graph"] = [ox.NamedNode(iri) for iri in task.default or ()]
        dataset["named_graphs"] = [ox.NamedNode(iri) for iri in task.named or ()]
    elif store.inferred and not named:
        dataset["default_graph"] = [ox.DefaultGraph(), ox.NamedNode(INFERRED)]
    try:
        return store.engine.query(request.text, base_iri=task.base, prefixes=PREFIXES, **dataset)
    except SyntaxError as error:
        raise Refused(400, str(request.syntax_error(error))) from error
    except (OSError, RuntimeError, ValueError) as error:
        raise _broken(error) from error


def _is_graph(store: OxigraphStore, iri: str) -> bool:
    try:
        return store.engine.contains_named_graph(ox.NamedNode(iri))
    except ValueError:  # no IRI, so no graph's
        return False


def _broken(error: Exception) -> Refused:
    if _UNKNOWN.search(str(error)):  # found when it runs, but the query's own fault
        return Refused(400, str(failed("query", error)))
    return Refused(503, str(failed("query", error)), retry_after_s=1)


def _by_store(store: Store, task: Query) -> Answered:
    """The way of any other store, such as one on another server."""
    if task.default is not None or task.named is not None:
        what = "this server asks another one, which takes no dataset from a request"
        raise Refused(400, f"{what}; say FROM and FROM NAMED in the query")
    try:
        answer = store.query(task.text)
        if isinstance(answer, bool):
            return _boolean(answer, task)
        if isinstance(answer, Triples):
            return _triples(answer, task)
        return _solutions(answer, task)
    except KGError as error:
        raise refusal(error) from error


def refusal(error: KGError) -> Refused:
    """Return what a client is told of an error: it is the text's, or the store's.

    Where the store is, is none of the client's business.
    """
    if error.problem.place.startswith(("query", "update")):
        return Refused(400, str(error))
    return Refused(502, f"the store behind this server {error.problem.what}", retry_after_s=10)


def _boolean(answer: bool, task: Query) -> Answered:
    form = _accepted(task.rows_form, "yes or no", ROWS)
    if form in ("csv", "tsv"):  # the standard has none for these; a word is what all send
        text = f"{str(answer).lower()}\n"
    else:
        text = w3c.json_boolean(answer) if form == "json" else w3c.xml_boolean(answer)
    sink = _sink(task)
    sink.write(text.encode())
    return Answered(form, sink=sink)


def _solutions(answer: Solutions, task: Query) -> Answered:
    """Row by row, cut at the limit."""
    form = _accepted(task.rows_form, "rows", ROWS)
    cut = _Cut(answer.rows, task.rows)
    sink = _sink(task)
    last = b""
    try:
        for piece in _BY_ROW[form](Solutions(answer.variables, iter(cut))):
            sink.write(last)
            last = piece
    except KGError as error:  # what XML cannot hold
        raise Refused(406, str(error)) from error
    sink.write(_marked(form, last) if cut.more else last)
    return Answered(form, cut.more, sink)


def _marked(form: str, end: bytes) -> bytes:
    """The end of an answer that is not whole; CSV, TSV and JSON-LD have no place to say so."""
    if form == "json":  # a member that clients do not know is none of their business
        return end.replace(b"]}}", b']}, "truncated": true}')
    if form in ("xml", "rdf"):
        return end + b"<!-- truncated: the answer goes on -->\n"
    if form in ("ttl", "nt", "trig", "nq"):
        return end + b"# truncated: the answer goes on\n"
    return end


def _triples(found: Iterable[ox.Triple], task: Query) -> Answered:
    form = _GRAPHS[_accepted(task.graph_form, "triples", GRAPHS)]
    cut = _Cut(iter(found), task.rows)
    sink = _sink(task)
    out, format = cast("IO[bytes]", sink), cast("ox.RdfFormat", form.engine)
    first = list(itertools.islice(cut, _SORTED))
    if len(first) < _SORTED:  # for people to read, the same for every worker
        serialize((ox.Quad(*triple) for triple in first), cast("BinaryIO", sink), format)
    else:
        ox.serialize(itertools.chain(first, cut), out, format, prefixes=PREFIXES)
    if cut.more:
        sink.write(_marked(form.name, b""))
    return Answered(form.name, cut.more, sink)


class _Cut(Iterator[Any]):
    """The first of what is found; `more` tells whether there was any beyond."""

    def __init__(self, found: Iterator[Any], limit: int) -> None:
        self._found, self._first = found, itertools.islice(found, limit)
        self.more = False

    def __next__(self) -> Any:
        for each in self._first:
            return each
        if not self.more:
            self.more = next(self._found, None) is not None
        raise StopIteration


def _accepted(form: str | None, kind: str, offered: Iterable[Any]) -> str:
    if form is None:
        types = ", ".join(each.media for each in offered)
        raise Refused(406, f"the answer is {kind}, which is sent as {types}")
    return form


def _sink(task: Query | Dump, mark: bytes = b"", marks: int = 0) -> Sink:
    return Sink(task.spool, task.limit, task.room, mark, marks)


def dump(store: Store, task: Dump) -> Answered:
    """Write a graph of the store, or all of it."""
    form = _GRAPHS[task.form]
    format = cast("ox.RdfFormat", form.engine)
    graph = {"": None, "default": ox.DefaultGraph()}.get(task.graph) or (
        ox.NamedNode(task.graph) if task.graph not in ("", "default") else None
    )
    sink = _sink(task)
    if not isinstance(store, OxigraphStore):
        named = isinstance(graph, ox.NamedNode)
        if named and not store.query(f"ASK {{ GRAPH {graph} {{ ?s ?p ?o }} }}"):
            raise Refused(404, f"<{task.graph}> is no graph of the store")
        store.dump(cast("BinaryIO", sink), format, graph=graph)
        return Answered(form.name, sink=sink)
    engine = store.engine
    if isinstance(graph, ox.NamedNode) and not engine.contains_named_graph(graph):
        raise Refused(404, f"<{task.graph}> is no graph of the store")
    quads = engine.quads_for_pattern(None, None, None, graph)
    content = quads if graph is None else (quad.triple for quad in quads)
    ox.serialize(content, cast("IO[bytes]", sink), format, prefixes=PREFIXES)
    return Answered(form.name, sink=sink)

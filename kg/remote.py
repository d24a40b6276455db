"""A SPARQL 1.1 server of any maker as a store.

The address is where queries go.  After a ``#`` it may name the graph that holds the
data, as a whole IRI or as a name under ours: ``http://host/sparql#data``.  What is
behind a ``#`` is never sent, so any server's address can be written so.  Without it
the store is all that the server has, and the data are in the server's default graph.
That is not possible where the default graph is the union of all graphs, as in
Virtuoso, GraphDB or Neptune: the ontology and what the rules infer would be among the
data.  It is noticed, and said.

What differs between engines is in ``docs/engines.md``.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import re
import warnings
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TypeVar

import pyoxigraph as ox

from kg import answers, files
from kg.answers import DURATIONS, Kind, kind_of
from kg.endpoint import Endpoint
from kg.errors import KGError, KGWarning
from kg.files import Data, Graph, moved
from kg.names import BASE, INFERRED, ONTOLOGY, PREFIXES
from kg.ours import OURS, Named, not_ours
from kg.rows import Result, Rows, Solutions, Triples, solutions
from kg.serialize import serialize
from kg.sparql import Request, Value
from kg.store import OxigraphStore, Store

if TYPE_CHECKING:
    import rdflib

__all__ = ["BATCH", "RemoteStore"]

T = TypeVar("T")

BATCH = 1_000
"""Quads sent at once: some 150 kB, which every server takes."""

_PLAIN = ox.DefaultGraph()
_NAMED = (ox.NamedNode(INFERRED), ox.NamedNode(ONTOLOGY))
_STAGED = BASE + "loading/"
"""Where quads wait until all are there; what is under it is in no store."""
_IS_STAGED = f'FILTER STRSTARTS(STR(?g), "{_STAGED}")'
_NOT_STAGED = f'FILTER (!STRSTARTS(STR(?g), "{_STAGED}"))'
_PROBE = f"ASK {{ <{ONTOLOGY}> a <http://www.w3.org/2002/07/owl#Ontology> }}"
_NO_CLAIM = f"FILTER NOT EXISTS {{ ?claim a <{PREFIXES['aie']}Claim> }}"
_ELSEWHERE = f"ASK {{ {_NO_CLAIM} FILTER EXISTS {{ GRAPH <{BASE}data> {{ ?s ?p ?o }} }} }}"
"""Whether the data are in the graph of ``#data``, and not in the default graph."""


class RemoteStore:
    """A :class:`kg.store.Store` at ``http://…``.

    Raises :class:`KGError` at once if the server cannot be reached, does not let us
    in, is no SPARQL endpoint, or mixes all graphs into its default graph.
    """

    def __init__(self, location: str, *, read_only: bool = False, inferred: bool = False) -> None:
        address, _, name = location.partition("#")
        self.location = location
        self.read_only = read_only
        self.inferred = inferred
        self.graph = _graph(location, name) if name else None
        """The graph that holds the data; None for the server's default graph."""
        self._endpoint: Endpoint | None = Endpoint(address)
        self._unread: weakref.WeakSet[Rows[object]] = weakref.WeakSet()
        try:
            self._refuse_union()
            self._elsewhere = self.graph is None and self._ask(_ELSEWHERE)
        except BaseException:
            self.close()
            raise
        if self._elsewhere:
            what = f"has no claim in its default graph, but a graph <{BASE}data>"
            warnings.warn(KGWarning(location, what, f"say {address}#data"), stacklevel=2)

    @property
    def endpoint(self) -> Endpoint:
        """The server."""
        if self._endpoint is None:
            raise KGError(self.location, "is closed", "open it again")
        return self._endpoint

    # -- asking --------------------------------------------------------------

    def query(
        self, text: str, *, bindings: Mapping[str, Value] | None = None, place: str = "query"
    ) -> Result:
        """See :meth:`kg.store.Store.query`."""
        request = Request(text, place, bindings=bindings, bind=self._virtuoso)
        kind = kind_of(request)
        named = request.known_graphs(self.has)
        if self.inferred and self.graph is None and not named:
            # The protocol has no name for a default graph, to join it with another.
            return self._copy.query(text, bindings=bindings, place=place)
        # A server would let these graphs override the query's own FROM.
        return self._answer(kind, request.text, [] if named else self._dataset(), place)

    def _answer(self, kind: Kind, text: str, dataset: list[tuple[str, str]], place: str) -> Result:
        if kind == "triples":
            self._refuse_cut_off(text, dataset, place)
        accept = answers.TRIPLES if kind == "triples" else answers.JSON
        answer = self.endpoint.query([("query", _declared(text)), *dataset], accept, place)
        if isinstance(kind, tuple):
            return Solutions(kind, self._rows(answers.rows(answer, kind)))
        if kind == "triples":
            return Triples(self._rows(answers.triples(answer)))
        return answers.truth(answer)

    def _rows(self, found: Iterator[T]) -> Rows[T]:
        first = list(itertools.islice(found, 1))  # what is no answer at all is told at once
        rows = Rows(_after(first, found))
        self._unread.add(rows)
        return rows

    def update(self, text: str, *, place: str = "update") -> None:
        """See :meth:`kg.store.Store.update`; all or nothing as far as the server keeps it so.

        Where a graph holds the data, the text has to name the graphs that it changes.
        """
        request = Request(text, place, update=True)
        try:
            ox.Store().update(request.text, prefixes=PREFIXES)
        except SyntaxError as error:
            raise request.syntax_error(error) from error
        except (OSError, RuntimeError, ValueError):
            pass  # in an empty store it may fail: the server shall say
        if self.graph is not None and not re.search(r"\b(?:GRAPH|WITH)\b", request.code(), re.I):
            remedy = f"say GRAPH {self.graph} or WITH {self.graph}"
            raise KGError(place, "does not say which graph it changes", remedy)
        self._for_writing().update(_declared(request.text), place)
        self._forget()

    def load(
        self,
        data: Data,
        *,
        format: ox.RdfFormat | None = None,
        graph: ox.NamedNode | None = None,
    ) -> None:
        """See :meth:`kg.store.Store.load`; what is more than :data:`BATCH` waits in other graphs.

        It is then added in one update.
        """
        endpoint = self._for_writing()
        quads = iter(files.quads(data, format, graph))
        first = list(itertools.islice(quads, BATCH + 1))
        if len(first) <= BATCH:
            if first:
                endpoint.update(" ;\n".join(_inserts(self._sorted(first))), "load")
        else:
            with self._staging(itertools.chain(first, quads)) as staged:
                steps = [f"ADD GRAPH {_staged(graph)} TO {_named(graph)}" for graph in staged]
                endpoint.update(" ;\n".join(steps), "load")
        self._forget()

    def replace(self, quads: Iterable[ox.Quad]) -> tuple[Named, ...]:
        """See :meth:`kg.store.Store.replace`; in one update, once all quads are there."""
        endpoint = self._for_writing()
        known = self.has(ox.NamedNode(ONTOLOGY)) and not self._elsewhere
        if not known and self._ask(f"ASK {{ {self._pattern(_PLAIN)} }}"):
            raise not_ours(self.location, f"name a graph of its own: {endpoint.address}#data")
        with self._staging(quads) as staged:
            steps = [f"MOVE GRAPH {_staged(graph)} TO {_named(graph)}" for graph in staged]
            ours = {self._target(graph) for graph in OURS}
            others = {self._target(graph) for graph in self._graphs()} - set(staged)
            empty = sorted(others & ours, key=str)
            steps += [f"CLEAR SILENT {_named(graph)}" for graph in empty]
            endpoint.update(" ;\n".join(steps), "replace")
        self._forget()
        return tuple(sorted(others - ours, key=str))

    def replace_graph(self, graph: ox.NamedNode, quads: Iterable[ox.Quad]) -> None:
        """See :meth:`kg.store.Store.replace_graph`; in one update, as :meth:`replace`."""
        with self._staging(quads) as staged:
            step = f"MOVE GRAPH {_staged(graph)} TO" if staged else "CLEAR SILENT"
            self._for_writing().update(f"{step} GRAPH {graph}", "replace")
        self._forget()

    @contextmanager
    def _staging(self, quads: Iterable[ox.Quad]) -> Iterator[list[Any]]:
        """Put quads into graphs beside their own; gives these, and clears up in the end."""
        endpoint = self._for_writing()
        used: dict[Any, None] = {}
        blank: list[ox.Quad] = []  # a node is the same only within one request
        self._clear_staged()
        try:
            remaining = iter(quads)
            while batch := list(itertools.islice(remaining, BATCH)):
                there = self._sorted(batch)
                used.update(dict.fromkeys(quad.graph_name for quad in there))
                blank += filter(_has_blank, there)
                ground = [moved(q, _staged(q.graph_name)) for q in there if not _has_blank(q)]
                for text in _inserts(ground):
                    endpoint.update(text, "load", again=True)
            for text in _inserts([moved(quad, _staged(quad.graph_name)) for quad in blank]):
                endpoint.update(text, "load")
            yield sorted(used, key=str)
        finally:
            with suppress(KGError):  # what went wrong before is what is to be told
                self._clear_staged()

    def _clear_staged(self) -> None:
        left = self._select(f"SELECT DISTINCT ?g {{ GRAPH ?g {{ ?s ?p ?o }} {_IS_STAGED} }}")
        steps = [f"DROP SILENT GRAPH {graph}" for (graph,) in left]
        if steps:
            self._for_writing().update(" ;\n".join(steps), "load")

    def _sorted(self, quads: Iterable[ox.Quad]) -> list[ox.Quad]:
        """The quads in the graphs in which the server keeps them, graph by graph."""
        there = [moved(quad, self._target(quad.graph_name)) for quad in quads]
        return sorted(there, key=lambda quad: str(quad.graph_name))

    def _target(self, graph: Any) -> Any:
        if self.graph is None:
            return graph
        if graph == _PLAIN:
            return self.graph
        if graph not in _NAMED:
            what = f"has no place for the graph {graph}"
            raise KGError(self.location, what, "name the server without a graph")
        return graph

    def _for_writing(self) -> Endpoint:
        if self.read_only:
            raise KGError(self.location, "was opened for reading only", "open it for writing")
        return self.endpoint

    def _forget(self) -> None:
        self.__dict__.pop("_copy", None)

    # -- reading all ---------------------------------------------------------

    def quads(self) -> Iterator[ox.Quad]:
        """See :meth:`kg.store.Store.quads`; what changes meanwhile may be in it or not."""
        for graph in self._graphs():
            nodes: dict[Any, ox.BlankNode] = {}  # each answer names them anew
            for row in self._select(f"SELECT ?s ?p ?o {{ {self._pattern(graph)} }}"):
                subject, predicate, value = (_renamed(term, nodes) for term in row)
                yield ox.Quad(subject, predicate, value, graph)

    def dump(self, out: BinaryIO, format: ox.RdfFormat, *, graph: Graph | None = None) -> None:
        """See :meth:`kg.store.Store.dump`."""
        if graph is None and not format.supports_datasets:
            graph = _PLAIN
        found: Iterable[ox.Quad] = self.quads()
        if graph is not None:
            into = graph if format.supports_datasets else _PLAIN
            found = (moved(quad, into) for quad in found if quad.graph_name == graph)
        serialize(found, out, format)

    def __len__(self) -> int:
        count = "SELECT (COUNT(*) AS ?n) {{ {} }}"
        counts = (next(self._select(count.format(self._pattern(g)))) for g in self._graphs())
        return sum(int(n.value) for (n,) in counts)

    def rdflib(self) -> rdflib.Dataset:
        """Raise :class:`KGError`: rdflib has a store for servers of its own."""
        remedy = "dump it into a file, or ask it with query"
        raise KGError(self.location, "a server gives no view for rdflib", remedy)

    def close(self) -> None:
        """See :meth:`kg.store.Store.close`."""
        for rows in list(self._unread):
            rows.close()
        if self._endpoint is not None:
            self._endpoint.close()
        self._endpoint = None
        self._forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None:
        self.close()

    @functools.cached_property
    def _copy(self) -> OxigraphStore:
        """All of it in this process, as it is now."""
        copy = OxigraphStore(inferred=self.inferred)
        copy.load(self.quads())
        return copy

    # -- graphs --------------------------------------------------------------

    def _refuse_cut_off(self, text: str, dataset: list[tuple[str, str]], place: str) -> None:
        """See first whether Virtuoso gives all solutions: of triples it does not say if not."""
        asked = Request(text, place).solutions()
        if not self._virtuoso or asked is None:
            return
        fields = [("query", _declared(asked)), *dataset]
        with self.endpoint.query(fields, answers.JSON, place) as answer:
            if answer.most_rows is not None:
                raise answers.cut_off(self.location, answer.most_rows)

    def _refuse_union(self) -> None:
        """See that somebody is there, and that its default graph holds the data alone."""
        answer = self.endpoint.query([("query", _PROBE), *self._dataset()], answers.JSON, "open")
        self._virtuoso = answer.maker.startswith("Virtuoso")
        if (answers.truth(answer) or self._virtuoso) and self.graph is None:
            what = "has all its graphs in its default graph, data and ontology alike"
            remedy = f"name the graph that holds the data: {self.endpoint.address}#data"
            raise KGError(self.location, what, remedy)

    def _dataset(self) -> list[tuple[str, str]]:
        """What a query is about, as the SPARQL 1.1 Protocol says it (section 2.1.4)."""
        if self.graph is None:
            return []
        default = [self.graph.value, *([INFERRED] if self.inferred else [])]
        named = [("named-graph-uri", graph.value) for graph in _NAMED]
        return [*(("default-graph-uri", iri) for iri in default), *named]

    def _graphs(self) -> list[Graph]:
        """The graphs of the store, under the names that they have for us."""
        if self.graph is not None:
            return [*OURS]
        found = self._select(f"SELECT DISTINCT ?g {{ GRAPH ?g {{ ?s ?p ?o }} {_NOT_STAGED} }}")
        return [_PLAIN, *sorted((graph for (graph,) in found), key=str)]

    def _pattern(self, graph: Graph) -> str:
        if graph == _PLAIN and self.graph is None:
            return "?s ?p ?o"
        return f"GRAPH {self._target(graph)} {{ ?s ?p ?o }}"

    @property
    def exact(self) -> Store:
        """See :attr:`kg.store.Store.exact`: Virtuoso is not (docs/engines.md)."""
        return self._copy if self._virtuoso else self

    def has(self, graph: ox.NamedNode) -> bool:
        """See :meth:`kg.store.Store.has`."""
        return self._ask(f"ASK {{ GRAPH {graph} {{ ?s ?p ?o }} }}")

    def _ask(self, text: str) -> bool:
        return answers.truth(self.endpoint.query([("query", text)], answers.JSON, "store"))

    def _select(self, text: str) -> Iterator[tuple[Any, ...]]:
        """Rows of a query of ours, which names its graphs itself."""
        found = self._answer(kind_of(Request(text, "store")), text, [], "store")
        return solutions(found)


# -- writing SPARQL ----------------------------------------------------------


def _graph(location: str, name: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(name if ":" in name else BASE + name)
    except ValueError as error:
        raise KGError(location, f"'{name}' is no graph: {error}", "say #data, or an IRI") from error


def _declared(text: str) -> str:
    """The text with those of our prefixes that it may use, all on its first line."""
    used = (f"PREFIX {name}: <{iri}> " for name, iri in PREFIXES.items() if f"{name}:" in text)
    return "".join(used) + text


def _staged(graph: Any) -> ox.NamedNode:
    return ox.NamedNode(_STAGED + hashlib.sha256(str(graph).encode()).hexdigest()[:16])


def _named(graph: Graph) -> str:
    return "DEFAULT" if graph == _PLAIN else f"GRAPH {graph}"


def _inserts(quads: Iterable[ox.Quad]) -> Iterator[str]:
    """Updates that add quads, some of them as a template that is filled once.

    That is the same to all servers but Virtuoso, which takes blank nodes in no data
    (against SPARQL 1.1 Update, section 3.1.1), and no durations.
    """
    data: list[ox.Quad] = []
    template: list[ox.Quad] = []
    for quad in quads:
        (template if _has_blank(quad) or _has_duration(quad) else data).append(quad)
    if data:
        yield f"INSERT DATA {{\n{_block(data)}}}"
    if template:
        yield f"INSERT {{\n{_block(template)}}} WHERE {{}}"


def _block(quads: Iterable[ox.Quad]) -> str:
    pieces = []
    for graph, group in itertools.groupby(quads, key=lambda quad: quad.graph_name):
        lines = "".join(f"{q.subject} {q.predicate} {q.object} .\n" for q in group)
        pieces.append(lines if graph == _PLAIN else f"GRAPH {graph} {{\n{lines}}}\n")
    return "".join(pieces)


def _has_blank(quad: ox.Quad) -> bool:
    return any(isinstance(term, ox.BlankNode) for term in quad.triple)


def _has_duration(quad: ox.Quad) -> bool:
    return isinstance(quad.object, ox.Literal) and quad.object.datatype.value in DURATIONS


def _after(first: list[T], rest: Iterator[T]) -> Iterator[T]:
    """All of them, in a generator, whose end is the end of `rest` also when it is given up."""
    yield from first
    yield from rest


def _renamed(term: Any, nodes: dict[Any, ox.BlankNode]) -> Any:
    if not isinstance(term, ox.BlankNode):
        return term
    return nodes.setdefault(term, ox.BlankNode())

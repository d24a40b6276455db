"""The graph as a place to ask and to keep: in memory or a directory, over Oxigraph, or a server.

Terms are pyoxigraph's everywhere: ``NamedNode``, ``Literal``, ``BlankNode`` and
``Triple``.  Oxigraph keeps values, not spellings: ``"01"^^xsd:integer`` comes back
as ``1``, ``xsd:nonNegativeInteger`` as ``xsd:integer``, ``+00:00`` as ``Z`` and
``@ko-KR`` as ``@ko-kr``.  What must come back to the letter is an ``xsd:string``.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, Self, TypeVar

import pyoxigraph as ox

from kg import files, ours
from kg.addresses import is_remote, refuse_address
from kg.directory import Reading, Writing
from kg.errors import KGError
from kg.failures import failed
from kg.files import Data, Graph
from kg.names import INFERRED, PREFIXES
from kg.ours import Named
from kg.rows import Result, Rows, Solutions, Term, Triples, solutions
from kg.serialize import STREAMED, serialize, stream
from kg.sparql import Request, Value

if TYPE_CHECKING:
    import rdflib

__all__ = [
    "OxigraphStore",
    "Result",
    "Rows",
    "Solutions",
    "Store",
    "Term",
    "Triples",
    "is_remote",
    "open",
    "solutions",
]

T = TypeVar("T")

_UNION: list[ox.NamedNode | ox.BlankNode | ox.DefaultGraph] = [
    ox.DefaultGraph(),
    ox.NamedNode(INFERRED),
]


class Store(Protocol):
    """A set of quads that speaks SPARQL 1.1; :func:`open` gives one.

    The default graph holds the data, the graph named after the ontology holds the
    ontology, the graph :data:`kg.names.INFERRED` what rules infer.  Every method raises
    :class:`KGError` once the store is closed.
    """

    def query(
        self, text: str, *, bindings: Mapping[str, Value] | None = None, place: str = "query"
    ) -> Result:
        """Ask in SPARQL; the answer streams.

        The prefixes of :mod:`kg.names` are declared.  `bindings` give values to
        variables as RDF terms (see :class:`kg.sparql.Request`).  `place` stands in
        messages.  Only reading: raises :class:`KGError` for an update, ``SERVICE``,
        ``FROM`` of a graph that is not in the store, and, with line and column, for
        what is not SPARQL.

        >>> with open() as store:
        ...     store.update("INSERT DATA { id:lab aie:partOf id:lg }")
        ...     list(store.query("SELECT ?whole { id:lab aie:partOf ?whole }").rows)
        [(<NamedNode value=https://w3id.org/aieco/id/lg>,)]
        """

    def update(self, text: str, *, place: str = "update") -> None:
        """Change the store in SPARQL Update: all of it or, on an error, nothing.

        ``LOAD`` and ``SERVICE`` are refused: use :meth:`load`.
        """

    def load(
        self,
        data: Data,
        *,
        format: ox.RdfFormat | None = None,
        graph: ox.NamedNode | None = None,
    ) -> None:
        """Add quads, or a file of them: all or nothing, even if the process is killed.

        `format` is told by a path's suffix, and must be said for an open file.
        `graph` takes triples that are in no graph.  Blank nodes of a file are new
        ones.  Raises :class:`KGError` with file and line for what cannot be parsed.
        """

    def replace(self, quads: Iterable[ox.Quad]) -> tuple[Named, ...]:
        """Exchange the content for `quads`, or leave it as it was, even if killed.

        Named graphs that are neither kg's nor among `quads` are somebody else's: they stay,
        and are returned.  Raises :class:`KGError` where the default graph holds something
        and there is no graph of the ontology: that is somebody else's, too.
        """

    def replace_graph(self, graph: ox.NamedNode, quads: Iterable[ox.Quad]) -> None:
        """Exchange one graph for `quads`, all of which are in it; as whole as :meth:`replace`."""

    @property
    def exact(self) -> Store:
        """The store, or a copy in memory where its engine gets some queries wrong."""

    def has(self, graph: ox.NamedNode) -> bool:
        """Return whether there is a graph of this name; many servers know no empty ones."""

    def quads(self) -> Iterator[ox.Quad]:
        """Return every quad, in its own graph also where queries ask two as one; it streams."""

    def dump(self, out: BinaryIO, format: ox.RdfFormat, *, graph: Graph | None = None) -> None:
        """Write the content, or one graph of it, byte-stable (see :mod:`kg.serialize`).

        Without `graph` a format for datasets gets everything, one for a single
        graph gets the default graph.
        """

    def rdflib(self) -> rdflib.Dataset:
        """Return a live view of the store for programs that use rdflib."""

    def __len__(self) -> int:
        """Return the number of quads."""

    def close(self) -> None:
        """Let others write to the directory; unread answers and views are of no more use."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


def open(
    location: str | Path | None = None,
    *,
    read_only: bool = False,
    inferred: bool = False,
    make: bool = True,
    at_once: bool = True,
) -> Store:
    """Open the store in the directory `location`, made if it is not there, or one in memory.

    If not `at_once`, it is made when something is written: who fails before leaves nothing.
    ``http://…`` and ``https://…`` are SPARQL 1.1 servers (see :mod:`kg.remote`).

    If `inferred`, queries ask the default graph and the graph of inferred claims as
    one, unless they say ``FROM``; all else of the store is as without.

    Any number may read a directory while one has it open for writing.  Who reads sees
    what was there when they opened it, also when it is exchanged meanwhile.  Raises
    :class:`KGError` if it is open for writing already, is no store, cannot be written
    to, or (`read_only`, or not `make`) is not there: :class:`kg.directory.Missing`.
    """
    if is_remote(location):
        from kg.remote import RemoteStore  # not at the top: what is here needs no HTTP

        return RemoteStore(location, read_only=read_only, inferred=inferred)
    if location is None and read_only:
        raise KGError("store", "a read-only store in memory would stay empty", "name a directory")
    if isinstance(location, str):
        refuse_address(location)
    path = None if location is None else Path(location)
    return OxigraphStore(path, read_only=read_only, inferred=inferred, make=make, at_once=at_once)


class OxigraphStore:
    """A :class:`Store` in this process.

    What a call writes to a directory is seen by all who open it after the call has returned.
    """

    def __init__(
        self,
        location: Path | None = None,
        *,
        read_only: bool = False,
        inferred: bool = False,
        make: bool = True,
        at_once: bool = True,
        held: int | None = None,
    ) -> None:
        """See :func:`open`; `held` is an open directory, which is read whatever its name is now."""
        self.location = location
        self.read_only = read_only
        self.inferred = inferred
        self._unread: weakref.WeakSet[Rows[object]] = weakref.WeakSet()
        self._place: _Memory | Reading | Writing | None
        if location is None:
            self._place = _Memory()
        elif read_only:
            self._place = Reading(location, held)
        else:
            self._place = Writing(location, make=make, at_once=at_once)

    @property
    def reading(self) -> Reading | None:
        """The directory that is read, if one is and not written to."""
        place = self._open()
        return place if isinstance(place, Reading) else None

    @property
    def engine(self) -> ox.Store:
        """The pyoxigraph store; others see what is written to it after :meth:`commit`."""
        place = self._open()
        if isinstance(place, Writing):
            place.unseen = True
        return place.engine

    def query(
        self, text: str, *, bindings: Mapping[str, Value] | None = None, place: str = "query"
    ) -> Result:
        """See :meth:`Store.query`."""
        request = Request(text, place, bindings=bindings)
        named = request.known_graphs(self.has)
        # The engine would let these graphs override the query's own FROM.
        asked = _UNION if self.inferred and not named else None
        try:
            found = self._open().engine.query(request.text, prefixes=PREFIXES, default_graph=asked)
        except SyntaxError as error:
            raise request.syntax_error(error) from error
        except (OSError, RuntimeError, ValueError) as error:
            raise failed(place, error) from error
        if isinstance(found, ox.QueryBoolean):
            return bool(found)
        if isinstance(found, ox.QueryTriples):
            return Triples(self._rows(found))
        names = tuple(variable.value for variable in found.variables)
        return Solutions(names, self._rows(map(tuple, found)))

    def _rows(self, found: Iterator[T]) -> Rows[T]:
        rows = Rows(found, self._place)
        self._unread.add(rows)
        return rows

    def update(self, text: str, *, place: str = "update") -> None:
        """See :meth:`Store.update`."""
        held = self._for_writing()
        request = Request(text, place, update=True)
        try:
            held.engine.update(request.text, prefixes=PREFIXES)
        except SyntaxError as error:
            raise request.syntax_error(error) from error
        except (OSError, RuntimeError, ValueError) as error:
            if isinstance(error, OSError):
                held.undo()
            raise failed(place, error) from error
        held.commit()

    def load(
        self,
        data: Data,
        *,
        format: ox.RdfFormat | None = None,
        graph: ox.NamedNode | None = None,
    ) -> None:
        """See :meth:`Store.load`."""
        held = self._for_writing()
        try:
            # One transaction, unlike what bulk_extend promises.
            held.engine.extend(files.quads(data, format, graph))
        except OSError as error:
            held.undo()
            raise failed(self.location or "store", error) from error
        held.commit()

    def replace(self, quads: Iterable[ox.Quad]) -> tuple[Named, ...]:
        """See :meth:`Store.replace`."""
        held = self._for_writing()
        exchange = ours.Exchange(held.engine, self.location or "store")
        held.replace(lambda fresh: exchange.fill(fresh, quads))
        if self.location is not None:
            self._end_answers()
        return exchange.left

    def replace_graph(self, graph: ox.NamedNode, quads: Iterable[ox.Quad]) -> None:
        """See :meth:`Store.replace_graph`; an empty one is there, too."""
        held = self._for_writing()
        fresh = list(quads)  # what fails on the way has changed nothing
        try:
            held.engine.clear_graph(graph)
            held.engine.add_graph(graph)
            held.engine.extend(fresh)
        except OSError as error:
            held.undo()
            raise failed(self.location or "store", error) from error
        held.commit()

    def commit(self) -> None:
        """Let others see what was written to :attr:`engine`, which closing does, too."""
        self._for_writing().commit()

    @property
    def exact(self) -> Store:
        """See :attr:`Store.exact`."""
        return self

    def has(self, graph: ox.NamedNode) -> bool:
        """See :meth:`Store.has`."""
        return self._open().engine.contains_named_graph(graph)

    def quads(self) -> Iterator[ox.Quad]:
        """See :meth:`Store.quads`."""
        return self._rows(self._open().engine.quads_for_pattern(None, None, None, None))

    def dump(self, out: BinaryIO, format: ox.RdfFormat, *, graph: Graph | None = None) -> None:
        """See :meth:`Store.dump`."""
        one = not format.supports_datasets
        graphs: list[Any] = [graph]
        if graph is None and one:
            graphs = _UNION if self.inferred else [ox.DefaultGraph()]

        def found(subject: ox.NamedNode | None = None, within: Any = None) -> Iterator[ox.Quad]:
            for each in graphs if one else [within or graph]:
                quads = self._open().engine.quads_for_pattern(subject, None, None, each)
                if one and each != ox.DefaultGraph():
                    quads = (files.moved(quad, ox.DefaultGraph()) for quad in quads)
                yield from quads

        if format in STREAMED:
            stream(found(), found, out, format)
        else:
            serialize(found(), out, format)

    def rdflib(self) -> rdflib.Dataset:
        """Return a live ``rdflib.Dataset`` of this store, with our prefixes bound.

        What one side writes the other sees; others who read a directory do after
        ``dataset.commit()``, or when the store is closed.  To know before using it:

        - Only query *strings* reach Oxigraph.  Prepared queries, ``base=`` and other
          keywords fall back to rdflib's engine without a word, some 20 times slower.
        - ``initBindings`` follow Oxigraph's substitution: only selected variables.
        - Plain strings come back as ``xsd:string`` literals, which rdflib holds
          unequal to ``Literal("x")``.
        - ``dataset.graph()`` and ``Graph()`` without an identifier write to a graph
          with a blank name; use the dataset itself, or name the graph.
        - ``format="ox-nt"`` and its likes parse many times faster than rdflib's own.

        ``SERVICE`` and ``LOAD`` are refused here, too.  So is ``FROM``, which oxrdflib
        drops; rdflib's own engine would read files for it: its ``SPARQL_LOAD_GRAPHS``
        is switched off in this process.
        """
        from kg import rdflib_view  # not at the top: rdflib takes longer to import than all of kg

        return rdflib_view.dataset(self)

    def __len__(self) -> int:
        return len(self._open().engine)

    def close(self) -> None:
        """See :meth:`Store.close`."""
        self._end_answers()
        place, self._place = self._place, None
        if place is not None:
            place.release()

    def _end_answers(self) -> None:
        for rows in list(self._unread):
            rows.close()

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

    def _open(self) -> _Memory | Reading | Writing:
        if self._place is None:
            raise KGError(self.location or "store", "is closed", "open it again")
        return self._place

    def _for_writing(self) -> _Memory | Writing:
        place = self._open()
        if isinstance(place, Reading):
            raise KGError(self.location, "was opened for reading only", "open it for writing")
        return place


class _Memory:
    """The place of a store that is in no directory."""

    def __init__(self) -> None:
        self.engine = ox.Store()

    def replace(self, fill: Callable[[ox.Store], None]) -> None:
        fresh = ox.Store()
        fill(fresh)
        self.engine = fresh

    def nothing(self) -> None:
        """There is nobody who could see what is not finished."""

    commit = undo = release = nothing

"""What a user's query answers, for a page: run by the workers, never in this process.

The workers answer in standard formats; here their rows become links and words.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import anyio
import pyoxigraph as ox

from kg import names, results
from kg.calls import Call
from kg.cite import cite
from kg.errors import KGError
from kg.sparql import Request, Value
from kg.store import Result, Solutions, Term, Triples
from kg.web import spool
from kg.web.pages.frame import Frame, in_thread
from kg.web.pages.reading import Reader
from kg.web.refused import Refused
from kg.web.tasks import Query

__all__ = ["Shown", "ask"]

_ROWS, _TRIPLES = 100, 200
"""Shown on the page; the links below it lead to all of them."""
_CITED = 20
"""Claims named in one row."""
_BYTES = 8 << 20
_AT_ONCE = 8
"""Answers with citations: each holds a thread while it waits, and pages need theirs."""
_citing = asyncio.Semaphore(_AT_ONCE)
_threads = anyio.CapacityLimiter(_AT_ONCE)


@dataclass(slots=True)
class Shown:
    """An answer as the template shows it."""

    variables: tuple[str, ...] = ()
    rows: list[list[dict[str, str]]] = field(default_factory=list)
    cited: list[list[dict[str, str]]] = field(default_factory=list)
    """Beside each row the claims that it rests on, if they were asked for."""
    marks: list[list[dict[str, str]]] = field(default_factory=list)
    """And what a reader has to know of them: ``kind`` (see :mod:`kg.cite`) and ``word``."""
    boolean: bool | None = None
    is_graph: bool = False
    cut: bool = False
    """Whether there is more than is shown."""
    drawing: list[tuple[str, str, str]] = field(default_factory=list)
    """Subject, predicate and object of a graph's links, IRIs all; of rows, what links the
    first thing of ours in a row to each other one, by ``?`` and the name of its column."""


async def ask(frame: Frame, text: str, *, cited: bool) -> Shown:
    """Return the answer to a query, its first rows at most.

    Raises :class:`~kg.web.refused.Refused` for what is no query, or takes too much.
    """
    if cited:
        if _citing.locked():
            what = "too many wait for answers with citations; try again, or without"
            raise Refused(503, what, retry_after_s=10)
        async with _citing:
            through = _Through(frame, asyncio.get_running_loop())
            return await anyio.to_thread.run_sync(_cited, frame, through, text, limiter=_threads)
    told = await _run(frame, text, _ROWS)
    return await in_thread(frame, lambda: _shown(frame, _read(told), told.cut))


@dataclass(frozen=True, slots=True)
class _Told:
    """What the workers said, not read yet: the engine's rows cannot change threads."""

    body: bytes
    form: str
    cut: bool


async def _run(frame: Frame, text: str, rows: int) -> _Told:
    task = Query(text, frame.site.url(frame.request, "/sparql"), "json", "nt", rows=rows)
    task.limit, task.client = _BYTES, spool.client(frame.request)
    answer = await frame.site.workers.run(task, frame.request.is_disconnected)
    body = b"".join([piece async for piece in answer.pieces()])
    return _Told(body, answer.form, answer.truncated)


def _read(told: _Told) -> Result:
    if told.form == "nt":
        return Triples(each.triple for each in ox.parse(told.body, format=ox.RdfFormat.N_TRIPLES))
    parsed = ox.parse_query_results(told.body, format=ox.QueryResultsFormat.JSON)
    if isinstance(parsed, ox.QueryBoolean):
        return bool(parsed)
    variables = tuple(variable.value for variable in parsed.variables)
    return Solutions(variables, map(tuple, parsed))


class _Through:
    """Looks like a store to :mod:`kg.cite`; every query goes to the workers."""

    def __init__(self, frame: Frame, loop: asyncio.AbstractEventLoop) -> None:
        self._frame, self._loop = frame, loop
        self.cut = False

    def query(
        self, text: str, *, bindings: Mapping[str, Value] | None = None, place: str = "query"
    ) -> Result:
        """Ask the workers, from a thread beside the server's own."""
        settings = self._frame.site.settings
        refused = _call_refused if settings.services else None
        request = Request(text, place, bindings=bindings, instead=refused)
        running = _run(self._frame, request.text, settings.rows)
        told = asyncio.run_coroutine_threadsafe(running, self._loop).result()
        self.cut = self.cut or told.cut
        return _read(told)


def _call_refused(call: Call) -> str:
    what = "what another server answers cannot be cited"
    raise KGError(call.place, what, "ask without citations")


# -- in words ------------------------------------------------------------------------


def _shown(frame: Frame, found: Result, cut: bool) -> Shown:
    if isinstance(found, bool):
        return Shown(boolean=found)
    if isinstance(found, Triples):
        return _graph(frame, found, cut)
    rows = list(itertools.islice(found.rows, _ROWS))
    labels = results.Labels(frame.served.store, frame.lang)
    labels.learn(itertools.chain.from_iterable(rows))
    cells = [[_cell(frame, labels, term) for term in row] for row in rows]
    drawing = [link for row in rows for link in _links(found.variables, row)]
    return Shown(found.variables, cells, cut=cut, drawing=drawing)


def _links(variables: Sequence[str], row: Sequence[Term | None]) -> Iterator[tuple[str, str, str]]:
    things = [
        (name, term.value)
        for name, term in zip(variables, row, strict=True)
        if isinstance(term, ox.NamedNode) and term.value.startswith(names.PREFIXES["id"])
    ]
    for name, iri in things[1:]:
        if iri != things[0][1]:
            yield things[0][1], f"?{name}", iri


def _graph(frame: Frame, found: Triples, cut: bool) -> Shown:
    triples = sorted(set(itertools.islice(found.triples, 10 * _TRIPLES)), key=str)
    labels = results.Labels(frame.served.store, frame.lang)
    labels.learn(itertools.chain.from_iterable(triples[:_TRIPLES]))
    rows = [[_cell(frame, labels, term) for term in each] for each in triples[:_TRIPLES]]
    links = [
        (each.subject.value, each.predicate.value, each.object.value)
        for each in triples
        if isinstance(each.subject, ox.NamedNode) and isinstance(each.object, ox.NamedNode)
    ]
    more = cut or len(triples) > _TRIPLES
    return Shown(("s", "p", "o"), rows, cut=more, is_graph=True, drawing=links)


def _cell(frame: Frame, labels: results.Labels, term: Term | None) -> dict[str, str]:
    if term is None:
        return {"name": "", "address": ""}
    if isinstance(term, ox.NamedNode):
        name = labels.of(term) or names.compact(term.value)
        return {"name": name, "address": frame.of(term.value)}
    if isinstance(term, ox.Literal):
        return {"name": term.value, "address": "", "lang": term.language or ""}
    return {"name": str(term), "address": ""}


# -- with citations ------------------------------------------------------------------


def _cited(frame: Frame, through: _Through, text: str) -> Shown:
    cited = cite(through, text, lang=frame.lang, texts={})  # type: ignore[arg-type]
    width = len(cited.solutions.variables) - 3
    rows = list(itertools.islice(cited.solutions.rows, _ROWS + 1))
    plain = Solutions(cited.solutions.variables[:width], (row[:width] for row in rows))
    shown = _shown(frame, plain, through.cut or len(rows) > _ROWS)
    claims = [_claims(row[width + 1]) for row in rows[:_ROWS]]
    shown.marks = [_marks(frame, row[width]) for row in rows[:_ROWS]]
    reader = Reader(frame)
    reader.gloss({iri for each in claims for iri in each[:_CITED]})
    shown.cited = [[reader.about(iri) for iri in each[:_CITED]] for each in claims]
    return shown


def _marks(frame: Frame, cell: Term | None) -> list[dict[str, str]]:
    kinds = cell.value.split() if isinstance(cell, ox.Literal) else []
    return [{"kind": kind, "word": frame.words[f"mark_{kind}"]} for kind in kinds]


def _claims(cell: Term | None) -> list[str]:
    return cell.value.split() if isinstance(cell, ox.Literal) else []

"""What is written to the store, in a process of its own: all of it, or nothing."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast
from xml.parsers import expat

import pyoxigraph as ox

from kg.calls import Call, may_call
from kg.errors import KGError
from kg.failures import failed
from kg.names import PREFIXES
from kg.sparql import Request
from kg.store import OxigraphStore, Store
from kg.web.gate import Gate
from kg.web.loading import document
from kg.web.negotiation import GRAPHS
from kg.web.refused import Refused
from kg.web.tasks import Update, Write

__all__ = ["write"]

_DEEPEST = 100
"""Levels of JSON; the engine's parser overflows its stack at some 6,000."""
_FORMS = {form.name: form for form in GRAPHS}
_MODIFIES = re.compile(r"[{}]|\b(?:INSERT|DELETE|WHERE|WITH|USING)\b", re.IGNORECASE)


def write(store: Store, task: Update | Write) -> dict[str, object]:
    """Make the change, close the store, and tell what came of it (``created``).

    Raises :class:`~kg.web.refused.Refused` with 400 for what cannot be read, and 404
    for a graph that is to go and is not there; others see nothing of it then.
    """
    told = _update(store, task) if isinstance(task, Update) else _graph(store, task)
    try:
        store.close()  # from here on others see it
    except KGError as error:
        raise RuntimeError(str(error)) from error
    return told


def _update(store: Store, task: Update) -> dict[str, object]:
    with Gate(task.services, task.service_s, update=True) as gate:
        instead = functools.partial(_instead, task, gate) if task.services else None
        try:
            if instead and may_call(task.text):
                _refuse_broken(task, gate)
            request = Request(task.text, "update", update=True, instead=instead)
        except KGError as error:
            raise Refused(400, str(error)) from error
        return _updated(store, task, request)


def _refuse_broken(task: Update, gate: Gate) -> None:
    """Refuse what does not parse, or calls whom it may not, before anything is fetched for it."""

    def nothing(call: Call) -> str:
        gate.allowed.target(call)
        if call.word == "SERVICE":
            return "<x:nobody>"
        return f"INSERT DATA {{ GRAPH {call.graph} {{}} }}" if call.graph else "INSERT DATA {}"

    request = Request(task.text, "update", update=True, instead=nothing)
    try:
        # The engine has no parser to itself; an empty store is soon done.
        ox.Store().update(_text(task, request), base_iri=task.base, prefixes=PREFIXES)
    except SyntaxError as error:
        raise request.syntax_error(error) from error
    except (OSError, RuntimeError, ValueError):
        pass  # that is for the store to say, when it is asked


def _text(task: Update, request: Request) -> str:
    """The update with the request's dataset, if it has one."""
    if task.default is None and task.named is None:
        return request.text
    clauses = [f"USING <{iri}>" for iri in task.default or ()]
    clauses += [f"USING NAMED <{iri}>" for iri in task.named or ()]
    return _using(request.text, request.code(), " ".join(clauses))


def _updated(store: Store, task: Update, request: Request) -> dict[str, object]:
    text = _text(task, request)
    if not isinstance(store, OxigraphStore):
        store.update(text)
        return {}
    try:
        store.engine.update(text, base_iri=task.base, prefixes=PREFIXES)
    except SyntaxError as error:
        raise Refused(400, str(request.syntax_error(error))) from error
    except (RuntimeError, ValueError) as error:
        raise Refused(400, str(failed("update", error))) from error
    return {}


def _instead(task: Update, gate: Gate, call: Call) -> str:
    """What the engine is given for a call: a ``LOAD`` becomes the triples that it loads."""
    if call.word == "SERVICE":
        return gate.instead(call)
    target = gate.allowed.target(call)
    try:
        content, form = document(call, target, seconds=task.service_s, limit=task.limit)
        _refuse(content, form)
        format = cast("ox.RdfFormat", _FORMS[form].engine)
        lines = "\n".join(f"{triple} ." for triple in _parsed(content, format, call.iri))
    except Refused as refused:
        if call.silent:
            return "INSERT DATA {}"
        raise Refused(502, f"{call.place}: {refused.reason}") from refused
    block = f"GRAPH {call.graph} {{ {lines} }}" if call.graph else lines
    return f"INSERT DATA {{ {block} }}"


def _using(text: str, code: str, clauses: str) -> str:
    """The update with the request's dataset, which the operations may not name themselves.

    SPARQL 1.1 Protocol, section 2.2.3.  ``DELETE WHERE`` takes no ``USING``; it stands
    for a ``DELETE`` of the same pattern.
    """
    pieces, done, depth, template, verb = [], 0, 0, "", 0
    for found in _MODIFIES.finditer(code):
        word = found[0].upper()
        if word == "{":
            depth += 1
        elif word == "}":
            depth -= 1
            if depth == 0 and template == "DELETE WHERE":
                pattern = text[verb : found.end()]
                pieces += [f" {pattern} {clauses} WHERE {pattern}"]
                done, template = found.end(), ""
        elif depth:
            continue
        elif word in ("USING", "WITH"):
            what = "the update names graphs of its own (USING, WITH), and so does the request"
            raise Refused(400, f"{what}; leave one out")
        elif word != "WHERE":
            template = word
        elif re.search(r"DELETE\s*$", code[: found.start()], re.IGNORECASE):
            pieces += [text[done : found.start()]]
            template, verb = "DELETE WHERE", found.end()
        else:
            pieces += [text[done : found.start()], f" {clauses} "]
            done = found.start()
    return "".join(pieces) + text[done:]


# -- one graph ---------------------------------------------------------------


def _graph(store: Store, task: Write) -> dict[str, object]:
    """A write of the Graph Store Protocol, sections 5.3 to 5.5."""
    graph = ox.DefaultGraph() if task.graph == "default" else ox.NamedNode(task.graph)
    there = _is_there(store, graph)
    if task.method == "DELETE":
        if not there and graph != ox.DefaultGraph():
            raise Refused(404, f"<{task.graph}> is no graph of the store")
        _send(store, "CLEAR DEFAULT" if graph == ox.DefaultGraph() else f"DROP GRAPH {graph}")
        return {}
    quads = [ox.Quad(t.subject, t.predicate, t.object, graph) for t in _triples(task)]
    if task.method == "POST" or not there:
        if isinstance(store, OxigraphStore):
            store.engine.extend(quads)
            if isinstance(graph, ox.NamedNode):
                store.engine.add_graph(graph)
        else:
            store.load(quads)
    else:
        _send(store, _replacing(graph, quads))
    return {"created": not there}


def _is_there(store: Store, graph: ox.NamedNode | ox.DefaultGraph) -> bool:
    if isinstance(graph, ox.DefaultGraph):
        return bool(store.query("ASK { ?s ?p ?o }"))
    if isinstance(store, OxigraphStore):
        return store.engine.contains_named_graph(graph)
    return bool(store.query(f"ASK {{ GRAPH {graph} {{ ?s ?p ?o }} }}"))


def _replacing(graph: ox.NamedNode | ox.DefaultGraph, quads: Iterable[ox.Quad]) -> str:
    """One update: it is done whole or not at all."""
    lines = "\n".join(f"{quad.triple} ." for quad in quads)
    if isinstance(graph, ox.DefaultGraph):
        return f"CLEAR DEFAULT; INSERT DATA {{ {lines} }}"
    return f"CLEAR GRAPH {graph}; INSERT DATA {{ GRAPH {graph} {{ {lines} }} }}"


def _send(store: Store, text: str) -> None:
    if isinstance(store, OxigraphStore):
        store.engine.update(text)  # ours: what users write in it went through the parser
    else:
        store.update(text)


def _triples(task: Write) -> Iterator[ox.Triple]:
    for form, path in task.files:
        content = Path(path).read_bytes()
        _refuse(content, form)
        yield from _parsed(content, cast("ox.RdfFormat", _FORMS[form].engine), task.base)


def _parsed(content: bytes, format: ox.RdfFormat, base: str) -> Iterator[ox.Triple]:
    try:
        for quad in ox.parse(content, format=format, base_iri=base, rename_blank_nodes=True):
            if quad.graph_name != ox.DefaultGraph():
                raise Refused(400, f"the content names a graph, {quad.graph_name}; send triples")
            yield quad.triple
    except SyntaxError as error:
        what = " ".join(str(error.msg).split())[:300]
        raise Refused(400, f"line {error.lineno or 1}: {what}") from error


def _refuse(content: bytes, form: str) -> None:
    """What parsers can be brought down with is not given to them."""
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        raise Refused(400, "the content is no UTF-8") from error
    if form == "rdf":
        declared = re.match(r"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)", text)
        if declared and declared[1].lower() != "utf-8":
            raise Refused(400, f"the content is in {declared[1][:40]}; send it in UTF-8")
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise Refused(400, "a DOCTYPE is refused: entities can grow without bounds")
        _refuse_half(content)
    if form == "jsonld":
        depth = 0
        for found in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text):
            depth += (found[0] in "[{") - (found[0] in "]}")
            if depth > _DEEPEST:
                raise Refused(400, f"the content nests deeper than {_DEEPEST}")


def _refuse_half(content: bytes) -> None:
    """No XML, or only its beginning: the engine takes either for a graph with less in it."""
    try:
        expat.ParserCreate().Parse(content, True)
    except expat.ExpatError as error:
        what = expat.errors.messages[error.code]
        raise Refused(400, f"line {error.lineno}: this is no XML document: {what}") from error

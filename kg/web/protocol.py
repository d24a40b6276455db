"""SPARQL 1.1 Protocol: what a request asks, and what its answer looks like.

Section 2.1 (query: by GET, by POST of a form, by POST of the text) and 2.2 (update: by
POST only).  Section numbers are those of https://www.w3.org/TR/sparql11-protocol/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pyoxigraph as ox
from starlette.responses import Response

from kg.calls import may_call
from kg.web import description, lookups, security, spool, updates
from kg.web.exchange import body, etag, parameters, sent, unchanged
from kg.web.negotiation import GRAPHS, ROWS, forms, parsed_type
from kg.web.refused import Refused
from kg.web.tasks import Query

if TYPE_CHECKING:
    from starlette.requests import Request

    from kg.web.site import Site
    from kg.web.workers import Answer

__all__ = ["METHODS", "Asked", "absolute", "sparql"]

METHODS = ("GET", "HEAD", "POST", "OPTIONS")
FORM = "application/x-www-form-urlencoded"
_DIRECT = {"application/sparql-query": "query", "application/sparql-update": "update"}
_GRAPH_PARAMETERS = {
    "query": ("default-graph-uri", "named-graph-uri"),
    "update": ("using-graph-uri", "using-named-graph-uri"),
}
_VOLATILE = re.compile(r"(?:NOW|RAND|UUID|BNODE)\b")
"""What is never the same twice, in capitals; ``STRUUID``, too."""
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for."""

    kind: str
    """``query``, ``update``, or ``""`` for the description of the service."""
    text: str
    default: tuple[str, ...] | None
    named: tuple[str, ...] | None
    """The dataset of the request, None for both if it says nothing."""
    parameters: dict[str, str]
    """All others, such as ``format``."""


async def sparql(request: Request) -> Response:
    """Answer at ``/sparql``: a query, an update, or without either the service's description."""
    if request.method not in METHODS:
        reason = "there is no such method here; graphs are written to /store"
        raise Refused(405, reason, allow=", ".join(METHODS))
    if request.method == "OPTIONS":
        return security.preflight(request, METHODS, METHODS)
    if request.method == "POST" and _is_update(request):
        security.allow_writing(request)  # before its content is read
    asked = await _asked(request)
    if not asked.kind:
        return await description.service(request, asked.parameters)
    if asked.kind == "update":
        security.allow_writing(request)
        return await updates.update(request, asked)
    return await _query(request, asked)


async def _query(request: Request, asked: Asked) -> Response:
    site: Site = request.app.state.site
    served = site.served
    rows, graph = forms(asked.parameters, request.headers.get("accept"), ROWS, GRAPHS)
    names = rows.name if rows else None, graph.name if graph else None
    base, told = site.url(request, "/sparql"), site.settings
    dataset, limits = (asked.default, asked.named), (told.rows, told.answer_mib << 20)
    task = Query(asked.text, base, *names, *dataset, *limits)
    calls = bool(told.services) and may_call(asked.text)
    tag = ""
    if not (calls or _VOLATILE.search(asked.text.upper())):
        tag = etag(site, asked.text, base, names, dataset)
    headers = {"Vary": "Accept"}
    if request.method != "POST":
        headers["Cache-Control"] = "no-cache" if tag else "no-store"
        if tag:
            headers["ETag"] = tag
        if unchanged(request, tag):
            return Response(status_code=304, headers=headers)
    answer = site.answers.get(tag)
    if answer is None:
        answer = await _answered(request, task)
        if site.served is served:
            site.answers.put(tag, answer)
        else:  # it may be of other data than its tag
            headers.pop("ETag", None)
    return sent(answer, {form.name: form for form in (rows, graph) if form}, headers)


async def _answered(request: Request, task: Query) -> Answer:
    site: Site = request.app.state.site
    if found := lookups.answer(site.served, task):
        return found
    task.client = spool.client(request)
    return await site.workers.run(task, request.is_disconnected)


# -- what is asked -----------------------------------------------------------


def _is_update(request: Request) -> bool:
    return parsed_type(request.headers.get("content-type"))[0] == "application/sparql-update"


async def _asked(request: Request) -> Asked:
    pairs = parameters(request.scope["query_string"])
    if request.method != "POST":
        if any(name == "update" for name, _ in pairs):
            raise Refused(405, "an update is sent by POST", allow="POST")
        return _of_pairs(pairs, kinds=("query",))
    media, charset = parsed_type(request.headers.get("content-type"))
    if charset not in ("", "utf-8", "utf8"):
        raise Refused(415, f"the text is in {charset[:40]}; send it in UTF-8")
    limit = request.app.state.site.settings.query_kib << 10
    if media == FORM:
        pairs += parameters(await body(request, limit), maximum=limit)
        return _of_pairs(pairs, kinds=("query", "update"))
    if media not in _DIRECT:
        known = ", ".join((FORM, *_DIRECT))
        raise Refused(415, f"a query is sent as one of {known}")
    kind = _DIRECT[media]
    if any(name in ("query", "update") for name, _ in pairs):
        raise Refused(400, f"there is a text in the address besides the {kind} in the body")
    text = _utf8(await body(request, limit))
    return _of_pairs([*pairs, (kind, text)], kinds=(kind,))


def _of_pairs(pairs: list[tuple[str, str]], kinds: tuple[str, ...]) -> Asked:
    found = [(name, value) for name, value in pairs if name in kinds]
    if len(found) > 1:
        raise Refused(400, "there is more than one query or update; send one")
    others = {name: value for name, value in pairs if name not in ("query", "update")}
    if not found:
        if any(name in kinds or name == "update" for name, _ in pairs) or len(kinds) > 1:
            raise Refused(400, "there is no query; send one as 'query'")
        return Asked("", "", None, None, others)
    kind, text = found[0]
    default, named = (
        tuple(absolute(name, value) for name, value in pairs if name == each)
        for each in _GRAPH_PARAMETERS[kind]
    )
    if default or named:
        return Asked(kind, text, default, named, others)
    return Asked(kind, text, None, None, others)


def absolute(name: str, iri: str) -> str:
    """Return the IRI of a graph that a parameter names, or refuse it."""
    try:
        ox.NamedNode(iri)
        is_file = urlsplit(iri).scheme == "file"
    except ValueError:  # the engine is pickier than the pattern is
        is_file = True
    if is_file or not _ABSOLUTE.fullmatch(iri):
        raise Refused(400, f"'{iri[:80]}' is no IRI of a graph here ({name}); nothing is fetched")
    return iri


def _utf8(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise Refused(400, "the text is no UTF-8") from error

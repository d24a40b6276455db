"""SPARQL 1.1 Graph Store HTTP Protocol: whole graphs, read and, for who may, written.

A graph is named by ``/store?graph=IRI``, is the default one of ``/store?default``, or is
the one whose IRI is an address under ``/store/`` (section 4.1).  ``/store`` alone, which
the protocol leaves open for reading, is the whole store.
"""

from __future__ import annotations

import asyncio
import tempfile
import uuid
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import Response

from kg.web import security, spool
from kg.web.exchange import body, etag, parameters, sent, unchanged
from kg.web.negotiation import DATASETS, GRAPHS, Form, forms, parsed_type
from kg.web.protocol import absolute
from kg.web.refused import Refused
from kg.web.tasks import Dump, Write

if TYPE_CHECKING:
    from starlette.requests import Request

    from kg.web.site import Site

__all__ = ["METHODS", "store"]

METHODS = (*security.READING, "PUT", "POST", "DELETE")
_PARTS = 100
_HEAD_BYTES = 4096
_AS_IT_IS = ("7bit", "8bit", "binary")


async def store(request: Request) -> Response:
    """Answer at ``/store``."""
    site: Site = request.app.state.site
    if request.method == "OPTIONS":
        there = METHODS if site.settings.write else security.READING
        return security.preflight(request, there, security.READING)
    if request.method in ("GET", "HEAD"):
        return await _read(request, site)
    security.allow_writing(request)
    return await _write(request, site)


def _graph(request: Request, site: Site) -> tuple[str, dict[str, str]]:
    """The graph that is meant, ``""`` for none, and the other parameters."""
    pairs = parameters(request.url.query.encode("ascii", "replace"))
    names = [name for name, _ in pairs if name in ("graph", "default")]
    under = request.path_params.get("graph", "")
    if len(names) + bool(under) > 1:
        raise Refused(400, "more than one graph is named; name one")
    others = {name: value for name, value in pairs if name not in ("graph", "default")}
    if under:
        return absolute("graph", site.url(request, urlsplit(str(request.url)).path)), others
    given = dict(pairs)
    if "graph" in given:
        return absolute("graph", given["graph"]), others
    return "default" if "default" in given else "", others


async def _read(request: Request, site: Site) -> Response:
    graph, others = _graph(request, site)
    offered = GRAPHS if graph else DATASETS
    (form,) = forms(others, request.headers.get("accept"), offered)
    assert form is not None  # noqa: S101 else it was refused
    served, tag = site.served, etag(site, "graph", graph, form.name)
    headers = {"Vary": "Accept", "Cache-Control": "no-cache"}
    if tag:
        headers["ETag"] = tag
    if unchanged(request, tag):
        return Response(status_code=304, headers=headers)
    answer = await site.workers.run(
        Dump(graph, form.name, client=spool.client(request)), request.is_disconnected
    )
    if site.served is not served:  # it may be of other data than its tag
        headers.pop("ETag", None)
    return sent(answer, {form.name: form}, headers)


async def _write(request: Request, site: Site) -> Response:
    graph, others = _graph(request, site)
    if others and not graph:  # a misspelt ?graph= would make a graph of a new name
        raise Refused(400, f"'{next(iter(others))[:40]}' means nothing here; say graph or default")
    headers = {}
    if not graph:
        if request.method != "POST":
            raise Refused(400, "no graph is named; say ?default or ?graph=IRI")
        graph = site.url(request, f"/store/{uuid.uuid4()}")
        headers["Location"] = graph
    base = site.url(request, "/store") if graph == "default" else graph
    async with site.workers.writers.place():
        if request.method == "DELETE":
            await site.workers.write(Write("DELETE", graph))
            return Response("the graph is gone\n", 200, media_type="text/plain")
        with tempfile.TemporaryDirectory(prefix="written-", dir=site.scratch.name) as folder:
            files = await _brought(request, site.settings.body_mib << 20, Path(folder))
            told = await site.workers.write(Write(request.method, graph, files, base))
    if told.get("created"):
        return Response(status_code=201, headers=headers)
    if request.method == "POST":
        return Response("the graph has what was sent\n", 200, media_type="text/plain")
    return Response(status_code=204)


async def _brought(request: Request, limit: int, folder: Path) -> list[tuple[str, str]]:
    """Put the content into files, for it may wait; return them with the names of their formats."""
    content = await body(request, limit)
    header = request.headers.get("content-type", "")

    def kept() -> list[tuple[str, str]]:
        files = []
        for number, (form, part) in enumerate(_parts(header, content)):
            path = folder / str(number)
            path.write_bytes(part)
            files.append((form.name, str(path)))
        return files

    try:
        return await asyncio.to_thread(kept)
    except OSError as error:
        raise spool.full("content") from error


def _parts(header: str, content: bytes) -> list[tuple[Form, bytes]]:
    """The content by its type; that of a form with files is several."""
    if parsed_type(header)[0] != "multipart/form-data":
        return [(_form(header), content)]
    told = Message()
    told["Content-Type"] = header
    mark = (told.get_boundary() or "").encode("utf-8", "replace")
    # Split, and not parsed line by line: there may be millions of them.
    pieces = (b"\r\n" + content).split(b"\r\n--" + mark, _PARTS + 2)
    if not mark or not 3 <= len(pieces) <= _PARTS + 2 or not pieces[-1].startswith(b"--"):
        raise Refused(400, f"the form has no file, or more than {_PARTS}, or no end")
    return [_part(piece) for piece in pieces[1:-1]]


def _part(piece: bytes) -> tuple[Form, bytes]:
    head, gap, content = piece.partition(b"\r\n\r\n")
    if not gap or len(head) > _HEAD_BYTES:
        raise Refused(400, "a file of the form has no head, or a long one")
    part = BytesParser().parsebytes(head.lstrip())
    if str(part.get("Content-Transfer-Encoding", "binary")).lower() not in _AS_IT_IS:
        raise Refused(415, "a file of the form is sent as it is (RFC 7578, section 4.7)")
    return _form(str(part.get("Content-Type", ""))), content


def _form(header: str) -> Form:
    media, charset = parsed_type(header)
    if charset not in ("", "utf-8", "utf8"):
        raise Refused(415, f"the content is in {charset[:40]}; send it in UTF-8")
    for form in GRAPHS:
        if media in (form.media, *form.also) and media != "application/json":
            return form
    known = ", ".join(form.media for form in GRAPHS)
    raise Refused(415, f"a graph is sent as one of {known}")

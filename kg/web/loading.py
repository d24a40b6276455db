"""The document that a ``LOAD`` names: fetched by us, never by the engine."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pyoxigraph as ox

from kg.calls import Call
from kg.errors import KGError
from kg.web.allowed import Target
from kg.web.negotiation import GRAPHS, parsed_type
from kg.web.outgoing import fetch
from kg.web.refused import Refused

__all__ = ["document"]

_ACCEPT = ", ".join(form.media for form in GRAPHS)
_EXACT = {form.media: form.name for form in GRAPHS}
_ALSO = {media: form.name for form in GRAPHS for media in form.also}
"""Types that say little: RDF is often sent as ``text/plain``, whatever the format."""


def document(call: Call, target: Target, *, seconds: float, limit: int) -> tuple[bytes, str]:
    """Return a document of RDF and the name of its format.

    The format is told by ``Content-Type``, or if that says nothing by the suffix.  Raises
    :class:`~kg.web.refused.Refused` for what cannot be had or is no RDF.
    """
    try:
        found = fetch(call, target, _ACCEPT, seconds=seconds, limit=limit)
    except KGError as error:
        raise Refused(502, error.problem.what) from error
    media, charset = parsed_type(found.type)
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise Refused(502, f"it is in {charset[:40]}, and not in UTF-8")
    form = _EXACT.get(media)
    if form is None and media in ("", "application/octet-stream", *_ALSO):
        form = _by_suffix(call.iri) or _ALSO.get(media)
    if form is None:
        raise Refused(502, f"it comes as {media[:80] or 'something'}, which is no RDF")
    return found.content, form


def _by_suffix(iri: str) -> str | None:
    suffix = PurePosixPath(urlsplit(iri).path).suffix.removeprefix(".")
    format = ox.RdfFormat.from_extension(suffix)
    return next((form.name for form in GRAPHS if form.engine == format), None)

"""The same thing for programs: its description as RDF or JSON, by suffix or by ``Accept``.

A description holds every triple about the thing itself and about each claim that it
is in, with the claim's evidences and their selectors.
"""

from __future__ import annotations

import io
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast
from urllib.parse import quote, urlencode

import pyoxigraph as ox
from starlette.responses import PlainTextResponse, Response

from kg.serialize import serialize
from kg.store import Triples
from kg.web import security
from kg.web.negotiation import GRAPHS, PAGE, Form, forms
from kg.web.pages.frame import Frame, Missing

__all__ = ["SUFFIXES", "description", "links", "missing", "split", "twin", "wanted"]

_RDF = {form.name: form for form in GRAPHS}
_FORMS = {form.name: form for form in (_RDF["ttl"], _RDF["jsonld"], _RDF["nt"])}
_FORMS["json"] = Form("json", "application/json", ())
SUFFIXES = tuple(_FORMS)

_MOST = 20_000
"""Triples of a twin that is made in the server itself: half a second's work."""

_GROUNDS = "(aie:evidence|(aie:evidence/oa:hasSelector))"
_OF_ENTITY = f"""
CONSTRUCT {{ ?s ?p ?o }} WHERE {{
  {{ VALUES ?s {{ THING }} ?s ?p ?o }}
  UNION {{ ?s rdf:subject THING ; ?p ?o }}
  UNION {{ ?s rdf:object THING ; ?p ?o }}
  UNION {{ ?claim rdf:subject THING ; {_GROUNDS} ?s . ?s ?p ?o }}
  UNION {{ ?claim rdf:object THING ; {_GROUNDS} ?s . ?s ?p ?o }}
}}"""
_OF_CLAIM = f"""
CONSTRUCT {{ ?s ?p ?o }} WHERE {{
  {{ VALUES ?s {{ THING }} ?s ?p ?o }}
  UNION {{ VALUES ?claim {{ THING }} ?claim {_GROUNDS} ?s . ?s ?p ?o }}
}}"""
_OF_SOURCE = """
CONSTRUCT { ?s ?p ?o } WHERE {
  { VALUES ?s { THING } ?s ?p ?o }
  UNION { ?s oa:hasSource THING ; ?p ?o }
  UNION { ?ground oa:hasSource THING ; oa:hasSelector ?s . ?s ?p ?o }
  UNION { ?ground oa:hasSource THING . ?s aie:evidence ?ground ; ?p ?o }
}"""
_QUERIES = {"id": _OF_ENTITY, "claim": _OF_CLAIM, "source": _OF_SOURCE}


def split(name: str) -> tuple[str, str]:
    """Return a name and the suffix of its twin, ``""`` if it has none.

    >>> split("lg.ttl"), split("lg")
    (('lg', 'ttl'), ('lg', ''))
    """
    stem, dot, suffix = name.rpartition(".")
    return (stem, suffix) if dot and stem and suffix in _FORMS else (name, "")


def wanted(accept: str | None) -> str:
    """Return the suffix of the twin that an ``Accept`` header likes best, ``""`` for the page.

    Raises :class:`~kg.web.refused.Refused` with 406 if it takes none of them.

    >>> wanted("text/turtle;q=0.9, application/ld+json"), wanted("text/html, */*;q=0.8")
    ('jsonld', '')
    """
    (form,) = forms({}, accept, (PAGE, *_FORMS.values()))
    return form.name if form and form is not PAGE else ""


def missing(frame: Frame, suffix: str, error: Missing) -> Response:
    """Return that there is no such thing: to a program, which asks for a twin, in one line.

    Raises `error`, which makes a page, if no twin is asked for.
    """
    if not suffix:
        raise error
    headers = {"vary": "Accept, Accept-Language", **security.readable(frame.site.settings)}
    told = error.problem
    if error.near and not told.remedy:
        told = replace(told, remedy=frame.words["meant"].format(name=error.near[0]))
    return PlainTextResponse(f"{told}\n", 404, headers)


def links(frame: Frame, path: str) -> dict[str, str]:
    """Return the headers that name the twins of the page at `path`."""
    alternates = (
        f'<{_address(frame, path, suffix)}>; rel="alternate"; type="{form.media}"'
        for suffix, form in _FORMS.items()
    )
    return {"link": ", ".join(alternates), "vary": "Accept, Accept-Language"}


def _address(frame: Frame, path: str, suffix: str) -> str:
    """As it may stand in a header, which holds no Korean, and no quotes of somebody's."""
    return frame.root + quote(f"{path}.{suffix}")


def description(kind: str, iri: str) -> str:
    """Return the query for every triple about an ``id``, a ``claim`` or a ``source``."""
    return _QUERIES[kind].replace("THING", str(ox.NamedNode(iri)))


def twin(
    frame: Frame, path: str, suffix: str, iri: str, record: Callable[[], Mapping[str, Any]]
) -> Response:
    """Return the twin of the page at `path`; `record` makes what JSON holds.

    One that is long is not made here, but by those who answer queries, within their limits:
    the client is sent there.
    """
    form = _FORMS[suffix]
    query = description(path.split("/")[1], iri)
    found = frame.served.store.query(query, place=path)
    if not isinstance(found, Triples):
        raise TypeError("a CONSTRUCT was not answered with triples")
    triples = list(itertools.islice(found, _MOST + 1))
    if len(triples) > _MOST:
        return _elsewhere(frame, path, query, form)
    if form.engine is None:
        content = json.dumps(record(), ensure_ascii=False, indent=1).encode() + b"\n"
    else:
        out = io.BytesIO()
        serialize((ox.Quad(*triple) for triple in triples), out, cast("ox.RdfFormat", form.engine))
        content = out.getvalue()
    headers = links(frame, path) | {"content-location": _address(frame, path, suffix)}
    headers |= security.readable(frame.site.settings)
    return Response(content, 200, headers, media_type=form.media)


def _elsewhere(frame: Frame, path: str, query: str, form: Form) -> Response:
    headers = links(frame, path) | security.readable(frame.site.settings)
    if form.engine is None:
        others = ", ".join(f"{path}.{name}" for name in SUFFIXES if name in _RDF)
        text = (
            f"there is more than {_MOST:,} triples about this, too much for JSON; ask for {others}"
        )
        return PlainTextResponse(f"{text}\n", 406, headers)
    asked = urlencode({"query": " ".join(query.split()), "format": form.name})
    return Response(status_code=303, headers=headers | {"location": f"{frame.root}/sparql?{asked}"})

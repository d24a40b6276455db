"""Which format an answer is sent in: what a client accepts against what there is.

HTTP Semantics (RFC 9110), section 12.5.1: media ranges with q-values; the more exact
range decides for a type; q=0 refuses it.  Among types that a client likes as much, the
one that comes first here is sent.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from kg.errors import near
from kg.web.refused import Refused

__all__ = [
    "DATASETS",
    "GRAPHS",
    "PAGE",
    "ROWS",
    "Form",
    "accepted",
    "chosen",
    "forms",
    "joined",
    "parsed_type",
    "takes_gzip",
    "weighed",
]


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """A format that answers are sent in."""

    name: str
    """As in ``?format=`` and in ``kg query -f``."""
    media: str
    also: tuple[str, ...]
    """Other media types by which it is asked for."""
    engine: ox.RdfFormat | ox.QueryResultsFormat | None = None
    """The engine's word for it, None where something else writes it."""
    names: tuple[str, ...] = ()
    """What real clients also write for ``?format=``."""

    @property
    def content_type(self) -> str:
        """The value of the header."""
        return f"{self.media}; charset=utf-8" if self.media.startswith("text/") else self.media


_JSON, _XML = "application/json", ("application/xml", "text/xml")

ROWS = (
    Form("json", "application/sparql-results+json", (_JSON,), ox.QueryResultsFormat.JSON, ("srj",)),
    Form("xml", "application/sparql-results+xml", _XML, ox.QueryResultsFormat.XML, ("srx",)),
    Form("csv", "text/csv", (), ox.QueryResultsFormat.CSV),
    Form("tsv", "text/tab-separated-values", (), ox.QueryResultsFormat.TSV),
)
"""For the rows of a ``SELECT``; for an ``ASK`` all but CSV and TSV."""

GRAPHS = (
    Form(
        "ttl",
        "text/turtle",
        ("text/n3", "application/x-turtle"),
        ox.RdfFormat.TURTLE,
        ("turtle", "n3"),
    ),
    Form("nt", "application/n-triples", ("text/plain",), ox.RdfFormat.N_TRIPLES, ("ntriples",)),
    Form("jsonld", "application/ld+json", (_JSON,), ox.RdfFormat.JSON_LD, ("json-ld", "json")),
    Form("rdf", "application/rdf+xml", _XML, ox.RdfFormat.RDF_XML, ("rdf+xml", "rdfxml", "xml")),
    Form("trig", "application/trig", ("application/x-trig",), ox.RdfFormat.TRIG),
    Form("nq", "application/n-quads", (), ox.RdfFormat.N_QUADS, ("nquads",)),
)
"""For the triples of a ``CONSTRUCT`` or ``DESCRIBE``, and for a graph of the store."""

DATASETS = tuple(form for form in GRAPHS if form.name in ("trig", "nq", "jsonld"))
"""For the whole store."""

PAGE = Form("html", "text/html", ("application/xhtml+xml",))
"""For people, where there is a page beside the formats for programs."""


_LISTS = frozenset((b"accept", b"accept-encoding", b"accept-language", b"if-none-match"))
"""Header fields that are lists, of those that are read here."""


def joined(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return a request's headers with each list in one line (RFC 9110, section 5.3).

    >>> joined([(b"accept", b"text/csv"), (b"host", b"x"), (b"accept", b"*/*;q=0.1")])
    [(b'accept', b'text/csv, */*;q=0.1'), (b'host', b'x')]
    """
    if len(dict(headers)) == len(headers):
        return headers
    lines: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        lines.setdefault(name, []).append(value)
    return [
        (name, value)
        for name, values in lines.items()
        for value in ([b", ".join(values)] if name in _LISTS else values)
    ]


def weighed(header: str) -> list[tuple[str, float]]:
    """Return what a header lists, in lower case, with the q-values, as they stand.

    A q-value that is malformed counts as 0, and what stands behind the 64th is left out.

    >>> weighed("gzip;q=0, BR")
    [('gzip', 0.0), ('br', 1.0)]
    """
    found = []
    for piece in header.split(",")[:64]:
        name, *parameters = (part.strip().lower() for part in piece.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    quality = min(1.0, max(0.0, float(value)))
                except ValueError:
                    quality = 0.0
        found.append((name, quality))
    return found


def accepted(header: str) -> list[tuple[str, float]]:
    """Return the media ranges of an ``Accept`` header with their q-values, as they stand.

    What is malformed is left out, as RFC 9110 leaves to the server.

    >>> accepted("text/csv;q=0.5, */*;q=0.1, text/turtle")
    [('text/csv', 0.5), ('*/*', 0.1), ('text/turtle', 1.0)]
    """
    named = (("*/*" if name == "*" else name, quality) for name, quality in weighed(header))
    return [(name, quality) for name, quality in named if "/" in name]


def takes_gzip(header: str) -> bool:
    """Return whether an ``Accept-Encoding`` header likes gzip no less than nothing packed.

    >>> takes_gzip("br, *;q=0.5"), takes_gzip("gzip;q=0, *"), takes_gzip("")
    (True, False, False)
    """
    likes = dict(weighed(header))
    gzip = likes.get("gzip", likes.get("x-gzip", likes.get("*", 0.0)))
    return gzip > 0 and gzip >= likes.get("identity", 0.0)


def _quality(media: str, ranges: Iterable[tuple[str, float]]) -> float:
    best = (-1, 0.0)
    for pattern, quality in ranges:
        exactness = (
            2
            if pattern == media
            else 1
            if pattern == f"{media.partition('/')[0]}/*"
            else 0
            if pattern == "*/*"
            else -1
        )
        if exactness > best[0]:
            best = exactness, quality
    return best[1]


def chosen(header: str | None, offered: tuple[Form, ...]) -> Form | None:
    """Return what an ``Accept`` header likes best of what is offered, None if nothing.

    >>> chosen("text/*, application/json;q=0.9", ROWS).name
    'csv'
    >>> chosen("image/png", ROWS) is None
    True
    """
    return _chosen("*/*" if header is None or not header.strip() else header, offered)


@functools.lru_cache(256)
def _chosen(header: str, offered: tuple[Form, ...]) -> Form | None:
    ranges = accepted(header[:4096])

    def liking(form: Form) -> float:
        # A name that is not the format's own counts a little less than one that is.
        own = _quality(form.media, ranges)
        return max([own, *(_quality(name, ranges) - 0.0005 for name in form.also)])

    best = max(offered, key=liking)
    return best if liking(best) > 0 else None


def forms(
    parameters: Mapping[str, str], header: str | None, *offered: tuple[Form, ...]
) -> list[Form | None]:
    """Return the format to use of each of `offered`: that of ``?format=``, or as accepted.

    Raises :class:`~kg.web.refused.Refused` if ``?format=`` names none of them, or the
    client accepts none.
    """
    name = parameters.get("format", "").strip().lower()
    found: list[Form | None] = [
        chosen(name or header, each) if "/" in name or not name else _named(name, each)
        for each in offered
    ]
    if any(found):
        return found
    known = list(dict.fromkeys(form.name for each in offered for form in each))
    if name:
        remedy = near(name, known, f"it is one of {', '.join(known)}")
        raise Refused(400, f"there is no format '{name[:40]}'; {remedy}")
    types = ", ".join(dict.fromkeys(form.media for each in offered for form in each))
    raise Refused(406, f"none of the accepted types can be sent; there are {types}")


def _named(name: str, offered: tuple[Form, ...]) -> Form | None:
    for form in offered:
        if name in (form.name, *form.names):
            return form
    return None


def parsed_type(header: str | None) -> tuple[str, str]:
    """Return the media type and the character set of a ``Content-Type``, in lower case.

    >>> parsed_type('Text/Turtle; charset="UTF-8"')
    ('text/turtle', 'utf-8')
    """
    media, *parameters = (header or "").split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return media.strip().lower(), value.strip().strip('"').lower()
    return media.strip().lower(), ""

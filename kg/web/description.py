"""What the server says of itself: SPARQL 1.1 Service Description, and VoID of the data.

The first stands at the endpoint when it is asked nothing (section 2 of
https://www.w3.org/TR/sparql11-service-description/), the second at the well-known
address that VoID names (https://www.w3.org/TR/void/, section 7.2).
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pyoxigraph as ox
from starlette.responses import RedirectResponse, Response

from kg.names import ONTOLOGY, PREFIXES, expand
from kg.serialize import serialize
from kg.web import security
from kg.web.exchange import etag, unchanged
from kg.web.negotiation import GRAPHS, PAGE, ROWS, Form, forms
from kg.web.refused import Refused
from kg.web.tasks import Query

if TYPE_CHECKING:
    from starlette.requests import Request

    from kg.web.settings import Settings
    from kg.web.site import Site

__all__ = ["service", "void"]

_SD = "http://www.w3.org/ns/sparql-service-description#"
_VOID = "http://rdfs.org/ns/void#"
_FORMATS = "http://www.w3.org/ns/formats/"
_NAMES = {
    "json": "SPARQL_Results_JSON",
    "xml": "SPARQL_Results_XML",
    "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV",
    "ttl": "Turtle",
    "nt": "N-Triples",
    "jsonld": "JSON-LD",
    "rdf": "RDF_XML",
    "trig": "TriG",
    "nq": "N-Quads",
}
_COUNTS = {
    "triples": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "distinctSubjects": "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
    "distinctObjects": "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }",
    "properties": "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }",
    "classes": "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }",
}
_GRAPHS_HELD = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g"


async def service(request: Request, parameters: dict[str, str]) -> Response:
    """Describe the endpoint; who would rather have a page is sent to the one for queries."""
    form = _form(request, parameters, (*GRAPHS, PAGE))
    if form is PAGE:
        prefix = request.app.state.site.settings.prefix
        return RedirectResponse(f"{prefix}/query", 303, headers={"Vary": "Accept"})
    return await _described(request, form, "service")


async def void(request: Request) -> Response:
    """Describe the data."""
    if request.method == "OPTIONS":
        return security.preflight(request, security.READING, security.READING)
    return await _described(request, _form(request, dict(request.query_params), GRAPHS), "void")


def _form(request: Request, parameters: dict[str, str], offered: tuple[Form, ...]) -> Form:
    (form,) = forms(parameters, request.headers.get("accept"), offered)
    assert form is not None  # noqa: S101 else it was refused
    return form


async def _described(request: Request, form: Form, kind: str) -> Response:
    site: Site = request.app.state.site
    told, served = site.settings, site.served
    tag = etag(site, kind, form.name, site.url(request), told.services, told.write)
    headers = {"Vary": "Accept", "Content-Type": form.content_type}
    if tag:
        headers |= {"ETag": tag, "Cache-Control": "no-cache"}
    if unchanged(request, tag):
        return Response(status_code=304, headers=headers)
    held = await _held(site)
    if site.served is not served:  # some numbers may be of other data than the tag
        held = await _held(site)
        headers.pop("ETag", None)
    root = site.url(request)
    if kind == "service":
        triples = _service(f"{root}{request.url.path}", held, site.settings)
    else:
        triples = _void(root, held)
    out = io.BytesIO()
    serialize((ox.Quad(*each) for each in triples), out, cast("ox.RdfFormat", form.engine))
    return Response(out.getvalue(), headers=headers)


@dataclass(frozen=True, slots=True)
class _Held:
    """What is in the store, as far as it could be counted in time."""

    counts: dict[str, int]
    """Of the default graph, by kind."""
    graphs: dict[str, int]
    """Triples of each named graph."""


async def _held(site: Site) -> _Held:
    served = site.served
    if isinstance(served.described, _Held):
        return served.described
    counts = {}
    for name, text in _COUNTS.items():
        for row in await _rows(site, text):
            counts[name] = int(row["n"])
    graphs = {row["g"]: int(row["n"]) for row in await _rows(site, _GRAPHS_HELD)}
    held = _Held(counts, graphs)
    if served.fingerprint and site.served is served:  # else some numbers may be of other data
        served.described = held
    return held


async def _rows(site: Site, text: str) -> list[dict[str, str]]:
    """The rows of a query of ours, none if it takes more than one may."""
    try:
        answer = await site.workers.run(Query(text, "urn:kg", "json", None))
        content = b"".join([piece async for piece in answer.pieces()])
    except Refused:
        return []
    found = json.loads(content)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in found]


def _number(number: int) -> ox.Literal:
    return ox.Literal(str(number), datatype=ox.NamedNode(expand("xsd:integer")))


_TYPE = ox.NamedNode(expand("rdf:type"))


def _service(address: str, held: _Held, told: Settings) -> Iterator[ox.Triple]:
    iri, sd, void, writing = ox.NamedNode, _sd, _void_term, told.write
    endpoint = iri(address)
    dataset, default = iri(f"{endpoint.value}#dataset"), iri(f"{endpoint.value}#default-graph")
    yield ox.Triple(endpoint, _TYPE, sd("Service"))
    yield ox.Triple(endpoint, sd("endpoint"), endpoint)
    yield ox.Triple(endpoint, sd("supportedLanguage"), sd("SPARQL11Query"))
    if writing:
        yield ox.Triple(endpoint, sd("supportedLanguage"), sd("SPARQL11Update"))
    for form in (*ROWS, *GRAPHS):
        yield ox.Triple(endpoint, sd("resultFormat"), iri(_FORMATS + _NAMES[form.name]))
        if writing and form in GRAPHS:
            yield ox.Triple(endpoint, sd("inputFormat"), iri(_FORMATS + _NAMES[form.name]))
    yield ox.Triple(endpoint, sd("feature"), sd("EmptyGraphs"))
    if told.services:
        yield ox.Triple(endpoint, sd("feature"), sd("BasicFederatedQuery"))
    yield ox.Triple(endpoint, sd("defaultDataset"), dataset)
    yield ox.Triple(dataset, _TYPE, sd("Dataset"))
    yield ox.Triple(dataset, sd("defaultGraph"), default)
    yield ox.Triple(default, _TYPE, sd("Graph"))
    if "triples" in held.counts:
        yield ox.Triple(default, void("triples"), _number(held.counts["triples"]))
    for number, (name, triples) in enumerate(held.graphs.items()):
        named, graph = (iri(f"{endpoint.value}#{kind}-{number}") for kind in ("named", "graph"))
        yield ox.Triple(dataset, sd("namedGraph"), named)
        yield ox.Triple(named, _TYPE, sd("NamedGraph"))
        yield ox.Triple(named, sd("name"), iri(name))
        yield ox.Triple(named, sd("graph"), graph)
        yield ox.Triple(graph, _TYPE, sd("Graph"))
        yield ox.Triple(graph, void("triples"), _number(triples))


def _void(root: str, held: _Held) -> Iterator[ox.Triple]:
    iri, void = ox.NamedNode, _void_term
    page, dataset = iri(f"{root}/.well-known/void"), iri(f"{root}/.well-known/void#dataset")
    yield ox.Triple(page, _TYPE, void("DatasetDescription"))
    yield ox.Triple(page, ox.NamedNode("http://xmlns.com/foaf/0.1/primaryTopic"), dataset)
    yield ox.Triple(dataset, _TYPE, void("Dataset"))
    yield ox.Triple(dataset, void("sparqlEndpoint"), iri(f"{root}/sparql"))
    yield ox.Triple(dataset, void("dataDump"), iri(f"{root}/store?default"))
    yield ox.Triple(dataset, void("uriSpace"), ox.Literal(PREFIXES["id"]))
    for vocabulary in (ONTOLOGY + "#", PREFIXES["skos"], PREFIXES["oa"], PREFIXES["prov"]):
        yield ox.Triple(dataset, void("vocabulary"), iri(vocabulary))
    for form in GRAPHS:
        yield ox.Triple(dataset, void("feature"), iri(_FORMATS + _NAMES[form.name]))
    title = ox.Literal("Evidence-first knowledge graph of the AI ecosystem", language="en")
    yield ox.Triple(dataset, iri(expand("dcterms:title")), title)
    for name, number in held.counts.items():
        yield ox.Triple(dataset, void(name), _number(number))


def _sd(name: str) -> ox.NamedNode:
    return ox.NamedNode(_SD + name)


def _void_term(name: str) -> ox.NamedNode:
    return ox.NamedNode(_VOID + name)

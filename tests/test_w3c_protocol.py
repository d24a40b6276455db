"""Each of the W3C's tests of SPARQL Protocol, Graph Store Protocol and Service Description.

The suite that ``.ci/w3c`` gets has only names for these.  So the requests are ours, in the
order of the suite's manifests and under its names (of the graph store in its version of
2023, at https://github.com/w3c/rdf-tests), and go over real HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
import w3c
from serving import TOKEN, serving

from kg.store import OxigraphStore

D = "http://example.org/d"
"""Of the graphs D1, D2 and D3, each of which says that it is a document."""
TARGET = "http://example.org/target"
FORM = "application/x-www-form-urlencoded"
QUERY, UPDATE = "application/sparql-query", "application/sparql-update"
TURTLE, RDF_XML = "text/turtle", "application/rdf+xml"
TABLES = {
    "application/sparql-results+xml",
    "application/sparql-results+json",
    "text/csv; charset=utf-8",
    "text/tab-separated-values; charset=utf-8",
}
BOOLEANS = {"application/sparql-results+xml", "application/sparql-results+json"}
RDF = {RDF_XML, "text/turtle; charset=utf-8", "application/n-triples"}


@dataclass(frozen=True)
class Exchange:
    """A request, and what its answer has to be."""

    method: str
    path: str = "/sparql/"
    body: str | bytes = ""
    kind: str = ""
    """The ``Content-Type``, if any."""
    parameters: dict[str, str | list[str]] = field(default_factory=dict)
    status: tuple[int, ...] = (200, 204)
    says: bool | None = None
    """The answer to an ``ASK``."""
    kinds: frozenset[str] = frozenset()
    """The answer's type is one of these."""
    graph: str | None = None
    """The answer is this graph, in Turtle."""


REFUSED = tuple(range(400, 500))


def get(query: str, says: bool | None = None, **more: list[str]) -> Exchange:
    return Exchange("GET", parameters={"query": query, **named(more)}, says=says)


def post(body: str | bytes, kind: str = QUERY, says: bool | None = None, **more: list[str]):
    return Exchange("POST", body=body, kind=kind, parameters=named(more), says=says)


def refused(body: str | bytes = "", kind: str = "", method: str = "POST", **more: str | list[str]):
    return Exchange(method, body=body, kind=kind, parameters=named(more), status=REFUSED)


def named(parameters: dict[str, str | list[str]]) -> dict[str, str | list[str]]:
    return {name.replace("_", "-"): value for name, value in parameters.items()}


def typed(query: str, kinds: set[str]) -> Exchange:
    return Exchange("POST", body=query, kind=QUERY, kinds=frozenset(kinds))


def is_document(number: int) -> str:
    return f"<{D}{number}> a ?type{number} ."


def in_graph(number: int) -> str:
    return f"GRAPH ?g{number} {{ {is_document(number)} }}"


BOTH = [D + "1", D + "2"]
IN_DEFAULT = f"ASK {{ {is_document(1)} {is_document(2)} }}"
IN_NAMED = f"ASK {{ {in_graph(1)} {in_graph(2)} }}"


def marks(where: str) -> str:
    """An update that writes down what it finds."""
    return f"""
        DROP SILENT GRAPH <{TARGET}> ;
        INSERT {{ GRAPH <{TARGET}> {{ ?found <x:in> ?in }} }} WHERE {{ {where} }}"""


def marked(*numbers: int) -> Exchange:
    """Found were these documents, and no others."""
    there = " ".join(f"<{D}{number}> <x:in> ?in{number} ." for number in numbers)
    others = ", ".join(f"<{D}{number}>" for number in numbers)
    text = f"""ASK {{ GRAPH <{TARGET}> {{ {there} }} FILTER NOT EXISTS {{
        GRAPH <{TARGET}> {{ ?more <x:in> ?in FILTER (?more NOT IN ({others})) }} }} }}"""
    return post(text, says=True)


DEFAULT = '?found a ?type BIND("default" AS ?in)'
NAMED = "GRAPH ?in { ?found a ?type }"

PROTOCOL = {
    "query_post_form": [post("query=ASK%20%7B%7D", FORM, True)],
    "query_dataset_default_graphs_get": [get(IN_DEFAULT, True, default_graph_uri=BOTH)],
    "query_dataset_default_graphs_post": [post(IN_DEFAULT, says=True, default_graph_uri=BOTH)],
    "query_dataset_named_graphs_post": [post(IN_NAMED, says=True, named_graph_uri=BOTH)],
    "query_dataset_named_graphs_get": [get(IN_NAMED, True, named_graph_uri=BOTH)],
    "query_dataset_full": [
        post(
            f"ASK {{ {is_document(3)} {in_graph(1)} {in_graph(2)} }}",
            says=True,
            default_graph_uri=[D + "3"],
            named_graph_uri=BOTH,
        )
    ],
    "query_multiple_dataset": [
        post(
            f"ASK FROM <{D}3> {{ {in_graph(1)} {in_graph(2)} }}", says=True, named_graph_uri=BOTH
        ),
        post(f"ASK FROM <{D}3> {{ {is_document(3)} }}", says=False, named_graph_uri=BOTH),
    ],
    "query_get": [get("ASK {}", True)],
    "query_content_type_select": [typed("SELECT (1 AS ?one) {}", TABLES)],
    "query_content_type_ask": [typed("ASK {}", BOOLEANS)],
    "query_content_type_describe": [typed(f"DESCRIBE <{D}1>", RDF)],
    "query_content_type_construct": [typed("CONSTRUCT { <x:s> <x:p> 1 } WHERE {}", RDF)],
    "update_dataset_default_graph": [
        post(marks(DEFAULT), UPDATE, using_graph_uri=[D + "1"]), marked(1)
    ],
    "update_dataset_default_graphs": [
        post(marks(DEFAULT), UPDATE, using_graph_uri=BOTH), marked(1, 2)
    ],
    "update_dataset_named_graphs": [
        post(marks(NAMED), UPDATE, using_named_graph_uri=BOTH), marked(1, 2)
    ],
    "update_dataset_full": [
        post(
            marks(f"{{ {DEFAULT} }} UNION {{ {NAMED} }}"),
            UPDATE,
            using_graph_uri=[D + "1"],
            using_named_graph_uri=[D + "2"],
        ),
        marked(1, 2),
        post(f'ASK {{ GRAPH <{TARGET}> {{ <{D}1> ?p "default" . <{D}2> ?p <{D}2> }} }}', says=True),
    ],
    "update_post_form": [post(f"update=CREATE+SILENT+GRAPH+%3C{TARGET}%3E", FORM)],
    "update_post_direct": [post(f"CREATE SILENT GRAPH <{TARGET}>", UPDATE)],
    "update_base_uri": [
        post(f"INSERT DATA {{ GRAPH <{TARGET}> {{ <x:s> <x:relative> <test> }} }}", UPDATE),
        post(
            f"""ASK {{ GRAPH <{TARGET}> {{ <x:s> <x:relative> ?o
                FILTER (isIRI(?o) && STRENDS(STR(?o), "/test")) }} }}""",
            says=True,
        ),
    ],
    "query_post_direct": [post("ASK {}", says=True)],
    "bad_query_method": [refused(method="PUT", query="ASK {}", kind=FORM)],
    "bad_multiple_queries": [refused(method="GET", query=["ASK {}", "SELECT * {}"])],
    "bad_query_wrong_media_type": [refused("ASK {}", "text/plain")],
    "bad_query_missing_form_type": [refused("query=ASK%20%7B%7D")],
    "bad_query_missing_direct_type": [refused("ASK {}")],
    "bad_query_non_utf8": [refused("ASK {}".encode("utf-16"), f"{QUERY}; charset=UTF-16")],
    "bad_query_syntax": [refused(method="GET", query="ASK {")],
    "bad_update_get": [refused(method="GET", update="CLEAR ALL")],
    "bad_multiple_updates": [refused("update=CLEAR%20NAMED&update=CLEAR%20DEFAULT", FORM)],
    "bad_update_wrong_media_type": [refused("CLEAR NAMED", "text/plain")],
    "bad_update_missing_form_type": [refused("update=CLEAR%20NAMED")],
    "bad_update_non_utf8": [refused("CLEAR NAMED".encode("utf-16"), f"{UPDATE}; charset=UTF-16")],
    "bad_update_syntax": [refused("update=CLEAR%20XYZ", FORM)],
    "bad_update_dataset_conflict": [
        refused(f"WITH <{D}1> DELETE {{ ?s ?p 1 }} WHERE {{ ?s ?p 1 }}", UPDATE,
                using_named_graph_uri="http://example.org/people")
    ],
}  # fmt: skip


def graph_store(method: str, path: str, *status: int, **more: str) -> Exchange:
    return Exchange(method, f"/store{path}", status=status, **more)


def person(name: str) -> str:
    return f'<http://example.org/person/1> <x:card> [ a <x:Card> ; <x:name> "{name}" ] .'


JANE = f'{person("Jane")} <http://example.org/person/1> <x:called> "Jane" .'
NAMES = '<http://example.org/person/1> <x:first> "Jane" ; <x:last> "Doe" .'
FILES = "\r\n".join(
    f'--edge\r\nContent-Disposition: form-data; name="{name}"; filename="{name}.ttl"\r\n'
    f"Content-Type: text/turtle\r\n\r\n<http://example.org/person/1> <x:{name}> {value} ."
    for name, value in (("first", '"Jane"'), ("last", '"Doe"'))
) + "\r\n--edge--\r\n"  # fmt: skip
ONE, TWO, NEW = "/person/1.ttl", "/person/2.ttl", "$NEW"

GRAPH_STORE = {
    "put__initial_state": [graph_store("PUT", ONE, 201, body=person("John"), kind=TURTLE)],
    "get_of_put__initial_state": [graph_store("GET", ONE, 200, graph=person("John"))],
    "put__graph_already_in_store": [
        graph_store("PUT", ONE, 200, 204, body=person("Jane"), kind=TURTLE)
    ],
    "get_of_put__graph_already_in_store": [graph_store("GET", ONE, 200, graph=person("Jane"))],
    "put__default_graph": [graph_store("PUT", "?default", 201, body=person("Al"), kind=TURTLE)],
    "get_of_put__default_graph": [graph_store("GET", "?default", 200, graph=person("Al"))],
    "put__mismatched_payload": [
        graph_store("PUT", ONE, 400, body=person("Jo"), kind=RDF_XML),
        graph_store("GET", ONE, 200, graph=person("Jane")),
    ],
    "delete__existing_graph": [
        graph_store("PUT", TWO, 201, kind=TURTLE),
        graph_store("DELETE", TWO, 200),
    ],
    "get_of_delete__existing_graph": [graph_store("GET", TWO, 404)],
    "delete__nonexistent_graph": [graph_store("DELETE", TWO, 404)],
    "post__existing_graph": [
        graph_store("POST", ONE, 200, body=JANE.removeprefix(person("Jane")), kind=TURTLE)
    ],
    "get_of_post__existing_graph": [graph_store("GET", ONE, 200, graph=JANE)],
    "post__multipart_formdata": [
        graph_store("POST", ONE, 200, body=FILES, kind="multipart/form-data; boundary=edge")
    ],
    "get_of_post__multipart_formdata": [graph_store("GET", ONE, 200, graph=JANE + NAMES)],
    "post__create__new_graph": [graph_store("POST", "", 201, body=person("Al"), kind=TURTLE)],
    "get_of_post__create__new_graph": [graph_store("GET", NEW, 200, graph=person("Al"))],
    "get_of_post__after_noop": [
        graph_store("POST", NEW, 200, 204, kind=TURTLE),
        graph_store("GET", NEW, 200, graph=person("Al")),
    ],
    "head_on_an_existing_graph": [
        Exchange("HEAD", f"/store{ONE}", status=(200,), kinds=frozenset(RDF))
    ],
    "head_on_a_nonexisting_graph": [graph_store("HEAD", "/person/4.ttl", 404)],
}


@dataclass
class Client:
    """Whom a server talks to; it knows the graph that it made last."""

    http: httpx.Client
    new: str = ""

    def passes(self, exchange: Exchange) -> None:
        path = exchange.path.replace("/store$NEW", self.new)
        headers = {"Content-Type": exchange.kind} if exchange.kind else {}
        body = exchange.body if isinstance(exchange.body, bytes) else exchange.body.encode()
        parameters = exchange.parameters or None  # none: else they replace those of the path
        answer = self.http.request(
            exchange.method, path, params=parameters, content=body, headers=headers
        )
        assert answer.status_code in exchange.status, answer.text
        if exchange.says is not None:
            assert answer.json()["boolean"] is exchange.says
        if exchange.kinds:
            assert answer.headers["content-type"] in exchange.kinds
        if exchange.graph is not None:
            graphs = (
                ox.parse(each, format=ox.RdfFormat.TURTLE) for each in (answer.text, exchange.graph)
            )
            assert w3c.same_graph(*graphs)
        if "location" in answer.headers:
            self.new = httpx.URL(answer.headers["location"]).path


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    path = tmp_path_factory.mktemp("protocol") / "store"
    with OxigraphStore(path) as store:
        text = "".join(f"GRAPH <{D}{n}> {{ <{D}{n}> a <x:Document> }}" for n in (1, 2, 3))
        store.update(f"INSERT DATA {{ {text} }}")
    may = {"Authorization": f"Bearer {TOKEN}"}
    with (
        serving("--store", str(path), "--write", data=None) as running,
        httpx.Client(base_url=running.url, timeout=60, headers=may) as http,
    ):
        yield Client(http)


@pytest.mark.parametrize("name", PROTOCOL)
def test_the_protocol(client: Client, name: str) -> None:
    for exchange in PROTOCOL[name]:
        client.passes(exchange)


def test_the_graph_store(client: Client, subtests: pytest.Subtests) -> None:
    """One after the other: each builds on those before it."""
    for name, exchanges in GRAPH_STORE.items():
        with subtests.test(name):
            for exchange in exchanges:
                client.passes(exchange)


# -- service description -----------------------------------------------------

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix sd: <http://www.w3.org/ns/sparql-service-description#> .
<x:service> sh:targetClass sd:Service ; sh:property
    [ sh:path sd:endpoint ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path sd:supportedLanguage ; sh:minCount 1 ;
      sh:in ( sd:SPARQL10Query sd:SPARQL11Query sd:SPARQL11Update ) ] ,
    [ sh:path sd:resultFormat ; sh:minCount 1 ; sh:pattern "^http://www.w3.org/ns/formats/" ] ,
    [ sh:path sd:inputFormat ; sh:pattern "^http://www.w3.org/ns/formats/" ] ,
    [ sh:path sd:feature ; sh:in ( sd:DereferencesURIs sd:UnionDefaultGraph
      sd:RequiresDataset sd:EmptyGraphs sd:BasicFederatedQuery ) ] ,
    [ sh:path sd:defaultDataset ; sh:maxCount 1 ; sh:class sd:Dataset ] .
<x:dataset> sh:targetClass sd:Dataset ; sh:property
    [ sh:path sd:defaultGraph ; sh:minCount 1 ; sh:maxCount 1 ; sh:class sd:Graph ] ,
    [ sh:path sd:namedGraph ; sh:minCount 3 ; sh:class sd:NamedGraph ] .
<x:named> sh:targetClass sd:NamedGraph ; sh:property
    [ sh:path sd:name ; sh:minCount 1 ; sh:maxCount 1 ; sh:nodeKind sh:IRI ] ,
    [ sh:path sd:graph ; sh:minCount 1 ; sh:maxCount 1 ; sh:class sd:Graph ] .
"""
SERVICE = {
    "has-endpoint-triple": "[] sh:targetNode <{}> ; sh:property [ sh:path "
    "sd:endpoint ; sh:hasValue <{}> ] .",
    "returns-rdf": "",
    "conforms-to-schema": SHAPES,
}


@pytest.mark.parametrize("name", SERVICE)
def test_the_service_description(client: Client, name: str) -> None:
    for kind in sorted(RDF):
        answer = client.http.get("/sparql", headers={"Accept": kind})
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        described = rdflib.Graph().parse(data=answer.text, format=kind.partition(";")[0])
        assert described
        prefixes = "".join(line for line in SHAPES.splitlines(keepends=True) if line[0] == "@")
        shapes = prefixes + SERVICE[name].replace("{}", f"{client.http.base_url}/sparql")
        fine, _, told = pyshacl.validate(described, shacl_graph=rdflib.Graph().parse(data=shapes))
        assert fine, told


# -- the suite's names -------------------------------------------------------


def test_all_tests_of_the_suite_are_here() -> None:
    kinds = ("ProtocolTest", "ServiceDescriptionTest")
    names = [case.name.partition("/")[2] for case in w3c.cases() if case.kind in kinds]
    if not names:
        pytest.skip("the W3C's tests are not here (make programs)")
    assert names == [*PROTOCOL, *SERVICE]
    assert len(GRAPH_STORE) == 19

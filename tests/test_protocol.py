"""SPARQL 1.1 Protocol, Service Description, VoID and Graph Store Protocol, over real HTTP.

They go on where the W3C's tests stop (``test_w3c_protocol.py``).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from xml.etree import ElementTree

import httpx
import pyoxigraph as ox
import pytest
from serving import PLAIN, TOKEN, Running, serving

from kg import opening
from kg.model import Corpus
from kg.web.kept import Kept
from kg.web.workers import Answer

DATA = "http://example.org/data"
MAY = {"Authorization": f"Bearer {TOKEN}"}
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
FORM = "application/x-www-form-urlencoded"
JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
CSV = "text/csv; charset=utf-8"
TSV = "text/tab-separated-values; charset=utf-8"
RDF_XML = "application/rdf+xml"
CUT_OFF = (
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:x='x:'>"
    "<rdf:Description rdf:about='x:s'><x:p>1</x:p></rdf:Description>"
)
SD = "http://www.w3.org/ns/sparql-service-description#"


@pytest.fixture(scope="module")
def server(toy_corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    store = tmp_path_factory.mktemp("protocol") / "store"
    opening.graph(toy_corpus, store).close()
    options = ("--store", str(store), "--write", "--rows", "50", "--cors", "*")
    with serving(*options, data=None) as running:
        for number in (1, 2, 3):
            content = f"<{DATA}{number}> a <http://xmlns.com/foaf/0.1/Document> ."
            headers = {**MAY, "Content-Type": "text/turtle"}
            url = f"{running.url}/store?graph={DATA}{number}"
            assert httpx.put(url, content=content, headers=headers, timeout=60).status_code == 201
        yield running


def post(server: Running, path: str, body: str | bytes, kind: str | None, **headers: str):
    given = {**headers, **({"Content-Type": kind} if kind else {})}
    return httpx.post(server.url + path, content=body, headers=given, timeout=60, **PLAIN)


def truth(answer: httpx.Response) -> bool:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/sparql-results+json"
    return bool(answer.json()["boolean"])


# -- queries -----------------------------------------------------------------


def test_a_query_comes_three_ways(server: Running) -> None:
    for path in ("/sparql", "/sparql/"):
        assert truth(server.get(path, params={"query": "ASK {}"}))
        assert truth(post(server, path, "query=ASK%20%7B%7D", FORM))
        assert truth(post(server, path, "query=ASK+%7B%7D", f"{FORM}; charset=UTF-8"))
        assert truth(post(server, path, "ASK {}", QUERY))
        head = httpx.head(server.url + path, params={"query": "ASK {}"}, timeout=2)
        assert (head.status_code, head.content) == (200, b"")


def test_a_dataset_comes_with_the_request(server: Running) -> None:
    typed = [f"<{DATA}{number}> a ?type{number} ." for number in (1, 2, 3)]
    both = f"default-graph-uri={DATA}1&default-graph-uri={DATA}2"
    assert truth(post(server, f"/sparql?{both}", f"ASK {{ {typed[0]} {typed[1]} }}", QUERY))
    assert not truth(post(server, f"/sparql?{both}", f"ASK {{ {typed[2]} }}", QUERY))
    assert not truth(post(server, f"/sparql?{both}", "ASK { GRAPH ?g { ?s ?p ?o } }", QUERY))
    given = {
        "query": f"ASK {{ {typed[0]} {typed[1]} }}",
        "default-graph-uri": [DATA + "1", DATA + "2"],
    }
    assert truth(server.get("/sparql", params=given))
    named = f"named-graph-uri={DATA}1&named-graph-uri={DATA}2"
    inside = f"GRAPH ?g1 {{ {typed[0]} }} GRAPH ?g2 {{ {typed[1]} }}"
    assert truth(post(server, f"/sparql?{named}", f"ASK {{ {inside} }}", QUERY))
    assert not truth(
        post(server, f"/sparql?{named}", f"ASK {{ GRAPH ?g {{ {typed[2]} }} }}", QUERY)
    )
    assert not truth(post(server, f"/sparql?{named}", "ASK { ?s ?p ?o }", QUERY))
    full = f"default-graph-uri={DATA}3&{named}"
    assert truth(post(server, f"/sparql?{full}", f"ASK {{ {typed[2]} {inside} }}", QUERY))
    # It goes before what the query says itself.
    text = f"ASK FROM <{DATA}1> {{ {typed[1]} }}"
    assert truth(post(server, f"/sparql?default-graph-uri={DATA}2", text, QUERY))
    # Names of graphs are completed by the address of the endpoint.
    text = "ASK FROM <none> {}"
    refused = post(server, "/sparql", text, QUERY)
    assert f"<{server.url}/none> is no graph" in refused.text
    # A graph that is not there is an empty one, as the W3C's tests have it.
    empty = f"/sparql?default-graph-uri={DATA}0"
    assert not truth(post(server, empty, "ASK { ?s ?p ?o }", QUERY))
    assert truth(post(server, empty, "query=ASK%20%7B%7D", FORM))


def test_without_a_dataset_the_data_are_asked(server: Running) -> None:
    assert truth(post(server, "/sparql", "ASK { id:mirae-ai-lab a ?type }", QUERY))
    assert not truth(post(server, "/sparql", f"ASK {{ <{DATA}1> a ?type }}", QUERY))


@pytest.mark.parametrize(
    ("path", "body", "kind", "status", "says"),
    [
        ("/sparql", "ASK {}", "text/plain", 415, "application/sparql-query"),
        ("/sparql", "query=ASK%20%7B%7D", None, 415, FORM),
        ("/sparql", "ASK {}", None, 415, QUERY),
        ("/sparql", "ASK {}".encode("utf-16"), f"{QUERY}; charset=UTF-16", 415, "UTF-8"),
        ("/sparql", b"ASK { ?s ?p '\xe9' }", QUERY, 400, "UTF-8"),
        ("/sparql", "query=%FF", FORM, 400, "UTF-8"),
        ("/sparql", "ASK {", QUERY, 400, "query:1:5: '{' is never closed"),
        ("/sparql", "SELEKT * {}", QUERY, 400, "did you mean 'SELECT'?"),
        ("/sparql", "query=ASK%7B%7D&query=ASK%7B%7D", FORM, 400, "more than one"),
        ("/sparql", "query=ASK%7B%7D&update=CLEAR+ALL", FORM, 400, "more than one"),
        ("/sparql", "nothing=here", FORM, 400, "no query"),
        ("/sparql", "ASK { FILTER(<x:f>(1)) }", QUERY, 400, "<x:f> is not supported"),
        ("/sparql?query=ASK%7B%7D", "ASK {}", QUERY, 400, "address"),
        ("/sparql?default-graph-uri=here", "ASK {}", QUERY, 400, "no IRI"),
        ("/sparql", "ASK { ?s ?p ?o } # " + "x" * 300_000, QUERY, 413, "256 KiB"),
    ],
)
def test_what_is_no_query_is_refused_with_a_reason(
    server: Running, path: str, body: str | bytes, kind: str | None, status: int, says: str
) -> None:
    answer = post(server, path, body, kind)
    assert answer.status_code == status
    assert says in answer.text
    assert answer.text.count("\n") == 1
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_misspelt_name_of_a_parameter_makes_no_graph(server: Running) -> None:
    headers = {**MAY, "Content-Type": "text/turtle"}
    for path in ("/store?grap=x:g", "/store?defualt"):
        answer = httpx.post(server.url + path, content="<x:s> <x:p> 1 .", headers=headers)
        assert (answer.status_code, "say graph or default" in answer.text) == (400, True)


def test_methods_are_those_of_the_protocol(server: Running) -> None:
    for method in ("PUT", "DELETE", "PATCH", "TRACE"):
        answer = httpx.request(method, f"{server.url}/sparql?query=ASK%7B%7D")
        assert answer.status_code == 405
        assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))
    answer = httpx.options(f"{server.url}/sparql")
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")
    assert server.get("/sparql?query=ASK%7B%7D&query=ASK%7B%7D").status_code == 400
    assert server.get("/sparql?update=CLEAR%20ALL").status_code == 405


# -- formats -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        ("SELECT * {}", "*/*", JSON),
        ("SELECT * {}", "application/json", JSON),
        ("SELECT * {}", XML, XML),
        ("SELECT * {}", "text/*", CSV),
        ("SELECT * {}", "text/csv;q=0.5, text/tab-separated-values", TSV),
        ("SELECT * {}", "text/csv;q=0.5, */*;q=0.1", CSV),
        ("SELECT * {}", f"*/*, {JSON};q=0", XML),
        ("SELECT * {}", "text/html, text/xml;q=0.9, */*;q=0.8", XML),
        ("ASK {}", f"{XML}, text/turtle", XML),
        ("DESCRIBE id:mirae-ai-lab", "*/*", "text/turtle; charset=utf-8"),
        ("DESCRIBE id:mirae-ai-lab", "application/rdf+xml", "application/rdf+xml"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "application/n-triples", "application/n-triples"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "application/ld+json", "application/ld+json"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "application/trig", "application/trig"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "application/n-quads;q=0.3", "application/n-quads"),
        ("CONSTRUCT { <s> <p> 1 } WHERE {}", "text/turtle", "text/turtle; charset=utf-8"),
    ],
)  # fmt: skip
def test_the_answer_comes_in_the_type_that_is_liked_best(
    server: Running, query: str, accept: str, kind: str
) -> None:
    answer = server.ask(query, accept)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == kind
    assert "Accept" in answer.headers["vary"]


def test_what_cannot_be_sent_as_asked_is_said(server: Running) -> None:
    for query, accept in (("SELECT * {}", "image/png"), ("SELECT * {}", "text/turtle")):
        answer = server.ask(query, accept)
        assert (answer.status_code, "text/csv" in answer.text) == (406, True)
    answer = server.ask("DESCRIBE id:mirae-ai-lab", "text/csv")
    assert (answer.status_code, "text/turtle" in answer.text) == (406, True)


@pytest.mark.parametrize(
    ("name", "rows", "graph"),
    [
        ("json", "application/sparql-results+json", "application/ld+json"),
        ("xml", "application/sparql-results+xml", "application/rdf+xml"),
        ("csv", "text/csv; charset=utf-8", None),
        ("ttl", None, "text/turtle; charset=utf-8"),
        ("turtle", None, "text/turtle; charset=utf-8"),
        ("text/csv", "text/csv; charset=utf-8", None),
    ],
)
def test_an_address_can_name_the_format(
    server: Running, name: str, rows: str | None, graph: str | None
) -> None:
    for query, kind in (("SELECT * {}", rows), ("DESCRIBE id:mirae-ai-lab", graph)):
        answer = server.get("/sparql", params={"query": query, "format": name})
        assert answer.headers["content-type"] == (kind or "text/plain; charset=utf-8")
        assert answer.status_code == (200 if kind else 406)
    answer = server.get("/sparql", params={"query": "ASK {}", "format": "jsno"})
    assert (answer.status_code, "did you mean 'json'?" in answer.text) == (400, True)


def test_all_formats_tell_the_same(server: Running) -> None:
    query = "SELECT ?s ?o { ?s rdfs:label ?o } ORDER BY ?s ?o LIMIT 20"
    rows = server.ask(query, "application/json").json()["results"]["bindings"]
    assert len(rows) == 20
    plain = [[row["s"]["value"], row["o"]["value"]] for row in rows]
    space = "{http://www.w3.org/2005/sparql-results#}"
    tree = ElementTree.fromstring(server.ask(query, "application/sparql-results+xml").text)
    found = [[term[0].text for term in row] for row in tree.iter(f"{space}result")]
    assert found == plain
    assert len(server.ask(query, "text/csv").text.splitlines()) == 21
    assert len(server.ask(query, "text/tab-separated-values").text.splitlines()) == 21
    graph = "CONSTRUCT { ?s rdfs:label ?o } WHERE { ?s rdfs:label ?o . ?s a aie:Person }"
    kinds = ("TURTLE", "N_TRIPLES", "JSON_LD", "RDF_XML", "TRIG", "N_QUADS")
    sets = []
    for form in (getattr(ox.RdfFormat, each) for each in kinds):
        content = server.ask(graph, form.media_type).content
        sets.append({str(quad.triple) for quad in ox.parse(content, format=form)})
    assert sets[0]
    assert all(each == sets[0] for each in sets)


def test_a_long_answer_is_cut_and_says_so(server: Running) -> None:
    """The server of these tests sends 50 rows."""
    marks = {JSON: '"truncated"', XML: "<!--", "text/csv": "", "text/tab-separated-values": ""}
    for accept, mark in marks.items():
        answer = server.ask("SELECT * { ?s ?p ?o }", accept)
        assert answer.headers["kg-truncated"] == "true"
        assert mark in answer.text
        assert "kg-truncated" not in server.ask("SELECT * { ?s ?p ?o } LIMIT 50", accept).headers
    rows = server.ask("SELECT * { ?s ?p ?o }", "application/json").json()
    assert (len(rows["results"]["bindings"]), rows["truncated"]) == (50, True)
    graph = server.ask("CONSTRUCT WHERE { ?s ?p ?o }", "application/n-triples")
    assert graph.headers["kg-truncated"] == "true"
    assert len(list(ox.parse(graph.content, format=ox.RdfFormat.N_TRIPLES))) == 50
    # Texts that look like the ends of rows are no rows.
    text = 'SELECT ?x { VALUES ?x { "},{},{},{},{" "a\\r\\nb\\r\\nc" } ?s ?p ?o } LIMIT 40'
    for accept in ("application/json", "text/csv"):
        assert "kg-truncated" not in server.ask(text, accept).headers


# -- HTTP --------------------------------------------------------------------


def test_an_unchanged_answer_is_not_sent_again(server: Running) -> None:
    query = {"query": "SELECT * { id:mirae-ai-lab ?p ?o }"}
    first = server.get("/sparql", params=query)
    tag = first.headers["etag"]
    for known in (tag, f'"other", {tag}', "*"):
        again = server.get("/sparql", params=query, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    others = {"Accept": "text/csv", "If-None-Match": tag}
    assert server.get("/sparql", params=query, headers=others).status_code == 200
    for function in ("NOW()", "now()", "RAND #\n()", "struuid()", "BNODE()"):
        volatile = {"query": f"SELECT ({function} AS ?n) {{}}"}
        assert "etag" not in server.get("/sparql", params=volatile).headers
    known = {"query": "SELECT * { ?s <x:knows> ?o }"}
    assert "etag" in server.get("/sparql", params=known).headers
    # What is written changes the tag.
    post(server, "/sparql", "INSERT DATA { GRAPH <x:tag> { <x:a> <x:b> 1 } }", UPDATE, **MAY)
    assert server.get("/sparql", params=query, headers={"If-None-Match": tag}).status_code == 200


def test_kept_answers_have_a_bound_even_if_they_are_empty() -> None:
    kept = Kept()
    for number in range(40_000):
        kept.put(str(number), Answer("nt", False, 0, b""))
    assert kept.get("0") is None
    assert kept.get("39999")


def test_answers_and_texts_are_packed_for_who_can_unpack(server: Running) -> None:
    query = "SELECT * { ?s ?p ?o } LIMIT 50"
    packed = server.get("/sparql", params={"query": query}, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["vary"]
    plain = server.get("/sparql", params={"query": query}, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert sorted(map(str, plain.json()["results"]["bindings"])) == sorted(
        map(str, packed.json()["results"]["bindings"])
    )
    sent = post(server, "/sparql", gzip.compress(b"ASK {}"), QUERY, **{"Content-Encoding": "gzip"})
    assert truth(sent)
    # What follows behind the packed text is not dropped in silence.
    for more in (gzip.compress(b" ASK {}"), b"x"):
        whole = gzip.compress(b"ASK {}") + more
        refused = post(server, "/sparql", whole, QUERY, **{"Content-Encoding": "gzip"})
        assert (refused.status_code, "in one piece" in refused.text) == (400, True)
    refused = post(server, "/sparql", b"ASK {}", QUERY, **{"Content-Encoding": "br"})
    assert refused.status_code == 415


# -- descriptions ------------------------------------------------------------


def test_the_endpoint_describes_itself(server: Running) -> None:
    answer = server.get("/sparql", headers={"Accept": "text/turtle"})
    assert answer.headers["content-type"] == "text/turtle; charset=utf-8"
    graph = {tuple(quad.triple) for quad in ox.parse(answer.content, format=ox.RdfFormat.TURTLE)}
    service = ox.NamedNode(f"{server.url}/sparql")
    for predicate, value in (
        ("http://www.w3.org/1999/02/22-rdf-syntax-ns#type", SD + "Service"),
        (SD + "endpoint", service.value),
        (SD + "supportedLanguage", SD + "SPARQL11Query"),
        (SD + "supportedLanguage", SD + "SPARQL11Update"),
        (SD + "resultFormat", "http://www.w3.org/ns/formats/SPARQL_Results_JSON"),
    ):
        assert (service, ox.NamedNode(predicate), ox.NamedNode(value)) in graph
    names = {str(o.value) for _, p, o in graph if p.value == SD + "name"}
    assert {DATA + "1", "https://w3id.org/aieco/ontology"} <= names
    assert server.get("/sparql", headers={"Accept": "application/rdf+xml"}).status_code == 200
    assert server.get("/sparql", headers={"Accept": "image/png"}).status_code == 406
    page = server.get("/sparql", headers={"Accept": "text/html,*/*;q=0.8"})
    assert (page.status_code, page.headers["location"]) == (303, "/query")
    assert "Accept" in page.headers["vary"].split(", ")
    for accept in ("text/html, text/turtle", "text/html;q=0, */*;q=0.1", "*/*"):
        assert server.get("/sparql", headers={"Accept": accept}).status_code == 200


def test_the_data_are_described(server: Running) -> None:
    answer = server.get("/.well-known/void", headers={"Accept": "application/n-triples"})
    void = "http://rdfs.org/ns/void#"
    found = {
        quad.predicate.value.removeprefix(void): quad.object.value
        for quad in ox.parse(answer.content, format=ox.RdfFormat.N_TRIPLES)
    }
    assert found["sparqlEndpoint"] == f"{server.url}/sparql"
    count = server.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").text.split()[1]
    assert found["triples"] == count
    assert server.get(found["dataDump"].removeprefix(server.url)).status_code == 200


# -- updates -----------------------------------------------------------------


def update(server: Running, text: str, path: str = "/sparql") -> httpx.Response:
    return post(server, path, text, UPDATE, **MAY)


def test_an_update_comes_two_ways_and_is_seen_at_once(server: Running) -> None:
    text = "INSERT DATA { GRAPH <http://example.org/u> { <http://example.org/s> <x:p> 1 } }"
    assert update(server, text).status_code == 204
    asked = "ASK { GRAPH <http://example.org/u> { ?s ?p 1 } }"
    assert truth(post(server, "/sparql", asked, QUERY))
    form = httpx.post(
        f"{server.url}/sparql",
        data={"update": "DROP GRAPH <http://example.org/u>"},
        headers=MAY,
        timeout=60,
    )
    assert form.status_code == 204
    assert not truth(post(server, "/sparql", asked, QUERY))


def test_an_update_is_made_whole_or_not(server: Running) -> None:
    first = "INSERT DATA { GRAPH <http://example.org/half> { <x:s> <x:p> 1 } }"
    answer = update(server, f"{first} ; DROP GRAPH <http://example.org/none>")
    assert answer.status_code == 400
    assert not truth(
        post(server, "/sparql", "ASK { GRAPH <http://example.org/half> {?s ?p ?o} }", QUERY)
    )
    answer = update(server, "CLEAR XYZ")
    assert (answer.status_code, answer.text[:9]) == (400, "update:1:")


def test_an_update_takes_its_dataset_from_the_request(server: Running) -> None:
    target = "http://example.org/target"
    found = f"ASK {{ GRAPH <{target}> {{ <{DATA}%s> ?p ?o }} }}"
    insert = f"INSERT {{ GRAPH <{target}> {{ ?s <x:in> ?in }} }} WHERE"
    either = '{ GRAPH ?g { ?s a ?t } BIND(?g AS ?in) } UNION { ?s a ?t BIND("default" AS ?in) }'
    path = f"/sparql?using-graph-uri={DATA}1&using-named-graph-uri={DATA}2"
    assert update(server, f"{insert} {{ {either} }}", path).status_code == 204
    assert truth(
        post(
            server,
            "/sparql",
            f'ASK {{ GRAPH <{target}> {{ <{DATA}1> ?p "default" . <{DATA}2> ?p <{DATA}2> }} }}',
            QUERY,
        )
    )
    assert not truth(post(server, "/sparql", found % 3, QUERY))
    # DELETE WHERE cannot say USING itself.
    path = f"/sparql?using-graph-uri={target}"
    assert (
        update(server, f"DELETE WHERE {{ <{DATA}1> ?p ?o }} ; CREATE GRAPH <x:g>", path).status_code
        == 204
    )
    assert truth(post(server, "/sparql", found % 1, QUERY))  # it went for the default graph
    path = "/sparql?using-named-graph-uri=http://example.org/people"
    for text in ("WITH <x:g> DELETE { ?s ?p 1 } WHERE { ?s ?p 1 }",
                 "DELETE { ?s ?p 1 } USING <x:g> WHERE { ?s ?p 1 }"):  # fmt: skip
        assert update(server, text, path).status_code == 400
    quoted = 'INSERT DATA { <x:s> <x:p> "USING <x:g> WHERE" }'
    assert update(server, quoted, path).status_code == 204


# -- graphs ------------------------------------------------------------------


def put(server: Running, path: str, content: str | bytes, method: str = "PUT", **headers: str):
    given = {**MAY, "Content-Type": "text/turtle; charset=utf-8", **headers}
    url = server.url + path
    return httpx.request(method, url, content=content, headers=given, timeout=60, **PLAIN)


def triples(server: Running, path: str) -> int:
    answer = server.get(path, headers={"Accept": "application/n-triples"})
    assert answer.status_code == 200, answer.text
    return len(answer.text.splitlines())


@pytest.mark.parametrize("path", ["/store/person/1.ttl", "/store?graph=http://example.org/person"])
def test_a_graph_is_made_read_changed_and_gone(server: Running, path: str) -> None:
    assert server.get(path).status_code == 404
    assert put(server, path, "<#me> <x:name> 'Jane' .").status_code == 201
    assert triples(server, path) == 1
    assert put(server, path, "<#me> <x:name> 'Joan', 'Jo' .").status_code == 204
    assert triples(server, path) == 2
    assert put(server, path, "<#me> <x:knows> [ <x:name> 'Bob' ] .", "POST").status_code == 200
    assert triples(server, path) == 4
    files = {"a": ("a.ttl", "<#me> <x:p> 1 .", "text/turtle"),
             "b": ("b.nt", "<x:me> <x:p> <x:o> .", "application/n-triples")}  # fmt: skip
    assert httpx.post(server.url + path, files=files, headers=MAY, timeout=60).status_code == 200
    assert triples(server, path) == 6
    head = httpx.head(server.url + path)
    assert (head.status_code, head.headers["content-type"]) == (200, "text/turtle; charset=utf-8")
    assert httpx.delete(server.url + path, headers=MAY, timeout=60).status_code == 200
    assert httpx.delete(server.url + path, headers=MAY, timeout=60).status_code == 404
    assert httpx.head(server.url + path).status_code == 404


def test_the_default_graph_and_the_whole_store_are_read(server: Running) -> None:
    assert triples(server, "/store?default") > 100
    whole = server.get("/store", headers={"Accept": "application/n-quads"})
    graphs = {str(quad.graph_name) for quad in ox.parse(whole.content, format=ox.RdfFormat.N_QUADS)}
    assert {f"<{DATA}1>", "DEFAULT"} <= graphs
    assert server.get("/store", headers={"Accept": "text/turtle"}).status_code == 406


@pytest.mark.parametrize(
    ("path", "content", "kind", "status"),
    [
        ("/store?graph=x:none", "<x:s> <x:p> .", "text/turtle", 400),
        ("/store?graph=x:none", "<x:s> <x:p> <x:o> <x:none> .", "application/n-quads", 400),
        # Sent as what it is not, or cut off: that is no graph with less in it.
        ("/store?graph=x:none", "@prefix x: <x:> . x:s x:p 1 .", RDF_XML, 400),
        ("/store?graph=x:none", "", RDF_XML, 400),
        ("/store?graph=x:none", CUT_OFF, RDF_XML, 400),
        ("/store?graph=x:none", "a,b", "text/csv", 415),
        ("/store?graph=x:none", "{}", "application/json", 415),
        ("/store?graph=nothing", "", "text/turtle", 400),
        ("/store?graph=x:none&default", "", "text/turtle", 400),
        ("/store", "", "text/turtle", 400),
        ("/store?graph=x:none", b"\xff", "text/turtle", 400),
    ],
)
def test_what_is_no_graph_is_refused(
    server: Running, path: str, content: str | bytes, kind: str, status: int
) -> None:
    answer = put(server, path, content, **{"Content-Type": kind})
    assert (answer.status_code, answer.text.count("\n")) == (status, 1), answer.text
    assert server.get("/store?graph=x:none").status_code == 404


def test_answers_are_json_to_the_end(server: Running) -> None:
    text = server.ask("SELECT * { ?s ?p ?o }", "application/json").text
    assert json.loads(text)

"""``kg serve`` as users start it, over every kind of store, with the clients that they use."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from serving import TOKEN, Running, changed, family, serving, until

from kg import opening
from kg.cli import main
from kg.model import Corpus
from kg.names import PREFIXES

HONEST = "SELECT ?whole { id:mirae-ai-lab aie:partOf ?whole FILTER isIRI(?whole) }"
"""For the workers: a look-up would be answered without them."""
WHOLE = "https://w3id.org/aieco/id/mirae-group"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER (?c != ?l) }"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with serving("--timeout", "4", "--workers", "2") as running:
        yield running


@pytest.fixture(scope="module")
def store(toy_corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("serve") / "store"
    opening.graph(toy_corpus, path).close()
    return path


# -- the program -------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--store", "{tmp}/none"], "there is no store here; make one: kg build --store"),
        (["--write"], "--write: the data in memory would forget what is written; name a"),
        (["--public-url", "kg.example.org"], "--public-url: 'kg.example.org' is no address;"),
        (["-h", "203.0.113.7"], "203.0.113.7:0: cannot be listened on: Cannot assign requested"),
        (["-h", "203.0.113.7"], "; name an address of this machine"),
        (["--articles", "{tmp}/none"], "none: is not a folder"),
        (["--cors", "none", "--cors", "*"], "--cors: is said twice; say one origin"),
        (["--write", "--store", "x", "--inferred"], "--write: does not go with --inferred; leave"),
        (["--write", "--store", "x", "--at", "2021"], "--write: does not go with --at; leave one"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_line(
    options: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [each.format(tmp=tmp_path) for each in options]
    assert main(["serve", "-p", "0", *given]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert err.strip().count("\n") == 0


def test_a_token_is_one_that_can_be_sent(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for token in (" ", "two words", "토큰"):
        monkeypatch.setenv("KG_SERVE_TOKEN", token)
        assert main(["serve", "-p", "0", "--write", "--store", str(store)]) == 2
        assert capsys.readouterr().err.startswith("KG_SERVE_TOKEN: holds what no token has")
    monkeypatch.setenv("KG_SERVE_TOKEN", "fifteen-letters")
    assert main(["serve", "-p", "0", "--write", "--store", str(store)]) == 2
    told = "KG_SERVE_TOKEN: is too short (15 characters); set 16 or more; unset, one is made\n"
    assert capsys.readouterr().err == told


def test_a_port_that_is_taken_is_said(server: Running, capsys: pytest.CaptureFixture[str]) -> None:
    port = urlsplit(server.url).port
    assert main(["serve", "-p", str(port)]) == 2
    assert capsys.readouterr().err.strip().endswith("in use; try -p 0")


def test_a_token_is_made_and_told_once(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.TOKEN", "")
    with serving("--store", str(store), "--write", data=None) as running:
        told = until(lambda: [each for each in running.log if "token" in each])
        token = told[0].split()[-1]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/turtle"}
        url = f"{running.url}/store?graph=x:g"
        assert (
            httpx.put(url, content="<x:s> <x:p> 1 .", headers=headers, timeout=60).status_code
            == 201
        )
        assert httpx.delete(url, headers=headers, timeout=60).status_code == 200
    assert "".join(running.log).count(token) == 1


def test_the_log_tells_no_secrets(store: Path) -> None:
    with serving("--store", str(store), "--write", data=None) as running:
        headers = {"Authorization": f"Bearer {TOKEN}", "Cookie": "secret-cookie"}
        running.get("/sparql?query=ASK%7B%7D&api=secret-parameter", headers=headers)
        running.get("/%0ainjected")
        httpx.post(f"{running.url}/sparql", data={"update": "nothing secret-text"}, headers=headers)
    log = "".join(running.log)
    assert "GET /sparql 200" in log
    assert "secret" not in log
    assert TOKEN not in log
    assert all(line.startswith("127.0.0.1 ") for line in running.log)


# -- stores ------------------------------------------------------------------


def test_every_kind_of_store_is_served(server: Running, store: Path) -> None:
    queries = {
        "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s ?p ?o": "text/csv",
        HONEST: "application/sparql-results+json",
        "ASK { GRAPH ?g { ?s ?p ?o } }": "application/sparql-results+xml",
        "DESCRIBE id:mirae-ai-lab": "application/n-triples",
    }
    expected = [content(server, *each) for each in queries.items()]
    with serving("--store", str(store), data=None) as running:
        assert [content(running, *each) for each in queries.items()] == expected
        assert running.ask(HONEST).headers.get("etag")
    # One server is the store of another.
    with serving("--store", f"{server.url}/sparql", data=None) as running:
        assert [content(running, *each) for each in queries.items()] == expected
        assert "etag" not in running.ask(HONEST).headers
        assert running.ask("SELECT {").status_code == 400
        refused = running.get("/sparql", params={"query": "ASK {}", "default-graph-uri": "x:g"})
        assert (refused.status_code, "FROM" in refused.text) == (400, True)


def test_the_tag_of_a_description_tells_whether_there_are_updates(store: Path) -> None:
    tags, told = set(), set()
    for options in ((), ("--write",)):
        published = ("--public-url", "https://kg.example.org")
        with serving("--store", str(store), *published, *options, data=None) as running:
            answer = running.get("/sparql", headers={"Accept": "application/n-triples"})
        tags.add(answer.headers["etag"])
        told.add("SPARQL11Update" in answer.text)
    assert (len(tags), told) == (2, {True, False})


def test_a_store_that_is_gone_is_said_without_its_address(store: Path, tmp_path: Path) -> None:
    hasty = changed(tmp_path, "kg.endpoint._PAUSE_S", 0.01)
    with (
        serving("--store", str(store), data=None) as behind,
        serving("--store", f"{behind.url}/sparql", "--write", data=None, program=hasty) as running,
    ):
        assert running.get("/store?graph=http://example.org/none").status_code == 404
        behind.end()
        answer = running.ask(HONEST)
        assert (answer.status_code, answer.text[:29]) == (502, "the store behind this server ")
        assert behind.url not in answer.text
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/turtle"}
        for method in ("PUT", "DELETE"):
            given = {"content": "<x:s> <x:p> 1 .", "headers": headers, "timeout": 60}
            answer = httpx.request(method, f"{running.url}/store?graph=x:g", **given)
            assert answer.status_code in (502, 503)
            assert urlsplit(behind.url).netloc not in answer.text
        for path in ("/", "/id/mirae-ai-lab", "/search?q=mirae", "/query?name=links", "/none"):
            page = running.get(path)
            assert page.status_code in ((404,) if path == "/none" else (200, 502)), page.text
            assert urlsplit(behind.url).netloc not in page.text
            assert page.status_code != 502 or int(page.headers["retry-after"]) > 0
        assert running.get("/healthz").status_code == 200


def content(server: Running, query: str, accept: str) -> object:
    answer = server.ask(query, accept)
    assert answer.status_code == 200, answer.text
    if accept.endswith("json"):
        return answer.json()
    return sorted("".join(answer.text.split()).split(".")) if "xml" in accept else sorted(
        answer.text.splitlines()
    )  # fmt: skip


def test_a_selection_is_served() -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?c a aie:Claim }"
    numbers = []
    for options in ([], ["--inferred"], ["--without", "mirae-launch"], ["--at", "1990"]):
        with serving(*options) as running:
            numbers.append(int(running.ask(count).text.split()[1]))
    whole, inferred, without, before = numbers
    assert before < without < whole < inferred


def test_a_published_address_is_told_and_answered_to() -> None:
    with serving("--public-url", "https://kg.example.org/graph") as running:
        headers = {"Host": "kg.example.org", "Accept": "application/n-triples"}
        answer = running.get("/sparql", headers=headers)
        assert "<https://kg.example.org/graph/sparql>" in answer.text
        assert running.url not in answer.text
        for path in ("/query/", "/id/mirae-ai-lab/"):  # and not sent to where nobody is
            told = running.get(path, headers=headers).headers.get("location", "/graph/")
            assert told.startswith("/graph/")
        assert running.get("/sparql", headers={"Host": "other.example.org"}).status_code == 421
        assert running.get("/healthz", headers={"Host": "other.example.org"}).text == "ok\n"


def test_readers_see_what_was_written(store: Path, tmp_path: Path) -> None:
    copied = tmp_path / "store"
    shutil.copytree(store, copied)
    query = "SELECT ?o { GRAPH <x:n> { <x:a> <x:n> ?o } }"
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/turtle"}
    with serving("--store", str(copied), "--write", data=None) as running:
        over = threading.Event()

        def read() -> None:
            with httpx.Client(timeout=60) as client:  # one connection: it has to be quick
                while not over.is_set():
                    client.get(f"{running.url}/sparql", params={"query": query, "format": "csv"})

        with ThreadPoolExecutor(4) as others:
            for _ in range(4):
                others.submit(read)
            try:
                for number in range(6):
                    url, content = f"{running.url}/store?graph=x:n", f"<x:a> <x:n> {number} ."
                    httpx.put(url, content=content, headers=headers, timeout=60)
                    asked = {"query": query, "format": "csv"}
                    seen = [running.get("/sparql", params=asked).text.split() for _ in range(3)]
                    assert seen == [["o", str(number)]] * 3
            finally:
                over.set()


def test_a_tag_is_of_the_graph_as_it_is_served(store: Path) -> None:
    tags = set()
    for options in ([], ["--rows", "3"]):
        published = ("--public-url", "https://kg.example.org")  # the address is in the tag
        with serving("--store", str(store), *published, *options, data=None) as running:
            tags.add(running.ask("SELECT * { ?s a ?o }").headers["etag"])
    assert len(tags) == 2


# -- others are not harmed ---------------------------------------------------


def test_long_questions_do_not_hold_up_short_ones(server: Running) -> None:
    with ThreadPoolExecutor(20) as others:
        runaways = [others.submit(server.ask, RUNAWAY) for _ in range(8)]
        honest = [others.submit(server.ask, f"{HONEST} # {number}") for number in range(200)]
        assert {each.result().text.split()[-1] for each in honest} == {WHOLE}
        ended = [each.result() for each in runaways]
    assert {each.status_code for each in ended} == {503}
    assert all(int(each.headers["retry-after"]) > 0 for each in ended)
    assert any("no answer after 4 seconds" in each.text for each in ended)


def test_more_than_can_wait_are_told_to_come_back() -> None:
    short = ("--workers", "1", "--timeout", "0.1")
    with serving(*short) as running, ThreadPoolExecutor(100) as others:
        asked = [others.submit(running.ask, RUNAWAY) for _ in range(100)]
        told = {each.result().text for each in asked}
        assert "too many are waiting for an answer; try again\n" in told
        assert {each.result().status_code for each in asked} == {503}
        assert running.ask(HONEST).status_code == 200


def test_processes_that_die_are_replaced(server: Running) -> None:
    for process in family(server.process.pid):
        os.kill(process, signal.SIGKILL)
        until(lambda: server.ask(HONEST).status_code == 200)
    assert WHOLE in server.ask(HONEST + " # again").text


def test_a_question_is_not_lost_with_a_process_that_had_not_read_it() -> None:
    with serving("--workers", "1") as running, ThreadPoolExecutor(1) as others:
        assert running.ask(HONEST).status_code == 200
        pairs = [(each, family(each)) for each in family(running.process.pid)]
        ((nursery, (worker,)),) = (pair for pair in pairs if pair[1])
        os.kill(worker, signal.SIGSTOP)
        asked = others.submit(running.ask, HONEST + " # waits")
        time.sleep(0.1)  # for as long it is with a worker that does nothing
        os.kill(worker, signal.SIGKILL)
        assert WHOLE in asked.result().text
        # Nor is it with one that dies before it has made a worker.
        os.kill(nursery, signal.SIGSTOP)
        for each in family(nursery):
            os.kill(each, signal.SIGKILL)
        asked = others.submit(running.ask, HONEST + " # waits, too")
        time.sleep(0.1)
        os.kill(nursery, signal.SIGKILL)
        assert WHOLE in asked.result().text
    assert "no worker can be made" not in "".join(running.log)


def test_who_leaves_is_not_worked_for(server: Running) -> None:
    before = set(family(server.process.pid))
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{server.url}/sparql", params={"query": RUNAWAY + "# left"}, timeout=1.5)
    assert until(lambda: set(family(server.process.pid)) != before)
    assert until(lambda: any("GET /sparql 499" in line for line in server.log))


def test_answers_with_citations_leave_pages_their_threads(server: Running) -> None:
    asked = {"query": RUNAWAY.replace("(COUNT(*) AS ?n)", "?a"), "cite": "1"}
    with ThreadPoolExecutor(60) as others:
        cited = [others.submit(server.get, "/query", params=asked) for _ in range(60)]
        assert until(lambda: any(each.done() for each in cited))
        began = time.monotonic()
        assert server.get("/").status_code == 200
        assert time.monotonic() - began < 3
        ended = [each.result() for each in cited]
    assert {each.status_code for each in ended} == {503}
    assert all(int(each.headers["retry-after"]) > 0 for each in ended)
    assert any("citations" in each.text for each in ended)


# -- clients -----------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not here")
def test_curl(server: Running) -> None:
    def curl(*arguments: str) -> str:
        command = ["curl", "-sS", "--fail-with-body", f"{server.url}/sparql", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert curl("--data-urlencode", f"query={HONEST}", "-H", "Accept: text/csv").split() == [
        "whole",
        WHOLE,
    ]
    assert WHOLE in curl("-G", "--data-urlencode", f"query={HONEST}", "--compressed")
    direct = ["-H", "Content-Type: application/sparql-query", "--data-binary", HONEST]
    assert WHOLE in curl(*direct, "-H", "Accept: application/sparql-results+xml")
    assert "sd:" in curl() or "sparql-service-description" in curl()


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_sparqlwrapper(server: Running, method: str) -> None:
    wrapper = pytest.importorskip("SPARQLWrapper")
    client = wrapper.SPARQLWrapper(f"{server.url}/sparql")
    client.setMethod(method)
    client.setQuery(HONEST)
    client.setReturnFormat(wrapper.JSON)
    rows = client.queryAndConvert()["results"]["bindings"]
    assert [row["whole"]["value"] for row in rows] == [WHOLE]
    for form in (wrapper.XML, wrapper.CSV, wrapper.TSV):
        client.setReturnFormat(form)
        answer = client.query().convert()
        assert WHOLE in (answer.toxml() if form == wrapper.XML else answer.decode())
    client.setQuery("DESCRIBE id:mirae-ai-lab")
    for form in (wrapper.TURTLE, wrapper.N3, wrapper.RDFXML, wrapper.JSONLD):
        client.setReturnFormat(form)
        answer = client.query().convert()
        assert len(answer) > 1 if hasattr(answer, "triples") else b"mirae-group" in answer
    client.setQuery("ASK {}")
    client.setReturnFormat(wrapper.JSON)
    assert client.queryAndConvert()["boolean"] is True


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib(server: Running, method: str) -> None:
    import rdflib
    from rdflib.plugins.stores.sparqlstore import SPARQLStore

    graph = rdflib.Graph(SPARQLStore(f"{server.url}/sparql", method=method))
    namespace = "https://w3id.org/aieco/ontology#"
    subject = rdflib.URIRef("https://w3id.org/aieco/id/mirae-ai-lab")
    found = list(graph.objects(subject, rdflib.URIRef(namespace + "partOf")))
    assert found == [rdflib.URIRef(WHOLE)]
    assert [str(row[0]) for row in graph.query(HONEST)] == [WHOLE]
    assert graph.query("ASK {}").askAnswer is True
    assert len(graph.query("CONSTRUCT WHERE { id:mirae-ai-lab ?p ?o }").graph) > 1


NODE = Path(__file__).parent / "node"


def comunica(source: str, queries: list[str], folder: Path) -> list[object]:
    node = shutil.which("node")
    if not node or not (NODE / "node_modules/@comunica").is_dir():
        pytest.skip("Comunica is not here (sh .ci/node)")
    file = folder / "queries.json"
    prefixes = "".join(f"PREFIX {name}: <{iri}> " for name, iri in PREFIXES.items())
    file.write_text(json.dumps([prefixes + each for each in queries]), encoding="utf-8")
    command = [node, "ask.js", source, str(file)]
    told = subprocess.run(
        command, cwd=NODE, check=False, capture_output=True, text=True, timeout=120
    )
    assert told.returncode == 0, told.stderr
    answers: list[object] = json.loads(told.stdout)
    return answers


@pytest.mark.parametrize("kind", ["sparql@", ""])
def test_comunica(server: Running, kind: str, tmp_path: Path) -> None:
    """Told that there is an endpoint, or left to find it out."""
    asked = {
        HONEST: [{"whole": WHOLE}],
        # Two patterns that only a join brings together.
        "SELECT ?name { id:mirae-ai-lab aie:partOf ?whole . ?whole rdfs:label ?name "
        'FILTER (LANG(?name) = "en") }': [{"name": "Mirae Group"}],
        "ASK { id:mirae-ai-lab aie:partOf id:mirae-group }": True,
        "ASK { id:mirae-group aie:partOf id:mirae-ai-lab }": False,
        "CONSTRUCT { ?whole <x:has> id:mirae-ai-lab } { id:mirae-ai-lab aie:partOf ?whole }": [
            [WHOLE, "x:has", WHOLE.replace("group", "ai-lab")]
        ],
    }
    found = comunica(f"{kind}{server.url}/sparql", list(asked), tmp_path)
    assert found == list(asked.values())


def test_comunica_reads_the_description_of_the_service(server: Running, tmp_path: Path) -> None:
    query = "SELECT ?at { ?s <http://www.w3.org/ns/sparql-service-description#endpoint> ?at }"
    found = comunica(f"file@{server.url}/sparql", [query], tmp_path)
    assert found == [[{"at": f"{server.url}/sparql"}]]


# -- slow clients ------------------------------------------------------------


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Running]:
    """A server that waits a fifth as long as it usually does."""
    with serving(program=changed(tmp_path, "kg.web.server._HEAD_S", 2.0)) as running:
        yield running


def test_half_a_request_is_not_waited_for(impatient: Running) -> None:
    address = urlsplit(impatient.url)
    lines = [socket.create_connection((address.hostname, address.port), 30) for _ in range(4)]
    lines[0].sendall(b"GET /healthz HTTP/1.1\r\nHost: loc")
    lines[1].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert b"ok" in lines[1].recv(4096)
    # A body that nobody reads, byte by byte: it is answered, and not over.
    lines[3].sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999\r\n\r\n")
    assert b"ok" in lines[3].recv(4096)
    lines[3].settimeout(0.5)
    began, ended = time.monotonic(), False
    while not ended and time.monotonic() - began < 20:
        try:
            lines[3].sendall(b"x")
            ended = lines[3].recv(4096) == b""
        except TimeoutError:
            pass
        except OSError:
            ended = True
    assert ended
    for line in lines[:3]:
        assert line.recv(4096) == b""
        line.close()
    lines[3].close()
    assert time.monotonic() - began < 20
    assert impatient.ask(HONEST).status_code == 200

"""A server that is down, slow, shy, no SPARQL server or dies in the middle: one clear line."""

from __future__ import annotations

import re
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pyoxigraph as ox
import pytest
from servers import Act, answer, faulty, free_port

from kg import endpoint, names, store
from kg.cli import main
from kg.endpoint import update_address
from kg.errors import KGError
from kg.remote import BATCH
from kg.sparql import Request
from kg.store import Solutions, Triples

ROW = '{"s": {"type": "uri", "value": "https://w3id.org/aieco/id/lg"}}'
HEAD = '{"head": {"vars": ["s"]}, "results": {"bindings": ['
ROWS = f"{HEAD}{ROW}, {ROW}]}}}}"
SELECT = "SELECT ?s { ?s ?p ?o }"
CONSTRUCT = "CONSTRUCT WHERE { ?s ?p ?o }"
TRIPLE = "<http://a> <http://b> <http://c> .\n"


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No login of the user's, and no long pauses."""
    for name in ("USER", "PASSWORD", "TOKEN", "UPDATE", "TIMEOUT"):
        monkeypatch.delenv(f"KG_STORE_{name}", raising=False)
    monkeypatch.setattr(endpoint, "_PAUSE_S", 0.001)


def hang(handler: BaseHTTPRequestHandler) -> None:
    """Say nothing until the client gives up."""
    handler.rfile.read(1)


def drop(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection without a word."""
    handler.close_connection = True


def rows(address: str, text: str = SELECT) -> list[tuple[object, ...]]:
    with store.open(address) as opened:
        found = opened.query(text, place="mine")
        assert isinstance(found, Solutions)
        return list(found)


BUSY = answer("busy", "text/plain", 503, Retry_After="0")
GOOD = answer(ROWS)


@pytest.mark.parametrize(
    "acts",
    [
        [answer("oops", "text/plain", 500), GOOD],
        [BUSY, BUSY, BUSY, GOOD],
        [drop, drop, GOOD],
        [answer(ROWS[:100], length=len(ROWS)), GOOD],
        [answer("slow down", "text/plain", 429, Retry_After="0"), GOOD],
    ],
)
def test_a_query_is_asked_again(acts: list[Act]) -> None:
    with faulty(*acts) as server:
        assert len(rows(server.address)) == 2
        assert len(server.asked) == len(acts)


def test_it_is_not_asked_for_ever() -> None:
    with faulty(BUSY) as server:
        with pytest.raises(KGError, match=r"sparql: fails with 503: busy; try again later$"):
            rows(server.address)
        assert len(server.asked) == 4


@pytest.mark.parametrize("act", [BUSY, drop, answer("oops", "text/plain", 500)])
def test_an_update_is_sent_once(act: Act) -> None:
    with faulty(act) as server, store.open(server.address) as opened:
        with pytest.raises(KGError):
            opened.update("INSERT DATA { id:a id:b id:c }")
        assert len(server.asked) == 1


def test_pieces_of_a_long_load_may_be_sent_again() -> None:
    """They go to a graph where nobody looks; what then makes them visible is sent once."""
    quads = [
        ox.Quad(ox.NamedNode(names.expand("id:a")), ox.NamedNode("http://p"), ox.Literal(str(n)))
        for n in range(BATCH + 1)
    ]
    nothing = answer('{"head": {"vars": ["g"]}, "results": {"bindings": []}}')
    done = answer("", "text/plain", 204)
    with faulty(nothing, BUSY, done, done, drop, nothing) as server:
        with store.open(server.address) as opened, pytest.raises(KGError) as raised:
            opened.load(quads)
        sent = [each.form.get("update", "") for each in server.asked]
    assert "broke the connection off" in str(raised.value)
    assert str(raised.value).endswith("see whether the update was done")
    assert [text[:11] for text in sent] == ["", *["INSERT DATA"] * 3, "ADD GRAPH <", ""]
    assert sent[1] == sent[2] != sent[3]


LINES = {
    "html": (
        answer("<html>Welcome</html>", "text/html"),
        (
            "{address}: answers with text/html, not with SPARQL results; name the address "
            "of a SPARQL 1.1 endpoint"
        ),
    ),
    "cut": (
        answer(f"{HEAD}{ROW}, {ROW}"),
        (
            "{address}: stopped in the middle of its answer, after 2 rows; what came of it "
            "does not count; ask again"
        ),
    ),
    "failed later": (
        answer(f"{HEAD}{ROW}, out of memory"),
        (
            "{address}: stopped in the middle of its answer, after 1 row; what came of it "
            "does not count; ask again"
        ),
    ),
    "empty": (
        answer(""),
        (
            "{address}: sent something that is no whole answer; what came of it does not count; "
            "ask again"
        ),
    ),
    "boolean": (answer('{"head": {}, "boolean": true}'), "{address}: sent something that is no"),
    "dialect": (
        answer("Virtuoso 37000 Error SP030: syntax error\n\nSPARQL query:\nx", "text/plain", 400),
        "mine: the store's server refuses it: Virtuoso 37000 Error SP030: syntax error",
    ),
    "login": (
        answer("", status=401, WWW_Authenticate="Basic"),
        "{address}: asks who you are; set KG_STORE_USER and KG_STORE_PASSWORD, or KG_STORE_TOKEN",
    ),
    "forbidden": (
        answer("read only", "text/plain", 403),
        "{address}: does not allow this: read only; ask its owner",
    ),
    "nothing there": (
        answer("", status=404),
        (
            "{address}: takes no such request (404); name a SPARQL 1.1 endpoint; KG_STORE_UPDATE "
            "is where updates go"
        ),
    ),
    "moved": (
        answer("", status=301, Location="https://elsewhere.example/"),
        "{address}: points to https://elsewhere.example/; name that address if you trust it",
    ),
    "limit": (
        answer(ROWS, X_SPARQL_MaxRows="2"),
        (
            "{address}: cuts answers off at 2 rows; let it give more (Virtuoso: ResultSetMaxRows), "
            "or ask for less with LIMIT"
        ),
    ),
    "always cut": (
        answer(ROWS[:100], length=len(ROWS)),
        (
            "{address}: broke the connection off: peer closed connection without sending complete "
            "message body (received 100 bytes, expected"
        ),
    ),
    "other variables": (
        answer('{"head": {"vars": ["x"]}, "results": {"bindings": []}}'),
        "{address}: was asked for s and answers x; is it a SPARQL 1.1 endpoint?",
    ),
    "silent": (drop, "{address}: broke the connection off: Server disconnected without"),
}


@pytest.mark.parametrize("case", LINES)
def test_what_goes_wrong_is_one_line(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    act, line = LINES[case]
    out = tmp_path / "out.csv"
    with faulty(act) as server:
        line = line.format(address=server.address)
        with pytest.raises(KGError) as raised:
            rows(server.address)
        assert str(raised.value).startswith(line)
        assert main(["query", SELECT, "-o", str(out), "--store", server.address]) == 2
    err = capsys.readouterr().err
    assert err.startswith(line.replace("mine: ", "query: "))
    assert err.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize("act", [LINES["html"][0], LINES["login"][0], drop])
def test_it_is_told_when_the_store_is_opened(act: Act) -> None:
    with faulty(GOOD) as server:
        server.opened = act
        with pytest.raises(KGError, match=re.escape(server.address)):
            store.open(server.address)


def test_a_server_that_is_not_there_and_one_that_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = f"http://127.0.0.1:{free_port()}/sparql"
    with pytest.raises(KGError) as raised:
        store.open(address)
    told = "cannot be reached: Connection refused; is the server up, and the address right?"
    assert str(raised.value) == f"{address}: {told}"
    monkeypatch.setenv("KG_STORE_TIMEOUT", "0.1")
    with faulty(hang) as server:
        with pytest.raises(KGError) as raised:
            rows(server.address)
        assert len(server.asked) == 1
    told = "sent nothing for 0.1 seconds; ask for less, or allow more with KG_STORE_TIMEOUT"
    assert str(raised.value) == f"{server.address}: {told}"


def test_an_answer_is_read_as_it_comes() -> None:
    """The first row is there while the server still waits; then it goes silent."""
    more, first = threading.Event(), ROW + ", " * 1
    block = ", ".join([ROW] * 2000)

    def slowly(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/sparql-results+json")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for part in (HEAD + first + block, "]}}"):
            handler.wfile.write(f"{len(part):x}\r\n{part}\r\n".encode())
            handler.wfile.flush()
            assert more.wait(20)
        handler.wfile.write(b"0\r\n\r\n")

    with faulty(slowly) as server, store.open(server.address) as opened:
        found = opened.query(SELECT)
        assert isinstance(found, Solutions)
        assert next(found.rows) == (ox.NamedNode(names.expand("id:lg")),)
        more.set()
        assert len(list(found.rows)) == 2000


TRIPLES = {
    "whole": (answer(TRIPLE * 2, "application/n-triples"), 2),
    "turtle": (answer(TRIPLE * 2, "text/turtle; charset=utf-8"), 2),
    "cut": (answer(TRIPLE + "<http://a>", "application/n-triples"), "after 1 row"),
    "unframed": (answer(TRIPLE, "text/turtle", framed=False), "does not say where its answer ends"),
    "table": (answer(ROWS), "answers with application/sparql-results.json, not with triples"),
}


@pytest.mark.parametrize("case", TRIPLES)
def test_triples_count_only_if_they_are_all_there(case: str) -> None:
    act, wanted = TRIPLES[case]
    with faulty(act) as server, store.open(server.address) as opened:
        if isinstance(wanted, int):
            found = opened.query(CONSTRUCT)
            assert isinstance(found, Triples)
            assert len(list(found)) == wanted
        else:
            with pytest.raises(KGError, match=wanted):
                list(opened.query(CONSTRUCT))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("CONSTRUCT { ?s a ?o } WHERE { ?s ?p ?o } LIMIT 9", "{ SELECT * { ?s ?p ?o } LIMIT 9"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "{ SELECT * { ?s ?p ?o }"),
        ("CONSTRUCT { ?s a [] } { ?s ?p '}' }", "{ SELECT * { ?s ?p '}' }"),
        (
            "CONSTRUCT { ?s a ?o } FROM <http://a> WHERE { ?s ?p ?o }",
            "FROM <http://a> { SELECT * { ?s ?p ?o }",
        ),
    ],
)
def test_the_solutions_of_a_construct_are_asked_alone(text: str, asked: str) -> None:
    found = Request(text, "mine").solutions()
    assert found is not None
    assert " ".join(found.split()) == f"SELECT (1 AS ?one) {asked} }}"
    assert Request("SELECT * {}", "mine").solutions() is None


# -- who asks ----------------------------------------------------------------


def test_a_login_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KG_STORE_USER", "kim")
    monkeypatch.setenv("KG_STORE_PASSWORD", "비밀:x")
    with faulty(GOOD) as server:
        rows(server.address)
        assert server.asked[0].login == "kim:비밀:x"
    digest = answer("", status=401, WWW_Authenticate='Digest realm="SPARQL", nonce="1", qop="auth"')
    with faulty(answer("", status=401), digest, GOOD) as server:
        assert len(rows(server.address)) == 2
        first, second, third = (each.login for each in server.asked)
        assert (first, second) == ("kim:비밀:x", "")
        assert third.startswith('Digest username="kim", realm="SPARQL"')
    with faulty(LINES["login"][0]) as server, pytest.raises(KGError, match="login that is set"):
        rows(server.address)
    monkeypatch.delenv("KG_STORE_USER")
    monkeypatch.delenv("KG_STORE_PASSWORD")
    monkeypatch.setenv("KG_STORE_TOKEN", "abc")
    with faulty(GOOD) as server:
        rows(server.address)
        assert server.asked[0].login == "Bearer abc"


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"USER": "kim"}, "KG_STORE_PASSWORD: is not set, but the other half of the login is; set"),
        ({"PASSWORD": "x"}, "KG_STORE_USER: is not set, but the other half"),
        ({"USER": "a", "PASSWORD": "b", "TOKEN": "c"}, "KG_STORE_TOKEN: both a token and a user"),
        ({"TIMEOUT": "soon"}, "KG_STORE_TIMEOUT: 'soon' is no number of seconds; say 300"),
    ],
)
def test_half_a_login_is_told(
    variables: dict[str, str], line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"KG_STORE_{name}", value)
    with pytest.raises(KGError) as raised:
        store.open("http://127.0.0.1:9/sparql")
    assert str(raised.value).startswith(line)


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("http://kim:secret@host/x", "http://…@host/x: an address may not hold a login; set KG_"),
        ("http:///sparql", "http:///sparql: names no server; say http://HOST:PORT/PATH"),
        ("http://127.0.0.1:9/#a b", "http://127.0.0.1:9/#a b: 'a b' is no graph"),
    ],
)
def test_an_address_that_cannot_be_one_is_told(address: str, line: str) -> None:
    with pytest.raises(KGError) as raised:
        store.open(address)
    assert str(raised.value).startswith(line)
    assert "secret" not in str(raised.value)


# -- where, and what ---------------------------------------------------------


def test_updates_go_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert update_address("http://h/ds/query?x=1") == "http://h/ds/update?x=1"
    with faulty(answer("", status=204)) as server:
        monkeypatch.setenv("KG_STORE_UPDATE", server.address + "/elsewhere")
        with store.open(server.address) as opened:
            opened.update("CLEAR ALL")
        assert server.asked[0].path == "/sparql/elsewhere"


def test_a_default_graph_that_is_all_graphs_is_noticed() -> None:
    with faulty(GOOD) as server:
        server.opened = answer('{"head": {}, "boolean": true}')
        with pytest.raises(KGError, match=r"has all its graphs .* name the graph .*/sparql#data$"):
            store.open(server.address)


def test_a_graph_that_is_not_ours_is_not_exchanged() -> None:
    no, yes = answer('{"head": {}, "boolean": false}'), answer('{"head": {}, "boolean": true}')
    with faulty(no, yes) as server, store.open(server.address) as opened:
        with pytest.raises(KGError, match="holds data that kg did not put there; name a graph of"):
            opened.replace([])
        assert not any("update" in each.form for each in server.asked)

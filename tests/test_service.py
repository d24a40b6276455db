"""``SERVICE`` and ``LOAD`` where hosts are allowed: what is found, and what nobody gets done.

The servers run in the small world of ``tests/elsewhere.py``.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
import tomllib
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
import servers
from serving import PLAIN, TOKEN, Running, serving
from strangers import Strangers, strangers
from test_safety import is_honest, sent

from kg import opening
from kg.cli import main
from kg.model import Corpus

HOSTILE = sorted((Path(__file__).parent / "hostile" / "calls").glob("*.toml"))
WORLD = ("tests/elsewhere.py",)
HOSTS = ("open", "private", "mixed", "mapped", "nat64", "rebinding", "nowhere")
LAB = "https://w3id.org/aieco/id/mirae-ai-lab"


@pytest.fixture(scope="module")
def others() -> Iterator[Strangers]:
    with strangers() as running:
        yield running


@pytest.fixture(scope="module")
def remote() -> Iterator[int]:
    """The port of a real SPARQL server."""
    with servers.oxigraph() as address:
        port = int(address.split(":")[2].split("/")[0])
        data = f'<{LAB}> <x:size> 7 . <x:a> <x:p> _:b . _:b <x:p> "hidden" . <x:c> <x:p> 8'
        assert servers.post(port, "/update", update=f"INSERT DATA {{ {data} }}") == 204
        yield port


@pytest.fixture(scope="module")
def server(
    others: Strangers,
    remote: int,
    toy_corpus: Corpus,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Running]:
    store = tmp_path_factory.mktemp("service") / "store"
    opening.graph(toy_corpus, store).close()
    hosts = [f"{name}.test:{others.port}" for name in HOSTS] + [f"open.test:{remote}"]
    allowed = [f"--allow-service={host}" for host in hosts]
    limits = ("--timeout", "3", "--memory", "256", "--workers", "2")
    options = ("--store", str(store), "--write", *limits, *allowed)
    with serving(*options, program=WORLD) as running:
        yield running


def update(server: Running, text: str, **parameters: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    form = {"update": text, **parameters}
    return httpx.post(f"{server.url}/sparql", data=form, headers=headers, timeout=60, **PLAIN)


def rows(server: Running, query: str) -> list[str]:
    answer = server.ask(query)
    assert answer.status_code == 200, answer.text
    return sorted(answer.text.split("\r\n")[1:-1])


# -- what is found -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("SELECT ?n { ?lab aie:partOf ?w SERVICE <REMOTE> { ?lab <x:size> ?n } }", ["7"]),
        ("PREFIX r: <BASE> SELECT ?n { SERVICE r:query { ?s <x:size> ?n } }", ["7"]),
        (
            """SELECT ?w ?n { VALUES ?w { 1 2 }
                OPTIONAL { SERVICE <REMOTE> { ?lab <x:size> ?n BIND (?n - 6 AS ?w) } } }""",
            ["1,7", "2,"],
        ),
        (
            """SELECT ?a ?b { SERVICE <REMOTE> { <x:c> <x:p> ?a }
                SERVICE <OTHER/sparql> { ?s ?p ?o } SERVICE <REMOTE> { ?lab <x:size> ?b } }""",
            ["8,7"],
        ),
        ("SELECT ?o { SERVICE <REMOTE> { <x:a> <x:p> ?b . ?b <x:p> ?o } }", ["hidden"]),
        (
            """SELECT ?n { SERVICE <REMOTE> {
                VALUES ?s { <x:a> <x:c> } ?s <x:p> ?n FILTER isNumeric(?n) } }""",
            ["8"],
        ),
        ("SELECT (COUNT(*) AS ?n) { SERVICE <REMOTE> { SELECT ?s { ?s ?p ?o } LIMIT 2 } }", ["2"]),
        ("SELECT ?n { BIND (1 AS ?n) SERVICE SILENT <OTHER/html> { ?n ?p ?o } }", ["1"]),
        ("SELECT ?n { BIND (1 AS ?n) SERVICE SILENT <OTHER/none> { ?s ?p ?n } }", ["1"]),
        ("SELECT ?n { SERVICE <REMOTE> { <x:nothing> <x:p> ?n } }", []),
    ],
)
def test_a_service_is_joined(
    query: str, wanted: list[str], server: Running, remote: int, others: Strangers
) -> None:
    assert rows(server, told(query, remote, others)) == wanted


def told(query: str, remote: int, others: Strangers) -> str:
    base = f"http://open.test:{remote}/"
    query = query.replace("REMOTE", f"{base}query").replace("BASE", base)
    return query.replace("OTHER", f"http://open.test:{others.port}")


def test_every_form_may_call(server: Running, remote: int) -> None:
    service = f"SERVICE <http://open.test:{remote}/query> {{ ?s <x:size> ?n }}"
    assert server.ask(f"ASK {{ {service} }}", "application/json").json()["boolean"] is True
    made = server.ask(f"CONSTRUCT {{ ?s <x:n> ?n }} {{ {service} }}", "application/n-triples")
    assert LAB in made.text
    assert "aie:partOf" in server.ask(f"DESCRIBE ?s {{ {service} }}", "text/turtle").text


def test_the_page_for_queries_may_call(server: Running, remote: int) -> None:
    service = f"SERVICE <http://open.test:{remote}/query> {{ <x:c> <x:p> ?found }}"
    page = server.get("/query", params={"query": f"SELECT ?found {{ {service} }}"})
    assert (page.status_code, re.search(r"<td[^>]*>\s*(<[^>]*>)*8<", page.text) is not None) == (
        200,
        True,
    )
    refused = server.get("/query", params={"query": "ASK { SERVICE <http://evil.test/> {} }"})
    assert refused.status_code == 400
    assert "Line 1, column 7</bdi>: <bdi>SERVICE may not call evil.test" in refused.text


def test_what_others_say_is_not_kept(server: Running, others: Strangers) -> None:
    query = f"SELECT ?o {{ SERVICE <http://open.test:{others.port}/sparql> {{ ?s ?p ?o }} }}"
    for _ in range(2):
        others.asked.clear()
        answer = server.ask(query)
        assert answer.text == "o\r\ntheirs\r\n"
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
        assert len(others.asked) == 1


def test_nothing_of_the_asker_is_passed_on(server: Running, others: Strangers) -> None:
    others.asked.clear()
    query = f"ASK {{ SERVICE <http://open.test:{others.port}/sparql> {{ ?s ?p ?o }} }}"
    headers = {"Authorization": "Bearer mine", "Cookie": "mine=1", "Accept": "application/json"}
    for _ in range(2):
        assert server.get("/sparql", params={"query": query}, headers=headers).status_code == 200
    for path, got, body in others.asked:
        assert path == "/sparql"
        assert "SELECT * WHERE { ?s ?p ?o" in parse_qs(body)["query"][0]
        assert set(got) == {
            *("host", "accept", "accept-encoding", "user-agent"),
            *("content-type", "content-length"),
        }
        assert got["host"] == f"open.test:{others.port}"


def test_the_same_is_asked_once_a_query(server: Running, others: Strangers) -> None:
    others.asked.clear()
    service = f"SERVICE <http://open.test:{others.port}/sparql> {{ ?x ?y ?z }}"
    query = f"SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c FILTER EXISTS {{ {service} }} }}"
    assert int(rows(server, query)[0]) > 100
    assert len(others.asked) == 1


def test_a_mistake_is_told_at_its_place(server: Running, remote: int) -> None:
    query = f"ASK {{\n SERVICE <http://open.test:{remote}/query> {{ ?s ?p ?o }} ?x ?y }}"
    answer = server.ask(query)
    column = query.index("?x") - query.index("\n")
    assert answer.text == f"query:2:{column}: syntax error at '?x ?y }}'; see SPARQL 1.1\n"


def test_a_call_is_not_as_silent_as_the_one_before(server: Running, others: Strangers) -> None:
    group = f"<http://open.test:{others.port}/html> {{ ?s ?p ?o }}"
    query = f"SELECT * {{ SERVICE SILENT {group} SERVICE {group} }}"
    answer = server.ask(query)
    assert answer.status_code == 502
    assert answer.text.startswith(f"query:1:{query.rindex('SERVICE') + 1}: http://open.test:")


def test_who_waits_for_others_holds_up_nobody(server: Running, others: Strangers) -> None:
    """More of them than there are workers; each leaves its place after a moment."""
    query = f"ASK {{ SERVICE <http://open.test:{others.port}/slow> {{ ?s ?p ?o }} }}"
    with ThreadPoolExecutor() as pool:
        waiting = [pool.submit(server.ask, query, "application/json") for _ in range(4)]
        until = time.monotonic() + 20
        while sum(path == "/slow" for path, _, _ in others.asked) < 4:
            assert time.monotonic() < until
            time.sleep(0.02)
        is_honest(server)
        assert not any(each.done() for each in waiting)
        assert {each.result().status_code for each in waiting} == {502}


def test_what_others_answer_is_shown_on_the_page_but_not_cited(
    server: Running, others: Strangers
) -> None:
    call = f"SERVICE <http://open.test:{others.port}/sparql> {{ ?s ?p ?o }}"
    asked = {"query": f"SELECT ?o {{ {call} }}", "lang": "en"}
    shown = server.get("/query", params=asked)
    assert (shown.status_code, "theirs" in shown.text) == (200, True)
    refused = server.get("/query", params={**asked, "cite": "on"})
    assert refused.status_code == 400
    assert (
        "Line 1, column 13</bdi>: <bdi>what another server answers cannot be cited; ask without"
        in refused.text
    )


# -- what is loaded ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("doc.ttl", ["BASEdoc.ttl x:p BASEother", "BASEdoc.ttl x:p blank", "blank x:q 1"]),
        ("doc.nt", ["x:s x:p blank"]),
        ("plain", ["x:s x:p plain"]),
        ("doc.jsonld", ["x:s x:p json"]),
        ("doc.rdf", ["x:s x:p xml"]),
    ],
)
def test_a_document_is_loaded_into_a_graph(
    name: str, wanted: list[str], server: Running, others: Strangers
) -> None:
    base = f"http://open.test:{others.port}/"
    assert update(server, f"LOAD <{base}{name}> INTO GRAPH <x:g>").status_code == 204
    terms = [f"(IF(isBlank({each}), 'blank', STR({each})) AS {each}1)" for each in ("?s", "?o")]
    found = rows(server, f"SELECT {terms[0]} ?p {terms[1]} {{ GRAPH <x:g> {{ ?s ?p ?o }} }}")
    assert found == sorted(each.replace("BASE", base).replace(" ", ",") for each in wanted)
    assert update(server, "DROP GRAPH <x:g>").status_code == 204


def test_loads_are_made_in_order_with_the_rest(server: Running, others: Strangers) -> None:
    base = f"http://open.test:{others.port}"
    text = f"""PREFIX h: <{base}/> LOAD h:doc.nt;
        DELETE {{ ?s <x:p> ?o }} INSERT {{ ?s <x:moved> 1 }} WHERE {{ ?s <x:p> ?o }}; # LOAD
        LOAD SILENT <{base}/none>; LOAD SILENT <{base}/html>; LOAD <{base}/plain>"""
    assert update(server, text).status_code == 204
    assert rows(server, "SELECT ?p ?o { <x:s> ?p ?o }") == ["x:moved,1", "x:p,plain"]
    assert update(server, "DELETE WHERE { <x:s> ?p ?o }").status_code == 204


def test_a_load_that_fails_changes_nothing(server: Running, others: Strangers) -> None:
    for name, says in (
        ("none", "update:2:2: http://open.test:PORT answers with 404"),
        ("wrong.ttl", "update:2:2: line 1: "),
        ("graphs.trig", "update:2:2: the content names a graph, <x:g>; send triples"),
    ):
        load = f"LOAD <http://open.test:{others.port}/{name}>"
        answer = update(server, f"INSERT DATA {{ <x:new> <x:p> 1 }};\n {load}")
        assert answer.status_code == 502
        assert answer.text.startswith(says.replace("PORT", str(others.port)))
    assert rows(server, "SELECT * { <x:new> ?p ?o }") == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("LOAD; INSERT DATA { <x:s> <x:p> }", "update:1:"),
        ("LOAD;\nINSERT DATA { <x:s> <x:p> 1 ", "update:2:13: '{' is never closed"),
        ("LOAD INTO GRAPH no:g", "update:1:"),
        ("LOAD; SELCT", "update:1:"),
        ("LOAD; LOAD <http://elsewhere.test/>", "elsewhere.test"),
        ("LOAD; INSERT { ?s <x:p> 1 } WHERE { SERVICE <http://elsewhere.test/> { ?s ?p ?o } }",
         "elsewhere.test"),
    ],
)  # fmt: skip
def test_nothing_is_fetched_for_an_update_that_cannot_be_made(
    text: str, says: str, server: Running, others: Strangers
) -> None:
    before = len(others.asked)
    text = text.replace("LOAD", f"LOAD <http://open.test:{others.port}/doc.nt>", 1)
    answer = update(server, text)
    assert answer.status_code in (400, 403)
    assert says in answer.text
    clash = "WITH <x:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }"
    load = f"LOAD <http://open.test:{others.port}/doc.nt>"
    answer = update(server, f"{load}; {clash}", **{"using-graph-uri": "x:h"})
    assert answer.status_code == 400
    assert len(others.asked) == before


def test_an_update_may_ask_others(server: Running, remote: int, others: Strangers) -> None:
    service = f"SERVICE <http://open.test:{remote}/query> {{ <x:c> <x:p> ?n }}"
    assert update(server, f"INSERT {{ <x:new> <x:p> ?n }} WHERE {{ {service} }}").status_code == 204
    assert rows(server, "SELECT ?o { <x:new> ?p ?o }") == ["8"]
    fails = f"SERVICE <http://open.test:{others.port}/html> {{ ?s ?p ?o }}"
    answer = update(
        server, f"DELETE WHERE {{ <x:new> ?p ?o }}; INSERT {{ ?s ?p 1 }} WHERE {{ {fails} }}"
    )
    assert answer.status_code == 502
    assert "sends text/html, and no SPARQL results" in answer.text
    assert rows(server, "SELECT ?o { <x:new> ?p ?o }") == ["8"]
    assert update(server, "DELETE WHERE { <x:new> ?p ?o }").status_code == 204


def test_a_load_and_a_dataset_of_the_request(server: Running, others: Strangers) -> None:
    text = f"""LOAD <http://open.test:{others.port}/doc.ttl> INTO GRAPH <x:h>;
        INSERT {{ <x:new> <x:p> ?o }} WHERE {{ ?s <x:q> ?o }}"""
    assert update(server, text, **{"using-graph-uri": "x:h"}).status_code == 204
    assert rows(server, "SELECT ?o { <x:new> ?p ?o }") == ["1"]
    assert update(server, "DROP GRAPH <x:h>; DELETE WHERE { <x:new> ?p ?o }").status_code == 204


# -- what nobody gets them to do -----------------------------------------------------


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_a_hostile_call_harms_nobody(path: Path, server: Running, others: Strangers) -> None:
    case = tomllib.loads(path.read_text("utf-8"))
    case["repeat"] = {**case.get("repeat", {}), "PORT": [str(others.port), 1]}
    began = time.monotonic()
    status, _, body = sent(server, case)
    assert status in case["status"], body[:300]
    assert case.get("says", "").replace("PORT", str(others.port)) in body
    assert time.monotonic() - began < case.get("within", 60)
    assert not re.search("Traceback|127.0.0.1|secret|hello", body)
    assert not others.private
    is_honest(server)


def test_without_the_option_nothing_is_called(server: Running, others: Strangers) -> None:
    """And the description of the service says what is the case."""
    feature = "sparql-service-description#BasicFederatedQuery"
    assert feature in server.get("/sparql", headers={"Accept": "application/n-triples"}).text
    others.asked.clear()
    with serving(program=WORLD) as running:
        call = f"<http://open.test:{others.port}/sparql>"
        answer = running.ask(f"ASK {{ SERVICE SILENT {call} {{ ?s ?p ?o }} }}")
        says = "query:1:7: SERVICE is refused: it would call another machine; load what you need"
        assert (answer.status_code, says in answer.text) == (400, True)
        described = running.get("/sparql", headers={"Accept": "application/n-triples"}).text
        assert feature not in described
    assert not others.asked


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--allow-service", "https://a.example/"], "'https://a.example/' is no host; say it like"),
        (["--allow-service", "10.0.0.1"], "'10.0.0.1' is no public address, and others are never"),
        (
            ["--allow-service", "a.example", "--store", "http://127.0.0.1:9/query"],
            "goes with data in memory or a directory: another server would call by itself",
        ),
    ],
)
def test_what_cannot_be_allowed_is_said(
    options: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "-p", "0", *options]) == 2
    told = capsys.readouterr().err.strip()
    assert f"--allow-service: {says}" in told
    assert "\n" not in told


# -- encrypted -----------------------------------------------------------------------


def certificate(folder: Path, name: str) -> Path:
    """A file of key and certificate that its own key has signed."""
    program = shutil.which("openssl")
    if not program:
        pytest.skip("openssl is not here")
    key, made = folder / "key.pem", folder / "certificate.pem"
    command = [program, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-days", "2", "-keyout", str(key), "-out", str(made)]
    command += ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    subprocess.run(command, check=True, capture_output=True)
    both = folder / f"{uuid.uuid4()}.pem"
    both.write_text(key.read_text() + made.read_text())
    return both


def test_a_certificate_is_checked_against_the_name(tmp_path: Path) -> None:
    names = ("open.test", "other.test", "open.test")
    files = [certificate(tmp_path, name) for name in names]
    known = tmp_path / "known.pem"  # all but the last
    known.write_text("".join(each.read_text() for each in files[:2]))
    with ExitStack() as opened:
        ports = [opened.enter_context(strangers(each)).port for each in files]
        allowed = [f"--allow-service=open.test:{port}" for port in ports]
        server = opened.enter_context(serving(*allowed, program=WORLD, SSL_CERT_FILE=str(known)))
        answers = [
            server.ask(f"SELECT ?o {{ SERVICE <https://open.test:{port}/sparql> {{ ?s ?p ?o }} }}")
            for port in ports
        ]
    assert answers[0].text == "o\r\ntheirs\r\n"
    assert [answer.status_code for answer in answers[1:]] == [502, 502]
    assert "Hostname mismatch" in answers[1].text
    assert "certificate verify failed: self-signed" in answers[2].text

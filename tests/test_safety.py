"""What the threat model promises, tried on a running server.

``tests/hostile/`` holds one file an attack: what is sent, and which statuses are right.
After each the server still answers an honest question, at once and fully.
"""

from __future__ import annotations

import gzip
import http.client
import socket
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from serving import TOKEN, Running, serving

from kg import opening
from kg.model import Corpus

HOSTILE = sorted((Path(__file__).parent / "hostile").glob("*.toml"))
HONEST = "SELECT ?whole { id:mirae-ai-lab aie:partOf ?whole FILTER isIRI(?whole) }"  # for workers
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER (?c != ?l) }"
LIMITS = ("--timeout", "1", "--memory", "256", "--rows", "1000", "--workers", "2")


@pytest.fixture(scope="module")
def server(toy_corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    store = tmp_path_factory.mktemp("safety") / "store"
    opening.graph(toy_corpus, store).close()
    with serving("--store", str(store), "--write", *LIMITS) as running:
        yield running


def is_honest(server: Running) -> None:
    began = time.monotonic()
    answer = server.ask(HONEST)
    assert (answer.status_code, "mirae-group" in answer.text) == (200, True), answer.text
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_a_hostile_request_harms_nobody(path: Path, server: Running) -> None:
    case = tomllib.loads(path.read_text("utf-8"))
    began = time.monotonic()
    status, headers, body = sent(server, case)
    assert status in case["status"], body[:300]
    assert time.monotonic() - began < case.get("within", 60)
    assert "Traceback" not in body
    if status >= 400:
        assert len(body) < 2_000
        assert case.get("says", "") in body
    if status == 503 or case.get("retry"):
        assert int(headers["retry-after"]) > 0
    if status == 200:
        assert headers.get("kg-truncated") == ("true" if case.get("truncated") else None)
    is_honest(server)


def sent(server: Running, case: dict[str, Any]) -> tuple[int, dict[str, str], str]:
    """Send what a file says, byte by byte as it says, and return what comes back."""
    address = urlsplit(server.url)
    if "raw" in case:
        with socket.create_connection((address.hostname, address.port), 10) as line:
            line.sendall(filled(case["raw"], case).encode("latin-1"))
            answer = http.client.HTTPResponse(line)
            answer.begin()
            return answer.status, lowered(answer), answer.read().decode()
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=60)
    method, path = case.get("method", "POST"), filled(case.get("path", "/sparql"), case)
    headers = {name: filled(value, case) for name, value in case.get("headers", {}).items()}
    body = filled(case.get("body", ""), case).encode(case.get("encoding", "utf-8"))
    if "query" in case:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = urlencode({"query": filled(case["query"], case)}).encode()
    if case.get("gzip"):
        body = gzip.compress(body)
    if case.get("write"):
        headers["Authorization"] = f"Bearer {TOKEN}"
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        return answer.status, lowered(answer), answer.read().decode()
    except (BrokenPipeError, ConnectionResetError):
        return 0, {}, ""  # it was refused before all of it was sent
    finally:
        connection.close()


def filled(text: str, case: dict[str, Any]) -> str:
    for name, (piece, times) in case.get("repeat", {}).items():
        text = text.replace(name, piece * times)
    return text


def lowered(answer: http.client.HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in answer.getheaders()}

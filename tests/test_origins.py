"""Whose web pages may read what is served, and that none but our own may write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import PLAIN, TOKEN, Running, serving

from kg import opening
from kg.errors import KGError
from kg.model import Corpus
from kg.paths import shipped
from kg.web.settings import Settings

FOREIGN = {"Origin": "https://a.example"}
PUBLIC = {"public_url": "https://kg.example.org"}
TOY = Path("tests/toy/data")
READ = ("/sparql?query=ASK%7B%7D", "/sparql", "/store?default", "/.well-known/void")
TWINS = ("/id/{id}.ttl", "/id/{id}.json")


@pytest.mark.parametrize(
    ("told", "allowed"),
    [
        ({}, "*"),  # the data that ship are public
        ({"data": shipped("data")}, "*"),
        ({"data": TOY}, ""),
        ({"articles": TOY}, ""),
        ({"store": "build/store"}, ""),
        ({"store": "http://localhost:1/sparql"}, ""),
        ({"data": TOY, **PUBLIC}, "*"),
        ({"data": TOY, "cors": "*"}, "*"),
        ({"cors": ""}, ""),
        ({**PUBLIC, "cors": ""}, ""),
        ({**PUBLIC, "cors": "https://b.example"}, "https://b.example"),
    ],
)
def test_scripts_of_others_read_what_is_public(told: dict[str, Any], allowed: str) -> None:
    assert Settings(**told).open_to == allowed


@pytest.mark.parametrize("cors", ["b.example", "https://b.example/", "null", "*, *", "x://"])
def test_what_is_no_origin_is_told(cors: str) -> None:
    with pytest.raises(KGError, match=r"^--cors: '.*' is no origin; say it like https://"):
        Settings(cors=cors)


def allowed(server: Running, method: str, path: str, **headers: str) -> str | None:
    """Who may read an answer, which is never one for who is logged in."""
    asked = {**FOREIGN, **headers}
    answer = httpx.request(method, server.url + path, headers=asked, timeout=30, **PLAIN)
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.status_code < 400
    found: str | None = answer.headers.get("access-control-allow-origin")
    return found


@pytest.mark.parametrize(
    ("options", "data", "id", "origin"),
    [
        ((), None, "lg", "*"),
        (("--cors", "none"), None, "lg", None),
        ((), str(TOY), "seoul", None),
        (("--cors", "https://a.example"), str(TOY), "seoul", "https://a.example"),
    ],
)
def test_what_may_be_read_is_the_data(
    options: tuple[str, ...],
    data: str | None,
    id: str,
    origin: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("KG_ARTICLES", raising=False)
    with serving(*options, data=data) as server:
        for path in (*READ, *(each.format(id=id) for each in TWINS)):
            assert allowed(server, "GET", path, Accept="*/*") == origin
            assert allowed(server, "OPTIONS", path) == origin
        assert allowed(server, "GET", f"/id/{id}", Accept="text/turtle") == origin
        for path in (f"/id/{id}", "/", "/query", "/healthz"):
            assert allowed(server, "GET", path, Accept="text/html") is None


def test_no_page_of_others_writes(toy_corpus: Corpus, tmp_path: Path) -> None:
    store = tmp_path / "store"
    opening.graph(toy_corpus, store).close()
    with serving("--store", str(store), "--write", "--cors", "*", data=None) as server:
        for path in ("/sparql", "/store", "/store?graph=x:g", "/id/seoul"):
            asked = {**FOREIGN, "Access-Control-Request-Headers": "authorization"}
            told = httpx.options(server.url + path, headers=asked).headers
            methods = set(told["access-control-allow-methods"].split(", "))
            queried = {"POST"} if path == "/sparql" else set()
            assert methods == {"GET", "HEAD", "OPTIONS"} | queried
            assert ("PUT" in told["allow"]) == path.startswith("/store")
            assert "authorization" not in told["access-control-allow-headers"].lower()
        login = {**FOREIGN, "Authorization": f"Bearer {TOKEN}", "Content-Type": "text/turtle"}
        for method in ("PUT", "POST", "DELETE"):
            answer = httpx.request(method, f"{server.url}/store?graph=x:g", headers=login)
            assert (answer.status_code, answer.text) == (
                403,
                "a page of another site may not write here\n",
            )
        del login["Content-Type"]
        given = {"data": {"update": "CLEAR ALL"}, "headers": login}
        assert httpx.post(f"{server.url}/sparql", **given).status_code == 403
        assert server.ask("ASK { ?s ?p ?o }").text == "true\n"

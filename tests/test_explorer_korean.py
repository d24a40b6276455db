"""What is wrong, on Korean pages: in Korean, and others' words as a quotation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from exploring import browsing, page

from kg import store
from kg.calls import calls
from kg.errors import KGError
from kg.sparql import Request
from kg.web.pages.complaints import of_query


@pytest.fixture(scope="module")
def toy() -> Iterator[httpx.Client]:
    with browsing("tests/toy/data") as client:
        yield client


BROKEN = [
    "ASK { ?s ?p ?o } }",
    "ASK { ?s ?p ?o",
    "ASK { ?s no:name ?o }",
    "ASK { ?s aei:name ?o }",
    "# nothing",
    "INSERT DATA {}",
    "SELCT * {}",
    "ZZZ",
    "SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o }",
    "SELECT (?s + 1 AS ?b) (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p",
    "SELECT ?x { { SELECT ?a (COUNT(?b) AS ?x) { ?a ?p ?b } } }",
    "SELECT ?s ?s { ?s ?p ?o }",
    "SELECT (1 AS ?s) { ?s ?p ?o }",
    "SELECT * { ?s ?p ?o } GROUP BY ?s",
    "ASK { ?s <relative> ?o }",
    'ASK { ?s ?p "; see" ; ) }',
    "ASK { ?s ?p",
    "ASK",
    "ASK { ?s ?p '; x' ?o }",
    "ASK { <a b> ?p ?o }",
    f"ASK {'{' * 300}{'}' * 300}",
    f"ASK {{ ?s {'/'.join(['?p'] * 1_200)} ?o }}",
    "ASK FROM <http://other.example/> { ?s ?p ?o }",
    "ASK { SERVICE <http://other.example/> { ?s ?p ?o } }",
]
CALLS = [
    "ASK { SERVICE ?x { ?s ?p ?o } }",
    "ASK { SERVICE no:x { ?s ?p ?o } }",
    "PREFIX a: <x:b> PREFIX a: <x:c> ASK { SERVICE a:x { ?s ?p ?o } }",
    "ASK { FILTER (?a <b#> ?c) SERVICE <http://x.example/> { ?s ?p ?o } }",
    "ASK { SERVICE <http://x.example/> { SERVICE <http://x.example/> { ?s ?p ?o } } }",
    f"ASK {{ {'SERVICE <http://x.example/> {} ' * 20} }}",
]


def complaint(text: str) -> str:
    with store.open() as empty, pytest.raises(KGError) as raised:
        empty.query(text)
    return str(raised.value)


def call_refused(text: str) -> str:
    request = Request("ASK {}", "query")
    request.written = request.text = text
    with pytest.raises(KGError) as raised:
        calls(text, request.at, update=False)
    return str(raised.value)


@pytest.mark.parametrize(
    "line", [*map(complaint, BROKEN), *map(call_refused, CALLS)], ids=lambda line: line[:60]
)
def test_what_we_say_of_a_query_is_said_in_korean(line: str) -> None:
    told = of_query("ko", line, "{line}행 {column}열")
    assert told.parts
    for part in told.parts:
        assert not part.lang
        assert part.text.endswith((".", "?"))
    if told.at:
        assert told.place == f"{told.at[0]}행 {told.at[1]}열"
    assert " ".join(part.text for part in of_query("en", line, "").parts) in line


def test_a_semicolon_in_what_is_quoted_ends_no_sentence() -> None:
    told = of_query("ko", "query:1:2: syntax error at '; x; see'; see SPARQL 1.1", "")
    assert [part.text for part in told.parts] == [
        "‘; x; see’ 부분부터 문법에 맞지 않습니다.", "SPARQL 1.1 문법을 확인해 주세요.",
    ]  # fmt: skip


def problem(client: httpx.Client, path: str, status: int, **asked: Any) -> str:
    answer = client.get(path, params=asked)
    assert answer.status_code == status
    page(client, str(answer.url), status)  # it is well-formed
    start = answer.text.index('<p class="problem"')
    return answer.text[start : answer.text.index("</p>", start)]


def test_the_query_page_says_it_at_its_place(toy: httpx.Client) -> None:
    told = problem(toy, "/query", 400, query="ASK {\n  ?s ?p", lang="ko")
    says = "여는 괄호 ‘{’의 짝이 없습니다.</bdi> <bdi>괄호를 닫아 주세요.</bdi>"
    assert told.endswith(f"<bdi>1행 5열</bdi>: <bdi>{says}")
    answer = toy.get("/query", params={"query": "ASK {\n  ?s ?p )", "lang": "ko"})
    assert 'data-line="2" data-column="9"' in answer.text


def test_the_words_of_others_are_quoted(toy: httpx.Client) -> None:
    asked = "SELECT (<x:f>(1) AS ?x) {}"
    told = problem(toy, "/query", 400, query=asked, lang="ko")
    assert '<q lang="en"><bdi>' in told
    assert "is not supported" in told
    assert "<q" not in problem(toy, "/query", 400, query=asked, lang="en")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/graph?status=planed", "그런 상태가 없습니다.</bdi> <bdi>혹시 ‘planned’인가요?"),
        ("/graph?relation=zzz", "그런 관계가 없습니다."),
        ("/graph?type=Persn", "그런 종류가 없습니다.</bdi> <bdi>혹시 ‘Person’인가요?"),
        ("/search?type=Persn", "그런 종류가 없습니다.</bdi> <bdi>혹시 ‘Person’인가요?"),
        ("/id/seoul?only=zzz", "그런 관계가 없습니다.</bdi> <bdi>페이지에서 골라 주세요."),
        ("/id/seoul?all=zzz", "여기에는 그런 내용이 없습니다.</bdi> <bdi>빼 보세요."),
        ("/search?type=Person&page=99", "쪽까지 있습니다.</bdi> <bdi>그 가운데서 골라 주세요."),
        ("/graph?around=toy-times", "그릴 것이 없습니다."),
        ("/nowhere", "그런 페이지가 없습니다."),
    ],
)
def test_addresses_that_lead_nowhere_are_told_in_korean(
    toy: httpx.Client, path: str, says: str
) -> None:
    answer = toy.get(path, headers={"accept-language": "ko"})
    assert answer.status_code in (400, 404)
    assert says in answer.text
    assert "<q" not in answer.text

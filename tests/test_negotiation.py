"""What a request's header says of its answer, as RFC 9110 has it, at the endpoint and on pages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from serving import Running, serving

LONG = "/sparql?query=SELECT%20*%20%7B%20?s%20?p%20?o%20%7D%20LIMIT%2050"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with serving("--workers", "1", "-q") as running:
        yield running


@pytest.mark.parametrize("path", [LONG, "/", "/query"])
@pytest.mark.parametrize(
    ("lines", "packed"),
    [
        (["gzip"], True),
        (["x-gzip"], True),
        (["br, GZIP;q=0.2"], True),
        (["br", "gzip"], True),
        (["*"], True),
        (["identity;q=0.5, *;q=0.5"], True),
        (["gzip;q=0"], False),
        (["gzip; q=0.000, *"], False),
        (["*;q=0"], False),
        (["identity, gzip;q=0.5"], False),
        (["gzip-9"], False),
        (["gzip;q=high"], False),
        ([""], False),
    ],
)
def test_an_answer_is_packed_for_who_likes_it_packed(
    server: Running, path: str, lines: list[str], packed: bool
) -> None:
    answer = server.get(path, headers=[("Accept-Encoding", line) for line in lines])
    assert answer.headers.get("content-encoding") == ("gzip" if packed else None)
    assert "Accept-Encoding" in answer.headers["vary"]


@pytest.mark.parametrize(
    "path",
    ["/sparql?query=SELECT%20*%20%7B%7D", "/sparql", "/store?default", "/.well-known/void",
     "/id/seoul", "/source/mirae-launch"],
)  # fmt: skip
def test_a_list_may_come_in_several_lines(server: Running, path: str) -> None:
    likes = ["image/png", "text/csv;q=0.2, application/ld+json;q=0.7", "text/turtle;q=0.4"]
    one = server.get(path, headers={"Accept": ", ".join(likes)})
    several = server.get(path, headers=[("Accept", line) for line in likes])
    assert one.status_code == several.status_code == 200
    assert several.headers["content-type"] == one.headers["content-type"]
    tag = one.headers.get("etag")
    if tag:
        lines = [("Accept", ", ".join(likes)), ("If-None-Match", '"a"'), ("If-None-Match", tag)]
        assert server.get(path, headers=lines).status_code == 304


def test_a_language_may_come_in_a_line_of_its_own(server: Running) -> None:
    lines = [("Accept-Language", "de, en;q=0.2"), ("Accept-Language", "ko-KR;q=0.7")]
    assert server.get("/", headers=lines).headers["content-language"] == "ko"

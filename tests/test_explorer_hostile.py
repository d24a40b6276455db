"""Pages of a graph that is there to break them: dates of no calendar, names of all kinds."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import hostile
import httpx
import pytest
from exploring import Page, addresses
from serving import serving

from kg import rdf, store


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    location = tmp_path_factory.mktemp("hostile") / "store"
    with store.open(location) as opened:
        opened.replace([*rdf.quads(hostile.corpus()), *rdf.ontology()])
    with serving("--store", str(location), data=None) as server:
        given = {"base_url": server.url, "timeout": 60, "headers": {"accept": "text/html"}}
        with httpx.Client(**given) as client:
            yield client
    assert "Traceback" not in "".join(server.log)


def test_every_page_is_there(asking: httpx.Client) -> None:
    paths = [path for path in addresses(hostile.corpus()) if not path.startswith("/claim")]
    for path in ["/", "/graph", *paths, *addresses(hostile.corpus())[::9]]:
        answer = asking.get(quote(path))
        assert answer.status_code == 200, path
        assert path == "/graph" or not Page(answer.text).wrong, path


@pytest.mark.parametrize("id", hostile.IDS)
def test_twins_are_named_in_letters_that_a_header_can_hold(asking: httpx.Client, id: str) -> None:
    for suffix in ("ttl", "json"):
        path = quote(f"/id/{id}.{suffix}")
        answer = asking.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-location"] == path
        assert f"<{path}>; rel=" in answer.headers["link"]


def test_no_address_makes_a_page_lead_elsewhere(asking: httpx.Client) -> None:
    for path in ("//evil.example/", "///evil.example", "//evil.example/id/x?lang=ko"):
        answer = asking.get(f"{str(asking.base_url).rstrip('/')}{path}")
        assert answer.status_code == 404
        assert [each for each in Page(answer.text).links if each.startswith("//")] == []

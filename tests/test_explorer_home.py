"""The front page: what it counts is what there is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import httpx
import pytest
from exploring import browsing, page

from kg import vocabulary
from kg.model import Corpus, Rank


@pytest.fixture(scope="module", params=["toy", "shipped"])
def graph(request: pytest.FixtureRequest) -> Iterator[tuple[httpx.Client, Corpus]]:
    corpus: Corpus = request.getfixturevalue(f"{request.param}_corpus")
    with browsing("tests/toy/data" if request.param == "toy" else "data") as client:
        yield client, corpus


def counted(html: str) -> dict[str, int]:
    """The number beside each link, by the link's address."""
    explained = r'(?:\s*<span class="kind">[^<]*</span></span>)?'
    link = rf'href="([^"]*)"[^>]*>[^<]*</a>{explained}\s*<span>([\d,]+)</span>'
    return {address: int(n.replace(",", "")) for address, n in re.findall(link, html)}


def test_all_is_counted(graph: tuple[httpx.Client, Corpus]) -> None:
    client, corpus = graph
    html = client.get("/").text
    sizes = [int(each.replace(",", "")) for each in re.findall(r"<dd>([\d,]+)</dd>", html)]
    passages = {each for claim in corpus.claims for each in claim.evidence}
    assert sizes == [*map(len, (corpus.entities, corpus.claims, passages, corpus.sources))]
    shown = counted(html)
    classes, known = Counter[str](), vocabulary.load().classes
    for entity in corpus.entities.values():
        classes.update(known[entity.cls].ancestors - {"Entity"})
    assert {f"/search?type={name}": n for name, n in classes.items()}.items() <= shown.items()
    statuses = Counter(claim.status.value for claim in corpus.claims)
    assert {f"/graph?status={word}": n for word, n in statuses.items()}.items() <= shown.items()
    rejected = sum(claim.rank is Rank.DEPRECATED for claim in corpus.claims)
    assert shown.get("/query?name=rejected", 0) == rejected
    relations = Counter(claim.predicate for claim in corpus.claims)
    told = {address: n for address, n in shown.items() if address.startswith("/graph?relation=")}
    assert told
    assert all(relations[address.partition("=")[2]] == n for address, n in told.items())


def test_a_class_leads_to_as_many_as_are_counted(graph: tuple[httpx.Client, Corpus]) -> None:
    client, _ = graph
    shown = counted(client.get("/").text)
    for address, count in shown.items():
        if address.startswith("/search?type="):
            listed = {each for each in page(client, address).links if each.startswith("/id/")}
            assert len(listed) == count


def test_what_is_due_stands_on_the_time_line(graph: tuple[httpx.Client, Corpus]) -> None:
    client, corpus = graph
    shown = page(client, "/?lang=en")
    due = [claim for claim in corpus.claims
           if "due" in dict(claim.qualifiers) and claim.rank is not Rank.DEPRECATED]  # fmt: skip
    for claim in due:
        assert dict(claim.gloss)["en"] in shown.text
        assert f"{getattr(dict(claim.qualifiers)['due'], 'value', '')} due" in shown.text
    assert (" due" in shown.text) == bool(due)

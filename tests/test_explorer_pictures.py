"""The explorer's pictures: whole names within reach, none over another, ways that arrows show."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from exploring import LIMIT, browsing, page
from serving import Running, serving

from kg.web.pages.drawing import drawn


@pytest.fixture(scope="module")
def shipped() -> Iterator[httpx.Client]:
    with browsing("data") as client:
        yield client


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_long_name_is_folded_and_whole_in_its_title(shipped: httpx.Client, lang: str) -> None:
    html = shipped.get(f"/id/lg?lang={lang}").text
    boxes = re.findall(r'<a href="/id/[^"]*" class="box [^>]*>(.*?)</a>', html)
    assert len(boxes) > 10
    folded = 0
    for box in boxes:
        title = "".join(re.findall("<title>(.*)</title>", box))
        over, *lines = re.findall("<text[^>]*>([^<]*)</text>", box)
        folded += len(lines) > 1
        if any(each.endswith("…") for each in (over, *lines)):
            assert lines[0] in title
            assert "…" not in title
        else:
            assert not title
    assert folded


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with serving("--workers", "1", "-q", data="data") as running:
        yield running


@pytest.mark.parametrize("path", ["/id/lg?open=lg-ai-research,lee-honglak", "/id/lg-ai-research"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_nothing_in_the_picture_lies_over_another(
    chromium: Any, server: Running, path: str, width: int, lang: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 800}, locale=lang)
    tab = context.new_page()
    tab.goto(server.url + path)
    boxes = tab.eval_on_selector_all(".box rect", _BOXES)
    assert [pair for pair in itertools.combinations(boxes, 2) if _meet(*pair)] == []
    for text in tab.eval_on_selector_all(".box text", _BOXES):
        assert any(_within(text, box) for box in boxes), text
    context.close()


_BOXES = """found => found.map(each => {
  const { left, right, top, bottom } = each.getBoundingClientRect();
  return [left, right, top, bottom, each.textContent];
})"""


def _meet(one: list[Any], other: list[Any]) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]


def _within(one: list[Any], other: list[Any]) -> bool:
    return other[0] <= one[0] and one[1] <= other[1] and other[2] <= one[2] and one[3] <= other[3]


def test_names_of_a_drawn_answer_hide_none() -> None:
    links = [(f"hub-{n % 3}", "p", f"something with a long name, number {n}") for n in range(40)]
    picture = drawn(links, lambda iri: (iri, ""))
    assert picture
    assert picture["left_out"] == 13
    places = []
    for node in picture["nodes"]:
        half = 3 * max(len(line) for _, line in node["lines"])
        places.append((node["x"] - half, node["x"] + half, node["y"], node["lines"][-1][0]))
    assert not [pair for pair in itertools.combinations(places, 2) if _meet(*map(list, pair))]
    assert max(each[3] for each in places) < picture["height"]


@pytest.mark.parametrize("ends", [1, 2, 4])
def test_a_drawn_answer_is_as_large_as_what_is_drawn(ends: int) -> None:
    picture = drawn([("hub", "p", f"end {n}") for n in range(ends)], lambda iri: (iri, ""))
    assert picture
    above = min(node["y"] for node in picture["nodes"])
    below = picture["height"] - max(node["lines"][-1][0] for node in picture["nodes"])
    assert 10 < above < 40
    assert 10 < below < 40
    assert picture["height"] < 60 * (ends + 2)
    assert all(20 < node["x"] < picture["width"] - 20 for node in picture["nodes"])


def test_rows_can_be_seen_as_a_graph(shipped: httpx.Client) -> None:
    shown = page(shipped, "/query?name=people&p-organisation=lg&lang=en")
    assert len(shown.of("details")) == 2  # the query, and the picture
    nodes = [each["href"] for each in shown.of("a") if each.get("class") == "node"]
    assert "/id/lee-honglak?lang=en" in nodes
    assert "Honglak Lee — unit → LG Group" in shown.text
    assert not page(shipped, "/query?name=sources").of("svg")


def test_what_an_answer_has_beyond_its_picture_is_counted(shipped: httpx.Client) -> None:
    query = "CONSTRUCT { ?a rdf:value ?b } { ?claim rdf:subject ?a ; rdf:object ?b }"
    for lang, says in (("en", "Not drawn here: "), ("ko", "그림에서 빠진 것: ")):
        shown = page(shipped, f"/query?query={query}&lang={lang}").text
        assert re.search(f"{says}[0-9]", shown)
        assert "Neighbours" not in shown


def test_opened_pictures_do_not_make_pages_heavy(articles: Path) -> None:
    with browsing("data", "--articles", str(articles)) as client:
        opened = "lg,lee-honglak,bae-kyung-hoon,lg-chem,lg-cns,lg-display"
        for lang in ("en", "ko"):
            answer = client.get(f"/id/lg-ai-research?lang={lang}&open={opened}")
            assert len(answer.content) < LIMIT

"""The explorer's forms: filled in again when something is wrong, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from exploring import browsing, page

from kg import queries


@pytest.fixture(scope="module")
def toy() -> Iterator[httpx.Client]:
    with browsing("tests/toy/data") as client:
        yield client


@pytest.mark.parametrize(
    ("path", "status", "kept", "near"),
    [
        (
            "/path?from=Mirrai AI Lab&to=Seoul&hops=9",
            404,
            {"from": "Mirrai AI Lab", "to": "Seoul", "hops": "9"},
            "/path?from=mirae-ai-lab&to=Seoul&hops=9",
        ),
        (
            "/query?name=moves&p-person=Haneul Kimm&p-to=Mirae AI Lab",
            404,
            {"p-person": "Haneul Kimm", "p-to": "Mirae AI Lab"},
            "/query?name=moves&p-person=kim-haneul&p-to=Mirae+AI+Lab",
        ),
        (
            "/query?name=timeline&p-from=May&p-to=2022",
            400,
            {"p-from": "May", "p-to": "2022", "p-entity": ""},
            "",
        ),
        (
            "/query?name=entities&p-class=Persn",
            400,
            {},
            "/query?name=entities&p-class=Person",
        ),
        ("/query?name=peple", 404, {}, "/query?name=people"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_form_stays_filled_in_when_a_field_is_wrong(
    toy: httpx.Client, path: str, status: int, kept: dict[str, str], near: str, lang: str
) -> None:
    shown = page(toy, f"{path}&lang={lang}", status)
    values = {each.get("name"): each.get("value") for each in shown.of("input")}
    assert values.items() >= kept.items()
    told = [each for each in shown.of("p") if each.get("class") == "wrong"]
    faulty = [each for each in shown.elements if each[1].get("aria-invalid")]
    assert told
    assert [each.get("aria-describedby") for _, each in faulty] in (
        [each["id"] for each in told],
        [],
    )
    assert not near or f"{near}&lang={lang}" in shown.links
    words = toy.get(f"{path}&lang={lang}").text.partition('class="wrong"')[2].partition("</p>")[0]
    assert bool(re.search("[가-힣]", words)) == (lang == "ko")


def test_a_query_that_is_answered_is_folded_away_unless_it_is_short(toy: httpx.Client) -> None:
    long = "SELECT * {" + "%0A" * 12 + "?a aie:partOf ?b }"
    for path, folded in (
        ("name=sources", True),
        (f"query={long}", True),
        ("query=SELECT * { ?a aie:partOf ?b }", False),
        ("query=SELECT * {" + "%0A" * 12, False),
        ("name=about", True),  # where its fields are to be filled in first
    ):
        answer = toy.get(f"/query?{path}")
        assert ('<details class="asked">' in answer.text) is folded, path


def test_terms_are_chosen_from_a_list_in_words(toy: httpx.Client) -> None:
    shown = page(toy, "/query?name=missions&p-status=planned&lang=ko")
    (choice,) = shown.of("select")
    assert choice["name"] == "p-status"
    (chosen,) = (each["value"] for each in shown.of("option") if "selected" in each)
    assert chosen == "Planned"
    assert "계획" in shown.text
    wrong = page(toy, "/query?name=missions&p-status=planed&lang=ko", 400)
    assert [each for each in wrong.of("option") if "selected" in each] == [{"selected": None}]


@pytest.mark.parametrize("name", queries.catalogue())
def test_a_question_is_put_in_the_readers_language(toy: httpx.Client, name: str) -> None:
    question = queries.catalogue()[name]
    for lang in ("en", "ko"):
        shown = page(toy, f"/query?name={name}&lang={lang}")
        assert {question.titles[lang], question.descriptions[lang]} < set(shown.text.split("\n"))
        for each in question.parameters:
            assert f"{each.name}: {each.descriptions[lang]}" in shown.text

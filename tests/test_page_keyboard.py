"""The page by keyboard and in words: focus that stays, ways, filters that leave nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from browser import Open, Visit

from kg import network, opening, view
from kg.model import Claim, Corpus, Entity, Literal, Ref, Status, Text


def made(tmp_path: Path, *claims: Claim, entities: tuple[Entity, ...] = ()) -> Path:
    path = tmp_path / "graph.html"
    corpus = Corpus({entity.id: entity for entity in entities}, {}, claims)
    with opening.graph(corpus) as graph:
        view.write(network.project(graph), path)
    return path


# -- focus ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fragment", "place", "name"),
    [
        ("", "[data-filter=relation]", "None"),
        ("#relation=partOf", "[data-filter=relation]", "All"),
        ("#sel=busan", "#panel", "Only the neighbourhood"),
        ("#sel=busan", "#panel", "Path from here"),
        ("#a=busan&b=kim-haneul", "#panel", "Clear path"),
    ],
)
def test_a_button_does_not_throw_the_focus_away(
    visit: Open, fragment: str, place: str, name: str
) -> None:
    page = visit("toy", fragment)
    before = page.tab.url
    page.unfold(place).get_by_role("button", name=name, exact=True).press("Enter")
    page.tab.wait_for_url(lambda url: url != before)
    assert page[place].evaluate("(place) => place.contains(document.activeElement)")


# -- ways ----------------------------------------------------------------------


def test_a_way_by_buttons_is_told(visit: Open) -> None:
    page = visit("toy", "#sel=busan")
    page["#panel"].get_by_role("button", name="Path from here").click()
    page.expect("#status").to_contain_text("Path from Busan: choose the other end")
    page.seek("haneul")
    page["#panel"].get_by_role("button", name="Path to here").click()
    page.expect("#panel h2").to_have_text("Path between two")
    page.expect("#status").to_contain_text("Shortest path: 2 steps")


def test_a_way_is_drawn_whatever_neighbourhood_is(visit: Open) -> None:
    page = visit("toy", "#focus=busan&hops=1")
    near = page.drawn()
    page.open("#focus=busan&hops=1&a=busan&b=kim-haneul")
    assert page.drawn()[0] > near[0]


# -- what is inferred, what is over, what is left ---------------------------------


def test_if_all_is_inferred_it_is_drawn(chromium: Any, tmp_path: Path) -> None:
    page = Visit(chromium, made(tmp_path, Claim("a", "partOf", Ref("b"), status=Status.INFERRED)))
    assert page.drawn() == (2, 1)
    assert page.quiet()
    page.close()


def test_nobody_does_anything_before_birth(chromium: Any, tmp_path: Path) -> None:
    year = [Literal(each, "xsd:gYear") for each in ("1970", "1977", "2016")]
    path = made(
        tmp_path,
        Claim("lee", "birthYear", year[1]),
        Claim("lee", "heldPost", Ref("lab"), (("end", year[2]),)),
        Claim("elder", "heldPost", Ref("lab"), (("end", year[2]),)),
        Claim("elder", "birthYear", year[0]),
        Claim("lee", "plansTo", Ref("goal"), (("due", year[2]),), Status.PLANNED),
    )
    page = Visit(chromium, path, "#from=1976-01&to=1976-12&undated=0")
    page.draws(2, 1)
    page.close()


def test_filters_that_leave_nothing_say_so_and_can_be_reset(visit: Open) -> None:
    page = visit("toy")
    before = page.drawn()
    page["[data-filter=type]"].get_by_role("button", name="None").click()
    page.draws(0)
    page.expect("#status").to_have_text("Nothing passes the filters")
    page["#panel"].get_by_role("button", name="Reset").click()
    page.draws(*before)


def test_what_has_no_relations_comes_on_demand(visit: Open) -> None:
    page = visit("real")
    nodes, edges = page.drawn()
    page.expect("#all").to_contain_text("Show also what has no relations")
    page["#all"].click()
    page.expect("#all").to_have_text("Show only what has relations")
    assert page.drawn()[0] > nodes
    assert page.drawn()[1] == edges


def test_a_text_that_is_shown_says_whose_copy_it_is(visit: Open) -> None:
    own = "The text is shown from the copy of whoever made this page"
    page = visit("toy", "#sel=kim-haneul")
    page.expect("#article").to_contain_text(own)
    page.expect("#source-list").to_contain_text(own)
    assert own not in visit("bare", "#sel=kim-haneul")["body"].inner_text()


# -- search --------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["ㅄ", "부산은", "부산에서"])
def test_search_takes_what_a_korean_keyboard_and_grammar_make(visit: Open, typed: str) -> None:
    page = visit("toy")
    page["#search"].fill(typed)
    page.expect("#hits [role=option]").to_contain_text("Busan")


def test_search_takes_the_beginnings_of_words(visit: Open) -> None:
    page = visit("real")
    page["#search"].fill("Toronto Univ")
    page.expect("#hits [role=option]").to_contain_text("University of Toronto")


# -- words that are not ours -----------------------------------------------------


def test_a_name_does_not_turn_the_words_around_it(chromium: Any, tmp_path: Path) -> None:
    evil = Entity("evil", "Person", (Text("en", "\u202egood evil"),))
    path = made(tmp_path, Claim("evil", "partOf", Ref("b")), entities=(evil,))
    page = Visit(chromium, path, "#sel=evil")
    page.expect("#status bdi").to_have_text("\u202egood evil")
    page.close()


def test_quoted_words_say_their_language(visit: Open) -> None:
    page = visit("toy", "#sel=kim-haneul")
    page.expect("#panel q").to_have_attribute("lang", "ko")


def test_on_a_phone_the_table_can_be_sorted(visit: Open) -> None:
    page = visit("toy", viewport={"width": 360, "height": 740})
    page["#table thead button"].first.click()
    page.expect("#table th[aria-sort]").to_be_visible()
    assert page["#table thead button"].first.evaluate(
        "(it) => document.elementFromPoint("
        "it.getBoundingClientRect().x + 5, it.getBoundingClientRect().y + 5) === it"
    )


# -- back to the beginning -------------------------------------------------------


def test_reset_brings_all_back_into_view(visit: Open) -> None:
    page = visit("toy")
    canvas = page["#picture canvas"]
    page.tab.mouse.move(1, 1)
    before = canvas.screenshot()
    page["[data-zoom=in]"].click()
    page.unfold("#physics").check()
    page["#reset"].click()
    page.tab.mouse.move(1, 1)
    assert not page["#physics"].is_checked()
    assert canvas.screenshot() == before


def test_who_wants_calm_sees_nothing_move(visit: Open) -> None:
    page = visit("toy", reduced_motion="reduce")
    page.unfold("#physics").click()
    page.expect("#physics").not_to_be_checked()


@pytest.mark.parametrize("fragment", ["#hops=7", "#from=2020-13", "#focus=nobody"])
def test_what_an_address_gets_wrong_is_passed_over(visit: Open, fragment: str) -> None:
    page = visit("toy")
    before = page.drawn()
    page.open(fragment)
    assert page.drawn() == before
    page.expect("#hops").to_have_value("0")


def test_keys_on_a_slider_are_one_step_back(visit: Open) -> None:
    page = visit("toy")
    page["#colour"].select_option("community")
    page["#from"].focus()
    for _ in range(3):
        page["#from"].press("ArrowRight")
    assert "from=" in page.tab.url
    page.tab.go_back()
    assert "from=" not in page.tab.url
    assert "colour=community" in page.tab.url

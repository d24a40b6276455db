"""The page in a real browser: what a reader does with the picture and beside it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from browser import Open, Visit
from conftest import TOY

from kg import evidence, network, opening, view
from kg.model import Article, Claim, Corpus, Evidence, Ref, Span, Status, Text
from kg.store import Store

# -- opening -------------------------------------------------------------------


def test_opening_shows_the_graph(visit: Open, toy_corpus: Corpus) -> None:
    page = visit("toy")
    links = [claim for claim in toy_corpus.claims
             if isinstance(claim.object, Ref) and claim.status is not Status.INFERRED]  # fmt: skip
    linked = {end for claim in links for end in (claim.subject, claim.object.id)}
    assert page.drawn() == (len(linked), len(links)) == (10, 10)
    assert page.tab.title() == "AI ecosystem knowledge graph"
    page.expect("h1").to_have_text("AI ecosystem knowledge graph")
    # More than one colour is on the canvas: something was drawn, not only promised.
    colours = page.tab.evaluate(_COLOURS)
    assert colours > 5


_COLOURS = """() => {
  const canvas = document.querySelector("#picture canvas");
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  const pixels = new Uint32Array(copy.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  const counted = new Map();
  for (const each of pixels) counted.set(each, (counted.get(each) || 0) + 1);
  return [...counted.values()].filter((count) => count > 40).length;
}"""


def test_the_shipped_graph_opens(visit: Open) -> None:
    page = visit("real")
    nodes, edges = page.drawn()
    assert nodes > 80
    assert edges > 100
    page.expect("#status").to_contain_text(str(nodes))


def test_a_large_graph_opens_with_what_matters_and_shows_the_rest_on_demand(visit: Open) -> None:
    page = visit("small")
    assert page.tab.title() == "A small one"
    page_at_opening = page.drawn()
    assert page_at_opening[0] == 12
    page["#all"].click()
    assert page.redrawn(page_at_opening)[0] > 80
    page.tab.go_back()
    page.draws(12)


# -- by mouse ------------------------------------------------------------------


def middle(page: Visit, sign: str) -> tuple[float, float]:
    """The middle of what the canvas shows in the colour of a sign of the legend."""
    x, y = page[f"#filters svg.{sign} path"].first.evaluate(_MIDDLE)
    return x, y


_MIDDLE = """(sign) => {
  const { fill, stroke } = getComputedStyle(sign);
  const [red, green, blue] = (fill === "none" ? stroke : fill).match(/[0-9]+/g).map(Number);
  const canvas = document.querySelector("#picture canvas");
  const { width, height } = canvas;
  const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const pixels = copy.getImageData(0, 0, width, height).data;
  let [x, y, count] = [0, 0, 0];
  for (let at = 0; at < width * height; at++) {
    if (pixels[4 * at] !== red || pixels[4 * at + 1] !== green) continue;
    if (pixels[4 * at + 2] !== blue) continue;
    x += at % width; y += Math.floor(at / width); count++;
  }
  return [x / count / devicePixelRatio, y / count / devicePixelRatio];
}"""


def test_a_click_on_a_shape_or_a_line_says_what_it_is(visit: Open) -> None:
    page = visit("toy", "#focus=busan&hops=1")
    (x, y), (to_x, to_y) = middle(page, "organisation"), middle(page, "place")

    def click(x: float, y: float) -> None:
        page["#picture"].click(position={"x": x, "y": y})

    click(x, y)
    page.expect("#panel h2").to_have_text("Mirae AI Lab")
    click(5, 300)
    page.expect("#panel h2").to_have_text("Details")
    click((x + to_x) / 2, (y + to_y) / 2)
    page.expect("#panel article").to_contain_text("The article places Mirae AI Lab in Busan.")
    page.expect("#panel article").to_contain_text("A mistake of the article.")


def test_a_shape_can_be_dragged(visit: Open) -> None:
    page = visit("toy")
    box = page["#picture"].bounding_box()
    assert box
    x, y = middle(page, "person")
    page.tab.mouse.move(box["x"] + x, box["y"] + y)
    page.tab.mouse.down()
    page.tab.mouse.move(box["x"] + x + 60, box["y"] + y + 40, steps=3)
    page.tab.mouse.up()
    page.tab.mouse.move(1, 1)
    moved = middle(page, "person")
    assert moved == pytest.approx((x + 60, y + 40), abs=3)
    page["#lang"].click()  # what is dragged stays where it was put
    assert middle(page, "person") == pytest.approx(moved, abs=3)


def test_nodes_find_their_places_on_demand_only(visit: Open) -> None:
    page = visit("toy")
    canvas = page["#picture canvas"]
    before = canvas.screenshot()
    assert canvas.screenshot() == before
    page.unfold("#physics").check()
    assert any(canvas.screenshot() != before for _ in range(100))
    page.unfold("#physics").uncheck()


# -- finding -------------------------------------------------------------------


def test_a_search_shows_what_is_known_and_who_says_so(visit: Open) -> None:
    page = visit("toy")
    for typed in ("김하늘", "ㄱㅎㄴ", "김하느", "haneul", "Hanul Kim"):
        page.seek(typed)
        page.expect("#panel h2").to_have_text("Haneul Kim")
        page["#picture"].press("Escape")
        page.expect("#panel h2").to_have_text("Details")
    page.tab.go_back()
    for part in (
        "김하늘", "holds a post at", "Mirae AI Lab", "Head of lab", "stated", "reported",
        "Haneul Kim is head of Mirae AI Lab.", "Mirae Group opens Mirae AI Lab", "2022-05-10",
        "characters 109–115",
    ):  # fmt: skip
        page.expect("#panel").to_contain_text(part)


def test_a_hit_can_be_clicked(visit: Open) -> None:
    page = visit("toy")
    page["#search"].fill("busan")
    page["#hits [role=option]"].first.click()
    page.expect("#panel h2").to_have_text("Busan")
    page.expect("#hits").to_be_hidden()


def test_what_nobody_is_called_is_said(visit: Open) -> None:
    page = visit("toy")
    page["#search"].fill("qqqqqq")
    page.expect("#hits").to_contain_text("Nothing is called that.")


def test_search_brings_in_what_is_not_drawn(visit: Open) -> None:
    page = visit("small")
    before = page.drawn()
    page["#all"].click()
    page.redrawn(before)
    last = page["#table tbody tr"].last.locator("th").inner_text()
    page["#all"].click()
    page.draws(12)
    page.seek(last)
    page.expect("#panel h2").to_have_text(last)
    page.draws(13)


# -- the sentence --------------------------------------------------------------


def test_the_sentence_is_marked_where_the_text_is_at_hand(visit: Open) -> None:
    page = visit("toy")
    text = (TOY / "articles/mirae-launch.txt").read_text("utf-8")
    page.seek("김하늘")
    page["#panel"].get_by_text("Show in the article").first.click()
    page.expect("#article").to_be_visible()
    marked = page["#article mark"].first
    assert marked.inner_text().strip()
    assert marked.inner_text() in text
    assert page["#panel q"].first.inner_text() in text
    page.expect("#panel q").to_have_attribute("lang", "ko")
    assert page["#article p.text"].first.get_attribute("lang") == "ko"


def test_a_long_text_is_scrolled_to_the_sentence(chromium: Any, tmp_path: Path) -> None:
    sentence = "The lab opened 🎉 in May."
    text = f"{'Something else. ' * 999}{sentence}{' Something more.' * 999}"
    start = text.index(sentence)
    proof = Evidence("news", Span(start, start + len(sentence)), evidence.fingerprint(sentence))
    claim = Claim("lab", "partOf", Ref("group"), evidence=(proof,))
    news = Article("news", (Text("en", "News"),), "0" * 64)
    path = tmp_path / "graph.html"
    with opening.graph(Corpus({}, {"news": news}, (claim,))) as graph:
        view.write(network.project(graph), path, texts={"news": text})
    page = Visit(chromium, path, "#sel=lab")
    page.expect("#article mark").to_have_text(sentence)
    assert page["#article mark"].evaluate(_IS_IN_PANE)
    assert page.quiet()
    page.close()


_IS_IN_PANE = """(element) => {
  const pane = document.querySelector("#article").getBoundingClientRect();
  const mark = element.getBoundingClientRect();
  return mark.top >= pane.top && mark.bottom <= pane.bottom;
}"""


def test_without_the_text_the_rest_is_there(visit: Open) -> None:
    page = visit("bare")
    page.seek("김하늘")
    page.expect("#panel").to_contain_text("characters 109–115")
    page.expect("#article").to_be_hidden()
    assert page["#panel q, #article mark"].count() == 0


def test_real_sentences_are_marked_for_who_has_the_texts(
    chromium: Any, tmp_path: Path, articles: Path, shipped_store: Store
) -> None:
    path = tmp_path / "graph.html"
    texts = opening.texts(shipped_store, articles)
    view.write(network.project(shipped_store), path, texts=texts)
    page = Visit(chromium, path)
    page.seek("LG AI")
    page["#panel"].get_by_text("Show in the article").first.click()
    page.expect("#article mark").to_be_visible()
    assert page.quiet()
    page.close()


# -- by keyboard ---------------------------------------------------------------


def test_all_of_it_works_by_keyboard(visit: Open) -> None:
    page = visit("toy")
    keys = page.tab.keyboard
    focused = "document.activeElement.id"
    for _ in range(10):
        keys.press("Tab")
        if page.tab.evaluate(focused) == "search":
            break
    keys.type("미래AI랩")
    page["#hits [role=option]"].first.wait_for()
    keys.press("ArrowDown")
    keys.press("Enter")
    page.expect("#panel h2").to_have_text("Mirae AI Lab")
    for _ in range(20):
        if page.tab.evaluate(focused) == "picture":
            break
        keys.press("Tab")
    assert page.tab.evaluate(focused) == "picture"
    assert page.tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    keys.press("ArrowRight")
    page.expect("#panel h2").not_to_have_text("Mirae AI Lab")
    keys.press("Escape")
    page.expect("#panel h2").to_have_text("Details")
    keys.press("+")
    keys.press("Tab")
    assert page.tab.evaluate(focused) != "picture"


# -- filters -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filter", "value", "edges"),
    [("type", "Place", 8), ("relation", "locatedIn", 8), ("status", "planned", 7)],
)
def test_a_filter_changes_picture_and_table(
    visit: Open, filter: str, value: str, edges: int
) -> None:
    page = visit("toy")
    rows = page["#table tbody tr"].count()
    before = page.drawn()[1]
    page.choose(filter, value).uncheck()
    page.draws(edges=edges)
    page.rows(rows - before + edges)
    assert f"{filter}=" in page.tab.url
    page.choose(filter, value).check()
    page.draws(edges=before)


def test_sources_filter(visit: Open) -> None:
    page = visit("toy")
    before = page.drawn()
    page.choose("source", "mirae-launch").uncheck()
    assert page.redrawn(before)[1] < before[1]


def test_what_is_inferred_comes_on_demand(visit: Open) -> None:
    page = visit("toy")
    box = page.choose("status", "inferred")
    assert not box.is_checked()
    nodes, edges = page.drawn()
    box.check()
    page.draws(nodes, edges + 1)
    page.expect("#table").to_contain_text("Through the lab Haneul Kim holds a post in Mirae Group.")


def test_the_slider_leaves_what_fits_the_time(visit: Open) -> None:
    page = visit("toy")
    before = page.drawn()
    page["#undated"].uncheck()
    dated = page.redrawn(before)
    assert 0 < dated[1] < before[1]
    page["#to"].focus()
    page["#to"].press("Home")
    assert page.redrawn(dated)[1] < dated[1]
    assert re.search(r"to=\d{4}-\d\d", page.tab.url)
    page["#reset"].click()
    page.draws(*before)


def test_the_neighbourhood_of_one(visit: Open) -> None:
    page = visit("toy")
    page.seek("busan")
    page.unfold("#hops").select_option("1")
    page.draws(2, 1)
    page.unfold("#hops").select_option("2")
    assert page.redrawn((2, 1))[0] > 4
    page.unfold("#hops").select_option("0")
    page.draws(10)


def test_the_way_from_one_to_another(visit: Open) -> None:
    page = visit("toy")
    page.unfold("#path-from")
    page.seek("부산", "#path-from")
    page.seek("김하늘", "#path-to")
    page.expect("#panel").to_contain_text("2 steps")
    for part in ("Busan", "located in", "Mirae AI Lab", "holds a post at", "Haneul Kim"):
        page.expect("#panel").to_contain_text(part)


def test_communities_have_colours_and_a_legend(visit: Open) -> None:
    page = visit("real")
    before = page["#picture canvas"].screenshot()
    page.unfold("#colour").select_option("community")
    page.expect("#communities").to_contain_text("Around LG AI Research")
    assert "colour=community" in page.tab.url
    assert page["#picture canvas"].screenshot() != before


def test_reset_goes_back_to_the_opening(visit: Open) -> None:
    page = visit("toy")
    before = page.drawn()
    page.choose("type", "Person").uncheck()
    page.seek("busan")
    page.unfold("#hops").select_option("1")
    page["#reset"].click()
    page.draws(*before)
    page.expect("#panel h2").to_have_text("Details")
    assert page.tab.url in (page.address, page.address + "#")


# -- languages -----------------------------------------------------------------


def test_the_language_changes_page_and_names(visit: Open) -> None:
    page = visit("toy")
    page.seek("haneul")
    page.expect("#lang").to_have_text("한국어")
    page["#lang"].click()
    page.expect("html").to_have_attribute("lang", "ko")
    page.expect("#panel h2").to_have_text("김하늘")
    page.expect("#panel").to_contain_text("김하늘은 미래AI랩의 랩장이다.")
    page.expect("#table thead").to_contain_text("풀어 쓴 말")
    page.expect("#table caption").to_contain_text("주장")
    assert page.tab.title() == "AI 생태계 지식 그래프"
    assert page["#search"].get_attribute("aria-label") == "이름이나 초성으로 찾기"
    page["#lang"].click()
    page.expect("#panel h2").to_have_text("Haneul Kim")
    assert page.tab.title() == "AI ecosystem knowledge graph"

"""The page for who reads it as a table, by its address, on paper, on a phone, in the dark."""

from __future__ import annotations

import re
import zlib

import pytest
from browser import Open, Visit

# -- the table -----------------------------------------------------------------


def column(page: Visit, number: int) -> list[str]:
    return [str(each) for each in page[f"#table tbody tr > :nth-child({number})"].all_inner_texts()]


def test_every_column_sorts_both_ways(visit: Open) -> None:
    page = visit("toy")
    heads = page["#table thead th"]
    for number in range(1, heads.count() + 1):
        for direction in ("ascending", "descending"):
            heads.nth(number - 1).get_by_role("button").click()
            page.expect(f"#table thead th:nth-child({number})").to_have_attribute(
                "aria-sort", direction
            )
            assert page["#table [aria-sort]"].count() == 1
            texts = [text.partition("rank:")[0].strip() for text in column(page, number) if text]
            ordered = page.tab.evaluate(
                "(all) => [...all].sort(new Intl.Collator('en', { numeric: true }).compare)", texts
            )
            wanted = ordered if direction == "ascending" else ordered[::-1]
            assert texts == wanted
            assert all(column(page, number)[: len(texts)]), "what is empty comes last"


def test_the_table_turns_its_pages(visit: Open) -> None:
    page = visit("real")
    page.rows(100)
    first = column(page, 6)
    page["#pages"].get_by_role("button", name="Next page").click()
    page.expect("#pages").to_contain_text("Page 2 of 2")
    page.expect("#table caption").to_contain_text("Claims 101 to")
    assert not set(first) & set(column(page, 6))
    assert page["#pages button:focus"].inner_text() == "Previous page"
    page["#pages button:focus"].press("Enter")
    page.expect("#pages").to_contain_text("Page 1 of 2")
    assert column(page, 6) == first


def test_a_link_in_the_table_leads_to_the_panel_and_back(visit: Open) -> None:
    page = visit("toy")
    page["#table tbody"].get_by_role("link", name="Busan").first.click()
    page.expect("#panel h2").to_have_text("Busan")
    page.expect("#panel").to_be_focused()
    page["#table tbody"].get_by_role("link", name="founded", exact=True).first.click()
    page.expect("#panel").to_contain_text("Mirae Group founded Mirae AI Lab on 3 April 2022.")
    page.tab.go_back()
    page.expect("#panel h2").to_have_text("Busan")
    page.tab.go_back()
    page.expect("#panel h2").to_have_text("Details")
    page.tab.go_forward()
    page.expect("#panel h2").to_have_text("Busan")


def test_the_table_is_one_for_screen_readers(visit: Open) -> None:
    page = visit("toy")
    table = page.tab.get_by_role("table", name="Claims 1 to")
    assert table.get_by_role("columnheader").count() == 7
    assert page["#table thead th[scope=col]"].count() == 7
    assert page["#table tbody th[scope=row]"].count() == page["#table tbody tr"].count()
    assert table.get_by_role("rowheader").count() == page["#table tbody tr"].count() > 10


# -- the address ---------------------------------------------------------------


def test_an_address_brings_back_what_was_shown(visit: Open) -> None:
    page = visit("toy")
    page.choose("status", "planned").uncheck()
    page.seek("김하늘")
    page["#table thead button"].nth(2).click()
    page["#lang"].click()
    page.expect("html").to_have_attribute("lang", "ko")
    before, rows = page.drawn(), column(page, 3)
    fragment = page.tab.url.removeprefix(page.address)
    page.open(fragment)
    page.draws(*before)
    page.expect("#panel h2").to_have_text("김하늘")
    assert column(page, 3) == rows
    assert not page.choose("status", "planned").is_checked()


def test_an_address_that_makes_no_sense_opens_the_page(visit: Open) -> None:
    page = visit("toy")
    opened = page.drawn()
    for fragment in (
        "#sel=nobody&hops=x&from=never&lang=fr",
        "#%",
        "#sel=%E0%A4%A",
        "#a=&b=&__proto__=1&sort=constructor",
    ):
        page.open(fragment)
        assert page.drawn() == opened, fragment
        assert page.quiet()


# -- on paper and on any screen --------------------------------------------------


def test_on_paper_there_is_the_table_and_no_controls(visit: Open) -> None:
    page = visit("real")
    page.tab.emulate_media(media="print")
    for hidden in ("#tools", "#exports", "#pages", "#lang"):
        page.expect(hidden).to_be_hidden()
    page.expect("#table").to_be_visible()
    page.expect(".sources").to_be_visible()
    all_of_it = int((page["caption"].text_content() or "").split()[-1])
    page.tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.rows(all_of_it)
    page.tab.evaluate("dispatchEvent(new Event('afterprint'))")
    page.rows(100)
    # Each glyph that is painted is an operand of Tj or TJ: white paper has none.
    painted = b"".join(
        re.findall(rb"<([0-9A-Fa-f]+)>(?= Tj|[^\]]*\] ?TJ)", _streams(page.tab.pdf()))
    )
    table = page["#table tbody"].inner_text()
    assert len(painted) / 4 > len("".join(table.split()))


def _streams(pdf: bytes) -> bytes:
    """What is painted on the pages, as plain operators."""
    assert pdf.startswith(b"%PDF-")
    found = re.findall(rb"FlateDecode[^>]*>> ?stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    return b"\n".join(zlib.decompress(each) for each in found)


@pytest.mark.parametrize("name", ["toy", "real"])
def test_a_phone_scrolls_one_way_only(visit: Open, name: str) -> None:
    width = 360
    page = visit(name, "#lang=ko", viewport={"width": width, "height": 800}, has_touch=True)
    wide = "document.documentElement.scrollWidth"
    assert page.tab.evaluate(wide) <= width
    page.seek("연구")
    page.expect("#panel h2").not_to_have_text("자세히")
    assert page.tab.evaluate(wide) <= width


def test_it_is_dark_where_the_reader_wants_it_dark(visit: Open) -> None:
    paper = "getComputedStyle(document.body).backgroundColor.match(/[0-9]+/g).map(Number)"
    light = visit("toy").tab.evaluate(paper)
    dark = visit("toy", color_scheme="dark").tab.evaluate(paper)
    assert min(light[:3]) > 230
    assert max(dark[:3]) < 60


def test_nothing_moves_for_who_wants_that(visit: Open) -> None:
    page = visit("toy", reduced_motion="reduce")
    opened = page.tab.evaluate(_FRAME)
    page["#picture"].focus()
    for _ in range(8):
        page["#picture"].press("+")
    page.seek("busan")
    page.expect("#panel h2").to_have_text("Busan")
    shown = page.tab.evaluate(_FRAME)
    assert shown != opened
    assert page.tab.evaluate(_FRAME) == shown, "it goes where it is to be at once"
    physics = page.unfold("#physics")
    physics.click()
    page.expect("#physics").not_to_be_checked()  # places are found unseen: nothing is left to do
    settled = page.tab.evaluate(_FRAME)
    assert page.tab.evaluate(_FRAME) == settled != shown


_FRAME = """async () => {
  const frame = () => new Promise((done) => { requestAnimationFrame(done); });
  await frame();
  await frame();
  return document.querySelector("#picture canvas").toDataURL();
}"""
"""The picture when what was asked for is painted."""


def test_without_scripts_there_is_the_table(visit: Open) -> None:
    page = visit("toy", java_script_enabled=False)
    assert "needs JavaScript" in page["#picture"].inner_text()
    assert page["tbody tr"].count() >= 13
    for hidden in ("#tools", "#filters", "#exports", "#lang", "#zoom"):
        page.expect(hidden).to_be_hidden()
    page.expect(".sources").to_contain_text("Mirae Group opens Mirae AI Lab")
    for lang, text in (("en", "opened in 2021"), ("ko", "투자한다")):  # that of the article
        page.expect(f"q[lang={lang}]").to_contain_text(text)

"""The card of an entity: in time, with its sources, on a day."""

from __future__ import annotations

import json
import re

import pytest
from rich.cells import cell_len
from test_cli import ON_TOY, WITH_TEXT, Ran

from kg import listing, show
from kg.store import Store


def test_a_card_says_what_is_known_and_what_others_say(toy_store: Store) -> None:
    text = show.card(toy_store, "mirae-ai-lab").text()
    outward, _, inward = text.partition("\nWhat others say of it\n")
    assert "\npart of\n  Mirae Group [" in outward
    assert "\n← founded\n  Mirae Group; at 2022-04-03 [" in inward
    assert "← holds a post at" in inward


def test_a_passage_is_listed_once_and_called_for_by_number(toy_store: Store) -> None:
    text = show.card(toy_store, "kim-haneul").text()
    notes = [line for line in text.partition("\nSources\n")[2].splitlines() if line]
    assert [line.split()[0] for line in notes] == [f"[{n}]" for n in range(1, len(notes) + 1)]
    assert len({line.partition("]")[2] for line in notes}) == len(notes)
    for number in range(1, len(notes) + 1):
        assert f"[{number}]" in text.partition("\nSources\n")[0]


def test_posts_stand_in_order_of_time(shipped_store: Store) -> None:
    card = show.card(shipped_store, "lg-ai-research")
    founded = [fact for fact in card.record()["facts"] if fact["predicate"] == "foundedOn"]
    text = card.text().partition("founded on\n")[2]
    values = sorted(fact["value"] for fact in founded)
    assert [text.index(f"  {value}") for value in values] == sorted(
        text.index(f"  {value}") for value in values
    )


@pytest.mark.parametrize("width", [40, 60, 100])
@pytest.mark.parametrize("lang", ["en", "ko"])
def test_lines_fit_the_terminal(shipped_store: Store, width: int, lang: str) -> None:
    card = show.card(shipped_store, "lee-honglak", lang)
    lines = card.text(width=width).splitlines()
    too_wide = [line for line in lines if cell_len(line) > width and len(line.split()) > 1]
    assert not too_wide
    assert "".join(card.text(width=width).split()) == "".join(card.text().split())


def test_a_premise_is_told_in_words(toy_store: Store) -> None:
    text = show.card(toy_store, "kim-haneul").text()
    assert "Follows from: Haneul Kim is head of Mirae AI Lab." in text


def test_show_as_json(capfd: pytest.CaptureFixture[str]) -> None:
    ran = Ran(capfd, "show", "kim-haneul", *ON_TOY, *WITH_TEXT, "-f", "json", "--at", "2022-05")
    card = json.loads(ran.out)
    assert (ran.code, card["id"], card["cls"]) == (0, "kim-haneul", "Person")
    assert {each["relation"] for each in card["outward"]} == {"holdsPost", "heldPost", "said"}
    assert {each["validity"] for each in card["outward"]} == {"possible", "undated"}
    assert card["footnotes"][0]["quote"]


def test_show_on_a_day(capfd: pytest.CaptureFixture[str]) -> None:
    before = Ran(capfd, "show", "kim-haneul", *ON_TOY, "--at", "2022-05-09").out
    assert "Nuri Institute; latest 2022-05-10; role Senior researcher  [date not certain]" in before
    assert "Mirae AI Lab; role Head of lab  [undated]" in before
    after = Ran(capfd, "show", "kim-haneul", *ON_TOY, "--at", "2022-05-10").out
    assert "Nuri" not in after


def test_what_another_source_contradicts_is_marked(capfd: pytest.CaptureFixture[str]) -> None:
    ran = Ran(capfd, "show", "mirae-ai-lab", *ON_TOY)
    assert re.findall(r"(\S+)  \[.*contradicted", ran.out) == ["2021", "2022-04"]
    record = json.loads(Ran(capfd, "show", "mirae-ai-lab", *ON_TOY, "-f", "json").out)
    told = [each for each in record["facts"] if each.get("contradicted")]
    assert {each["predicate"] for each in told} == {"foundedOn"}
    assert len(told) == 2


@pytest.mark.parametrize("date", ["yesterday", "2021-02-30", "2021-01-01T10:00:00", "21"])
def test_a_day_that_is_none_is_exit_2(capfd: pytest.CaptureFixture[str], date: str) -> None:
    ran = Ran(capfd, "show", "kim-haneul", *ON_TOY, "--at", date)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"--at {date}: is ")
    assert ran.err.endswith("write YYYY, YYYY-MM or YYYY-MM-DD\n")


def test_the_words_of_both_languages_are_the_same_set() -> None:
    assert listing.words("en").keys() == listing.words("ko").keys()

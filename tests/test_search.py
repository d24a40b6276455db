"""Search: what people type, and what they should find first."""

from __future__ import annotations

import json
import unicodedata
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cli import ON_TOY, Ran

from kg import corpus, hangul, lookup, opening, paths
from kg.errors import KGError
from kg.search import Index, Name
from kg.store import Store


@cache
def shipped() -> Index:
    with opening.graph(corpus.load(paths.shipped("data"))) as store:
        return Index.of(store)


@cache
def toy() -> Index:
    with opening.graph(corpus.load(Path(__file__).parent / "toy/data")) as store:
        return Index.of(store)


@pytest.mark.parametrize(
    ("text", "first", "how"),
    [
        # the same name, however it is written
        ("이홍락", "lee-honglak", "same"),
        ("honglak lee", "lee-honglak", "same"),
        ("LG AI 연구원", "lg-ai-research", "same"),
        ("LG AI연구원", "lg-ai-research", "same"),
        ("L G A I 연구원", "lg-ai-research", "same"),
        ("ＬＧ　ＡＩ연구원", "lg-ai-research", "same"),
        ("lg-ai-research", "lg-ai-research", "same"),
        ("꾸옥레", "quoc-le", "same"),
        (unicodedata.normalize("NFD", "서울대학교"), "seoul-national-university", "same"),
        # half typed
        ("이호", "lee-honglak", "begins"),
        ("이홍ㄹ", "lee-honglak", "initials"),
        ("이홍라", "lee-honglak", "begins"),
        (unicodedata.normalize("NFD", "이호"), "lee-honglak", "begins"),
        ("seoul nat", "seoul-national-university", "begins"),
        ("카카", "kakao-brain", "begins"),
        # initial consonants
        ("ㅇㅎㄹ", "lee-honglak", "initials"),
        ("ㅇ홍락", "lee-honglak", "initials"),
        ("ㅂㄱㅎ", "bae-kyunghoon", "initials"),
        ("LGㅈㅈ", "lg-electronics", "initials"),
        ("ㅅㅇㄷ", "seoul-national-university", "initials"),
        # particles
        ("이홍락이", "lee-honglak", "same"),
        ("서울대와", "seoul-national-university", "same"),
        ("토론토대학교에서", "university-of-toronto", "same"),
        ("카카오 브레인은", "kakao-brain", "same"),
        ("연구원은", "lg-ai-research", "contains"),
        # romanisations that no alias has
        ("Yi Hong-rak", "lee-honglak", "sound"),
        ("I Hongrak", "lee-honglak", "sound"),
        ("Hongrak Yi", "lee-honglak", "sound"),
        ("Bae Gyeonghun", "bae-kyunghoon", "same"),
        ("Pae Kyonghun", "bae-kyunghoon", "sound"),
        ("Goo Gwangmo", "koo-kwang-mo", "sound"),
        ("Chang Byungtak", "zhang-byoung-tak", "sound"),
        # slips
        ("google brian", "google-brain", "similar"),
        ("Seoul Natonal", "seoul-national-university", "similar"),
        ("ted sarjent", "ted-sargent", "similar"),
        ("배경혼", "bae-kyunghoon", "sound"),
        ("엘쥐전자", "lg-electronics", "sound"),
        # identifiers
        ("https://ror.org/00nt82y31", "lg-ai-research", "same"),
        ("00nt82y31", "lg-ai-research", "contains"),
    ],
)
def test_the_first_hit_on_the_shipped_graph(text: str, first: str, how: str) -> None:
    hit = shipped().search(text)[0]
    assert (hit.entity, hit.how) == (first, how)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("ㄱㅎㄴ", "kim-haneul"),
        ("ㅄ", "busan"),  # which is what the keyboard makes of ㅂ and ㅅ
        ("Gim Haneul", "kim-haneul"),
        ("Hanul Kim", "kim-haneul"),
        ("미래 ai랩은", "mirae-ai-lab"),
        ("한별", "hanbyeol-university"),
        ("mirae.example", "mirae-ai-lab"),
        ("누리연구서", "nuri-institute"),
    ],
)
def test_the_first_hit_on_the_toy_graph(text: str, first: str) -> None:
    assert toy().search(text)[0].entity == first


@pytest.mark.parametrize(
    "text", ["", " ", "!?", "zzzzqq", "ㅋㅋㅋㅋㅋ", "\x00", "가" * 5000, "(", "[ㄱ"]
)
def test_what_nothing_is_called_finds_nothing(text: str) -> None:
    assert [hit for hit in shipped().search(text) if hit.score > 75 and text != "[ㄱ"] == []


NAMES = [
    name for name in shipped().names if name.kind == "label" and len(hangul.fold(name.text)) > 3
]


@given(
    name=st.sampled_from(NAMES),
    place=st.integers(0),
    letter=st.sampled_from("aeknr"),
    kind=st.integers(0, 2),
)
@settings(max_examples=300, deadline=None)
def test_any_label_with_one_typing_error_is_among_the_first_three(
    name: Name, place: int, letter: str, kind: int
) -> None:
    """A letter typed wrong, left out or typed twice; of a Korean name a letter of a syllable."""
    typed = unicodedata.normalize("NFD", name.text)
    at = place % len(typed)
    middle = (
        (letter, "", typed[at] * 2)[kind] if typed[at].isascii() else ("", typed[at] * 2)[kind % 2]
    )
    slip = unicodedata.normalize("NFC", typed[:at] + middle + typed[at + 1 :])
    assert name.entity in [hit.entity for hit in shipped().search(slip, 3)], slip


@given(name=st.sampled_from(shipped().names), form=st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
@settings(max_examples=100, deadline=None)
def test_every_name_finds_its_entity_in_every_form_and_spacing(name: Name, form: str) -> None:
    text = unicodedata.normalize(form, f"  {name.text.upper()} ".replace(" ", "  "))
    same = [hit.entity for hit in shipped().search(text, 20) if hit.how == "same"]
    assert name.entity in same


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_text_is_answered(text: str) -> None:
    hits = shipped().search(text, 5)
    assert len({hit.entity for hit in hits}) == len(hits) <= 5
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_numbers_in_names_count() -> None:
    index = Index(Name(f"lab-{n}", "label", "en", f"Lab {n}") for n in range(200))
    for text in ("Lab 77", "Labb 77", "lab  77", "Lap 77", "lb77"):
        assert index.search(text)[0].entity == "lab-77"


def test_the_order_does_not_depend_on_the_order_of_names() -> None:
    turned = Index(reversed(shipped().names))
    for text in ("LG", "ㄱ", "연구", "research"):
        plain = [hit.entity for hit in Index(shipped().names).search(text)]
        assert [hit.entity for hit in turned.search(text)] == plain


def test_search_on_the_command_line(capfd: pytest.CaptureFixture[str]) -> None:
    ran = Ran(capfd, "search", "ㄱㅎㄴ", *ON_TOY)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "Haneul Kim  person  kim-haneul  initials (name): 김하늘\n"
    ran = Ran(capfd, "search", "미래", *ON_TOY, "-n", "1", "-f", "json", "--lang", "ko")
    (hit,) = json.loads(ran.out)
    assert (ran.code, hit["name"]["text"], hit["how"]) == (0, "미래", "same")


def test_nothing_found_is_exit_1_with_the_nearest(capfd: pytest.CaptureFixture[str]) -> None:
    ran = Ran(capfd, "search", "hambeul inst", *ON_TOY)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "hambeul inst: nothing found; "
        "nearest: 'kim-haneul', 'hanbyeol-university', 'mirae-investment'\n"
    )
    ran = Ran(capfd, "search", "qqqq", *ON_TOY, "-f", "json")
    assert (ran.code, json.loads(ran.out), ran.err) == (1, [], "qqqq: nothing found\n")


def test_find_wants_the_name_itself(toy_store: Store) -> None:
    for text in ("kim-haneul", "id:kim-haneul", "https://w3id.org/aieco/id/kim-haneul", "김하늘"):
        assert lookup.find(toy_store, text) == "kim-haneul"
    assert lookup.find(toy_store, " HANUL KIM ") == "kim-haneul"
    with pytest.raises(KGError, match="names 2 entities; say which: mirae-ai-lab, mirae-group"):
        lookup.find(toy_store, "Mirae")
    with pytest.raises(KGError, match="no entity has this name; did you mean 'kim-haneul'"):
        lookup.find(toy_store, "ㄱㅎㄴ")
    with pytest.raises(KGError, match="no entity has this name; kg search finds parts of names"):
        lookup.find(toy_store, "qqqq")

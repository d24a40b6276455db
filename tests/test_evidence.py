"""Spans are exact, quotes are never guessed, and a changed text is noticed."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg import evidence
from kg.model import Corpus, Record, Span

HERE = Path(__file__).parent
NFD = unicodedata.normalize("NFD", "연구원")


@pytest.mark.parametrize(
    ("text", "quote", "span"),
    [
        ("AI 연구원이", "연구원", (3, 6)),
        (f"AI {NFD}이", "연구원", (3, 3 + len(NFD))),
        ("AI 연구원이", NFD, (3, 6)),
        ("\ufeffAI 연구원", "AI", (1, 3)),
        ("한 줄\r\n다음 줄", "줄 다음", (2, 7)),
        ("AI\u00a0연구원", "AI 연구원", (0, 6)),
        ("👋🏽 AI", "AI", (3, 5)),
        ("café olé", unicodedata.normalize("NFD", "olé"), (5, 8)),
        (unicodedata.normalize("NFD", "é!"), "!", (2, 3)),
    ],
)
def test_a_quote_is_found_as_a_reader_sees_it(text: str, quote: str, span: tuple[int, int]) -> None:
    assert evidence.find(text, quote) == [Span(*span)]
    found, sha256 = evidence.pin(text, quote)
    assert sha256 == evidence.fingerprint(text[found.start : found.end])


@pytest.mark.parametrize(
    ("text", "quote", "occurrence", "message"),
    [
        ("one two", "three", 0, "the quote 'three' is not in the text$"),
        ("one two", "  ", 0, "the quote '' is not in the text$"),
        (
            "x\none two  one",
            "one two one four five six",
            0,
            "'one two one four five …' .* agrees with line 2, column 1, up to 'one two one'$",
        ),
        (unicodedata.normalize("NFD", "é"), "e", 0, "the quote 'e' is not in the text"),
        (
            "one\ntwo one",
            "one",
            0,
            r"stands in 2 places \(1: line 1, column 1, 2: line 2, column 5\); say occurrence = N",
        ),
        (f"연구원 {NFD}", "연구원", 0, "stands in 2 places"),
        ("one", "one", 2, "there is no occurrence 2, the quote stands there 1x"),
    ],
)
def test_a_quote_that_is_not_one_place_is_refused(
    text: str, quote: str, occurrence: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        evidence.pin(text, quote, occurrence)


@given(
    st.text(alphabet="ab 한글\u00a0\r\n\ufeff\u1112\u1161\u11ab\u0301😀", max_size=30), st.data()
)
def test_what_is_pinned_is_found_again(text: str, data: st.DataObject) -> None:
    """Whatever is cut out of a text at character borders is found at its own place."""
    borders = [0, *(unit.end for unit in evidence._units(text))]
    start, end = sorted(data.draw(st.tuples(st.sampled_from(borders), st.sampled_from(borders))))
    quote = text[start:end]
    for span in evidence.find(text, quote):
        again = [unit.seen for unit in evidence._units(text[span.start : span.end])]
        assert again == [unit.seen for unit in evidence._units(quote.strip())]
    if any(unit.seen.strip() for unit in evidence._units(quote)):
        assert any(start <= span.start and span.end <= end for span in evidence.find(text, quote))


def test_every_toy_evidence_is_proven(toy_corpus: Corpus) -> None:
    material, problems = evidence.read_material(
        toy_corpus, HERE / "toy/data", HERE / "toy/articles"
    )
    proof = evidence.prove(toy_corpus, material)
    assert not problems
    assert (proof.proven, proof.unproven, proof.problems) == (15, {}, ())


def test_without_the_texts_only_datasets_are_proven(toy_corpus: Corpus) -> None:
    material, _ = evidence.read_material(toy_corpus, HERE / "toy/data", None)
    proof = evidence.prove(toy_corpus, material)
    assert (proof.proven, dict(proof.unproven)) == (2, {"mirae-launch": 9, "mirae-review": 4})


def test_every_shipped_evidence_is_proven(shipped_corpus: Corpus, articles: Path) -> None:
    material, problems = evidence.read_material(shipped_corpus, HERE.parent / "data", articles)
    proof = evidence.prove(shipped_corpus, material)
    assert not problems
    assert proof.problems == ()
    assert not proof.unproven
    assert proof.proven > 150


def test_a_moved_passage_is_named_with_its_new_place(toy_corpus: Corpus) -> None:
    material, _ = evidence.read_material(toy_corpus, HERE / "toy/data", HERE / "toy/articles")
    text = material["mirae-review"]
    assert isinstance(text, str)
    proof = evidence.prove(toy_corpus, {**material, "mirae-review": "New: " + text})
    assert len(proof.problems) == 4
    assert "the same words now stand at" in str(proof.problems[0])


def test_a_changed_record_is_noticed(toy_corpus: Corpus) -> None:
    records = {"https://registry.example/mirae-ai-lab": {"founded": "2023"}}
    proof = evidence.prove(toy_corpus, {"toy-registry": records})
    assert [problem.what for problem in proof.problems] == [
        f"{pointer} in record 'https://registry.example/mirae-ai-lab' "
        "of 'toy-registry' is not what the claim was pinned to"
        for pointer in ("/founded", "/links/web~1site")
    ]


@pytest.mark.parametrize(
    ("pointer", "message"),
    [("/b", "has nothing at /b"), ("/a/7", "has nothing at /a/7"), ("/a/0/c", "has nothing at")],
)
def test_a_pointer_to_nothing_is_refused(pointer: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        evidence.pin_record({"r": {"a": ["x"]}}, Record("r", pointer))


def test_sentences_are_cut_at_lines_and_stops() -> None:
    text = "제목\n\n연구원을 세웠다. 값은 2.5이다! “끝났나?” 그는 물었다.\r\n  Next… one"
    cut = [text[start:end] for start, end in evidence.sentences(text)]
    assert cut == [
        "제목",
        "연구원을 세웠다.",
        "값은 2.5이다!",
        "“끝났나?”",
        "그는 물었다.",
        "Next… one",
    ]


def test_coverage_tells_what_no_claim_rests_on(toy_corpus: Corpus) -> None:
    text = (HERE / "toy/articles/mirae-review.txt").read_text(encoding="utf-8")
    covered = evidence.coverage(toy_corpus, "mirae-review", text)
    assert [len(sentence.claims) for sentence in covered] == [0, 0, 3, 1, 0]

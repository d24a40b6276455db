"""Every named question: its header, its parameters, and its answers on both graphs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pyoxigraph as ox
import pytest
from questions import given

from kg import names, queries, results
from kg.cli import main
from kg.errors import KGError, Problems
from kg.queries import Question, parameters
from kg.store import Store

GOLDEN = Path(__file__).parent / "golden/queries"
CATALOGUE = queries.catalogue()

HOSTILE = (
    'x"@en } UNION { ?s ?p ?o } #',
    "') } ; DROP ALL #",
    "id:lg } INSERT DATA { id:a id:b id:c",
    "> <http://127.0.0.1:9/> SERVICE {",
    "\\u0022 } { ?person ?post ?role }",
    "lg\n}\n{ ?s ?p ?o",
    "?organisation",
    "UNDEF",
)


@pytest.mark.parametrize("graph", ["toy", "shipped"])
@pytest.mark.parametrize("name", CATALOGUE)
def test_a_question_answers_as_it_did(
    name: str, graph: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Wrong answers are mended in the query, right ones by ``pytest --golden``."""
    question = CATALOGUE[name]
    store: Store = request.getfixturevalue(f"{graph}_store")
    bindings = queries.bind(store, name, question.parameters, given(question, graph))
    out = tmp_path / "answer.md"
    labels = results.Labels(store)
    answer = store.query(question.text, bindings=bindings, place=name)
    results.write(answer, str(out), labels=labels)
    golden = GOLDEN / graph / f"{name}.md"
    if request.config.getoption("--golden"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_bytes(out.read_bytes())
    assert out.read_text("utf-8") == golden.read_text("utf-8")


def test_every_golden_answer_belongs_to_a_question() -> None:
    for graph in ("toy", "shipped"):
        assert {path.stem for path in (GOLDEN / graph).iterdir()} == set(CATALOGUE)


def test_there_are_questions_enough() -> None:
    assert len(CATALOGUE) >= 30


@pytest.mark.parametrize("question", CATALOGUE.values(), ids=lambda question: question.name)
def test_a_header_says_what_the_question_is(question: Question) -> None:
    texts = [question.titles, question.descriptions]
    for each in (*texts, *(parameter.descriptions for parameter in question.parameters)):
        assert set(each) == {"en", "ko"}
        assert re.search("[가-힣]", each["ko"])
        assert not re.search("[가-힣]", each["en"])
    assert all(title.endswith("?") for title in question.titles.values())
    assert question.example.startswith(f"kg query {question.name}")
    needed = {each.name for each in question.parameters if each.required}
    assert needed <= {each.partition("=")[0] for each in given(question, "shipped")}
    assert len({question.titles["en"] for question in CATALOGUE.values()}) == len(CATALOGUE)


@pytest.mark.parametrize("question", CATALOGUE.values(), ids=lambda question: question.name)
def test_a_question_groups_only_to_count(question: Question) -> None:
    """Virtuoso loses rows of others, see docs/engines.md."""
    text = question.text.partition("WHERE")
    assert "GROUP BY" not in text[2] or re.search(r"\((COUNT|SUM|MIN|MAX|SAMPLE)\(", text[0])


@pytest.mark.parametrize("question", CATALOGUE.values(), ids=lambda question: question.name)
def test_an_answer_is_in_a_fixed_order(question: Question) -> None:
    assert "\nORDER BY " in question.text


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_example_of_a_question_runs(capfd: pytest.CaptureFixture[str], lang: str) -> None:
    for question in (CATALOGUE["posts"], CATALOGUE["timeline"], CATALOGUE["without-identifier"]):
        assert main([*shlex.split(question.example)[1:], "--lang", lang]) == 0
        assert capfd.readouterr().out.startswith(question.titles[lang] + "\n")


# -- parameters --------------------------------------------------------------


@pytest.mark.parametrize(
    "wanted",
    [
        "mirae-ai-lab",
        "id:mirae-ai-lab",
        names.entity_iri("mirae-ai-lab"),
        "미래AI랩",
        "MIRAE AI LAB",
    ],
)
def test_an_entity_is_given_by_any_of_its_names(toy_store: Store, wanted: str) -> None:
    question = CATALOGUE["people"]
    bound = queries.bind(toy_store, "people", question.parameters, [f"organisation={wanted}"])
    assert bound == {"organisation": ox.NamedNode(names.entity_iri("mirae-ai-lab"))}


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("people", [], "people: needs parameter 'organisation' (whose people)"),
        ("people", ["organization=x"], "has no parameter 'organization'; did you mean 'organi"),
        ("people", ["organisation"], "organisation: is no parameter; write --param name=value"),
        ("people", ["organisation="], "people: parameter 'organisation' is empty"),
        ("people", ["organisation=Mirae"], "Mirae: names 2 entities; say which: mirae-ai-lab, mi"),
        ("people", ["organisation=seoul"] * 2, "parameter 'organisation' is given twice"),
        ("plans-due", ["year=23"], "year=23: is no year; write it as 2023"),
        ("timeline", ["from=2023-13"], "from=2023-13: is no date; write it as 2023, 2023-04 or"),
        ("entities", ["class=Persn"], "class=Persn: is no class of the ontology; did you mean 'P"),
        ("missions", ["status=plan"], "status=plan: is no status of the ontology; did you mean"),
        ("from-source", ["source=mirae-lunch"], "no source has this id or title; did you mean"),
        ("events", ["when=2020"], "events: has no parameter 'when'; it has event, organiser"),
        ("rejected", ["x=1"], "rejected: has no parameter 'x'; it has none"),
    ],
)
def test_a_wrong_parameter_is_told_in_one_line(
    toy_store: Store, name: str, given: list[str], message: str
) -> None:
    with pytest.raises(KGError) as raised:
        queries.bind(toy_store, name, CATALOGUE[name].parameters, given)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_terms_and_sources_are_given_by_name_or_label(toy_store: Store) -> None:
    def bound(name: str, parameter: str, value: str) -> str:
        question = CATALOGUE[name]
        terms = queries.bind(toy_store, name, question.parameters, [f"{parameter}={value}"])
        return names.compact(terms[parameter].value)

    for value in ("ResearchTopic", "research topic", "aie:ResearchTopic", "연구 주제"):
        assert bound("entities", "class", value) == "aie:ResearchTopic"
    assert bound("plans", "relation", "partner of") == "aie:partnerOf"
    assert bound("missions", "status", "planned") == "aie:Planned"
    for value in ("mirae-review", "source:mirae-review", "A year of Mirae AI Lab"):
        assert bound("from-source", "source", value) == "source:mirae-review"


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_changes_nothing(toy_store: Store, value: str) -> None:
    before = len(toy_store)
    question = CATALOGUE["claims-with"]
    bindings = queries.bind(toy_store, "claims-with", question.parameters, [f"words={value}"])
    answer = toy_store.query(question.text, bindings=bindings)
    assert list(answer) == []  # type: ignore[arg-type]
    for name, parameter in (("people", "organisation"), ("from-source", "source")):
        with pytest.raises(KGError):
            queries.bind(toy_store, name, CATALOGUE[name].parameters, [f"{parameter}={value}"])
    assert len(toy_store) == before


@pytest.mark.parametrize("written", ["", "thing", "entity default ", "entity maybe", "entity, x"])
def test_a_parameter_that_is_written_wrongly_is_told(written: str) -> None:
    with pytest.raises(KGError, match=r"a.rq: parameter 'x' is not understood; write 'kind"):
        parameters.read("a.rq", "x", written, {})


def test_a_parameter_is_described_in_every_language() -> None:
    header = {"parameter.x": "entity", "parameter.x.en": "who", "parameter.y.ko": "누구"}
    with pytest.raises(Problems) as raised:
        parameters.of_header("a.rq", header)
    assert str(raised.value).splitlines() == [
        "a.rq: has no header field 'parameter.x.ko'; add it",
        "a.rq: header field 'parameter.y.ko' describes no parameter; drop it",
    ]


# -- the commands ------------------------------------------------------------


def test_questions_are_listed_and_shown(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["queries"]) == 0
    listed = capfd.readouterr().out
    assert all(f"{name} " in listed for name in CATALOGUE)
    assert main(["queries", "alumni", "--lang", "ko"]) == 0
    shown = capfd.readouterr().out
    assert shown.startswith(CATALOGUE["alumni"].titles["ko"])
    assert CATALOGUE["alumni"].descriptions["ko"] in shown
    assert "organisation (개체, 필수): 공부하거나 일한 곳" in shown
    assert 'example: kg query alumni --param organisation="Google"' in shown
    assert shown.endswith(CATALOGUE["alumni"].text)
    assert main(["queries", "alumnae"]) == 2
    assert capfd.readouterr().err == "alumnae: is no question; did you mean 'alumni'?\n"


def test_a_question_is_asked_by_parameter(capfd: pytest.CaptureFixture[str]) -> None:
    data = ("--data", "tests/toy/data")
    arguments = ["query", "people", "--param", "organisation=미래AI랩", *data]
    assert main(arguments) == 0
    assert "Haneul Kim" in capfd.readouterr().out
    assert main([*arguments, "--lang", "ko"]) == 0
    assert "김하늘" in capfd.readouterr().out
    assert main([*arguments, "--iris"]) == 0
    assert "id:kim-haneul" in capfd.readouterr().out
    assert main(["query", "people", *data]) == 2
    assert main(["query", "ASK {}", "-p", "x=1", *data]) == 2

"""Names of ours that a query misspells: found wherever they stand, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from exploring import browsing, page

from kg.cli import main
from kg.spelling import strangers
from kg.store import Store


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT * { ?a aie:partnrOf ?b }", ["1:15 aie:partnrOf aie:partnerOf"]),
        ("ASK {\n id:kim-hanul ?p ?o }", ["2:2 id:kim-hanul id:kim-haneul"]),
        (
            "ASK { ?e oa:hasSource source:mirae-lunch }",
            ["1:23 source:mirae-lunch source:mirae-launch"],
        ),
        ("ASK { ?c aie:evidence ev:00 ; a claim:0 }", ["1:23 ev:00 ", "1:33 claim:0 "]),
        (
            "ASK { ?a a <https://w3id.org/aieco/ontology#Persn> }",
            ["1:12 aie:Persn aie:Person"],
        ),
        ("ASK { ?a ^aie:partOff*/aie:partOf ?b }", ["1:11 aie:partOff aie:partOf"]),
        ("ASK { ?a aie:partOff ?b . ?b aie:partOff ?c . }", ["1:10 aie:partOff aie:partOf"]),
        (
            "PREFIX our: <https://w3id.org/aieco/ontology#> ASK { ?a our:partOff ?b }",
            ["1:57 aie:partOff aie:partOf"],
        ),
        ("CONSTRUCT { ?a aie:knowsOf ?b } { ?a aie:partOff ?b }", ["1:38 aie:partOff aie:partOf"]),
        ("CONSTRUCT WHERE { ?a aie:partOff ?b }", ["1:22 aie:partOff aie:partOf"]),
    ],
)
def test_a_misspelt_name_is_found_with_what_may_be_meant(
    toy_store: Store, query: str, told: list[str]
) -> None:
    found = strangers(toy_store, query)
    lines = [f"{each.place[6:]} {each.name} {' '.join(each.near[:1])}" for each in found]
    assert lines == told


@pytest.mark.parametrize(
    "query",
    [
        "ASK { id:kim-haneul a aie:Person ; aie:holdsPost ?o . ?c aie:status aie:Planned . }",
        "ASK { ?a aie:colleagueOf ?b }",  # of the ontology, if only rules say it
        "ASK { ?a foaf:knwos ?b ; schema:nmae ?c ; <https://example.org/ontology#partOff> ?d }",
        "PREFIX id: <https://example.org/> ASK { id:nobody ?p ?o }",
        "ASK { ?a ?b ?c FILTER (?a != 'id:nobody') }  # aie:nothing",
        "ASK { ?a ?b ?c FILTER STRSTARTS(STR(?a), STR(id:)) }",
        "ASK { GRAPH <https://w3id.org/aieco/ontology> { ?a ?b ?c } }",
        "ASK { ?id:nobody ?p ?o }",
    ],
)
def test_what_is_known_or_not_ours_is_left_alone(toy_store: Store, query: str) -> None:
    assert strangers(toy_store, query) == []


def test_the_command_tells_it_beside_the_answer(capfd: pytest.CaptureFixture[str]) -> None:
    query = "SELECT ?who { ?who aie:partnrOf ?other }"
    assert main(["query", query, "--data", "tests/toy/data", "-f", "csv"]) == 0
    captured = capfd.readouterr()
    assert captured.out.splitlines() == ["who"]
    assert captured.err == (
        "query:1:20: nothing in the graph is called aie:partnrOf; did you mean 'aie:partnerOf'?\n"
    )
    assert main(["query", "partners", "--data", "tests/toy/data", "-f", "csv"]) == 0
    assert capfd.readouterr().err == ""


@pytest.fixture(scope="module")
def toy() -> Iterator[httpx.Client]:
    with browsing("tests/toy/data") as client:
        yield client


def test_the_page_leads_to_the_query_as_it_may_be_meant(toy: httpx.Client) -> None:
    asked = page(toy, "/query?query=SELECT ?x { id:kim-hanul aie:holdsPost ?x }&lang=en")
    assert "Nothing in the graph is called id:kim-hanul (line 1, column 13)." in asked.text
    mended = next(each for each in asked.links if "kim-haneul" in each)
    shown = page(toy, mended)
    assert "Mirae AI Lab" in shown.text
    assert "Nothing in the graph" not in shown.text
    korean = page(toy, "/query?query=ASK { ?a aie:partnrOf ?b }&lang=ko").text
    assert "1행 10열의 aie:partnrOf: 그래프에 없는 이름입니다." in korean


def test_of_many_unknown_names_the_first_are_told(toy: httpx.Client) -> None:
    """Each is compared with all names, in the server's own process, and would be a link."""
    query = f"ASK {{ VALUES ?x {{ {' '.join(f'id:kim-hanul-{n}' for n in range(1_000))} }} }}"
    asked = page(toy, f"/query?query={query}&lang=en")
    assert asked.text.count("Nothing in the graph") == 10
    assert "id:kim-haneul" in asked.text
    assert not [each for each in asked.links if "haneul" in each]
    assert len(toy.get("/query", params={"query": query}).text) < 10 * len(query)

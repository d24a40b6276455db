"""Citations: each row has the claims that it rests on, all of them, and no other."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest
from questions import given

from kg import names, opening, queries, store, validity
from kg.cite import Cited, cite
from kg.errors import KGError
from kg.model import Claim, Corpus
from kg.queries import Question
from kg.store import Solutions, Store

CLAIMS = """
SELECT ?claim ?gloss { ?claim a aie:Claim ; aie:gloss ?gloss FILTER (LANG(?gloss) = "en") }"""


def glosses(opened: Store) -> dict[str, str]:
    answer = opened.query(CLAIMS)
    return {claim.value: gloss.value for claim, gloss in answer}  # type: ignore[union-attr]


def cited(opened: Store, text: str) -> list[tuple[str, tuple[str, ...], str]]:
    """First column, glosses and marks of each row."""
    known = glosses(opened)
    found = []
    for row in cite(opened, text).solutions:
        marks, claims, _ = (term.value for term in row[-3:])  # type: ignore[union-attr]
        first = names.compact(row[0].value) if row[0] is not None else ""  # type: ignore[union-attr]
        found.append((first, tuple(known[claim] for claim in claims.split()), marks))
    return found


PART = "Mirae AI Lab belongs to Mirae Group."
HEAD = "Haneul Kim is head of Mirae AI Lab."
IN_GROUP = "Through the lab Haneul Kim holds a post in Mirae Group."
WAS = "Haneul Kim was a senior researcher at Nuri Institute."
SEOUL = "Mirae AI Lab is in Seoul."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # one flat triple, a join, a join through [] and through a sequence
        ("SELECT ?x { ?x aie:partOf id:mirae-group }", [("id:mirae-ai-lab", (PART,), "")]),
        (
            "SELECT ?p { ?p aie:holdsPost ?l . ?l aie:partOf id:mirae-group }",
            [("id:kim-haneul", (HEAD, PART), "")],
        ),
        (
            "SELECT ?p { ?p aie:holdsPost [ aie:partOf id:mirae-group ; a ?class ] }",
            [("id:kim-haneul", (PART, HEAD), "")],
        ),
        (
            "SELECT ?p { ?p aie:holdsPost/aie:partOf id:mirae-group }",
            [("id:kim-haneul", (HEAD, PART), "")],
        ),
        ("SELECT ?g { ?g ^aie:partOf id:mirae-ai-lab }", [("id:mirae-group", (PART,), "")]),
        # variables as predicates, prefixes of its own, rdflib-style $names
        (
            "PREFIX i: <https://w3id.org/aieco/id/> SELECT $r { i:mirae-ai-lab $r i:seoul }",
            [("aie:locatedIn", (SEOUL,), "")],
        ),
        # an OPTIONAL that found nothing adds nothing, even if part of it would match
        (
            "SELECT ?p { ?p aie:heldPost ?n OPTIONAL { ?p aie:holdsPost ?l . ?l a ?y, id:z } }",
            [("id:kim-haneul", (WAS,), "")],
        ),
        (
            "SELECT ?p { ?p aie:heldPost ?n OPTIONAL { ?p aie:holdsPost id:mirae-ai-lab } }",
            [("id:kim-haneul", (WAS, HEAD), "")],
        ),
        # of a UNION and of an alternative only the branch that matched
        (
            "SELECT ?o { { id:kim-haneul aie:heldPost ?o } UNION { ?x aie:studied ?o } }",
            [("id:nuri-institute", (WAS,), "")],
        ),
        (
            "SELECT ?o { id:mirae-ai-lab aie:partOf|aie:locatedIn ?o } ORDER BY ?o",
            [("id:mirae-group", (PART,), ""), ("id:seoul", (SEOUL,), "")],
        ),
        # what is filtered out with is no ground
        (
            "SELECT ?p { ?p aie:heldPost ?n FILTER NOT EXISTS { ?p a id:x } MINUS { ?p a id:y } }",
            [("id:kim-haneul", (WAS,), "")],
        ),
        (
            "SELECT ?p { ?p aie:heldPost ?n FILTER EXISTS { ?p aie:holdsPost ?x } }",
            [("id:kim-haneul", (WAS,), "partly")],
        ),
        # distinct values and groups: all the solutions they were made of
        (
            "SELECT DISTINCT ?p { ?p aie:holdsPost ?l }",
            [("id:kim-haneul", (HEAD, IN_GROUP), "inferred")],
        ),
        (
            "SELECT (COUNT(?l) AS ?n) { ?p aie:holdsPost ?l } GROUP BY ?p",
            [("2", (HEAD, IN_GROUP), "inferred")],
        ),
        ("SELECT (COUNT(*) AS ?n) { ?p aie:heldPost ?l }", [("1", (WAS,), "")]),
        # rows that look alike have each their own ground
        (
            "SELECT ?p { ?p aie:holdsPost ?l } ORDER BY ?l",
            [("id:kim-haneul", (HEAD,), ""), ("id:kim-haneul", (IN_GROUP,), "inferred")],
        ),
        # chains: a way that leads there
        ("SELECT ?g { id:mirae-ai-lab aie:partOf+ ?g }", [("id:mirae-group", (PART,), "")]),
        (
            "SELECT ?x { ?x (aie:partOf|aie:affiliateOf)* id:mirae-group } ORDER BY ?x",
            [("id:mirae-ai-lab", (PART,), ""), ("id:mirae-group", (), "uncited")],
        ),
        (
            "SELECT ?p { ?p (aie:holdsPost/aie:partOf)+ id:mirae-group }",
            [("id:kim-haneul", (), "untraced")],
        ),
        # claims themselves, also planned, reported and deprecated
        (
            "SELECT ?who { ?c rdf:predicate aie:partnerOf ; rdf:subject ?who }",
            [
                (
                    "id:mirae-ai-lab",
                    ("Mirae AI Lab plans to work with Hanbyeol University, among others.",),
                    "planned",
                )
            ],
        ),
        (
            "SELECT ?s { id:kim-haneul aie:said ?s }",
            [
                (
                    "id:kim-on-helping-people",
                    ("Haneul Kim said that AI that helps people will be made.",),
                    "reported",
                )
            ],
        ),
        (
            "SELECT ?c { ?c aie:rank aie:Deprecated }",
            [(None, ("The article places Mirae AI Lab in Busan.",), "deprecated")],
        ),
        (
            "SELECT ?d { id:mirae-ai-lab aie:foundedOn ?d } ORDER BY STR(?d)",
            [
                ("2021", ("The article gives 2021 as the year of opening.",), "contradicted"),
                (
                    "2022-04",
                    ("The registry gives April 2022 as the month of founding.",),
                    "contradicted",
                ),
            ],
        ),
        # no claim at all
        (
            "SELECT ?l { id:seoul rdfs:label ?l FILTER (LANG(?l) = 'en') }",
            [("Seoul", (), "uncited")],
        ),
        ("SELECT ?x { VALUES ?x { id:seoul } }", [("id:seoul", (), "uncited")]),
        # subqueries, with what they show
        (
            "SELECT ?p { ?p aie:heldPost ?n { SELECT ?p ?l { ?p aie:holdsPost ?l } LIMIT 1 } }",
            None,
        ),
        (
            "SELECT ?p { ?p aie:heldPost ?n { SELECT ?p { ?p aie:holdsPost ?l } LIMIT 1 } }",
            [("id:kim-haneul", (WAS,), "partly")],
        ),
        ("SELECT * { ?p aie:heldPost ?n } LIMIT 5 OFFSET 0", None),
        ("SELECT ?p { { ?p aie:heldPost ?n } ?p a aie:Person } VALUES ?p { id:kim-haneul }", None),
    ],
)
def test_a_row_has_the_claims_it_rests_on(
    toy_store: Store, text: str, expected: list[tuple[str | None, tuple[str, ...], str]] | None
) -> None:
    found = cited(toy_store, text)
    if expected is None:
        assert WAS in found[0][1]
        return
    assert [row[1:] for row in found] == [row[1:] for row in expected]
    assert [row[0] for row in found if row[0][:6] != "claim:"] == [
        row[0] for row in expected if row[0]
    ]


@pytest.fixture(params=["toy", "shipped"])
def graph(request: pytest.FixtureRequest) -> tuple[str, Store, Corpus]:
    corpora = request.getfixturevalue(f"{request.param}_corpus")
    return request.param, request.getfixturevalue(f"{request.param}_store"), corpora


@pytest.mark.parametrize("question", queries.catalogue().values(), ids=lambda each: each.name)
def test_the_cited_claims_are_what_a_row_rests_on(
    question: Question, graph: tuple[str, Store, Corpus]
) -> None:
    """Citing changes no row; a row is found in a graph of what it cites and not without it."""
    which, opened, corpus = graph
    bindings = queries.bind(opened, question.name, question.parameters, given(question, which))

    def rows(store: Store) -> Counter[object]:
        answer = store.query(question.text, bindings=bindings)
        assert isinstance(answer, Solutions)
        return Counter(answer)

    expected = rows(opened)
    found = list(cite(opened, question.text, bindings=bindings).solutions)
    assert Counter(row[:-3] for row in found) == expected
    for row in found[:4]:
        marks, claims = (set(term.value.split()) for term in row[-3:-1])  # type: ignore[union-attr]
        assert "partly" not in marks
        if "uncited" in marks:
            assert not claims
            continue
        with only(corpus, lambda claim, claims=claims: names.claim_iri(claim) in claims) as store:
            assert row[:-3] in rows(store)
        with only(corpus, lambda claim, claims=claims: names.claim_iri(claim) not in claims) as it:
            assert rows(it)[row[:-3]] < expected[row[:-3]]


ODD = (
    "# SELECT ?x { a comment\nSELECT ?p WHERE { ?p aie:holdsPost ?o . # }\nFILTER (?o != '} {') }",
    "SELECT ?p{?p aie:holdsPost ?o;a aie:Person,?t.}",
    "SELECT ?p { ?p aie:holdsPost ?o ; . }",
    'SELECT ?p { ?p aie:birthYear ?y FILTER(?y<"1977"^^xsd:gYear||?y>"1977"^^xsd:gYear) }',
    'SELECT ?s ?l { ?s aie:heldOn "2020-12-07"^^xsd:date ; rdfs:label ?l }',
    "SELECT * { _:x aie:holdsPost ?o . _:x aie:birthYear ?y }",
    "SELECT ?o { [ aie:holdsPost ?o ; aie:birthYear ?y ] . }",
    "SELECT ?c { GRAPH ?g { ?c rdfs:subClassOf aie:Organisation } }",
    "SELECT ?x ?y { { ?x aie:partOf ?y } UNION { ?x aie:affiliateOf ?y } UNION { ?x a id:z } }",
    "SELECT ?x { SELECT ?x { ?x aie:partOf id:lg } }",
    "SELECT ?x ?n { ?y aie:affiliateOf ?x { SELECT (COUNT(?p) AS ?n) { ?p aie:partOf ?x } } }",
    "SELECT ?o (COUNT(?p) AS ?n) { ?p aie:holdsPost ?o } GROUP BY ?o HAVING (COUNT(?p) > 1)",
    "SELECT ?s (COUNT(?p) AS ?n) { ?p aie:holdsPost ?o } GROUP BY (STR(?o) AS ?s)",
    "SELECT (COUNT(?p) AS ?n) { ?p aie:holdsPost ?o } GROUP BY STR(?o)",
    "SELECT DISTINCT (SUBSTR(STR(?p), 1, 30) AS ?x) { ?p aie:holdsPost ?o }",
    "SELECT DISTINCT ?p { ?p aie:holdsPost ?o } ORDER BY ?p LIMIT 3 OFFSET 1",
    "SELECT DISTINCT ?p { ?p aie:holdsPost ?o } ORDER BY ?p VALUES ?o { id:lg }",
    "SELECT ?p (?p AS ?q) { ?p aie:holdsPost id:lg BIND (1 AS ?kg1) }",
    "SELECT ?a ?b { ?a (^aie:holdsPost/aie:attended) ?b }",
    "SELECT ?a ?b { ?a !(aie:partOf|rdf:type) ?b } ORDER BY ?a ?b LIMIT 5",
    "SELECT ?a { ?a aie:partOf? id:lg }",
    "SELECT ?a { ?a ^(aie:partOf|aie:founded) ?b }",
    "SELECT ?a { (1 2) rdf:first ?a }",
    "SELECT ?a { ?a aie:partOf ?b OPTIONAL { SELECT ?a ?l { ?a rdfs:label ?l } } }",
    "BASE <https://w3id.org/aieco/> PREFIX i: <id/> SELECT ?a { ?a <ontology#partOf> i:lg }",
    "SELECT ?x { VALUES (?x ?y) { (id:lg 1) (id:google 2) } ?z aie:partOf ?x }",
    "SELECT ?p ?o { ?p aie:holdsPost ?o } GROUP BY ?p ?o",
    "SELECT (1 AS ?one) {}",
    "SELECT * {}",
    "SELECT (COUNT(*) AS ?n) {}",
    "SELECT ?t { <<( id:a id:b id:c )>> ?t ?x }",
)
"""What SPARQL can look like."""


@pytest.mark.parametrize("text", ODD)
def test_citing_changes_no_row_however_the_query_is_written(
    text: str, shipped_store: Store
) -> None:
    plain = shipped_store.query(text)
    assert isinstance(plain, Solutions)
    rows = cite(shipped_store, text).solutions
    assert Counter(row[:-3] for row in rows) == Counter(plain)


def only(corpus: Corpus, kept: Callable[[Claim], bool]) -> Store:
    """A graph of these claims only, all else as it was."""
    return opening.graph(replace(corpus, claims=tuple(filter(kept, corpus.claims))))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ASK { ?a ?b ?c }", "query: only the rows of a SELECT can be cited"),
        (
            "SELECT ?cite_notes { ?cite_notes a aie:Person }",
            "has a variable ?cite_notes of its own",
        ),
        ("SELECT ?x { ?x aie:partOf", "is never closed"),
    ],
)
def test_what_cannot_be_cited_is_said(toy_store: Store, text: str, message: str) -> None:
    with pytest.raises(KGError) as raised:
        cite(toy_store, text)
    assert message in str(raised.value)


def test_footnotes_say_who_says_so_where_and_when(toy_store: Store) -> None:
    texts = {"mirae-launch": Path("tests/toy/articles/mirae-launch.txt").read_text("utf-8")}
    found = cite(toy_store, "SELECT ?p { ?p aie:holdsPost ?l } ORDER BY ?l", texts=texts, lang="ko")
    rows = list(found.solutions)
    assert rows[0][-1] == ox.Literal(found.notes[0])
    first, second = found.notes
    assert first.startswith(
        "[1] 김하늘은 미래AI랩의 랩장이다. — 미래그룹, 미래AI랩 열어, 2022-05-10, "
    )
    assert texts["mirae-launch"][109:115] in first
    assert "A year of Mirae AI Lab, 2023-04-04, " in first
    assert second.startswith("[2] 김하늘은 랩을 통해 미래그룹의 직책을 맡는다. (inferred) — ")


def test_a_short_citation_is_for_tables(toy_store: Store) -> None:
    text = "SELECT ?p ?l { ?p aie:holdsPost ?l } ORDER BY ?l"
    found = cite(toy_store, text, short=True)
    assert found.solutions.variables == ("p", "l", "cited")
    assert [str(row[-1]) for row in found.solutions] == ['"[1]"', '"[2] inferred"']


def test_in_a_graph_of_one_day_what_is_not_sure_is_marked(toy_store: Store) -> None:
    with validity.at(toy_store, "2022-06") as then:
        (row,) = cited(then, "SELECT ?p { ?p aie:holdsPost id:mirae-ai-lab }")
    assert row == ("id:kim-haneul", (HEAD,), "undated")


@pytest.fixture
def many() -> Iterator[Store]:
    """A thousand posts, each with its claim."""
    with store.open() as opened:
        lines = (
            f"id:p{n} aie:holdsPost id:lab . claim:{n:032x} a aie:Claim ; rdf:subject id:p{n} ; "
            f"rdf:predicate aie:holdsPost ; rdf:object id:lab ; aie:status aie:Stated ; "
            f"aie:rank aie:Normal ."
            for n in range(1000)
        )
        opened.update(f"INSERT DATA {{ {' '.join(lines)} }}")
        yield opened


def test_citing_streams(many: Store) -> None:
    found: Cited = cite(many, "SELECT ?p { ?p aie:holdsPost ?l }")
    next(iter(found.solutions))
    assert len(found.notes) <= 1


def test_a_text_that_is_long_is_read_at_once(toy_store: Store) -> None:
    """The query page cites in the server's own process."""
    text = f"SELECT ?x {{ ?x a ?b FILTER (?x<?b#>{'a.' * 15_000}\n) }}"
    began = time.monotonic()
    cite(toy_store, text)
    assert time.monotonic() - began < 2


def test_a_stored_graph_is_cited_alike(toy_corpus: object, tmp_path: Path) -> None:
    text = "SELECT ?x { ?x aie:partOf id:mirae-group }"
    with opening.graph(toy_corpus, tmp_path / "store") as opened:  # type: ignore[arg-type]
        assert cited(opened, text) == [("id:mirae-ai-lab", (PART,), "")]

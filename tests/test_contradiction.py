"""What counts as a contradiction between sources, and what does not."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from kg import checks, names, queries, store
from kg.contradiction import contradictions
from kg.store import Store, solutions

BOTH = {"one": {"other"}, "other": {"one"}}


def said(name: str, source: str, value: str, more: str = "", relation: str = "partOf") -> str:
    """A claim about the lab."""
    status = "" if "aie:status" in more else "aie:status aie:Stated ;"
    rank = "" if "aie:rank" in more else "aie:rank aie:Normal ;"
    grounds = f"aie:evidence [ oa:hasSource source:{source} ]" if source else ""
    return f"""claim:{name} a aie:Claim ; rdf:subject id:lab ; rdf:predicate aie:{relation} ;
        rdf:object {value} ; {status} {rank} {more} {grounds} ."""


def stored(opened: Store, claims: Iterable[str]) -> None:
    opened.update(f"INSERT DATA {{ {' '.join(claims)} }}")


def found(opened: Store, relation: str) -> dict[str, set[str]]:
    start = names.PREFIXES["claim"]
    asked = {f"{start}{each}": relation for each in ("one", "other", "third")}
    return {
        iri.removeprefix(start): {each.removeprefix(start) for each in rivals}
        for iri, rivals in contradictions(opened, asked).items()
    }


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([said("one", "a", "id:x"), said("other", "b", "id:y")], BOTH),
        ([said("one", "a", "id:x"), said("other", "b", "id:x")], {}),
        ([said("one", "a", "id:x"), said("other", "a", "id:y")], {}),
        ([said("one", "a", "id:x"), said("other", "b", "id:y", "aie:rank aie:Deprecated ;")], {}),
        ([said("one", "a", "id:x"), said("other", "b", "id:y", "aie:status aie:Planned ;")], {}),
        ([said("one", "a", "id:x"), said("other", "", "id:y")], {}),
        (
            [
                said("one", "a", "id:x", "aie:end '2015' ;"),
                said("other", "b", "id:y", "aie:start '2016-03' ;"),
            ],
            {},
        ),
        (
            [
                said("one", "a", "id:x", "aie:start '2016-03' ;"),
                said("other", "b", "id:y", "aie:end '2015' ;"),
            ],
            {},
        ),
        (
            [
                said("one", "a", "id:x", "aie:end '2016' ;"),
                said("other", "b", "id:y", "aie:start '2016-03' ;"),
            ],
            BOTH,
        ),
        (
            [
                said("one", "a", "id:x"),
                said("other", "b", "id:y"),
                said("third", "b", "id:x"),
            ],
            BOTH,
        ),
        ([said("one", "a", "id:x", relation="locatedIn"), said("other", "b", "id:y")], {}),
    ],
    ids=[
        "two parents", "one parent", "one source", "deprecated", "planned", "no source",
        "one after the other", "the other before", "perhaps at once", "three", "another relation",
    ],
)  # fmt: skip
def test_parents_differ(claims: list[str], expected: dict[str, set[str]]) -> None:
    with store.open() as opened:
        stored(opened, claims)
        assert found(opened, "partOf") == expected


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [("2020", "2021", True), ("2020", "2020-12", False), ("2020-11", "2020-12", True)],
)
def test_dates_differ_as_far_as_both_go(one: str, other: str, *, differ: bool) -> None:
    with store.open() as opened:
        given = [said("one", "a", f"'{one}'", relation="foundedOn"),
                 said("other", "b", f"'{other}'", relation="foundedOn")]  # fmt: skip
        stored(opened, given)
        assert found(opened, "foundedOn") == (BOTH if differ else {})


def test_the_check_and_the_question_find_the_same(toy_store: Store, shipped_store: Store) -> None:
    rule = next(each for each in checks.rules() if each.name == "sources-differ")
    question = queries.catalogue()["disagreements"]
    for graph in (toy_store, shipped_store):
        about = {
            row[0].value: (row[1].value, row[2].value) for row in solutions(graph.query(_ABOUT))
        }
        marked = contradictions(graph, {iri: each[1] for iri, each in about.items()})
        assert marked
        pairs = {about[iri] for iri in marked}
        assert pairs == {_pair(*row[1:3]) for row in solutions(graph.query(rule.text))}
        assert pairs == {_pair(*row[:2]) for row in solutions(graph.query(question.text))}


_ABOUT = """
SELECT ?claim ?subject (STRAFTER(STR(?predicate), "#") AS ?relation) {
  ?claim a aie:Claim ; rdf:subject ?subject ; rdf:predicate ?predicate
}"""


def _pair(subject: object, relation: object) -> tuple[str, str]:
    return subject.value, relation.value.rpartition("#")[2]  # type: ignore[attr-defined]

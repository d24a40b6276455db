"""Statistics: counts that agree with SPARQL, a centre, and what is lacking."""

from __future__ import annotations

import json

import pytest
from test_cli import ON_TOY, Ran

from kg import opening, stats
from kg.model import Claim, Corpus, Entity, Ref, Text
from kg.store import Store, solutions


@pytest.mark.parametrize("graph", ["toy", "shipped"])
def test_counts_agree_with_sparql(graph: str, request: pytest.FixtureRequest) -> None:
    store: Store = request.getfixturevalue(f"{graph}_store")
    record = stats.measure(store).record
    counts = {
        "statuses": "?c aie:status ?x BIND (LCASE(STRAFTER(STR(?x), '#')) AS ?k)",
        "relations": "?c rdf:predicate ?x BIND (STRAFTER(STR(?x), '#') AS ?k)",
        "sources": "?c aie:evidence/oa:hasSource ?x BIND (STRAFTER(STR(?x), STR(source:)) AS ?k)",
    }
    for name, pattern in counts.items():
        query = f"SELECT ?k (COUNT(DISTINCT ?c) AS ?n) {{ ?c a aie:Claim . {pattern} }} GROUP BY ?k"
        expected = {key.value: int(n.value) for key, n in solutions(store.query(query))}
        assert record[name] == expected
    assert sum(record["statuses"].values()) == record["size"]["claims"]
    assert sum(record["classes"].values()) == record["size"]["entities"]


def test_the_centre_of_the_shipped_graph(shipped_store: Store) -> None:
    record = stats.measure(shipped_store).record
    assert record["central"][0]["id"] == "lg-ai-research"
    members = [id for group in record["communities"] for id in group["members"]]
    assert len(members) == len(set(members))
    sizes = [group["size"] for group in record["communities"]]
    assert sizes == sorted(sizes, reverse=True)


def test_the_oldest_and_the_newest_fact(toy_store: Store) -> None:
    time = stats.measure(toy_store).record["time"]
    assert (time["oldest"]["date"], time["newest"]["date"]) == ("2021", "2022-05-10")


def test_what_lacks_a_label_or_a_source() -> None:
    entities = {"a": Entity("a", "Place", (Text("en", "A"),))}
    claim = Claim("a", "partOf", Ref("b"))
    with opening.graph(Corpus(entities, {}, (claim,))) as store:
        lacks = stats.measure(store).record["lacks"]
    assert lacks["label"] == {"en": ["b"], "ko": ["a", "b"]}
    assert len(lacks["source"]) == 1
    assert lacks["second source"] == []


def test_an_empty_graph_has_numbers_too() -> None:
    with opening.graph(Corpus({}, {}, ())) as store:
        measured = stats.measure(store)
    assert measured.record["size"]["claims"] == 0
    assert "0 claims" in measured.text()


def test_stats_are_the_same_every_time(toy_store: Store) -> None:
    assert stats.measure(toy_store).record == stats.measure(toy_store).record


def test_stats_on_the_command_line(capfd: pytest.CaptureFixture[str]) -> None:
    ran = Ran(capfd, "stats", *ON_TOY)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("13 entities, 14 claims, 3 sources")
    assert "claims that rest on one source only: 11 of 14; on none, inferred: 1" in ran.out
    korean = Ran(capfd, "stats", *ON_TOY, "--lang", "ko").out
    assert "미래AI랩" in korean
    assert "개체 13개, 주장 14개, 출처 3개" in korean
    assert not any(each in korean for each in ("claims", "links", "fact"))
    record = json.loads(Ran(capfd, "stats", *ON_TOY, "-f", "json").out)
    assert record["size"]["claims"] == 14

"""Look-ups, which the server answers itself: what is one, and that its answer is the same."""

from __future__ import annotations

import os
import signal

import httpx
import pytest
from serving import family, serving

from kg.store import Store
from kg.web import answering, lookups
from kg.web.refused import Refused
from kg.web.served import Served
from kg.web.tasks import Query

LAB = "<https://w3id.org/aieco/id/mirae-ai-lab>"
LOOKUPS = (
    f"SELECT * {{ {LAB} ?p ?o }}",
    f"select ?p where {{ {LAB} ?p ?o . }} limit 3 # and a comment",
    "PREFIX ex: <http://example.org/> PREFIX : <x:> SELECT ?s ?nobody { ?s rdf:type aie:Person }",
    'SELECT * { ?s rdfs:label "미래AI연구소"@ko }',
    "SELECT * { ?s a ?type }",
    "SELECT*{ ?s ?p 1 }",
    f"ASK {{ {LAB} ?p ?o }}",
    "ASK { <x:nobody> a <x:nothing> }",
)
OTHERS = (
    "SELECT * { ?s ?p ?o . ?o ?q ?r }",  # a join
    "SELECT * { ?s ?p ?s }",  # reads all entries, and most are no row
    "ASK { ?s ?p $s }",
    "SELECT * { ?s ?p ?o FILTER (?o > 1) }",
    "SELECT * { ?s ?p ?o } ORDER BY ?o",
    "SELECT DISTINCT ?p { ?s ?p ?o }",
    "SELECT * { ?s aie:partOf* ?o }",
    "SELECT * { ?s ?p ?o } OFFSET 100",
    "SELECT * { GRAPH ?g { ?s ?p ?o } }",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT * FROM <x:g> { ?s ?p ?o }",
    "SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }",
    'SELECT * { ?s ?p "\\" } # }" }',
    "CONSTRUCT WHERE { ?s ?p ?o }",
    "DESCRIBE " + LAB,
    "SELECT * { ?s ?p ?o }" + " " * 2_000,
    "SELECT * { ?s ?p << ?a ?b ?c >> }",
)


def task(text: str, form: str = "json", rows: int = 1_000) -> Query:
    return Query(text, "http://localhost/sparql", form, "ttl", rows=rows, limit=1 << 28)


def served(store: Store) -> Served:
    return Served(store, "", "", "")


@pytest.mark.parametrize("text", LOOKUPS)
@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv"])
def test_a_look_up_has_the_answer_that_workers_give(toy_store: Store, text: str, form: str) -> None:
    assert lookups.is_one(text)
    found = lookups.answer(served(toy_store), task(text, form))
    assert found is not None
    again = answering.query(toy_store, task(text, form))
    assert again.sink is not None
    assert found.body == again.sink.finish()
    assert (found.form, found.truncated, found.size) == (form, False, len(found.body))


@pytest.mark.parametrize("text", OTHERS)
def test_whatever_can_take_long_is_none(toy_store: Store, text: str) -> None:
    assert not lookups.is_one(text)
    assert lookups.answer(served(toy_store), task(text)) is None


def test_a_look_up_that_is_refused_is_refused_as_by_workers(toy_store: Store) -> None:
    text = """SELECT * { ?s <x:it's> "service" }"""
    assert lookups.is_one(text)
    told = []
    asked = (lookups.answer, served(toy_store)), (answering.query, toy_store)
    for ask, data in asked:
        with pytest.raises(Refused) as raised:
            ask(data, task(text))
        told.append((raised.value.status, raised.value.reason))
    assert told[0] == told[1]
    assert told[0][1].startswith("query:1:15: cannot tell whether <x:it's> hides a SERVICE")
    assert told[0][0] == 400


def test_a_look_up_with_many_rows_is_for_the_workers(toy_store: Store) -> None:
    everything = "SELECT * { ?s ?p ?o }"
    assert lookups.is_one(everything)
    assert lookups.answer(served(toy_store), task(everything)) is None
    few = "SELECT * { ?s ?p ?o } LIMIT 5"
    assert lookups.answer(served(toy_store), task(few, rows=5)) is not None
    assert lookups.answer(served(toy_store), task(few, rows=4)) is None
    given = task(few)
    given.default = ("http://example.org/data",)
    assert lookups.answer(served(toy_store), given) is None


def test_the_first_that_takes_long_is_the_last(
    toy_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = served(toy_store)
    assert lookups.answer(data, task(LOOKUPS[0])) is not None
    monkeypatch.setattr(lookups, "_LONG_S", 0)
    assert lookups.answer(data, task(LOOKUPS[0])) is not None
    assert lookups.answer(data, task(LOOKUPS[0])) is None
    assert lookups.answer(served(toy_store), task(LOOKUPS[0])) is not None


def test_a_look_up_needs_no_worker() -> None:
    with serving() as running:
        workers = family(running.process.pid)
        for each in workers:
            os.kill(each, signal.SIGSTOP)
        try:
            found = running.ask(f"SELECT * {{ {LAB} a ?type }}")
            with pytest.raises(httpx.ReadTimeout):
                running.get("/sparql", params={"query": "ASK { FILTER (1 = 1) }"}, timeout=0.5)
        finally:
            for each in workers:
                os.kill(each, signal.SIGCONT)
        assert found.text.split() == ["type", "https://w3id.org/aieco/ontology#ResearchInstitute"]

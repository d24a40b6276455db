"""The graph of a day: each row of the table in docs/decisions/0008-finding.md, both sides of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_cli import ON_TOY, Ran

from kg import names, opening, rdf, store, validity, vocabulary
from kg.literals import typed
from kg.model import Claim, Corpus, Evidence, Rank, Ref, Span, Status
from kg.store import Store

STATE, EVENT = "holdsPost", "received"


def claim(predicate: str = STATE, target: str = "there", **given: str) -> Claim:
    dates = tuple(sorted((name, typed("date", value)) for name, value in given.items()))
    passage = Evidence("news", Span(len(str(given)), 1000), "0" * 64)
    return Claim("who", predicate, Ref(target), dates, evidence=(passage,))


def made(*claims: Claim) -> Store:
    return opening.graph(Corpus({}, {}, claims))


def verdict(asked: str, tested: Claim, *others: Claim) -> str:
    """The mark of a claim on a day, or "out"."""
    with made(tested, *others) as graph, validity.at(graph, asked) as then:
        return validity.marks(then).get(names.claim_iri(tested), "out")


@pytest.mark.parametrize(
    ("predicate", "dates", "expected"),
    [
        # start: not before its first possible day, surely from its last on
        (
            STATE,
            {"start": "2020-06"},
            {
                "2020-05-31": "out",
                "2020-06-01": "possible",
                "2020-06-29": "possible",
                "2020-06-30": "dated",
                "2030": "dated",
            },
        ),
        (STATE, {"start": "2020"}, {"2019": "out", "2020": "possible", "2020-12-31": "dated"}),
        (STATE, {"start": "2020-06-15"}, {"2020-06-14": "out", "2020-06-15": "dated"}),
        # at: the same, of a state and of an event
        (STATE, {"at": "2020"}, {"2019-12-31": "out", "2020-03": "possible", "2021": "dated"}),
        (
            EVENT,
            {"at": "2013"},
            {"2012": "out", "2013": "possible", "2014": "dated", "2099": "dated"},
        ),
        # end: to its last possible day
        (
            STATE,
            {"end": "2020-06"},
            {"2020-05-31": "possible", "2020-06-30": "possible", "2020-07-01": "out"},
        ),
        (
            STATE,
            {"start": "2019", "end": "2020-06"},
            {
                "2018": "out",
                "2019": "possible",
                "2020-05-31": "dated",
                "2020-06-01": "dated",
                "2020-06-02": "possible",
                "2020-07": "out",
            },
        ),
        # latest, earliest of a state: they bound its end, which is before the latest
        (
            STATE,
            {"latest": "2021-01-19"},
            {
                "1990": "possible",
                "2021-01-18": "possible",
                "2021-01-19": "out",
                "2021": "possible",
                "2022": "out",
            },
        ),
        (
            STATE,
            {"start": "2019-01-01", "earliest": "2020-01-01", "latest": "2021-01-01"},
            {"2019-06": "dated", "2020-06": "possible", "2021-01-01": "out"},
        ),
        (STATE, {"earliest": "2020-01-01"}, {"2019": "possible", "2021": "possible"}),
        # latest, earliest of an event: they bound when it happened
        (
            EVENT,
            {"latest": "2021-01-19"},
            {"1990": "possible", "2021-01-18": "possible", "2021-01-19": "dated", "2022": "dated"},
        ),
        (
            EVENT,
            {"earliest": "2020-12-01", "latest": "2020-12-31"},
            {"2020-11": "out", "2020-12-10": "possible", "2020-12-31": "dated"},
        ),
        (
            EVENT,
            {"at": "2020", "latest": "2020-12-07"},
            {"2019": "out", "2020-12-06": "possible", "2020-12-07": "dated"},
        ),
        (
            EVENT,
            {"start": "2000", "end": "2005"},
            {"1999": "out", "2003": "possible", "2006": "dated"},
        ),
        # due: till it is due
        ("targets", {"due": "2023"}, {"2020": "possible", "2023-12-31": "possible", "2024": "out"}),
        # none
        (STATE, {}, {"1900": "undated", "2099-12-31": "undated"}),
        (EVENT, {}, {"1900": "undated"}),
    ],
)
def test_each_rule_on_both_sides(
    predicate: str, dates: Mapping[str, str], expected: Mapping[str, str]
) -> None:
    tested = claim(predicate, **dates)
    assert {asked: verdict(asked, tested) for asked in expected} == expected


def test_nothing_is_said_of_a_thing_before_it_began() -> None:
    founded = Claim("there", "foundedOn", typed("date", "2020"))
    assert verdict("2019", claim(), founded) == "out"
    assert verdict("2020", claim(), founded) == "undated"
    assert verdict("2019", claim(latest="2021"), founded) == "out"
    other = Claim("there", "foundedOn", typed("date", "2018-05"))  # sources differ: the earlier
    assert verdict("2019", claim(), founded, other) == "undated"
    by = claim("founded", at="2020-03")
    assert verdict("2020-02", claim(), by) == "out"
    assert verdict("2019", claim(start="2018"), founded) == "dated"  # its own beginning counts
    plan = Claim("who", "partnerOf", Ref("there"), status=Status.PLANNED)
    assert verdict("2019", plan, founded) == "undated"
    planned = Claim("there", "foundedOn", typed("date", "2020"), status=Status.PLANNED)
    assert verdict("2019", claim(), planned) == "undated"
    wrong = Claim("there", "foundedOn", typed("date", "1990"), rank=Rank.DEPRECATED)
    assert verdict("2000", claim(), founded, wrong) == "out"


def test_a_date_that_is_the_value_is_when_it_happened() -> None:
    founded = Claim(
        "there", "foundedOn", typed("date", "2020"), (("latest", typed("date", "2020-12-07")),)
    )
    marks = {day: verdict(day, founded) for day in ("2019", "2020-12-06", "2020-12-07")}
    assert marks == {"2019": "out", "2020-12-06": "possible", "2020-12-07": "dated"}


def inferred(*premises: Claim, target: str = "whole", **dates: str) -> Claim:
    about = claim(target=target, **dates)
    iris = tuple(sorted(map(names.claim_iri, premises)))
    return Claim(
        about.subject,
        about.predicate,
        about.object,
        about.qualifiers,
        Status.INFERRED,
        premises=iris,
        rule="test",
    )


def test_an_inferred_claim_needs_its_premises() -> None:
    start, end = claim(start="2020"), claim("partOf", end="2022")
    last = inferred(inferred(start, end))
    chain = (inferred(start, end), start, end)
    marks = {day: verdict(day, last, *chain) for day in ("2019", "2021", "2023")}
    assert marks == {"2019": "out", "2021": "possible", "2023": "out"}
    assert verdict("2021", inferred(claim()), claim()) == "undated"


def test_who_left_is_an_alumnus_from_then_on() -> None:
    post = Claim("who", "heldPost", Ref("there"), (("latest", typed("date", "2021-01-19")),))
    iri = names.claim_iri(post)
    alumnus = Claim("who", "alumnusOf", Ref("there"), status=Status.INFERRED, premises=(iri,))
    marks = {day: verdict(day, alumnus, post) for day in ("2020", "2021-01-19", "2022")}
    assert marks == {"2020": "possible", "2021-01-19": "dated", "2022": "dated"}
    dates = (("end", typed("date", "2020-06")), ("start", typed("date", "2019")))
    known = Claim("who", "heldPost", Ref("there"), dates)
    alumnus = replace(alumnus, premises=(names.claim_iri(known),))
    days = ("2018", "2019-06", "2020-05", "2020-06-15", "2020-07")
    assert [verdict(day, alumnus, known) for day in days] == [
        "out",
        "out",
        "out",
        "possible",
        "dated",
    ]


def test_claims_that_rest_on_each_other_do_not_hang() -> None:
    with made(claim()) as graph:
        graph.update("""INSERT DATA {
            claim:a a aie:Claim ; rdf:subject id:x ; rdf:predicate aie:partOf ; rdf:object id:y ;
              prov:wasDerivedFrom claim:b .
            claim:b a aie:Claim ; rdf:subject id:y ; rdf:predicate aie:partOf ; rdf:object id:x ;
              prov:wasDerivedFrom claim:a . }""")
        with validity.at(graph, "2020") as then:
            assert len(validity.marks(then)) == 3


def test_a_flat_triple_stays_as_long_as_one_claim_stands_for_it() -> None:
    ask = "ASK { id:who aie:holdsPost id:there }"
    with made(claim(end="2019"), claim(start="2021")) as graph:
        held = {}
        for day in ("2018", "2020", "2022"):
            with validity.at(graph, day) as then:
                held[day] = then.query(ask)
    assert held == {"2018": True, "2020": False, "2022": True}


def test_nothing_dangles_and_nothing_else_is_lost(shipped_store: Store) -> None:
    with validity.at(shipped_store, "2000") as then:
        read = rdf.read(quad for quad in then.engine)  # type: ignore[attr-defined]
        evidences = {names.evidence_iri(each) for one in read.claims for each in one.evidence}
        rows = store.solutions(then.query("SELECT ?e { ?e a aie:Evidence }"))
        assert {iri.value for (iri,) in rows} == evidences
        flat = {names.claim_iri(one) for one in read.claims if rdf.is_flat(one)}
        assert flat
        assert not then.query("""ASK { ?c a aie:Claim ; rdf:subject ?s ; rdf:predicate ?p ;
            rdf:object ?o ; aie:status ?t ; aie:rank ?r
            FILTER (?t != aie:Planned && ?r != aie:Deprecated) FILTER NOT EXISTS { ?s ?p ?o } }""")
        assert len(read.entities) == 106 or len(read.entities) > 100


def test_cutting_twice_cuts_for_the_second_day(toy_store: Store) -> None:
    with validity.at(toy_store, "2030") as late, validity.at(late, "2022-05-01") as then:
        assert set(validity.marks(then).values()) <= set(validity.MARKS)
        marked = list(store.solutions(then.query("SELECT ?c ?m { ?c aie:validity ?m }")))
        assert len(marked) == len({iri.value for iri, _ in marked})


DATES = st.dates().map(str).flatmap(lambda d: st.sampled_from([d, d[:7], d[:4]]))


@given(asked=DATES, start=DATES, end=DATES)
@settings(max_examples=60, deadline=None)
def test_a_wider_question_keeps_more(asked: str, start: str, end: str) -> None:
    """What is valid on a day may be valid in its month and its year."""
    tested = claim(start=min(start, end), end=max(start, end))
    kept = [verdict(asked[:length], tested) != "out" for length in (10, 7, 4)]
    assert kept == sorted(kept)


def test_events_are_relations_or_attributes() -> None:
    assert vocabulary.load().predicates.keys() >= validity.EVENTS


def test_the_decision_has_a_row_for_each_rule() -> None:
    text = (Path(__file__).parent.parent / "docs/decisions/0008-finding.md").read_text("utf-8")
    for word in (
        "start",
        "at",
        "end",
        "earliest",
        "latest",
        "due",
        *validity.EVENTS,
        *validity.MARKS,
    ):
        assert f"`{word}`" in text


def test_at_on_the_commands(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    ask = "SELECT ?x { id:kim-haneul aie:heldPost ?x }"
    rows = {}
    for day in ("2022-05-09", "2022-05-10"):
        ran = Ran(capfd, "query", ask, *ON_TOY, "-f", "json", "--at", day)
        rows[day] = len(json.loads(ran.out)["results"]["bindings"])
    assert rows == {"2022-05-09": 1, "2022-05-10": 0}
    file = tmp_path / "g.nq"
    assert Ran(capfd, "export", file, *ON_TOY, "--at", "2022-05-10").code == 0
    assert "heldPost" not in "".join(
        line for line in file.read_text("utf-8").splitlines() if "ontology> ." not in line
    )
    page = tmp_path / "g.html"
    assert Ran(capfd, "view", *ON_TOY, "--at", "2022-05-10", "-o", page).code == 0
    assert "Haneul Kim was a senior" not in page.read_text("utf-8")
    kept = opening.graph(Corpus({}, {}, (claim(start="2020"),)), tmp_path / "store")
    kept.close()
    ran = Ran(
        capfd, "query", "ASK { ?c aie:validity ?m }", "--store", tmp_path / "store", "--at", "2021"
    )
    assert (ran.code, ran.out) == (0, "yes\n")

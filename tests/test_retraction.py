"""Leaving a source out: the same as if it had never been there."""

from __future__ import annotations

import io
from collections.abc import Collection

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg import names, opening, reason, retraction
from kg.errors import KGError
from kg.model import Article, Claim, Corpus, Entity, Evidence, Ref, Span, Status, Text

SOURCES = ("one", "two", "three")
PERSONS, PLACES = ("kim", "lee"), ("lab", "chem", "lg")

saying = st.one_of(
    st.tuples(
        st.sampled_from(PERSONS),
        st.sampled_from(["holdsPost", "heldPost"]),
        st.sampled_from(PLACES),
    ),
    st.tuples(
        st.sampled_from(PLACES),
        st.sampled_from(["partOf", "partnerOf", "affiliateOf"]),
        st.sampled_from(PLACES),
    ).filter(lambda triple: triple[0] != triple[2]),
)
statuses = st.sampled_from([Status.STATED, Status.STATED, Status.PLANNED, Status.REPORTED])
reports = st.lists(st.tuples(st.sampled_from(SOURCES), saying, statuses), max_size=10)
"""Who says what, and how."""
conclusions = st.lists(
    st.tuples(saying, st.lists(st.integers(0, 9), min_size=1, max_size=3)), max_size=4
)
"""What a curator concludes, and from which of the reports (by number), or earlier conclusions
(numbers beyond the reports)."""


def claim_of(triple: tuple[str, str, str], status: Status) -> Claim:
    subject, predicate, value = triple
    gloss = (Text("en", " ".join(triple)),)
    return Claim(subject, predicate, Ref(value), status=status, gloss=gloss)


def corpus_of(
    told: list[tuple[str, tuple[str, str, str], Status]],
    concluded: list[tuple[tuple[str, str, str], list[int]]],
    never: Collection[str] = (),
) -> Corpus:
    """Build a corpus from the bottom up, as if the sources `never` had never been there."""
    made: dict[str, Claim] = {}
    numbered: list[str] = []
    for number, (source, triple, status) in enumerate(told):
        claim = claim_of(triple, status)
        iri = names.claim_iri(claim)
        numbered.append(iri)
        if source in never:
            continue
        evidence = Evidence(source, Span(number, number + 5), f"{number:064x}")
        before = made[iri].evidence if iri in made else ()
        made[iri] = with_(claim, evidence=tuple(sorted({*before, evidence})))
    for triple, rests in concluded:
        claim = claim_of(triple, Status.INFERRED)
        iri = names.claim_iri(claim)
        premises = {numbered[number] for number in rests if number < len(numbered)} - {iri}
        # A second conclusion of the same is the curator's first.
        if premises and iri not in numbered:
            numbered.append(iri)
            if premises <= made.keys():
                made[iri] = with_(claim, premises=tuple(sorted(premises)), rule="curator")
    entities = {id: Entity(id, "Organisation", (Text("en", id),)) for id in (*PERSONS, *PLACES)}
    entities |= {"lg": Entity("lg", "CorporateGroup", (Text("en", "lg"),))}
    sources = {
        id: Article(id, (Text("en", id),), "0" * 64, "2021-01-19", language="ko")
        for id in sorted(set(SOURCES) - set(never))
    }
    return Corpus(entities, sources, tuple(made[iri] for iri in sorted(made)))


def with_(claim: Claim, **changes: object) -> Claim:
    from dataclasses import replace

    return replace(claim, **changes)  # type: ignore[arg-type]


def content(corpus: Corpus) -> bytes:
    """The whole graph, with all that rules infer, as bytes."""
    out = io.BytesIO()
    with opening.graph(corpus, inferred=True) as graph:
        graph.dump(out, ox.RdfFormat.N_QUADS)
    return out.getvalue()


@settings(max_examples=60, deadline=None)
@given(reports, conclusions, st.sets(st.sampled_from(SOURCES)))
def test_it_is_as_if_the_sources_had_never_been_there(
    told: list[tuple[str, tuple[str, str, str], Status]],
    concluded: list[tuple[tuple[str, str, str], list[int]]],
    gone: set[str],
) -> None:
    whole = corpus_of(told, concluded)
    left, never = retraction.without(whole, gone), corpus_of(told, concluded, gone)
    assert left == never
    assert content(left) == content(never)


def test_what_another_source_holds_stays_with_what_rests_on_it(toy_corpus: Corpus) -> None:
    left = retraction.without(toy_corpus, ["mirae-launch"])
    assert sorted(left.sources) == ["mirae-review", "toy-registry"]
    said = {(claim.subject, claim.predicate, claim.status.value) for claim in left.claims}
    assert ("mirae-ai-lab", "partOf", "stated") in said
    assert ("kim-haneul", "holdsPost", "inferred") in said  # both of its premises stay
    assert ("mirae-group", "founded", "stated") not in said
    assert {each.source for claim in left.claims for each in claim.evidence} == set(left.sources)


def test_a_conclusion_goes_with_its_premise(toy_corpus: Corpus) -> None:
    left = retraction.without(toy_corpus, ["mirae-launch", "mirae-review"])
    assert {claim.predicate for claim in left.claims} == {"foundedOn", "website"}
    with opening.graph(left) as graph:
        assert not reason.conclude(graph).claims


def test_without_nothing_it_is_the_same(toy_corpus: Corpus) -> None:
    assert retraction.without(toy_corpus, []) == toy_corpus


def test_a_source_that_is_not_there_is_told(toy_corpus: Corpus) -> None:
    with pytest.raises(KGError, match=r"mirae-lunch: is no source .* 'mirae-launch'"):
        retraction.without(toy_corpus, ["mirae-lunch"])

"""A part of the graph: what fits is there with all it needs, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from kg import network, opening, paths, rdf, scope, validity
from kg.corpus import load
from kg.errors import KGError
from kg.scope import Scope
from kg.store import Store

TOY = "tests/toy/data"


def part(store: Store, **asked: Any) -> network.Network:
    return network.project(scope.narrowed(store, Scope(**asked)))


def links(found: network.Network) -> set[tuple[str, str, str]]:
    return {(edge.source, edge.relation, edge.target) for edge in found.edges()}


def test_an_empty_scope_is_everything() -> None:
    assert Scope().everything
    assert not Scope(hops=2).everything
    assert not Scope(evidence=False).everything


def test_focus_keeps_what_is_near(shipped_store: Store) -> None:
    near, far = (part(shipped_store, focus=("Bae Kyung-hoon",), hops=hops) for hops in (1, 2))
    whole = links(network.project(shipped_store))
    beside = {end for one, _, other in whole if "bae-kyunghoon" in {one, other}
              for end in (one, other)}  # fmt: skip
    assert len(beside) > 5
    assert links(near) == {each for each in whole if {each[0], each[2]} <= beside}
    assert links(near) < links(far) < whole


def test_no_hop_is_the_entity_and_its_facts(shipped_store: Store) -> None:
    alone = part(shipped_store, focus=("lg-ai-research",), hops=0)
    assert links(alone) == set()
    (node,) = alone.nodes(["lg-ai-research"])
    (whole,) = network.project(shipped_store).nodes(["lg-ai-research"])
    assert node == whole


def test_type_keeps_narrower_classes_and_relations_among_them(shipped_store: Store) -> None:
    found = part(shipped_store, types=("Organisation",))
    whole = {node.id: node.types for node in network.project(shipped_store).nodes()}
    assert links(found) == {
        each
        for each in links(network.project(shipped_store))
        if "Organisation" in whole[each[0]] and "Organisation" in whole[each[2]]
    }
    assert len(links(found)) > 5


@pytest.mark.parametrize("status", ["planned", "Reported", "계획"])
def test_status(shipped_store: Store, status: str) -> None:
    found = part(shipped_store, statuses=(status,))
    meant = "reported" if status == "Reported" else "planned"
    claims = [*found.edges(), *(fact for node in found.nodes() for fact in node.facts)]
    whole = network.project(shipped_store)
    every = [*whole.edges(), *(fact for node in whole.nodes() for fact in node.facts)]
    assert {each.id for each in claims} == {each.id for each in every if each.status == meant}


def test_relation(shipped_store: Store) -> None:
    found = part(shipped_store, relations=("partOf", "affiliate of"))
    assert {relation for _, relation, _ in links(found)} == {"partOf", "affiliateOf"}


def test_source_keeps_what_rests_on_it_alone(shipped_store: Store) -> None:
    found = part(shipped_store, sources=("ror",))
    claims = [*found.edges(), *(fact for node in found.nodes() for fact in node.facts)]
    assert {each.source for claim in claims for each in claim.evidence} >= {"ror"}
    sources = [{each.source for each in claim.evidence} for claim in claims if not claim.premises]
    assert all("ror" in each for each in sources)
    assert len(claims) > 20


def test_all_sources_together_are_everything() -> None:
    with opening.graph(load(paths.shipped("data")), inferred=True) as graph:
        whole = network.project(graph)
        ids = tuple(source.id for source in whole.sources())
        assert len(ids) > 1
        assert links(part(graph, sources=ids)) == links(whole)
        one = part(graph, sources=ids[:1])
        assert {edge.status for edge in one.edges()} >= {"stated", "inferred"}
        assert links(one) < links(whole)


def test_query_of_rows_and_of_triples(shipped_store: Store) -> None:
    rows = part(
        shipped_store, query="SELECT ?x { VALUES ?x { id:lg id:lg-ai-research id:lg-chem } }"
    )
    three = {"lg", "lg-ai-research", "lg-chem"}
    whole = links(network.project(shipped_store))
    assert links(rows) == {each for each in whole if {each[0], each[2]} <= three}
    assert ("lg-chem", "partOf", "lg") in links(rows)
    triples = part(shipped_store, query="CONSTRUCT { ?x aie:partOf ?y } WHERE { ?x aie:partOf ?y }")
    assert {relation for _, relation, _ in links(triples)} == {"partOf"}
    named = part(shipped_store, query="posts", parameters=("organisation=LG AI Research",))
    assert len(links(named)) > 0


def test_filters_combine(shipped_store: Store) -> None:
    found = part(shipped_store, focus=("lg",), hops=2, statuses=("stated",), relations=("partOf",))
    assert {relation for _, relation, _ in links(found)} == {"partOf"}
    assert {edge.status for edge in found.edges()} == {"stated"}


def test_what_claims_mention_is_named(shipped_store: Store) -> None:
    found = part(shipped_store, relations=("holdsPost",))
    roles = {edge.qualifiers["role"].id for edge in found.edges() if "role" in edge.qualifiers}  # type: ignore[union-attr]
    assert roles
    assert all(node.labels for node in found.nodes(roles))


def test_every_claim_arrives_whole(toy_store: Store) -> None:
    whole = network.project(toy_store)
    copied = part(toy_store, statuses=("stated", "planned", "reported", "inferred"))
    assert list(copied.edges()) == list(whole.edges())
    assert {fact for node in copied.nodes() for fact in [f.id for f in node.facts]} == {
        fact.id for node in whole.nodes() for fact in node.facts
    }


def test_everything_there_is_equals_the_graph(toy_store: Store) -> None:
    everything = "SELECT ?x { ?x a ?class }"
    copied = scope.narrowed(toy_store, Scope(query=everything))
    ask = "SELECT ?s ?p ?o { ?s ?p ?o }"
    assert {*copied.query(ask)} <= {*toy_store.query(ask)}  # type: ignore[misc]
    claims = "SELECT ?s ?p ?o { ?c rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o . ?s ?p ?o }"
    assert {*copied.query(claims)} == {*toy_store.query(claims)}  # type: ignore[misc]


def test_without_evidence_no_source_is_left(shipped_store: Store) -> None:
    bare = part(shipped_store, evidence=False)
    assert len(list(bare.edges())) == len(list(network.project(shipped_store).edges()))
    assert list(bare.sources()) == []
    assert not any(edge.evidence for edge in bare.edges())


def test_inferred_claims_stay_in_their_graph() -> None:
    with opening.graph(load(paths.shipped("data")), inferred=True) as graph:
        copied = scope.narrowed(graph, Scope(focus=("lg-ai-research",), hops=1))
        inferred = [edge for edge in network.project(copied).edges() if edge.status == "inferred"]
        assert inferred
        ask = "SELECT ?c { GRAPH ?g { ?c aie:status aie:Inferred } }"
        assert {row[0].value for row in copied.query(ask)} >= {  # type: ignore[union-attr, misc]
            edge.id for edge in inferred if edge.rule != "curator"
        }


def test_marks_of_a_day_stay(toy_corpus: Any) -> None:
    with opening.graph(toy_corpus) as graph, validity.at(graph, "2022-06") as then:
        marks = validity.marks(then)
        copied = scope.narrowed(then, Scope(statuses=("stated",)))
        assert validity.marks(copied).items() <= marks.items()
        assert validity.marks(copied)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"focus": ("nobody at all",)}, "nobody at all: no entity has this name"),
        (
            {"types": ("Persn",)},
            "--type=Persn: is no class of the ontology; did you mean 'Person'?",
        ),
        ({"relations": ("partof",), "sources": ("rorr",)}, "rorr: no source has this id or title"),
        (
            {"types": ("Award",), "relations": ("partOf",)},
            "the selection: nothing fits --type 'Award' --relation 'partOf'; ask for less",
        ),
        ({"relations": ("website",)}, "--relation website: is an attribute, and --relation"),
        ({"hops": 2}, "--hops: is of use only with --focus; say --focus, too"),
        ({"parameters": ("a=b",)}, "--param: is of use only with --query; say --query, too"),
        ({"query": "ASK { ?s ?p ?o }"}, "query: is an ASK, which names nothing"),
    ],
)
def test_what_is_not_there_is_told(shipped_store: Store, asked: Any, message: str) -> None:
    with pytest.raises(KGError) as caught:
        scope.narrowed(shipped_store, Scope(**asked))
    assert str(caught.value).startswith(message)


def test_reading_back_what_was_copied_gives_the_same_claims(toy_store: Store) -> None:
    copied = scope.narrowed(toy_store, Scope(sources=("mirae-launch",)))
    held = copied.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
    from pyoxigraph import Quad

    read = rdf.read(Quad(*triple) for triple in held)  # type: ignore[union-attr, misc]
    assert {"mirae-launch"} <= read.sources.keys()
    assert all(each.evidence for each in read.claims if not each.premises)

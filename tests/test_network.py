"""The projection: every entity a node, every claim an edge or a fact, nothing lost."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest

from kg import names, network, rdf, store
from kg.model import Claim, Corpus, Entity, Evidence, Literal, Rank, Ref, Span, Status, Text


def graph(claims: Iterable[Claim] = (), entities: Iterable[Entity] = ()) -> network.Network:
    """Return the projection of a small corpus of its own."""
    corpus = Corpus({entity.id: entity for entity in entities}, {}, tuple(claims))
    opened = store.open()
    opened.replace([*rdf.quads(corpus)])
    return network.project(opened)


def claims_of(projected: network.Network) -> dict[str, Claim]:
    """Put claims together again from edges and facts."""
    found = {}
    for node in projected.nodes():
        for fact in node.facts:
            found[fact.id] = claim_of(fact, node.id, fact.predicate, fact.value)
    for edge in projected.edges():
        found[edge.id] = claim_of(edge, edge.source, edge.relation, Ref(edge.target))
    return found


def claim_of(
    record: network.Fact | network.Edge, subject: str, predicate: str, value: Ref | Literal
) -> Claim:
    return Claim(
        subject,
        predicate,
        value,
        tuple(sorted(record.qualifiers.items())),
        record.status,
        record.rank,
        tuple(sorted(Text(*each) for each in record.gloss.items())),
        tuple(sorted(Text(*each) for each in record.notes.items())),
        record.evidence,
        record.premises,
        record.rule,
    )


@pytest.mark.parametrize("name", ["toy", "shipped"])
def test_nodes_edges_and_sources_hold_all_of_the_corpus(
    name: str, request: pytest.FixtureRequest
) -> None:
    corpus: Corpus = request.getfixturevalue(f"{name}_corpus")
    projected = network.project(request.getfixturevalue(f"{name}_store"))
    nodes = {node.id: node for node in projected.nodes()}
    assert {source.id: source for source in projected.sources()} == dict(corpus.sources)
    assert claims_of(projected) == {names.claim_iri(claim): claim for claim in corpus.claims}
    assert nodes.keys() == corpus.entities.keys()
    for entity in corpus.entities.values():
        node = nodes[entity.id]
        assert (node.iri, node.cls) == (names.entity_iri(entity.id), entity.cls)
        assert node.labels == dict(entity.labels)
        assert node.notes == dict(entity.notes)
        for found, given in (
            (node.aliases, entity.aliases),
            (node.misspellings, entity.misspellings),
        ):
            assert {Text(lang, each) for lang, all in found.items() for each in all} == set(given)


def test_everything_comes_sorted_and_the_same_twice(toy_store: store.Store) -> None:
    projected = network.project(toy_store)
    for read in (projected.nodes, projected.edges, projected.sources):
        ids = [record.id for record in read()]
        assert ids == sorted(ids) == [record.id for record in read()]
        assert len(ids) > 1


def test_more_than_one_batch_is_complete() -> None:
    count = 1201
    claims = [Claim(f"e{n}", "partOf", Ref(f"e{n + 1}")) for n in range(count)]
    claims += [Claim(f"e{n}", "birthYear", Literal("1977", "xsd:gYear")) for n in range(count)]
    projected = graph(claims)
    assert len(list(projected.edges())) == count
    assert sum(len(node.facts) for node in projected.nodes()) == count
    assert projected.ids() == sorted(f"e{n}" for n in range(count + 1))


def test_an_entity_that_only_a_claim_names_is_a_node() -> None:
    known, unknown = graph([Claim("known", "partOf", Ref("unknown"))]).nodes()
    assert (known.id, unknown.id, unknown.cls, unknown.labels) == ("known", "unknown", "", {})


def test_nodes_by_id_are_only_those() -> None:
    projected = graph(entities=[Entity(id, "Person", ()) for id in "abc"])
    assert [node.id for node in projected.nodes(["c", "a"])] == ["a", "c"]
    assert list(projected.nodes([])) == []


def test_edges_of_an_entity_go_both_ways_and_are_only_its() -> None:
    claims = [Claim("a", "partOf", Ref("b")), Claim("c", "partOf", Ref("a"))]
    claims += [Claim("b", "partOf", Ref("c")), Claim("a", "name", Literal("A"))]
    projected = graph(claims)
    ends = sorted((edge.source, edge.target) for edge in projected.edges_of("a"))
    assert ends == [("a", "b"), ("c", "a")]
    assert list(projected.edges_of("nobody")) == []


@pytest.mark.parametrize("id", ["a> } { ?key ?p ?o", "a b", "<"])
def test_an_id_is_never_read_as_sparql(id: str) -> None:
    projected = graph([Claim("a", "partOf", Ref("b"))])
    with pytest.raises(ValueError, match="IRI"):
        list(projected.edges_of(id))


def test_claims_about_the_same_pair_are_parallel_edges() -> None:
    terms = [{"start": Literal(year, "xsd:gYear")} for year in ("2010", "2020")]
    claims = [Claim("kim", "heldPost", Ref("lab"), tuple(term.items())) for term in terms]
    edges = list(graph(claims).edges())
    assert {(edge.source, edge.target, edge.relation) for edge in edges} == {
        ("kim", "lab", "heldPost")
    }
    assert sorted(edge.qualifiers["start"].value for edge in edges) == ["2010", "2020"]


@pytest.mark.parametrize(
    ("status", "rank", "flat"),
    [
        (Status.STATED, Rank.NORMAL, True),
        (Status.REPORTED, Rank.NORMAL, True),
        (Status.PLANNED, Rank.NORMAL, False),
        (Status.STATED, Rank.DEPRECATED, False),
    ],
)
def test_flat_says_whether_the_plain_triple_is_there(
    status: Status, rank: Rank, flat: bool
) -> None:
    projected = graph([Claim("a", "partOf", Ref("b"), status=status, rank=rank)])
    (edge,) = projected.edges()
    pattern = f"{{ <{names.entity_iri('a')}> <{names.expand('aie:partOf')}> ?o }}"
    assert edge.flat == flat == bool(list(projected.store.query(f"SELECT ?o {pattern}").rows))


@pytest.mark.parametrize(
    ("cls", "types"),
    [
        ("ResearchInstitute", ("ResearchInstitute", "Organisation", "Agent", "Entity")),
        ("Unheard", ("Unheard",)),
    ],
)
def test_types_go_from_the_class_upwards(cls: str, types: tuple[str, ...]) -> None:
    (node,) = graph(entities=[Entity("a", cls, ())]).nodes()
    assert node.types == types


@pytest.mark.parametrize(
    ("labels", "langs", "expected"),
    [
        ({"ko": "가", "en": "A"}, ("ko", "en"), "가"),
        ({"ko": "가", "en": "A"}, ("en", "ko"), "A"),
        ({"ja": "あ", "fr": "B"}, ("ko", "en"), "B"),
        ({}, ("ko", "en"), "a"),
    ],
)
def test_label_falls_back(labels: dict[str, str], langs: tuple[str, ...], expected: str) -> None:
    texts = tuple(sorted(Text(*each) for each in labels.items()))
    (node,) = graph(entities=[Entity("a", "Person", texts)]).nodes()
    assert network.label(node, langs) == expected


def test_networkx_gets_plain_values_under_claim_ids() -> None:
    qualifiers = (
        ("amount", Literal("200000000000.5", "xsd:decimal")),
        ("approximation", Literal("over", "aie:Approximation")),
        ("at", Literal("2020-12", "xsd:gYearMonth")),
        ("quantity", Literal("16", "xsd:integer")),
        ("role", Ref("head")),
    )
    evidence = (Evidence("news", Span(3, 7), "0" * 64),)
    claim = Claim("a", "holdsPost", Ref("b"), qualifiers, evidence=evidence)
    drawn = graph([claim], [Entity("a", "Person", (Text("ko", "가"),))]).to_networkx()
    attributes = drawn.edges["a", "b", names.claim_iri(claim)]
    assert attributes["qualifiers"] == {
        "amount": 200000000000.5,
        "approximation": "over",
        "at": "2020-12",
        "quantity": 16,
        "role": "head",
    }
    assert attributes["evidence"] == [{"source": "news", "start": 3, "end": 7, "sha256": "0" * 64}]
    assert (attributes["relation"], attributes["status"]) == ("holdsPost", "stated")
    assert drawn.nodes["a"]["labels"] == {"ko": "가"}
    json.dumps([dict(drawn.nodes(data=True)), attributes])  # no type that JSON does not know

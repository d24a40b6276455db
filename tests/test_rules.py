"""What the rules infer: each on small cases, then all together on the toy and shipped graphs.

``rules/<rule>.toml`` has cases of the rule: claims, written as ``subject predicate
object [name=value …]``, and all that this rule infers of them when all rules run.
Entities are organisations unless ``classes`` says otherwise, which no rule but one asks.
"""

from __future__ import annotations

import io
import itertools
import tomllib
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg import checks, names, opening, rdf, reason, rules, store
from kg.errors import KGError
from kg.model import Claim, Corpus, Entity, Literal, Rank, Ref, Status, Text

CASES = Path(__file__).parent / "rules"
ENTITIES = {"role", "speaker", "aim", "degree"}


def read(text: str) -> Claim:
    """``kim holdsPost lab role=head status=planned`` as a claim."""
    subject, predicate, value, *named = text.split()
    fields = dict(each.split("=") for each in named)
    status, rank = fields.pop("status", "stated"), fields.pop("rank", "normal")
    qualifiers = tuple(
        (name, Ref(word) if name in ENTITIES else Literal(word, "xsd:date"))
        for name, word in sorted(fields.items())
    )
    return Claim(subject, predicate, Ref(value), qualifiers, status=Status(status), rank=Rank(rank))


def corpus_of(claims: list[Claim], classes: dict[str, str] | None = None) -> Corpus:
    ids = {end for claim in claims for end in (claim.subject, claim.object.id)}  # type: ignore[union-attr]
    entities = {
        id: Entity(id, (classes or {}).get(id, "Organisation"), (Text("en", id),))
        for id in sorted(ids)
    }
    return Corpus(entities, {}, tuple(claims))


def said(claim: Claim) -> str:
    return f"{claim.subject} {claim.predicate} {claim.object.id}"  # type: ignore[union-attr]


def conclude(claims: list[Claim], classes: dict[str, str] | None = None) -> reason.Conclusions:
    with opening.graph(corpus_of(claims, classes)) as graph:
        return reason.conclude(graph)


def cases() -> list[Any]:
    found = []
    for file in sorted(CASES.glob("*.toml")):
        table = tomllib.loads(file.read_text("utf-8"))
        for case in table["case"]:
            wanted = (file.stem, case["claims"], case["infers"], table.get("classes", {}))
            found.append(pytest.param(*wanted, id=f"{file.stem}: {case['name']}"))
    return found


@pytest.mark.parametrize(("rule", "claims", "infers", "classes"), cases())
def test_a_rule_infers_this_and_no_more(
    rule: str, claims: list[str], infers: list[str], classes: dict[str, str]
) -> None:
    found = conclude([read(each) for each in claims], classes)
    made = {
        said(found.claims[iri])
        for iri, ways in found.derivations.items()
        if rule in {way.rule for way in ways}
    }
    assert made == set(infers)


@pytest.mark.parametrize("rule", sorted(rules.catalogue()))
def test_a_rule_has_a_case_where_it_fires_and_one_where_not(rule: str) -> None:
    table = tomllib.loads((CASES / f"{rule}.toml").read_text("utf-8"))
    assert {bool(case["infers"]) for case in table["case"]} == {True, False}


def test_every_case_belongs_to_a_rule() -> None:
    assert {file.stem for file in CASES.iterdir()} == set(rules.catalogue())


# -- all together ------------------------------------------------------------


def test_the_order_of_rules_does_not_matter() -> None:
    claims = [read("team partOf lab"), read("lab partOf chem"), read("chem affiliateOf lg")]
    claims += [read("kim holdsPost team"), read("lee holdsPost team"), read("lee heldPost chem")]
    with opening.graph(corpus_of(claims)) as graph:
        named = list(rules.catalogue().items())
        found = [reason.conclude(graph, dict(order)) for order in (named, reversed(named))]
    assert found[0] == found[1]
    assert len(found[0].claims) > 15


def test_nothing_new_follows_from_what_was_inferred(shipped_corpus: Corpus) -> None:
    """A fixpoint: with all that was inferred as facts, only the same is found."""
    with opening.graph(shipped_corpus) as graph:
        first = reason.conclude(graph)
        graph.load(rdf.quads(Corpus({}, {}, tuple(first.claims.values()))))
        assert not reason.conclude(graph).claims


def test_what_is_inferred_names_its_rule_and_claims_that_are_there(shipped_corpus: Corpus) -> None:
    with opening.graph(shipped_corpus) as graph:
        found = reason.conclude(graph)
    known = {names.claim_iri(claim): claim for claim in shipped_corpus.claims}
    for iri, claim in found.claims.items():
        assert names.claim_iri(claim) == iri
        assert claim.status is Status.INFERRED
        assert claim.rule in rules.catalogue()
        assert claim.premises
        assert [text.lang for text in claim.gloss] == ["en", "ko"]
        for premise in claim.premises:
            assert premise in found.claims or premise in known
            if premise in known:
                assert known[premise].status in (Status.STATED, Status.INFERRED)
    assert {"alumnus-of-through-part", "colleague-of"} <= {c.rule for c in found.claims.values()}


def test_a_planned_partner_of_the_article_is_no_partner(shipped_store: store.Store) -> None:
    found = reason.conclude(shipped_store).claims.values()
    assert not [claim for claim in found if claim.predicate == "partnerOf"]


def test_the_first_derivation_is_kept_with_the_claim_and_all_are_known() -> None:
    posts = ["kim holdsPost lg", "kim holdsPost lab", "lab partOf lg", "lab partOf mdi"]
    found = conclude([read(each) for each in [*posts, "mdi partOf lg"]])
    [iri] = [iri for iri, claim in found.claims.items() if said(claim) == "kim memberOf lg"]
    assert found.claims[iri].rule == "member-of"
    assert len(found.claims[iri].premises) == 1
    assert [way.rule for way in found.derivations[iri]] == ["member-of", "member-of-through-part"]


# -- in a store --------------------------------------------------------------


def test_what_is_inferred_is_in_a_graph_of_its_own(shipped_corpus: Corpus) -> None:
    with opening.graph(shipped_corpus) as graph:
        before = dump(graph, ox.DefaultGraph())
        counts = reason.infer(graph)
        assert dump(graph, ox.DefaultGraph()) == before
        held = graph.query(f"SELECT ?c {{ GRAPH <{names.INFERRED}> {{ ?c a aie:Claim }} }}")
        assert isinstance(held, store.Solutions)
        assert len(list(held)) == sum(counts.values()) > 0
        assert graph.query("ASK { ?x aie:memberOf ?y }") is False


def dump(graph: store.Store, part: store.Graph | None = None) -> bytes:
    out = io.BytesIO()
    graph.dump(out, ox.RdfFormat.N_QUADS, graph=part)
    return out.getvalue()


def test_inferring_again_changes_no_byte(shipped_corpus: Corpus) -> None:
    with opening.graph(shipped_corpus) as graph:
        reason.infer(graph)
        first = dump(graph)
        reason.infer(graph)
        assert dump(graph) == first
    with opening.graph(shipped_corpus, inferred=True) as other:
        assert dump(other) == first
        reason.infer(other)  # a store that asks both graphs as one
        assert dump(other) == first


def test_what_no_longer_follows_goes() -> None:
    with opening.graph(corpus_of([read("lab partOf lg")])) as graph:
        assert sum(reason.infer(graph).values()) == 2
        graph.update("DELETE WHERE { ?c a aie:Claim ; ?p ?o }")
        assert sum(reason.infer(graph).values()) == 0
        assert reason.done(graph)
        assert f"<{names.INFERRED}>" not in dump(graph).decode()


def test_both_graphs_are_asked_as_one_and_nothing_comes_twice() -> None:
    words = "uni partnerOf lab status=reported speaker=kim"
    claims = [read("lab partnerOf uni"), read(words)]
    with opening.graph(corpus_of(claims), inferred=True) as graph:
        answer = graph.query("SELECT ?a ?b { ?a aie:partnerOf ?b }")
        assert isinstance(answer, store.Solutions)
        rows = [tuple(names.compact(term.value) for term in row if term) for row in answer]  # type: ignore[union-attr]
        assert sorted(rows) == [("id:lab", "id:uni"), ("id:uni", "id:lab")]
        inferred = f"ASK FROM <{names.INFERRED}> {{ ?a aie:partnerOf ?b }}"
        assert graph.query(inferred) is False


def test_claims_read_back_as_they_were_written(shipped_corpus: Corpus) -> None:
    with opening.graph(shipped_corpus) as graph:
        found = reason.conclude(graph)
    quads = rdf.quads(Corpus({}, {}, tuple(found.claims.values())), ox.NamedNode(names.INFERRED))
    assert rdf.read(quads).claims == tuple(found.claims.values())


@pytest.mark.parametrize("folder", ["tests/toy/data", "data"])
def test_what_is_inferred_passes_all_checks(folder: str) -> None:
    from kg import corpus

    with opening.graph(corpus.load(folder)) as graph:
        reason.infer(graph)
        with store.open() as both:
            both.load(quad for quad in ox.parse(dump(graph), format=ox.RdfFormat.N_QUADS))
            both.update(f"ADD <{names.INFERRED}> TO DEFAULT ; DROP GRAPH <{names.INFERRED}>")
            report = checks.run(both)
    assert not [str(each) for each in report.findings if each.severity == "error"]


# -- rules that are wrong ----------------------------------------------------

HEADER = "# title.en: t\n# title.ko: t\n# description: d\n# gloss.en: {0}\n# gloss.ko: {0}\n"


@pytest.mark.parametrize(
    ("gloss", "query", "message"),
    [
        ("x", "ASK { ?s ?p ?o }", "r.rq: is no SELECT; select what follows and from what"),
        ("x", "SELECT ?subject { ?subject ?p ?o }", "r.rq: does not select ?predicate"),
        (
            "{vla}",
            "SELECT ?subject ?predicate ?object ?via ?premise1 { ?subject ?predicate ?object }",
            "r.rq: gloss.en names {vla}, which is not selected; did you mean 'via'?",
        ),
    ],
)
def test_a_wrong_rule_is_told(gloss: str, query: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "r.rq").write_text(HEADER.replace("{0}", gloss) + query)
    wrong = rules.catalogue(tmp_path)
    graph = opening.graph(corpus_of([read("lab partOf lg")]))
    with graph, pytest.raises(KGError) as caught:
        reason.conclude(graph, wrong)
    assert str(caught.value).startswith(message)


# -- against a plain model ---------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12))
def test_within_is_the_transitive_closure(edges: set[tuple[int, int]]) -> None:
    parts = {(a, b) for a, b in edges if a != b}
    closure = set(parts)
    while more := {(a, d) for (a, b), (c, d) in itertools.product(closure, parts) if b == c} - (
        closure
    ):
        closure |= more
    found = conclude([read(f"o{a} partOf o{b}") for a, b in sorted(parts)])
    within = {said(c) for c in found.claims.values() if c.predicate == "withinOrganisation"}
    assert within == {f"o{a} withinOrganisation o{b}" for a, b in closure if a != b}

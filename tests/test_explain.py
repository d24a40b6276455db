"""Proofs: complete, down to sentences, the shortest first, in words, JSON and PROV."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rdflib import PROV, RDF, Graph, URIRef
from test_rules import corpus_of, read, said

from kg import explain, names, opening, proof, reason
from kg.cli import cli
from kg.errors import KGError
from kg.model import Corpus, Ref, Status
from kg.proof import Proof
from kg.store import Store

TOY = Path(__file__).parent / "toy"
ON_TOY = ("--data", str(TOY / "data"))


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and output of ``kg explain``, or the line of its error."""
    result = CliRunner(env={"KG_ARTICLES": ""}).invoke(
        cli, ["explain", *arguments], standalone_mode=False
    )
    if isinstance(result.exception, KGError):
        return 2, str(result.exception)
    return result.return_value, result.output


def all_of(proofs: tuple[Proof, ...]) -> Iterator[Proof]:
    for each in proofs:
        yield each
        for way in each.ways:
            yield from all_of(way.premises)


def prove(claims: list[str], triple: str, everything: bool = False) -> proof.Answer:
    subject, predicate, value = triple.split()
    with opening.graph(corpus_of([read(each) for each in claims])) as graph:
        return proof.prove(graph, subject, predicate, value, everything=everything)


def outline(step: Proof) -> Any:
    """The tree as nested lists: what is said, then each way as rule and premises."""
    if not step.ways:
        return said(step.claim)
    return [said(step.claim), *([way.rule, *map(outline, way.premises)] for way in step.ways)]


# -- proofs ------------------------------------------------------------------


def test_every_inferred_claim_has_a_proof_that_ends_at_sources(shipped_store: Store) -> None:
    for iri, claim in reason.conclude(shipped_store).claims.items():
        assert isinstance(claim.object, Ref)
        found = proof.prove(shipped_store, claim.subject, claim.predicate, claim.object.id)
        [mine] = [each for each in found.proofs if each.iri == iri]
        for step in all_of((mine,)):
            assert step.ways or step.claim.evidence
            if not step.ways:
                assert step.claim.status is not Status.INFERRED or step.claim.evidence


def test_a_proof_has_a_step_for_each_level() -> None:
    claims = ["kim holdsPost team", "team partOf lab", "lab partOf lg"]
    [found] = prove(claims, "kim memberOf lg").proofs
    through = ["team withinOrganisation lg", ["within-organisation-through-part"]]
    assert found.size == 6
    [[rule, *premises]] = outline(found)[1:]
    assert rule == "member-of-through-part"
    assert "kim holdsPost team" in premises
    [within] = [each for each in premises if isinstance(each, list)]
    assert within[0] == through[0]
    assert within[1][0] == through[1][0]
    assert "team partOf lab" in within[1]
    assert ["lab withinOrganisation lg", ["within-organisation", "lab partOf lg"]] in within[1]


def test_the_shortest_way_comes_first_and_all_on_demand() -> None:
    claims = ["kim holdsPost lab", "lab partOf mdi", "mdi partOf lg", "lab partOf lg"]
    [short] = prove(claims, "kim memberOf lg").proofs
    assert [way.size for way in short.ways] == [3]
    [full] = prove(claims, "kim memberOf lg", everything=True).proofs
    assert full.size == short.size == 4
    [way] = full.ways
    [within] = [each for each in way.premises if each.claim.predicate == "withinOrganisation"]
    assert [(each.rule, each.size) for each in within.ways] == [
        ("within-organisation", 1),
        ("within-organisation-through-part", 3),
    ]


def test_a_proof_never_goes_in_a_circle() -> None:
    claims = ["a partOf b", "b partOf c", "c partOf a"]
    [found] = prove(claims, "a withinOrganisation c", everything=True).proofs
    for step in all_of((found,)):
        for way in step.ways:
            assert step.iri not in {below.iri for below in all_of(way.premises)}


def test_a_claim_that_a_source_says_is_its_own_proof() -> None:
    [found] = prove(["lab partOf lg"], "lab partOf lg").proofs
    assert (found.ways, found.size) == ((), 1)


@pytest.mark.parametrize("status", ["status=planned", "status=reported speaker=kim"])
def test_what_is_planned_or_said_is_no_proof_but_told(status: str) -> None:
    found = prove([f"lab partnerOf uni {status}"], "lab partnerOf uni")
    assert found.proofs == ()
    assert [said(claim) for claim in found.unfounded] == ["lab partnerOf uni"]


def test_what_the_store_holds_inferred_makes_no_difference(shipped_corpus: Corpus) -> None:
    asked = ("bae-kyunghoon", "memberOf", "lg")
    with (
        opening.graph(shipped_corpus) as plain,
        opening.graph(shipped_corpus, inferred=True) as both,
    ):
        assert proof.prove(plain, *asked, everything=True) == proof.prove(
            both, *asked, everything=True
        )


def test_too_many_proofs_are_refused() -> None:
    layers = [f"o{n}x{a} partOf o{n + 1}x{b}" for n in range(9) for a in range(4) for b in range(4)]
    assert prove(layers, "o0x0 withinOrganisation o9x0").proofs
    with pytest.raises(KGError, match="drop --all"):
        prove(layers, "o0x0 withinOrganisation o9x0", everything=True)


# -- names -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("partOf", "partOf"),
        ("aie:partOf", "partOf"),
        ("part of", "partOf"),
        ("출신 조직", "alumnusOf"),
    ],
)
def test_a_relation_goes_by_name_and_label(text: str, name: str) -> None:
    assert proof.relation(text) == name


def test_an_unknown_relation_is_told() -> None:
    with pytest.raises(KGError, match="partov: is no relation; did you mean 'partOf'"):
        proof.relation("partov")


# -- written out -------------------------------------------------------------


def test_in_words_with_the_quoted_sentence() -> None:
    asked = ("김하늘", "member of", "Mirae AI Lab", *ON_TOY)
    code, out = run(*asked, "--articles", str(TOY / "articles"))
    assert code == 0
    assert out.startswith("Haneul Kim — member of — Mirae AI Lab  [inferred]\n")
    assert "because: Who holds a post there is a member (member-of)" in out
    assert "characters 109–115" in out
    assert "2022-05-10" in out
    assert "“" in out
    assert "“" not in run(*asked)[1]


def test_in_korean() -> None:
    code, out = run("kim-haneul", "memberOf", "mirae-ai-lab", "--lang", "ko", *ON_TOY)
    assert code == 0
    assert out.startswith("김하늘 — 소속 조직 — 미래AI랩  [추론]\n")
    assert "글자 109–115" in out


def test_a_value_is_explained_too() -> None:
    code, out = run("mirae-ai-lab", "foundedOn", "2021", *ON_TOY)
    assert (code, out.splitlines()[0]) == (0, "Mirae AI Lab — founded on — 2021  [stated]")


def test_what_does_not_hold_ends_with_1_and_says_why() -> None:
    code, out = run("mirae-ai-lab", "partnerOf", "hanbyeol-university", *ON_TOY)
    assert code == 1
    assert out.startswith("Nothing that sources say as a fact entails: Mirae AI Lab — partner of")
    assert "Mirae AI Lab — partner of — Hanbyeol University  [planned]" in out
    code, out = run("mirae-ai-lab", "partOf", "hanbyeol-university", *ON_TOY)
    assert (code, len(out.splitlines())) == (1, 1)


def test_without_a_source() -> None:
    asked = ("kim-haneul", "alumnusOf", "nuri-institute", *ON_TOY)
    assert run(*asked)[0] == 0
    assert run(*asked, "--without", "mirae-review")[0] == 0
    assert run(*asked, "--without", "mirae-launch")[0] == 1


def test_as_json() -> None:
    code, out = run("kim-haneul", "memberOf", "mirae-ai-lab", "-f", "json", *ON_TOY)
    found = json.loads(out)
    assert code == 0
    [top] = found["proofs"]
    assert (top["predicate"], top["status"], top["size"]) == ("memberOf", "inferred", 2)
    [way] = top["ways"]
    assert way["rule"] == "member-of"
    [leaf] = way["premises"]
    assert leaf["ways"] == []
    assert leaf["qualifiers"] == {"role": "lab-head"}
    assert {each["source"] for each in leaf["evidence"]} == {"mirae-launch", "mirae-review"}
    assert leaf["evidence"][0]["start"] == 109
    assert leaf["evidence"][0]["published"].startswith("2022-05-10")


def test_as_prov() -> None:
    code, out = run("kim-haneul", "memberOf", "mirae-group", "-f", "ttl", "--all", *ON_TOY)
    assert code == 0
    graph = Graph().parse(data=out, format="turtle")
    claims = set(graph.subjects(RDF.type, URIRef(names.expand("aie:Claim"))))
    activities = set(graph.subjects(RDF.type, PROV.Activity))
    assert activities
    for activity in activities:
        [claim] = graph.objects(activity, PROV.generated)
        used = set(graph.objects(activity, PROV.used))
        assert {claim, *used} <= claims
        assert used <= set(graph.objects(claim, PROV.wasDerivedFrom))
    for claim in claims - set(graph.objects(None, PROV.generated)):
        assert (claim, PROV.hadPrimarySource, None) in graph


def test_an_unknown_format_is_told() -> None:
    code, message = run("kim-haneul", "memberOf", "mirae-group", "-f", "jsn", *ON_TOY)
    assert (code, message) == (2, "format 'jsn': is none; did you mean 'json'?")


def test_the_same_bytes_every_time(shipped_store: Store) -> None:
    found = explain.answer(shipped_store, "lee-honglak", "colleagueOf", "배경훈", everything=True)
    for form in explain.FORMATS:
        assert explain.write(shipped_store, found, form) == explain.write(
            shipped_store, found, form
        )

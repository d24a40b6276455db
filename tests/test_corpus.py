"""Loading: what a good folder gives, and the exact message of every bad one."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from kg import corpus, names
from kg.errors import KGError, Problems
from kg.model import Article, Claim, Corpus, Dataset, Literal, Rank, Ref, Status, Text

HERE = Path(__file__).parent
CASES = sorted(path.name for path in (HERE / "invalid").iterdir())


@pytest.mark.parametrize("case", CASES)
def test_an_invalid_folder_is_refused_with_exactly_these_lines(case: str, tmp_path: Path) -> None:
    shutil.copytree(HERE / "toy/data", tmp_path, dirs_exist_ok=True)
    shutil.copytree(HERE / "invalid" / case, tmp_path, dirs_exist_ok=True)
    with pytest.raises(Problems) as raised:
        corpus.load(tmp_path)
    expected = (HERE / "invalid" / case / "expected.txt").read_text(encoding="utf-8")
    assert str(raised.value) + "\n" == expected


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KGError, match="has no folder 'entities'; name a data folder of kg"):
        corpus.load(tmp_path)


def claim(corpus: Corpus, name: str) -> Claim:
    """The claim that stands under `name`, ``source: id``, in the files."""
    source, _, id = name.partition(": ")
    place = f"sources/{source}/claims.toml: {id}"
    return next(claim for claim in corpus.claims if claim.place == place)


def test_one_claim_in_two_sources_has_two_evidences(toy_corpus: Corpus) -> None:
    both = claim(toy_corpus, "mirae-launch: part-of")
    assert [evidence.source for evidence in both.evidence] == ["mirae-launch", "mirae-review"]
    assert len(toy_corpus.claims) == 14


def test_a_plan_and_a_fact_are_two_claims(toy_corpus: Corpus) -> None:
    plan = claim(toy_corpus, "mirae-launch: partner")
    content = (plan.subject, plan.predicate, plan.object, plan.qualifiers)
    assert names.claim_iri(plan) != names.claim_iri(Claim(*content, status=Status.STATED))


def test_values_are_typed_by_the_ontology(toy_corpus: Corpus) -> None:
    invests = dict(claim(toy_corpus, "mirae-launch: investment").qualifiers)
    assert invests == {
        "amount": Literal("5000000000", "xsd:decimal"),
        "approximation": Literal("over", "aie:Approximation"),
        "currency": Literal("KRW"),
        "duration": Literal("P2Y", "xsd:duration"),
    }
    founded = claim(toy_corpus, "toy-registry: founded")
    assert founded.object == Literal("2022-04", "xsd:gYearMonth")
    post = claim(toy_corpus, "mirae-launch: former-post")
    assert dict(post.qualifiers)["role"] == Ref("senior-researcher")


def test_sources_are_articles_or_datasets(toy_corpus: Corpus) -> None:
    article, dataset = toy_corpus.sources["mirae-launch"], toy_corpus.sources["toy-registry"]
    assert isinstance(article, Article)
    assert article.published == "2022-05-10T10:00:00"
    assert isinstance(dataset, Dataset)
    assert dataset.licence == "CC0-1.0"


def test_a_misspelt_name_is_kept_apart_from_the_right_ones(toy_corpus: Corpus) -> None:
    assert toy_corpus.entities["kim-haneul"].misspellings == (Text("en", "Hanul Kim"),)


def test_premises_are_resolved_to_claims(toy_corpus: Corpus) -> None:
    inferred = claim(toy_corpus, "mirae-launch: head-in-group")
    premises = [claim(toy_corpus, f"mirae-launch: {id}") for id in ("head", "part-of")]
    assert inferred.premises == tuple(sorted(map(names.claim_iri, premises)))
    assert inferred.rule == "curator"


def test_the_shipped_data_say_what_the_article_says(shipped_corpus: Corpus) -> None:
    """Spot checks of what is easy to get wrong; the golden files hold the rest."""
    claims = shipped_corpus.claims
    assert len(claims) > 120
    by_status = Counter(claim.status for claim in claims)
    assert min(by_status[status] for status in Status) >= 4
    partners = [claim for claim in claims if claim.predicate == "partnerOf"]
    assert {claim.object for claim in partners} == {
        Ref("global-ai-research-institutes"),
        Ref("seoul-national-university"),
        Ref("university-of-toronto"),
    }
    assert {claim.status for claim in partners} == {Status.PLANNED}
    (held,) = (claim for claim in claims if claim.predicate == "heldOn")
    assert held.object == Literal("2020-12-07", "xsd:date")  # not from the page's print date
    assert all(
        "latest" in dict(claim.qualifiers) for claim in claims if claim.predicate == "heldPost"
    )
    attended = {claim.subject for claim in claims if claim.predicate == "attended"}
    assert len(attended) == 5
    assert not attended & {claim.subject for claim in partners}
    parents = {
        claim.object: claim.evidence[0].source
        for claim in claims
        if (claim.subject, claim.predicate) == ("lg-ai-research", "partOf")
    }
    assert parents == {
        Ref("lg-management-development-institute"): "lg-ai-research-launch",
        Ref("lg"): "ror",
    }


def test_every_shipped_claim_is_glossed_in_korean_and_english(shipped_corpus: Corpus) -> None:
    bare = [
        claim.place
        for claim in shipped_corpus.claims
        if {t.lang for t in claim.gloss} != {"en", "ko"}
    ]
    assert not bare
    assert not [claim.place for claim in shipped_corpus.claims if claim.rank is Rank.DEPRECATED]

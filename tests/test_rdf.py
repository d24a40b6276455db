"""Corpus to RDF and back, byte-stable, for the real data and for any that loads."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg import corpus, literals, names, rdf, store, vocabulary
from kg.model import Corpus, Rank

HERE = Path(__file__).parent


@pytest.fixture(params=["toy", "shipped"])
def any_corpus(request: pytest.FixtureRequest) -> Corpus:
    found: Corpus = request.getfixturevalue(f"{request.param}_corpus")
    return found


def held(opened: store.Store) -> Iterator[ox.Quad]:
    """All that the store has in its default graph."""
    found = opened.query("SELECT ?s ?p ?o { ?s ?p ?o }")
    return (ox.Quad(*row) for row in found.rows)


def test_a_corpus_survives_the_way_through_a_store(any_corpus: Corpus) -> None:
    with store.open() as opened:
        opened.load(rdf.quads(any_corpus))
        back = rdf.read(held(opened))
    assert back == any_corpus


def test_plans_and_deprecated_claims_have_no_flat_triple(toy_corpus: Corpus) -> None:
    triples = {(q.subject.value, q.predicate.value, q.object.value) for q in rdf.quads(toy_corpus)}
    for claim in toy_corpus.claims:
        value = claim.object
        node = names.entity_iri(value.id) if hasattr(value, "id") else value.value
        flat = (names.entity_iri(claim.subject), names.expand(f"aie:{claim.predicate}"), node)
        assert (flat in triples) == rdf.is_flat(claim)
    assert {claim.rank for claim in toy_corpus.claims if not rdf.is_flat(claim)} == {
        Rank.NORMAL,
        Rank.DEPRECATED,
    }


def test_there_are_no_blank_nodes(shipped_corpus: Corpus) -> None:
    for quad in rdf.quads(shipped_corpus):
        assert isinstance(quad.subject, ox.NamedNode)
        assert not isinstance(quad.object, ox.BlankNode)


def test_the_same_data_give_the_same_bytes_whatever_the_hash_seed(tmp_path: Path) -> None:
    written = []
    for seed in ("1", "2"):
        out = tmp_path / seed
        command = [sys.executable, "-m", "kg", "build", "-q", "--data", "tests/toy/data", "-o", out]
        env = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run(command, check=True, env=env, cwd=HERE.parent)
        written.append({path.name: path.read_bytes() for path in sorted(out.iterdir())})
    assert written[0] == written[1]
    assert {"graph.ttl", "graph.nq", "graph.html", "graph.graphml"} <= written[0].keys()


# -- any corpus that loads -------------------------------------------------------

TERMS = vocabulary.load()
WORDS = st.text(min_size=1, max_size=12).filter(lambda text: not literals.text_problem(text))
LANGS = st.sampled_from(["en", "ko", "pt-br"])
DATES = st.one_of(
    st.integers(1, 9999).map("{:04}".format),
    st.dates().map(lambda day: f"{day:%Y-%m}".zfill(7)),
    st.dates().map(lambda day: day.isoformat()),
    st.datetimes().map(lambda time: time.replace(microsecond=0).isoformat()),
)
VALUES = {
    "string": WORDS,
    "date": DATES,
    "year": st.integers(1, 9999).map("{:04}".format),
    "uri": st.sampled_from(["https://a.example/x?y=1#z", "http://wikidata.example/Q1"]),
    "decimal": st.integers(-(10**15), 10**15) | st.floats(-1e12, 1e12).map(lambda x: round(x, 6)),
    "integer": st.integers(-(2**62), 2**62),
    "duration": st.builds("P{}Y{}M{}DT{}H".format, *[st.integers(0, 40)] * 4),
}


def toml(value: object) -> str:
    """A value as TOML: its strings are JSON's but for DEL, which :mod:`kg.literals` refuses."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    if isinstance(value, str):
        escaped = "".join(
            f"\\U{ord(char):08X}" if char in '\\"' or not char.isprintable() else char
            for char in value
        )
        return f'"{escaped}"'
    return str(value)


ENTITIES = ("one", "two", "three-3")


def value_of(term: vocabulary.Property) -> st.SearchStrategy[object]:
    if term.form == "entity":
        return st.sampled_from(ENTITIES)
    if term.form == "term":
        return st.sampled_from(TERMS.terms[term.range])
    if term.form == "text":
        return st.dictionaries(LANGS, WORDS, min_size=1, max_size=1)
    return VALUES[term.form]


@st.composite
def claims(draw: st.DrawFn) -> dict[str, Any]:
    predicate = draw(st.sampled_from(sorted(TERMS.predicates)))
    timeless = sorted(TERMS.qualifiers.keys() - {"start", "end", "earliest", "latest"})
    some = draw(st.lists(st.sampled_from(timeless), unique=True, max_size=4))
    qualifiers = {name: draw(value_of(TERMS.qualifiers[name])) for name in some}
    status = draw(st.sampled_from(["stated", "planned", "reported"]))
    if status == "reported":
        qualifiers["speaker"] = "one"
    start = draw(st.integers(0, 10**6))
    span = {"start": start, "end": start + draw(st.integers(1, 99)), "sha256": "0" * 64}
    return {
        "subject": draw(st.sampled_from(ENTITIES)),
        "predicate": predicate,
        "object": draw(value_of(TERMS.predicates[predicate])),
        "qualifiers": qualifiers,
        "status": status,
        "rank": draw(st.sampled_from(["preferred", "normal", "deprecated"])),
        "gloss": draw(st.dictionaries(LANGS, WORDS, max_size=2)),
        "notes": draw(st.dictionaries(LANGS, WORDS, max_size=2)),
        "evidence": [span],
    }


def entities() -> st.SearchStrategy[dict[str, Any]]:
    many = st.dictionaries(LANGS, st.lists(WORDS, max_size=3), max_size=2)
    return st.fixed_dictionaries(
        {
            "class": st.sampled_from(sorted(TERMS.classes)),
            "labels": st.dictionaries(LANGS, WORDS, min_size=1, max_size=2),
            "aliases": many,
            "misspellings": many,
            "notes": st.dictionaries(LANGS, WORDS, max_size=1),
        }
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.tuples(*[entities()] * len(ENTITIES)),
    st.lists(claims(), max_size=6),
    st.dictionaries(LANGS, WORDS, min_size=1),
    DATES,
)
def test_any_corpus_that_loads_survives(
    tmp_path_factory: pytest.TempPathFactory,
    things: tuple[dict[str, Any], ...],
    said: list[dict[str, Any]],
    title: dict[str, str],
    published: str,
) -> None:
    folder = tmp_path_factory.mktemp("any")
    for number, each in enumerate(said):  # no two say the same
        each |= {"id": f"c{number}", "qualifiers": {**each["qualifiers"], "quantity": number}}
    files = {
        "entities/all.toml": dict(zip(ENTITIES, things, strict=True)),
        "sources/news/article.toml": {
            "title": title,
            "published": published,
            "authors": ["one", "two"],
            "publisher": "two",
            "language": "ko",
            "sha256": "0" * 64,
        },
        "sources/news/claims.toml": {"claim": said},
    }
    for name, table in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "".join(f"{key} = {toml(value)}\n" for key, value in table.items()), "utf-8"
        )
    loaded = corpus.load(folder)
    with store.open() as opened:
        opened.load(rdf.quads(loaded))
        assert rdf.read(held(opened)) == loaded

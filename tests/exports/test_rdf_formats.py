"""RDF exports, judged by rdflib, pyoxigraph, rapper and the nanopub library."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import warnings

import pyoxigraph as ox
import pytest
import rdflib

from kg import exporters, names, opening, paths, rdf, store
from kg.corpus import load
from kg.exporters import jsonld
from kg.model import Claim, Corpus, Entity, Rank, Ref, Status, Text

Triples = set[tuple[str, str, str]]
TRIPLE = [names.expand(f"rdf:{each}") for each in ("subject", "predicate", "object")]
REIFIES = names.expand("rdf:reifies")
GRAPHS = {
    "turtle": (ox.RdfFormat.TURTLE, "turtle", "turtle"),
    "ntriples": (ox.RdfFormat.N_TRIPLES, "nt", "ntriples"),
    "rdfxml": (ox.RdfFormat.RDF_XML, "xml", "rdfxml"),
    "jsonld": (ox.RdfFormat.JSON_LD, "json-ld", ""),
}
"""Formats of one graph, as pyoxigraph, rdflib and rapper call them."""
DATASETS = {
    "trig": (ox.RdfFormat.TRIG, "trig", "trig"),
    "nquads": (ox.RdfFormat.N_QUADS, "nquads", "nquads"),
}


def written(opened: store.Store, name: str) -> tuple[bytes, exporters.Losses]:
    out = io.BytesIO()
    losses = exporters.write(opened, out, name)
    return out.getvalue(), losses


def held(opened: store.Store) -> Triples:
    rows = opened.query("SELECT ?s ?p ?o { ?s ?p ?o }")
    return {(str(s), str(p), str(o)) for s, p, o in store.solutions(rows)}


def parsed(content: bytes, form: ox.RdfFormat) -> Triples:
    return {(str(q.subject), str(q.predicate), str(q.object)) for q in ox.parse(content, form)}


@pytest.mark.parametrize("name", GRAPHS)
def test_every_reader_gets_the_graph(name: str, shipped_store: store.Store) -> None:
    engine, library, program = GRAPHS[name]
    content, losses = written(shipped_store, name)
    assert parsed(content, engine) == held(shipped_store)
    assert not losses.records()
    theirs = rdflib.Graph().parse(content, format=library)
    again = theirs.serialize(format="nt", encoding="utf-8")
    assert parsed(again, ox.RdfFormat.N_TRIPLES) == held(shipped_store)
    if program and shutil.which("rapper"):
        assert rapper(content, program) == len(held(shipped_store))


@pytest.mark.parametrize("name", DATASETS)
def test_every_reader_gets_every_graph(name: str) -> None:
    engine, library, program = DATASETS[name]
    with opening.graph(load(paths.shipped("data")), inferred=True) as graph:
        content, _ = written(graph, name)
        expected = io.BytesIO()
        graph.dump(expected, ox.RdfFormat.N_QUADS)
    quads = set(ox.parse(expected.getvalue(), ox.RdfFormat.N_QUADS))
    assert set(ox.parse(content, engine)) == quads
    graphs = {str(quad.graph_name) for quad in quads}
    assert graphs >= {f"<{names.ONTOLOGY}>", f"<{names.INFERRED}>"}
    theirs = rdflib.Dataset()
    theirs.parse(content, format=library)
    assert len(list(theirs.quads())) == len(quads)
    if shutil.which("rapper"):
        assert rapper(content, program) == len(quads)


def rapper(content: bytes, form: str) -> int:
    """How many triples raptor counts; it fails on what is not well formed."""
    run = subprocess.run(
        ["rapper", "-q", "-i", form, "-o", "ntriples", "-", "http://example.org/"],
        input=content, capture_output=True, check=True,
    )  # fmt: skip
    return len(run.stdout.splitlines())


def test_rapper_is_here_to_judge() -> None:
    if not shutil.which("rapper"):
        pytest.skip("rapper (Debian: raptor2-utils) is not installed")
    assert rapper(b"<a:a> <a:b> <a:c> .", "ntriples") == 1


# -- RDF 1.2 -----------------------------------------------------------------


def test_annotations_give_back_every_claim(shipped_store: store.Store) -> None:
    content, _ = written(shipped_store, "turtle12")
    read: Triples = set()
    for quad in ox.parse(content, ox.RdfFormat.TURTLE):
        if quad.predicate.value == REIFIES:
            assert isinstance(quad.object, ox.Triple)
            for role, term in zip(TRIPLE, quad.object, strict=True):
                read.add((str(quad.subject), f"<{role}>", str(term)))
        else:
            read.add((str(quad.subject), str(quad.predicate), str(quad.object)))
    assert read == held(shipped_store)


def three_claims() -> Corpus:
    link = ("a", "partnerOf", Ref("b"))
    return Corpus(
        {each: Entity(each, "Company", (Text("en", each),)) for each in "ab"},
        {},
        (
            Claim(*link, status=Status.PLANNED),
            Claim("b", "partnerOf", Ref("a"), rank=Rank.DEPRECATED),
            Claim("b", "partOf", Ref("a")),
        ),
    )


@pytest.mark.parametrize("name", ["turtle12", "nanopub"])
def test_plans_and_errors_are_not_asserted(name: str) -> None:
    with opening.graph(three_claims()) as graph:
        content, _ = written(graph, name)
    asserted = {
        quad.predicate.value.removeprefix(names.PREFIXES["aie"])
        for quad in ox.parse(content, ox.RdfFormat.TRIG)
        if quad.subject.value.startswith(names.PREFIXES["id"])  # type: ignore[union-attr]
    } - {names.expand("rdf:type"), names.expand("rdfs:label")}
    assert asserted == {"partOf"}


# -- nanopublications ----------------------------------------------------------


def test_each_claim_is_a_valid_publication(toy_store: store.Store) -> None:
    nanopub = pytest.importorskip("nanopub", reason="the nanopub library is not installed")
    content, losses = written(toy_store, "nanopub")
    publications: dict[str, rdflib.Dataset] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = rdflib.ConjunctiveGraph()
        whole.parse(content, format="trig")
        for context in whole.contexts():
            name = str(context.identifier).partition("#")[0]
            one = publications.setdefault(name, rdflib.ConjunctiveGraph())
            for triple in context:
                one.get_context(context.identifier).add(triple)
        publications.pop("urn:x-rdflib:default", None)
        for each in publications.values():
            assert nanopub.Nanopub(rdf=each).is_valid
    claims = toy_store.query("SELECT ?c { ?c a aie:Claim }")
    assert len(publications) == len(list(store.solutions(claims)))
    entities = toy_store.query("SELECT DISTINCT ?e { ?e a ?c FILTER STRSTARTS(STR(?e), STR(id:)) }")
    (lost,) = losses.records()
    assert (lost["code"], lost["count"]) == ("entity", len(list(store.solutions(entities))))


def test_publications_hold_claims_with_evidence_and_source(toy_store: store.Store) -> None:
    content, _ = written(toy_store, "nanopub")
    read = parsed(content, ox.RdfFormat.TRIG)
    claimed = "SELECT ?s ?p ?o { ?c a aie:Claim ; (aie:evidence/oa:hasSelector?)? ?s . ?s ?p ?o }"
    expected = {tuple(map(str, row)) for row in store.solutions(toy_store.query(claimed))}
    assert expected <= read


# -- what formats cannot hold ----------------------------------------------------


def test_characters_that_xml_cannot_hold_are_counted() -> None:
    gloss = (Text("en", "a\x00b\x1fc"),)
    corpus = Corpus({"a": Entity("a", "Person", (Text("en", "A\x0b"),))}, {}, (
        Claim("a", "knows", Ref("b"), gloss=gloss),
    ))  # fmt: skip
    opened = store.open()
    opened.replace(rdf.quads(corpus))
    content, losses = written(opened, "rdfxml")
    (lost,) = losses.records()
    assert (lost["code"], lost["count"]) == ("characters", 3)
    assert '"a\ufffdb\ufffdc"@en' in {o for _, _, o in parsed(content, ox.RdfFormat.RDF_XML)}


def test_inferred_claims_are_in_files_of_one_graph_if_asked_for() -> None:
    data = load(paths.shipped("data"))
    with opening.graph(data, inferred=True) as graph, opening.graph(data) as plain:
        for name, (engine, *_) in GRAPHS.items():
            assert parsed(written(graph, name)[0], engine) == held(graph)
            assert held(graph) > held(plain) == parsed(written(plain, name)[0], engine)


def test_the_shipped_context_is_the_one_in_the_files() -> None:
    file = paths.shipped("ontology") / "context.jsonld"
    assert json.loads(file.read_text("utf-8")) == {"@context": jsonld.context()}

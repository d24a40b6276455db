"""Exports: independent readers get back what was written, and the file is whole or not there."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx as nx
import pyoxigraph as ox
import pytest
import rdflib

from kg import exporters, names, network, rdf, store
from kg.errors import KGError
from kg.model import Claim, Corpus, Entity, Evidence, Literal, Ref, Span, Status, Text

FORMATS = list(exporters.formats())


def written(opened: store.Store, name: str) -> bytes:
    out = io.BytesIO()
    exporters.formats()[name].write(network.project(opened), out)
    return out.getvalue()


def store_of(*claims: Claim, entities: tuple[Entity, ...] = ()) -> store.Store:
    opened = store.open()
    corpus = Corpus({entity.id: entity for entity in entities}, {}, claims)
    opened.replace([*rdf.quads(corpus)])
    return opened


# -- every format ------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_formats_say_what_they_are(name: str) -> None:
    found = exporters.formats()[name]
    assert found.title
    assert "/" in found.media_type
    for suffix in found.suffixes:
        assert exporters.find(f"graph{suffix}").name == name
        assert exporters.find(f"GRAPH{suffix.upper()}").name == name


def test_no_two_formats_share_a_suffix() -> None:
    suffixes = [suffix for each in exporters.formats().values() for suffix in each.suffixes]
    assert len(suffixes) == len(set(suffixes))


@pytest.mark.parametrize("name", FORMATS)
def test_same_graph_same_bytes(name: str, toy_corpus: Corpus) -> None:
    forwards, backwards = [*rdf.quads(toy_corpus)], [*rdf.quads(toy_corpus)][::-1]
    one, other = store.open(), store.open()
    one.replace(forwards)
    other.replace(backwards)
    assert written(one, name) == written(other, name)
    assert written(one, name).endswith(b"\n")
    assert b"\r" not in written(one, name)


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_graph_is_a_well_formed_file(name: str) -> None:
    READERS[name](written(store.open(), name))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "words",
    ["\"'<&>]]>", "line\nbreak", "\\ back", "가\u202e\U0001f916", "a\u2028b", "carriage\rreturn"],
)
def test_awkward_words_arrive(name: str, words: str) -> None:
    opened = store_of(
        Claim("a", "partOf", Ref("b"), gloss=(Text("en", words),)),
        entities=(Entity("a", "Person", (Text("en", words),)),),
    )
    assert words in READERS[name](written(opened, name))


def test_a_failing_export_leaves_the_old_file(
    tmp_path: Path, toy_store: store.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "graph.graphml"
    path.write_text("old")

    def fail(_: network.Network, out: Any) -> None:
        out.write(b"half")
        raise RuntimeError("disk on fire")

    broken = exporters.Format("graphml", "", (".graphml",), "", fail)
    monkeypatch.setattr(exporters, "find", lambda *_: broken)
    with pytest.raises(RuntimeError):
        exporters.export(toy_store, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("path", "name", "message"),
    [
        ("graph.tll", None, "graph.tll: the suffix '.tll' tells no format; did you mean '.ttl'?"),
        ("graph", None, "graph: has no suffix; use one of .graphml, "),
        (
            "-",
            None,
            "-: standard output does not tell a format; say --format with one of graphml, ",
        ),
        ("-", "turtel", "--format: format 'turtel' is not known; did you mean 'turtle'?"),
    ],
)
def test_a_wrong_format_is_told(path: str, name: str | None, message: str) -> None:
    with pytest.raises(KGError) as caught:
        exporters.find(path, name)
    assert str(caught.value).startswith(message)


def test_a_name_goes_before_a_suffix() -> None:
    assert exporters.find("graph.ttl", "nquads").name == "nquads"


# -- RDF ---------------------------------------------------------------------

RDF = {
    "turtle": (ox.RdfFormat.TURTLE, "turtle"),
    "nquads": (ox.RdfFormat.N_QUADS, "nquads"),
    "jsonld": (ox.RdfFormat.JSON_LD, "json-ld"),
}


def held(opened: store.Store, *, graphs: bool) -> set[ox.Quad]:
    found = {ox.Quad(*row) for row in opened.query("SELECT ?s ?p ?o { ?s ?p ?o }").rows}
    if graphs:
        named = opened.query("SELECT ?s ?p ?o ?g { GRAPH ?g { ?s ?p ?o } }").rows
        found |= {ox.Quad(*row) for row in named}
    return found


def with_pyoxigraph(content: bytes, name: str) -> ox.Dataset:
    return canonical(ox.parse(content, format=RDF[name][0]))


def with_rdflib(content: bytes, name: str) -> ox.Dataset:
    dataset = rdflib.Dataset()
    dataset.parse(data=content, format=RDF[name][1])
    return canonical(ox.parse(dataset.serialize(format="nquads"), format=ox.RdfFormat.N_QUADS))


def canonical(quads: Any) -> ox.Dataset:
    """Blank nodes (the ontology has some) get names that depend on what they stand for."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


@pytest.mark.parametrize("read", [with_pyoxigraph, with_rdflib])
@pytest.mark.parametrize("graph", ["toy_store", "shipped_store"])
@pytest.mark.parametrize("name", RDF)
def test_rdf_comes_back_the_same(
    name: str,
    graph: str,
    read: Callable[[bytes, str], ox.Dataset],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)  # it would respell dates
    opened = request.getfixturevalue(graph)
    expected = canonical(held(opened, graphs=name == "nquads"))
    assert len(expected) > 50
    assert read(written(opened, name), name) == expected


def test_jsonld_reads_like_json(toy_store: store.Store) -> None:
    document = json.loads(written(toy_store, "jsonld"))
    things = {thing["@id"]: thing for thing in document["@graph"]}
    lab = things["id:mirae-ai-lab"]
    assert lab["@type"] == "ResearchInstitute"
    assert lab["partOf"] == "id:mirae-group"
    assert {"@language": "ko", "@value": "미래AI랩"} in lab["rdfs:label"]


# -- GraphML -----------------------------------------------------------------


def test_graphml_keeps_nodes_and_parallel_edges(toy_store: store.Store) -> None:
    projected = network.project(toy_store)
    drawn = nx.read_graphml(io.BytesIO(written(toy_store, "graphml")), force_multigraph=True)
    nodes = {node["entity"]: node for _, node in drawn.nodes(data=True)}
    edges = {edge["claim"]: edge for *_, edge in drawn.edges(data=True)}
    assert set(drawn) == {f"n{number}" for number in range(len(nodes))}
    for node in projected.nodes():
        found = nodes.pop(node.id)
        assert (found["iri"], found["cls"]) == (node.iri, node.cls)
        assert {lang: found[f"labels_{lang}"] for lang in node.labels} == node.labels
        assert json.loads(found["types"]) == list(node.types)
        assert json.loads(found.get("facts", "[]")) == network.plain(node.facts)
    ends = {edge["claim"]: (drawn.nodes[a]["entity"], drawn.nodes[b]["entity"])
            for a, b, edge in drawn.edges(data=True)}  # fmt: skip
    for edge in projected.edges():
        found = edges.pop(edge.id)
        assert ends[edge.id] == (edge.source, edge.target)
        assert (found["relation"], found["status"], found["flat"]) == (
            edge.relation, edge.status, edge.flat,
        )  # fmt: skip
        assert {name: found[f"qualifiers_{name}"] for name in edge.qualifiers} == network.plain(
            edge.qualifiers
        )
        assert json.loads(found.get("evidence", "[]")) == network.plain(edge.evidence)
        assert {lang: found[f"gloss_{lang}"] for lang in edge.gloss} == edge.gloss
    assert not nodes
    assert not edges


def test_graphml_types_its_keys() -> None:
    qualifiers = (
        ("amount", Literal("2.5", "xsd:decimal")),
        ("due", Literal("2023", "xsd:gYear")),
        ("quantity", Literal("1000", "xsd:integer")),
    )
    proof = (Evidence("news", Span(0, 1), "0" * 64),)
    claims = [
        Claim("a", "targets", Ref("b"), qualifiers, Status.PLANNED, evidence=proof),
        Claim("a", "partOf", Ref("b")),
        Claim("a", "founded", Ref("b")),
    ]
    xml = ElementTree.fromstring(written(store_of(*claims), "graphml"))
    space = {"g": "http://graphml.graphdrawing.org/xmlns"}
    kinds = {key.get("attr.name"): key.get("attr.type") for key in xml.iterfind("g:key", space)}
    assert kinds["qualifiers_amount"] == "double"
    assert kinds["qualifiers_due"] == "string"
    assert kinds["qualifiers_quantity"] == "long"
    assert kinds["flat"] == "boolean"
    assert {data.text for data in xml.iterfind(".//g:data", space)} >= {"2.5", "1000", "false"}
    edges = xml.findall(".//g:edge", space)
    assert [edge.get("id") for edge in edges] == ["e0", "e1", "e2"]
    claimed = [edge.findtext("g:data", namespaces=space) for edge in edges]
    assert claimed == sorted(names.claim_iri(claim) for claim in claims)


def test_graphml_replaces_what_xml_cannot_hold() -> None:
    opened = store_of(entities=(Entity("a", "Person", (Text("en", "a\x00b\x1bc\uffffd"),)),))
    (node,) = dict(
        nx.read_graphml(io.BytesIO(written(opened, "graphml"))).nodes(data=True)
    ).values()
    assert node["label"] == "a\ufffdb\ufffdc\ufffdd"


def test_exporting_loads_no_graph_library() -> None:
    heavy = "{'networkx', 'pyvis', 'rdflib'} & set(sys.modules)"
    script = f"import sys, kg.exporters as e; e.formats(); print({heavy} or '')"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert ran.stdout.strip() == ""


# -- what a reader finds -----------------------------------------------------


def words_in_rdf(name: str) -> Callable[[bytes], set[str]]:
    def read(content: bytes) -> set[str]:
        return {quad.object.value for quad in ox.parse(content, format=RDF[name][0])}

    return read


def words_in_graphml(content: bytes) -> set[str]:
    drawn = nx.read_graphml(io.BytesIO(content), force_multigraph=True)
    records = [
        *dict(drawn.nodes(data=True)).values(),
        *(data for *_, data in drawn.edges(data=True)),
    ]
    return {value for record in records for value in record.values() if isinstance(value, str)}


READERS: dict[str, Callable[[bytes], set[str]]] = {
    **{name: words_in_rdf(name) for name in RDF},
    "graphml": words_in_graphml,
}
"""A format needs one: every string that an independent reader finds in a file."""

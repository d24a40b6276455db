"""RDF as bytes: the same for the same content, and refused where a format cannot hold it."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg import names, store
from kg.errors import KGError
from kg.serialize import STREAMED, serialize
from kg.store import Store

GRAPH = ox.NamedNode("https://example.org/graph")
FORMATS = {
    format.file_extension: format
    for format in (
        ox.RdfFormat.TURTLE,
        ox.RdfFormat.N_TRIPLES,
        ox.RdfFormat.N_QUADS,
        ox.RdfFormat.TRIG,
        ox.RdfFormat.RDF_XML,
        ox.RdfFormat.JSON_LD,
    )
}


def iri(name: str) -> ox.NamedNode:
    return ox.NamedNode(names.expand(name))


@pytest.fixture
def opened() -> Iterator[Store]:
    with store.open() as made:
        yield made


nodes = st.sampled_from(["id:a", "id:b", "id:c#d", "aie:partOf", "rdf:type"]).map(iri)
blanks = st.sampled_from("xyz").map(ox.BlankNode)
words = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\t\r\n"))
literals = (
    words.map(ox.Literal)
    | words.map(lambda text: ox.Literal(text, language="ko"))
    | st.dates().map(lambda day: ox.Literal(day.isoformat(), datatype=iri("xsd:date")))
)
triples = st.builds(ox.Triple, nodes | blanks, nodes, nodes | blanks | literals)


@pytest.mark.parametrize("suffix", FORMATS)
@given(data=st.data(), content=st.lists(triples, max_size=12))
def test_the_same_content_is_the_same_bytes_and_comes_back(
    suffix: str, data: st.DataObject, content: list[ox.Triple]
) -> None:
    format = FORMATS[suffix]
    quads = [ox.Quad(*triple) for triple in content]
    if format.supports_datasets:
        quads += [ox.Quad(*triple, GRAPH) for triple in content[:3]]
    written = []
    for names_of_blanks in ("xyz", "pqr"):
        renamed = dict(zip("xyz", names_of_blanks, strict=True))
        shuffled = data.draw(st.permutations(quads))
        out = io.BytesIO()
        serialize((_renamed(quad, renamed) for quad in shuffled + shuffled[:2]), out, format)
        written.append(out.getvalue())
    assert written[0] == written[1]
    assert not written[0] or written[0].endswith(b"\n")
    back = ox.Dataset(ox.parse(written[0], format))
    expected = ox.Dataset(quads)
    for each in (back, expected):
        each.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert back == expected


def _renamed(quad: ox.Quad, new: dict[str, str]) -> ox.Quad:
    parts = (ox.BlankNode(new[t.value]) if isinstance(t, ox.BlankNode) else t for t in quad)
    return ox.Quad(*parts)


def test_turtle_is_for_people(opened: Store) -> None:
    opened.update("""INSERT DATA { id:lab aie:partOf id:lg ; rdfs:label "Lab"@en, "연구소"@ko ;
        a aie:ResearchInstitute . ev:e1 a aie:Evidence . <https://w3id.org/aieco/evidence/e1#s> a
        oa:TextPositionSelector . GRAPH <https://example.org/graph> { id:lab a aie:Company } }""")
    out = io.BytesIO()
    opened.dump(out, ox.RdfFormat.TURTLE)
    text = out.getvalue().decode()
    assert text.startswith("@prefix aie: <https://w3id.org/aieco/ontology#> .\n@prefix id: <")
    assert text.partition("\n\n")[2] == (
        "ev:e1 a aie:Evidence .\n\n"
        "ev:e1\\#s a oa:TextPositionSelector .\n\n"
        "id:lab a aie:ResearchInstitute ;\n"
        '\trdfs:label "Lab"@en , "연구소"@ko ;\n'
        "\taie:partOf id:lg .\n"
    )


def test_one_graph_can_be_dumped_and_a_dataset_whole(opened: Store) -> None:
    opened.update("INSERT DATA { id:a a aie:Company . id:b a aie:Company . id:c a aie:Company }")
    opened.load([ox.Quad(GRAPH, GRAPH, GRAPH, GRAPH)])
    written = {}
    for name, format, graph in (
        ("one", ox.RdfFormat.N_TRIPLES, GRAPH),
        ("one of a dataset", ox.RdfFormat.N_QUADS, GRAPH),
        ("default", ox.RdfFormat.N_QUADS, ox.DefaultGraph()),
        ("all", ox.RdfFormat.N_QUADS, None),
    ):
        out = io.BytesIO()
        opened.dump(out, format, graph=graph)
        written[name] = out.getvalue().decode().splitlines()
    assert written["one"] == [" ".join([str(GRAPH)] * 3) + " ."]
    assert written["one of a dataset"] == [" ".join([str(GRAPH)] * 4) + " ."]
    assert len(written["default"]) == 3
    assert written["all"] == written["default"] + written["one of a dataset"]


@pytest.mark.parametrize(
    ("quad", "format", "message"),
    [
        (
            ox.Quad(GRAPH, GRAPH, GRAPH, GRAPH),
            ox.RdfFormat.TURTLE,
            "Turtle: Turtle holds one graph",
        ),
        (ox.Quad(GRAPH, ox.NamedNode("http://a/1"), GRAPH), ox.RdfFormat.RDF_XML, "no XML name"),
        (ox.Quad(GRAPH, GRAPH, ox.Literal("\x01")), ox.RdfFormat.RDF_XML, "character U+0001"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(
    quad: ox.Quad, format: ox.RdfFormat, message: str
) -> None:
    with pytest.raises(KGError) as raised:
        serialize([quad], io.BytesIO(), format)
    assert message in str(raised.value)


@pytest.mark.parametrize("format", STREAMED, ids=lambda each: each.name)
def test_streaming_gives_the_same_bytes(format: ox.RdfFormat, toy_store: Store) -> None:
    """The ontology has blank nodes; here some are in the data, too, and beside plain facts."""
    id = names.entity_iri
    added = [
        ox.Quad(ox.BlankNode("x"), ox.NamedNode(id("p")), ox.Literal("1")),
        ox.Quad(ox.NamedNode(id("a")), ox.NamedNode(id("p")), ox.BlankNode("x")),
        ox.Quad(ox.NamedNode(id("a")), ox.NamedNode(id("p")), ox.Literal("2")),
    ]
    content = io.BytesIO()
    toy_store.dump(content, ox.RdfFormat.N_QUADS)
    quads = [*ox.parse(content.getvalue(), ox.RdfFormat.N_QUADS), *added]
    if not format.supports_datasets:
        quads = [quad for quad in quads if quad.graph_name == ox.DefaultGraph()]
    expected, streamed = io.BytesIO(), io.BytesIO()
    serialize(quads, expected, format)
    with store.open() as opened:
        opened.load(quads)
        opened.dump(streamed, format)
    assert streamed.getvalue() == expected.getvalue()

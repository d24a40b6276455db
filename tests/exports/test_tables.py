"""Tables and databases of tables: what other programs find in them, down to the last claim."""

from __future__ import annotations

import json
import re
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rebuilt
from databases import READERS
from given import AWKWARD, BAD, CLAIM, Given, awkward, claimed, files, written
from notes import with_yaml

from kg import exporters, network, store
from kg.errors import KGError
from kg.model import Literal, Ref
from kg.network import Edge, Network

FORMATS = ["csv", "cypher", "ladybug", "neo4j", "neptune", "obsidian", "parquet", "sqlite"]


@pytest.fixture(params=["toy_store", "shipped_store"])
def graph(request: pytest.FixtureRequest) -> Network:
    opened: store.Store = request.getfixturevalue(request.param)
    return network.project(opened)


# -- round trips -------------------------------------------------------------

REBUILT: dict[str, Callable[[Path], tuple[list[Any], list[Any]]]] = {
    "csv": rebuilt.from_csv,
    "parquet": rebuilt.from_parquet,
    "sqlite": rebuilt.from_sqlite,
}
OTHERS: dict[str, Callable[[Path], Any]] = {**READERS, "obsidian": with_yaml}


@pytest.mark.parametrize("name", REBUILT)
def test_the_whole_graph_comes_back(name: str, graph: Network, tmp_path: Path) -> None:
    path, losses = written(graph, name, tmp_path)
    nodes, edges = REBUILT[name](path)
    assert (nodes, edges) == rebuilt.expected(graph)
    assert len(edges) > 5
    assert losses.records() == []


@pytest.mark.parametrize("name", REBUILT)
def test_awkward_words_come_back(name: str, tmp_path: Path) -> None:
    graph = awkward(*AWKWARD)
    path, losses = written(graph, name, tmp_path)
    nodes, edges = REBUILT[name](path)
    formulas = [text for text in AWKWARD if text[0] in "=+-@\t\r"]
    if name == "csv":  # the words are there behind an apostrophe, and each time it is told
        assert losses.counts == {"formulas": 13 * len(formulas)}
        nodes, edges = json.loads(_unguarded(json.dumps([nodes, edges])))
    else:
        assert losses.records() == []
    assert (nodes, edges) == rebuilt.expected(graph)


def _unguarded(text: str) -> str:
    return re.sub(r'"\'(?=[=+@-]|\\t|\\r)', '"', text)


@pytest.mark.parametrize("name", FORMATS)
def test_what_text_cannot_hold_is_counted(name: str, tmp_path: Path) -> None:
    graph = awkward(BAD)
    path, losses = written(graph, name, tmp_path)
    assert losses.counts["characters"] > 4
    assert losses.first["characters"].startswith(("n00", CLAIM))
    for file, content in files(path).items():
        if not file.endswith((".parquet", ".sqlite")):
            content.decode("utf-8")
    keeps_nul = name in {"cypher", "parquet", "sqlite"}
    assert _label(name, path) == ("a\x00b\ufffdc" if keeps_nul else "a\ufffdb\ufffdc")


def _label(name: str, path: Path) -> str:
    """The label of the first node as the format's reader finds it."""
    if name in REBUILT:
        label: str = REBUILT[name](path)[0][0]["labels"]["en"]
        return label
    nodes = OTHERS[name](path)[0]
    return str(nodes["n00"]["label"])


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_graph_can_be_read(name: str, tmp_path: Path) -> None:
    path, losses = written(Given([], [], []), name, tmp_path)
    read: Callable[[Path], Any] = (REBUILT | OTHERS)[name]
    nodes, edges = read(path)
    assert not nodes
    assert not edges
    assert losses.records() == []


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_graph_is_the_same_bytes(name: str, graph: Network, tmp_path: Path) -> None:
    one, other = (files(written(graph, name, tmp_path / each)[0]) for each in ("a", "b"))
    assert one == other


# -- SQLite and Datasette ----------------------------------------------------


def test_a_database_is_whole(graph: Network, tmp_path: Path) -> None:
    path, _ = written(graph, "sqlite", tmp_path)
    with sqlite3.connect(path) as base:
        assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
        base.execute("INSERT INTO nodes_fts (nodes_fts) VALUES ('integrity-check')")
    base.close()


@pytest.mark.parametrize(
    ("words", "entity"),
    [
        ("서울대", "seoul-national-university"),
        ("화학", "lg-chem"),
        ("이홍락", "lee-honglak"),
        ("honglak", "lee-honglak"),
        ("카이스트", "kaist"),
    ],
)
def test_a_database_is_searched_in_both_languages(
    words: str, entity: str, shipped_store: store.Store, tmp_path: Path
) -> None:
    path, _ = written(network.project(shipped_store), "sqlite", tmp_path)
    with sqlite3.connect(path) as base:
        query = (
            "SELECT id FROM nodes WHERE rowid IN "
            "(SELECT rowid FROM nodes_fts WHERE nodes_fts MATCH ?)"
        )
        found = {id for (id,) in base.execute(query, (f'"{words}"',))}
    base.close()
    assert entity in found
    assert len(found) < 20


def test_what_is_named_and_not_described_dangles_nowhere(tmp_path: Path) -> None:
    graph = awkward("a")
    qualifiers = {"role": Ref("nowhere"), "speaker": Ref("n00")}
    about = {**claimed(9, "a"), "qualifiers": qualifiers}
    other = Edge(source="n00", target="n00", relation="partOf", **about)
    path, _ = written(Given([*graph.nodes()], [other], []), "sqlite", tmp_path)
    with sqlite3.connect(path) as base:
        assert base.execute("PRAGMA foreign_key_check").fetchall() == []
        assert base.execute("SELECT id, sha256 FROM sources").fetchall() == [
            ("news", None), ("set", None),
        ]  # fmt: skip
    base.close()
    assert rebuilt.from_sqlite(path)[1][-1]["qualifiers"] == {"role": "nowhere", "speaker": "n00"}


@pytest.fixture(scope="module")
def datasette(
    shipped_store: store.Store, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Any]]:
    """Ask a running Datasette for JSON."""
    pytest.importorskip("datasette")
    path, _ = written(network.project(shipped_store), "sqlite", tmp_path_factory.mktemp("db"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "datasette", "serve", str(path), "-p", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            for line in server.stderr:
                if "running on" in line:
                    break

            def ask(path: str, **query: str) -> Any:
                words = urllib.parse.urlencode(query)
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}?{words}") as answer:
                    return json.load(answer)

            yield ask
        finally:
            server.kill()


def test_datasette_shows_names_for_keys(datasette: Callable[..., Any]) -> None:
    found = datasette(
        "graph/claims.json", _labels="on", _shape="objects", predicate="locatedIn", object="seoul"
    )
    assert found["rows"]
    for row in found["rows"]:
        assert row["object"] == {"value": "seoul", "label": "Seoul"}
        assert row["subject"]["label"] != row["subject"]["value"]
    found = datasette("graph/evidence.json", _labels="on", _shape="objects", _size="1")
    (row,) = found["rows"]
    assert row["source"]["label"].startswith("LG Group launches")
    assert row["claim"]["label"].endswith(".")


def test_datasette_finds_korean(datasette: Callable[..., Any]) -> None:
    found = datasette("graph/nodes.json", _search="서울", _shape="objects")
    assert {row["id"] for row in found["rows"]} >= {"seoul", "seoul-national-university"}


def test_datasette_links_tables(datasette: Callable[..., Any]) -> None:
    tables = {each["name"]: each for each in datasette("graph.json")["tables"]}
    ends = {
        (key["other_table"], key["other_column"])
        for key in tables["nodes"]["foreign_keys"]["incoming"]
    }
    assert {("claims", "subject"), ("claims", "object"), ("labels", "node")} <= ends
    assert tables["nodes"]["fts_table"] == "nodes_fts"
    assert all(table["count"] for name, table in tables.items() if not table["hidden"])


# -- CSV and Parquet ---------------------------------------------------------


def test_csv_is_rfc_4180_with_a_mark_for_excel(shipped_store: store.Store, tmp_path: Path) -> None:
    path, _ = written(network.project(shipped_store), "csv", tmp_path)
    for file in path.iterdir():
        content = file.read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        assert content.endswith(b"\r\n")
        assert b"\n" not in content.replace(b"\r\n", b"")


@pytest.mark.parametrize("program", ["duckdb", "polars"])
def test_csv_reads_elsewhere(program: str, shipped_store: store.Store, tmp_path: Path) -> None:
    path, _ = written(network.project(shipped_store), "csv", tmp_path)
    library = pytest.importorskip(program)
    if program == "duckdb":
        with library.connect() as base:
            query = f"SELECT entity, label_ko FROM read_csv('{path / 'nodes.csv'}') ORDER BY entity"
            found = base.execute(query).fetchall()
    else:
        found = library.read_csv(path / "nodes.csv").select("entity", "label_ko").rows()
    nodes = network.project(shipped_store).nodes()
    assert found == [(node.id, node.labels["ko"]) for node in nodes]


def test_polars_reads_parquet(graph: Network, tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    path, _ = written(graph, "parquet", tmp_path)
    nodes = polars.read_parquet(path / "nodes.parquet")
    edges = polars.read_parquet(path / "edges.parquet")
    assert nodes["id"].to_list() == [node.id for node in graph.nodes()]
    wanted = [(each.source, each.target, each.id, len(each.evidence)) for each in graph.edges()]
    count = polars.col("evidence").list.len()
    assert edges.select("src", "dst", "claim", count).rows() == wanted
    amounts = edges.select(polars.col("qualifiers").struct.field("amount"))["amount"]
    assert amounts.dtype == polars.Float64


def test_parquet_tells_a_number_that_it_rounds(tmp_path: Path) -> None:
    odd = {
        "amount": Literal("0.12345678901234567890", "xsd:decimal"),
        "quantity": Literal("9" * 30, "xsd:integer"),
    }
    edge = Edge(
        source="n00", target="n00", relation="partOf", **{**claimed(5, "x"), "qualifiers": odd}
    )
    path, losses = written(Given([*awkward("x").nodes()], [edge], []), "parquet", tmp_path)
    assert rebuilt.from_parquet(path)[1][0]["qualifiers"] == {"amount": 0.12345678901234568}
    assert losses.counts == {"numbers": 2}


def test_parquet_without_pyarrow_is_told(
    toy_store: store.Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(KGError, match="-m pip install pyarrow"):
        exporters.export(toy_store, tmp_path / "out", "parquet")
    assert list(tmp_path.iterdir()) == []


def test_parquet_comes_in_groups(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    (node,) = awkward("x").nodes()
    path, _ = written(Given([node] * 12_000, [], []), "parquet", tmp_path)
    assert parquet.ParquetFile(path / "nodes.parquet").num_row_groups == 3


@pytest.mark.parametrize("name", ["obsidian", "sqlite"])
def test_a_full_disk_is_told_whoever_writes(name: str, tmp_path: Path) -> None:
    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    command = [sys.executable, "-m", "kg", "export", str(tmp_path / "out"), "-f", name]
    ran = subprocess.run(
        command, preexec_fn=small_files, capture_output=True, check=False, text=True
    )
    assert ran.returncode == 2, ran.stderr
    assert "cannot be written" in ran.stderr
    assert list(tmp_path.iterdir()) == []


def test_ladybug_reads_parquet(shipped_store: store.Store, tmp_path: Path) -> None:
    ladybug = pytest.importorskip("ladybug")
    graph = network.project(shipped_store)
    path, _ = written(graph, "parquet", tmp_path)
    with ladybug.Database(":memory:") as database, ladybug.Connection(database) as connection:
        query = f"LOAD FROM '{path / 'edges.parquet'}' RETURN src, dst, claim, gloss, evidence"
        found = connection.execute(query).get_all()
    wanted = [
        (edge.source, edge.target, edge.id, edge.gloss, len(edge.evidence))
        for edge in graph.edges()
    ]
    assert [(*row[:4], len(row[4])) for row in found] == wanted

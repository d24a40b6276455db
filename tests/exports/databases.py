"""What graph databases find in an export, or the rules of their manuals: records by id."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from given import LANGS

from kg import records
from kg.network import Network

Rows = tuple[dict[str, dict[str, Any]], dict[str, tuple[str, str, dict[str, Any]]]]
LISTS = re.compile("types|premises|sources|authors|aliases_.*|misspellings_.*")


def rows(graph: Network, *, lists: bool) -> Rows:
    """What a graph database is to hold: records by entity and by claim."""

    def seen(record: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: json.loads(value) if lists and LISTS.fullmatch(name) else value
            for name, value in record.items()
        }

    nodes = {node.id: seen(records.node(node, LANGS)) for node in graph.nodes()}
    edges = {}
    for edge in graph.edges():
        named = sorted({each.source for each in edge.evidence})
        sources = {"sources": json.dumps(named)} if named else {}
        record = seen({**records.edge(edge), **sources})
        edges[edge.id] = (edge.source, edge.target, record)
    return nodes, edges


def with_ladybug(folder: Path) -> Rows:
    ladybug = pytest.importorskip("ladybug")
    with ladybug.Database(":memory:") as database, ladybug.Connection(database) as connection:
        connection.execute(f"IMPORT DATABASE '{folder}'")
        nodes = connection.execute("MATCH (n:Entity) RETURN n").get_all()
        edges = []
        if "CREATE REL" in (folder / "schema.cypher").read_text("utf-8"):
            query = "MATCH (a:Entity)-[r]->(b:Entity) RETURN a.entity, r, b.entity, label(r)"
            edges = connection.execute(query).get_all()
    known = {node["entity"]: _there(node) for (node,) in nodes}
    assert len(known) == len(nodes)
    for _, edge, _, relation in edges:
        assert edge["relation"] == relation
    return known, {edge["claim"]: (a, b, _there(edge)) for a, edge, b, _ in edges}


def _there(record: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in record.items() if not name.startswith("_")}
    return {name: value for name, value in own.items() if value is not None}


def run(file: Path, times: int = 1) -> Any:
    """The graph of a script in an engine for openCypher that has nothing of Neo4j's."""
    kglite = pytest.importorskip("kglite")
    graph = kglite.KnowledgeGraph()
    text = file.read_text("utf-8")
    statements = re.findall(r"(?ms)^UNWIND \[$.*?;$", text)
    assert len(statements) == text.count("\nUNWIND [")
    for statement in statements * times:
        graph.cypher(statement)
    return graph


def with_kglite(file: Path) -> Rows:
    """What the script makes, run twice: nothing may double."""
    graph = run(file, times=2)
    nodes, edges = {}, {}
    for row in graph.cypher("MATCH (n:Entity) RETURN n, labels(n) AS labels"):
        said = row["n"]["properties"]
        assert set(row["labels"]) == {*said.get("types", ()), "Entity"}
        assert nodes.setdefault(said["entity"], _own(said)) == _own(said)
    query = (
        "MATCH (a)-[r]->(b) RETURN a.entity AS a, b.entity AS b, type(r) AS t, properties(r) AS p"
    )
    for row in graph.cypher(query):
        assert row["t"] == row["p"]["relation"]
        assert row["p"]["claim"] not in edges
        edges[row["p"]["claim"]] = (row["a"], row["b"], _own(row["p"]))
    return nodes, edges


def _own(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in properties.items() if name not in {"id", "title", "type"}}


NEO4J = re.compile(
    r"(?P<name>[A-Za-z_][\w-]*)?:(?P<type>ID|LABEL|START_ID|END_ID|TYPE|string|long|double|boolean)"
    r"(?P<list>\[\])?(\((?P<space>\w+)\))?"
)
"""A field of a header (Neo4j Operations Manual, "CSV header format"), as far as we use it."""
NEPTUNE = re.compile(
    r":(?P<system>ID|LABEL|START_ID|END_ID|TYPE)|(?P<name>[A-Za-z_][\w-]*):(?P<type>String|Long|Double|Bool)"
)
"""A field of a header (Neptune User Guide, "Load format for openCypher data"), likewise."""
VALUES: dict[str, Callable[[str], Any]] = {
    "string": str,
    "long": int,
    "double": float,
    "boolean": {"true": True, "false": False}.__getitem__,
}


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        read = list(csv.reader(file, strict=True))
    assert {len(row) for row in read} == {len(read[0])}
    return read


def with_neo4j_rules(folder: Path) -> Rows:
    def parsed(name: str) -> list[dict[str, Any]]:
        header, *lines = cells(folder / name)
        fields = [NEO4J.fullmatch(field) for field in header]
        assert all(fields)
        found = []
        for line in lines:
            row = {}
            for field, cell in zip(fields, line, strict=True):
                assert field is not None
                kind = "string" if field["type"].isupper() else field["type"]
                key = field["name"] or f":{field['type']}"
                if cell and (field["list"] or key == ":LABEL"):
                    row[key] = [VALUES[kind](each) for each in cell.split("\x1f")]
                elif cell:
                    row[key] = VALUES[kind](cell)
            found.append(row)
        return found

    command = (folder / "README.md").read_text("utf-8")
    assert "--array-delimiter=U+001F --multiline-fields=true" in command
    nodes = {row["entity"]: row for row in parsed("nodes.csv")}
    for row in nodes.values():
        assert set(row.pop(":LABEL")) == {*row.get("types", ()), "Entity"}
    assert all(row[":LABEL"] == ["Source"] for row in parsed("sources.csv"))
    return nodes, _ends(parsed("relationships.csv"), nodes.keys())


def with_neptune_rules(folder: Path) -> Rows:
    kinds = {"String": "string", "Long": "long", "Double": "double", "Bool": "boolean"}

    def parsed(name: str) -> list[dict[str, Any]]:
        header, *lines = cells(folder / name)
        fields = [NEPTUNE.fullmatch(field) for field in header]
        assert all(fields)
        assert len(set(header)) == len(header)
        return [
            {
                field["name"] or f":{field['system']}": VALUES[kinds[field["type"] or "String"]](
                    cell
                )
                for field, cell in zip(fields, line, strict=True)
                if field is not None and cell
            }
            for line in lines
        ]

    by_id = {row.pop(":ID"): row for row in parsed("nodes.csv")}
    for id, row in by_id.items():
        assert id == row["iri"]
        labels = row.pop(":LABEL").split(";")
        assert set(labels) == {*json.loads(row.get("types", "[]")), "Entity"}
    edges = parsed("relationships.csv")
    ids = [
        *by_id,
        *(edge.pop(":ID") for edge in edges),
        *(row[":ID"] for row in parsed("sources.csv")),
    ]
    assert len(ids) == len(set(ids))
    entities = {id: row["entity"] for id, row in by_id.items()}
    for edge in edges:
        edge |= {end: entities[edge[end]] for end in (":START_ID", ":END_ID")}
    nodes = {row["entity"]: row for row in by_id.values()}
    return nodes, _ends(edges, nodes.keys())


def _ends(edges: list[dict[str, Any]], known: Any) -> dict[str, tuple[str, str, dict[str, Any]]]:
    found = {}
    for row in edges:
        ends = row.pop(":START_ID"), row.pop(":END_ID")
        assert set(ends) <= set(known)
        assert row.pop(":TYPE") == row["relation"]
        found[row["claim"]] = (*ends, row)
    assert len(found) == len(edges)
    return found


READERS: dict[str, Callable[[Path], Rows]] = {
    "cypher": with_kglite,
    "ladybug": with_ladybug,
    "neo4j": with_neo4j_rules,
    "neptune": with_neptune_rules,
}
HAS_LISTS = {"cypher", "neo4j"}

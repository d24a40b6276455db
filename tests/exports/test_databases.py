"""Graph databases: every record arrives, as they or their manuals read it."""

from __future__ import annotations

from pathlib import Path

import pytest
from databases import HAS_LISTS, READERS, cells, rows
from given import AWKWARD, Given, awkward, claimed, written

from kg import network, store
from kg.network import Edge, Network


@pytest.fixture(params=["toy_store", "shipped_store"])
def graph(request: pytest.FixtureRequest) -> Network:
    opened: store.Store = request.getfixturevalue(request.param)
    return network.project(opened)


@pytest.mark.parametrize("name", READERS)
def test_a_graph_database_holds_every_record(name: str, graph: Network, tmp_path: Path) -> None:
    path, losses = written(graph, name, tmp_path)
    nodes, edges = READERS[name](path)
    wanted = rows(graph, lists=name in HAS_LISTS)
    assert (nodes, edges) == wanted
    assert len(edges) > 5
    assert losses.records() == []


@pytest.mark.parametrize("name", READERS)
def test_awkward_words_reach_a_graph_database(name: str, tmp_path: Path) -> None:
    texts = tuple(text for text in AWKWARD if name != "neo4j" or "\x1f" not in text)
    graph = awkward(*texts)
    path, losses = written(graph, name, tmp_path)
    assert READERS[name](path) == rows(graph, lists=name in HAS_LISTS)
    assert losses.records() == []


@pytest.mark.parametrize("name", READERS)
def test_a_relation_may_be_called_anything(name: str, tmp_path: Path) -> None:
    *nodes, last = awkward("x", "y").nodes()
    odd = ("a`b", "select", "Odd Name", "//x;y", "부분")
    edges = [
        Edge(source=last.id, target=last.id, relation=each, **claimed(90 + number, "x"))
        for number, each in enumerate(odd)
    ]
    graph = Given([*nodes, last], edges, [])
    path, _ = written(graph, name, tmp_path)
    assert READERS[name](path) == rows(graph, lists=name in HAS_LISTS)


def test_columns_are_typed(shipped_store: store.Store, tmp_path: Path) -> None:
    graph = network.project(shipped_store)
    (header, *_), (neptune, *_) = (
        cells(written(graph, name, tmp_path)[0] / "relationships.csv")
        for name in ("neo4j", "neptune")
    )
    assert {"amount:double", "quantity:long", "flat:boolean", "start:string"} <= set(header) | {
        "start:string"
    }
    assert {"amount:Double", "quantity:Long", "flat:Bool"} <= set(neptune)
    assert {"premises:string[]", "sources:string[]", ":START_ID(Entity)", ":TYPE"} <= set(header)

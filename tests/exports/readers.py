"""What programs other than ours find in a file of a graph: nodes by entity, edges by claim."""

from __future__ import annotations

import html
import io
import json
import math
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest

NODE = Path(__file__).parent.parent / "node"
Attributes = dict[str, Any]


class Found(NamedTuple):
    """A graph as a program read it."""

    nodes: dict[str, Attributes]
    """By the attribute ``entity``."""
    edges: dict[str, tuple[str, str, Attributes]]
    """By the attribute ``claim``: the entities of its ends, and all attributes."""


def found(
    nodes: Iterable[tuple[Any, Attributes]], edges: Iterable[tuple[Any, Any, Attributes]]
) -> Found:
    """Put entities and claims in the place of a program's own ids; none may be there twice."""
    said = dict(nodes)
    entities = {key: attributes["entity"] for key, attributes in said.items()}
    links = list(edges)
    by_claim = {each["claim"]: (entities[a], entities[b], each) for a, b, each in links}
    by_entity = {attributes["entity"]: attributes for attributes in said.values()}
    assert len(by_entity) == len(said)
    assert len(by_claim) == len(links)
    return Found(by_entity, by_claim)


def _networkx(read: Callable[[io.BytesIO], Any]) -> Callable[[bytes], Found]:
    def reader(content: bytes) -> Found:
        graph = read(io.BytesIO(content))
        return found(graph.nodes(data=True), graph.edges(data=True))

    return reader


def _networkx_readers() -> dict[str, Callable[[bytes], Found]]:
    import networkx as nx

    def node_link(file: io.BytesIO) -> Any:
        graph = nx.node_link_graph(json.load(file))
        for id, attributes in graph.nodes(data=True):
            attributes["entity"] = id
        for *_, key, attributes in graph.edges(data=True, keys=True):
            attributes["claim"] = key
        return graph

    return {
        "graphml": _networkx(lambda file: nx.read_graphml(file, force_multigraph=True)),
        "yed": _networkx(lambda file: nx.read_graphml(file, force_multigraph=True)),
        "gexf": _networkx(nx.read_gexf),
        "gml": _networkx(lambda file: nx.read_gml(file, label="id")),
        "nodelink": _networkx(node_link),
    }


def _igraph(form: str) -> Callable[[bytes], Found]:
    def reader(content: bytes) -> Found:
        igraph = pytest.importorskip("igraph")
        with tempfile.NamedTemporaryFile() as file, warnings.catch_warnings():
            # It keeps numbers of entities as they are, and warns of each.
            warnings.filterwarnings("ignore", message=".*unknown entities", category=RuntimeWarning)
            file.write(content)
            file.flush()
            graph = igraph.Graph.Read(file.name, format=form)
        plain = html.unescape if form == "gml" else str
        return found(
            ((each.index, _there(each.attributes(), plain)) for each in graph.vs),
            ((each.source, each.target, _there(each.attributes(), plain)) for each in graph.es),
        )

    return reader


def _there(attributes: Mapping[str, Any], plain: Callable[[str], str]) -> Attributes:
    """A table has a value for everything: leave out what stands for none."""
    return {
        name: plain(value) if isinstance(value, str) else value
        for name, value in attributes.items()
        if value != "" and not (isinstance(value, float) and math.isnan(value))
    }


def _tulip(plugin: str, suffix: str) -> Callable[[bytes], Found]:
    def reader(content: bytes) -> Found:
        if find_spec("tulip") is None:
            pytest.skip("tulip-python is not installed")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / f"graph{suffix}"
            file.write_bytes(content)
            program = [sys.executable, str(Path(__file__).with_name("in_tulip.py")), plugin]
            ran = subprocess.run([*program, str(file)], capture_output=True, check=True)
        read = json.loads(ran.stdout)
        return found(read["nodes"], read["edges"])

    return reader


def _node(library: str, form: str) -> Callable[[bytes], Found]:
    def reader(content: bytes) -> Found:
        node = shutil.which("node")
        if node is None or not (NODE / "node_modules").is_dir():
            pytest.skip("the graph libraries of node are not here (sh .ci/node)")
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            command = [node, "read.js", library, form, file.name]
            ran = subprocess.run(command, cwd=NODE, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        read = json.loads(ran.stdout)
        ends = ((each["source"], each["target"], each) for each in read["edges"])
        return found(((each["id"], each) for each in read["nodes"]), ends)

    return reader


def _graphviz(content: bytes) -> Found:
    dot = shutil.which("dot")
    if dot is None:
        pytest.skip("Graphviz is not here")
    command = [dot, "-Tdot_json"]
    ran = subprocess.run(command, input=content, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    read = json.loads(ran.stdout)
    nodes = ((each["_gvid"], each) for each in read.get("objects", ()))
    edges = ((each["tail"], each["head"], each) for each in read.get("edges", ()))
    return found(nodes, edges)


def _json_graph(content: bytes) -> Found:
    graph = json.loads(content)["graph"]
    nodes = (
        (id, {"entity": id, "label": each["label"], **each["metadata"]})
        for id, each in graph["nodes"].items()
    )
    edges = (
        (each["source"], each["target"], {"claim": each["id"], **each, **each["metadata"]})
        for each in graph["edges"]
    )
    return found(nodes, edges)


READERS: dict[tuple[str, str], Callable[[bytes], Found]] = {
    **{(form, "networkx"): read for form, read in _networkx_readers().items()},
    ("graphml", "igraph"): _igraph("graphml"),
    ("graphml", "graphology"): _node("graphology", "graphml"),
    ("graphml", "tulip"): _tulip("GraphML", ".graphml"),
    ("gexf", "graphology"): _node("graphology", "gexf"),
    ("gml", "igraph"): _igraph("gml"),
    ("cyjs", "cytoscape"): _node("cytoscape", "cyjs"),
    ("dot", "graphviz"): _graphviz,
    ("jgf", "json"): _json_graph,
}
"""By format and program."""

_KEY = re.compile("[_-]+(.)")


def as_in(form: str, record: Mapping[str, Any]) -> Attributes:
    """Return a record of ``kg.records`` as a format is documented to spell it."""
    if form == "gml":
        booleans = {True: 1, False: 0}
        return {
            _KEY.sub(lambda found: found[1].upper(), name): booleans.get(value, value)
            if isinstance(value, bool)
            else value
            for name, value in record.items()
        }
    if form == "dot":
        return {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in record.items()
        }
    return dict(record)

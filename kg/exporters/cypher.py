"""Cypher script for Neo4j and others that speak openCypher; can be run again.

Every statement stands for itself and is safe to repeat: nodes are merged by
``entity`` or ``source``, relationships by ``claim``, and what they had before is
set anew.  Lists are lists; facts of a node and evidence of a relationship are
JSON, and ``sources`` of a relationship names the sources that say so.

The two constraints are Neo4j's (4.4 and later); another database has its own way
to say them, or does without.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from kg import tables
from kg.network import Edge, Network
from kg.tables import Cell, Cleaner, Row, backticked

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".cypher", ".cql")
MEDIA_TYPE = "application/x-cypher-query"
LOSSES = {"characters": "lone surrogate: written as U+FFFD"}

_BAD = re.compile("[\ud800-\udfff]")
_BATCH = 200
"""Rows in a statement: few enough that any server takes it, and parses it quickly."""

_HEAD = """\
// The graph for Neo4j: cypher-shell -f FILE
CREATE CONSTRAINT entity_key IF NOT EXISTS FOR (n:Entity) REQUIRE n.entity IS UNIQUE;
CREATE CONSTRAINT source_key IF NOT EXISTS FOR (n:Source) REQUIRE n.source IS UNIQUE;
"""
_NODES = "MERGE (n:Entity {entity: row.entity}) SET n = row"
_SOURCES = "MERGE (n:Source {source: row.source}) SET n = row"
_EDGES = (
    "MATCH (a:Entity {entity: row.from}) MATCH (b:Entity {entity: row.to}) "
    "MERGE (a)-[r:TYPE {claim: row.claim}]->(b) SET r = row.about"
)


def write(network: Network, out: BinaryIO, losses: Losses, langs: Sequence[str]) -> None:
    """Write constraints, entities, sources and relationships, in this order."""
    cleaner = Cleaner(losses, _BAD, lists=True)
    out.write(_HEAD.encode())
    nodes = (
        (_labelled(tables.labels(node), cleaner, node.id), _map(row))
        for node, row in cleaner.nodes(network, langs)
    )
    sources = ((_SOURCES, _map(row)) for _, row in cleaner.sources(network))
    edges = (
        (_EDGES.replace("TYPE", backticked(str(row["relation"]))), _edge(edge, cleaner, row))
        for edge, row in cleaner.edges(network)
    )
    for each in (nodes, sources, edges):
        for statement in _statements(each):
            out.write(statement.encode())


def _labelled(labels: Sequence[str], cleaner: Cleaner, where: str) -> str:
    others = [cleaner.text(label, f"{where}: types") for label in labels if label != "Entity"]
    return _NODES + ("".join(f", n:{backticked(label)}" for label in others) if others else "")


def _statements(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A statement for rows that are to be treated alike, as soon as there are enough."""
    waiting: dict[str, list[str]] = {}
    for action, row in rows:
        alike = waiting.setdefault(action, [])
        alike.append(row)
        if len(alike) == _BATCH:
            yield _statement(action, waiting.pop(action))
    for action, alike in sorted(waiting.items()):
        yield _statement(action, alike)


def _statement(action: str, rows: Sequence[str]) -> str:
    return "UNWIND [\n  " + ",\n  ".join(rows) + f"\n] AS row\n{action};\n"


def _edge(edge: Edge, cleaner: Cleaner, row: Row) -> str:
    ends = cleaner.row({"from": edge.source, "to": edge.target}, edge.id)
    found = {name: _literal(cell) for name, cell in (*ends.items(), ("claim", row["claim"]))}
    found["about"] = _map(row)
    return "{" + ", ".join(f"{name}: {literal}" for name, literal in found.items()) + "}"


def _map(row: Row) -> str:
    return (
        "{" + ", ".join(f"{backticked(name)}: {_literal(cell)}" for name, cell in row.items()) + "}"
    )


def _literal(cell: Cell) -> str:
    if isinstance(cell, list):
        return f"[{', '.join(map(_string, cell))}]"
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return _string(cell) if isinstance(cell, str) else str(cell)


_ESCAPED = re.compile("[\\\\'\x00-\x1f\x7f-\x9f]")
_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _string(text: str) -> str:
    r"""A string as openCypher 9 has it.

    Neo4j reads ``\uXXXX`` before anything else, perhaps within ``\\u0027`` too, so a
    backslash never stands before a ``u`` that is data.
    """
    escaped = _ESCAPED.sub(lambda found: _ESCAPES.get(found[0]) or f"\\u{ord(found[0]):04X}", text)
    return "'" + re.sub(r"(\\\\)(?=[uU])", r"\1' + '", escaped) + "'"

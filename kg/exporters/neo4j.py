"""Neo4j bulk import: CSV with typed headers for ``neo4j-admin database import``.

Entities are nodes labelled with their class and those above it, sources are
nodes labelled ``Source``, claims are relationships.  Lists are arrays; facts of a
node and evidence of a relationship are JSON, and ``sources`` of a relationship
names the sources that say so.  U+001F stands between the elements of an array,
since the tool has no way to escape what separates them; ``README.md`` has the
command.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kg import tables
from kg.network import Network
from kg.records import Value
from kg.tables import Cell, Cleaner, Spool, Table

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write_folder"]

SUFFIXES: tuple[str, ...] = ()
MEDIA_TYPE = "text/csv"
LOSSES = {
    "characters": "NUL, lone surrogate, or U+001F, which stands between the elements of an array: "
    "written as U+FFFD",
}

_BETWEEN = "\x1f"
_BAD = re.compile("[\x00\x1f\ud800-\udfff]")
_README = """# A graph for Neo4j

In this folder, with the database `neo4j` stopped (the import replaces it):

    neo4j-admin database import full neo4j --overwrite-destination \\
        --nodes=nodes.csv --nodes=sources.csv --relationships=relationships.csv \\
        --array-delimiter=U+001F --multiline-fields=true

Then start it, and ask:

    CREATE CONSTRAINT entity_key IF NOT EXISTS FOR (n:Entity) REQUIRE n.entity IS UNIQUE;
    CREATE CONSTRAINT source_key IF NOT EXISTS FOR (n:Source) REQUIRE n.source IS UNIQUE;
    MATCH (a:Entity)-[r]->(b:Entity) RETURN a.label, type(r), b.label, r.status LIMIT 25;
"""


def write_folder(network: Network, folder: Path, losses: Losses, langs: Sequence[str]) -> None:
    """Write ``nodes.csv``, ``sources.csv``, ``relationships.csv`` and ``README.md``."""
    cleaner = Cleaner(losses, _BAD, lists=True)
    with Spool(*tables.NODE, ":LABEL") as spool:
        for node, row in cleaner.nodes(network, langs):
            names = [cleaner.text(each, f"{node.id}: types") for each in tables.labels(node)]
            spool.add({**row, ":LABEL": names})
        _write(spool, folder / "nodes.csv", {"entity": "entity:ID(Entity)"})
    with Spool("source", ":LABEL") as spool:
        for _, row in cleaner.sources(network):
            spool.add({**row, ":LABEL": ["Source"]})
        _write(spool, folder / "sources.csv", {"source": "source:ID(Source)"})
    with Spool(":START_ID", ":END_ID", ":TYPE", "claim", "relation") as spool:
        for edge, row in cleaner.edges(network):
            ends = cleaner.row({":START_ID": edge.source, ":END_ID": edge.target}, edge.id)
            spool.add({**row, **ends, ":TYPE": row["relation"]})
        headers = {name: f"{name}(Entity)" for name in (":START_ID", ":END_ID")}
        _write(spool, folder / "relationships.csv", headers)
    (folder / "README.md").write_text(_README, "utf-8", newline="\n")


def _write(spool: Spool, path: Path, headers: Mapping[str, str]) -> None:
    columns = spool.columns()
    header = [headers.get(name) or _header(name, kind) for name, kind in columns.items()]
    with Table(path, header) as table:
        for row in spool:
            table.row(_cell(row.get(name)) for name in columns)


def _header(name: str, kind: str) -> str:
    """``name:type`` (Neo4j Operations Manual, CSV header format)."""
    if name.startswith(":"):
        return name
    return f"{name}:{'string[]' if kind == 'list' else kind}"


def _cell(value: Cell | None) -> Value | None:
    return _BETWEEN.join(value) if isinstance(value, list) else value

"""LadybugDB: the folder that ``IMPORT DATABASE`` reads, with its schema and CSV.

A node table for entities and one for sources, and a relationship table a
relation.  LadybugDB wants tables declared before there are rows, so
``schema.cypher`` goes first and ``copy.cypher`` fills them.  Lists stay JSON; a
node has no label but ``Entity``: its class is the property ``class``.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kg import tables
from kg.network import Network
from kg.tables import Cleaner, Spool, Table, backticked

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write_folder"]

SUFFIXES: tuple[str, ...] = ()
MEDIA_TYPE = "text/csv"
LOSSES = tables.LOSSES

_TYPES = {"string": "STRING", "long": "INT64", "double": "DOUBLE", "boolean": "BOOLEAN"}
_READING = r"""(HEADER=true, DELIM=',', QUOTE='"', ESCAPE='"', PARALLEL=false)"""
"""In parallel, LadybugDB does not read values of several lines."""


def write_folder(network: Network, folder: Path, losses: Losses, langs: Sequence[str]) -> None:
    """Write ``schema.cypher``, ``copy.cypher``, and a CSV file a table."""
    cleaner = Cleaner(losses)
    schema, copies = [], []
    with Spool(*tables.NODE) as spool:
        for _, row in cleaner.nodes(network, langs):
            spool.add(row)
        schema.append(_node_table("Entity", "entity", spool.columns()))
        copies.append(_copy("Entity", "nodes.csv"))
        _write(spool, folder / "nodes.csv")
    with Spool("source") as spool:
        for _, row in cleaner.sources(network):
            spool.add(row)
        schema.append(_node_table("Source", "source", spool.columns()))
        copies.append(_copy("Source", "sources.csv"))
        _write(spool, folder / "sources.csv")
    with Spool("from", "to", "claim", "relation") as spool:
        files: dict[str, str] = {}
        for edge, row in cleaner.edges(network):
            ends = cleaner.row({"from": edge.source, "to": edge.target}, edge.id)
            spool.add({**row, **ends})
            files.setdefault(str(row["relation"]), "")
        for number, relation in enumerate(sorted(files)):
            plain = re.fullmatch("[a-z][A-Za-z0-9]*", relation)
            files[relation] = f"edges-{relation if plain else number}.csv"
            schema.append(_relation_table(relation, spool.columns()))
            copies.append(_copy(relation, files[relation]))
        _write_edges(spool, folder, files)
    (folder / "schema.cypher").write_text("".join(schema), "utf-8", newline="\n")
    (folder / "copy.cypher").write_text("".join(copies), "utf-8", newline="\n")


def _node_table(name: str, key: str, columns: Mapping[str, str]) -> str:
    return f"CREATE NODE TABLE {name} ({_typed(columns)}, PRIMARY KEY ({key}));\n"


def _relation_table(name: str, columns: Mapping[str, str]) -> str:
    typed = _typed({each: kind for each, kind in columns.items() if each not in {"from", "to"}})
    return f"CREATE REL TABLE {backticked(name)} (FROM Entity TO Entity, {typed}, MANY_MANY);\n"


def _typed(columns: Mapping[str, str]) -> str:
    return ", ".join(f"{backticked(name)} {_TYPES[kind]}" for name, kind in columns.items())


def _copy(table: str, file: str) -> str:
    return f'COPY {backticked(table)} FROM "{file}" {_READING};\n'


def _write(spool: Spool, path: Path) -> None:
    columns = spool.columns()
    with Table(path, columns) as table:
        for row in spool:
            table.row(map(row.get, columns))


def _write_edges(spool: Spool, folder: Path, files: Mapping[str, str]) -> None:
    columns = spool.columns()
    with contextlib.ExitStack() as stack:
        tables = {
            relation: stack.enter_context(Table(folder / file, columns))
            for relation, file in files.items()
        }
        for row in spool:
            tables[str(row["relation"])].row(map(row.get, columns))

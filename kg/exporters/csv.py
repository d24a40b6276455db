"""CSV tables for spreadsheets and scripts: nodes, edges, facts, evidence, sources.

RFC 4180 with a header, lines end in CR LF.  The files begin with a byte order
mark: without it Excel takes UTF-8 for the code page of the machine, and Korean
is lost; DuckDB, Polars, pandas and R skip it, Python reads it as ``utf-8-sig``.

===============  ============================================================
file             has a row for
===============  ============================================================
nodes.csv        an entity: ``entity`` is its id
edges.csv        a claim that links two: ``source`` and ``target`` are entities
facts.csv        a claim that gives the entity ``subject`` a ``value``
evidence.csv     a place that a ``claim`` rests on
sources.csv      an article or a dataset
===============  ============================================================

A cell that a spreadsheet would take for a formula begins with an apostrophe.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kg import records, tables
from kg.network import Edge, Fact, Network, plain
from kg.tables import Cell, Cleaner, Row, Spool, Table

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write_folder"]

SUFFIXES: tuple[str, ...] = ()
MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
LOSSES = {
    **tables.LOSSES,
    "formulas": "text that a spreadsheet would calculate (it begins with = + - @, a tab or a "
    "carriage return): an apostrophe is put before it",
}

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_EVIDENCE = ("claim", "number", "source", "start", "end", "record", "pointer", "sha256")


def write_folder(network: Network, folder: Path, losses: Losses, langs: Sequence[str]) -> None:
    """Write the five files; columns are those of :mod:`kg.records`."""
    cleaner = Cleaner(losses)
    with (
        Spool(*tables.NODE) as nodes,
        Spool("claim", "subject", "predicate", "value", "datatype") as facts,
        Spool("claim", "source", "relation", "target") as edges,
        Table(folder / "evidence.csv", _EVIDENCE, end="\r\n", bom=True) as evidence,
    ):
        for node, row in cleaner.nodes(network, langs):
            row.pop("facts", None)  # a table of their own has them
            nodes.add(_safe(row, node.id, losses))
            for fact in node.facts:
                about = cleaner.row({**records.attribute(fact), "subject": node.id}, fact.id)
                facts.add(_claim(about, fact, losses))
                _places(evidence, fact, cleaner)
        for edge, row in cleaner.edges(network):
            ends = cleaner.row({"source": edge.source, "target": edge.target}, edge.id)
            row.pop("sources", None)
            edges.add(_claim({**row, **ends}, edge, losses))
            _places(evidence, edge, cleaner)
        for spool, name in ((nodes, "nodes"), (facts, "facts"), (edges, "edges")):
            _write(spool, folder / f"{name}.csv")
    with Spool("source", "class") as spool:
        for source, row in cleaner.sources(network):
            spool.add(_safe(row, source.id, losses))
        _write(spool, folder / "sources.csv")


def _claim(row: Row, claim: Edge | Fact, losses: Losses) -> Row:
    row.pop("evidence", None)  # a table of its own has it
    return _safe(row, claim.id, losses)


def _places(table: Table, claim: Edge | Fact, cleaner: Cleaner) -> None:
    for number, each in enumerate(claim.evidence):
        row = cleaner.row({"claim": claim.id, "number": number, **plain(each)}, claim.id)
        row = _safe(row, claim.id, cleaner.losses)
        table.row(row.get(name) for name in _EVIDENCE)


def _safe(row: Row, where: str, losses: Losses) -> Row:
    return {name: _cell(cell, f"{where}: {name}", losses) for name, cell in row.items()}


def _cell(cell: Cell, where: str, losses: Losses) -> Cell:
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        losses.count("formulas", where)
        return f"'{cell}"
    return cell


def _write(spool: Spool, path: Path) -> None:
    columns = spool.columns()
    with Table(path, columns, end="\r\n", bom=True) as table:
        for row in spool:
            table.row(map(row.get, columns))

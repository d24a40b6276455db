"""Amazon Neptune: openCypher CSV for its bulk loader.

Entities and sources are nodes, claims are relationships whose ``:ID`` is the IRI
of the claim.  Neptune keeps no lists, so these stay JSON.  Load with
``"format": "opencypher"``; headers follow the Neptune User Guide, "Load format for
openCypher data".
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kg import tables
from kg.names import entity_iri, source_iri
from kg.network import Network
from kg.tables import Cleaner, Spool, Table

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write_folder"]

SUFFIXES: tuple[str, ...] = ()
MEDIA_TYPE = "text/csv"
LOSSES = tables.LOSSES

_TYPES = {"string": "String", "long": "Long", "double": "Double", "boolean": "Bool"}


def write_folder(network: Network, folder: Path, losses: Losses, langs: Sequence[str]) -> None:
    """Write ``nodes.csv``, ``sources.csv`` and ``relationships.csv``."""
    cleaner = Cleaner(losses)
    with Spool(":ID", ":LABEL", *tables.NODE) as spool:
        for node, row in cleaner.nodes(network, langs):
            names = ";".join(tables.labels(node))
            spool.add({**row, ":ID": node.iri, ":LABEL": cleaner.text(names, f"{node.id}: types")})
        _write(spool, folder / "nodes.csv")
    with Spool(":ID", ":LABEL", "source") as spool:
        for source, row in cleaner.sources(network):
            spool.add({**row, ":ID": source_iri(source.id), ":LABEL": "Source"})
        _write(spool, folder / "sources.csv")
    with Spool(":ID", ":START_ID", ":END_ID", ":TYPE", "claim", "relation") as spool:
        for edge, row in cleaner.edges(network):
            ends = {":START_ID": entity_iri(edge.source), ":END_ID": entity_iri(edge.target)}
            spool.add({**row, ":ID": edge.id, **ends, ":TYPE": row["relation"]})
        _write(spool, folder / "relationships.csv")


def _write(spool: Spool, path: Path) -> None:
    columns = spool.columns()
    header = [name if name.startswith(":") else f"{name}:{_TYPES[kind]}"
              for name, kind in columns.items()]  # fmt: skip
    with Table(path, header) as table:
        for row in spool:
            table.row(map(row.get, columns))

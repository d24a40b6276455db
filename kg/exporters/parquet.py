"""Parquet for DuckDB, Polars and Spark GraphFrames: nodes, edges and sources.

``nodes.parquet`` has ``id``, ``edges.parquet`` has ``src`` and ``dst``, as
GraphFrames wants them.  Nothing is flattened: texts are maps by language,
aliases maps of lists, facts and evidence lists of structs, and qualifiers a
struct with numbers as numbers and dates as text, which keeps their precision.

Needs the extra ``parquet`` (pyarrow).
"""

from __future__ import annotations

import functools
import itertools
import math
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import records, vocabulary
from kg.errors import KGError
from kg.model import Ref, Source
from kg.network import Edge, Fact, Network, Node, label, plain

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write_folder"]

SUFFIXES: tuple[str, ...] = ()
MEDIA_TYPE = "application/vnd.apache.parquet"
LOSSES = {
    "characters": "lone surrogate: written as U+FFFD",
    "numbers": "number that 64 bits cannot hold exactly: rounded, or left out",
}

_GROUP = 5_000
"""Rows in a row group: what is held at once."""


def write_folder(network: Network, folder: Path, losses: Losses, langs: Sequence[str]) -> None:
    """Write the three files, in groups of rows.  :class:`KGError` if pyarrow is not installed."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        what, remedy = "pyarrow is not installed", f"{sys.executable} -m pip install pyarrow"
        raise KGError("format 'parquet'", what, remedy) from error
    schemas = _schemas(pa)
    tables: Mapping[str, Iterable[dict[str, Any]]] = {
        "nodes": (_node(node, langs, losses) for node in network.nodes()),
        "edges": (_edge(edge, losses) for edge in network.edges()),
        "sources": (_source(each, losses) for each in network.sources()),
    }
    for name, rows in tables.items():
        with parquet.ParquetWriter(folder / f"{name}.parquet", schemas[name]) as writer:
            for group in _groups(rows):
                writer.write_table(pa.Table.from_pylist(group, schema=schemas[name]))


def _groups(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    remaining = iter(rows)
    while group := list(itertools.islice(remaining, _GROUP)):
        yield group


# -- columns -----------------------------------------------------------------


def _schemas(pa: Any) -> dict[str, Any]:
    text = pa.string()
    texts, lists = pa.map_(text, text), pa.map_(text, pa.list_(text))
    strings = pa.list_(text)
    place = {"source": text, "start": pa.int64(), "end": pa.int64(), "record": text}
    evidence = pa.list_(pa.struct({**place, "pointer": text, "sha256": text}))
    kinds = {"double": pa.float64(), "long": pa.int64(), "string": text}
    qualifiers = pa.struct({name: kinds[kind] for name, kind in _qualified().items()})
    claim = {
        "claim": text, "status": text, "rank": text, "flat": pa.bool_(), "qualifiers": qualifiers,
        "gloss": texts, "notes": texts, "evidence": evidence, "premises": strings, "rule": text,
    }  # fmt: skip
    value = {"predicate": text, "value": text, "datatype": text, "lang": text}
    node = {"id": text, "label": text, "iri": text, "class": text, "types": strings}
    names = {"labels": texts, "aliases": lists, "misspellings": lists, "notes": texts}
    source = dict.fromkeys(_SOURCE, text) | {"titles": texts, "authors": strings}
    return {
        "nodes": pa.schema({**node, **names, "facts": pa.list_(pa.struct({**value, **claim}))}),
        "edges": pa.schema({"src": text, "dst": text, "relation": text, **claim}),
        "sources": pa.schema(source),
    }


_SOURCE = (
    "id", "class", "titles", "published", "url", "licence", "sha256", "language", "publisher",
    "authors", "accessed", "version", "creator",
)  # fmt: skip


@functools.cache
def _qualified() -> dict[str, str]:
    """The kind of column of every qualifier of the ontology, by name."""
    kinds = {"decimal": "double", "integer": "long"}
    known = sorted(vocabulary.load().qualifiers.items())
    return {name: kinds.get(each.form, "string") for name, each in known}


# -- rows --------------------------------------------------------------------


def _node(node: Node, langs: Sequence[str], losses: Losses) -> dict[str, Any]:
    facts = [{**_claim(each, losses), "predicate": each.predicate, "value": each.value.value,
              "datatype": each.value.datatype, "lang": each.value.lang or None}
             for each in node.facts]  # fmt: skip
    row = {
        "id": node.id, "label": label(node, langs), "iri": node.iri, "class": node.cls or None,
        "types": node.types, "labels": _pairs(node.labels), "aliases": _pairs(node.aliases),
        "misspellings": _pairs(node.misspellings), "notes": _pairs(node.notes), "facts": facts,
    }  # fmt: skip
    return {name: _sound(each, f"{node.id}: {name}", losses) for name, each in row.items()}


def _edge(edge: Edge, losses: Losses) -> dict[str, Any]:
    ends = {"src": edge.source, "dst": edge.target, "relation": edge.relation}
    row = {**ends, **_claim(edge, losses)}
    return {name: _sound(each, f"{edge.id}: {name}", losses) for name, each in row.items()}


def _claim(claim: Fact | Edge, losses: Losses) -> dict[str, Any]:
    return {
        "claim": claim.id,
        "status": claim.status.value,
        "rank": claim.rank.value,
        "flat": claim.flat,
        "qualifiers": _qualifiers(claim, losses),
        "gloss": _pairs(claim.gloss),
        "notes": _pairs(claim.notes),
        "evidence": plain(claim.evidence),
        "premises": claim.premises,
        "rule": claim.rule or None,
    }


def _qualifiers(claim: Fact | Edge, losses: Losses) -> dict[str, str | int | float | None]:
    found: dict[str, str | int | float | None] = {}
    for name, value in sorted(claim.qualifiers.items()):
        text, kind = (value.id if isinstance(value, Ref) else value.value), _qualified()[name]
        found[name] = text
        if kind != "string":
            found[name], exact = _number(text, kind)
            losses.count("numbers", f"{claim.id}: {name}", 0 if exact else 1)
    return found


def _number(text: str, kind: str) -> tuple[int | float | None, bool]:
    """The number in 64 bits, if there is one, and whether it is just that."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None, False
    if kind == "long":
        held = number == number.to_integral_value() and -(2**63) <= number < 2**63
        return (int(number), True) if held else (None, False)
    double = float(number)
    return (double, Decimal(repr(double)) == number) if math.isfinite(double) else (None, False)


def _sound(value: Any, where: str, losses: Losses) -> Any:
    """Return what is in a row with text that UTF-8 can hold."""
    if isinstance(value, str):
        text, changed = records.utf8(value)
        losses.count("characters", where, changed)
        return text
    if isinstance(value, dict):
        return {name: _sound(each, where, losses) for name, each in value.items()}
    if isinstance(value, list | tuple):  # pairs stay tuples: Arrow asks for them
        return type(value)(_sound(each, where, losses) for each in value)
    return value


def _pairs(mapping: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """A map as Arrow takes it."""
    return sorted(mapping.items())


def _source(source: Source, losses: Losses) -> dict[str, Any]:
    row = {name: each or None for name, each in plain(source).items()}
    row |= {"class": type(source).__name__, "titles": _pairs(dict(source.titles))}
    return {name: _sound(each, f"{source.id}: {name}", losses) for name, each in row.items()}

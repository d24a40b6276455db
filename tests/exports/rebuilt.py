"""The graph out of SQLite, Parquet and CSV, as records: what ``network.plain`` says of it."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kg import network, vocabulary
from kg.network import Network

Plain = dict[str, Any]


def expected(graph: Network) -> tuple[list[Plain], list[Plain]]:
    """Nodes and edges as they are; a fact's value with its datatype and language."""
    nodes = []
    for node in graph.nodes():
        facts = [
            {**network.plain(fact), "datatype": fact.value.datatype, "lang": fact.value.lang}
            for fact in node.facts
        ]
        nodes.append({**network.plain(node), "facts": facts})
    return nodes, [network.plain(edge) for edge in graph.edges()]


def from_sqlite(path: Path) -> tuple[list[Plain], list[Plain]]:
    base = sqlite3.connect(path)
    base.row_factory = sqlite3.Row

    def rows(query: str, *given: Any) -> list[sqlite3.Row]:
        return base.execute(query, given).fetchall()

    def texts(query: str, *given: Any) -> dict[str, str]:
        return {row[0]: row[1] for row in rows(query, *given)}

    def names(id: str, kind: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        query = "SELECT lang, alias FROM aliases WHERE node = ? AND kind = ? ORDER BY lang, number"
        for lang, text in rows(query, id, kind):
            found.setdefault(lang, []).append(text)
        return found

    def claim(row: sqlite3.Row) -> Plain:
        number = row["id"]
        places = rows("SELECT * FROM evidence WHERE claim = ? ORDER BY number", number)
        gloss = "SELECT lang, text FROM glosses WHERE claim = ? AND kind = ?"
        qualifiers = rows("SELECT * FROM qualifiers WHERE claim = ?", number)
        premises = rows("SELECT premise FROM premises WHERE claim = ? ORDER BY number", number)
        return {
            "id": row["claim"],
            "status": row["status"],
            "rank": row["rank"],
            "qualifiers": {
                each["name"]: each["value"] if each["node"] is None else each["node"]
                for each in qualifiers
            },
            "gloss": texts(gloss, number, "gloss"),
            "notes": texts(gloss, number, "note"),
            "evidence": [_evidence(dict(each)) for each in places],
            "premises": [premise for (premise,) in premises],
            "rule": row["rule"] or "",
            "flat": bool(row["flat"]),
        }

    def fact(row: sqlite3.Row) -> Plain:
        said = {name: row[name] for name in ("predicate", "value", "datatype")}
        return {**claim(row), **said, "lang": row["lang"] or ""}

    nodes = [
        {
            "id": node["id"],
            "iri": node["iri"],
            "cls": node["class"] or "",
            "types": [
                each
                for (each,) in rows(
                    "SELECT type FROM types WHERE node = ? ORDER BY number", node["id"]
                )
            ],
            "labels": texts("SELECT lang, label FROM labels WHERE node = ?", node["id"]),
            "aliases": names(node["id"], "alias"),
            "misspellings": names(node["id"], "misspelling"),
            "notes": texts("SELECT lang, note FROM notes WHERE node = ?", node["id"]),
            "facts": [
                fact(row)
                for row in rows("SELECT * FROM facts WHERE subject = ? ORDER BY id", node["id"])
            ],
        }
        for node in rows("SELECT * FROM nodes ORDER BY id")
    ]
    edges = [
        {**claim(row), **{name: row[name] for name in ("source", "target", "relation")}}
        for row in rows("SELECT * FROM edges ORDER BY claim")
    ]
    base.close()
    return nodes, edges


def _evidence(row: Plain) -> Plain:
    place = ("record", "pointer") if row["record"] is not None else ("start", "end")
    return {name: row[name] for name in ("source", *place, "sha256")}


def from_parquet(folder: Path) -> tuple[list[Plain], list[Plain]]:
    """As DuckDB reads it."""
    duckdb = __import__("pytest").importorskip("duckdb")

    def rows(name: str, key: str) -> Iterable[Plain]:
        with duckdb.connect() as connection:
            query = f"SELECT * FROM '{folder / name}.parquet' ORDER BY {key}"
            answer = connection.execute(query)
            columns = [column[0] for column in answer.description]
            return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]

    def claim(row: Plain) -> Plain:
        return {
            "id": row["claim"],
            "status": row["status"],
            "rank": row["rank"],
            "qualifiers": {
                name: value for name, value in row["qualifiers"].items() if value is not None
            },
            "gloss": row["gloss"],
            "notes": row["notes"],
            "evidence": [_evidence(each) for each in row["evidence"]],
            "premises": row["premises"],
            "rule": row["rule"] or "",
            "flat": row["flat"],
        }

    def fact(row: Plain) -> Plain:
        said = {name: row[name] for name in ("predicate", "datatype")}
        value = _value(row["value"], row["datatype"])
        return {**claim(row), **said, "value": value, "lang": row["lang"] or ""}

    same = ("id", "iri", "types", "labels", "aliases", "misspellings", "notes")
    nodes = [
        {
            **{name: row[name] for name in same},
            "cls": row["class"] or "",
            "facts": [fact(each) for each in row["facts"]],
        }
        for row in rows("nodes", "id")
    ]
    edges = [
        {**claim(row), "source": row["src"], "target": row["dst"], "relation": row["relation"]}
        for row in rows("edges", "claim")
    ]
    return nodes, edges


def _value(text: str, datatype: str) -> str | int | float:
    return {"xsd:integer": int, "xsd:decimal": float}.get(datatype, str)(text)


def table(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file of ours; what is empty is left out."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        rows = []
        for row in reader:
            assert None not in row
            assert None not in row.values()
            rows.append({name: value for name, value in row.items() if value != ""})
    return rows


def from_csv(folder: Path) -> tuple[list[Plain], list[Plain]]:
    kinds = {name: each.form for name, each in vocabulary.load().qualifiers.items()}
    places: dict[str, list[Plain]] = {}
    for row in table(folder / "evidence.csv"):
        found: Plain = {"record": row.get("record"), "pointer": row.get("pointer"), **row}
        if "start" in row:
            found |= {"start": int(row["start"]), "end": int(row["end"])}
        assert int(row["number"]) == len(places.setdefault(row["claim"], []))
        places[row["claim"]].append(_evidence(found))

    def languages(row: dict[str, str], name: str) -> dict[str, str]:
        prefix = f"{name}_"
        return {key[len(prefix) :]: row[key] for key in row if key.startswith(prefix)}

    def several(row: dict[str, str], name: str) -> dict[str, list[str]]:
        return {lang: json.loads(text) for lang, text in languages(row, name).items()}

    def claim(row: dict[str, str]) -> Plain:
        numbers = {"decimal": float, "integer": int}
        return {
            "id": row["claim"],
            "status": row["status"],
            "rank": row["rank"],
            "qualifiers": {
                name: numbers.get(kinds[name], str)(row[name])
                for name in sorted(kinds)
                if name in row
            },
            "gloss": languages(row, "gloss"),
            "notes": languages(row, "note"),
            "evidence": places.get(row["claim"], []),
            "premises": json.loads(row.get("premises", "[]")),
            "rule": row.get("rule", ""),
            "flat": {"true": True, "false": False}[row["flat"]],
        }

    facts: dict[str, list[Plain]] = {}
    for row in table(folder / "facts.csv"):
        said = {
            "predicate": row["predicate"],
            "datatype": row["datatype"],
            "lang": row.get("lang", ""),
            "value": _value(row["value"], row["datatype"]),
        }
        facts.setdefault(row["subject"], []).append({**claim(row), **said})
    nodes = [
        {
            "id": row["entity"],
            "iri": row["iri"],
            "cls": row.get("class", ""),
            "types": json.loads(row.get("types", "[]")),
            "labels": languages(row, "label"),
            "aliases": several(row, "aliases"),
            "misspellings": several(row, "misspellings"),
            "notes": languages(row, "note"),
            "facts": facts.get(row["entity"], []),
        }
        for row in table(folder / "nodes.csv")
    ]
    edges = [
        {**claim(row), **{name: row[name] for name in ("source", "target", "relation")}}
        for row in table(folder / "edges.csv")
    ]
    return nodes, edges

"""Answers in the W3C's formats, judged by other readers, and the table for people."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from rdflib.query import Result

from kg import results, store
from kg.errors import KGError

ROWS = """
SELECT ?a ?b { VALUES (?a ?b) {
  (id:lg "구광모"@ko) ("a\\tb\\n\\"c\\", <&> \\r" 5)
  (UNDEF "2021"^^xsd:gYear) (<<( id:a id:b "x" )>> true)
} }"""


@pytest.fixture
def empty() -> Any:
    with store.open() as opened:
        yield opened


def written(opened: store.Store, query: str, path: Path, form: str = "") -> str:
    results.write(opened.query(query), str(path), form)
    return path.read_bytes().decode("utf-8")


@pytest.mark.parametrize("form", ["json", "xml", "tsv"])
def test_oxigraph_reads_back_what_was_asked(form: str, empty: store.Store, tmp_path: Path) -> None:
    text = written(empty, ROWS, tmp_path / "answer", form)
    media = {"json": "json", "xml": "xml", "tsv": "tsv"}[form]
    format = ox.QueryResultsFormat.from_extension({"json": "srj", "xml": "srx"}.get(media, media))
    assert format is not None
    back = ox.parse_query_results(text.encode(), format=format)
    assert isinstance(back, ox.QuerySolutions)
    expected = empty.query(ROWS)
    assert isinstance(expected, store.Solutions)
    assert [tuple(row) for row in back] == list(expected)


@pytest.mark.parametrize("form", ["json", "xml"])
def test_rdflib_reads_rows_and_booleans(form: str, empty: store.Store, tmp_path: Path) -> None:
    text = written(empty, 'SELECT ?a { VALUES ?a { "구"@ko id:lg } }', tmp_path / "rows", form)
    rows = Result.parse(io.BytesIO(text.encode()), format=form)
    assert [str(row[0]) for row in rows] == ["구", "https://w3id.org/aieco/id/lg"]
    text = written(empty, "ASK {}", tmp_path / "boolean", form)
    assert Result.parse(io.BytesIO(text.encode()), format=form).askAnswer is True


def test_csv_has_plain_values_and_crlf(empty: store.Store, tmp_path: Path) -> None:
    text = written(empty, ROWS, tmp_path / "answer.csv")
    assert text.startswith("a,b\r\nhttps://w3id.org/aieco/id/lg,구광모\r\n")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[2] == ['a\tb\n"c", <&> \r', "5"]
    assert rows[3] == ["", "2021"]


def test_json_is_json(empty: store.Store, tmp_path: Path) -> None:
    found = json.loads(written(empty, ROWS, tmp_path / "answer.json"))
    assert found["head"]["vars"] == ["a", "b"]
    assert found["results"]["bindings"][0]["b"] == {
        "type": "literal",
        "value": "구광모",
        "xml:lang": "ko",
    }
    assert (
        json.loads(written(empty, "ASK { id:a id:b id:c }", tmp_path / "no.json"))["boolean"]
        is False
    )


def test_a_table_lines_up_korean_and_counts_its_rows(empty: store.Store, tmp_path: Path) -> None:
    query = 'SELECT ?name ?x { VALUES (?name ?x) { ("구광모" 1) ("Lee" 2) } }'
    lines = written(empty, query, tmp_path / "table").splitlines()
    assert lines[0].split() == ["name", "x"]
    assert lines[2:4] == ["구광모   1", "Lee      2"]
    assert lines[-1] == "2 rows"


def test_graphs_are_turtle_or_ntriples(empty: store.Store, tmp_path: Path) -> None:
    query = "CONSTRUCT { id:a aie:partOf id:b } {}"
    assert written(empty, query, tmp_path / "graph").endswith("id:a aie:partOf id:b .\n")
    assert written(empty, query, tmp_path / "graph.nt").count("\n") == 1


@pytest.mark.parametrize(
    ("query", "form", "message"),
    [
        ("ASK {}", "tabel", "format 'tabel': is none; did you mean 'table'"),
        ("ASK {}", "ttl", "format 'ttl': cannot hold rows; use one of table, csv"),
        ("CONSTRUCT {} {}", "csv", "format 'csv': cannot hold a graph; use one of ttl, nt"),
        ('SELECT ("\\u0000" AS ?x) {}', "xml", r"XML cannot hold the control character U\+0000"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_written(
    query: str, form: str, message: str, empty: store.Store, tmp_path: Path
) -> None:
    path = tmp_path / "answer"
    path.write_text("kept")
    with pytest.raises(KGError, match=message):
        results.write(empty.query(query), str(path), form)
    assert path.read_text() == "kept"
    assert list(tmp_path.iterdir()) == [path]

"""Answers in the W3C's formats, judged by other readers, and the table for people."""

from __future__ import annotations

import csv
import io
import itertools
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from rdflib.query import Result

from kg import results, store
from kg.errors import KGError
from kg.results import Labels, people, tools, w3c
from kg.store import Solutions, Store

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


def test_xml_is_as_the_schema_of_the_format_says(empty: store.Store, tmp_path: Path) -> None:
    """SPARQL Query Results XML Format, section 2: order, names and attributes of elements."""
    space = "{http://www.w3.org/2005/sparql-results#}"
    root = ET.fromstring(written(empty, ROWS, tmp_path / "answer.xml"))  # our own document
    assert root.tag == f"{space}sparql"
    assert [child.tag for child in root] == [f"{space}head", f"{space}results"]
    assert [each.attrib for each in root[0]] == [{"name": "a"}, {"name": "b"}]
    for result in root[1]:
        assert result.tag == f"{space}result"
        for binding in result:
            assert (binding.tag, set(binding.attrib)) == (f"{space}binding", {"name"})
            (term,) = binding
            assert term.tag in {f"{space}{kind}" for kind in ("uri", "literal", "triple")}
            assert len(term.attrib) <= 1


def test_tsv_is_as_the_format_says(empty: store.Store, tmp_path: Path) -> None:
    """SPARQL 1.1 Query Results TSV, section 4: a header of ?names, a tab between any two."""
    lines = written(empty, ROWS, tmp_path / "answer.tsv").split("\n")
    assert lines[0] == "?a\t?b"
    assert all(line.count("\t") == 1 for line in lines[:-1])
    assert lines[1] == '<https://w3id.org/aieco/id/lg>\t"구광모"@ko'
    assert lines[-1] == ""


def test_json_lines_are_plain_values(empty: store.Store, tmp_path: Path) -> None:
    rows = '(1 2.5) (true "x"@ko) (id:lg UNDEF) ("NaN"^^xsd:double 1e3)'
    query = f"SELECT ?a ?b {{ VALUES (?a ?b) {{ {rows} }} }}"
    lines = written(empty, query, tmp_path / "answer.jsonl").splitlines()
    assert [list(json.loads(line).values()) for line in lines] == [
        [1, 2.5],
        [True, "x"],
        ["https://w3id.org/aieco/id/lg", None],
        ["NaN", 1000.0],
    ]


def test_parquet_is_typed_and_read_by_others(empty: store.Store, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    query = """SELECT ?n ?d ?t { VALUES (?n ?d ?t) { (1 2.5 "구") (UNDEF 3 id:lg) } }"""
    results.write(empty.query("SELECT * {}"), str(tmp_path / "none.parquet"))
    results.write(empty.query(query), str(tmp_path / "answer.parquet"))
    table = parquet.read_table(tmp_path / "answer.parquet")
    assert [str(field.type) for field in table.schema] == ["int64", "double", "string"]
    assert table.to_pydict() == {
        "n": [1, None],
        "d": [2.5, 3.0],
        "t": ["구", "https://w3id.org/aieco/id/lg"],
    }


def test_parquet_needs_its_extra(
    empty: store.Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(KGError, match=r"pyarrow is not installed; .* -m pip install pyarrow"):
        results.write(empty.query("SELECT (1 AS ?x) {}"), str(tmp_path / "answer.parquet"))
    assert not list(tmp_path.iterdir())


def test_markdown_cannot_be_broken_out_of(empty: store.Store, tmp_path: Path) -> None:
    query = """SELECT ?a { VALUES ?a { "x | y\\n# z" "<b>_it_</b>" "a_b" } }"""
    lines = written(empty, query, tmp_path / "answer.md").splitlines()
    assert lines == [
        "| a |",
        "| --- |",
        r"| x \| y # z |",
        r"| \<b\>\_it\_\</b\> |",
        "| a_b |",
    ]


def test_a_table_obeys_no_control_character(empty: store.Store, tmp_path: Path) -> None:
    text = written(empty, 'SELECT ("a\\u001b[31m\\u202eb\\nc" AS ?x) {}', tmp_path / "table")
    assert text.splitlines()[2] == "a [31m b c"


def cells(*rows: tuple[str, ...]) -> Solutions:
    terms = (tuple(ox.Literal(text) for text in row) for row in rows[1:])
    return Solutions(rows[0], terms)


def test_a_table_fits_the_terminal_and_korean_is_two_wide() -> None:
    from rich.cells import cell_len

    long = "최고의 인재와 파트너가 모여 세상의 난제에 도전하는 연구원 " * 3
    for width in (40, 60, 100):
        answer = cells(("name", "said", "x"), ("구광모", long, "1"), ("Lee", "short words", "2"))
        lines = "".join(people.table(answer, None, width)).splitlines()
        assert max(map(cell_len, lines)) <= width
        said = "".join(
            "".join(line.split()[1:] if "구" in line else line.split()) for line in lines
        )
        assert "난제에" in said.replace("\n", "")


def test_a_table_shows_labels_or_iris(toy_store: Store, tmp_path: Path) -> None:
    def shown(labels: Labels | None) -> str:
        answer = toy_store.query("SELECT ?s ?p ?o { id:mirae-ai-lab aie:partOf ?o . ?s ?p ?o }")
        path = tmp_path / "table"
        results.write(answer, str(path), labels=labels)
        return path.read_text("utf-8")

    assert "Mirae AI Lab" in shown(Labels(toy_store, "en"))
    assert "part of" in shown(Labels(toy_store, "en"))
    assert "미래그룹" in shown(Labels(toy_store, "ko"))
    assert "Mirae AI Lab belongs to Mirae Group." in shown(Labels(toy_store, "en"))
    assert "aie:partOf      id:mirae-group\n" in shown(None)


def test_a_label_that_a_language_lacks_is_another_ones(toy_store: Store) -> None:
    labels = Labels(toy_store, "ko")
    source = ox.NamedNode("https://w3id.org/aieco/source/mirae-review")
    nobody = ox.NamedNode("https://w3id.org/aieco/id/nobody")
    labels.learn([source, nobody])
    assert labels.of(source) == "A year of Mirae AI Lab"
    assert labels.of(nobody) is None
    assert labels.of(ox.Literal("x")) is None


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "tsv", "xml"])
def test_programs_get_iris_and_labels_only_if_asked(
    form: str, toy_store: Store, tmp_path: Path
) -> None:
    def text(**more: Any) -> str:
        answer = toy_store.query("SELECT ?o ?n { id:mirae-ai-lab aie:partOf ?o BIND (1 AS ?n) }")
        path = tmp_path / "answer"
        results.write(answer, str(path), form, labels=Labels(toy_store), **more)
        return path.read_text("utf-8")

    assert "Mirae Group" not in text()
    labelled = text(label_columns=True)
    assert "oLabel" in labelled
    assert "Mirae Group" in labelled
    assert "nLabel" not in labelled


def test_a_graph_is_json_ld(empty: store.Store, tmp_path: Path) -> None:
    text = written(empty, "CONSTRUCT { id:a aie:partOf id:b, [] } {}", tmp_path / "graph.jsonld")
    back = list(ox.parse(text.encode(), format=ox.RdfFormat.JSON_LD))
    assert len(back) == 2


# -- streams -----------------------------------------------------------------


@pytest.mark.parametrize("form", [w3c.csv, w3c.tsv, w3c.json, w3c.xml, tools.jsonl])
def test_rows_are_written_as_they_are_found(form: Any) -> None:
    taken = itertools.count()

    def endless() -> Iterator[tuple[ox.Literal]]:
        while True:
            yield (ox.Literal(next(taken)),)

    pieces = form(Solutions(("n",), endless()))
    list(itertools.islice(pieces, 5))
    assert next(taken) <= 6


def test_labels_wait_for_few_rows(toy_store: Store) -> None:
    taken = itertools.count()

    def endless() -> Iterator[tuple[ox.NamedNode]]:
        while True:
            yield (ox.NamedNode(f"https://w3id.org/aieco/id/x{next(taken)}"),)

    rows = people.markdown(Solutions(("n",), endless()), Labels(toy_store))
    list(itertools.islice(rows, 3))
    assert next(taken) <= 2


MANY = """
import resource, sys, time
from kg import results, store
with store.open() as opened:
    opened.update("INSERT DATA {{ {digits} }}")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = opened.query("SELECT {variables} {{ {pattern} }}")
    results.write(answer, "/dev/null", "{form}", labels=results.Labels(opened))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes here")
@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "table", "parquet"])
def test_many_rows_take_no_more_memory_than_a_few(form: str) -> None:
    """Ten digits, five times joined, are 100,000 rows: 40 MB and more, were they kept."""
    names = "abcde"
    if form == "parquet":
        pytest.importorskip("pyarrow")
    script = MANY.format(
        digits=" ".join(f"id:d{n} aie:digit {n} ." for n in range(10)),
        variables=" ".join(f"?{name}" for name in names),
        pattern=" . ".join(f"?_{name} aie:digit ?{name}" for name in names),
        form=form,
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert int(ran.stdout) < (120_000 if form == "parquet" else 40_000)


def test_graphs_are_turtle_or_ntriples(empty: store.Store, tmp_path: Path) -> None:
    query = "CONSTRUCT { id:a aie:partOf id:b } {}"
    assert written(empty, query, tmp_path / "graph").endswith("id:a aie:partOf id:b .\n")
    assert written(empty, query, tmp_path / "graph.nt").count("\n") == 1


@pytest.mark.parametrize(
    ("query", "form", "message"),
    [
        ("ASK {}", "tabel", "format 'tabel': is none; did you mean 'table'"),
        ("ASK {}", "ttl", "format 'ttl': cannot hold yes or no; use one of table, markdown, csv"),
        ("ASK {}", "parquet", "format 'parquet': cannot hold yes or no"),
        ("SELECT * {}", "jsonld", "format 'jsonld': cannot hold rows; use one of table, markdown"),
        ("CONSTRUCT {} {}", "csv", "format 'csv': cannot hold a graph; use one of ttl, nt, jsonld"),
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

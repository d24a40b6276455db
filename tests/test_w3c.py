"""The W3C's own tests of SPARQL queries and updates, asked of a running ``kg serve``.

Where the suites come from, and under which licence, is told in ``w3c.py``; without them
these tests skip.  What fails stands in ``FAILS``, each with its reason, and in
docs/engines.md.  Left out are the 66 tests of entailment regimes, which are not offered.
The tests of the protocols have names only: ``test_w3c_protocol.py`` has a request of ours
for each.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
import w3c
from serving import TOKEN, serving
from w3c import Case, Table

from kg.store import OxigraphStore
from kg.web.refused import Refused
from kg.web.tasks import Update
from kg.web.writing import write

_LEXICAL = (
    "The engine keeps the value of a number or date, not how it was written (`01`, `+00:00`)."
)
_RDF11 = "In RDF 1.1 a plain literal is an `xsd:string`; the tests are older."
_DATES = "The engine compares dates with and without a zone as XSD 1.1 does; the test is older."
_SAME_NODES = "A graph that is asked as default and as named one has the same blank nodes in both."
_DECIMALS = "In SPARQL 1.1 a decimal has a digit behind its point; the tests are older."
_ESCAPES = "The engine reads `\\u0070` only in strings and IRIs, not in names."
_TOKENS = "The engine takes `?x<?a&&?b>?y` for two comparisons; by the letter `<?a&&?b>` is an IRI."
_BNODE = "The engine's `BNODE(text)` gives the same node in every row."
_NO_GROUP = "The expected row is wrong, and gone from later versions: of nothing there is no group."
_FILTER = "A filter in a group of its own does not see what is outside, as SPARQL 1.1 has it."
_CALLS = "`SERVICE` and `LOAD` are refused: they would call other machines."
FAILS = {
    "csv-tsv-res/csv03": _LEXICAL,
    "csv-tsv-res/tsv03": _LEXICAL,
    "distinct/distinct-1": _LEXICAL,
    "distinct/distinct-9": _LEXICAL,
    "expr-builtin/dawg-str-1": _LEXICAL,
    "expr-builtin/dawg-str-2": _LEXICAL,
    "expr-builtin/sameTerm-simple": _LEXICAL,
    "expr-builtin/sameTerm-eq": _LEXICAL,
    "expr-builtin/sameTerm-not-eq": _LEXICAL,
    "expr-equals/eq-graph-1": _LEXICAL,
    "expr-equals/eq-graph-2": _LEXICAL,
    "open-world/open-eq-01": _LEXICAL,
    "functions/strdt03": _RDF11,
    "functions/strlang03": _RDF11,
    "distinct/distinct-2": _RDF11,
    "expr-builtin/dawg-datatype-2": _RDF11,
    "open-world/date-2": _DATES,
    "open-world/date-3": _LEXICAL,
    "dataset/dawg-dataset-09": _SAME_NODES,
    "dataset/dawg-dataset-10": _SAME_NODES,
    "dataset/dawg-dataset-12": _SAME_NODES,
    "basic/term-6": _DECIMALS,
    "basic/term-7": _DECIMALS,
    "syntax-sparql1/syntax-lit-08": _DECIMALS,
    "syntax-sparql2/syntax-esc-04": _ESCAPES,
    "syntax-sparql2/syntax-esc-05": _ESCAPES,
    "syntax-sparql3/syn-bad-26": _TOKENS,
    "functions/bnode01": _BNODE,
    "aggregates/agg-empty-group": _NO_GROUP,
    "optional-filter/dawg-optional-filter-005-simplified": _FILTER,
    "update-silent/load-silent": _CALLS,
    "update-silent/load-into-silent": _CALLS,
    **{f"service/service{number}": _CALLS for number in ("1", "2", "3", "4a", "5", "6", "7")},
    **{f"syntax-fed/test_{number}": _CALLS for number in (1, 2, 3)},
    **{f"syntax-update-1/test_{number}": _CALLS for number in (1, 2, 3, 4, 37)},
}

CASES = w3c.cases()
KINDS = {
    "Query: answers": [
        case
        for case in CASES
        if case.kind in ("QueryEvaluationTest", "CSVResultFormatTest")
        and not case.name.startswith("entailment/")
    ],
    "Query: what is one, and what is none": [
        case for case in CASES if "Syntax" in case.kind and case.asks.endswith(".rq")
    ],
    "Update: what it changes": [case for case in CASES if case.kind == "UpdateEvaluationTest"],
    "Update: what is one, and what is none": [
        case for case in CASES if "Syntax" in case.kind and case.asks.endswith(".ru")
    ],
}
NEEDED = pytest.mark.skipif(not CASES, reason="the W3C's tests are not here (make programs)")
READ = ("is no graph of the store", "is not supported", "does not exist")
"""With these words the server refuses what it has read: a graph or function is missing."""
PROLOGUE = re.compile(r"(?:\s|#.*|(?:BASE|PREFIX\s+[^\s:]*:)\s*<[^>]*>)*", re.IGNORECASE)
GRAPHS = (
    ox.RdfFormat.TURTLE,
    ox.RdfFormat.N_TRIPLES,
    ox.RdfFormat.RDF_XML,
    ox.RdfFormat.JSON_LD,
)
ROWS = (ox.QueryResultsFormat.JSON, ox.QueryResultsFormat.XML, ox.QueryResultsFormat.TSV)


def each(kind: str) -> pytest.MarkDecorator:
    """Run a test for all cases of a kind."""
    cases = []
    for case in KINDS[kind]:
        fails = [pytest.mark.xfail(reason=FAILS[case.name])] if case.name in FAILS else []
        cases.append(pytest.param(case, id=case.name, marks=fails))
    return pytest.mark.parametrize("case", cases or [pytest.param(Case("", ""), marks=NEEDED)])


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server with the data of all queries: a graph a file, and one more for use as default."""
    files = set(chain.from_iterable(case.files for case in KINDS["Query: answers"]))
    path = tmp_path_factory.mktemp("w3c") / "store"
    with OxigraphStore(path) as store:
        quads = []
        for graph in (ox.NamedNode(name) for file in files for name in (file, default(file))):
            store.engine.add_graph(graph)
            triples = w3c.parsed(graph.value.removesuffix("?default"))
            quads += [ox.Quad(*quad.triple, graph) for quad in triples]
        store.load(quads)
    with (
        serving("--store", str(path), data=None) as running,
        httpx.Client(base_url=running.url, timeout=60) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def writing() -> Iterator[httpx.Client]:
    """A server with an empty store to write to: in memory, else each write waits for the disk."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        path = Path(folder) / "store"
        OxigraphStore(path).close()
        options = ("--store", str(path), "--write", "--workers", "1")
        may = {"Authorization": f"Bearer {TOKEN}"}
        with (
            serving(*options, data=None) as running,
            httpx.Client(base_url=running.url, timeout=60, headers=may) as client,
        ):
            yield client


def default(file: str) -> str:
    return f"{file}?default"


def post(client: httpx.Client, text: str, kind: str, accept: str = "*/*", **parameters: list[str]):
    headers = {"Content-Type": f"application/sparql-{kind}", "Accept": accept}
    return client.post("/sparql", params=parameters, content=text.encode(), headers=headers)


# -- queries -----------------------------------------------------------------


@each("Query: answers")
def test_a_query_is_answered(reading: httpx.Client, case: Case) -> None:
    """In every format."""
    expected = w3c.expected(case)
    forms = GRAPHS if isinstance(expected, list) else ROWS
    dataset = {
        "default-graph-uri": [default(file) for file in case.before.default],
        "named-graph-uri": [file for _, file in case.before.named],
    }

    def asked(accept: str) -> bytes:
        answer = post(reading, case.text_here, "query", accept, **dataset)
        assert answer.status_code == 200, answer.text
        return answer.content

    for form in forms:
        if isinstance(form, ox.RdfFormat):
            assert w3c.same_graph(ox.parse(asked(form.media_type), format=form), expected)
        elif not isinstance(expected, bool):
            found = w3c.table(asked(form.media_type), form)
            assert isinstance(expected, bytes) or expected.same(found, lax=case.lax)
        elif form != ox.QueryResultsFormat.TSV:  # which has no place for yes and no
            assert w3c.table(asked(form.media_type), form) is expected
    if isinstance(expected, bytes):
        assert w3c.as_csv(asked("text/csv")) == w3c.as_csv(expected)
    elif isinstance(expected, Table):
        assert w3c.as_csv(asked("text/csv")) == w3c.as_csv(found)


@each("Query: what is one, and what is none")
def test_what_is_a_query_is_known(reading: httpx.Client, case: Case) -> None:
    answer = post(reading, case.text, "query")
    known(case, answer.status_code, answer.text)


def known(case: Case, status: int, reason: str) -> None:
    fine = status == 200 or (status == 400 and any(words in reason for words in READ))
    assert fine is case.kind.startswith("Positive"), reason
    assert status in (200, 400)


# -- updates -----------------------------------------------------------------


@each("Update: what it changes")
def test_an_update_changes_what_it_should(writing: httpx.Client, case: Case) -> None:
    held = "".join(
        f"{quad.triple} .\n" if quad.graph_name == ox.DefaultGraph() else
        f"GRAPH {quad.graph_name} {{ {quad.triple} }}\n"
        for quad in w3c.quads(case.before)
    )  # fmt: skip
    # One request, for each costs a copy of the store.  The engine takes a prologue
    # only at its beginning.
    begin = PROLOGUE.match(case.text_here).end()
    head, rest = case.text_here[:begin], case.text_here[begin:]
    text = f"{head}\nDROP ALL; INSERT DATA {{ {held} }};\n{rest}"
    answer = post(writing, text, "update")
    assert answer.status_code == 204, answer.text
    whole = writing.get("/store", headers={"Accept": "application/n-quads"}).content
    assert w3c.same_graph(ox.parse(whole, format=ox.RdfFormat.N_QUADS), w3c.quads(case.after))


@each("Update: what is one, and what is none")
def test_what_is_an_update_is_known(case: Case) -> None:
    """Asked of the part of the server that writes: over HTTP it would take ten times as long."""
    try:
        with OxigraphStore() as store:
            write(store, Update(case.text, case.asks))
    except Refused as refused:
        known(case, refused.status, refused.reason)
    else:
        known(case, 200, "")


# -- what is told of this ----------------------------------------------------


@NEEDED
def test_what_is_known_to_fail_is_there() -> None:
    assert FAILS.keys() <= {case.name for case in CASES}


@NEEDED
def test_the_docs_tell_how_many_pass() -> None:
    told = (Path(__file__).parent.parent / "docs/engines.md").read_text(encoding="utf-8")
    for kind, cases in KINDS.items():
        passed = sum(case.name not in FAILS for case in cases)
        assert re.search(rf"^\| {kind} \| {passed} of {len(cases)} \|", told, re.MULTILINE), kind
    for reason, count in Counter(FAILS.values()).items():
        assert f"\n| {count} | {reason} |\n" in told, reason

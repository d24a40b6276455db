"""Memory, a directory and two servers: what one store does, all do."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest
import servers
from questions import given

from kg import corpus, directory, names, opening, paths, queries, remote, store
from kg.backup import backup, restore
from kg.cli import main
from kg.endpoint import Endpoint
from kg.errors import KGError
from kg.remote import RemoteStore
from kg.store import Solutions, Store, Triples

ROOT = Path(__file__).parent.parent
KINDS = ("memory", "directory", "oxigraph", "oxigraph#data", "virtuoso#data")
REFUSED = {"virtuoso#data": {"links"}}
"""Questions that an engine cannot answer; docs/engines.md says so."""
LABEL = ox.NamedNode(names.expand("rdfs:label"))
INFERRED = ox.NamedNode(names.INFERRED)
ONTOLOGY = ox.NamedNode(names.ONTOLOGY)

Open = Callable[..., Store]


def iri(name: str) -> ox.NamedNode:
    return ox.NamedNode(names.expand(name))


def numbered(count: int, start: int = 0) -> list[ox.Quad]:
    numbers = range(start, start + count)
    return [ox.Quad(iri(f"id:e{n}"), LABEL, ox.Literal(str(n))) for n in numbers]


OURS = ox.Quad(ONTOLOGY, iri("rdf:type"), iri("owl:Ontology"), ONTOLOGY)
"""What marks a server as one that kg has filled."""


@pytest.fixture(scope="session")
def oxigraph() -> Iterator[str]:
    with servers.oxigraph() as address:
        yield address


@pytest.fixture(scope="session")
def virtuoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with servers.virtuoso(tmp_path_factory.mktemp("virtuoso")) as address:
        yield address


def emptied(address: str) -> None:
    parts = urlsplit(address)
    path = parts.path.replace("/query", "/update")
    graphs = ("data", "inferred", "ontology")
    drop = "; ".join(f"DROP SILENT GRAPH <{names.BASE}{graph}>" for graph in graphs)
    text = "DROP ALL" if path == "/update" else drop
    assert servers.post(parts.port or 0, path, update=text) in {200, 204}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def location(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    """Where an empty store is; None is memory."""
    maker, _, graph = kind.partition("#")
    if maker == "memory":
        return None
    if maker == "directory":
        return str(tmp_path / "store")
    address: str = request.getfixturevalue(maker)
    emptied(address)
    return f"{address}#{graph}" if graph else address


@pytest.fixture
def opened(location: str | None) -> Iterator[Store]:
    with store.open(location) as made:
        yield made


def content(opened: Store) -> set[tuple[object, ...]]:
    answer = opened.query("SELECT ?s ?p ?o { ?s ?p ?o }")
    assert isinstance(answer, Solutions)
    return set(answer.rows)


def dumped(opened: Store) -> bytes:
    out = io.BytesIO()
    opened.dump(out, ox.RdfFormat.N_QUADS)
    return out.getvalue()


# -- asking ------------------------------------------------------------------


def test_answers_of_each_kind(opened: Store) -> None:
    opened.load(numbered(3))
    select = opened.query('SELECT ?s ?none { ?s rdfs:label "1" }')
    assert isinstance(select, Solutions)
    assert select.variables == ("s", "none")
    assert list(select) == [(iri("id:e1"), None)]
    triples = opened.query('CONSTRUCT { ?s a aie:Thing } WHERE { ?s rdfs:label "1" }')
    assert isinstance(triples, Triples)
    assert list(triples) == [ox.Triple(iri("id:e1"), iri("rdf:type"), iri("aie:Thing"))]
    assert opened.query("ASK { ?s ?p ?o }") is True
    assert opened.query("ASK { ?s a ?o }") is False
    assert len(opened) == 3


VALUES = [
    ox.Literal(""),
    ox.Literal('quo"te \\ back\\slash \n line \t tab \r return'),
    ox.Literal("😀 한국어 é é"),
    ox.Literal("엘지", language="ko"),
    ox.Literal("colour", language="en-gb"),
    *(
        ox.Literal(value, datatype=iri(f"xsd:{datatype}"))
        for datatype, value in (
            ("integer", "-9223372036854775807"),
            ("decimal", "1234567890.123456789"),
            ("boolean", "false"),
            ("gYear", "2020"),
            ("gYearMonth", "2020-12"),
            ("date", "2020-12-07"),
            ("dateTime", "2021-01-19T10:00:00Z"),
            ("anyURI", "https://example.org/ä?a=b&c=d"),
            ("duration", "P3Y"),
            ("duration", "P1Y2M"),
        )
    ),
    ox.NamedNode("https://example.org/ä#x"),
    ox.BlankNode("node"),
]


def test_values_come_back_as_they_went_in(opened: Store) -> None:
    quads = [ox.Quad(iri(f"id:e{n}"), LABEL, value) for n, value in enumerate(VALUES)]
    opened.load(quads)
    answer = opened.query("SELECT ?s ?o { ?s rdfs:label ?o }")
    assert isinstance(answer, Solutions)
    found = {subject: value for subject, value in answer if not isinstance(value, ox.BlankNode)}
    assert found == {quad.subject: quad.object for quad in quads[:-1]}
    triples = opened.query("CONSTRUCT WHERE { ?s ?p ?o }")
    assert isinstance(triples, Triples)
    assert {t.object for t in triples if not isinstance(t.object, ox.BlankNode)} == {*VALUES[:-1]}
    assert len(dumped(opened).splitlines()) == len(VALUES)


def test_bound_values_are_only_values(opened: Store) -> None:
    opened.load(numbered(3))
    hostile = ox.Literal('1" } UNION { ?s ?p ?o } #')
    text = "SELECT ?s { ?s rdfs:label ?wanted }"
    for wanted, rows in ((ox.Literal("1"), [(iri("id:e1"),)]), (hostile, [])):
        answer = opened.query(text, bindings={"wanted": wanted})
        assert isinstance(answer, Solutions)
        assert list(answer) == rows


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("SELECT ?s {\n  ?s ?p }", "mine:2:3: syntax error at '?s ?p }'"),
        ("SELECT ?s { ?s nope:x ?o }", "mine:1:16: prefix 'nope:' is not known; "),
        ("DELETE WHERE { ?s ?p ?o }", "mine:1:1: DELETE is an update; a query only reads"),
        ("ASK { SERVICE <http://127.0.0.1:9/> {} }", "mine:1:7: SERVICE is refused"),
        ("ASK FROM <http://127.0.0.1:9/> {}", "mine: FROM <http://127.0.0.1:9/> is no graph"),
    ],
)
def test_a_query_that_cannot_be_asked_is_told_in_the_same_words(
    opened: Store, text: str, told: str
) -> None:
    with pytest.raises(KGError) as raised:
        opened.query(text, place="mine")
    assert str(raised.value).startswith(told)


def test_what_is_inferred_is_asked_only_if_wanted(location: str | None, opened: Store) -> None:
    opened.load([OURS, *numbered(2)])
    opened.load([ox.Quad(iri("id:e1"), LABEL, ox.Literal("inferred"), INFERRED)])
    assert len(content(opened)) == 2
    texts = {
        "SELECT ?o { id:e1 rdfs:label ?o }": {"1", "inferred"},
        f"SELECT ?o FROM {INFERRED} {{ ?s rdfs:label ?o }}": {"inferred"},
        f"SELECT ?o {{ GRAPH {INFERRED} {{ ?s rdfs:label ?o }} }}": {"inferred"},
        "SELECT ?o { GRAPH ?g { ?s rdfs:label ?o } }": {"inferred"},
    }
    with store.open(inferred=True) if location is None else _reopened(opened, location) as both:
        if location is None:
            both.load(opened.quads())
        for text, wanted in texts.items():
            answer = both.query(text)
            assert isinstance(answer, Solutions)
            assert {row[0].value for row in answer.rows} == wanted  # type: ignore[union-attr]
        assert both.query("ASK { ?s a owl:Ontology }") is False


def _reopened(opened: Store, location: str) -> Store:
    opened.close()
    return store.open(location, read_only=True, inferred=True)


def test_an_answer_that_is_not_read_does_not_outlive_its_store(opened: Store) -> None:
    opened.load(numbered(3))
    answer = opened.query("SELECT * { ?s ?p ?o }")
    assert isinstance(answer, Solutions)
    opened.close()
    with pytest.raises(KGError, match="was closed before the answer was read"):
        next(answer.rows)
    with pytest.raises(KGError, match="is closed; open it again"):
        opened.query("ASK {}")


def test_several_threads_read_at_once(opened: Store) -> None:
    opened.load(numbered(500))
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: len(content(opened)), range(32)))
    assert found == [500] * 32


# -- writing -----------------------------------------------------------------


def test_an_update_changes_the_data(opened: Store) -> None:
    graph = opened.graph if isinstance(opened, RemoteStore) else None
    text = "id:lab aie:partOf id:lg"
    opened.update(
        f"INSERT DATA {{ GRAPH {graph} {{ {text} }} }}" if graph else f"INSERT DATA {{{text}}}"
    )
    assert opened.query(f"ASK {{ {text} }}") is True
    opened.update(
        f"WITH {graph} DELETE {{ {text} }} WHERE {{}}" if graph else f"DELETE DATA {{{text}}}"
    )
    assert len(opened) == 0
    if graph:
        with pytest.raises(
            KGError, match=f"does not say which graph it changes; say GRAPH {graph}"
        ):
            opened.update(f"INSERT DATA {{ {text} }}")


def test_replacing_exchanges_everything(opened: Store) -> None:
    for start, count in ((0, 5), (3, 5), (100, 2 * remote.BATCH + 1), (200, 0)):
        opened.replace([OURS, *numbered(count, start)])
        assert content(opened) == {tuple(quad)[:3] for quad in numbered(count, start)}
        assert len(opened) == count + 1


def failing(count: int) -> Iterator[ox.Quad]:
    yield from numbered(count, 10)
    raise KGError("import", "went wrong")


@pytest.mark.parametrize("count", [0, 10, remote.BATCH + 10])
@pytest.mark.parametrize("method", ["load", "replace"])
def test_what_fails_on_the_way_leaves_the_store_as_it_was(
    opened: Store, method: str, count: int
) -> None:
    opened.load([OURS, *numbered(3)])
    before = dumped(opened)
    with pytest.raises(KGError, match="went wrong"):
        getattr(opened, method)(failing(count))
    assert dumped(opened) == before
    opened.load(numbered(remote.BATCH + 1, 3))
    assert len(opened) == remote.BATCH + 5


OTHERS = ox.NamedNode("http://example.org/others")


def test_what_is_not_ours_is_neither_exchanged_nor_lost(opened: Store) -> None:
    if isinstance(opened, RemoteStore) and opened.graph is not None:
        pytest.skip("a graph of its own has nothing of others")
    opened.load(numbered(3))
    before = dumped(opened)
    with pytest.raises(KGError, match="holds data that kg did not put there; name a "):
        opened.replace([OURS])
    assert dumped(opened) == before
    theirs = [ox.Quad(quad.subject, LABEL, quad.object, OTHERS) for quad in numbered(2)]
    opened.load([OURS, *theirs])
    assert opened.replace([OURS, *numbered(1, 7)]) == (OTHERS,)
    assert set(opened.quads()) == {OURS, *numbered(1, 7), *theirs}
    assert opened.replace([OURS, theirs[0]]) == ()  # given anew, it is exchanged
    assert set(opened.quads()) == {OURS, theirs[0]}


def test_one_graph_is_exchanged_at_once(
    location: str | None, opened: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody sees it empty in between."""

    def inferred(count: int) -> list[ox.Quad]:
        return [ox.Quad(q.subject, LABEL, q.object, INFERRED) for q in numbered(count)]

    opened.load([OURS, *numbered(2), *inferred(1)])
    with pytest.raises(KGError, match="went wrong"):
        opened.replace_graph(INFERRED, failing(remote.BATCH + 1))
    assert set(opened.quads()) == {OURS, *numbered(2), *inferred(1)}
    published: list[object] = []

    def noticed(write: Callable[..., None]) -> Callable[..., None]:
        def writing(*given: object, **more: object) -> None:
            published.append(given[-1])
            write(*given, **more)

        return writing

    for kind, name in ((directory.Writing, "commit"), (Endpoint, "update")):
        monkeypatch.setattr(kind, name, noticed(getattr(kind, name)))
    for count in (3, remote.BATCH + 1, 0):
        published.clear()
        opened.replace_graph(INFERRED, inferred(count))
        assert set(opened.quads()) == {OURS, *numbered(2), *inferred(count)}
        # Beside it, what is loaded to where nobody looks.
        assert len([each for each in published if each != "load"]) == (location is not None)


def test_a_backup_leaves_the_graphs_of_others_and_says_so(
    location: str | None, opened: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if location is None or "#" in location:
        pytest.skip("there are no others")
    opened.load([OURS, *numbered(2)])
    opened.close()
    file = str(tmp_path / "graph.nq")
    assert main(["backup", location, file]) == 0
    with store.open(location) as written:
        written.load([ox.Quad(LABEL, LABEL, LABEL, OTHERS), *numbered(9)])
    capsys.readouterr()
    assert main(["restore", file, location]) == 0
    assert capsys.readouterr().err == f"3 quads\nleft as it was: graph {OTHERS}\n"
    with store.open(location, read_only=True) as read:
        assert len(read) == 4


def test_a_store_for_reading_is_not_written_to(location: str | None, opened: Store) -> None:
    if location is None:
        pytest.skip("nobody reads an empty memory")
    opened.load(numbered(1))
    opened.close()
    with store.open(location, read_only=True) as reading:
        for write in (
            lambda: reading.load(numbered(1)),
            lambda: reading.replace([]),
            lambda: reading.update(f"CLEAR GRAPH {INFERRED}"),
        ):
            with pytest.raises(KGError, match="was opened for reading only"):
                write()


# -- the graph ---------------------------------------------------------------


@pytest.fixture(scope="module")
def whole() -> Iterator[Store]:
    """The shipped graph with what is inferred, in memory."""
    with opening.graph(corpus.load(paths.shipped("data")), inferred=True) as made:
        yield made


@pytest.fixture
def filled(opened: Store, whole: Store) -> Store:
    opened.replace(whole.quads())
    return opened


def test_the_whole_graph_comes_back_to_the_byte(filled: Store, whole: Store) -> None:
    assert len(filled) == len(whole)
    assert dumped(filled) == dumped(whole)


def test_every_question_is_answered_alike(
    kind: str, filled: Store, location: str | None, whole: Store
) -> None:
    plain = store.open()
    plain.load(whole.quads())
    pairs = {False: (filled, plain), True: (filled, whole)}
    if isinstance(filled, RemoteStore) and location:
        pairs[True] = (store.open(location, read_only=True, inferred=True), whole)
    elif not isinstance(filled, RemoteStore):
        again = store.open(inferred=True)
        again.load(filled.quads())
        pairs[True] = (again, whole)
    refused = set()
    for name, question in queries.catalogue().items():
        found = []
        for each in pairs[question.inferred]:
            bound = queries.bind(each, name, question.parameters, given(question, "shipped"))
            try:
                answer = each.query(question.text, bindings=bound, place=name)
            except KGError:
                refused.add(name)
                break
            assert isinstance(answer, Solutions)
            found.append((answer.variables, Counter(map(str, answer.rows))))
        assert name in refused or found[0] == found[1], name
    for each in (plain, pairs[True][0]):
        each.close()
    assert refused == REFUSED.get(kind, set())


def test_what_an_engine_refuses_is_documented() -> None:
    told = (ROOT / "docs/engines.md").read_text("utf-8")
    for names_of in REFUSED.values():
        for name in names_of:
            assert f"`kg query {name}`" in told


COMMANDS = {
    "query": ["count-by-relation", "-f", "csv"],
    "query with names": ["parents", "--param", "organisation=LG AI Research", "-f", "csv"],
    "query of inferred": ["SELECT (COUNT(*) AS ?n) { ?s a aie:Claim }", "--inferred", "-f", "csv"],
    "query of a graph": ["CONSTRUCT { ?s a aie:Agent } WHERE { ?s a aie:Company }", "-f", "nt"],
    "query --at": ["SELECT (COUNT(*) AS ?n) { ?s a aie:Claim }", "--at", "2019", "-f", "csv"],
    "query --without": ["count-by-status", "--without", "ror", "-f", "csv"],
    "query --cite of groups": ["count-by-status", "--cite", "-f", "csv"],
    "query --cite of moves": ["moves", "--cite", "-f", "csv"],
    "query --cite": ["parents", "--param", "organisation=lg-ai-research", "--cite", "-f", "csv"],
    "show": ["LG AI연구원"],
    "search": ["엘지"],
    "path": ["LG AI Research", "Google"],
    "stats": [],
    "explain": ["LG AI Research", "partOf", "LG"],
    "export": ["-", "-f", "graphml"],
    "check": [],
}


def said(location: str, capfd: pytest.CaptureFixture[str]) -> dict[str, tuple[int, str, str]]:
    found = {}
    for title, words in COMMANDS.items():
        code = main([title.partition(" ")[0], *words, "--store", location])
        out, err = capfd.readouterr()
        assert code in {0, 1}, (title, err)
        found[title] = (code, out, err)
    return found


_EXPECTED: dict[str, tuple[int, str, str]] = {}
"""What the commands say of a directory, asked for once."""


def test_every_command_says_the_same(
    location: str | None,
    filled: Store,
    whole: Store,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    if location is None:
        pytest.skip("commands open directories and servers")
    filled.close()
    known = tmp_path / "known"
    with store.open(known) as made:
        made.load(whole.quads())
    if not _EXPECTED:
        _EXPECTED.update(said(str(known), capfd))
    assert said(location, capfd) == _EXPECTED
    assert main(["diff", location, str(known)]) == 0
    page = tmp_path / "page.html"
    assert main(["view", "-o", str(page), "--store", location]) == 0
    assert page.stat().st_size > 100_000


def test_build_and_reason_write_to_any_store(
    location: str | None, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    if location is None:
        pytest.skip("commands open directories and servers")
    data, out = str(ROOT / "tests/toy/data"), str(tmp_path / "out")
    assert main(["build", "--data", data, "-o", out, "--store", location, "--no-reason", "-q"]) == 0
    with store.open(location, read_only=True) as made:
        assert dumped(made) == (tmp_path / "out/graph.nq").read_bytes()
    asked = ["query", "ASK { ?s aie:rule ?rule }", "--inferred", "--store", location]
    assert main(asked) == 2
    assert "holds nothing inferred; run kg reason" in capfd.readouterr().err
    assert main(["reason", "--store", location]) == 0
    assert main(asked) == 0
    assert main(["build", "--data", data, "-o", out, "--store", location, "-q"]) == 0
    with store.open(location, read_only=True) as made:
        assert dumped(made) == (tmp_path / "out/graph.nq").read_bytes()


@pytest.mark.parametrize("name", ["graph.nq", "graph.nq.gz"])
def test_a_backup_comes_back(
    filled: Store, location: str | None, whole: Store, name: str, tmp_path: Path
) -> None:
    if location is None:
        pytest.skip("memory has nothing to back up")
    filled.close()
    file = tmp_path / name
    assert backup(location, file) == len(whole)
    with store.open(location) as opened:
        opened.replace([OURS])
    data = file.read_bytes()
    for cut in (data[: len(data) // 2], data[:-2], data[: data.rindex(b"\n", 0, -2) + 1], b""):
        (tmp_path / "cut").write_bytes(cut)
        with pytest.raises(KGError, match=r"cut: is no whole backup: .*; nothing was changed"):
            restore(tmp_path / "cut", location)
    with store.open(location, read_only=True) as opened:
        assert len(opened) == 1
    assert restore(file, location) == (len(whole), ())
    with store.open(location, read_only=True) as opened:
        assert dumped(opened) == dumped(whole)


# -- what only servers do ----------------------------------------------------


def test_a_default_graph_that_is_all_graphs_is_no_place_for_data(virtuoso: str) -> None:
    told = "has all its graphs in its default graph, data and ontology alike; name the graph that"
    with pytest.raises(KGError, match=told):
        store.open(virtuoso)
    with servers.oxigraph("--union-default-graph") as address:
        with store.open(f"{address}#data") as opened:
            opened.replace([OURS, *numbered(2)])
            assert len(opened) == 3
        with pytest.raises(KGError, match=told):
            store.open(address)


def test_an_answer_that_virtuoso_cuts_off_does_not_count(virtuoso: str) -> None:
    emptied(virtuoso)
    with store.open(f"{virtuoso}#data") as opened:
        opened.load(numbered(10_001))
        assert len(opened) == 10_001
        told = r"cuts answers off at 10,000 rows; let it give more \(Virtuoso: ResultSetMaxRows\)"
        for ask in (
            lambda: content(opened),
            lambda: opened.query("CONSTRUCT { ?p a aie:Used } WHERE { ?s ?p ?o }"),
            lambda: dumped(opened),
        ):
            with pytest.raises(KGError, match=told):
                ask()
        assert len(list(opened.query("CONSTRUCT WHERE { ?s ?p ?o } LIMIT 9"))) == 9  # type: ignore[arg-type]


def test_updates_can_go_to_another_address_with_a_login(
    virtuoso: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    emptied(virtuoso)
    monkeypatch.setenv("KG_STORE_UPDATE", f"{virtuoso}-auth")
    with (
        store.open(f"{virtuoso}#data") as opened,
        pytest.raises(KGError, match=r"sparql-auth: asks who you are; set KG_STORE_USER and"),
    ):
        opened.load(numbered(1))
    monkeypatch.setenv("KG_STORE_USER", "dba")
    monkeypatch.setenv("KG_STORE_PASSWORD", "dba")
    with store.open(f"{virtuoso}#data") as opened:
        opened.load(numbered(1))
        assert len(opened) == 1


def test_what_another_graph_of_the_server_holds_is_left_alone(oxigraph: str) -> None:
    emptied(oxigraph)
    port = urlsplit(oxigraph).port or 0
    theirs = "<http://a> <http://b> <http://c>"
    update = f"INSERT DATA {{ GRAPH <http://theirs> {{ {theirs} }} {theirs} }}"
    assert servers.post(port, "/update", update=update) == 204
    with store.open(oxigraph) as whole:
        with pytest.raises(KGError, match="holds data that kg did not put there"):
            whole.replace(numbered(1))
        with store.open(f"{oxigraph}#data") as opened:
            opened.replace([OURS, *numbered(2)])
            opened.replace([OURS, *numbered(3)])
            assert len(opened) == 4
            with pytest.raises(KGError, match="has no place for the graph <http://theirs>"):
                opened.load([ox.Quad(ONTOLOGY, LABEL, LABEL, ox.NamedNode("http://theirs"))])
        assert len(whole) == 6


def test_pieces_that_a_killed_load_left_are_in_no_store(oxigraph: str) -> None:
    emptied(oxigraph)
    port = urlsplit(oxigraph).port or 0
    left = f"INSERT DATA {{ GRAPH <{names.BASE}loading/x> {{ id:a id:b id:c }} }}"
    prefix = f"PREFIX id: <{names.PREFIXES['id']}> "
    assert servers.post(port, "/update", update=prefix + left) == 204
    with store.open(oxigraph) as opened:
        assert len(opened) == 0
        assert dumped(opened) == b""
        opened.replace([OURS])
        answer = opened.query("SELECT ?g { GRAPH ?g { ?s ?p ?o } }")
        assert isinstance(answer, Solutions)
        assert list(answer) == [(ONTOLOGY,)]


def test_filling_a_server_leaves_the_graphs_of_others(oxigraph: str) -> None:
    emptied(oxigraph)
    theirs = "GRAPH <http://example.org/other> { <urn:a> <urn:b> <urn:c> }"
    with store.open(oxigraph) as opened:
        opened.replace([OURS, *numbered(3)])
        opened.update(f"INSERT DATA {{ {theirs} }}")
        opened.replace([OURS, *numbered(2)])
        assert opened.query(f"ASK {{ {theirs} }}") is True
        labels = opened.query("SELECT ?x { ?x rdfs:label ?y }")
        assert isinstance(labels, Solutions)
        assert len(list(labels)) == 2

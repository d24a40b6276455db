"""The store keeps what it is given, all of it or nothing, and tells what is wrong in one line."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.plugins.sparql import prepareQuery, prepareUpdate

from kg import names, store
from kg.errors import KGError
from kg.store import OxigraphStore, Solutions, Store, Triples

GRAPH = ox.NamedNode("https://example.org/graph")
ONTOLOGY = ox.NamedNode(names.ONTOLOGY)
OURS = ox.Quad(ONTOLOGY, ONTOLOGY, ONTOLOGY, ONTOLOGY)
"""What marks a store as one that kg has filled."""
FORMATS = {
    format.file_extension: format
    for format in (
        ox.RdfFormat.TURTLE,
        ox.RdfFormat.N_TRIPLES,
        ox.RdfFormat.N_QUADS,
        ox.RdfFormat.TRIG,
        ox.RdfFormat.RDF_XML,
        ox.RdfFormat.JSON_LD,
    )
}


def iri(name: str) -> ox.NamedNode:
    return ox.NamedNode(names.expand(name))


def numbered(count: int, start: int = 0) -> list[ox.Quad]:
    return [
        ox.Quad(iri(f"id:e{number}"), iri("rdfs:label"), ox.Literal(str(number)))
        for number in range(start, start + count)
    ]


def content(opened: Store) -> set[tuple[object, ...]]:
    answer = opened.query("SELECT ?s ?p ?o { ?s ?p ?o }")
    assert isinstance(answer, Solutions)
    return set(answer.rows)


@pytest.fixture(params=["memory", "directory"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with store.open(None if request.param == "memory" else tmp_path / "store") as made:
        made.load(numbered(3))
        yield made


# -- asking ------------------------------------------------------------------


def test_answers_of_each_kind(opened: Store) -> None:
    select = opened.query('SELECT ?s ?none { ?s rdfs:label "1" }')
    assert isinstance(select, Solutions)
    assert select.variables == ("s", "none")
    assert list(select) == [(iri("id:e1"), None)]
    triples = opened.query('CONSTRUCT { ?s a aie:Thing } WHERE { ?s rdfs:label "1" }')
    assert isinstance(triples, Triples)
    assert list(triples) == [ox.Triple(iri("id:e1"), iri("rdf:type"), iri("aie:Thing"))]
    assert opened.query("ASK { ?s ?p ?o }") is True
    assert opened.query("ASK { ?s a ?o }") is False


def test_an_answer_streams() -> None:
    """27 million rows, of which three are computed."""
    with store.open() as large:
        large.load(numbered(300))
        start = time.perf_counter()
        answer = large.query("SELECT * { ?a ?p ?b . ?c ?p ?d . ?e ?p ?f }")
        assert isinstance(answer, Solutions)
        assert len([next(answer.rows) for _ in range(3)]) == 3
        assert time.perf_counter() - start < 2


def test_what_the_engine_cannot_do_is_one_line(opened: Store) -> None:
    with pytest.raises(KGError, match=r"^mine: The custom function <\S+> is not supported$"):
        opened.query("SELECT (aie:guess(1) AS ?x) {}", place="mine")
    with pytest.raises(KGError, match="'utf-8' codec"):
        opened.query("ASK { ?s ?p '\ud800' }")


# -- all or nothing ----------------------------------------------------------


def failing() -> Iterator[ox.Quad]:
    yield from numbered(1000, start=10)
    raise KGError("import", "went wrong")


BROKEN = {
    "ttl": ('<http://a> <http://b> 1 .\n<http://a> <http://b> "x .\n', ":2: "),
    "nt": ("<http://a> <http://b> <http://c> .\n<http://a> <b> <http://c> .\n", ":2: No scheme"),
    "nq": ("<http://a> <http://b> <http://c> <http://g> .\n\n?", ":3: "),
    "trig": ("<http://g> { <http://a> <http://b> 1 }\n}", ":2: "),
    "rdf": ('<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><a/></r:RDF>', ": XML"),
    "jsonld": ('[{"@id": "http://a",\n"http://b": {"@value": 1,,}}]', ":2: "),
}


@pytest.mark.parametrize("suffix", BROKEN)
@pytest.mark.parametrize("graph", [None, GRAPH])
def test_a_broken_file_is_named_with_its_line_and_leaves_the_store_as_it_was(
    suffix: str, graph: ox.NamedNode | None, opened: Store, tmp_path: Path
) -> None:
    text, told = BROKEN[suffix]
    file = tmp_path / f"broken.{suffix}"
    file.write_text(text, encoding="utf-8")
    before = content(opened)
    for data in (file, str(file)):
        with pytest.raises(KGError) as raised:
            opened.load(data, graph=graph)
        assert str(raised.value).startswith(f"{file}{told}")
        assert str(raised.value).endswith("; nothing was loaded")
        assert "\n" not in str(raised.value)
    with file.open("rb") as stream, pytest.raises(KGError, match="nothing was loaded"):
        opened.load(stream, format=FORMATS[suffix])
    assert content(opened) == before
    assert len(opened) == 3


@pytest.mark.parametrize("method", ["load", "replace"])
def test_quads_that_fail_on_the_way_leave_the_store_as_it_was(opened: Store, method: str) -> None:
    opened.load([OURS])
    with pytest.raises(KGError, match="went wrong"):
        getattr(opened, method)(failing())
    assert content(opened) == {tuple(quad)[:3] for quad in numbered(3)}
    opened.load(numbered(1, start=5))
    assert len(opened) == 5


def test_an_update_is_all_or_nothing(opened: Store) -> None:
    with pytest.raises(KGError, match="custom function"):
        opened.update(
            "CLEAR ALL; INSERT DATA { id:a id:b id:c };"
            "INSERT { ?s ?p ?x } WHERE { ?s ?p ?o BIND (aie:guess(?o) AS ?x) }"
        )
    assert len(opened) == 3


def test_replace_exchanges_everything(opened: Store, tmp_path: Path) -> None:
    opened.load([OURS])
    for start in (100, 200):
        opened.replace([OURS, *numbered(5, start)])
        assert content(opened) == {tuple(quad)[:3] for quad in numbered(5, start)}
        assert len(opened) == 6
    opened.update("DELETE WHERE { id:e200 ?p ?o }")
    assert len(opened) == 5
    assert {path.name for path in tmp_path.iterdir()} <= {"store", ".store.writing"}
    opened.close()
    assert {path.name for path in tmp_path.iterdir()} <= {"store"}


def test_a_file_can_go_to_a_graph_of_its_own(opened: Store, tmp_path: Path) -> None:
    file = tmp_path / "x.ttl"
    file.write_text("[] a <http://a> . [] a <http://b> .", encoding="utf-8")
    opened.load(file, graph=GRAPH)
    opened.load(file, graph=GRAPH)  # other blank nodes each time
    assert len(content(opened)) == 3
    answer = opened.query("SELECT ?s { GRAPH <https://example.org/graph> { ?s a ?class } }")
    assert isinstance(answer, Solutions)
    assert len(set(answer.rows)) == 4


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("missing.ttl", "missing.ttl: cannot be read: No such file or directory; nothing"),
        ("a.docx", "a.docx: its suffix tells no RDF format; use .ttl, .nt, .nq or .trig"),
        (io.BytesIO(b""), "load: an open file does not tell its format; say which: format="),
    ],
)
def test_what_cannot_be_read_is_said(opened: Store, data: str, message: str) -> None:
    with pytest.raises(KGError) as raised:
        opened.load(data)
    assert str(raised.value).startswith(message)


# -- killed ------------------------------------------------------------------

KILLED = """
import os, signal, sys
from pathlib import Path
import pyoxigraph as ox
from kg import folders, names, store

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def quads(count, at):
    for number in range(count):
        if number == at:
            die()
        yield ox.Quad(ox.NamedNode(names.expand(f"id:new{number}")), label, ox.Literal("new"))

def cannot(*_):
    raise OSError("cannot be exchanged")

label = ox.NamedNode(names.expand("rdfs:label"))
where, method, point = sys.argv[1:]
opened = store.open(where)
rename = Path.rename
renamed = []

def counting(self, target):
    if point.endswith(f"rename {len(renamed)}"):
        die()
    renamed.append(target)
    return rename(self, target)

Path.rename = counting
if point.startswith("in steps"):
    folders._exchanged = cannot
if point == "random":
    print("go", flush=True)
at = int(point) if point.isdecimal() else -1
getattr(opened, method)(quads(20_000, at))
print("done", flush=True)
die()
"""

MIDDLE = {"rename 0": "new", **{f"in steps, rename {n}": "oonn"[n] for n in range(4)}}
"""Where what was written goes to the store's name, and what is to be found there then."""


@pytest.mark.parametrize(
    ("method", "point", "then"),
    [("load", point, "write") for point in ("0", "1", "10000", "19999", "end", "random")]
    + [("replace", point, "write") for point in ("0", "19999", "end", "in steps", "random")]
    + [(method, "random", "read") for method in ("load", "replace")]
    + [("replace", point, then) for point in MIDDLE for then in ("read", "write")]
    + [("load", point, "write") for point in MIDDLE],
)
def test_a_killed_process_leaves_the_old_content_or_the_new(
    method: str, point: str, then: str, tmp_path: Path
) -> None:
    where = tmp_path / "store"
    with store.open(where) as opened:
        opened.load([OURS, *numbered(3)])
    command = [sys.executable, "-c", KILLED, str(where), method, point]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout
        if point == "random":
            child.stdout.readline()
            time.sleep(random.uniform(0, 0.4))
            child.kill()
        finished = "done" in child.stdout.read()
    assert child.returncode == -9
    with store.open(where, read_only=then == "read") as opened:
        held = {names.compact(str(row[0])[1:-1]) for row in content(opened)}
    old = {f"id:e{number}" for number in range(3)}
    new = {f"id:new{number}" for number in range(20_000)}
    allowed = [new if method == "replace" else old | new]
    if not finished and MIDDLE.get(point, "o")[0] == "o":
        allowed = [old, *allowed] if point == "random" else [old]
    assert held in allowed
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


# -- rdflib ------------------------------------------------------------------

LAB = rdflib.URIRef(names.expand("id:lab"))


def test_the_rdflib_view_is_live_both_ways(opened: Store) -> None:
    view = opened.rdflib()
    assert len(view) == 3
    opened.update("INSERT DATA { id:lab aie:partOf id:lg }")
    assert (LAB, None, None) in view
    view.add((LAB, rdflib.RDFS.label, rdflib.Literal("Lab", lang="en")))
    view.update("INSERT DATA { id:lab a aie:Company }")
    assert len(opened) == 6
    opened.load([OURS])
    opened.replace([])
    assert len(view) == 0
    assert dict(view.namespaces())["aie"] == rdflib.URIRef(names.PREFIXES["aie"])
    assert set(view.query("SELECT ?s { ?s a aie:Company }")) == set()


def test_the_rdflib_view_ends_with_its_store(tmp_path: Path) -> None:
    where = tmp_path / "store"
    with store.open(where) as opened:
        view = opened.rdflib()
        for number, finish in enumerate((lambda: None, view.commit, opened.close)):
            view.add((LAB, rdflib.RDFS.label, rdflib.Literal(number)))
            finish()
            with store.open(where, read_only=True) as others:
                assert len(others) == [0, 2, 3][number]
    with store.open(where), pytest.raises(KGError, match="is closed"):
        len(view)


def test_the_rdflib_view_reads_no_files(opened: Store, tmp_path: Path) -> None:
    """Neither for a text, which Oxigraph answers, nor for a prepared query, which rdflib does."""
    secret = tmp_path / "secret.ttl"
    secret.write_text('<http://a> <http://b> "secret" .', encoding="utf-8")
    text = f"SELECT ?o FROM <{secret.as_uri()}> {{ ?s ?p ?o }}"
    view = opened.rdflib()
    with pytest.raises(KGError, match="FROM has no effect"):
        view.query(text)
    assert list(view.query(prepareQuery(text))) == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda view: view.query("ASK { SERVICE <http://127.0.0.1:9/> {} }"),
        lambda view: view.query("ASK { SERVICE <http://127.0.0.1:9/> {} }", base="http://a/"),
        lambda view: view.query(prepareQuery("ASK { SERVICE <http://127.0.0.1:9/> { ?a ?b ?c } }")),
        lambda view: view.update("LOAD <http://127.0.0.1:9/>"),
        lambda view: view.update(prepareUpdate("LOAD <http://127.0.0.1:9/>")),
    ],
)
def test_the_rdflib_view_calls_no_other_machine(
    ask: Callable[[rdflib.Dataset], object], opened: Store
) -> None:
    with pytest.raises(KGError, match="refused"):
        ask(opened.rdflib())


# -- directories -------------------------------------------------------------


def test_a_directory_keeps_its_content_and_closing_gives_it_back(tmp_path: Path) -> None:
    for number in range(3):
        with store.open(tmp_path / "store") as opened:
            assert len(opened) == number
            unread = opened.query("SELECT * { ?s ?p ?o }")
            opened.load(numbered(1, number))
            assert isinstance(unread, Solutions)
    with pytest.raises(KGError, match="was closed before the answer was read"):
        next(unread.rows)
    for use in (len, lambda opened: opened.query("ASK {}"), lambda opened: opened.replace([])):
        with pytest.raises(KGError, match="is closed; open it again"):
            use(opened)


def test_many_may_read_a_directory(tmp_path: Path) -> None:
    with store.open(tmp_path / "store") as opened:
        opened.load(numbered(3))
    with (
        store.open(tmp_path / "store", read_only=True) as one,
        store.open(tmp_path / "store", read_only=True) as other,
    ):
        assert len(one) == len(other) == 3
        for write in (
            lambda: one.update("CLEAR ALL"),
            lambda: one.load([]),
            lambda: one.replace([]),
        ):
            with pytest.raises(KGError, match="was opened for reading only"):
                write()


def test_a_store_in_use_cannot_be_opened(tmp_path: Path) -> None:
    where = tmp_path / "store"
    code = "import sys; from kg import store; store.open(sys.argv[1])"
    with store.open(where):
        with pytest.raises(KGError, match="store: is open elsewhere in this process"):
            store.open(where)
        done = subprocess.run(
            [sys.executable, "-c", code, str(where)], capture_output=True, text=True, check=False
        )
    assert done.stderr.splitlines()[-1].endswith(
        f"{where}: is in use by another process; wait for it"
    )


def test_an_engine_that_is_still_read_harms_no_store(tmp_path: Path) -> None:
    """It writes to its directory when it closes at last."""
    where = tmp_path / "store"
    opened = store.open(where)
    assert isinstance(opened, OxigraphStore)
    opened.load([OURS, *numbered(2)])
    reader = opened.engine.quads_for_pattern(None, None, None, None)
    opened.replace(numbered(2))
    with store.open(where, read_only=True) as others:
        assert len(others) == 2
    opened.close()
    with store.open(where) as again:
        again.load(numbered(5))
        del reader
    with store.open(where, read_only=True) as opened:
        assert len(opened) == 5


def test_what_could_not_be_shown_is_not_shown_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    with store.open(tmp_path / "store") as opened:
        opened.load([OURS, *numbered(2)])
        for write in (
            lambda: opened.load(numbered(9)),
            lambda: opened.update("CLEAR ALL"),
            lambda: opened.replace([]),
        ):
            with monkeypatch.context() as patched:
                patched.setattr("kg.folders.exchange", full)
                with pytest.raises(KGError, match="store: the disk is full; make room; nothing"):
                    write()
            assert len(opened) == 3
        opened.load(numbered(1, start=5))
    with store.open(tmp_path / "store", read_only=True) as opened:
        assert len(opened) == 4


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("file.txt", "is a file, not a store; name a directory"),
        ("full", "is a folder but not a store; name a new or empty directory"),
        ("no/such/folder", "cannot be made; make the folder that it shall be in"),
        ("/", "is a folder but not a store; name a new or empty directory"),
        ("/proc/kg-store", "cannot be made; make the folder that it shall be in"),
        (
            "127.0.0.1:7878/query",
            "looks like a server; say http://127.0.0.1:7878/query, or ./… for a directory",
        ),
        ("[::1]:7878", "looks like a server; say http://[::1]:7878, or ./… for a directory"),
        (
            "ftp://127.0.0.1/x",
            "ftp:// leads to no store; say http://… or https://… for a server, or name a directory",
        ),
    ],
)
def test_what_is_no_store_is_said_and_left_alone(
    location: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file.txt").write_text("text", encoding="utf-8")
    Path("full").mkdir()
    Path("full/letter.txt").write_text("text", encoding="utf-8")
    with pytest.raises(KGError) as raised:
        store.open(location)
    assert str(raised.value) == f"{location}: {message}"
    if location == "full":
        told = "is a folder but not a store; name the directory of a store, or make one: kg build"
        with pytest.raises(KGError, match=told):
            store.open(location, read_only=True)
    assert sorted(map(str, Path().rglob("*"))) == ["file.txt", "full", "full/letter.txt"]


def test_there_must_be_something_to_read(tmp_path: Path) -> None:
    for missing in (tmp_path, tmp_path / "nothing"):
        told = f"{missing}: there is no store here; make one: kg build --store {missing}"
        for options in ({"read_only": True}, {"make": False}):
            with pytest.raises(KGError) as raised:
                store.open(missing, **options)
            assert str(raised.value) == told
    with pytest.raises(KGError, match="in memory"):
        store.open(read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_a_colon_is_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("./store:1", "store:1"):
        with store.open(name) as opened:
            opened.load(numbered(1))
    assert [path.name for path in tmp_path.iterdir()] == ["store:1"]

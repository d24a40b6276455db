"""What holds of every export; what each format holds is judged in ``tests/exports``."""

from __future__ import annotations

import io
import json
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kg import exporters, network, rdf, store
from kg.errors import KGError
from kg.exporters import Losses
from kg.model import Claim, Corpus, Entity, Ref, Text

FORMATS = list(exporters.formats())
HERE = Path(__file__).parent


def written(opened: store.Store, name: str, folder: Path) -> dict[str, bytes]:
    """Every file of the export by its name."""
    target = folder / "out"
    exporters.export(opened, target, name)
    if target.is_dir():
        files = sorted(path for path in target.rglob("*") if path.is_file())
        return {str(path.relative_to(target)): path.read_bytes() for path in files}
    return {"": target.read_bytes()}


def store_of(*claims: Claim, entities: tuple[Entity, ...] = ()) -> store.Store:
    opened = store.open()
    corpus = Corpus({entity.id: entity for entity in entities}, {}, claims)
    opened.replace([*rdf.quads(corpus)])
    return opened


# -- every format ------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
def test_formats_say_what_they_are(name: str) -> None:
    found = exporters.formats()[name]
    assert found.title
    assert "/" in found.media_type
    assert (found.write is None) != (found.write_folder is None)
    assert bool(found.suffixes) == (found.write is not None)
    for suffix in found.suffixes:
        assert exporters.find(f"graph{suffix}").name == name
        assert exporters.find(f"GRAPH{suffix.upper()}").name == name
    for code in found.losses:
        assert code.isidentifier()


@pytest.mark.parametrize("name", FORMATS)
def test_formats_have_a_judge(name: str) -> None:
    texts = [path.read_text("utf-8") for path in (HERE / "exports").glob("test_*.py")]
    assert any(f'"{name}"' in text for text in texts)


def test_no_two_formats_share_a_suffix() -> None:
    suffixes = [suffix for each in exporters.formats().values() for suffix in each.suffixes]
    assert len(suffixes) == len(set(suffixes))


@pytest.mark.parametrize("name", FORMATS)
def test_same_graph_same_bytes(name: str, toy_corpus: Corpus, tmp_path: Path) -> None:
    forwards = [*rdf.quads(toy_corpus)]
    found = []
    for number, quads in enumerate((forwards, forwards[::-1])):
        opened = store.open()
        opened.replace(quads)
        (tmp_path / str(number)).mkdir()
        found.append(written(opened, name, tmp_path / str(number)))
    assert found[0] == found[1]
    assert found[0]


@pytest.mark.parametrize("name", FORMATS)
def test_text_has_unix_lines(name: str, toy_store: store.Store, tmp_path: Path) -> None:
    for file, content in written(toy_store, name, tmp_path).items():
        if b"\x00" in content or content.startswith(b"PAR1"):
            continue  # SQLite and Parquet are no text
        if not file.endswith(".csv"):  # RFC 4180 has CRLF
            assert b"\r" not in content, file
        assert content.endswith(b"\n"), file


@pytest.mark.parametrize("name", FORMATS)
def test_an_empty_graph_can_be_written(name: str, tmp_path: Path) -> None:
    written(store.open(), name, tmp_path)


@pytest.mark.parametrize("name", FORMATS)
def test_awkward_words_never_stop_it(name: str, tmp_path: Path) -> None:
    words = "\"'<&>]]> line\nbreak \\ 가\u202e\U0001f916 a\u2028b \r \x00 \x1b =1+1 `$(x)` {{ [[ %s"
    gloss = (Text("en", words), Text("ko", words[::-1]))
    opened = store_of(
        Claim("a", "partOf", Ref("b"), gloss=gloss),
        Claim("a", "partOf", Ref("b"), (("role", Ref("c")),)),
        entities=(Entity("a", "Person", gloss), Entity("b", "", ())),
    )
    written(opened, name, tmp_path)


def test_exporting_loads_no_graph_library() -> None:
    heavy = "{'networkx', 'pyvis', 'rdflib', 'pyarrow', 'sqlite3'} & set(sys.modules)"
    script = f"import sys, kg.exporters as e; e.formats(); print({heavy} or '')"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert ran.stdout.strip() == ""


# -- losses ------------------------------------------------------------------


def test_losses_count_and_tell_the_first() -> None:
    losses = Losses({"language": "texts lost their language", "list": "lists became text"})
    assert losses.lines() == []
    losses.count("language", "a: label", 0)
    losses.count("language", "b: label", 1_200)
    losses.count("language", "c: label")
    assert losses.lines() == ["1,201x texts lost their language (first: b: label)"]
    assert losses.records() == [
        {"code": "language", "what": "texts lost their language", "count": 1201,
         "first": "b: label"}
    ]  # fmt: skip


def test_a_loss_that_no_table_tells_is_a_bug() -> None:
    with pytest.raises(KeyError, match="does not declare the loss 'color'"):
        Losses({"colour": "…"}).count("color", "a")


# -- which format --------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name", "message"),
    [
        ("graph.tll", None, "graph.tll: the suffix '.tll' tells no format; did you mean '.ttl'?"),
        ("graph", None, "graph: has no suffix; for a folder say --format csv or ladybug or "),
        ("a.csv", None, "a.csv: the suffix '.csv' tells no format; it is a folder of files: say"),
        ("-", None, "-: standard output does not tell a format; say --format with one of "),
        ("-", "turtel", "--format: format 'turtel' is not known; did you mean 'turtle'?"),
    ],
)
def test_a_wrong_format_is_told(path: str, name: str | None, message: str) -> None:
    with pytest.raises(KGError) as caught:
        exporters.find(path, name)
    assert str(caught.value).startswith(message)


def test_a_name_goes_before_a_suffix() -> None:
    assert exporters.find("graph.ttl", "nquads").name == "nquads"
    assert exporters.find("-", "ttl") == exporters.find("-", "turtle")


def test_the_longer_suffix_tells() -> None:
    assert exporters.find("all.nanopub.trig").name == "nanopub"
    assert exporters.find("all.trig").name == "trig"


# -- whole or not at all -------------------------------------------------------


def broken(_: network.Network, out: Any, __: Losses, ___: Sequence[str]) -> None:
    out.write(b"half")
    raise RuntimeError("disk on fire")


def broken_folder(_: network.Network, folder: Path, __: Losses, ___: Sequence[str]) -> None:
    (folder / "half").write_text("half")
    raise RuntimeError("disk on fire")


@pytest.mark.parametrize("several", [False, True])
def test_a_failing_export_leaves_what_was_there(
    several: bool, tmp_path: Path, toy_store: store.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "graph"
    if several:
        path.mkdir()
        (path / "half").write_text("old")
    else:
        path.write_text("old")
    writers = (None, broken_folder) if several else (broken, None)
    form = exporters.Format("graph", "", (), "", {}, *writers)
    monkeypatch.setattr(exporters, "find", lambda *_: form)
    with pytest.raises(RuntimeError):
        exporters.export(toy_store, path)
    assert (path / "half" if several else path).read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def folders() -> list[str]:
    return [name for name, each in exporters.formats().items() if each.write is None]


@pytest.mark.parametrize("name", folders())
def test_a_folder_is_written_again_but_never_over_anything_else(
    name: str, tmp_path: Path, toy_store: store.Store
) -> None:
    target = tmp_path / "out"
    target.mkdir()
    exporters.export(toy_store, target, name)
    exporters.export(toy_store, target, name)
    (target / "mine.txt").write_text("mine")
    with pytest.raises(KGError, match=r"holds mine\.txt, which this export does not write"):
        exporters.export(toy_store, target, name)
    assert (target / "mine.txt").read_text() == "mine"
    assert list(tmp_path.iterdir()) == [target]
    (tmp_path / "file").write_text("")
    with pytest.raises(KGError, match="is a file, and the format is a folder of files"):
        exporters.export(toy_store, tmp_path / "file", name)
    with pytest.raises(KGError, match="-: the format is a folder of files; name a folder"):
        exporters.export(toy_store, "-", name)


EXPORT = """
import sys
from kg import corpus, exporters, opening
with opening.graph(corpus.load("tests/toy/data")) as graph:
    def seen(_):
        print("one", flush=True)
        sys.stdin.read()
    exporters.export(graph, sys.argv[1], sys.argv[2], seen=seen)
"""


@pytest.mark.parametrize("name", ["graphml", *folders()[:1]])
def test_a_killed_export_leaves_nothing_under_the_name(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", EXPORT, str(tmp_path / "out"), name]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"one\n"
        process.send_signal(signal.SIGKILL)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["turtle", "graphml", *folders()[:1]])
def test_a_full_disk_is_told_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))

    command = [sys.executable, "-m", "kg", "export", str(tmp_path / "out"), "-f", name]
    ran = subprocess.run(
        [*command, "--data", "tests/toy/data"],
        preexec_fn=small_files,
        capture_output=True,
        check=False,
        text=True,
    )
    assert ran.returncode == 2, ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert "File too large" in ran.stderr
    assert list(tmp_path.iterdir()) == []


# -- the command ---------------------------------------------------------------


def kg(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kg", *map(str, words)]
    return subprocess.run(command, capture_output=True, check=False, text=True)


def test_the_list_names_every_format() -> None:
    ran = kg("export", "--list")
    assert [line.split()[0] for line in ran.stdout.splitlines()] == FORMATS


def test_losses_are_reported_as_json_and_told(tmp_path: Path) -> None:
    toy = ("--data", "tests/toy/data")
    ran = kg("export", "-", "-f", "nanopub", *toy, "--report", tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    (lost,) = report["losses"]
    assert (report["format"], lost["code"]) == ("nanopub", "entity")
    assert ran.stdout.startswith("@prefix")
    assert f"nanopub: {lost['count']}x entities are named by their IRI only" in ran.stderr
    assert kg("export", "-", "-f", "nanopub", *toy, "-q").stderr == ""


def test_a_part_without_evidence_in_another_language(tmp_path: Path) -> None:
    file = tmp_path / "part.graphml"
    chosen = ("--focus", "Mirae AI Lab", "--relation", "partOf", "--no-evidence")
    ran = kg("export", file, "--data", "tests/toy/data", *chosen, "--lang", "ko")
    assert ran.returncode == 0, ran.stderr
    content = file.read_text("utf-8")
    assert "미래AI랩" in content
    assert "sha256" not in content
    assert "holdsPost" not in content


def test_a_store_on_disk_is_exported_as_well(
    tmp_path: Path, toy_corpus: Corpus, toy_store: store.Store
) -> None:
    with store.open(tmp_path / "store") as disk:
        disk.load(rdf.quads(toy_corpus))
        disk.load(rdf.ontology())
    assert kg("export", tmp_path / "a.graphml", "--store", tmp_path / "store").returncode == 0
    out = io.BytesIO()
    exporters.write(toy_store, out, "graphml")
    assert (tmp_path / "a.graphml").read_bytes() == out.getvalue()

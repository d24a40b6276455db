"""Several read a store on disk while one writes: whatever they read is whole, and nobody fails."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pyoxigraph as ox
import pytest
from test_crash import SIZE, child, ended, held, version

from kg import directory, folders, names, store
from kg.backup import backup
from kg.errors import KGError
from kg.store import OxigraphStore

ROOT = Path(__file__).parent.parent
IN_USE = "store: is in use by another process; wait for it"
GRAPH = ox.NamedNode("https://example.org/graph")
READERS = 3


@pytest.fixture
def location(tmp_path: Path) -> Path:
    """A store with version 0 in it."""
    made = tmp_path / "store"
    with store.open(made) as opened:
        opened.replace(version(0))
    return made


@pytest.fixture(params=["at once", "in steps"])
def exchanged(request: pytest.FixtureRequest) -> str:
    """How directories are exchanged: as this file system can, or as those that cannot do it."""
    return str(request.param)


WRITER = """
import sys
sys.path.insert(0, "tests")
from kg import folders, names, store
from test_crash import version
location, number, exchanged = sys.argv[1], int(sys.argv[2]), sys.argv[3]
def cannot(*_): raise OSError("cannot be exchanged")
if exchanged == "in steps": folders._exchanged = cannot
while True:
    number += 1
    with store.open(location) as opened:
        opened.replace(version(number))
        print(number, flush=True)
        number += 1
        opened.update(f'DELETE {{ ?s ?p ?o }} INSERT {{ ?s ?p "{number}" }} WHERE {{ ?s ?p ?o }}')
        print(number, flush=True)
"""

READER = """
import sys
sys.path.insert(0, "tests")
from test_crash import SIZE, contained
from kg import store
location = sys.argv[1]
last = asked = 0
with store.open(location, read_only=True) as first:
    before = contained(first)
    print("open", flush=True)
    while asked < int(sys.argv[2]):
        with store.open(location, read_only=True) as opened:
            for _ in range(3):
                count, versions = contained(opened)
                assert (count, len(versions)) == (SIZE, 1), (count, versions)
        (number,) = map(int, versions)
        assert number >= last, (number, last)
        asked, last = asked + 1, number
    assert contained(first) == before
print("done", asked, flush=True)
"""


def started(code: str, *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *map(str, words)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, cwd=ROOT)


def test_no_reader_fails_and_each_answer_is_whole(location: Path, exchanged: str) -> None:
    """One writes without a pause, and is killed now and then; the others ask all the while."""
    chance = random.Random(8)
    with ExitStack() as running:
        readers = [running.enter_context(started(READER, location, 60)) for _ in range(READERS)]
        for reader in readers:
            assert reader.stdout
            assert reader.stdout.readline() == "open\n"
        latest = killed = 0
        while any(reader.poll() is None for reader in readers):
            with started(WRITER, location, latest, exchanged) as writer:
                assert writer.stdout
                first = int(writer.stdout.readline() or -1)
                time.sleep(chance.uniform(0, 0.5))  # the moment that is tested
                writer.kill()
                written = [first, *map(int, writer.stdout.read().split())]
                assert writer.stderr
                assert first > latest, writer.stderr.read()
            killed += 1
            count, (found,) = held(location, read_only=True)
            assert count == SIZE
            assert int(found) in (written[-1], written[-1] + 1)
            latest = int(found)
        for reader in readers:
            out, err = reader.communicate()
            assert (out, err) == ("done 60\n", "")
    assert killed > 1
    store.open(location).close()
    assert [path.name for path in location.parent.iterdir()] == ["store"]


def in_many_files(location: Path) -> None:
    """Add 8 quads to a store so that it has more files than are opened with it."""
    for number in range(8):
        with store.open(location) as opened:
            graph = GRAPH if number % 2 else ox.DefaultGraph()
            opened.load([ox.Quad(GRAPH, GRAPH, ox.Literal(number), graph)])


def test_who_reads_goes_on_reading_what_was_there(location: Path) -> None:
    """The engine opens files by name when it needs them, of which there are many here."""
    in_many_files(location)
    inode = location.stat().st_ino
    with store.open(location, read_only=True) as reader:
        with store.open(location) as writer:
            writer.replace([])
        assert location.stat().st_ino != inode
        assert [each.name for each in (location.parent / ".store.writing").iterdir()]
        forked = os.fork()
        if not forked:  # as the processes that answer for a server are
            more = 0
            try:
                more = len(list(reader.quads())) - SIZE
            finally:
                os._exit(more)
        assert len(list(reader.quads())) == SIZE + 8
        assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 8
    # With its last reader the old one has gone.
    assert [path.name for path in location.parent.iterdir()] == ["store"]
    with store.open(location, read_only=True) as reader:
        assert len(reader) == 4  # of other graphs than ours


def test_an_answer_keeps_its_store_after_everybody_has_forgotten_it(location: Path) -> None:
    in_many_files(location)
    quads = store.open(location, read_only=True).quads()
    for _ in range(2):
        with store.open(location) as writer:
            writer.replace([])
    assert len(list(quads)) == SIZE + 8


def test_a_store_that_goes_while_it_is_opened_is_opened_anew(
    location: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between finding the directory and locking it another has come, and this one has gone."""
    locked = folders.locked

    def late(folder: Path, *, shared: bool) -> int | None:
        assert shared
        monkeypatch.setattr(folders, "locked", locked)
        found = os.open(folder, os.O_RDONLY)
        with store.open(location) as writer:
            writer.replace(version(1))
        return found

    monkeypatch.setattr(folders, "locked", late)
    assert held(location, read_only=True) == (SIZE, {"1"})


def test_a_store_that_is_away_while_it_is_exchanged_is_waited_for(
    location: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In two steps, the first of which comes just when a reader has seen that it is there."""
    mend, home = directory._mend, location.parent / ".store.writing"

    def late(path: Path) -> None:
        mend(path)
        if not late_once:
            late_once.append(path)
            home.mkdir()
            location.rename(home / "before")

    late_once: list[Path] = []
    monkeypatch.setattr(directory, "_mend", late)
    assert held(location, read_only=True) == (SIZE, {"0"})
    assert late_once
    shutil.rmtree(location)
    with pytest.raises(KGError, match="there is no store here; make one: kg build --store"):
        store.open(location, read_only=True)
    location.touch()
    with pytest.raises(KGError, match="is a file, not a store; name a directory"):
        store.open(location, read_only=True)


def test_many_read_while_one_writes(location: Path, tmp_path: Path) -> None:
    readers = [child("read", location) for _ in range(READERS)]
    with child("write", location) as writer:
        with pytest.raises(KGError, match=IN_USE):
            store.open(location)
        assert held(location, read_only=True) == (SIZE, {"0"})
        assert backup(str(location), tmp_path / "meanwhile.nq") == SIZE
        ended(writer)
    with store.open(location) as writer:
        with pytest.raises(KGError, match="is open elsewhere in this process; close it there"):
            store.open(location)
        with child("read", location) as early:
            writer.replace(version(1))
            assert held(location, read_only=True) == (SIZE, {"1"})
            ended(early)
        writer.update("CLEAR ALL")
        assert held(location, read_only=True) == (0, set())
    readers[0].kill()  # who is killed keeps nothing
    for reader in readers:
        ended(reader)
    with store.open(location) as writer:
        assert [each.name[:5] for each in (tmp_path / ".store.writing").iterdir()] == ["work-"]
    (tmp_path / "meanwhile.nq").unlink()
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_threads_of_one_writer_do_not_undo_each_other(location: Path) -> None:
    with store.open(location) as writer, ThreadPoolExecutor(4) as threads:

        def add(number: int) -> int:
            writer.update(f"INSERT DATA {{ id:n{number} rdfs:label 'n' }}")
            with store.open(location, read_only=True) as opened:
                assert opened.query(f"ASK {{ id:n{number} rdfs:label 'n' }}") is True
                return len(opened)

        assert max(threads.map(add, range(40))) == SIZE + 40


# -- other programs ----------------------------------------------------------


def test_a_store_is_a_directory_that_any_oxigraph_opens(location: Path, tmp_path: Path) -> None:
    location.chmod(0o750)
    with store.open(location) as opened:
        opened.load([ox.Quad(GRAPH, GRAPH, GRAPH, GRAPH)])
    assert location.stat().st_mode & 0o777 == 0o750
    other = ox.Store(str(location))  # which writes to the directory itself
    assert len(other) == SIZE + 1
    other.update("INSERT DATA { <http://a> <http://b> <http://c> }")
    del other
    assert held(location, read_only=True)[0] == SIZE + 2
    assert held(location)[0] == SIZE + 2
    plain = tmp_path / "plain"
    ox.Store(str(location)).backup(str(plain))  # has neither a lock nor an identity
    with store.open(plain) as opened:
        opened.update("DELETE WHERE { <http://a> ?p ?o }")
    assert held(plain, read_only=True)[0] == SIZE + 1


def test_other_programs_that_write_are_kept_out_and_keep_us_out(location: Path) -> None:
    code = (
        "import sys, pyoxigraph\n"
        "try: held = pyoxigraph.Store(sys.argv[1])\n"
        "except OSError as error: print('refused')\n"
        "else: print('open')\n"
        "sys.stdout.flush(); sys.stdin.read()"
    )
    with started(code, location) as other:
        assert other.stdout
        assert other.stdout.readline() == "open\n"
        with pytest.raises(KGError, match=IN_USE):
            store.open(location)
        ended(other)
    with store.open(location) as opened:
        for _ in range(2):
            with started(code, location) as other:
                assert ended(other) == "refused\n"
            opened.update("INSERT DATA { id:a rdfs:label 'x' }")  # now there is another directory


# -- places ------------------------------------------------------------------


def test_a_link_stays_one_and_a_relative_path_is_taken_once(
    location: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    link = elsewhere / "link"
    link.symlink_to(location)
    monkeypatch.chdir(elsewhere)
    with store.open("link") as opened, store.open("link", read_only=True) as reader:
        monkeypatch.chdir("/")
        opened.replace(version(1))
        assert len(reader) == SIZE
    assert link.is_symlink()
    assert held(location) == (SIZE, {"1"})
    assert [path.name for path in elsewhere.iterdir()] == ["link"]


def test_stores_in_one_folder_do_not_touch_each_other(tmp_path: Path) -> None:
    places = [tmp_path / name for name in ("store", "store.writing", ".store", "한국 어")]
    with ExitStack() as opened:
        for number, place in enumerate(places):
            opened.enter_context(store.open(place)).replace(version(number))
        for number, place in enumerate(places):
            assert held(place, read_only=True) == (SIZE, {str(number)})
    assert {path.name for path in tmp_path.iterdir()} == {place.name for place in places}


def test_an_empty_folder_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir(mode=0o700)
    with store.open(tmp_path / "store") as opened:
        with store.open(tmp_path / "store", read_only=True) as reader:
            assert len(reader) == 0
        opened.load(version(1))
    assert held(tmp_path / "store") == (SIZE, {"1"})
    assert (tmp_path / "store").stat().st_mode & 0o777 == 0o700


def test_a_file_system_of_its_own_cannot_be_exchanged(
    location: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os.path, "ismount", lambda path: path == location)
    with pytest.raises(KGError, match="is a file system of its own, which cannot be exchanged; na"):
        store.open(location)
    assert held(location, read_only=True) == (SIZE, {"0"})


def test_without_hard_links_files_are_copied(
    location: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impossible(*_: object) -> None:
        raise PermissionError("Operation not permitted")

    monkeypatch.setattr(os, "link", impossible)
    with store.open(location) as opened:
        assert isinstance(opened, OxigraphStore)
        opened.load([ox.Quad(GRAPH, GRAPH, GRAPH, GRAPH)])
        opened.engine.add_graph(ox.NamedNode(names.BASE))
    assert {file.stat().st_nlink for file in location.iterdir()} == {1}
    with store.open(location) as opened:
        assert (len(opened), opened.has(ox.NamedNode(names.BASE))) == (SIZE + 1, True)
        opened.replace(version(1))
    assert held(location, read_only=True) == (SIZE + 1, {"1"})


@pytest.fixture
def unstable(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system where files are opened by nothing but their names."""
    monkeypatch.setattr(directory, "STABLE", False)


@pytest.mark.usefixtures("unstable")
def test_elsewhere_than_on_linux_many_read_or_one_writes(location: Path) -> None:
    with (
        store.open(location, read_only=True),
        store.open(location, read_only=True),
        pytest.raises(KGError, match=IN_USE),
    ):
        store.open(location)
    with store.open(location) as opened:
        for number in (1, 2):
            with pytest.raises(KGError, match=IN_USE):
                store.open(location, read_only=True)
            opened.replace(version(number))
    assert held(location, read_only=True) == (SIZE, {"2"})
    assert [path.name for path in location.parent.iterdir()] == ["store"]


def test_what_was_killed_while_it_tried_for_links_is_no_obstacle(location: Path) -> None:
    home = location.parent / ".store.writing"
    home.mkdir()
    (home / "link-1").touch()
    assert folders.can_link(home)
    (home / "link-2").touch()
    with store.open(location) as opened:
        opened.replace(version(1))
    assert [path.name for path in location.parent.iterdir()] == ["store"]

"""``kg serve`` and others who write to the store that it serves, or it to theirs."""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import loops
import pyoxigraph as ox
import pytest
from serving import PLAIN, TOKEN, Running, changed, family, serving, until

from kg import opening
from kg import store as stores
from kg.errors import KGError
from kg.folders import fingerprint
from kg.model import Corpus
from kg.web import description, watching
from kg.web.app import app
from kg.web.refused import Refused
from kg.web.settings import Settings
from kg.web.site import Site
from kg.web.tasks import Query

HONEST = "SELECT ?whole { id:mirae-ai-lab aie:partOf ?whole FILTER isIRI(?whole) }"


def put(running: Running, name: str, content: str = "<x:s> <x:p> 1 .") -> httpx.Response:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/turtle"}
    url = f"{running.url}/store?graph=x:{name}"
    return httpx.put(url, content=content, headers=headers, timeout=60, **PLAIN)


def test_a_write_that_fails_is_no_success_and_harms_no_reader(
    toy_corpus: Corpus, tmp_path: Path
) -> None:
    path = tmp_path / "store"
    opening.graph(toy_corpus, path).close()
    with serving("--store", str(path), "--write", data=None) as running:
        assert put(running, "a").status_code == 201
        processes = family(running.process.pid)
        for most in (500_000, resource.RLIM_INFINITY):  # what a file may grow to
            for process in processes:
                resource.prlimit(process, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
            if most == resource.RLIM_INFINITY:
                break
            for name in "bcd":
                answer = put(running, name, f"<x:s> <x:p> '{'long ' * 200_000}' .")
                assert (answer.status_code, str(tmp_path) in answer.text) == (500, False)
                assert running.ask(HONEST).status_code == 200
                assert running.ask(f"ASK {{ GRAPH <x:{name}> {{ ?s ?p ?o }} }}").text == "false\n"
        assert put(running, "e").status_code == 201
        assert running.ask("ASK { GRAPH <x:e> { ?s ?p 1 } }").text == "true\n"
    assert "a write failed: " in "".join(running.log)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["store"]


def test_two_servers_may_write_to_one_store(toy_corpus: Corpus, tmp_path: Path) -> None:
    """And a third who has it open for writing has them wait."""
    path = tmp_path / "store"
    opening.graph(toy_corpus, path).close()
    told = ("--store", str(path), "--write")
    with serving(*told, data=None) as one, serving(*told, data=None) as other:
        with ThreadPoolExecutor() as both:
            for status in both.map(
                lambda n: put((one, other)[n % 2], f"g{n}").status_code, range(8)
            ):
                assert status == 201
        count = "SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { <x:s> <x:p> 1 } }"
        assert until(lambda: {each.ask(count).text.split()[1] for each in (one, other)} == {"8"})
        with stores.open(path):
            answer = put(one, "h")
            told = "somebody else is writing to the store; try again\n"
            assert (answer.status_code, answer.text) == (503, told)
            assert one.ask(count).text.split() == ["n", "8"]
        assert put(one, "h").status_code == 201
    assert sorted(each.name for each in tmp_path.iterdir()) == ["store"]


def test_a_store_that_is_gone_is_not_made_anew(toy_corpus: Corpus, tmp_path: Path) -> None:
    """What was there is served on, and written to again when it is back."""
    path = tmp_path / "store"
    opening.graph(toy_corpus, path).close()
    with serving("--store", str(path), "--write", data=None) as running:
        for empty in (False, True):  # as where something was mounted
            aside = path.rename(tmp_path / "aside")
            if empty:
                path.mkdir()
            answer = put(running, "a")
            assert (answer.status_code, str(tmp_path) in answer.text) == (503, False)
            assert "the store is gone" in answer.text
            there = ["aside", "store"] if empty else ["aside"]
            assert sorted(each.name for each in tmp_path.iterdir()) == there
            assert running.ask(f"{HONEST} # {empty}").status_code == 200
            if empty:
                path.rmdir()
            aside.rename(path)
        assert put(running, "a").status_code == 201
        assert running.ask("ASK { GRAPH <x:a> { ?s ?p ?o } }").text == "true\n"
        assert running.ask("ASK { id:mirae-ai-lab ?p ?o }").text == "true\n"
    assert "".join(running.log).count(f"no worker can be made: {path}: there is no store") == 2


@pytest.mark.parametrize("options", [(), ("--at", "2030")])
def test_a_store_that_another_process_exchanges_is_served_anew(
    options: tuple[str, ...], toy_corpus: Corpus, tmp_path: Path
) -> None:
    """Within seconds, and whoever asks meanwhile gets the old or the new, whole."""
    path = tmp_path / "store"
    opening.graph(toy_corpus, path).close()
    with stores.open(path, read_only=True) as opened:
        quads = list(opened.quads())

    def version(number: int) -> list[ox.Quad]:
        value = ox.Literal(number)
        marks = [ox.Quad(ox.NamedNode(f"x:{n}"), ox.NamedNode("x:v"), value) for n in range(50)]
        return [*quads, *marks]

    query = "SELECT (COUNT(*) AS ?n) (COUNT(DISTINCT ?v) AS ?versions) (MAX(?v) AS ?last) "
    query += "{ ?s <x:v> ?v }"
    with serving("--store", str(path), *options, data=None) as running:
        over = threading.Event()
        seen: list[tuple[int, str]] = []

        def read(number: int) -> None:
            with httpx.Client(timeout=60) as client:
                while not over.is_set():
                    asked = {"query": f"{query} # {number}", "format": "csv"}
                    answer = client.get(f"{running.url}/sparql", params=asked)
                    seen.append((answer.status_code, answer.text.split()[-1]))
                    seen.append((client.get(f"{running.url}/id/mirae-ai-lab").status_code, ""))

        def asked() -> str:
            return running.ask(query).text

        tag = running.ask(HONEST).headers["etag"]
        with ThreadPoolExecutor(4) as others:
            readers = [others.submit(read, number) for number in range(4)]
            try:
                for number in (1, 2, 3):
                    with stores.open(path) as opened:
                        opened.replace(version(number))
                    assert until(lambda n=number: asked().endswith(f"50,1,{n}\r\n"))
            finally:
                over.set()
        for reader in readers:
            reader.result()
        assert running.ask(HONEST).headers["etag"] != tag
        assert {status for status, _ in seen} == {200}
        assert {answer for _, answer in seen} <= {"", "0,0,", *(f"50,1,{n}" for n in (1, 2, 3))}
        assert until(lambda: sorted(each.name for each in tmp_path.iterdir()) == ["store"])
        # What cannot be read is told once, and what was there before is served on.
        aside = path.rename(tmp_path / "aside")
        path.mkdir()
        (path / "CURRENT").write_text("nonsense", encoding="utf-8")
        assert until(lambda: "cannot be read" in "".join(running.log))
        assert asked().endswith("50,1,3\r\n")
        shutil.rmtree(path)
        aside.rename(path)
        with stores.open(path) as opened:
            opened.replace(version(4))
        assert until(lambda: asked().endswith("50,1,4\r\n"))
    assert "".join(running.log).count("cannot be read") == 1


def test_an_answer_is_of_the_data_of_its_tag(toy_corpus: Corpus, tmp_path: Path) -> None:
    """Also between an exchange of the store and the moment at which the server sees it."""
    path = tmp_path / "store"
    opening.graph(toy_corpus, path).close()
    unwatched = changed(tmp_path, "kg.web.watching._EVERY_S", 3600)
    options = ("--store", str(path), "--write", "--workers", "1")
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    with serving(*options, data=None, program=unwatched) as running:
        old = running.ask(query)
        with stores.open(path) as opened:
            opened.update("INSERT DATA { <x:s> <x:p> 1 }")
        for number in range(2):  # the second time by a new process that makes workers
            for process in family(running.process.pid):
                os.kill(process, signal.SIGKILL)
            assert until(lambda n=number: running.ask(f"{query} # {n}").status_code == 200)
            assert running.ask(f"{query} # {number}").text == old.text
            assert running.ask("ASK { ?s ?p ?o FILTER (?p = <x:p>) }").text == "false\n"
            assert running.get("/id/mirae-ai-lab").status_code == 200
            assert running.ask(query).headers["etag"] == old.headers["etag"]
        path.rename(tmp_path / "aside")
        assert running.ask(f"{query} # gone").text == old.text
        (tmp_path / "aside").rename(path)
        assert put(running, "g").status_code == 201
        new = running.ask(query)
        assert int(new.text.split()[1]) == int(old.text.split()[1]) + 1
        assert new.headers["etag"] != old.headers["etag"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["program.py", "store"]


COUNT = "SELECT (COUNT(*) AS ?n) { ?s <x:p> ?o }"


def add(path: Path) -> None:
    with stores.open(path) as opened:
        opened.update("INSERT DATA { <x:s> <x:p> 1 }")


@pytest.mark.parametrize("at", [None, "2030"])
def test_what_is_exchanged_while_its_reader_starts_is_read_again(
    at: str | None, toy_corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store"
    opening.graph(toy_corpus, path).close()
    site = Site(Settings(store=str(path), at=at, workers=1))
    workers, prepare = site.workers, site.workers.prepare
    has_read, exchanged = threading.Event(), threading.Event()

    def late() -> None:
        prepare()
        control, workers._control = workers._control, None  # nobody can tell it anything yet
        has_read.set()
        exchanged.wait(20)
        workers._control = control

    async def asked() -> bytes:
        assert workers._nursery is not None
        assert workers._control is not None
        workers._nursery.kill()
        workers._nursery.join()
        workers._control.close()
        monkeypatch.setattr(workers, "prepare", late)
        answer = asyncio.create_task(workers.run(Query(COUNT, "x:", "csv", None)))
        try:
            assert await asyncio.to_thread(has_read.wait, 20)
            add(path)
            await workers.look()
        finally:
            exchanged.set()
        try:
            return (await answer).body
        finally:
            await workers.close()
            site.close()

    assert loops.run(asked()).split() == [b"n", b"1"]


def test_a_tag_is_that_of_what_is_open(
    toy_corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when the store is exchanged just before it is opened."""
    path = tmp_path / "store"
    opening.graph(toy_corpus, path).close()
    with closing(Site(Settings(store=str(path), workers=1))) as site:
        open_graph = opening.open_graph

        def late(*told: Any, **more: Any) -> stores.Store:
            add(path)
            return open_graph(*told, **more)

        monkeypatch.setattr(opening, "open_graph", late)
        fresh = site.read_anew()
        assert fresh.store.query("ASK { <x:s> <x:p> 1 }") is True
        assert fresh.fingerprint == fresh.seen == fingerprint(path)
        assert fresh.fingerprint != site.served.fingerprint
        fresh.store.close()
        loops.run(site.workers.close())


def test_numbers_that_were_counted_during_an_exchange_have_no_tag(
    toy_corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store"
    opening.graph(toy_corpus, path).close()
    rows = description._rows

    async def asked() -> list[httpx.Response]:
        site = Site(Settings(store=str(path), workers=1))
        made = app(site)
        made.state.site = site

        async def late(*told: Any) -> Any:
            monkeypatch.setattr(description, "_rows", rows)
            found = await rows(*told)
            add(path)
            await site.workers.look()
            return found

        monkeypatch.setattr(description, "_rows", late)
        transport = httpx.ASGITransport(made)
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as one:
                return [await one.get("/.well-known/void") for _ in range(2)]
        finally:
            await site.workers.close()
            site.close()

    first, second = loops.run(asked())
    assert first.text == second.text
    assert "etag" not in first.headers
    assert "etag" in second.headers


def test_what_makes_workers_may_die_again_and_again(toy_corpus: Corpus, tmp_path: Path) -> None:
    """Who asks meanwhile comes again; nothing stays open of those that died."""
    path = tmp_path / "store"
    opening.graph(toy_corpus, path).close()
    with serving("--store", str(path), "--workers", "1", data=None) as running:
        opened = []
        for number in range(5):
            assert until(lambda n=number: running.ask(f"{HONEST} # {n}").status_code == 200)
            opened.append(len(list(Path(f"/proc/{running.process.pid}/fd").iterdir())))
            for process in family(running.process.pid):
                os.kill(process, signal.SIGKILL)
        assert max(opened) - min(opened) <= 3, opened  # give or take a connection
    assert "Traceback" not in "".join(running.log)


def test_a_nursery_that_dies_while_it_is_made_is_no_bug(
    toy_corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store"
    opening.graph(toy_corpus, path).close()
    site = Site(Settings(store=str(path), workers=1))

    def dies() -> None:
        raise KGError(path, "the process that reads it has ended")

    async def asked() -> None:
        assert site.workers._control is not None
        site.workers._control.close()
        monkeypatch.setattr(site.workers, "prepare", dies)
        try:
            with pytest.raises(Refused, match="no worker can be made; try again"):
                await site.workers.run(Query(COUNT, "x:", "csv", None))
        finally:
            await site.workers.close()
            site.close()

    loops.run(asked())


def test_processes_that_cannot_start_are_not_left_behind(
    toy_corpus: Corpus, tmp_path: Path
) -> None:
    path = tmp_path / "store"
    opening.graph(toy_corpus, path).close()
    with serving("--store", str(path), "--workers", "1", data=None) as running:
        (nursery,) = (each for each in family(running.process.pid) if family(each))
        (path / "CURRENT").rename(tmp_path / "aside")
        for worker in family(nursery):
            os.kill(worker, signal.SIGKILL)
        for number in range(5):
            assert running.ask(f"{HONEST} # {number}").status_code == 503
        children = Path(f"/proc/{nursery}/task/{nursery}/children")
        assert until(lambda: not children.read_text())
        (tmp_path / "aside").rename(path / "CURRENT")
        assert running.ask(HONEST).status_code == 200
    assert "no worker can be made: " in "".join(running.log)


def test_the_watch_goes_on_whatever_it_sees(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(watching, "_EVERY_S", 0)
    seen: list[Exception | None] = [ValueError("odd"), ValueError("odd"), None, KeyError("odder")]

    async def look() -> None:
        if not seen:
            raise asyncio.CancelledError
        if error := seen.pop(0):
            raise error

    site: Any = SimpleNamespace(directory=Path("store"), workers=SimpleNamespace(look=look))
    with pytest.raises(asyncio.CancelledError):
        loops.run(watching.watch(site))
    told = capsys.readouterr().err.splitlines()
    assert [line.rpartition(": ")[2] for line in told] == ["odd", "'odder'"]

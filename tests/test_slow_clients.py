"""Clients that take, or bring, as slowly as they may: what is kept for them is bounded."""

from __future__ import annotations

import gc
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
import uvicorn
from serving import TOKEN, Running, serving, until
from uvicorn.server import ServerState

from kg import opening
from kg.model import Corpus
from kg.web import server as serving_module
from kg.web.refused import Refused
from kg.web.spool import Spooled, client, see_to_room

HONEST = "SELECT ?whole { id:mirae-ai-lab aie:partOf ?whole }"
LONG = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
MIB = 1 << 20


# -- the room that answers have ----------------------------------------------


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What is free on the disk."""
    told = SimpleNamespace(free=1000 * MIB)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: told)
    return told


def lying(folder: Path, name: str, size: int) -> Path:
    path = folder / name
    with path.open("wb") as out:
        out.truncate(size)
    return path


def test_all_answers_share_the_room_and_nobody_has_more_than_half(
    tmp_path: Path, free: SimpleNamespace
) -> None:
    mine = lying(tmp_path, "1-me", 4 * MIB)
    see_to_room(mine, 8 * MIB)
    lying(tmp_path, "2-you", 4 * MIB)
    see_to_room(mine, 8 * MIB)
    other = lying(tmp_path, "3-them", 1)
    with pytest.raises(Refused, match="beside those that others have not taken") as raised:
        see_to_room(other, 8 * MIB)
    assert (raised.value.status, raised.value.headers) == (503, {"Retry-After": "30"})
    see_to_room(other, 16 * MIB)
    lying(tmp_path, "4-me", 4 * MIB + 1)
    with pytest.raises(Refused, match="beside those that you have not taken yet"):
        see_to_room(mine, 16 * MIB)
    see_to_room(other, 16 * MIB)
    see_to_room(tmp_path / "5-", 16 * MIB)  # of nobody: only the room of all counts
    free.free = 6 * MIB
    with pytest.raises(Refused, match="beside those that others"):
        see_to_room(other, 16 * MIB)


def test_an_answer_counts_until_it_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "1-me"
    path.write_bytes(b"x" * 10_000)
    sent = Spooled(path, 10_000)
    assert path.stat().st_size == 10_000
    assert path.read_bytes() == bytes(10_000)  # nothing of it is left if we are killed
    assert sent.read(1 << 20) == b"x" * 10_000
    sent.close()
    assert not path.exists()
    path.write_bytes(b"another one's")
    sent.close()
    del sent
    assert path.exists()
    forgotten = Spooled(path, 13)
    del forgotten
    gc.collect()
    assert not path.exists()


@pytest.mark.parametrize(
    ("address", "public", "name"),
    [
        ("192.0.2.7", "", "c0000207"),
        ("2001:db8:1:2:3::4", "", "20010db800010002"),
        ("fe80::1%eth0", "", "fe80000000000000"),
        ("::ffff:192.0.2.7", "", "c0000207"),
        ("192.0.2.7", "https://kg.example.org", ""),
    ],
)
def test_clients_are_told_apart_by_network(address: str, public: str, name: str) -> None:
    site = SimpleNamespace(settings=SimpleNamespace(public_url=public))
    request: Any = SimpleNamespace(
        client=SimpleNamespace(host=address),
        app=SimpleNamespace(state=SimpleNamespace(site=site)),
    )
    assert client(request) == name


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def sipping(server: Running, source: str = "127.0.0.1") -> tuple[int, str, socket.socket]:
    """Ask for a long answer and take its head only; with its status and text, if it is short."""
    address = urlsplit(server.url)
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.bind((source, 0))
    line.settimeout(30)
    line.connect((address.hostname, address.port))
    query = urlencode({"query": LONG, "format": "csv"})
    line.sendall(f"GET /sparql?{query} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    told = line.recv(4096).decode("latin-1")
    return int(told.split()[1]), told.partition("\r\n\r\n")[2], line


def test_who_does_not_take_his_answers_leaves_room_for_others(scratch: Path) -> None:
    with (
        serving("--spool", "48", "--rows", "20000", "--workers", "2") as server,
        ExitStack() as lines,
    ):
        size = len(server.get(f"/sparql?{urlencode({'query': LONG, 'format': 'csv'})}").content)
        assert 5 * MIB < size < 12 * MIB
        answers = next(scratch.glob("kg-serve-*/answers"))
        assert until(lambda: not list(answers.iterdir()))
        taken = 0
        for _ in range(10):
            status, told, line = sipping(server)
            lines.callback(line.close)
            if status != 200:
                break
            taken += size
        assert status == 503
        assert "beside those that you have not taken yet" in told
        assert taken <= 24 * MIB < taken + size + 4 * MIB
        assert sum(each.stat().st_size for each in answers.iterdir()) == taken
        # Somebody else has room, and short answers need none.
        status, _, line = sipping(server, "127.0.0.2")
        lines.callback(line.close)
        assert status == 200
        assert server.ask(HONEST).status_code == 200
        lines.close()
        assert until(lambda: not list(answers.iterdir()))
        status, _, line = sipping(server)
        line.close()
        assert status == 200


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (2 << 20, 2 << 20))
from kg.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def full(scratch: Path) -> Iterator[httpx.Client]:
    """A server on a disk that takes no file beyond 2 MiB."""
    command = [sys.executable, "-c", LIMITED, "serve", "-p", "0", "--data", "tests/toy/data"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        url = running.stdout.readline().split()[-1]
        with httpx.Client(base_url=url, timeout=60) as asking:
            yield asking
        running.terminate()
        assert running.wait(20) == 0
    assert not list(scratch.iterdir())


@pytest.mark.parametrize("form", ["csv", "json", "xml"])
def test_a_full_disk_is_a_503_and_leaves_nothing(
    full: httpx.Client, scratch: Path, form: str
) -> None:
    for _ in range(2):
        answer = full.get("/sparql", params={"query": LONG, "format": form})
        assert answer.status_code == 503, answer.text[:200]
        assert answer.text.startswith("there is no room on the server's disk for an answer")
        assert int(answer.headers["retry-after"]) > 0
        assert not list(next(scratch.glob("kg-serve-*/answers")).iterdir())
        short = full.get("/sparql", params={"query": HONEST, "format": "csv"})
        assert short.status_code == 200
        middle = full.get("/sparql", params={"query": f"{LONG} LIMIT 1500", "format": form})
        assert middle.status_code == 200
        assert len(middle.content) > 300_000


# -- how fast they are taken -------------------------------------------------


class Clock:
    """A loop whose time is told, with what it was asked to call later."""

    def __init__(self) -> None:
        self.now = 0.0
        self.later: list[Any] = []

    def time(self) -> float:
        return self.now

    def call_later(self, _: float, what: Any) -> None:
        self.later.append(what)


class Line:
    """A connection that says how much waits on it, and remembers that it was cut."""

    def __init__(self) -> None:
        self.waits = 0
        self.aborted = False

    def get_write_buffer_size(self) -> int:
        return self.waits

    def get_extra_info(self, *_: object) -> None:
        return None

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True


@pytest.mark.parametrize(
    ("piece", "seconds", "ends"),
    [
        (256 << 10, 7.5, None),  # somewhat faster than it has to be
        (256 << 10, 9.0, 477.0),  # somewhat slower: what it may owe lasts for a while
        (256 << 10, 55.0, 70.0),  # a sip a minute
        (256 << 10, 65.0, 65.0),
    ],
)
def test_an_answer_is_taken_at_some_speed_in_all(
    piece: int, seconds: float, ends: float | None
) -> None:
    clock: Any = Clock()
    line: Any = Line()
    config = uvicorn.Config(lambda: None, loop="asyncio", log_config=None)
    connection = serving_module._Impatient(config, ServerState(), {}, clock)
    connection.connection_made(line)
    connection.cycle = SimpleNamespace(response_complete=False)  # type: ignore[assignment]
    ended = None
    while clock.now < 3600 and ended is None:
        line.waits = piece
        connection.pause_writing()
        taken = clock.now + seconds
        while clock.now < taken and not line.aborted:
            clock.now = min(taken, clock.now + 5)
            clock.later.pop()()
        ended = clock.now if line.aborted else None
        line.waits = 0
        connection.resume_writing()
    assert ended == ends


# -- who writes --------------------------------------------------------------


def test_what_writers_bring_is_not_kept_for_many(toy_corpus: Corpus, tmp_path: Path) -> None:
    store = tmp_path / "store"
    opening.graph(toy_corpus, store).close()
    login = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "text/turtle"}
    head = "".join(f"{name}: {value}\r\n" for name, value in login.items())
    with serving("--store", str(store), "--write", data=None) as server, ExitStack() as lines:
        address = urlsplit(server.url)

        def put() -> httpx.Response:
            url = f"{server.url}/store?graph=x:g"
            return httpx.put(url, content="<x:s> <x:p> 1 .", headers=login, timeout=60)

        for _ in range(8):  # they say that they bring much, and never bring it
            line = lines.enter_context(socket.create_connection((address.hostname, address.port)))
            asked = f"PUT /store?graph=x:g HTTP/1.1\r\nHost: localhost\r\n{head}"
            line.sendall(f"{asked}Content-Length: 60000000\r\n\r\n<x:s> ".encode())
        answer = until(lambda: (told := put()).status_code == 503 and told)
        assert answer.text == "too many are waiting to write; try again\n"
        assert int(answer.headers["retry-after"]) > 0
        assert server.ask(HONEST).status_code == 200
        lines.close()
        assert until(lambda: put().status_code in (201, 204))

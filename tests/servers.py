"""SPARQL servers that tests start and end themselves: real ones, and one that does what it is told.

Each is a program of its own on a free port of 127.0.0.1, with its data in a folder
that the test throws away.
"""

from __future__ import annotations

import base64
import http.client
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import pytest

__all__ = ["Faulty", "Request", "Talking", "faulty", "oxigraph", "post", "talking", "virtuoso"]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def post(port: int, path: str, **form: str) -> int:
    """Post a form, and return the status; 0 if nobody is there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        connection.request("POST", path, urlencode(form), headers)
        answer = connection.getresponse()
        answer.read()
    except OSError:
        return 0
    finally:
        connection.close()
    return answer.status


def _await(running: subprocess.Popen[bytes], port: int, path: str) -> None:
    """Ask until the server answers; fail if it ends or takes half a minute."""
    until = time.monotonic() + 30
    while post(port, path, query="ASK {}") != 200:
        assert running.poll() is None, "the server ended"
        assert time.monotonic() < until, "the server does not answer"
        time.sleep(0.02)  # between two questions, not instead of one


@contextmanager
def oxigraph(*options: str) -> Iterator[str]:
    """``oxigraph serve`` from PyPI, in memory; its address for queries."""
    program = Path(sys.executable).with_name("oxigraph")
    found = str(program) if program.exists() else shutil.which("oxigraph")
    if not found:
        pytest.skip("the program oxigraph is not here (pip install oxigraph)")
    port = free_port()
    command = [found, "serve", "--bind", f"127.0.0.1:{port}", *options]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as running:
        try:
            _await(running, port, "/query")
            yield f"http://127.0.0.1:{port}/query"
        finally:
            running.kill()


VIRTUOSO = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
DirsAllowed = .
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerThreads = 8
[SPARQL]
ResultSetMaxRows = {most}
"""


@contextmanager
def virtuoso(folder: Path, most: int = 10_000) -> Iterator[str]:
    """Debian's ``virtuoso-opensource``, where anybody may write; its address for queries."""
    if not (shutil.which("virtuoso-t") and shutil.which("isql-vt")):
        pytest.skip("virtuoso is not here (apt-get install virtuoso-opensource)")
    sql, http = free_port(), free_port()
    settings = VIRTUOSO.format(sql=sql, http=http, most=most)
    (folder / "virtuoso.ini").write_text(settings, encoding="utf-8")
    command = ["virtuoso-t", "-f", "+configfile", "virtuoso.ini"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        try:
            _await(running, http, "/sparql")
            grant = 'exec=GRANT SPARQL_UPDATE TO "SPARQL";'
            login = ["isql-vt", f"127.0.0.1:{sql}", "dba", "dba", grant]
            subprocess.run(login, check=True, capture_output=True, timeout=30)
            yield f"http://127.0.0.1:{http}/sparql"
        finally:
            running.kill()


# -- one that does what it is told -------------------------------------------


@dataclass(frozen=True)
class Request:
    """What came in."""

    path: str
    headers: dict[str, str]
    """By name in lower case."""
    form: dict[str, str]

    @property
    def login(self) -> str:
        """User and password of a basic login, or the header as it is."""
        kind, _, told = self.headers.get("authorization", "").partition(" ")
        return base64.b64decode(told).decode() if kind == "Basic" else f"{kind} {told}".strip()


_LOOKS = {
    "owl#Ontology": False,
    "FILTER NOT EXISTS { ?claim a": False,
    "?o } UNION { GRAPH ?g { ?s": True,
}
"""What is in the questions by which kg looks who is there, and if there is anything; answers."""

Act = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Faulty:
    """A server that answers with one act after the other, and the last one for ever."""

    address: str = ""
    acts: list[Act] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    """All requests but those by which kg looks who is there."""
    opened: Act | None = None
    """How it answers these; by default as a store without claims does."""
    released: threading.Event = field(default_factory=threading.Event)
    """Set when the test is over: what hangs may end."""

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["content-length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        headers = {name.lower(): value for name, value in handler.headers.items()}
        for sign, there in _LOOKS.items():
            if sign in form.get("query", ""):
                (self.opened or answer(json.dumps({"head": {}, "boolean": there})))(handler)
                return
        self.asked.append(Request(handler.path, headers, form))
        act = self.acts[0] if len(self.acts) == 1 else self.acts.pop(0)
        act(handler)


def answer(
    body: str | bytes,
    type: str = "application/sparql-results+json",
    status: int = 200,
    *,
    length: int | None = None,
    framed: bool = True,
    **headers: str,
) -> Act:
    """Answer so; with a `length` that may be wrong, or (not `framed`) none at all."""
    data = body.encode() if isinstance(body, str) else body

    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", type)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if framed:
            handler.send_header("Content-Length", str(len(data) if length is None else length))
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(data)
        handler.close_connection = True

    return act


@dataclass
class Talking:
    """A server that speaks anything but HTTP."""

    port: int
    connections: list[socket.socket] = field(default_factory=list)


@contextmanager
def talking(talk: Callable[[socket.socket], None]) -> Iterator[Talking]:
    """Run a server that gives each connection to `talk`, in a thread; it is closed in the end."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        told = Talking(listening.getsockname()[1])

        def serve(connection: socket.socket) -> None:
            with suppress(OSError):
                talk(connection)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listening.accept()
                    told.connections.append(connection)
                    threading.Thread(target=serve, args=(connection,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        try:
            yield told
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            for connection in told.connections:
                connection.close()


@contextmanager
def faulty(*acts: Act) -> Iterator[Faulty]:
    """Run a server that does `acts`."""
    told = Faulty(acts=list(acts))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            told.take(self)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        told.address = f"http://127.0.0.1:{server.server_port}/sparql"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield told
        finally:
            told.released.set()
            server.shutdown()
            thread.join()

"""Addresses behind which no SPARQL server is, and servers that want to be left alone."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pyoxigraph as ox
import pytest
from servers import answer, faulty, oxigraph, talking

from kg import endpoint, names, store
from kg.cli import main
from kg.errors import KGError, KGWarning

SELECT = "SELECT ?s { ?s ?p ?o }"
NONE = '{"head": {"vars": ["s"]}, "results": {"bindings": []}}'


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy, no login, and no long pauses."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    for name in ("USER", "PASSWORD", "TOKEN", "UPDATE", "TIMEOUT"):
        monkeypatch.delenv(f"KG_STORE_{name}", raising=False)
    monkeypatch.setattr(endpoint, "_PAUSE_S", 0.001)


def said(address: str) -> str:
    """The one line that who opens it is told, without the address at its beginning."""
    with pytest.raises(KGError) as raised:
        store.open(address)
    line = str(raised.value)
    assert "\n" not in line
    return line.removeprefix(f"{address}: ")


# -- another protocol --------------------------------------------------------


def says(reply: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        connection.sendall(reply)
        connection.shutdown(socket.SHUT_WR)

    return talk


def listens(connection: socket.socket) -> None:
    while connection.recv(1 << 16):
        pass


def greets(connection: socket.socket) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
    listens(connection)


HTML = b"<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>"
OTHERS = {
    "https of an http server": (
        "https",
        says(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
        "does not speak https: wrong version number; try http://127.0.0.1:{port}/sparql",
    ),
    "https of one that waits for more": (
        "https",
        listens,
        "does not speak https: The handshake operation timed out; try http://127.0.0.1:{port}/",
    ),
    "https of ssh": ("https", greets, "does not speak https: wrong version number; try http://"),
    "http of an https server": (
        "http",
        says(b"\x15\x03\x03\x00\x02\x02\x46"),
        (
            "does not answer as a web server does: illegal request line; is the port right? "
            "or try https://127.0.0.1:{port}/sparql"
        ),
    ),
    "http of one that says so": (
        "http",
        says(b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"),
        "refuses to be asked: Client sent an HTTP request to an HTTPS server.; is it a SPARQL",
    ),
    "http of one that says so in HTML": (
        "http",
        says(b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n" + HTML),
        "refuses to be asked: The plain HTTP request was sent to HTTPS port; is it a SPARQL",
    ),
    "http of something else": (
        "http",
        says(b"\x00\x01\x02rubbish\r\n\r\n"),
        "does not answer as a web server does: illegal status line; is the port right? or try",
    ),
    "http of ssh": (
        "http",
        greets,
        "sent nothing for 0.5 seconds; is it up, and the port right? or try https://",
    ),
    "escapes": (
        "http",
        says(b"HTTP/1.1 400 Bad Request\r\n\r\n\x1b[31mred\x07 \xe2\x80\xae"),
        "refuses to be asked: [31mred; is it a SPARQL endpoint?",
    ),
    "not packed as it says": (
        "http",
        says(
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
            b"Content-Type: application/sparql-results+json\r\nContent-Length: 3\r\n\r\n{}\n"
        ),
        "sent what cannot be unpacked: Error -3 while decompressing data: incorrect header",
    ),
}


@pytest.mark.parametrize("case", OTHERS)
def test_what_is_no_web_server_is_told_at_once(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scheme, talk, line = OTHERS[case]
    monkeypatch.setattr(endpoint, "_CONNECT_S", 0.5)
    monkeypatch.setenv("KG_STORE_TIMEOUT", "0.5")
    with talking(talk) as server:
        told = said(f"{scheme}://127.0.0.1:{server.port}/sparql")
        assert told.startswith(line.format(port=server.port))
        assert len(server.connections) == 1, "it was asked again"


def test_who_hangs_up_is_asked_again_and_then_told() -> None:
    with talking(lambda connection: connection.close()) as server:
        told = said(f"http://127.0.0.1:{server.port}/sparql")
        assert told.startswith("broke the connection off: ")
        assert told.endswith(f"is the port right? or try https://127.0.0.1:{server.port}/sparql")
        assert len(server.connections) == 4


def test_a_name_that_nobody_has() -> None:
    told = said("http://nobody.invalid/sparql")
    assert told.startswith("cannot be reached: ")
    assert told.endswith("; is the server up, and the address right?")


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not here")
def test_a_certificate_that_nobody_vouches_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    made += ["-keyout", key, "-out", certificate, "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(made, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    body = b'{"head": {}, "boolean": false}'

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            asked = b""
            while b"query=" not in asked:  # what is not read would break the connection off
                asked += secure.recv(1 << 16)
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n"
            length = f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            secure.sendall(head + length.encode() + body)

    with talking(serve) as server:
        address = f"https://127.0.0.1:{server.port}/sparql"
        assert said(address) == (
            "shows a certificate that is not trusted: self-signed certificate; set SSL_CERT_FILE "
            "to a file with one that vouches for it"
        )
        assert len(server.connections) == 1
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        store.open(address).close()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    with pytest.raises(KGError, match=r"^SSL_CERT_FILE: cannot be read: No such file"):
        store.open(address)


# -- what cannot be asked ----------------------------------------------------


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("http://127.0.0.1:99999/x", "is no address: Port out of range"),
        ("http://127.0.0.1:abc/x", "is no address: Port could not be cast"),
        ("http://[::1/x", "is no address: Invalid IPv6 URL; say http://HOST:PORT/PATH"),
        ("http://a..b/x", "is no address: "),
    ],
)
def test_an_address_that_cannot_be_one(address: str, line: str) -> None:
    assert said(address).startswith(line)


def test_a_login_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KGError) as raised:
        store.open("http://kim:secret@host:abc/x")
    assert str(raised.value).startswith("http://…@host:abc/x: is no address: ")
    monkeypatch.setenv("KG_STORE_TOKEN", "very\nsecret")
    with pytest.raises(KGError) as raised:
        store.open("http://127.0.0.1:9/x")
    assert str(raised.value).startswith("KG_STORE_TOKEN: holds what no token has")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("HTTP_PROXY", "foo://x:1", "HTTP_PROXY, ALL_PROXY: Unknown scheme for proxy URL"),
        ("HTTP_PROXY", "http://127.0.0.1:9", "http://host.invalid/x: cannot be reached: Connec"),
        ("KG_STORE_UPDATE", "/update", "KG_STORE_UPDATE: /update: names no server; say http://"),
    ],
)
def test_what_the_environment_says_wrongly(
    name: str, value: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(KGError) as raised:
        store.open("http://host.invalid/x")
    assert str(raised.value).startswith(line)
    assert value != "http://127.0.0.1:9" or "is the proxy up?" in str(raised.value)


# -- who wants to be left alone ----------------------------------------------


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """How long was waited before each further try; nobody waits."""
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


def later(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("asked", "waited"),
    [
        ("7", [7.0]),
        ("Mon, 01 Jan 2001 00:00:00 GMT", [0.001]),
        ("soon", [0.001]),
        ("-3", [0.001]),
    ],
)
def test_it_waits_as_long_as_it_is_asked_to(
    asked: str, waited: list[float], pauses: list[float]
) -> None:
    busy = answer("busy", "text/plain", 503, Retry_After=asked)
    with faulty(busy, answer(NONE)) as server, store.open(server.address) as opened:
        opened.query(SELECT)
    assert pauses == waited


def test_it_waits_until_the_hour_that_it_is_told(pauses: list[float]) -> None:
    busy = answer("busy", "text/plain", 503, Retry_After=later(9))
    with faulty(busy, answer(NONE)) as server, store.open(server.address) as opened:
        opened.query(SELECT)
    assert 0 < pauses[0] <= 9


@pytest.mark.parametrize("asked", ["11", "86400", "Fri, 01 Jan 2100 00:00:00 GMT"])
def test_who_asks_for_long_is_not_asked_again(asked: str, pauses: list[float]) -> None:
    with faulty(answer("busy", "text/plain", 503, Retry_After=asked)) as server:
        with store.open(server.address) as opened, pytest.raises(KGError) as raised:
            opened.query(SELECT)
        assert len(server.asked) == 1
    assert "fails with 503: busy; try again in " in str(raised.value)
    assert not pauses


@pytest.mark.parametrize("terminal", [False, True])
def test_a_terminal_is_told_why_it_waits(
    terminal: bool,
    pauses: list[float],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    busy = answer("", status=503, Retry_After="5")
    with faulty(busy, answer(NONE)) as server, store.open(server.address) as opened:
        opened.query(SELECT)
    told = f"\r\x1b[K{server.address} is busy (503); asking again in 5 s …\r\x1b[K"
    assert capsys.readouterr().err == (told if terminal else "")
    assert pauses == [5.0]


# -- the graph that is not named ---------------------------------------------


def test_who_forgets_to_name_the_graph_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    foreign = ox.Quad(ox.NamedNode("http://a"), ox.NamedNode("http://b"), ox.Literal("c"))
    with oxigraph() as address:
        with store.open(address) as opened:
            assert len(opened) == 0  # nothing is there: nothing to be told
        assert main(["build", "--data", "tests/toy/data", "--store", f"{address}#data"]) == 0
        capsys.readouterr()
        line = (
            f"{address}: has no claim in its default graph, but a graph <{names.BASE}data>; "
            f"say {address}#data\n"
        )
        assert main(["query", "SELECT * { ?s aie:partOf ?o }", "--store", address]) == 0
        assert capsys.readouterr().err == line
        assert main(["query", "sources", "--store", f"{address}#data"]) == 0
        assert not capsys.readouterr().err
        # What others keep in the default graph is not taken for ours.
        with pytest.warns(KGWarning):
            opened = store.open(address)
        with opened:
            opened.load([foreign])
        build = ["build", "--data", "tests/toy/data", "--store", address]
        assert main(build) == 2
        assert "holds data that kg did not put there; name a graph of" in capsys.readouterr().err
        with pytest.warns(KGWarning):
            opened = store.open(address)
        with opened:
            assert foreign in set(opened.quads())
            opened.update("CLEAR DEFAULT")
        assert main(build) == 0
        capsys.readouterr()
        # Now there are two, and one was named.
        assert main(["query", "sources", "--store", address]) == 0
        assert not capsys.readouterr().err

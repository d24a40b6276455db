"""A server on this machine that does to its callers whatever its address says.

It listens on 127.0.0.1, which ``tests/elsewhere.py`` takes for public, and on the same port
of 127.0.0.2, which nobody shall ever call.
"""

from __future__ import annotations

import gzip
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

__all__ = ["Strangers", "strangers"]

JSON = "application/sparql-results+json"
ROWS = '{"head":{"vars":["o"]},"results":{"bindings":[{"o":{"type":"literal","value":"theirs"}}]}}'
TRIPLE = '{"type":"triple","value":{"subject":{"type":"uri","value":"x:s"},"predicate":'
DEEP = TRIPLE + '{"type":"uri","value":"x:p"},"object":'
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaa">]><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'


@dataclass
class Strangers:
    port: int = 0
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    """Path, headers by name in lower case, and body of what came to the public address."""
    private: list[str] = field(default_factory=list)
    """Paths of what came to the other one."""
    released: threading.Event = field(default_factory=threading.Event)


def sends(body: str | bytes, type: str = JSON, status: int = 200, **headers: str) -> Act:
    def act(handler: Handler) -> None:
        data = body.encode() if isinstance(body, str) else body
        given = {"Content_Type": type, "Content_Length": str(len(data)), **headers}
        handler.head(status, given)
        handler.wfile.write(data)

    return act


def huge(handler: Handler) -> None:
    handler.head(200, {"Content_Type": "text/turtle", "Transfer_Encoding": "chunked"})
    piece = b"#" * (1 << 20)
    while not handler.told.released.is_set():
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))


def slow(handler: Handler) -> None:
    handler.told.released.wait()


def drip(handler: Handler) -> None:
    handler.head(200, {"Content_Type": JSON, "Content_Length": "100000"})
    dripping(handler)


def drip_head(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    dripping(handler)


def dripping(handler: Handler) -> None:
    while not handler.told.released.wait(0.02):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def unframed(handler: Handler) -> None:
    handler.head(200, {"Content_Type": JSON})
    handler.wfile.write(ROWS.encode())


Act = Callable[["Handler"], None]
ACTS: dict[str, Act] = {
    "/sparql": sends(ROWS),
    "/redirect": sends("", status=302, Location="http://127.0.0.2:{port}/sparql"),
    "/huge": huge,
    "/slow": slow,
    "/drip": drip,
    "/drip-head": drip_head,
    "/bomb": sends(gzip.compress(bytes(10 << 20)), Content_Encoding="gzip"),
    "/half": sends(ROWS[:40], Content_Length="4000"),
    "/unframed": unframed,
    "/html": sends("<p>hello</p>", "text/html; charset=utf-8"),
    "/secret": sends("the secret", "text/plain"),
    "/broken": sends(ROWS[:40]),
    "/boolean": sends('{"head":{},"boolean":true}'),
    "/deep": sends('{"head":{"vars":["o"]},"results":{"bindings":[{"o":' + DEEP * 100_000 + "}]}}"),
    "/no-http": lambda handler: handler.wfile.write(b"SSH-2.0-hello\r\n"),
    "/doc.ttl": sends("<> <x:p> <other>, _:b . _:b <x:q> 1 .", "text/turtle"),
    "/doc.nt": sends("<x:s> <x:p> _:b .\n", "text/plain"),
    "/plain": sends("<x:s> <x:p> 'plain' .\n".replace("'", '"'), "text/plain; charset=utf-8"),
    "/doc.jsonld": sends('{"@id": "x:s", "x:p": "json"}', "application/json"),
    "/doc.rdf": sends(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="x:">'
        '<rdf:Description rdf:about="x:s"><x:p>xml</x:p></rdf:Description></rdf:RDF>',
        "application/rdf+xml",
    ),
    "/graphs.trig": sends("<x:g> { <x:s> <x:p> 1 }", "application/trig"),
    "/wrong.ttl": sends("<x:s> <x:p>", "text/turtle"),
    "/entities.rdf": sends(ENTITIES, "application/rdf+xml"),
    "/deep.jsonld": sends(json.dumps("[")[1:-1] * 100_000, "application/ld+json"),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    told: Strangers

    def head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value.format(port=self.told.port))
        self.send_header("Set-Cookie", "theirs=1")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.close_connection = True
        if self.server.server_address[0] != "127.0.0.1":
            self.told.private.append(self.path)
        else:
            self.told.asked.append((self.path, headers, body))
        with suppress(OSError):  # who called has hung up
            ACTS.get(self.path, sends("no", status=404))(self)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def strangers(certificate: Path | None = None) -> Iterator[Strangers]:
    """Run it; over TLS with a file of key and certificate."""
    told = Strangers()
    handler = type("Told", (Handler,), {"told": told})
    with ExitStack() as opened:
        opened.callback(told.released.set)
        for address in ("127.0.0.1", "127.0.0.2"):
            try:
                server = opened.enter_context(ThreadingHTTPServer((address, told.port), handler))
            except OSError:
                pytest.skip(f"nothing can listen on {address}:{told.port}")
            server.daemon_threads = True
            told.port = server.server_port
            if certificate:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(certificate)
                server.socket = context.wrap_socket(server.socket, server_side=True)
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            opened.callback(thread.join)
            opened.callback(server.shutdown)
        yield told

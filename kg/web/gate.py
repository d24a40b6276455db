"""The gate through which a query's ``SERVICE`` goes out.

pyoxigraph calls services by itself, without a time limit or a look at the address.  So it
is given the gate's address instead: a small HTTP server in the worker's own process, on
127.0.0.1, where each call has a path that nobody can guess.  It makes the real call (see
:mod:`kg.web.outgoing`), and passes on what is a whole SPARQL answer.  It lives and dies
with the worker, within whose limits of time and memory all this is done.
"""

from __future__ import annotations

import functools
import secrets
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Self, cast

import pyoxigraph as ox

from kg.calls import Call
from kg.errors import KGError
from kg.web.allowed import Allowed, Target
from kg.web.negotiation import ROWS, parsed_type
from kg.web.outgoing import Document, fetch
from kg.web.refused import Refused

__all__ = ["Gate"]

_LONGEST = 32 << 20
"""Bytes of the answers to one query's calls."""
_MOST = 64
"""Calls that differ, of one query."""
_STACK = 1 << 20
_FORMS = {
    form.media: cast("ox.QueryResultsFormat", form.engine)
    for form in ROWS
    if form.name in ("json", "xml")
}
_ACCEPT = ", ".join(_FORMS)


class Gate:
    """What one query or update may call.

    If a call fails that is not ``SILENT``, leaving the gate raises
    :class:`~kg.web.refused.Refused` with 502: instead of the engine's error, which tells of
    the gate, and unless it is for an `update` also if there is none.  Inside ``EXISTS`` and
    ``MINUS`` the engine takes no notice, which :mod:`kg.calls` therefore refuses in updates.
    """

    def __init__(self, hosts: tuple[str, ...], seconds: float, *, update: bool = False) -> None:
        self._update = update
        self.allowed = Allowed(hosts)
        self._seconds = seconds
        self._calls: dict[str, tuple[Call, Target]] = {}
        self._answers: dict[tuple[str, str], Document | None] = {}
        self._one_by_one = threading.Lock()
        self._failed: KGError | None = None

    def instead(self, call: Call) -> str:
        """Return the IRI that the engine shall call, or raise :class:`~kg.errors.KGError`."""
        target = self.allowed.target(call)
        server = _server()
        key = secrets.token_urlsafe(24)
        self._calls[key] = call, target
        server.gates[key] = self
        return f"<http://127.0.0.1:{server.server_address[1]}/{key}>"

    def answer(self, key: str, query: str) -> Document | None:
        """Return the answer of the service behind `key`, None if there is none.

        What was asked is not asked again; the engine asks anew for each row of an ``EXISTS``.
        """
        with self._one_by_one:
            if (key, query) not in self._answers:
                self._answers[key, query] = self._asked(*self._calls[key], query)
            return self._answers[key, query]

    def _asked(self, call: Call, target: Target, query: str) -> Document | None:
        try:
            return self._fetched(call, target, query)
        except KGError as error:
            failed = error
        except MemoryError:
            what = f"the answer of {target.origin} takes more memory than one query may"
            failed = KGError(call.place, what, "ask it for less")
        if not call.silent:
            self._failed = self._failed or failed
        return None

    def _fetched(self, call: Call, target: Target, query: str) -> Document:
        if len(self._answers) >= _MOST:
            raise KGError(call.place, f"calls more than {_MOST} times", "ask in several")
        room = _LONGEST - sum(len(each.content) for each in self._answers.values() if each)
        form = {"query": query}
        found = fetch(call, target, _ACCEPT, seconds=self._seconds, limit=room, form=form)
        _refuse(call, target, found)
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for key in self._calls:
            _server().gates.pop(key, None)
        told = isinstance(error, Refused | OSError) or (error is None and not self._update)
        if self._failed and told:
            raise Refused(502, str(self._failed)) from self._failed


def _refuse(call: Call, target: Target, found: Document) -> None:
    """Refuse what is no whole SPARQL answer of rows."""
    media, _ = parsed_type(found.type)
    form = _FORMS.get(media)
    if form is None:
        what = f"{target.origin} sends {media[:80] or 'something'}, and no SPARQL results"
        raise KGError(call.place, what, "is this the address of a SPARQL endpoint?")
    try:
        parsed = ox.parse_query_results(found.content, format=form)
        if isinstance(parsed, ox.QueryBoolean):
            raise SyntaxError("it is no rows")
        for _ in parsed:
            pass
    except (SyntaxError, OSError, ValueError) as error:
        what = f"{target.origin} sends no whole SPARQL results"
        raise KGError(call.place, what, "ask again, or for less") from error


# -- what the engine talks to --------------------------------------------------------


class _Server(socketserver.ThreadingTCPServer):
    """The server of a worker's process; it ends with it."""

    daemon_threads = True
    request_queue_size = 64
    gates: dict[str, Gate]


@functools.cache
def _server() -> _Server:
    threading.stack_size(_STACK)  # the usual size counts against the worker's memory
    server = _Server(("127.0.0.1", 0), _Handler)
    server.gates = {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        key = self.path.removeprefix("/")
        gate = self.server.gates.get(key)
        if gate is None:
            self.send_error(404)
            return
        query = self.rfile.read(int(self.headers["Content-Length"])).decode()
        found = gate.answer(key, query)
        if found is None:
            self.send_error(502)
            return
        self.send_response(200)
        self.send_header("Content-Type", parsed_type(found.type)[0])
        self.send_header("Content-Length", str(len(found.content)))
        self.end_headers()
        self.wfile.write(found.content)

    def log_message(self, format: str, *args: object) -> None:
        pass

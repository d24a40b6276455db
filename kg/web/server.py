"""The server as a program: it listens, says where, and goes down cleanly."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, NoReturn, cast

import click
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from kg.errors import KGError
from kg.web.app import app
from kg.web.refused import Refused
from kg.web.settings import Settings
from kg.web.site import Site

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["listening", "run", "serve"]

_CONNECTIONS = 512
_HEAD_BYTES = 64 * 1024
"""The longest address and header fields of a request together."""
_HEAD_S = 10.0
"""Seconds in which they have to come."""
_PIPELINED = 16
"""Requests that may wait on one connection."""
_STUCK_S = 60.0
"""Seconds in which a client has to take the next piece of its answer."""
_SLOWEST = 32 * 1024
"""Bytes a second that a client has to take of all of it, beyond these seconds."""


def serve(settings: Settings) -> None:
    """Serve until the process is told to end (SIGINT, SIGTERM).

    Prints the address on standard output once requests are answered.  Raises
    :class:`~kg.errors.KGError` if the graph cannot be opened or the port not be had.
    """

    def ready(address: str) -> None:
        click.echo(f"serving at {address}")

    if settings.processes == 1:
        run(settings, ready)
    else:
        from kg.web import several  # not at the top: it starts what is here

        several.serve(settings, ready)


def run(settings: Settings, ready: Callable[[str], None], line: Connection | None = None) -> None:
    """Serve in this process; `ready` gets the address.

    With a `line` to a process that has others listen at the same port, it ends with that.
    """
    made = listening(settings, shared=line is not None)
    if line is None:  # who comes while the data are read waits; else another server has him
        made.listen(_CONNECTIONS)
    # Until uvicorn sees to it: who ends us while the data are read has it cleared away, too.
    signal.signal(signal.SIGTERM, _left)
    try:
        site = Site(settings)
    except BaseException:
        made.close()
        raise
    _Impatient.most = (settings.body_mib << 20) + _HEAD_BYTES
    host, port = made.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host

    def answers() -> None:
        made.listen(_CONNECTIONS)
        ready(f"http://{shown}:{port}/")
        if line is not None:
            asyncio.get_running_loop().add_reader(line, os.kill, os.getpid(), signal.SIGTERM)

    config = uvicorn.Config(
        app(site, answers),
        http=_Impatient,
        loop="asyncio",  # the same everywhere; uvloop, where it is there, gains nothing here
        access_log=False,
        log_level="error",
        server_header=False,
        timeout_graceful_shutdown=5,
        limit_concurrency=_CONNECTIONS,
        ws="none",
        proxy_headers=False,
    )
    server = _Server(config)
    server.site = site
    # Before uvicorn sees to signals, and when it raises them again at the end, which would
    # end us as if by an error.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, server.end)
    server.run(sockets=[made])
    if site.threads.busy:  # which cannot be ended but with the process, and all else has been
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _left(*_: object) -> NoReturn:
    """Clear away what was made; told twice, it is not broken off half-way."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(128 + signal.SIGTERM)


def listening(settings: Settings, *, shared: bool) -> socket.socket:
    """Return a socket at the address to serve at; if `shared`, others of ours may have it, too.

    Raises :class:`~kg.errors.KGError` if it cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # With its protocol named, asyncio sends small answers without delay (TCP_NODELAY).
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        made.bind((settings.host, settings.port))
    except OSError as error:
        made.close()
        where = f"{settings.host}:{settings.port}"
        taken = error.errno in (errno.EADDRINUSE, errno.EACCES)
        remedy = "try -p 0" if taken else "name an address of this machine"
        raise KGError(where, f"cannot be listened on: {error.strerror}", remedy) from error
    return made


class _Server(uvicorn.Server):
    """A server that ends what runs when it is told to end itself, instead of waiting for it."""

    site: Site

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Make the workers before all else: what is wrong with them is one line, and no trace."""
        told = self.site.settings
        try:
            await self.site.workers.start()
        except Refused as error:
            await self.site.workers.close()
            self.site.close()
            if not self.should_exit:
                what = "cannot be asked by the processes that answer"
                raise KGError(told.store or told.folder, what, "see above") from error
            return
        await super().startup(sockets)

    def end(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 a signal's handler
        """End as soon as there is nothing to prepare any more."""
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        asyncio.get_running_loop().call_soon_threadsafe(self.site.workers.stop)


class _Impatient(HttpToolsProtocol):
    """A connection that is not kept for who sends or takes next to nothing, or too much."""

    _since = 0.0
    """When the request began to be waited for, or the answer to be."""
    _stuck = False
    _stuck_s, _taken, _left = 0.0, 0, 0
    """How long the answer was waited for to be taken, the bytes that were, and those that wait."""
    _heading = True
    _size = 0
    """Bytes of the request that came so far."""
    most = 0
    """Bytes that a request may have; set for all connections before the first."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._joined = _Joined(transport)
        self.transport = cast("asyncio.Transport", self._joined)
        self._since = self.loop.time()
        self.loop.call_later(_HEAD_S / 2, self._look)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._size += len(data)
        if self._size > (_HEAD_BYTES if self._heading else self.most):
            self.transport.abort()

    def on_message_begin(self) -> None:
        self._heading, self._size = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._heading = False
        super().on_headers_complete()
        if len(self.pipeline) > _PIPELINED:
            self.transport.abort()

    def on_response_complete(self) -> None:
        self._joined.flush()  # of HEAD there is no body
        self._stuck_s, self._taken = 0.0, 0
        self._since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck, self._since = True, self.loop.time()
        self._left = self.transport.get_write_buffer_size()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stuck = False
        self._stuck_s += self.loop.time() - self._since
        self._taken += self._left - self.transport.get_write_buffer_size()

    def _look(self) -> None:
        if self.transport.is_closing() and not self._stuck:
            return
        cycle: RequestResponseCycle | None = self.cycle
        # Answered, or not begun: what comes is a next request, or the rest of a body that
        # nobody reads any more.
        idle = cycle is None or cycle.response_complete
        waited = self.loop.time() - self._since
        if self._stuck:
            slow = self._stuck_s + waited > _STUCK_S + self._taken / _SLOWEST
            over = slow or waited > _STUCK_S
        else:
            over = idle and waited > _HEAD_S
        if over:
            self.transport.abort()
            return
        self.loop.call_later(_HEAD_S / 2, self._look)


_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
"""What uvicorn says before an answer, to who waits for it with the body."""


class _Joined:
    """A connection on which the head of an answer goes out with the start of its body.

    uvicorn writes them one by one; at thousands of small answers a second, every call of
    the system counts.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def write(self, data: bytes) -> None:
        """Send `data` with what was kept; the head of an answer is kept for it."""
        if data.startswith(b"HTTP/1.1 ") and not self._head and data != _CONTINUE:
            self._head = data
            return
        data, self._head = self._head + data, b""
        self._transport.write(data)

    def flush(self) -> None:
        """Send what is kept."""
        if self._head:
            self.write(b"")

    def close(self) -> None:
        """Close the connection when all is sent."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)

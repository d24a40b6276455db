"""Several servers at one port: a process uses one processor, and a machine has more.

Each is a whole server, with data, workers and memory of its own; the system deals the
connections out among them (``SO_REUSEPORT``).  What starts them answers nothing: it keeps
the port, replaces who dies, and ends them all.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, NoReturn

from kg.errors import KGError, warned_in_lines
from kg.web.server import listening, run
from kg.web.settings import Settings
from kg.web.starting import start

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

__all__ = ["serve"]

_PATIENCE_S = 20.0
"""How long a server may take to end."""
_PAUSE_S = 2.0
"""Between two tries to start one."""
_spawn = multiprocessing.get_context("spawn")


@dataclass(slots=True)
class _Server:
    process: SpawnProcess
    line: Connection
    """It ends when we do; what it says is its address, or why it has none."""


def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve with ``settings.processes`` servers until told to end; see :func:`kg.web.server.serve`.

    `ready` gets the address once all answer.
    """
    listening(settings, shared=False).close()  # refused if somebody else serves there
    with contextlib.suppress(_Told), _signals(), listening(settings, shared=True) as held:
        each = replace(
            settings,
            port=held.getsockname()[1],
            processes=1,
            workers=max(1, settings.workers // settings.processes),
            spool_mib=max(1, settings.spool_mib // settings.processes),
        )
        with _ended() as servers:
            for _ in range(settings.processes):
                servers.append(_started(each))
            ready(_address(servers))
            while True:
                wait([server.process.sentinel for server in servers])
                for number, server in enumerate(servers):
                    if not server.process.is_alive():
                        sys.stderr.write("a server has ended by itself; another takes its place\n")
                        _replace(servers, number, each)


def _replace(servers: list[_Server], number: int, settings: Settings) -> None:
    """Put another in the place of one that has ended: the rest go on, however long that takes."""
    while True:
        servers[number] = _started(settings)
        try:
            _address([servers[number]])
        except KGError as error:
            sys.stderr.write(f"it does not start, and will be tried again: {error}\n")
            servers[number].process.join()
            time.sleep(_PAUSE_S)
        else:
            return


class _Told(Exception):
    """The process is told to end."""


@contextmanager
def _signals() -> Iterator[None]:
    """Take SIGINT and SIGTERM for :class:`_Told`."""

    def told(*_: object) -> NoReturn:
        raise _Told

    before = {each: signal.signal(each, told) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def _ended() -> Iterator[list[_Server]]:
    """Give a list of servers, which are ended in the end."""
    servers: list[_Server] = []
    try:
        yield servers
    finally:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        for server in servers:
            server.process.terminate()
        for server in servers:
            server.process.join(_PATIENCE_S)
            server.process.kill()


def _started(settings: Settings) -> _Server:
    ours, theirs = _spawn.Pipe()
    process = _spawn.Process(target=_serve, args=(settings, theirs))
    start(process)
    theirs.close()
    return _Server(process, ours)


def _address(servers: list[_Server]) -> str:
    """The address of servers, once all of them answer."""
    told = ""
    for server in servers:
        try:
            told = server.line.recv()
        except EOFError:
            raise KGError(
                "kg serve", "a server has ended before it answered", "see above"
            ) from None
        if isinstance(told, KGError):
            raise told
    return told


def _serve(settings: Settings, line: Connection) -> None:
    """Be one of the servers."""
    try:
        with warned_in_lines():
            run(settings, line.send, line)
    except KGError as error:
        line.send(error)

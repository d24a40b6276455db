"""The processes that answer: a nursery, which holds the data, and the workers it forks.

The nursery is a fresh process (``spawn``) that reads data in memory once and stays
without threads, so that it may fork: a worker is there in some milliseconds and shares
the data's memory with all others.  A store directory is opened by each worker for itself:
the very one that the server reads, though others may have put another in its place.
"""

from __future__ import annotations

import contextlib
import gc
import json
import multiprocessing
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from kg.directory import InUse, Missing
from kg.errors import KGError
from kg.failures import failed
from kg.web import answering, writing
from kg.web.consumption import data_bytes
from kg.web.refused import Refused
from kg.web.tasks import HEAD, Dump, Query, Task, unpacked

if TYPE_CHECKING:
    from kg.store import Store

__all__ = ["BYE", "Care", "nursery"]

_STACK = 64 << 20
"""Bytes; the engine goes into the depth of a query by calling itself."""
_PATIENCE_S = 5.0
_MOMENT_S = 1.0
_COMMAND = 9
"""Bytes of a command to the nursery: a letter, and a process or nothing.

``w`` makes a worker at the other end of the socket that comes along, ``W`` one that
writes; ``r`` takes notice that a process has ended, ``n`` that the data are new, with the
open directory that they are in, if there is one.
"""
_WHY = {Missing: "the store is gone", InUse: "somebody else is writing to the store"}
"""What clients may know of why there is no worker."""
BYE = b"."
"""What the server says before it hangs up, if it is not killed."""


@dataclass(frozen=True, slots=True)
class Care:
    """What a nursery has to know."""

    source: str
    """What is read."""
    written: str
    """The store that is written to."""
    inferred: bool
    memory_mib: int
    scratch: str
    """The server's folder of what it needs for a while."""


def nursery(control: socket.socket, care: Care) -> None:
    """Make workers until the server hangs up; then end them all.

    Of a server that is killed it clears away the folder, too.
    """
    for each in (signal.SIGINT, signal.SIGTERM):  # the server decides
        signal.signal(each, signal.SIG_IGN)
    children: set[int] = set()
    last = b""
    try:
        last = _tended(control, care, children)
    finally:
        _end(children)
        if last != BYE and _is_orphan():
            shutil.rmtree(care.scratch, ignore_errors=True)


def _tended(control: socket.socket, care: Care, children: set[int]) -> bytes:
    """Do as the server says, and return what is no command: its last word, if it said one."""
    held, folder = _held(care), None
    if not os.environ.get("KG_DEBUG"):  # the engine tells at length where it ran out of memory
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    gc.freeze()  # what is never looked at again is never copied
    control.sendall(b"!")
    while True:
        told, given, _, _ = socket.recv_fds(control, _COMMAND, 1)
        if len(told) < _COMMAND:
            return told
        if told[:1] == b"n":
            held = None  # else there would be room for both, for a while
            held = _held(care)
            if folder is not None:
                os.close(folder)
            folder = given[0] if given else None
            continue
        process = int.from_bytes(told[1:])
        if told[:1] == b"r":
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)
            children.discard(process)
            continue
        if process := os.fork():
            children.add(process)
            os.close(given[0])
            continue
        control.close()
        if told[:1] == b"W":
            opened = partial(_for_writing, care.written)
        else:
            opened = partial(_for_reading, held, care, folder)
        _work(socket.socket(fileno=given[0]), opened, care.memory_mib)


def _is_orphan() -> bool:
    """Whether the server has ended: it hangs up a moment before."""
    server = multiprocessing.parent_process()
    assert server is not None  # noqa: S101 it has started this process
    server.join(_MOMENT_S)
    return not server.is_alive()


def _end(processes: Collection[int]) -> None:
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _held(care: Care) -> Store | None:
    """The data of a dump, in memory; a store is for each worker to open."""
    if not care.source.endswith(".nq"):
        return None
    from kg import store

    held = store.open(inferred=care.inferred)
    held.load(care.source)
    return held


def _work(ours: socket.socket, opened: Callable[[], Store], memory_mib: int) -> NoReturn:
    """Be a worker: do what is asked until the server hangs up."""
    try:
        held = opened()
        usual = data_bytes()
        _limit(memory_mib)
        _send(ours, {"process": os.getpid()})
        while head := _received(ours, HEAD.size):
            told, body = _reply(held, unpacked(_received(ours, HEAD.unpack(head)[0])))
            # What a large answer took is not always given back: another worker has more room.
            if told.get("spooled") and data_bytes() - usual > memory_mib << 19:
                told["tired"] = True
            _send(ours, told, body)
    except BaseException as error:  # noqa: BLE001 a worker never goes back to its nursery
        with contextlib.suppress(OSError):
            failed = str(error) or type(error).__name__
            why = next((why for kind, why in _WHY.items() if isinstance(error, kind)), "")
            _send(ours, {"process": os.getpid(), "failed": failed, "why": why})
    finally:
        os._exit(0)


def _for_reading(held: Store | None, care: Care, folder: int | None) -> Store:
    from kg import store

    if held is not None:
        return held
    if folder is None:
        return store.open(care.source, read_only=True, inferred=care.inferred)
    # What the server reads, though others may have put another in its place.
    path = Path(care.source)
    return store.OxigraphStore(path, read_only=True, inferred=care.inferred, held=folder)


def _for_writing(written: str) -> Store:
    """The store, which has to be there; it waits a little for one who is just ending."""
    from kg import store

    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return store.open(written, make=False)
        except InUse:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)


def _received(ours: socket.socket, size: int) -> bytes:
    """Return so many bytes, or none if the other side has hung up."""
    found = bytearray()
    while len(found) < size:
        piece = ours.recv(size - len(found))
        if not piece:
            return b""
        found += piece
    return bytes(found)


def _send(ours: socket.socket, told: dict[str, object], body: bytes = b"") -> None:
    told["cpu_s"] = time.process_time()
    text = json.dumps(told).encode()
    ours.sendall(HEAD.pack(len(text), len(body)) + text + body)


def _reply(held: Store, task: Task) -> tuple[dict[str, object], bytes]:
    body = b""
    try:
        if isinstance(task, Query | Dump):
            if isinstance(task, Query):
                answer = answering.query(held, task)
            else:
                answer = answering.dump(held, task)
            told: dict[str, object] = {"form": answer.form, "truncated": answer.truncated}
            if answer.sink is not None:
                body = answer.sink.finish()
                told["size"], told["spooled"] = answer.sink.size, answer.sink.file is not None
        else:
            told = {"done": True, **writing.write(held, task)}
    except Refused as error:
        told = _refusal(error)
    except MemoryError:
        what = "needs more memory than one query may take; ask for less"
        told = {**_refusal(Refused(503, what, retry_after_s=60)), "tired": True}
    except KGError as error:
        told = _refusal(answering.refusal(error))
    except (OSError, RuntimeError, ValueError) as error:
        told = {"failed": str(failed("store", error)), "tired": True}
    return told, body


def _refusal(refused: Refused) -> dict[str, object]:
    return {"status": refused.status, "reason": refused.reason, "headers": refused.headers}


def _limit(memory_mib: int) -> None:
    """Let this process take so much more memory than it has now, and as deep a stack as it may.

    Only Linux counts what is asked of the system against this limit; a worker that goes
    beyond it is told so or dies of it, and the server goes on.
    """
    import resource  # not at the top: there is none on Windows

    if now := data_bytes():
        resource.setrlimit(resource.RLIMIT_DATA, (now + (memory_mib << 20),) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if soft != resource.RLIM_INFINITY and hard == resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_STACK, (max(soft, _STACK), hard))

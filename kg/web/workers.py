"""The pool of workers: each question has a time and memory of its own, and no other pays for it.

A question that takes longer than a moment leaves its place to the next one and goes on
at low priority, among a bounded number of such; what exceeds its limits is ended with
its process.  So whoever asks for little is answered, whatever others ask for.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from multiprocessing.util import Finalize
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from kg.errors import KGError
from kg.web.channel import Channel, Told
from kg.web.consumption import cpu_s
from kg.web.refused import Refused
from kg.web.spool import Spooled
from kg.web.starting import start
from kg.web.tasks import Dump, Query, Update, Write, allow_calls, packed
from kg.web.turns import Place, Places, Turns
from kg.web.worker import BYE, Care, nursery

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    from kg.web.site import Site

__all__ = ["Answer", "Workers"]

MOMENT_S = 0.25
"""What takes longer counts as slow, unless the machine was at something else meanwhile."""
SLOW = 3
"""Slow ones that may run, for each place of the others."""
_QUEUE_S = 30.0
_PIECE = 256 * 1024
_NICE = 10
_GRACE_S = 1.0
_TRIES = 2
"""To make a worker, when one dies without a word, or what makes it."""

Gone = Callable[[], Awaitable[bool]]
_Begun = tuple[Channel, dict[str, Any]]


@dataclass
class Answer:
    """What a worker found: in memory if it is short, else in a file that is open already."""

    form: str
    truncated: bool
    size: int
    body: bytes
    file: Any = None

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the bytes; can be read once."""
        if self.file is None:
            yield self.body
            return
        with self.file as file:
            while piece := file.read(_PIECE):  # just written: it comes from memory
                yield piece


class Workers:
    """Answers tasks in processes of their own; :meth:`run` is all that others need."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._settings = site.settings
        self._places = Places(self._settings.workers, self._settings.waiting, _QUEUE_S)
        self._stopping = False
        self._slow: list[str] = []
        """The clients whose questions are slow."""
        self._idle: list[Channel] = []
        self._busy: set[Channel] = set()
        self._generation = 0
        self._spool = Path(site.scratch.name) / "answers"
        self._spool.mkdir()
        self._spooled = 0
        self._control: socket.socket | None = None
        self._nursery: SpawnProcess | None = None
        self._last_resort: Finalize | None = None
        self._starting = asyncio.Lock()
        self.writers = Turns(self._settings.writers, _QUEUE_S)

    def prepare(self) -> None:
        """Have the data read by the process that makes workers."""
        told = self._settings
        ours, theirs = socket.socketpair()
        source, scratch = self._site.served.source, self._site.scratch.name
        care = Care(source, str(told.store or ""), told.inferred, told.memory_mib, scratch)
        spawn = multiprocessing.get_context("spawn")
        self._forget()
        self._nursery = spawn.Process(target=nursery, args=(theirs, care), daemon=True)
        start(self._nursery)
        # If we end before all is set up: it heeds no SIGTERM, and would be waited for.
        self._last_resort = Finalize(None, self._nursery.kill, exitpriority=0)
        theirs.close()
        try:
            if ours.recv(1) != b"!":
                raise KGError(source, "the process that reads it has ended", "see above")
        except BaseException:  # we may be told to end: it would first read all data
            ours.close()
            self._nursery.kill()
            raise
        self._control = ours
        if self._site.served.folder is not None:
            self._tell_of_data()

    def _forget(self) -> None:
        """Let go of a nursery that has ended, and of what is open for it."""
        if self._nursery is not None and self._last_resort is not None:
            self._last_resort.cancel()
            self._nursery.kill()
            self._nursery.join()
            self._nursery.close()
            self._nursery = None

    async def start(self) -> None:
        """Make as many workers as may run at once."""
        for _ in range(self._settings.workers):
            self._idle.append(await self._made())

    async def run(self, task: Query | Dump, gone: Gone | None = None) -> Answer:
        """Return the answer to `task`.

        `gone` tells whether the client has left; it is asked now and then, and a
        question that nobody waits for is ended.  Raises
        :class:`~kg.web.refused.Refused`, with 503 for what takes too long or too much,
        or comes when too many are waiting.
        """
        task.limit = task.limit or self._settings.answer_mib << 20
        if isinstance(task, Query):
            task.rows = task.rows or self._settings.rows
            allow_calls(task, self._settings)
        if self._stopping:
            raise Refused(503, "the server is going down", retry_after_s=10)
        place = await self._places.take(task.client)
        try:
            while True:
                channel = self._idle.pop() if self._idle else await self._made()
                if not channel.open or channel.generation != self._generation:
                    self._end(channel)
                elif (answer := await self._answer(channel, task, place, gone)) is not None:
                    return answer
        finally:
            place.leave()

    async def write(self, task: Update | Write) -> dict[str, Any]:
        """Make a change, in turn; whoever asks from then on sees it.

        Raises :class:`~kg.web.refused.Refused`, and nothing is changed.
        """
        async with self.writers.turn():
            if isinstance(task, Update):
                allow_calls(task, self._settings)
            told = await self._written(task)
            try:
                await self._read_anew()
            except (KGError, OSError, RuntimeError) as error:  # who watches the store tries again
                _note("what was written is not served yet", {"failed": error})
            return told

    async def look(self) -> None:
        """See what others have put in the place of the store, if they have."""
        async with self.writers.turn():
            if await asyncio.to_thread(self._site.exchanged):
                await self._read_anew()

    async def _read_anew(self) -> None:
        fresh = await asyncio.to_thread(self._site.read_anew)
        # Nothing is awaited between the two: no tag of the new data meets an answer of the old.
        self._site.served = fresh  # the old store goes with its last page
        self.renew()

    async def _written(self, task: Update | Write) -> dict[str, Any]:
        channel = await self._made(b"W")
        try:
            channel.send(packed(task))
            told, _ = await channel.heard(self._settings.timeout_s) or ({}, b"")
        finally:
            self._end(channel)
        if "status" in told:
            _refuse(told)
        if told and "done" not in told:
            _note("a write failed", told)
            what = "the write failed, and was made or not; the server's log says where"
            raise Refused(500, what)
        if not told:
            what = f"takes more than {self._settings.timeout_s:g} seconds, or too much memory"
            raise Refused(503, f"{what}, and was ended", retry_after_s=60)
        return told

    async def _answer(
        self, channel: Channel, task: Query | Dump, place: Place, gone: Gone | None
    ) -> Answer | None:
        """The answer, None if the worker has not come to it."""
        self._busy.add(channel)
        slow = tired = False
        self._spooled += 1
        task.spool = f"{self._spool}/{self._spooled}-{task.client}"
        task.room = self._settings.spool_mib << 20
        file, clean, whole = None, False, False
        try:
            channel.send(packed(task))
            end = asyncio.get_running_loop().time() + self._settings.timeout_s
            waits = self._settings.remote or bool(isinstance(task, Query) and task.services)
            found = await self._soon(channel, end, gone, waits)
            if found is None:
                self._slow_down(channel, place, task.client)
                slow = True
                found = await self._patiently(channel, end, gone)
            told, body = found
            channel.cpu_s = told.get("cpu_s", 0.0)
            tired = bool(told.get("tired"))
            clean = bool(told)
            if told.get("spooled"):
                file = Spooled(Path(task.spool), told["size"])
            whole = "form" in told
        finally:
            self._busy.discard(channel)
            if slow:
                self._slow.remove(task.client)
            fit = clean and channel.open and not slow and not tired
            if fit and channel.generation == self._generation:
                self._idle.append(channel)
            else:
                self._end(channel)
            if not whole:
                Path(task.spool).unlink(missing_ok=True)
        return None if channel.unread and not told else _answer_of(told, body, file)

    def _slow_down(self, channel: Channel, place: Place, client: str) -> None:
        most = SLOW * self._settings.workers
        # The last one is for somebody else.
        if len(self._slow) >= most or (client and self._slow.count(client) >= most - 1):
            reason = "takes longer than most, and too many such run already; try again"
            raise Refused(503, reason, retry_after_s=round(self._settings.timeout_s) + 1)
        self._slow.append(client)
        place.leave()
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, channel.process, _NICE)

    async def _soon(
        self, channel: Channel, end: float, gone: Gone | None, waits: bool
    ) -> Told | None:
        """What is found in a moment of work; who `waits` for another machine has no longer."""
        loop = asyncio.get_running_loop()
        while (left := end - loop.time()) > 0:
            if (found := await channel.heard(min(left, MOMENT_S))) is not None:
                return found
            taken = cpu_s(channel.process) - channel.cpu_s
            if waits or taken > 0.8 * MOMENT_S:
                return None
            if gone is not None and await gone():
                break
        return None

    async def _patiently(self, channel: Channel, end: float, gone: Gone | None) -> Told:
        loop = asyncio.get_running_loop()
        while (left := end - loop.time()) > 0:
            if (found := await channel.heard(min(left, 1.0))) is not None:
                return found
            if gone is not None and await gone():
                raise Refused(499, "the client has left")
        what = f"has no answer after {self._settings.timeout_s:g} seconds"
        raise Refused(503, f"{what}; ask for less", retry_after_s=60)

    # -- processes -----------------------------------------------------------

    async def _made(self, kind: bytes = b"w") -> Channel:
        """A new worker, ready for its first task."""
        told: dict[str, Any] = {}
        for _ in range(_TRIES):
            channel, told = await self._begun(kind)
            if channel.process and "failed" not in told:
                return channel
            self._end(channel)
            if told or self._stopping:
                break
        raise self._cannot_be_made(told)

    async def _begun(self, kind: bytes) -> _Begun:
        """A worker and its first word, which is missing if it has died, or who makes it."""
        loop, generation = asyncio.get_running_loop(), self._generation
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                await self._tell(kind, theirs)
            except (KGError, OSError) as error:
                ours.close()
                raise self._cannot_be_made({"failed": error}) from error
        _, channel = await loop.create_connection(Channel, sock=ours)
        self._busy.add(channel)  # so that it is not waited for when we are told to end
        answer = await channel.heard(60)
        self._busy.discard(channel)
        told: dict[str, Any] = answer[0] if answer else {"failed": "it does not start"}
        channel.process, channel.generation = told.get("process", 0), generation
        return channel, told

    def _cannot_be_made(self, told: dict[str, Any]) -> Refused:
        if not self._stopping:
            _note("no worker can be made", told)
        what = told.get("why") or "no worker can be made"
        return Refused(503, f"{what}; try again", retry_after_s=5)

    async def _tell(self, kind: bytes, given: socket.socket) -> None:
        async with self._starting:
            for again in (False, True):
                try:
                    if self._control is None:
                        await self._prepare_anew()
                    assert self._control is not None  # noqa: S101 it was just made
                    socket.send_fds(self._control, [kind + bytes(8)], [given.fileno()])
                except OSError:  # the nursery has been ended: by whoever, there is a new one
                    self._control = None
                    if again:
                        raise
                else:
                    return

    async def _prepare_anew(self) -> None:
        generation = self._generation
        await asyncio.to_thread(self.prepare)
        if generation != self._generation:  # and what it read may be older
            self._tell_of_data()

    def _end(self, channel: Channel) -> None:
        """End a worker, whatever it is doing."""
        channel.lose()
        channel.transport.abort()
        process, channel.process = channel.process, 0
        if not process:  # it has been ended, and its number may be another's by now
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
        if self._control is not None:
            # The process's number is not given to another before its nursery has heard this.
            with contextlib.suppress(OSError):
                self._control.sendall(b"r" + process.to_bytes(8))

    def renew(self) -> None:
        """Have later questions answered by workers that see what was written."""
        self._generation += 1
        if self._control is not None:
            self._tell_of_data()
        for channel in self._idle:
            self._end(channel)
        self._idle.clear()

    def _tell_of_data(self) -> None:
        assert self._control is not None  # noqa: S101 the callers see to it
        served = self._site.served  # which holds the folder open
        given = [] if served.folder is None else [served.folder]
        with contextlib.suppress(OSError):  # it has ended, and the next reads them anyway
            socket.send_fds(self._control, [b"n" + bytes(8)], given)

    def stop(self) -> None:
        """Answer nothing from now on, and end soon what still runs."""
        self._stopping = True
        asyncio.get_running_loop().call_later(_GRACE_S, self._end_all)

    def _end_all(self) -> None:
        for channel in [*self._idle, *self._busy]:
            self._end(channel)
        self._idle.clear()

    async def close(self) -> None:
        """End all processes."""
        self._end_all()
        if self._control is not None:
            with contextlib.suppress(OSError):  # it has ended already
                self._control.sendall(BYE)
            self._control.close()
        if self._nursery is not None:
            await asyncio.to_thread(self._nursery.join, 5)


def _answer_of(told: dict[str, Any], body: bytes, file: Any) -> Answer:
    if "status" in told:
        _refuse(told)
    if "failed" in told:
        _note("a question failed", told)
        raise Refused(500, "the question failed; the server's log says where")
    if "form" not in told:
        why = "it needs more memory than one query may take, or is nested too deep"
        raise Refused(503, f"brought its worker down: {why}; ask for less", retry_after_s=60)
    return Answer(told["form"], told["truncated"], told["size"], body, file)


def _refuse(told: dict[str, Any]) -> NoReturn:
    refused = Refused(told["status"], told["reason"])
    refused.headers.update(told.get("headers", {}))
    raise refused


def _note(what: str, told: dict[str, Any]) -> None:
    """Tell the log what is none of the clients' business, such as where the store is."""
    reason = " ".join(str(told.get("failed", "it died")).split())[:300]
    sys.stderr.write(f"{what}: {reason}\n")

"""The line to one worker: a task goes, its answer comes, or the worker dies of it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from kg.web.tasks import HEAD

__all__ = ["Channel", "Told"]

Told = tuple[dict[str, Any], bytes]
"""What a worker says, and the bytes beside it."""


class Channel(asyncio.Protocol):
    """The server's end of the line to one worker, which sends one message for each it gets."""

    def __init__(self) -> None:
        self.process = self.generation = 0
        self.cpu_s = 0.0
        """What the process had taken when it answered last."""
        self.transport: Any = None
        self.open = True
        self.unread = False
        """Whether it died before it read its task: the task is not to blame."""
        self._told: Told | None = None
        self._waiting: asyncio.Future[None] | None = None
        self._read = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See :class:`asyncio.Protocol`, as the two that follow."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Take in a piece of what the worker says."""
        self._read += data
        if len(self._read) < HEAD.size:
            return
        text, body = HEAD.unpack_from(self._read)
        if len(self._read) < HEAD.size + text + body:
            return
        told = json.loads(self._read[HEAD.size : HEAD.size + text])
        self._told = told, bytes(self._read[HEAD.size + text :])
        self._read.clear()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take notice that the worker has ended."""
        self.unread = exc is not None  # what was read leaves the line to end in peace
        self.lose()

    def lose(self) -> None:
        """Take the worker for dead."""
        self.open = False
        self._told = self._told or ({}, b"")
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def send(self, message: bytes) -> None:
        """Send a task."""
        if self.open:
            self._told = None
            self.transport.write(message)

    async def heard(self, seconds: float) -> Told | None:
        """Return the answer, ``({}, b"")`` if the worker dies of it, None if it takes longer."""
        if self._told is None:
            loop = asyncio.get_running_loop()
            self._waiting = loop.create_future()
            timer = loop.call_later(seconds, self._wake)
            try:
                await self._waiting
            finally:
                timer.cancel()
        return self._told

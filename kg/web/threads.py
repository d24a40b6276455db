"""Threads for pages: how many there are, and how long a reader waits for what runs in one.

A thread cannot be ended.  So what takes too long is left alone: its reader is told, and
it keeps its place until it is through.  One client has some of the places only; the
others are for others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar
from weakref import WeakValueDictionary

import anyio

__all__ = ["Threads"]

T = TypeVar("T")

_PLACES, _OF_ONE = 20, 4


class Threads:
    """Run functions in threads, each for at most `patience_s` seconds, waiting included."""

    def __init__(self, patience_s: float) -> None:
        self.patience_s = patience_s
        self._free = asyncio.Semaphore(_PLACES)
        self._own: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()
        """What is free of a client's places; forgotten when all are."""
        self._threads = anyio.CapacityLimiter(_PLACES)
        self._inside: set[object] = set()

    @property
    def busy(self) -> bool:
        """Whether something runs in a thread."""
        return bool(self._inside)

    async def run(self, client: str, function: Callable[[], T]) -> T:
        """Return what `function` returns.

        ``""`` is any client, who may have all places.  Raises :class:`TimeoutError` if it
        takes too long, or has not begun by then; what has begun goes on, and nobody is told
        if it fails after that.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + self.patience_s
        own = self._own.get(client) or asyncio.Semaphore(_OF_ONE if client else _PLACES)
        self._own[client] = own
        async with asyncio.timeout_at(end):
            await own.acquire()
            try:
                await self._free.acquire()
            except BaseException:
                own.release()
                raise
        running = loop.create_task(self._ran(function))

        def leave(ran: asyncio.Task[T]) -> None:
            self._free.release()
            own.release()
            if not ran.cancelled():
                ran.exception()  # seen: asyncio need not tell of it when nobody waits any more

        running.add_done_callback(leave)
        done, _ = await asyncio.wait({running}, timeout=end - loop.time())
        if not done:
            raise TimeoutError
        return running.result()

    async def _ran(self, function: Callable[[], T]) -> T:
        inside = object()

        def run() -> T:
            self._inside.add(inside)
            try:
                return function()
            finally:
                self._inside.discard(inside)

        return await anyio.to_thread.run_sync(run, limiter=self._threads)

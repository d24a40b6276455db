"""Places and turns: who asks leaves his for the next one, and who writes waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kg.web.refused import Refused

__all__ = ["Place", "Turns"]


class Place:
    """A place among those that run, left once."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places: asyncio.Semaphore | None = places

    def leave(self) -> None:
        """Let the next one have it."""
        if self._places is not None:
            self._places.release()
        self._places = None


class Turns:
    """The queue of those who write.

    At most `most` are let in, from before their content is read to their answer, and each
    waits at most `patience_s` seconds for a turn; :class:`~kg.web.refused.Refused` with 503
    is what the others get.
    """

    def __init__(self, most: int, patience_s: float) -> None:
        self._most, self._patience_s = most, patience_s
        self._inside = 0
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Be let in: what is brought along may lie in memory, or on the disk, from now on."""
        if self._inside >= self._most:
            raise Refused(503, "too many are waiting to write; try again", retry_after_s=10)
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until nobody else writes."""
        try:
            await asyncio.wait_for(self._turn.acquire(), self._patience_s)
        except TimeoutError:
            what = "others have been writing all the while; nothing was changed; try again"
            raise Refused(503, what, retry_after_s=10) from None
        try:
            yield
        finally:
            self._turn.release()

"""Places and turns: who asks leaves his for the next one, and who writes waits for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from kg.web.refused import Refused

__all__ = ["Place", "Places", "Turns"]


class Places:
    """Places for so many that run at once; who waits is let in one client after the other.

    So who asks for much waits behind himself, and not others behind him.  At most `most`
    wait, of one client a quarter less, and each at most `patience_s` seconds;
    :class:`~kg.web.refused.Refused` with 503 is what the others get.  ``""`` is anybody.
    """

    def __init__(self, number: int, most: int, patience_s: float) -> None:
        self._free, self._most, self._patience_s = number, most, patience_s
        self._lines: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        """Who waits, by client; the first one's turn is next."""

    async def take(self, client: str) -> Place:
        """Return a place, as soon as there is one."""
        if self._free and not self._lines:
            self._free -= 1
            return Place(self)
        line = self._lines.get(client, ())
        most = self._most - self._most // 4 if client else self._most
        if len(line) >= most or sum(map(len, self._lines.values())) >= self._most:
            raise Refused(503, "too many are waiting for an answer; try again", retry_after_s=2)
        turn = asyncio.get_running_loop().create_future()
        self._lines.setdefault(client, deque()).append(turn)
        try:
            async with asyncio.timeout(self._patience_s):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # both at the same moment
                self.give_back()
            else:
                self._forget(client, turn)
            if isinstance(error, TimeoutError):
                reason = "all who answer are busy; try again"
                raise Refused(503, reason, retry_after_s=2) from None
            raise
        return Place(self)

    def _forget(self, client: str, turn: asyncio.Future[None]) -> None:
        line = self._lines.get(client, deque())
        with contextlib.suppress(ValueError):
            line.remove(turn)
        if not line:
            self._lines.pop(client, None)

    def give_back(self) -> None:
        """Let the next one have a place."""
        while self._lines:
            client, line = self._lines.popitem(last=False)
            turn = line.popleft()
            if line:
                self._lines[client] = line  # behind all others
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Place:
    """A place among those that run, left once."""

    def __init__(self, places: Places) -> None:
        self._places: Places | None = places

    def leave(self) -> None:
        """Let the next one have it."""
        if self._places is not None:
            self._places.give_back()
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

"""Who waits, for what, and in which order: nobody waits behind the many of one client."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import loops
import pytest

from kg.web.refused import Refused
from kg.web.turns import Places, Turns


def run(tried: Coroutine[Any, Any, None]) -> None:
    loops.run(asyncio.wait_for(tried, 20))


async def settle() -> None:
    """Let all that can go on do so."""
    for _ in range(10):
        await asyncio.sleep(0)


def test_clients_take_turns_whoever_asks_for_more() -> None:
    async def tried() -> None:
        places = Places(1, 64, 10)
        served: list[str] = []

        async def ask(name: str) -> None:
            place = await places.take(name[0])
            served.append(name)
            await settle()
            place.leave()
            place.leave()  # once is enough

        first = await places.take("x")
        async with asyncio.TaskGroup() as asked:
            for name in ("a0", "a1", "a2", "a3", "b0", "c0", "b1"):
                asked.create_task(ask(name))
            await settle()
            first.leave()
        assert served == ["a0", "b0", "c0", "a1", "b1", "a2", "a3"]

    run(tried())


def test_no_more_run_at_once_than_there_are_places() -> None:
    async def tried() -> None:
        places, running, most = Places(2, 64, 10), 0, 0

        async def ask(client: str) -> None:
            nonlocal running, most
            place = await places.take(client)
            running += 1
            most = max(most, running)
            await settle()
            running -= 1
            place.leave()

        await asyncio.gather(*(ask(client) for client in "aababcabca"))
        assert most == 2
        await asyncio.gather(*(ask(client) for client in "ab"))

    run(tried())


@pytest.mark.parametrize(("client", "waits"), [("a", 6), ("", 8)])
def test_one_client_leaves_room_in_the_queue(client: str, waits: int) -> None:
    async def tried() -> None:
        places = Places(1, 8, 10)
        taken = await places.take("x")
        waiting = [asyncio.create_task(places.take(client)) for _ in range(waits)]
        await settle()
        with pytest.raises(Refused, match="too many are waiting for an answer"):
            await places.take(client)
        if client:
            waiting += [asyncio.create_task(places.take("b")) for _ in range(2)]
            await settle()
            with pytest.raises(Refused, match="too many are waiting for an answer"):
                await places.take("c")
        taken.leave()
        while waiting:
            done, rest = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for served in done:
                served.result().leave()
            waiting = list(rest)
        (await places.take("c")).leave()

    run(tried())


def test_who_waits_in_vain_loses_no_place() -> None:
    async def tried() -> None:
        places = Places(1, 8, 0.01)
        taken = await places.take("a")
        with pytest.raises(Refused, match="all who answer are busy") as raised:
            await places.take("b")
        assert (raised.value.status, raised.value.headers["Retry-After"]) == (503, "2")
        left = asyncio.create_task(places.take("b"))
        await settle()
        left.cancel()
        await asyncio.gather(left, return_exceptions=True)
        # One is let in, and leaves at the same moment.
        both = asyncio.create_task(places.take("c"))
        await settle()
        taken.leave()
        both.cancel()
        await asyncio.gather(both, return_exceptions=True)
        (await places.take("d")).leave()

    run(tried())


def test_writers_wait_so_many_and_so_long() -> None:
    async def tried() -> None:
        turns = Turns(most=2, patience_s=0.01)
        async with turns.place(), turns.turn():
            async with turns.place():
                with pytest.raises(Refused, match="too many are waiting to write") as raised:
                    async with turns.place():
                        pass
                assert (raised.value.status, raised.value.headers["Retry-After"]) == (503, "10")
                with pytest.raises(Refused, match="others have been writing all the while"):
                    async with turns.turn():
                        pass
            async with turns.place():
                pass
        async with turns.place(), turns.turn():
            pass

    run(tried())

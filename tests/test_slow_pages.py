"""Pages that take too long: who waits is told, and the others are served."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from exploring import Page
from loops import run
from servers import faulty
from serving import serving
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from kg.web.pages.frame import Frame, page
from kg.web.settings import Settings
from kg.web.threads import Threads


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """What is slow ends when this is set."""
    event = threading.Event()
    yield event
    event.set()


async def late(threads: Threads, client: str, function: Callable[[], object]) -> None:
    """Run it, and see that nobody waits for it any more."""
    patience, threads.patience_s = threads.patience_s, 0.05
    with pytest.raises(TimeoutError):
        await threads.run(client, function)
    threads.patience_s = patience


def test_one_client_leaves_places_to_others(released: threading.Event) -> None:
    async def tried() -> None:
        threads, begun = Threads(20), list[int]()
        for number in range(4):
            await late(threads, "a", lambda n=number: (begun.append(n), released.wait(20)))  # type: ignore[misc]
        await late(threads, "a", lambda: begun.append(4))
        assert await threads.run("b", lambda: "answered") == "answered"
        released.set()
        assert await threads.run("a", lambda: "answered") == "answered"
        assert sorted(begun) == [0, 1, 2, 3]  # nobody waits for the fifth any more

    run(tried())


def test_behind_a_proxy_one_client_is_all(released: threading.Event) -> None:
    async def tried() -> None:
        threads = Threads(20)
        for _ in range(10):
            await late(threads, "", lambda: released.wait(20))
        assert await threads.run("", lambda: "answered") == "answered"
        released.set()

    run(tried())


def test_what_fails_leaves_its_place() -> None:
    async def tried() -> None:
        threads = Threads(20)
        for _ in range(30):
            with pytest.raises(ZeroDivisionError):
                await threads.run("a", lambda: 1 // 0)

    run(tried())


def test_what_fails_when_nobody_waits_is_not_told(released: threading.Event) -> None:
    complaints = list[object]()

    def fails() -> None:
        released.wait(20)
        raise ZeroDivisionError

    async def tried() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
        threads = Threads(20)
        await late(threads, "a", fails)
        released.set()
        await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})

    run(tried())
    gc.collect()  # whose turn it is to tell of an error that nobody took
    assert not complaints


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", "this page: is not ready after 0.05 seconds; try again in a while"),
        ("ko", "이 페이지: 0.05초가 지나도 준비되지 않았습니다. 잠시 뒤에 다시 시도해 주세요."),
    ],
)
def test_the_reader_of_a_slow_page_is_told(released: threading.Event, lang: str, told: str) -> None:
    def slow(frame: Frame) -> Response:  # noqa: ARG001 a page's interface
        released.wait(20)
        return PlainTextResponse("late")

    def quick(frame: Frame) -> Response:
        return PlainTextResponse(frame.lang)

    made = Starlette(routes=[Route("/slow", page(slow)), Route("/quick", page(quick))])
    threads = Threads(0.05)
    site: Any = SimpleNamespace(served=None, settings=Settings(), threads=threads)
    made.state.site = site

    async def tried() -> None:
        transport = httpx.ASGITransport(made)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            answer = await client.get("/slow", params={"lang": lang})
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "60"
            assert answer.headers["content-language"] == lang
            shown = Page(answer.text)
            assert not shown.wrong
            assert told in shown.text
            threads.patience_s = 20
            asked = [client.get("/quick", params={"lang": lang}) for _ in range(10)]
            assert {each.text for each in await asyncio.gather(*asked)} == {lang}

    run(tried())


@pytest.mark.parametrize("path", ["/", "/id/someone", "/query?name=from-source&p-source=news"])
def test_pages_of_a_store_that_does_not_answer_are_given_up(path: str) -> None:
    def hang(_: BaseHTTPRequestHandler) -> None:
        store.released.wait(60)

    with (
        faulty(hang) as store,
        serving("--store", store.address, "--timeout", "0.5", data=None) as server,
    ):
        for _ in range(6):  # more than run at once of one client
            answer = server.get(path, headers={"accept": "text/html"})
            assert answer.status_code == 503
            assert "this page: is not ready after 0.5 seconds" in Page(answer.text).text
        assert server.get("/static/style.css").status_code == 200
        assert server.end() == 0

"""The server's table of contents: which address is answered by what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from kg.web import description, graph_store, pages, protocol
from kg.web.negotiation import takes_gzip
from kg.web.refused import Refused
from kg.web.security import READING, Guard
from kg.web.watching import watch

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from kg.web.site import Site

__all__ = ["app"]


def app(site: Site, ready: Callable[[], None] = lambda: None) -> Starlette:
    """Return the application; `ready` is called when it answers, and it closes `site`."""

    @asynccontextmanager
    async def lifespan(application: Starlette) -> AsyncIterator[None]:
        application.state.site = site
        preparing = None
        watching = asyncio.create_task(watch(site))
        try:
            ready()
            # What fails here fails again, and is told, when a page asks for it.
            preparing = asyncio.create_task(site.threads.run("", lambda: pages.prepare(site)))
            yield
        finally:
            beside = [watching] if preparing is None else [watching, preparing]
            for each in beside:
                each.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await site.workers.close()
            site.close()

    made = Starlette(
        routes=[
            Route("/store", graph_store.store, methods=graph_store.METHODS),
            Route("/store/{graph:path}", graph_store.store, methods=graph_store.METHODS),
            Route("/.well-known/void", description.void, methods=READING),
            Route("/healthz", _healthz),
            *pages.routes(),
        ],
        middleware=[
            Middleware(Guard, settings=site.settings),
            Middleware(_Sparql),
            Middleware(_Packed),
        ],
        exception_handlers={
            Refused: _refused,
            404: pages.not_found,
            HTTPException: _failed,
        },
        lifespan=lifespan,
    )
    # Its redirections know nothing of the address that we are published at.
    made.router.redirect_slashes = False
    return made


class _Packed(GZipMiddleware):
    """Packs answers for who can unpack them."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app, minimum_size=1024, compresslevel=4)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Say in one word what the header says: the base looks for the word, not for its weight."""
        if scope["type"] == "http":
            coding = b"gzip" if takes_gzip(_codings(scope)) else b"identity"
            others = [each for each in scope["headers"] if each[0] != _CODINGS]
            scope = {**scope, "headers": [*others, (_CODINGS, coding)]}
        await super().__call__(scope, receive, send)


_CODINGS = b"accept-encoding"


def _codings(scope: Scope) -> str:
    return Headers(scope=scope).get("accept-encoding", "")


class _Sparql:
    """``/sparql``, ahead of the router: the way through all layers takes longer than a look-up."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is for the endpoint, and pass on all else."""
        if scope["type"] != "http" or scope["path"].rstrip("/") != "/sparql":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            answer = await protocol.sparql(request)
        except Refused as error:
            answer = await _refused(request, error)
        answer.headers.add_vary_header("Accept-Encoding")
        await (_Packed(answer) if takes_gzip(_codings(scope)) else answer)(scope, receive, send)


def _healthz(request: Request) -> Response:  # noqa: ARG001 the framework's interface
    return PlainTextResponse("ok\n")


async def _refused(request: Request, error: Exception) -> Response:  # noqa: ARG001
    assert isinstance(error, Refused)  # noqa: S101 the framework sees to it
    return PlainTextResponse(f"{error.reason}\n", error.status, error.headers)


async def _failed(request: Request, error: Exception) -> Response:  # noqa: ARG001
    assert isinstance(error, HTTPException)  # noqa: S101 the framework sees to it
    return PlainTextResponse(f"{error.detail}\n", error.status_code, error.headers)

"""SPARQL Update over HTTP (SPARQL 1.1 Protocol, section 2.2), for who may write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from kg.web.tasks import Update

if TYPE_CHECKING:
    from starlette.requests import Request

    from kg.web.protocol import Asked
    from kg.web.site import Site

__all__ = ["update"]


async def update(request: Request, asked: Asked) -> Response:
    """Make the change: all of it, or nothing."""
    site: Site = request.app.state.site
    base = site.url(request, "/sparql")
    async with site.workers.writers.place():
        await site.workers.write(Update(asked.text, base, asked.default, asked.named))
    return Response(status_code=204)

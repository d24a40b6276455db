"""The explorer: pages for people, drawn here and complete without JavaScript."""

from __future__ import annotations

import gc
from pathlib import Path

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from kg.web.pages.claim import claim, evidence
from kg.web.pages.entity import entity
from kg.web.pages.frame import compile_templates, not_found, page
from kg.web.pages.graph import graph
from kg.web.pages.home import home, numbers
from kg.web.pages.path import links, ways
from kg.web.pages.query import query, terms
from kg.web.pages.reading import sources
from kg.web.pages.search import search
from kg.web.pages.source import source
from kg.web.security import READING
from kg.web.site import Site

__all__ = ["not_found", "prepare", "routes"]

_STATIC = Path(__file__).parent.parent / "static"


class _Files(StaticFiles):
    """Files of ours; an address that names the version may be kept for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """See :class:`starlette.staticfiles.StaticFiles`."""
        answer = await super().get_response(path, scope)
        if scope["query_string"].startswith(b"v=") and answer.status_code == 200:
            answer.headers["cache-control"] = "public, max-age=31536000, immutable"
        return answer


def routes() -> list[BaseRoute]:
    """Return the routes of all pages and of the files that they use."""
    return [
        Route("/", page(home)),
        Route("/search", page(search)),
        Route("/id/{name:path}", page(entity), methods=READING),
        Route("/claim/{name}", page(claim), methods=READING),
        Route("/evidence/{name}", page(evidence), methods=READING),
        Route("/source/{name:path}", page(source), methods=READING),
        Route("/path", page(ways)),
        Route("/graph", page(graph)),
        Route("/query", query),
        Route("/query/terms", terms),
        Mount("/static", _Files(directory=_STATIC)),
    ]


def prepare(site: Site) -> None:
    """Work out what the first reader would else wait for: numbers, sources, names, links."""
    compile_templates()
    served = site.served
    numbers(served)
    sources(served)
    served.index.prepare()
    links(served)
    # All of this stays.  Looking through it again and again for what may go took as long as
    # the slowest searches did without.
    gc.collect()
    gc.freeze()

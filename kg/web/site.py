"""What the pages and the endpoint share while the server runs."""

from __future__ import annotations

import functools
import hashlib
import tempfile
import threading
import weakref
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyoxigraph as ox

from kg import opening
from kg.directory import clear, fingerprint
from kg.web.kept import Kept
from kg.web.settings import Settings
from kg.web.workers import Workers

if TYPE_CHECKING:
    from starlette.requests import Request

    from kg.search import Index
    from kg.store import Store

__all__ = ["Served", "Site"]


class Served(NamedTuple):
    """What is served until somebody writes."""

    store: Store
    source: str
    """Where workers find it."""
    fingerprint: str
    """``""`` where it may change at any time."""
    seen: str
    """The fingerprint of the directory, if it is in one."""


class Site:
    """The graph that is served: ``request.app.state.site``.

    `store` is for queries of our own, in any thread; what users write goes through
    `workers`, which end it when it takes too much.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.kept: dict[str, object] = {}
        """What was found out about the data, by fingerprint."""
        self.answers = Kept()
        self._indexing = threading.Lock()
        self._index: tuple[weakref.ref[Store], Index] | None = None
        """With the store that it is of, which it must not keep open."""
        with ExitStack() as opened:
            self.scratch = tempfile.TemporaryDirectory(prefix="kg-serve-")
            opened.callback(self.scratch.cleanup)
            self._take(self.read_anew())
            opened.callback(lambda: self.store.close())  # noqa: PLW0108 the one it is then
            self.workers = Workers(self)
            self.workers.prepare()
            self._opened = opened.pop_all()

    @property
    def directory(self) -> Path | None:
        """The store's, where it is a directory: others may exchange it while it is served."""
        told = self.settings
        return Path(told.store) if told.store and not told.remote else None

    def exchanged(self) -> bool:
        """Whether there is something else in the store than is served."""
        if self.directory is not None:
            clear(self.directory)  # what readers and writers have left that were ended
        now = self._standing()
        return bool(now) and now != self._seen

    def _standing(self) -> str:
        """A fingerprint of the directory, ``""`` if there is none, or none at this moment."""
        try:
            return fingerprint(self.directory) if self.directory is not None else ""
        except OSError:
            return ""

    def read_anew(self) -> Served:
        """Return what is there to be served, for :meth:`renew`; in any thread."""
        told = self.settings
        seen = self._standing()  # first: what comes after it will be noticed
        store = opening.open_graph(
            told.store, told.folder, inferred=told.inferred, without=told.without, at=told.at
        )
        if told.store and not (told.without or told.at):
            return Served(store, told.store, seen, seen)
        dump, fresh = (Path(self.scratch.name) / name for name in ("graph.nq", "fresh.nq"))
        with fresh.open("wb") as out:
            store.dump(out, ox.RdfFormat.N_QUADS)
        fresh.replace(dump)
        return Served(store, str(dump), hashlib.sha256(dump.read_bytes()).hexdigest(), seen)

    def renew(self, fresh: Served) -> None:
        """Serve what was read anew; called in the server's loop.

        There the workers are renewed at the same moment: a tag of the new data must not
        meet an answer of the old.
        """
        self._take(fresh)  # the old store goes with its last page
        self.kept.clear()
        self._index = None

    def _take(self, fresh: Served) -> None:
        self.store, self.source, self.fingerprint, self._seen = fresh

    @functools.cached_property
    def texts(self) -> Mapping[str, str]:
        """The articles' texts that are at hand, by source id."""
        return opening.texts(self.settings.folder, self.settings.articles)

    @property
    def index(self) -> Index:
        """What finds entities by name; who asks while it is made waits for it."""
        from kg.search import Index

        with self._indexing:
            store = self.store
            if self._index is None or self._index[0]() is not store:
                self._index = weakref.ref(store), Index.of(store)
            return self._index[1]

    def url(self, request: Request, path: str = "") -> str:
        """Return the absolute address of a path of ours as users see it."""
        base = self.settings.public_url.rstrip("/")
        # The Host header is one of ours: the middleware has seen to it.
        return (base or f"{request.scope['scheme']}://{request.headers['host']}") + path

    def close(self) -> None:
        """Let go of the store, and clear away what was made for serving it."""
        self._opened.close()

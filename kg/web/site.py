"""What the pages and the endpoint share while the server runs."""

from __future__ import annotations

import functools
import hashlib
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import opening
from kg.web.kept import Kept
from kg.web.settings import Settings
from kg.web.snapshots import Snapshots
from kg.web.workers import Workers

if TYPE_CHECKING:
    from starlette.requests import Request

    from kg.search import Index
    from kg.store import Store

__all__ = ["Site"]


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
        with ExitStack() as opened:
            self.scratch = tempfile.TemporaryDirectory(prefix="kg-serve-")
            opened.callback(self.scratch.cleanup)
            self.snapshots = _snapshots(settings)
            if self.snapshots:
                opened.callback(self.snapshots.close)
            self.store: Store = self._open()
            opened.callback(lambda: self.store.close())  # noqa: PLW0108 the one it is then
            self.source, self.fingerprint = self._source()
            self.workers = Workers(self)
            self.workers.prepare()
            self._opened = opened.pop_all()

    def _open(self) -> Store:
        told = self.settings
        where = str(self.snapshots.current) if self.snapshots else told.store
        return opening.open_graph(
            where, told.folder, inferred=told.inferred, without=told.without, at=told.at
        )

    def _source(self) -> tuple[str, str]:
        """Where workers find the data, and a fingerprint of them (``""`` if there is none)."""
        told = self.settings
        if self.snapshots:
            current = self.snapshots.current
            return str(current), _fingerprint(current)
        if told.store and not (told.without or told.at):
            return told.store, "" if told.remote else _fingerprint(Path(told.store))
        dump = Path(self.scratch.name) / "graph.nq"
        with dump.open("wb") as out:
            self.store.dump(out, ox.RdfFormat.N_QUADS)
        return str(dump), hashlib.sha256(dump.read_bytes()).hexdigest()

    def read_anew(self) -> tuple[Store, str, str]:
        """Return what :meth:`renew` takes, read in any thread."""
        return self._open(), *self._source()

    def renew(self, fresh: tuple[Store, str, str]) -> None:
        """See what was written since the store was opened; called in the server's loop.

        There the workers are renewed at the same moment: a tag of the new data must not
        meet an answer of the old.
        """
        self.store, self.source, self.fingerprint = fresh  # the old one goes with its last page
        self.__dict__.pop("index", None)
        self.kept.clear()

    @functools.cached_property
    def texts(self) -> Mapping[str, str]:
        """The articles' texts that are at hand, by source id."""
        return opening.texts(self.settings.folder, self.settings.articles)

    @functools.cached_property
    def index(self) -> Index:
        """What finds entities by name."""
        from kg.search import Index

        return Index.of(self.store)

    def url(self, request: Request, path: str = "") -> str:
        """Return the absolute address of a path of ours as users see it."""
        base = self.settings.public_url.rstrip("/")
        # The Host header is one of ours: the middleware has seen to it.
        return (base or f"{request.scope['scheme']}://{request.headers['host']}") + path

    def close(self) -> None:
        """Let go of the store, and clear away what was made for serving it."""
        self._opened.close()


def _snapshots(settings: Settings) -> Snapshots | None:
    """Of a directory that is written to; nobody may read what is being written."""
    if settings.write and not settings.remote:
        return Snapshots(Path(str(settings.store)))
    return None


def _fingerprint(store: Path) -> str:
    """Of a store directory: it changes with any write, and costs no reading of the data."""
    told = hashlib.sha256()
    for path in sorted(store.iterdir()):
        if path.suffix == ".sst" or path.name.startswith(("MANIFEST", "CURRENT")):
            told.update(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}\n".encode())
    return told.hexdigest()

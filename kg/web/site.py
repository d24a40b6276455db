"""What the pages and the endpoint share while the server runs."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg import opening
from kg.directory import clear
from kg.folders import fingerprint
from kg.store import OxigraphStore
from kg.web.kept import Kept
from kg.web.served import Served
from kg.web.settings import Settings
from kg.web.threads import Threads
from kg.web.workers import Workers

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["Site"]


class Site:
    """The graph that is served: ``request.app.state.site``.

    What users write goes through `workers`, which end it when it takes too much.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.answers = Kept()
        self.threads = Threads(settings.timeout_s)
        """Where pages are made."""
        with ExitStack() as opened:
            self.scratch = tempfile.TemporaryDirectory(prefix="kg-serve-")
            opened.callback(self.scratch.cleanup)
            self.served = self.read_anew()
            opened.callback(lambda: self.served.store.close())  # noqa: PLW0108 the one it is then
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
        return bool(now) and now != self.served.seen

    def _standing(self) -> str:
        """A fingerprint of the directory, ``""`` if there is none, or none at this moment."""
        try:
            return fingerprint(self.directory) if self.directory is not None else ""
        except OSError:
            return ""

    def read_anew(self) -> Served:
        """Return what is there to be served; in any thread."""
        told = self.settings
        seen = self._standing()  # first: what comes after it will be noticed
        store = opening.open_graph(
            told.store, told.folder, inferred=told.inferred, without=told.without, at=told.at
        )
        texts = opening.texts(store, told.articles)
        if told.store and not (told.without or told.at):
            folder = None
            if isinstance(store, OxigraphStore) and (reading := store.reading):
                seen, folder = fingerprint(reading.place), reading.folder
            return Served(store, told.store, seen, seen, folder, texts=texts)
        dump, fresh = (Path(self.scratch.name) / name for name in ("graph.nq", "fresh.nq"))
        with fresh.open("wb") as out:
            store.dump(out, ox.RdfFormat.N_QUADS)
        fresh.replace(dump)
        sha256 = hashlib.sha256(dump.read_bytes()).hexdigest()
        return Served(store, str(dump), sha256, seen, texts=texts)

    @property
    def texts(self) -> Mapping[str, str]:
        """The articles' texts that are at hand, by source id."""
        return self.served.texts

    def url(self, request: Request, path: str = "") -> str:
        """Return the absolute address of a path of ours as users see it."""
        base = self.settings.public_url.rstrip("/")
        # The Host header is one of ours: the middleware has seen to it.
        return (base or f"{request.scope['scheme']}://{request.headers['host']}") + path

    def close(self) -> None:
        """Let go of the store, and clear away what was made for serving it."""
        self._opened.close()

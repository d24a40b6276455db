"""What ``kg serve`` was told: which graph, at which address, within which limits."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from kg.errors import KGError
from kg.paths import shipped
from kg.web.allowed import Allowed

__all__ = ["Settings"]


def _processors() -> int:
    return max(2, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2)


_SHORTEST = 16
"""Characters; a token of fewer may be guessed by who keeps trying."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a server is told before it starts; the defaults are safe ones.

    Raises :class:`~kg.errors.KGError` for what cannot be served as told.
    """

    data: Path | None = None
    """Data folder; the shipped one if neither this nor `store` is given."""
    store: str | None = None
    """Store directory, or the URL of a SPARQL endpoint."""
    articles: Path | None = None
    inferred: bool = False
    without: tuple[str, ...] = ()
    at: str | None = None

    host: str = "127.0.0.1"
    port: int = 8010
    """0 is any free port."""
    public_url: str = ""
    """Where users find the server, if that is a proxy's address; without a slash at the end."""
    allowed_hosts: tuple[str, ...] = ()
    """Further names that a ``Host`` header may have; localhost and IP addresses always may."""
    services: tuple[str, ...] = ()
    """Hosts, or ``HOST:PORT``, that ``SERVICE`` and ``LOAD`` may call."""

    timeout_s: float = 30.0
    """Seconds that one query may take."""
    memory_mib: int = 512
    """What one query may take beyond the data."""
    rows: int = 100_000
    """Rows, or triples, of one answer; what is over is left out, and the answer says so."""
    answer_mib: int = 256
    """Size of one answer."""
    spool_mib: int = 2048
    """What all answers together may have of the temporary folder's disk, from when they are
    longer than a page to when their clients have taken them; never more than half of it."""
    query_kib: int = 256
    """Size of the text of one query."""
    body_mib: int = 64
    """Size of what may be written at once, also when it is unpacked."""
    workers: int = _processors()
    """Queries that run at once; three times as many more may run that are slow."""
    processes: int = 1
    """Servers that share the port, the workers divided among them."""
    waiting: int = 64
    """Queries that may wait for a worker."""
    writers: int = 8
    """Writes that may be under way at once: one is made, the others wait with what they bring."""

    cors: str | None = None
    """The origin whose scripts may read data: ``*`` is any, ``""`` none but our own; None is
    decided by what is served, see :attr:`open_to`."""
    write: bool = False
    token: str = ""
    """Who says it may write."""
    log: bool = True
    """Whether each request is noted, on standard error."""

    def __post_init__(self) -> None:
        if self.public_url:
            split = urlsplit(self.public_url)
            if split.scheme not in ("http", "https") or not split.hostname or split.query:
                remedy = "say it like https://kg.example.org"
                raise KGError("--public-url", f"'{self.public_url}' is no address", remedy)
        if self.cors not in (None, "", "*"):
            split = urlsplit(str(self.cors))
            if self.cors != f"{split.scheme}://{split.netloc}" or not split.hostname:
                remedy = "say it like https://app.example.org, or * or none"
                raise KGError("--cors", f"'{self.cors}' is no origin", remedy)
        Allowed(self.services)
        if self.services and self.remote:
            what = "goes with data in memory or a directory: another server would call by itself"
            raise KGError("--allow-service", what, "leave it out, or name another --store")
        if self.write:
            self._check_writing()

    def _check_writing(self) -> None:
        if not self.store:
            what = "the data in memory would forget what is written"
            raise KGError("--write", what, "name a --store directory or URL")
        with_write = {
            "--inferred": self.inferred,
            "--without": self.without,
            "--at": self.at,
            "--processes": self.processes > 1,
        }
        for option, given in with_write.items():
            if given:
                raise KGError("--write", f"does not go with {option}", "leave one of them out")
        if not self.token:
            raise KGError("--write", "needs a token", "set KG_SERVE_TOKEN")
        if not re.fullmatch(r"[\x21-\x7e]*", self.token):
            what = "holds what no token has, such as a blank"
            raise KGError("KG_SERVE_TOKEN", what, "set it anew")
        if len(self.token) < _SHORTEST:
            what = f"is too short ({len(self.token)} characters)"
            raise KGError("KG_SERVE_TOKEN", what, f"set {_SHORTEST} or more; unset, one is made")

    @property
    def open_to(self) -> str:
        """Whose scripts may read the data, as ``cors``.

        Unless it is said, any site's may if the data are public anyway: those that ship with
        kg, or at a published address.  A page that somebody visits must not read what only
        lies on his own machine.
        """
        if self.cors is not None:
            return self.cors
        own = self.store or self.articles or self.folder.resolve() != shipped("data").resolve()
        return "*" if self.public_url or not own else ""

    @property
    def folder(self) -> Path:
        """The data folder."""
        return self.data or shipped("data")

    @property
    def remote(self) -> bool:
        """Whether the graph is on another server."""
        return bool(self.store) and str(self.store).startswith(("http://", "https://"))

    @property
    def prefix(self) -> str:
        """The path under which the server is published, ``""`` at the root."""
        return urlsplit(self.public_url).path.rstrip("/")

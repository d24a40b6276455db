"""A directory that holds a store: opened by one who writes, exchanged whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from kg.errors import KGError

__all__ = ["Exchange", "beside", "engine", "failed"]


def engine(location: Path, read_only: bool = False) -> ox.Store:
    """Open the store in a directory, which is made if it is not there.

    What a killed :meth:`Exchange.swap` left is put back, or cleared away.
    """
    path = location.resolve()
    if not path.exists() and _named(path, "old").exists():
        _named(path, "old").rename(path)
    if path.exists() and not path.is_dir():
        raise KGError(location, "is a file, not a store", "name a directory")
    empty = not path.exists() or not any(path.iterdir())
    if read_only and empty:
        raise KGError(location, "there is no store here", "make one: kg build --store")
    if not empty and not (path / "CURRENT").exists():  # RocksDB would scatter its files in it
        raise KGError(location, "is a folder but not a store", "name a new or empty directory")
    try:
        opened = ox.Store.read_only(str(path)) if read_only else ox.Store(str(path))
    except (OSError, RuntimeError) as error:
        raise failed(location, error) from error
    if not read_only:
        shutil.rmtree(_named(path, "old"), ignore_errors=True)
    return opened


@dataclass(frozen=True, slots=True)
class Exchange:
    """A directory for a new store beside the one that it is to replace."""

    path: Path
    new: Path

    def swap(self) -> None:
        """Put the new store in the place of the old one; this process has closed both."""
        import fcntl  # not at the top: there is none on Windows, which can do all but this

        # RocksDB writes to its path once more when it closes.  If somebody still holds the
        # old engine (an iterator of a view), that would go into the new store: this raises.
        engine(self.path)
        old = _named(self.path, "old")
        with (self.path / "LOCK").open("r+b") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # RocksDB's own: keeps others out
            shutil.rmtree(old, ignore_errors=True)
            self.path.rename(old)
            self.new.rename(self.path)  # killed before this, `old` is put back by the next open
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def beside(location: Path) -> Iterator[Exchange]:
    """Give a place for a new store beside `location`, whose open store keeps others away."""
    path = location.resolve()
    exchange = Exchange(path, _named(path, "new"))
    try:
        shutil.rmtree(exchange.new, ignore_errors=True)
        yield exchange
    except OSError as error:
        raise failed(location, error) from error
    finally:
        shutil.rmtree(exchange.new, ignore_errors=True)


def _named(path: Path, kind: str) -> Path:
    return path.with_name(f".{path.name}.{kind}")


_REASONS = {
    "lock hold by current process": ("is open elsewhere in this process", "close it there first"),
    "Resource temporarily unavailable": ("is in use by another process", "wait for it"),
    "mkdir if missing": ("cannot be made", "make the folder that it shall be in"),
    "Permission denied": ("cannot be written to", "choose another place"),
    "Read-only file system": ("cannot be written to", "choose another place"),
    "No space left": ("the disk is full", "make room; nothing was changed"),
}


def failed(place: object, error: Exception) -> KGError:
    """Return what the engine or the system complains of as one line with a remedy."""
    told = " ".join(str(error).split())
    for sign, (what, remedy) in _REASONS.items():
        if sign in told:
            return KGError(place, what, remedy)
    return KGError(place, told[:200])

"""A directory that holds a store: for one who writes or many who read, exchanged whole or not."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, ClassVar

import pyoxigraph as ox

from kg.errors import KGError

__all__ = ["Exchange", "Lock", "beside", "engine", "failed", "opened"]


def opened(location: Path, read_only: bool = False) -> tuple[ox.Store, Lock]:
    """Open the store in a directory, which is made if it is not there, and lock it.

    What a killed :meth:`Exchange.swap` left is put back, or cleared away.
    """
    path = location.resolve()
    if not path.exists() and _named(path, "old").exists():
        _put_back(path, location)
    if path.exists() and not path.is_dir():
        raise KGError(location, "is a file, not a store", "name a directory")
    empty = not path.exists() or not any(path.iterdir())
    if read_only and empty:
        raise KGError(location, "there is no store here", "make one: kg build --store")
    if not empty and not (path / "CURRENT").exists():  # RocksDB would scatter its files in it
        raise KGError(location, "is a folder but not a store", "name a new or empty directory")
    if empty:
        found = engine(location)
        return found, Lock(path, location, shared=False)
    lock = Lock(path, location, shared=read_only)
    try:
        found = engine(location, read_only)
    except KGError:
        lock.release()
        raise
    if not read_only:
        shutil.rmtree(_named(path, "old"), ignore_errors=True)
    return found, lock


def engine(location: Path, read_only: bool = False) -> ox.Store:
    """Open the store in a directory that is locked already, or new."""
    path = str(location.resolve())
    try:
        return ox.Store.read_only(path) if read_only else ox.Store(path)
    except (OSError, RuntimeError) as error:
        raise failed(location, error) from error


class Lock:
    """Keeps a store's directory: for one who writes, or for any number who only read.

    RocksDB's own lock keeps out only a second writer, and what a reader gets while
    somebody writes is undefined.  This one is ``flock`` on a file that every store has
    and that never changes, so it also works where nothing can be written, and ends
    with the process.  Windows, or a file system without locks, goes without.
    """

    _held: ClassVar[Counter[Path]] = Counter()
    """What this process holds, to tell it from others."""

    def __init__(self, path: Path, location: Path, *, shared: bool) -> None:
        self.path = path
        self._file: BinaryIO | None = None
        if not (path / "IDENTITY").exists():  # a copy that RocksDB made, never written to
            return
        self._file = (path / "IDENTITY").open("rb")
        try:
            _flock(self._file, shared)
        except BlockingIOError as error:
            self._file.close()
            what, remedy = "is in use by another process", "wait for it"
            if self._held[path]:
                what, remedy = "is open elsewhere in this process", "close it there first"
            raise KGError(location, what, remedy) from error
        self._held[path] += 1
        if not os.path.samestat(os.fstat(self._file.fileno()), (path / "IDENTITY").stat()):
            self.release()
            raise KGError(location, "was exchanged this moment", "try again")

    def moved(self, path: Path) -> None:
        """Know that the directory has another name now."""
        if self._file is None:
            return
        self._held[self.path] -= 1
        self._held[path] += 1
        self.path = path

    def release(self) -> None:
        """Let others in; again is nothing."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._held[self.path] -= 1


def _flock(file: BinaryIO, shared: bool) -> None:
    try:
        import fcntl  # not at the top: there is none on Windows
    except ImportError:
        return
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        return


def _put_back(path: Path, location: Path) -> None:
    """Undo half an exchange whose process was killed, and not one that is going on."""
    lock = Lock(_named(path, "old"), location, shared=False)
    _named(path, "old").rename(path)
    lock.release()


@dataclass(frozen=True, slots=True)
class Exchange:
    """A directory for a new store beside the one that it is to replace."""

    path: Path
    new: Path

    def swap(self, lock: Lock) -> Lock:
        """Put the new store in the place of the old one; this process has closed both.

        `lock` is the one on the old store; the one on the new store is returned.
        """
        import fcntl  # not at the top: there is none on Windows, which can do all but this

        # RocksDB writes to its path once more when it closes.  If somebody still holds the
        # old engine (an iterator of a view), that would go into the new store: this raises.
        engine(self.path)
        old = _named(self.path, "old")
        fresh = Lock(self.new, self.path, shared=False)
        try:
            with (self.path / "LOCK").open("r+b") as rocksdb:
                fcntl.lockf(rocksdb, fcntl.LOCK_EX | fcntl.LOCK_NB)  # RocksDB's own
                shutil.rmtree(old, ignore_errors=True)
                self.path.rename(old)
                try:
                    self.new.rename(self.path)  # killed before: the next open puts `old` back
                except OSError:
                    old.rename(self.path)
                    raise
        except BaseException:
            fresh.release()
            raise
        fresh.moved(self.path)
        lock.release()
        shutil.rmtree(old, ignore_errors=True)
        return fresh


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
    "too recent version": ("was made by a newer kg", "upgrade kg"),
    "outdated encoding": ("was made by an older kg", "make it anew: kg build --store"),
    "File too large": ("the disk is full", "make room; nothing was changed"),
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

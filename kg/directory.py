"""A directory that holds a store: for many who read and one who writes, at the same time.

What stands at the directory's name is never changed, only exchanged, so whoever reads it
needs no more than the directory that was there when it was opened::

    DIR                 what is read; everybody who reads has a shared lock on it
    .DIR.writing/       where one writes; who does has an exclusive lock on it
        work-…          a copy to write in, whose data files are links to those of DIR
        next            what was written, on its way to DIR
        old-…           what stood at DIR, until the last who reads it has gone
        before          the same on its way here, where two cannot change names at once

Killed at any moment, DIR is what it was or what it was to be; whoever comes next clears
away the rest.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox

from kg import folders
from kg.errors import KGError
from kg.failures import failed

if sys.platform != "win32":
    import fcntl

__all__ = ["InUse", "Missing", "Reading", "Writing", "clear"]

STABLE = Path("/proc/self/fd").is_dir()
"""Whether files can be opened in a directory that is open, whatever has its name by then.

RocksDB opens many files by name, and only when it needs them.  Without this (outside
Linux) nobody may write while somebody reads.
"""
_REMEDY = "name the directory of a store, or make one: kg build --store PATH"
_TRIES = 40
_PAUSE_S = 0.005
_IMMUTABLE = {".sst", ".blob"}
_WRITTEN_TO: set[Path] = set()
"""The directories that this process has open for writing, to tell it from others."""


class Missing(KGError):
    """There is no store where one should be."""

    def __init__(self, location: object) -> None:
        remedy = f"make one: kg build --store {shlex.quote(str(location))}"
        super().__init__(location, "there is no store here", remedy)

    def __reduce__(self) -> tuple[object, ...]:
        """See :class:`KGError`."""
        return Missing, (self.problem.place,)


class InUse(KGError):
    """Another process has the store."""

    def __init__(self, location: object) -> None:
        super().__init__(location, "is in use by another process", "wait for it")

    def __reduce__(self) -> tuple[object, ...]:
        """See :class:`KGError`."""
        return InUse, (self.problem.place,)


class Reading:
    """The store that stands at `location` now, for as long as this is held.

    Or the one in a directory that somebody holds, whatever has its name by now: `held` is
    its :attr:`folder`.
    """

    def __init__(self, location: Path, held: int | None = None) -> None:
        self._location = location
        path = location.resolve()
        self._locks: list[int] = []
        self._end = weakref.finalize(self, _closed, self._locks)
        try:
            if held is not None:
                self._locks.append(os.dup(held))
            elif sys.platform != "win32":
                _mend(path)
                self._locks.append(_standing(path, location))
            self.place = Path(f"/proc/self/fd/{self._locks[0]}") if STABLE else path
            """Where its files are, for as long as this is held."""
            if not _holds_store(self.place, location, _REMEDY):
                raise Missing(location)
            self._engine: ox.Store | None = ox.Store.read_only(str(self.place))
        except (OSError, RuntimeError) as error:
            self._end()
            raise failed(location, error) from error
        except KGError:
            self._end()
            raise

    @property
    def engine(self) -> ox.Store:
        """The store."""
        assert self._engine is not None  # noqa: S101 nobody asks after the end
        return self._engine

    @property
    def folder(self) -> int | None:
        """The open directory, where files in it can be opened without its name."""
        return self._locks[0] if STABLE else None

    def release(self) -> None:
        """Let go of it; again is nothing."""
        self._engine = None
        if self._end.alive:
            self._end()
            clear(self._location)


class Writing:
    """The right to write to the store at `location`; if not there it is made, or missed.

    If not `at_once`, it is made when something is written to it.
    """

    def __init__(self, location: Path, *, make: bool = True, at_once: bool = True) -> None:
        if sys.platform == "win32":
            what = "cannot be written to on this system, which has no locks (flock)"
            raise KGError(location, what, "use a server: --store URL")
        self._location = location
        self._path = path = location.resolve()
        self._engine: ox.Store | None = None
        self._copies: list[Path] = []
        self._publishing = threading.Lock()
        self._doors: list[int] = []
        self.unseen = False
        """Whether more may have been written to the engine than others see."""
        try:
            there = _holds_store(path, location)  # else nothing is made beside it
            if not (there or make or _home(path).exists()):  # nor is it being exchanged
                raise Missing(location)
            if path.exists() and not os.access(path, os.W_OK):
                raise PermissionError("Permission denied")
            lock = [_alone(path, location)]
        except OSError as error:
            raise failed(location, error) from error
        self._home = _home(path)
        self._end = weakref.finalize(self, _given_back, path, lock, self._doors)
        try:
            self._begin(make, at_once)
        except BaseException as error:
            self.release()
            if isinstance(error, OSError):
                raise failed(location, error) from error
            raise

    def _begin(self, make: bool, at_once: bool) -> None:
        _put_back(self._path)
        folders.cleared(self._home, all_of_it=True)
        self._can_link = folders.can_link(self._home)
        if _holds_store(self._path, self._location):
            self._doors[:] = _shut(self._path, self._location)
            self._engine = self._opened()
        elif not make:
            raise Missing(self._location)
        else:
            self._engine = self._opened(empty=True)
            if at_once:
                self._publish(self._engine)

    @property
    def engine(self) -> ox.Store:
        """A copy of the store to write in."""
        if self._engine is None:  # after a failure
            self._engine = self._opened()
        return self._engine

    def _opened(self, *, empty: bool = False) -> ox.Store:
        try:
            copy = Path(tempfile.mkdtemp(prefix="work-", dir=self._home))
        except OSError as error:
            raise failed(self._location, error) from error
        self._copies.append(copy)
        try:
            if not empty:
                _copy(self._path, copy)
            return ox.Store(str(copy))
        except (OSError, RuntimeError) as error:
            self._drop(-1)
            raise failed(self._location, error) from error

    def _drop(self, which: int) -> None:
        """Clear away the first (0) or last (-1) copy."""
        shutil.rmtree(self._copies.pop(which), ignore_errors=True)

    def commit(self) -> None:
        """Let those who read from now on see what was written; on an error it is undone."""
        try:
            self._publish(self.engine)
        except OSError as error:
            self.undo()
            raise failed(self._location, error) from error
        self.unseen = False

    def undo(self) -> None:
        """Forget what others have not seen, lest they see it at another commit."""
        if self._engine is not None:
            self._engine = None
            self._drop(0)
        self.unseen = False

    def replace(self, fill: Callable[[ox.Store], None]) -> None:
        """Exchange the content for what `fill` puts into an empty store, or leave it as it was."""
        fresh = self._opened(empty=True)
        try:
            fill(fresh)
            self._publish(fresh)
        except BaseException as error:
            del fresh  # closes it
            self._drop(-1)
            if isinstance(error, OSError):
                raise failed(self._location, error) from error
            raise
        self.undo()
        self._engine = fresh

    def _publish(self, engine: ox.Store) -> None:
        with self._publishing:  # else the older of two could come last
            fresh = self._home / "next"
            shutil.rmtree(fresh, ignore_errors=True)  # what a failure has left
            _save(engine, fresh, linking=self._can_link)
            doors = _shut(fresh, self._location)
            try:
                if self._path.exists():
                    shutil.copymode(self._path, fresh)
                folders.exchange(fresh, self._path, self._home / "before")
            except BaseException:
                _closed(doors)
                raise
            _closed(self._doors)
            self._doors[:] = doors
            folders.synced(self._path.parent)
            if fresh.exists():
                folders.retired(fresh)
            folders.cleared(self._home, all_of_it=False)

    def release(self) -> None:
        """Let others write, and see what they have not seen; again is nothing."""
        if not self._end.alive:
            return
        try:
            if self.unseen and self._engine is not None:
                self.commit()
        finally:
            self._engine = None
            while self._copies:
                self._drop(0)
            if not self._path.exists():  # nothing was written
                with suppress(OSError):
                    self._home.rmdir()
            self._end()
            clear(self._location)


def clear(location: Path) -> None:
    """Clear away what is left beside and nobody needs; quietly, as far as one may."""
    path = location.resolve()
    home = _home(path)
    with suppress(OSError):
        folders.cleared(home, all_of_it=False)
        if (opened := folders.locked(home, shared=False)) is not None:
            try:
                _put_back(path)
                folders.cleared(home, all_of_it=True)
                home.rmdir()
            finally:
                os.close(opened)


# -- whether one may come in -----------------------------------------------------------


def _home(path: Path) -> Path:
    return path.parent / f".{path.name}.writing"


def _holds_store(
    path: Path, location: Path, otherwise: str = "name a new or empty directory"
) -> bool:
    """Whether there is a store, or else room for one."""
    if path.is_file():
        raise KGError(location, "is a file, not a store", "name a directory")
    if not path.exists() or not any(path.iterdir()):
        return False
    if not (path / "CURRENT").exists():  # RocksDB would scatter its files in it
        raise KGError(location, "is a folder but not a store", otherwise)
    return True


def _standing(path: Path, location: Path) -> int:
    """The directory, locked against being cleared away: what it holds is asked after that."""
    for _ in range(_TRIES):
        if not path.exists():
            clear(location)  # what somebody has left who was killed
            if not (path.exists() or _home(path).exists()):  # nor is it being exchanged
                raise Missing(location)
        with suppress(FileNotFoundError):  # it is being exchanged, in two steps
            if (opened := folders.locked(path, shared=True)) is not None:
                if folders.stands(opened, path):
                    return opened
                os.close(opened)
                continue
        time.sleep(_PAUSE_S)
        _mend(path)
    raise InUse(location)


def _alone(path: Path, location: Path) -> int:
    """The folder to write in, locked against others who write."""
    home = _home(path)
    if os.path.ismount(path):
        what = "is a file system of its own, which cannot be exchanged"
        raise KGError(location, what, "name a folder in it")
    if path in _WRITTEN_TO:
        raise KGError(location, "is open elsewhere in this process", "close it there first")
    for _ in range(_TRIES):
        try:
            home.mkdir(exist_ok=True)
        except FileNotFoundError as error:
            what, remedy = "cannot be made", "make the folder that it shall be in"
            raise KGError(location, what, remedy) from error
        with suppress(FileNotFoundError):  # who was here before has just cleared it away
            if (opened := folders.locked(home, shared=False)) is not None:
                if folders.stands(opened, home):
                    _WRITTEN_TO.add(path)
                    return opened
                os.close(opened)
                continue
        time.sleep(_PAUSE_S)  # somebody may only be clearing up
    raise InUse(location)


def _shut(path: Path, location: Path) -> list[int]:
    """Keep away whoever would write to the directory itself, and those who could not read on.

    The first is RocksDB's own lock, for other programs.  It goes when this process closes
    any file that it has opened of this one.
    """
    doors = [os.open(path / "LOCK", os.O_RDWR | os.O_CREAT, 0o644)]
    try:
        fcntl.lockf(doors[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not STABLE:
            if (opened := folders.locked(path, shared=False)) is None:
                raise BlockingIOError
            doors.append(opened)
    except BlockingIOError as error:
        _closed(doors)
        raise InUse(location) from error
    return doors


def _closed(files: list[int]) -> None:
    while files:
        os.close(files.pop())


def _given_back(path: Path, *files: list[int]) -> None:
    for each in files:
        _closed(each)
    _WRITTEN_TO.discard(path)


# -- what is killed half-way -----------------------------------------------------------


def _mend(path: Path) -> None:
    """Put back what somebody was killed while exchanging it in two steps."""
    home = _home(path)
    for _ in range(_TRIES):
        if path.exists() or not (home / "before").exists():
            return
        with suppress(FileNotFoundError):
            if (opened := folders.locked(home, shared=False)) is not None:
                try:
                    _put_back(path)
                finally:
                    os.close(opened)
                return
        time.sleep(_PAUSE_S)


def _put_back(path: Path) -> None:
    before = _home(path) / "before"
    if before.exists() and not path.exists():
        before.rename(path)


# -- RocksDB's files -------------------------------------------------------------------


def _copy(path: Path, work: Path) -> None:
    """Copy a store that nobody writes to; data files never change, so links will do."""
    for file in path.iterdir():
        if file.suffix in _IMMUTABLE:
            folders.linked(file, work / file.name)
        elif file.name != "LOCK" and not file.name.startswith("LOG"):
            shutil.copyfile(file, work / file.name)


def _save(engine: ox.Store, folder: Path, *, linking: bool) -> None:
    """Leave what `engine` holds now in a new folder, on the disk and not only on its way there."""
    if linking:
        engine.backup(str(folder))
        return
    copy = ox.Store(str(folder))
    copy.bulk_extend(engine.quads_for_pattern(None, None, None, None))
    for graph in engine.named_graphs():
        copy.add_graph(graph)
    copy.flush()

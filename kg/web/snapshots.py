"""What readers see of a store that is written to: it as it was after some write.

While a directory is written to nobody else may read it, so who writes leaves a snapshot
(hard links: no data are copied) for those who read.
"""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

from kg.directory import Lock
from kg.errors import KGError
from kg.store import OxigraphStore

__all__ = ["Snapshots", "take"]

_LOCKED = "IDENTITY"
"""The file that a :class:`~kg.directory.Lock` is on."""


def take(store: OxigraphStore, snapshot: Path) -> None:
    """Leave the store as it is now in a new directory."""
    store.engine.backup(str(snapshot))
    identity = Path(str(store.location)) / "IDENTITY"  # RocksDB leaves it out
    shutil.copyfile(identity, snapshot / "IDENTITY")


class Snapshots:
    """The snapshots of the store at `location`, in a hidden folder beside it."""

    def __init__(self, location: Path) -> None:
        path = location.resolve()
        self.folder = path.with_name(f".{path.name}.served")
        self.current = self.folder / "current"
        """A link to the one to read."""
        self._numbers = itertools.count()
        self._kept: list[Path] = []
        with OxigraphStore(location) as store:  # nobody else writes
            self._lock = self._alone(location)
            self._clear()
            first = self.next()
            take(store, first)
        self.show(first)

    def _alone(self, location: Path) -> Lock:
        """Keep others from serving it with ``--write`` as long as this process does."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / _LOCKED).touch()
        try:
            return Lock(self.folder, location, shared=False)
        except KGError as error:
            what = "is served with --write by another process"
            raise KGError(location, what, "end that one first") from error

    def _clear(self) -> None:
        """Clear away what one that was killed has left."""
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != _LOCKED:
                path.unlink()

    def next(self) -> Path:
        """Return a place for the next one."""
        return self.folder / str(next(self._numbers))

    def show(self, snapshot: Path) -> None:
        """Let later readers open this one; who reads the one before may finish."""
        link = self.folder / "link"
        link.unlink(missing_ok=True)
        link.symlink_to(snapshot.name)
        link.replace(self.current)
        self._kept.append(snapshot)
        while len(self._kept) > 2:
            shutil.rmtree(self._kept.pop(0), ignore_errors=True)

    def drop(self, snapshot: Path) -> None:
        """Clear away one that may have been begun, of a write that failed."""
        shutil.rmtree(snapshot, ignore_errors=True)

    def close(self) -> None:
        """Clear them away."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._lock.release()

"""Folders that processes share: locked, exchanged at one moment, cleared away in the end.

A lock is ``flock`` on the folder itself, which works where nothing can be written and ends
with the process.  A file system that has no locks goes without; so does Windows.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

__all__ = [
    "can_link",
    "cleared",
    "exchange",
    "fingerprint",
    "linked",
    "locked",
    "retired",
    "stands",
    "synced",
]

_OLD = "old-"
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def locked(folder: Path, *, shared: bool) -> int | None:
    """Return the folder as an open file with a lock on it, or None if others' locks forbid it."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(opened, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(opened)
        return None
    except OSError:
        pass  # the file system has none
    return opened


def stands(opened: int, folder: Path) -> bool:
    """Say whether the open folder is the one that has this name now."""
    try:
        return os.path.samestat(os.fstat(opened), folder.stat())
    except FileNotFoundError:
        return False


def linked(source: Path, target: Path) -> None:
    """Give a file that never changes a second place; copy it where there are no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def can_link(folder: Path) -> bool:
    """Try whether files in a folder of our own can have hard links."""
    first, second = folder / "link-1", folder / "link-2"
    first.touch()
    try:
        os.link(first, second)
    except OSError:
        return False
    finally:
        first.unlink()
        second.unlink(missing_ok=True)
    return True


def exchange(fresh: Path, folder: Path, before: Path) -> None:
    """Let `fresh` have the name of `folder`, and the other way round.

    At one moment on Linux, if the file system can.  Else `folder` is away for a moment,
    under the name `before`, and stays there if the process is killed just then.
    """
    if not folder.exists():
        fresh.rename(folder)
        return
    with suppress(OSError, AttributeError):  # told by what follows, if that fails, too
        _exchanged(fresh, folder)
        return
    folder.rename(before)
    try:
        fresh.rename(folder)
    except OSError:
        before.rename(folder)
        raise
    before.rename(fresh)


def _exchanged(one: Path, other: Path) -> None:
    import ctypes  # not at the top: only who writes needs it

    system = ctypes.CDLL(None, use_errno=True)
    names = (os.fsencode(one), os.fsencode(other))
    if system.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE):
        raise OSError(ctypes.get_errno(), "cannot be exchanged", str(other))


def synced(folder: Path) -> None:
    """Have the names in a folder outlive a power cut, where the system can say so."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def retired(folder: Path) -> None:
    """Put a folder among the old ones, to be cleared when nobody has a lock on it."""
    folder.rename(folder.with_name(f"{_OLD}{folder.stat().st_ino}"))


def cleared(home: Path, *, all_of_it: bool) -> None:
    """Clear away the old folders in `home` that nobody reads, and perhaps all else in it."""
    if not home.exists():
        return
    for folder in list(home.iterdir()):
        if not folder.name.startswith(_OLD):
            if not all_of_it:
                continue
            retired(folder)
    for folder in home.glob(f"{_OLD}*"):
        with suppress(FileNotFoundError):  # somebody else clears as well
            if not folder.is_dir():  # a file of `can_link`
                folder.unlink()
            elif (opened := locked(folder, shared=False)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(opened)


def fingerprint(location: Path) -> str:
    """Return what changes whenever the directory is written to; it costs no reading of data.

    Raises :class:`OSError` if there is no directory.
    """
    told = hashlib.sha256()
    for path in sorted(location.iterdir()):
        status = path.stat()
        told.update(f"{path.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return told.hexdigest()

"""Where the shipped folders are, and how files are written: whole or not at all."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from kg.errors import KGError

__all__ = ["replacing", "replacing_folder", "shipped"]

_PACKAGE = Path(__file__).resolve().parent


def shipped(name: str) -> Path:
    """Return the folder ``ontology`` or ``data`` that comes with the package.

    In an installed wheel it lies inside the package, in a checkout beside it.

    >>> sorted(path.name for path in shipped("ontology").glob("*.ttl"))
    ['aieco.ttl', 'alignments.ttl', 'shapes.ttl']
    """
    for folder in (_PACKAGE / "_shipped" / name, _PACKAGE.parent / name):
        if folder.is_dir():
            return folder
    raise KGError(name, "the folder that ships with kg is missing", "install the package again")


def _no_place(path: str | Path, folder: Path, error: OSError) -> KGError:
    if not folder.exists():
        return KGError(path, f"there is no folder {Path(path).parent}", "make it, or name another")
    return KGError(path, f"cannot be written: {error.strerror}", "choose another place")


@contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    r"""Open a file beside `path` for writing bytes, and rename it to `path` at the end.

    If the body raises, or the process dies, `path` stays as it was.  ``-`` is
    standard output, written as it comes.  A folder that cannot be written to is
    a :class:`KGError`.

    """
    if str(path) == "-":
        if sys.stdout is None:
            raise KGError("-", "standard output is closed", "name a file with -o")
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(path)
    if path.is_dir():
        raise KGError(path, "is a folder", "name a file")
    if path.exists() and not path.is_file():  # /dev/stdout, a named pipe: nothing to rename over
        with path.open("wb") as out:
            yield out
        return
    target = path.resolve()  # through a symbolic link, so that the link stays one
    try:
        handle, beside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise _no_place(path, target.parent, error) from error
    try:
        with os.fdopen(handle, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        Path(beside).chmod(_mode(target))
        Path(beside).replace(target)
    except OSError as error:
        what = f"cannot be written: {error.strerror}"
        raise KGError(path, what, "nothing was changed") from error
    finally:
        Path(beside).unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: str | Path) -> Iterator[Path]:
    """Make a folder beside `path` to be filled, and rename it to `path` at the end.

    A folder that is there already is exchanged only if it is empty, or if all that it
    holds is also in the new one (it was written by the same export): nothing of
    anybody else's is deleted.  If the body raises, `path` stays as it was.
    """
    if str(path) == "-":
        raise KGError("-", "the format is a folder of files", "name a folder")
    target = Path(path).resolve()
    if target.exists() and not target.is_dir():
        raise KGError(path, "is a file, and the format is a folder of files", "name a folder")
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise _no_place(path, target.parent, error) from error
    try:
        new = beside / "new"
        new.mkdir()
        yield new
        if target.exists():
            _only_ours(path, target, new)
            target.rename(beside / "old")
        new.rename(target)
    except OSError as error:
        if not target.exists() and (beside / "old").exists():
            (beside / "old").rename(target)
        what = f"cannot be written: {error.strerror}"
        raise KGError(path, what, "nothing was changed") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _only_ours(path: str | Path, target: Path, new: Path) -> None:
    ours = {file.relative_to(new) for file in new.rglob("*")}
    foreign = sorted({file.relative_to(target) for file in target.rglob("*")} - ours)
    if foreign:
        what = f"holds {foreign[0]}, which this export does not write"
        raise KGError(path, what, "name a new folder, or empty this one")


def _mode(target: Path) -> int:
    """The permissions a file at `target` has, or would get from plain ``open``."""
    if target.exists():
        return target.stat().st_mode & 0o777
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask

"""A store in one file, and back: whole or not at all."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, NamedTuple, cast

import pyoxigraph as ox

from kg import paths, store
from kg.errors import KGError
from kg.ours import Named

__all__ = ["Restored", "backup", "restore"]

_LAST = re.compile(rb"\n?# end of the backup: ([0-9]+) quads\n\Z")
"""A comment to N-Quads; a file without it was cut off."""


def backup(location: str, file: str | Path) -> int:
    """Write all quads of a store to a file of N-Quads; return how many.

    A name that ends in ``.gz`` is compressed.  The last line says how many quads there
    are.  The quads come as the store has them, so that memory does not grow with it.
    Raises :class:`KGError` if the store cannot be read or the file not be written.
    """
    counted = _Counted()
    with (
        store.open(location, read_only=True) as opened,
        paths.replacing(file) as raw,
        _packed(raw, file) as out,
    ):
        ox.serialize(counted(opened.quads()), cast("IO[bytes]", out), ox.RdfFormat.N_QUADS)
        out.write(f"# end of the backup: {counted.number} quads\n".encode())
    return counted.number


class Restored(NamedTuple):
    """What came of it."""

    quads: int
    """How many came out of the backup."""
    left: tuple[Named, ...]
    """The graphs that stay as they were, see :meth:`kg.store.Store.replace`."""


def restore(file: str | Path, location: str) -> Restored:
    """Exchange a store's content for that of a backup.

    Raises :class:`KGError`, and leaves the store as it was, if the file cannot be
    read, is no whole backup, or does not have as many quads as it says.
    """
    counted = _Counted()
    try:
        with Path(file).open("rb") as raw, store.open(location, at_once=False) as opened:
            left = opened.replace(counted(_read(raw, file)))
            return Restored(counted.number, left)
    except OSError as error:
        what = f"cannot be read: {error.strerror or error}"
        raise KGError(file, what, "nothing was changed") from error


@contextmanager
def _packed(out: BinaryIO, file: str | Path) -> Iterator[BinaryIO]:
    if Path(file).suffix != ".gz":
        yield out
        return
    # Neither a time nor a name in it: the same content gives the same bytes.
    with gzip.GzipFile("", "wb", fileobj=out, mtime=0) as packed:
        yield cast("BinaryIO", packed)


def _read(raw: BinaryIO, file: str | Path) -> Iterator[ox.Quad]:
    packed = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    source = _Watched(cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if packed else raw)
    count = 0
    try:
        for quad in ox.parse(cast("IO[bytes]", source), format=ox.RdfFormat.N_QUADS):
            count += 1
            yield quad
    except (SyntaxError, EOFError, gzip.BadGzipFile) as error:
        what = f"is no whole backup: {' '.join(str(error).split())}"
        raise KGError(file, what, "nothing was changed") from error
    last = _LAST.search(source.end)
    if not last or int(last[1]) != count:
        told = f"{int(last[1]):,} quads" if last else "no number of quads at its end"
        what = f"is no whole backup: it has {count:,} quads and says {told}"
        raise KGError(file, what, "nothing was changed")


class _Counted:
    """Lets quads through, and knows how many there were."""

    number = 0

    def __call__(self, quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
        for quad in quads:
            self.number += 1
            yield quad


class _Watched:
    """An open file that remembers its last bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.end = b""

    def read(self, size: int = -1) -> bytes:
        found = self._file.read(size)
        self.end = (self.end + found)[-80:]
        return found

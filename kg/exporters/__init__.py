"""Files that other programs open: one module a format, and the folder is the list.

The name of a module is the name of its format.  Its docstring's first line is
the format's title, and it defines::

    SUFFIXES = (".ttl",)        # the first is the usual one; () for a folder of files
    MEDIA_TYPE = "text/turtle"  # of a folder: that of its files
    LOSSES = {"code": "what the format cannot hold, and what becomes of it"}

    def write(network: Network, out: BinaryIO, losses: Losses, langs: Sequence[str]) -> None: ...

A format of several files has ``write_folder(network, folder: Path, losses, langs)``
instead.  Formats of graph programs write ``network.nodes()`` and
``network.edges()`` as :mod:`kg.records` flattens them; RDF formats dump
``network.store``.  Writing is deterministic, streams, and text ends in a newline.
What a format cannot hold is counted, each time, under a code of ``LOSSES``.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from kg import network, paths
from kg.errors import KGError, near

if TYPE_CHECKING:
    from kg.network import Edge, Network, Node
    from kg.store import Store

T = TypeVar("T", bound="Node | Edge")

__all__ = ["Format", "Losses", "export", "find", "formats", "write"]


@dataclass
class Losses:
    """What did not arrive as it was: how often, and where for the first time."""

    known: Mapping[str, str]
    """The codes of the format, with what each says."""
    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, str] = field(default_factory=dict)

    def count(self, code: str, where: str, times: int = 1) -> None:
        """Count `times` losses of a kind that the format declares; `where` names a thing."""
        if code not in self.known:
            raise KeyError(f"the format does not declare the loss '{code}'")
        if times:
            self.counts[code] += times
            self.first.setdefault(code, where)

    def records(self) -> list[dict[str, Any]]:
        """Return ``code``, ``what``, ``count`` and ``first`` of each kind that was met."""
        return [
            {"code": code, "what": self.known[code], "count": self.counts[code],
             "first": self.first[code]}
            for code in self.known
            if self.counts[code]
        ]  # fmt: skip

    def lines(self) -> list[str]:
        """Return a line for people for each kind that was met."""
        return [
            f"{each['count']:,}x {each['what']} (first: {each['first']})" for each in self.records()
        ]


@dataclass(frozen=True, slots=True)
class Format:
    """A format that the graph can be written in."""

    name: str
    title: str
    suffixes: tuple[str, ...]
    media_type: str
    losses: Mapping[str, str]
    """What it cannot hold, by code; empty if it holds everything."""
    write: Callable[[Network, BinaryIO, Losses, Sequence[str]], None] | None
    """Writes a file; None for a format of several files."""
    write_folder: Callable[[Network, Path, Losses, Sequence[str]], None] | None


@functools.cache
def formats() -> Mapping[str, Format]:
    """Return every format by name, sorted.

    >>> formats()["turtle"].suffixes
    ('.ttl',)
    """
    found = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        module = importlib.import_module(f"{__name__}.{name}")
        title = (module.__doc__ or name).partition("\n")[0].rstrip(".").replace("``", "'")
        writers = (getattr(module, each, None) for each in ("write", "write_folder"))
        found[name] = Format(
            name, title, module.SUFFIXES, module.MEDIA_TYPE, module.LOSSES, *writers
        )
    return found


def find(path: str | Path, name: str | None = None) -> Format:
    """Return the format with this name or suffix, or the one that the suffix of `path` tells.

    Of two suffixes that fit, the longer one tells (``.yed.graphml``).  Raises
    :class:`KGError`, with the near match or all there are, if there is none.

    >>> find("graph.nq").name, find("-", "turtle").name
    ('nquads', 'turtle')
    """
    known = formats()
    suffixes = {suffix: each for each in known.values() for suffix in each.suffixes}
    if name is not None:
        found = known.get(name) or suffixes.get(f".{name.lower().removeprefix('.')}")
        if found is None:
            what = f"format '{name}' is not known"
            raise KGError("--format", what, near(name, known, f"choose one of {', '.join(known)}"))
        return found
    if str(path) == "-":
        remedy = f"say --format with one of {', '.join(known)}"
        raise KGError("-", "standard output does not tell a format", remedy)
    file = Path(path).name.lower()
    fitting = [suffix for suffix in suffixes if file.endswith(suffix)]
    if not fitting:
        suffix = Path(path).suffix.lower()
        what = f"the suffix '{suffix}' tells no format" if suffix else "has no suffix"
        if suffix[1:] in known:
            remedy = f"it is a folder of files: say --format {suffix[1:]} and name a folder"
            raise KGError(path, what, remedy)
        if suffix:
            choice = f"use one of {', '.join(sorted(suffixes))}, or say --format"
            raise KGError(path, what, near(suffix, suffixes, choice))
        folders = [each.name for each in known.values() if not each.suffixes]
        remedy = f"for a folder say --format {' or '.join(folders)}; kg export --list has all"
        raise KGError(path, what, remedy)
    return suffixes[max(fitting, key=len)]


def write(
    store: Store,
    out: BinaryIO,
    format: str,
    *,
    langs: Sequence[str] = ("en", "ko"),
    seen: Callable[[Any], None] | None = None,
) -> Losses:
    """Write the graph to an open file in a format of one file; return what was lost."""
    chosen = find("-", format)
    if chosen.write is None:
        raise KGError(f"--format {format}", "is a folder of files", "name a folder")
    losses = Losses(chosen.losses)
    chosen.write(_Watched(store, seen), out, losses, langs)
    return losses


def export(
    store: Store,
    path: str | Path,
    format: str | None = None,
    *,
    langs: Sequence[str] = ("en", "ko"),
    seen: Callable[[Any], None] | None = None,
) -> Losses:
    """Write the graph of `store` to `path`, whole or not at all; ``-`` is standard output.

    `langs` are the languages of labels where a format takes only one, the first
    that there is.  `seen` is called with every node and edge that is written.
    Returns what the format could not hold.  Raises :class:`KGError` as
    :func:`find` does, and if `path` cannot be written.
    """
    chosen = find(path, format)
    if chosen.write is None:
        losses = Losses(chosen.losses)
        with paths.replacing_folder(path) as folder:
            assert chosen.write_folder is not None  # noqa: S101 a format writes one or the other
            chosen.write_folder(_Watched(store, seen), folder, losses, langs)
        return losses
    with paths.replacing(path) as out:
        return write(store, out, chosen.name, langs=langs, seen=seen)


class _Watched(network.Network):
    """A projection that tells of every node and edge as it passes."""

    def __init__(self, store: Store, seen: Callable[[Any], None] | None) -> None:
        super().__init__(store)
        self._seen = seen

    def nodes(self, ids: Iterable[str] | None = None) -> Iterator[Node]:
        return self._told(super().nodes(ids))

    def edges(self, claims: Iterable[str] | None = None) -> Iterator[Edge]:
        return self._told(super().edges(claims))

    def _told(self, things: Iterator[T]) -> Iterator[T]:
        for each in things:
            if self._seen is not None:
                self._seen(each)
            yield each

"""Quads from what holds them: an iterable, a file by its name, or an open file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pyoxigraph as ox

from kg.errors import KGError

__all__ = ["Data", "Graph", "moved", "quads"]

Graph = ox.NamedNode | ox.DefaultGraph
Data = Iterable[ox.Quad] | str | Path | BinaryIO


def quads(
    data: Data, format: ox.RdfFormat | None = None, graph: ox.NamedNode | None = None
) -> Iterable[ox.Quad]:
    """Return the quads in `data`; what is in no graph goes to `graph`, if one is given.

    Blank nodes of a file are new ones.  Raises :class:`KGError` for a format that is
    not known and, while it is read, with file and line for what cannot be parsed.
    """
    if isinstance(data, str | Path):
        format = format or ox.RdfFormat.from_extension(Path(data).suffix.removeprefix("."))
        if format is None:
            raise KGError(data, "its suffix tells no RDF format", "use .ttl, .nt, .nq or .trig")
        return _in_graph(_parsed(str(data), {"path": str(data)}, format), graph)
    if not hasattr(data, "read"):
        return _in_graph(data, graph)
    if format is None:
        raise KGError("load", "an open file does not tell its format", "say which: format=")
    return _in_graph(_parsed(str(getattr(data, "name", "input")), {"input": data}, format), graph)


def moved(quad: ox.Quad, graph: Graph) -> ox.Quad:
    """Return the quad in another graph."""
    return ox.Quad(quad.subject, quad.predicate, quad.object, graph)


def _parsed(name: str, source: dict[str, Any], format: ox.RdfFormat) -> Iterator[ox.Quad]:
    try:
        yield from ox.parse(**source, format=format, rename_blank_nodes=True)
    except SyntaxError as error:
        place = f"{name}:{error.lineno}" if error.lineno else name
        what = str(error.msg).partition(": ")[2] if error.lineno else str(error.msg)
        raise KGError(place, " ".join(what.split()), "nothing was loaded") from error
    except OSError as error:
        what = str(error.strerror or error).partition(" (os error")[0]
        raise KGError(name, f"cannot be read: {what}", "nothing was loaded") from error


def _in_graph(quads: Iterable[ox.Quad], graph: ox.NamedNode | None) -> Iterable[ox.Quad]:
    if graph is None:
        return quads
    plain = ox.DefaultGraph()
    return (moved(quad, graph) if quad.graph_name == plain else quad for quad in quads)

"""JSON that streams: a value a line, and every text as it is."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

from kg import records
from kg.model import Source
from kg.network import Edge, Node, plain

__all__ = ["Lines", "edge", "line", "node", "source"]

_PLAIN = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_ESCAPED = json.JSONEncoder(allow_nan=False).encode


def line(value: object) -> bytes:
    r"""Return a value as JSON without line ends.

    A lone surrogate, which UTF-8 cannot hold, is written as an escape.

    >>> line("가"), line("\ud800")
    (b'"\xea\xb0\x80"', b'"\\ud800"')
    """
    try:
        return _PLAIN(value).encode()
    except UnicodeEncodeError:
        return _ESCAPED(value).encode()


class Lines:
    """The values of an array or, with keys, of an object: each on a line of its own."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._between = b"\n"

    def write(self, value: object, key: str | None = None) -> None:
        """Write the next value."""
        named = b"" if key is None else line(key) + b": "
        self._out.write(self._between + named + line(value))
        self._between = b",\n"


def node(node: Node) -> dict[str, Any]:
    """Return a node with lists and maps, as :meth:`~kg.network.Network.to_networkx` has it.

    Its facts are those of :func:`kg.records.fact`, with datatypes.
    """
    return {**plain(node), "facts": [records.fact(fact) for fact in node.facts]}


def edge(edge: Edge) -> dict[str, Any]:
    """Return an edge with lists and maps, as :meth:`~kg.network.Network.to_networkx` has it."""
    return dict(plain(edge))


def source(source: Source) -> dict[str, Any]:
    """Return a source with lists and maps: its titles by language."""
    return {
        **plain(source),
        "class": type(source).__name__,
        "titles": dict(source.titles),
    }

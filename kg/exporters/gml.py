"""GML, for networkx, Cytoscape and Gephi; igraph reads GraphML better.

As GML wants it, a file is ASCII (other characters are entities, ``&#44032;``), keys
are letters and digits (``label_ko`` is ``labelKo``) and whole numbers have 32 bits.
igraph leaves the entities as they are, so Korean is not readable there.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

from kg import records
from kg.network import Network
from kg.records import Record, Value

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".gml",)
MEDIA_TYPE = "text/gml"
LOSSES = {
    "characters": "character that has no entity (a control character, a lone surrogate): "
    "written as that of U+FFFD",
    "booleans": "boolean: written as 1 or 0",
    "integers": "whole number beyond 32 bits: written as a decimal number",
}

_WORDS = re.compile(r"[A-Za-z0-9]+")
_AWKWARD = re.compile('[&"]|[^ -~]')


def write(network: Network, out: BinaryIO, losses: Losses, langs: Sequence[str]) -> None:
    """Write a directed multigraph; the sources are JSON text of the graph."""
    langs = tuple(langs)
    numbers: dict[str, int] = {}
    out.write(b'Creator "kg"\nVersion 1\ngraph\n[\n  directed 1\n  multigraph 1\n')
    sources = [records.source(each) for each in network.sources()]
    said = json.dumps(sources, ensure_ascii=False, sort_keys=True)
    out.write(f'  sources "{_text(said, losses, "sources")}"\n'.encode("ascii"))
    for number, node in enumerate(network.nodes()):
        numbers[node.id] = number
        record = {"id": number, **records.node(node, langs)}
        out.write(_element("node", record, losses, node.id))
    for edge in network.edges():
        ends = {"source": numbers[edge.source], "target": numbers[edge.target]}
        label = records.relation(edge.relation, langs)
        record = {**ends, "label": label, **records.edge(edge)}
        out.write(_element("edge", record, losses, edge.id))
    out.write(b"]\n")


def _element(kind: str, record: Record, losses: Losses, place: str) -> bytes:
    lines = [f"  {kind}\n  ["]
    for name, value in record.items():
        lines.append(f"    {_key(name)} {_value(value, losses, f'{place}: {name}')}")
    return "\n".join([*lines, "  ]\n"]).encode("ascii")


@functools.cache
def _key(name: str) -> str:
    first, *others = (str(word) for word in _WORDS.findall(name))
    return first + "".join(word.capitalize() for word in others)


def _value(value: Value, losses: Losses, place: str) -> str:
    if isinstance(value, str):
        return f'"{_text(value, losses, place)}"'
    if isinstance(value, bool):
        losses.count("booleans", place)
        return str(int(value))
    if isinstance(value, int) and not -(2**31) <= value < 2**31:
        losses.count("integers", place)
        value = float(value)
    if isinstance(value, int):
        return str(value)
    mantissa, _, exponent = repr(value).partition("e")
    point = mantissa if "." in mantissa else f"{mantissa}.0"
    return f"{point}E{int(exponent):+}" if exponent else point


def _text(text: str, losses: Losses, place: str) -> str:
    if _AWKWARD.search(text) is None:
        return text
    safe, lost = records.safe_xml(text)
    losses.count("characters", place, lost)
    return _AWKWARD.sub(_entity, safe)


def _entity(found: re.Match[str]) -> str:
    return {"&": "&amp;", '"': "&quot;"}.get(found[0]) or f"&#{ord(found[0])};"

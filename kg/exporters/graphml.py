"""GraphML, for Gephi, yEd, Cytoscape, igraph and networkx.

Nodes are ``n0``, ``n1``, ..., edges ``e0``, ``e1``, ..., in the order of the
projection: plain ids travel best.  What they stand for is data: ``entity`` and
``iri`` of a node, ``claim`` of an edge.  Parallel edges stay.

Written by hand, not by networkx: its writer holds the graph in memory, orders
edges its own way, spells booleans ``True`` and lets control characters through,
which no XML reader takes.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from kg import exporters
from kg.network import Network, label, plain

__all__ = ["MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".graphml",)
MEDIA_TYPE = "application/graphml+xml"

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns"
         xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
         xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns \
http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
"""
_TYPES: Mapping[type, str] = {str: "string", bool: "boolean", int: "long", float: "double"}
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold (section 2.2); they become U+FFFD."""

Keys = dict[tuple[str, str, str], str]
"""Id of each key by what it is for, its name and its type, in the order of first use."""


def write(network: Network, out: BinaryIO) -> None:
    """Write nodes and edges, each attribute under a typed key, flattened by ``exporters.flat``.

    The keys must come first and are known last, so the body waits in a temporary file.
    """
    keys: Keys = {}
    named: dict[str, str] = {}
    with tempfile.TemporaryFile() as body:
        for number, node in enumerate(network.nodes()):
            named[node.id] = f"n{number}"
            # Not `id`: GraphML readers keep that name for themselves, and lose the attribute.
            record = {"entity": node.id, "label": label(node, ("en", "ko")), **plain(node)}
            body.write(_element("node", f'id="n{number}"', record, keys))
        for number, edge in enumerate(network.edges()):
            record = {"claim": edge.id, "label": edge.relation, **plain(edge)}
            ends = f'source="{named[record.pop("source")]}" target="{named[record.pop("target")]}"'
            body.write(_element("edge", f'id="e{number}" {ends}', record, keys))
        out.write(_HEAD.encode())
        for (scope, name, kind), key in keys.items():
            declared = f'for="{scope}" attr.name={quoteattr(name)} attr.type="{kind}"'
            out.write(f'  <key id="{key}" {declared}/>\n'.encode())
        out.write(b'  <graph id="graph" edgedefault="directed">\n')
        body.seek(0)
        shutil.copyfileobj(body, out)
    out.write(b"  </graph>\n</graphml>\n")


def _element(scope: str, attributes: str, record: dict[str, object], keys: Keys) -> bytes:
    del record["id"]
    lines = [f"    <{scope} {attributes}>"]
    for name, value in exporters.flat(record).items():
        key = keys.setdefault((scope, name, _TYPES[type(value)]), f"d{len(keys)}")
        lines.append(f'      <data key="{key}">{_text(value)}</data>')
    return "\n".join([*lines, f"    </{scope}>\n"]).encode()


def _text(value: str | int | float | bool) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return escape(_NO_XML.sub("\ufffd", text), {"\r": "&#13;"})  # a bare one is read as a line end

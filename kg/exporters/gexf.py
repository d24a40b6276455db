"""GEXF 1.3, for Gephi, with colours and, from the claims' dates, spells.

The ``kind`` of an edge is its relation, so that Gephi keeps two relations of a pair
apart; for two claims with one relation choose *Don't merge* when it asks.

A spell is the days on which a claim can hold, by the rules of ``--at``: a date of
a month or a year is widened to its first or last day, a start or an end that no
source gives stays open, and so does the end of what happened (it stays true).
The dates as they were said, with their precision, are data.  Nodes are placed in
a graph of up to 2,000; in a larger one Gephi's layouts do it.
"""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO

from kg import drawing, palette, records
from kg.drawing import Place
from kg.literals import period
from kg.model import Literal, Value
from kg.network import Edge, Network, Node
from kg.validity import EVENTS
from kg.xmlfile import CHARACTERS, Attributes, attribute

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".gexf",)
MEDIA_TYPE = "application/gexf+xml"
LOSSES = {
    **CHARACTERS,
    **drawing.PLACES,
    "sources": "source (title, publisher, date): left out, the format has no place for it; "
    "evidence names it by its id",
    "spells": "claim that ends before it starts: has no spell; its dates are data",
}

_SPACE = "http://gexf.net/1.3"
_HEAD = f"""<?xml version="1.0" encoding="UTF-8"?>
<gexf xmlns="{_SPACE}" xmlns:viz="{_SPACE}/viz" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" \
xsi:schemaLocation="{_SPACE} {_SPACE}/gexf.xsd" version="1.3">
  <meta>
    <creator>kg</creator>
  </meta>
  <graph defaultedgetype="directed" idtype="string" mode="dynamic" timeformat="date">
"""
_DATA = '          <attvalue for="KEY" value="VALUE"/>\n'
_TYPES = {str: "string", bool: "boolean", int: "long", float: "double"}
_SHAPES = {"dot": "disc", "square": "square", "diamond": "diamond", "triangle": "triangle"}
"""Only those that GEXF 1.2 has too; Gephi draws discs in any case."""
_DATES = frozenset({"xsd:gYear", "xsd:gYearMonth", "xsd:date", "xsd:dateTime"})
_BIRTHS = ("birthYear", "foundedOn", "heldOn")
"""What says since when an entity is there."""


def write(network: Network, out: BinaryIO, losses: Losses, langs: Sequence[str]) -> None:
    """Write nodes and edges with typed attributes, colours, places and spells."""
    langs = tuple(langs)
    of_nodes = Attributes(_DATA, _TYPES, losses)
    of_edges = Attributes(_DATA, _TYPES, losses)
    numbers: dict[str, int] = {}
    nodes, edges = drawing.placed(network)
    with tempfile.TemporaryFile() as body:
        body.write(b"    <nodes>\n")
        for number, (node, place) in enumerate(nodes):
            numbers[node.id] = number
            body.write(_node(number, node, place, of_nodes, losses, langs).encode())
        body.write(b"    </nodes>\n    <edges>\n")
        for number, edge in enumerate(edges):
            ends = f'source="n{numbers[edge.source]}" target="n{numbers[edge.target]}"'
            body.write(_edge(f'id="e{number}" {ends}', edge, of_edges, losses, langs).encode())
        body.write(b"    </edges>\n  </graph>\n</gexf>\n")
        out.write((_HEAD + _declared("node", of_nodes) + _declared("edge", of_edges)).encode())
        body.seek(0)
        shutil.copyfileobj(body, out, 1 << 20)
    for source in network.sources():
        losses.count("sources", source.id)


def _declared(kind: str, attributes: Attributes) -> str:
    lines = [
        f'      <attribute id="{name}" title="{name}" type="{type}"/>\n'
        for name, _, type in attributes.declared()
    ]
    return f'    <attributes class="{kind}">\n{"".join(lines)}    </attributes>\n'


def _node(
    number: int,
    node: Node,
    place: Place | None,
    attributes: Attributes,
    losses: Losses,
    langs: tuple[str, ...],
) -> str:
    record = records.node(node, langs)
    label = attribute(str(record.pop("label")), losses, f"{node.id}: label")
    family = palette.family(node)
    drawn = _colour(family.colour)
    if place is None:
        losses.count("places", node.id)
    else:
        # Gephi's y goes up.
        drawn += f'        <viz:position x="{place.x}" y="{-place.y}" z="0"/>\n'
        drawn += f'        <viz:size value="{place.size}"/>\n'
    if family.shape in _SHAPES:
        drawn += f'        <viz:shape value="{_SHAPES[family.shape]}"/>\n'
    return (
        f'      <node id="n{number}" label="{label}">\n        <attvalues>\n'
        f"{attributes.written(record, node.id)}        </attvalues>\n"
        f"{_spell(_birth(node), '')}{drawn}      </node>\n"
    )


def _edge(
    head: str, edge: Edge, attributes: Attributes, losses: Losses, langs: tuple[str, ...]
) -> str:
    label = attribute(records.relation(edge.relation, langs), losses, edge.id)
    kind = attribute(edge.relation, losses, f"{edge.id}: relation")
    begins, ends = _valid(edge)
    if begins and ends and ends < begins:
        losses.count("spells", edge.id)
        begins = ends = ""
    return (
        f'      <edge {head} kind="{kind}" label="{label}">\n        <attvalues>\n'
        f"{attributes.written(records.edge(edge), edge.id)}        </attvalues>\n"
        f"{_spell(begins, ends)}{_colour(palette.line(edge).colour)}      </edge>\n"
    )


@functools.cache
def _colour(colour: str) -> str:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return f'        <viz:color r="{red}" g="{green}" b="{blue}"/>\n'


def _spell(begins: str, ends: str) -> str:
    """The first and last day, each ``""`` where it is open; nothing if both are: always there."""
    days = (f' start="{begins}"' if begins else "") + (f' end="{ends}"' if ends else "")
    return f"        <spells>\n          <spell{days}/>\n        </spells>\n" if days else ""


def _valid(edge: Edge) -> tuple[str, str]:
    days = edge.qualifiers
    begins = _days(days, "start") or _days(days, "at") or _days(days, "earliest")
    if edge.relation in EVENTS:
        return begins[0] if begins else "", ""
    ends = _days(days, "end") or _days(days, "due") or _days(days, "latest")
    return begins[0] if begins else "", ends[1] if ends else ""


def _days(qualifiers: Mapping[str, Value], name: str) -> tuple[str, str] | None:
    value = qualifiers.get(name)
    return period(value) if isinstance(value, Literal) and value.datatype in _DATES else None


def _birth(node: Node) -> str:
    """The earliest day on which any source lets it begin, or ``""``."""
    said = [
        period(fact.value)[0]
        for fact in node.facts
        if fact.predicate in _BIRTHS and fact.flat and fact.value.datatype in _DATES
    ]
    return min(said, default="")

"""Mermaid, for Markdown: a small picture of what is linked most.

A page draws at most 500 lines and 50,000 characters, and people read fewer: the
150 best linked entities are drawn, and the claims among them in the order of
their IRIs.  The first line tells what was left out.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from kg import palette, records
from kg.network import Network

if TYPE_CHECKING:
    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".mmd", ".mermaid")
MEDIA_TYPE = "text/vnd.mermaid"
LOSSES = {
    "nodes": "entity left out: only the 150 best linked are drawn",
    "edges": "claim left out: an end is not drawn, or 500 others are",
    "attributes": "attribute of what is drawn: left out, Mermaid has only labels",
    "labels": "label of more than 60 characters: cut",
    "characters": "character that cannot be drawn (a control character, a lone surrogate): "
    "written as U+FFFD; a line end or tab as a space",
    "sources": "source (title, publisher, date): left out",
}

_NODES, _EDGES, _LABEL = 150, 500, 60
_SHAPES = {
    "dot": '(["{}"])',
    "square": '["{}"]',
    "triangle": '[/"{}"\\]',
    "diamond": '("{}")',
    "hexagon": '{{{{"{}"}}}}',
    "star": '[["{}"]]',
    "triangleDown": '[\\"{}"/]',
}
"""A diamond would be as high as its label is long: it is drawn round."""
_ARROWS = {"solid": "-->", "dashed": "-.->", "dotted": "-.->"}
_SIGN = re.compile(r"[^\w\s.,()!?%+-]", re.ASCII)


def write(network: Network, out: BinaryIO, losses: Losses, langs: Sequence[str]) -> None:
    """Write a flow chart; what is drawn is known last, so all waits in temporary files."""
    langs = tuple(langs)
    degree: Counter[str] = Counter()
    with tempfile.TemporaryFile("w+") as nodes, tempfile.TemporaryFile("w+") as edges:
        for node in network.nodes():
            degree[node.id] += 0
            record = records.node(node, langs)
            _keep(nodes, node.id, record["label"], palette.family(node).name, len(record) - 1)
        for edge in network.edges():
            degree.update({edge.source, edge.target})
            label = records.relation(edge.relation, langs)
            arrow = _ARROWS[palette.line(edge).dashes]
            left = len(records.edge(edge)) - 1
            _keep(edges, edge.id, edge.source, edge.target, label, arrow, left)
        best = sorted(degree, key=lambda id: (-degree[id], id))[:_NODES]
        numbers = {id: number for number, id in enumerate(sorted(best))}
        lines = [
            *_nodes(nodes, numbers, losses),
            *_edges(edges, numbers, losses),
            *(f"  classDef {each.name} fill:{each.colour},color:#fff" for each in palette.FAMILIES),
        ]
    for source in network.sources():
        losses.count("sources", source.id)
    left_out = f"{losses.counts['nodes']:,} entities, {losses.counts['edges']:,} claims"
    out.write("\n".join([f"%% left out: {left_out}", "flowchart LR", *lines, ""]).encode())


def _nodes(kept: IO[str], numbers: Mapping[str, int], losses: Losses) -> Iterator[str]:
    shapes = {each.name: _SHAPES[each.shape] for each in palette.FAMILIES}
    for id, label, family, left in _kept(kept):
        if id not in numbers:
            losses.count("nodes", id)
            continue
        losses.count("attributes", id, left)
        drawn = shapes[family].format(_text(label, losses, f"{id}: label"))
        yield f"  n{numbers[id]}{drawn}:::{family}"


def _edges(kept: IO[str], numbers: Mapping[str, int], losses: Losses) -> Iterator[str]:
    drawn = 0
    for id, source, target, label, arrow, left in _kept(kept):
        if drawn == _EDGES or not {source, target} <= numbers.keys():
            losses.count("edges", id)
            continue
        drawn += 1
        losses.count("attributes", id, left)
        words = _text(label, losses, f"{id}: relation")
        yield f'  n{numbers[source]} {arrow}|"{words}"| n{numbers[target]}'


def _keep(file: IO[str], *values: object) -> None:
    file.write(json.dumps(values) + "\n")


def _kept(file: IO[str]) -> Iterator[Any]:
    file.seek(0)
    return map(json.loads, file)


def _text(text: str, losses: Losses, place: str) -> str:
    """A label: signs as entities, for they may be syntax, Markdown or HTML."""
    if len(text) > _LABEL:
        losses.count("labels", place)
        text = text[: _LABEL - 1] + "…"
    words, lost = records.safe_xml(text)
    losses.count("characters", place, lost + len(_SPACE.findall(words)))
    flat = _SPACE.sub(" ", words)
    return _SIGN.sub(lambda sign: sign[0] if sign[0].isalnum() else f"#{ord(sign[0])};", flat)


_SPACE = re.compile("[\t\n\r\x7f-\x9f\u2028\u2029]")

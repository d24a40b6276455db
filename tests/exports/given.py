"""Graphs that try a format, and what an export of them is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kg import exporters
from kg.exporters import Losses
from kg.model import Evidence, Literal, Rank, Record, Source, Span, Status
from kg.network import Edge, Fact, Network, Node

LANGS = ("en", "ko")
BAD = "a\x00b\ud800c"
AWKWARD = (
    "\"'<&>]]>", "line\nbreak", "cr\rx", "crlf\r\ny", "back\\slash", r"\u0027 \' \n", "#x", "---",
    "가\u202e\U0001f916", "=1+1", "+1", "-1", "@x", "\ttab", " blanks ", "[[x|y]]", "{a: b}",
    "`tick`", "a;b|c", "null", "true", "a\u2028b", "a\x85b", "\ufeffmark", "\x1f\x1b[31m", "$1 %s",
    "';DROP TABLE nodes;--",
)  # fmt: skip


class Given(Network):
    """A graph that no store can hold: records as they are given."""

    def __init__(self, nodes: list[Node], edges: list[Edge], sources: list[Source]) -> None:
        self._given = nodes, edges, sources

    def nodes(self, _: Any = None) -> Iterator[Node]:
        return iter(self._given[0])

    def edges(self, _: Any = None) -> Iterator[Edge]:
        return iter(self._given[1])

    def sources(self) -> Iterator[Source]:
        return iter(self._given[2])


CLAIM = "https://w3id.org/aieco/claim/"


def claimed(number: int, text: str) -> dict[str, Any]:
    return {
        "id": f"{CLAIM}{number:032x}",
        "status": Status.STATED,
        "rank": Rank.NORMAL,
        "qualifiers": {"unit": Literal(text)},
        "gloss": {"en": text},
        "notes": {},
        "evidence": (
            Evidence("news", Span(0, 1), "0" * 64),
            Evidence("set", Record(text, "/a"), "1" * 64),
        ),
        "premises": (),
        "rule": "",
        "flat": True,
    }  # fmt: skip


def awkward(*texts: str) -> Given:
    """A node, a fact and an edge with each of the texts wherever there are words."""
    nodes, edges = [], []
    for number, text in enumerate(texts):
        fact = Fact(predicate="name", value=Literal(text), **claimed(3 * number, text))
        node = Node(
            id=f"n{number:02}", iri=f"https://w3id.org/aieco/id/n{number:02}", cls="Person",
            types=("Person", "Agent", "Entity"), labels={"en": text, "zh-hant": "甲"},
            aliases={"ko": (text, "B")}, misspellings={}, notes={"en": text}, facts=(fact,),
        )  # fmt: skip
        nodes.append(node)
        for twin in (1, 2):  # two edges between the same two
            about = claimed(3 * number + twin, text)
            edges.append(Edge(source=node.id, target="n00", relation="partOf", **about))
    return Given(nodes, edges, [])


def written(graph: Network, name: str, folder: Path) -> tuple[Path, Losses]:
    """Where the export of this graph is, and what was lost."""
    form = exporters.formats()[name]
    losses = Losses(form.losses)
    if form.write_folder:
        path = folder / name
        path.mkdir(parents=True)
        form.write_folder(graph, path, losses, LANGS)
        return path, losses
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"graph{form.suffixes[0]}"
    assert form.write is not None
    with path.open("wb") as out:
        form.write(graph, out, losses, LANGS)
    return path, losses


def files(path: Path) -> dict[str, bytes]:
    found = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    return {str(each.relative_to(path.parent)): each.read_bytes() for each in found}

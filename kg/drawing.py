"""Places and sizes of nodes, for the formats that have them, while the graph streams by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from typing import NamedTuple

from kg import layout
from kg.network import Edge, Network, Node

__all__ = ["MOST_EDGES", "MOST_NODES", "PLACES", "Place", "placed"]

MOST_NODES = 2_000
MOST_EDGES = 8_000
"""So few are held in memory until their nodes are placed: about 20 MB, and a second."""

PLACES = {
    "places": f"node of a graph of more than {MOST_NODES:,} nodes or {MOST_EDGES:,} claims: has no "
    "place; let the program lay it out"
}
"""The loss of formats that have places."""


class Place(NamedTuple):
    """Where a node stands, in pixels from the middle, x to the right and y down, and how large."""

    x: int
    y: int
    size: float


Placed = Iterator[tuple[Node, Place | None]]


def placed(network: Network) -> tuple[Placed, Iterator[Edge]]:
    """Return the nodes with their places, and the edges; each can be read once, nodes first.

    A larger graph than :data:`MOST_NODES` and :data:`MOST_EDGES` streams, and has no places.
    """
    nodes, edges = network.nodes(), network.edges()
    few = list(islice(nodes, MOST_NODES + 1))
    if len(few) > MOST_NODES:
        return ((node, None) for node in chain(few, nodes)), edges
    links = list(islice(edges, MOST_EDGES + 1))
    if len(links) > MOST_EDGES:
        return ((node, None) for node in few), chain(links, edges)
    places = _places(few, links)
    return ((node, places[node.id]) for node in few), iter(links)


def _places(nodes: list[Node], edges: list[Edge]) -> dict[str, Place]:
    ends = [(edge.source, edge.target) for edge in edges]
    degree = Counter(end for pair in ends for end in set(pair))
    width = round(100 * len(nodes) ** 0.5) + 100  # about as much room for each node in any graph
    found = layout.positions([node.id for node in nodes], ends, width, width * 3 // 4)
    return {id: Place(x, y, round(9 + 3 * degree[id] ** 0.5, 1)) for id, (x, y) in found.items()}

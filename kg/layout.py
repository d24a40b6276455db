"""Where to draw each node, and which nodes belong together; the same every time.

Communities are found by Louvain's method.  They are laid out first, each as one point;
then their members, starting around that point, by ForceAtlas2 in its LinLog form, which
draws what is densely linked as a cluster and keeps nodes evenly apart.  Components stand
beside one another, held by gravity.  See docs/decisions/0010 for what was compared.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from kg.errors import KGError

__all__ = ["communities", "positions"]

_SEED = 1
_BETWEEN = 0.4
"""Pull of an edge between communities; one within a community has 1."""
_EXACT = 300
"""Up to so many nodes, repulsion is computed for every pair, not by quadrants."""

_ROUNDS = 300
"""What starts around its community's place is in its own by then; 1,000 look the same."""

Link = tuple[int, int]
Point = tuple[float, float]


def communities(nodes: Sequence[str], edges: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Return the number of each node's community; 0 is the largest.

    A node without edges is a community of its own.

    >>> communities(["a", "b", "c", "d", "e"], [("a", "b"), ("b", "c"), ("a", "c"), ("d", "e")])
    {'a': 0, 'b': 0, 'c': 0, 'd': 1, 'e': 1}
    """
    import networkx as nx  # not at the top: it takes as long to load as all of kg

    order, links = _numbered(nodes, edges)
    graph = nx.Graph()
    graph.add_nodes_from(range(len(order)))  # numbers: sets of them have the same order always
    graph.add_edges_from(links)
    found = nx.community.louvain_communities(graph, seed=_SEED) if links else [{n} for n in graph]
    ranked = sorted(found, key=lambda each: (-len(each), min(each)))
    numbers = {member: number for number, each in enumerate(ranked) for member in each}
    return {node: numbers[index] for index, node in enumerate(order)}


def positions(
    nodes: Sequence[str],
    edges: Iterable[tuple[str, str]],
    width: int,
    height: int,
    groups: Mapping[str, int] | None = None,
) -> dict[str, tuple[int, int]]:
    """Return a place for every node within a box of `width` by `height` around (0, 0).

    The longer side of the drawing lies along the longer side of the box.  `groups` are the
    nodes' communities, found if not given; those of a larger graph will do.  Takes about 1 s
    for 5,000 nodes and 5 s for 20,000.

    Raises :class:`KGError` if the layout library cannot be loaded.

    >>> sorted(positions(["a", "b", "c"], [("a", "b"), ("b", "c")], 200, 100))
    ['a', 'b', 'c']
    """
    edges = list(edges)
    order, links = _numbered(nodes, edges)
    groups = communities(order, edges) if groups is None else groups
    present = sorted({groups[node] for node in order})  # of a part of a graph, some are empty
    number = {group: index for index, group in enumerate(present)}
    home = [number[groups[node]] for node in order]
    start = _around(_centres(home, links), home)
    pulls = [1.0 if home[one] == home[other] else _BETWEEN for one, other in links]
    rounds = min(_ROUNDS, max(60, 600_000 // max(len(order), 1)))
    drawn = _forced(start, links, pulls, rounds)
    return _into_box(dict(zip(order, _turned(drawn), strict=True)), width, height)


def _numbered(
    nodes: Sequence[str], edges: Iterable[tuple[str, str]]
) -> tuple[list[str], list[Link]]:
    """Sort the nodes, and name each linked pair once, by their places in that order."""
    order = sorted(nodes)
    number = {node: index for index, node in enumerate(order)}
    ends = ((number[one], number[other]) for one, other in edges if one != other)
    return order, sorted({(min(pair), max(pair)) for pair in ends})


def _centres(home: Sequence[int], links: Sequence[Link]) -> list[Point]:
    """Lay out the communities as if each were one node; far enough apart for their members."""
    count = max(home, default=-1) + 1
    pairs = ((home[one], home[other]) for one, other in links)
    between = Counter((min(pair), max(pair)) for pair in pairs if pair[0] != pair[1])
    ranked = sorted(between)
    pulls = [math.sqrt(between[pair]) for pair in ranked]
    drawn = _forced(_around([(0.0, 0.0)], [0] * count), ranked, pulls, 500)
    wide = math.sqrt(sum(x * x + y * y for x, y in drawn) / max(count, 1)) or 1.0
    room = 14 * math.sqrt(len(home)) / wide
    return [(x * room, y * room) for x, y in drawn]


def _around(centres: Sequence[Point], home: Sequence[int]) -> list[Point]:
    """Members on a spiral around their community's centre, like seeds of a sunflower."""
    seen: Counter[int] = Counter()
    placed = []
    for group in home:
        away, angle = 10 * math.sqrt(seen[group]), seen[group] * math.pi * (3 - math.sqrt(5))
        x, y = centres[group]
        placed.append((x + away * math.cos(angle), y + away * math.sin(angle)))
        seen[group] += 1
    return placed


def _forced(
    start: Sequence[Point], links: Sequence[Link], pulls: Sequence[float], rounds: int
) -> list[Point]:
    """Move the points by ForceAtlas2; one thread, since several would add up in any order."""
    if len(start) < 2:
        return list(start)
    try:
        from crategraph_forceatlas2 import layout  # not at the top: it loads numpy
    except ImportError as error:
        raise KGError(
            "the layout",
            f"the library that places the nodes cannot be loaded: {error}",
            "install it with 'pip install crategraph-forceatlas2'",
        ) from error
    drawn = layout(
        len(start),
        links,
        init=start,
        weights=pulls,
        iterations=rounds,
        threads=1,
        linLogMode=True,
        strongGravityMode=True,
        gravity=0.05,
        scalingRatio=10,
        slowDown=1,
        barnesHutOptimize=len(start) > _EXACT,
        barnesHutTheta=1.2,
    )
    return [(x, y) for x, y in drawn.tolist()]


def _turned(drawn: Sequence[Point]) -> list[Point]:
    """Turn the drawing so that it is longest from left to right (its principal axis)."""
    count = max(len(drawn), 1)
    mid_x, mid_y = (sum(point[axis] for point in drawn) / count for axis in (0, 1))
    centred = [(x - mid_x, y - mid_y) for x, y in drawn]
    xx = sum(x * x for x, _ in centred)
    yy = sum(y * y for _, y in centred)
    xy = sum(x * y for x, y in centred)
    angle = math.atan2(2 * xy, xx - yy) / 2
    cos, sin = math.cos(angle), math.sin(angle)
    return [(x * cos + y * sin, y * cos - x * sin) for x, y in centred]


def _into_box(drawn: Mapping[str, Point], width: int, height: int) -> dict[str, tuple[int, int]]:
    """Stretch to fill the box; whole numbers, so that machines agree on the bytes."""
    placed: dict[str, list[int]] = {node: [] for node in drawn}
    for axis, size in enumerate((width, height)):
        values = [point[axis] for point in drawn.values()]
        low, high = min(values, default=0.0), max(values, default=0.0)
        scale = size / (high - low) if high - low > 1e-9 else 0.0
        for node, point in drawn.items():
            placed[node].append(round((point[axis] - (low + high) / 2) * scale))
    return {node: (x, y) for node, (x, y) in placed.items()}

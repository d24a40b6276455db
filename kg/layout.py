"""Where to draw each node: a picture computed beforehand, the same every time.

Stress minimisation by stochastic gradient descent (Zheng, Pawar and Goodman,
"Graph Drawing by Stochastic Gradient Descent", 2018): every pair of nodes is
pulled towards, or pushed to, the distance that the graph gives it.  The cost is
quadratic in the nodes, 0.3 s for 150; see docs/decisions/0005 for why not a
library's layout.
"""

from __future__ import annotations

import heapq
import math
import random
from collections.abc import Iterable, Mapping, Sequence

__all__ = ["positions"]

_ROUNDS = 60
_SEED = 2018

Point = tuple[float, float]
Pair = tuple[str, str, float]


def positions(
    nodes: Sequence[str], edges: Iterable[tuple[str, str]], width: int, height: int
) -> dict[str, tuple[int, int]]:
    """Return a place for every node within a box of `width` by `height` around (0, 0).

    The longer side of the drawing lies along the longer side of the box.

    >>> sorted(positions(["a", "b", "c"], [("a", "b"), ("b", "c")], 200, 100))
    ['a', 'b', 'c']
    """
    order = sorted(nodes)
    neighbours: dict[str, set[str]] = {node: set() for node in order}
    for one, other in edges:
        if one != other:
            neighbours[one].add(other)
            neighbours[other].add(one)
    drawn = _descend(order, list(_pairs(order, neighbours)))
    return _into_box(_turned(drawn), width, height)


def _pairs(order: Sequence[str], neighbours: Mapping[str, set[str]]) -> Iterable[Pair]:
    """Yield every pair with its ideal distance; unconnected ones stand a little apart."""
    distances = {node: _distances(node, neighbours) for node in order}
    longest = max((max(each.values()) for each in distances.values()), default=0.0)
    apart = 0.6 * longest + 2
    for index, one in enumerate(order):
        for other in order[:index]:
            yield one, other, distances[one].get(other, apart)


def _distances(start: str, neighbours: Mapping[str, set[str]]) -> dict[str, float]:
    """Lengths of the shortest paths from `start` (Dijkstra)."""
    found: dict[str, float] = {}
    waiting = [(0.0, start)]
    while waiting:
        length, node = heapq.heappop(waiting)
        if node in found:
            continue
        found[node] = length
        for other in neighbours[node] - found.keys():
            # An edge is longer the less its ends have in common: busy nodes get room
            # around them and stand apart from one another.
            apart = len(neighbours[node] ^ neighbours[other])
            heapq.heappush(waiting, (length + math.sqrt(apart), other))
    return found


def _descend(order: Sequence[str], pairs: list[Pair]) -> dict[str, list[float]]:
    shuffler = random.Random(_SEED)  # noqa: S311 for places, not for secrets
    at = {node: [shuffler.random(), shuffler.random()] for node in order}
    if not pairs:
        return at
    first = max(length for *_, length in pairs) ** 2
    last = 0.05 * min(length for *_, length in pairs) ** 2
    cooling = (last / first) ** (1 / (_ROUNDS - 1))
    for turn in range(_ROUNDS):
        step = first * cooling**turn
        shuffler.shuffle(pairs)
        for one, other, length in pairs:
            p, q = at[one], at[other]
            x, y = p[0] - q[0], p[1] - q[1]
            now = math.sqrt(x * x + y * y) or 1e-9
            move = min(1.0, step / (length * length)) * (now - length) / (2 * now)
            p[0] -= move * x
            p[1] -= move * y
            q[0] += move * x
            q[1] += move * y
    return at


def _turned(drawn: Mapping[str, Sequence[float]]) -> dict[str, Point]:
    """Turn the drawing so that it is longest from left to right (its principal axis)."""
    count = max(len(drawn), 1)
    mid_x, mid_y = (sum(point[axis] for point in drawn.values()) / count for axis in (0, 1))
    centred = {node: (x - mid_x, y - mid_y) for node, (x, y) in drawn.items()}
    xx = sum(x * x for x, _ in centred.values())
    yy = sum(y * y for _, y in centred.values())
    xy = sum(x * y for x, y in centred.values())
    angle = math.atan2(2 * xy, xx - yy) / 2
    cos, sin = math.cos(angle), math.sin(angle)
    return {node: (x * cos + y * sin, y * cos - x * sin) for node, (x, y) in centred.items()}


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

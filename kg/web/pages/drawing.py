"""A graph of triples as a picture made here: an SVG of links that needs no script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.cells import cell_len

from kg import layout
from kg.web.pages.neighbourhood import folded

__all__ = ["drawn"]

_NODES, _WIDTH, _HEIGHT = 30, 860, 520
_MARGIN, _PER_NODE = 20, 60
"""Around what is drawn, and how much higher a picture may be for each node."""
_CELLS, _CELL, _LINE = 22, 7, 15
"""Letters of a line of a name, and in pixels the width of one and the height of a line."""


def drawn(
    links: Sequence[tuple[str, str, str]], say: Callable[[str], tuple[str, str]]
) -> dict[str, Any] | None:
    """Return what the template draws of subject, predicate and object; None if too little.

    `say` gives name and address of an IRI.  Of many nodes the 30 best connected are drawn.
    """
    degree = Counter(end for start, _, far in links for end in {start, far})
    nodes = sorted(degree, key=lambda iri: (-degree[iri], iri))[:_NODES]
    kept = [each for each in links if each[0] in set(nodes) and each[2] in set(nodes)]
    if not kept:
        return None
    names = {iri: folded(say(iri)[0], _CELLS, 2) for iri in nodes}
    height = min(_HEIGHT, _PER_NODE * len(nodes)) - 50
    at = layout.positions(nodes, [(s, o) for s, _, o in kept], _WIDTH - 190, height)
    at, width, height = _fitted(_apart(at, names), names)
    return {
        "width": width,
        "height": height,
        "left_out": len(degree) - len(nodes),
        "lines": [
            {"path": _path(at[s], at[o]), "title": f"{say(s)[0]} — {say(p)[0]} → {say(o)[0]}"}
            for s, p, o in kept
        ],
        "nodes": [
            {"x": at[iri][0], "y": at[iri][1], "name": say(iri)[0], "address": say(iri)[1],
             "lines": [(at[iri][1] + 20 + _LINE * n, line) for n, line in enumerate(names[iri])]}
            for iri in nodes
        ],
    }  # fmt: skip


def _path(start: tuple[int, int], end: tuple[int, int]) -> str:
    """A line with a point in the middle: there the arrowhead sits, where no name hides it."""
    middle = (start[0] + end[0]) // 2, (start[1] + end[1]) // 2
    return "M{} {}L{} {}L{} {}".format(*start, *middle, *end)


def _fitted(
    at: Mapping[str, tuple[int, int]], names: Mapping[str, Sequence[str]]
) -> tuple[dict[str, tuple[int, int]], int, int]:
    """The same places in a picture that is just so large, its width and its height."""
    left = min(x - _half(names[iri]) for iri, (x, _) in at.items()) - _MARGIN
    right = max(x + _half(names[iri]) for iri, (x, _) in at.items()) + _MARGIN
    top = min(y for _, y in at.values()) - _MARGIN
    bottom = max(y + 20 + _LINE * len(names[iri]) for iri, (_, y) in at.items()) + _MARGIN // 2
    return {iri: (x - left, y - top) for iri, (x, y) in at.items()}, right - left, bottom - top


def _half(lines: Sequence[str]) -> int:
    """Half the width of a name."""
    return max(cell_len(line) for line in lines) * _CELL // 2 + 4


def _apart(
    at: Mapping[str, tuple[int, int]], names: Mapping[str, Sequence[str]]
) -> dict[str, tuple[int, int]]:
    """The same places from above to below, each so far down that it hides no name."""
    placed: list[tuple[int, int, int, int]] = []
    found = {}
    for iri, (x, y) in sorted(at.items(), key=lambda each: (each[1][1], each[0])):
        half = _half(names[iri])
        tall = 24 + _LINE * len(names[iri])
        lower = y
        while hit := [each for each in placed if _meet(each, (x - half, lower, x + half, tall))]:
            lower = min(top + height for _, top, _, height in hit)
        placed.append((x - half, lower, x + half, tall))
        found[iri] = x, lower
    return found


def _meet(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    """Whether two boxes (left, top, right, height) have a place in common."""
    left, top, right, height = one
    beside = right <= other[0] or other[2] <= left
    return not (beside or top + height <= other[1] or other[1] + other[3] <= top)

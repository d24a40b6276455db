"""A graph of triples as a picture made here: an SVG of links that needs no script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from kg import layout
from kg.web.pages.neighbourhood import cut

__all__ = ["drawn"]

_NODES, _WIDTH, _HEIGHT = 30, 860, 520


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
    at = layout.positions(nodes, [(s, o) for s, _, o in kept], _WIDTH - 190, _HEIGHT - 50)
    x, y = _WIDTH // 2, _HEIGHT // 2
    return {
        "width": _WIDTH,
        "height": _HEIGHT,
        "left_out": len(degree) - len(nodes),
        "lines": [
            {"from": (at[s][0] + x, at[s][1] + y), "to": (at[o][0] + x, at[o][1] + y),
             "title": f"{say(s)[0]} — {say(p)[0]} → {say(o)[0]}"}
            for s, p, o in kept
        ],
        "nodes": [
            {"x": at[iri][0] + x, "y": at[iri][1] + y, "name": say(iri)[0],
             "short": cut(say(iri)[0], 24), "address": say(iri)[1]}
            for iri in nodes
        ],
    }  # fmt: skip

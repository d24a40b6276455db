"""How things look in a drawing: the same colour, shape and dashes in every program.

Classes that are drawn alike are a family.  Colour and shape both tell, and so do
the colour and dashes of a line, for readers who miss one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kg.model import Rank
from kg.network import Edge, Node

__all__ = ["FAMILIES", "LINES", "Family", "Line", "family", "line"]


@dataclass(frozen=True, slots=True)
class Family:
    """Classes drawn alike."""

    name: str
    """A plain word, for named styles and as the name of a colour of the page."""
    classes: tuple[str, ...]
    shape: str
    """As vis-network calls it."""
    colour: str
    """On white: at least 4.5:1, and so under white letters.  The page has its own by day and
    by night (``templates/page.css``)."""


FAMILIES = (
    Family("person", ("Person",), "dot", "#1f6fb2"),
    Family("organisation", ("Organisation", "Group"), "square", "#2b3f55"),
    Family("undertaking", ("Undertaking",), "triangle", "#b5530c"),
    Family("concept", ("Concept",), "diamond", "#2c7a52"),
    Family("statement", ("Statement",), "hexagon", "#7a4fa3"),
    Family("award", ("Award",), "star", "#8a6500"),
    Family("place", ("Place",), "triangleDown", "#6b6256"),
    Family("other", ("Entity",), "dot", "#6b747e"),
)
"""The last is for what has no class, or one that the ontology does not know."""


@dataclass(frozen=True, slots=True)
class Line:
    """Claims drawn alike."""

    name: str
    """A status, or ``deprecated``."""
    colour: str
    dashes: str
    """``solid``, ``dashed`` or ``dotted``: what every program can draw."""


LINES = {
    "stated": Line("stated", "#6a747e", "solid"),
    "planned": Line("planned", "#0f7a72", "dashed"),
    "reported": Line("reported", "#7a4fa3", "dotted"),
    "inferred": Line("inferred", "#857a6c", "dashed"),
    "deprecated": Line("deprecated", "#948d84", "dotted"),
}

_OF_CLASS: Mapping[str, Family] = {cls: each for each in FAMILIES for cls in each.classes}


def family(node: Node) -> Family:
    """Return the family of the narrowest class of `node` that has one."""
    return next((_OF_CLASS[cls] for cls in node.types if cls in _OF_CLASS), FAMILIES[-1])


def line(edge: Edge) -> Line:
    """Return how a claim is drawn: by its status, or as deprecated."""
    return LINES["deprecated" if edge.rank is Rank.DEPRECATED else edge.status]

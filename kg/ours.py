"""Which graphs of a store are kg's, and what becomes of others' when its content is exchanged.

The data are in the default graph, or in what takes its place on a server.  They are kg's if
there is a graph of the ontology beside them; else they are somebody else's, and never
exchanged.  Named graphs other than kg's stay where the new content does not have them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from kg.errors import KGError
from kg.files import Graph
from kg.names import INFERRED, ONTOLOGY

__all__ = ["OURS", "Exchange", "Named", "not_ours"]

Named = ox.NamedNode | ox.BlankNode

OURS: tuple[Graph, ...] = (ox.DefaultGraph(), ox.NamedNode(INFERRED), ox.NamedNode(ONTOLOGY))
"""The graphs that are kg's."""


def not_ours(place: object, remedy: str) -> KGError:
    """Return what is said of data without the ontology beside them."""
    return KGError(place, "holds data that kg did not put there", remedy)


class Exchange:
    """New content for a store that pyoxigraph keeps; raises :class:`KGError` if it is not ours."""

    def __init__(self, before: ox.Store, place: object) -> None:
        known = before.contains_named_graph(ox.NamedNode(ONTOLOGY))
        data = before.quads_for_pattern(None, None, None, ox.DefaultGraph())
        if not known and next(data, None) is not None:
            raise not_ours(place, "name a new or empty directory")
        self._before = before
        self.left: tuple[Named, ...] = ()
        """The graphs that stay."""

    def fill(self, fresh: ox.Store, quads: Iterable[ox.Quad]) -> None:
        """Put `quads` into an empty store, and then what stays."""
        fresh.bulk_extend(self._all(quads))
        for graph in self.left:  # some are empty
            fresh.add_graph(graph)

    def _all(self, quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
        given: set[object] = {*OURS}
        for quad in quads:
            given.add(quad.graph_name)
            yield quad
        left = (graph for graph in self._before.named_graphs() if graph not in given)
        self.left = tuple(sorted(left, key=str))
        for graph in self.left:
            yield from self._before.quads_for_pattern(None, None, None, graph)

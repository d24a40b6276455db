"""Names of ours in a query that the graph does not know: most of them are slips.

SPARQL does not tell: a term that nobody uses only finds nothing.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from kg import names, network, vocabulary
from kg.errors import Problem
from kg.search import Index
from kg.sparql import Request
from kg.store import Store, solutions

__all__ = ["Stranger", "strangers"]

_OURS = tuple(names.PREFIXES[each] for each in ("aie", "id", "claim", "source", "ev"))
_NEAR, _LONGEST = 3, 200
"""Near matches of a name, and letters of it that are compared; nobody's name is longer."""
_MOST = 10
"""Names that are told: who has more has the wrong graph, and each is compared with all names."""
_KNOWN = """
SELECT DISTINCT ?thing {
  { VALUES ?thing { KEYS } ?thing ?p ?o }
  UNION { VALUES ?thing { KEYS } ?s ?thing ?o }
  UNION { VALUES ?thing { KEYS } ?s ?p ?thing }
}"""


@dataclass(frozen=True, slots=True)
class Stranger:
    """A name in one of our namespaces that stands for nothing in the graph."""

    name: str
    """With our prefix: ``aie:partnrOf``."""
    near: tuple[str, ...]
    """What may have been meant, the likeliest first."""
    place: str
    """Place, line and column."""
    start: int
    end: int

    @property
    def problem(self) -> Problem:
        """One line for people."""
        ours = f"did you mean '{self.near[0]}'?" if self.near else "kg terms and kg search list all"
        return Problem(self.place, f"nothing in the graph is called {self.name}", ours)


def strangers(
    store: Store, text: str, place: str = "query", index: Callable[[], Index] | None = None
) -> list[Stranger]:
    """Return the names of ours in a query that neither the ontology nor the graph knows.

    Each once, where it stands first, and ten at most.  Prefixes that are not ours are
    nobody's business, nor is the template of a ``CONSTRUCT``.  `index` gives the names of
    entities, if they are at hand.

    >>> from kg import corpus, opening
    >>> with opening.graph(corpus.load("tests/toy/data")) as graph:
    ...     print(strangers(graph, "ASK { ?who aie:partnrOf id:seoul }")[0].problem)
    query:1:12: nothing in the graph is called aie:partnrOf; did you mean 'aie:partnerOf'?
    """
    request = Request(text, place, instead=lambda _: "")  # only read: it may call whom it likes
    found: dict[str, tuple[int, int]] = {}
    for iri, start, end in request.mentions():
        if iri.startswith(_OURS) and iri not in _OURS and _is_iri(iri):
            found.setdefault(iri, (start, end))
    terms = vocabulary.load().labels
    asked = [iri for iri in found if iri.removeprefix(names.PREFIXES["aie"]) not in terms]
    known = set(_known(store, asked))
    unknown = [iri for iri in asked if iri not in known][:_MOST]
    names_known = functools.cache(index or functools.partial(Index.of, store))
    return [
        Stranger(
            names.compact(iri),
            tuple(_near(store, iri, names_known)),
            request.at(found[iri][0]),
            *found[iri],
        )
        for iri in unknown
    ]


def _is_iri(iri: str) -> bool:
    try:
        ox.NamedNode(iri)
    except ValueError:
        return False
    return True


def _known(store: Store, iris: Sequence[str]) -> Iterable[str]:
    for batch in network.batches(iris):
        keys = " ".join(str(ox.NamedNode(iri)) for iri in batch)
        for (thing,) in solutions(store.query(_KNOWN.replace("KEYS", keys), place="spelling")):
            yield thing.value


def _near(store: Store, iri: str, index: Callable[[], Index]) -> list[str]:
    """Names that look like an unknown one; none for those that are hashes."""
    prefix, _, local = names.compact(iri).partition(":")
    local = local[:_LONGEST]
    if prefix == "aie":
        written = {each.lower(): each for each in sorted(vocabulary.load().labels, reverse=True)}
        alike = difflib.get_close_matches(local.lower(), written, _NEAR)
        return [f"aie:{written[each]}" for each in alike]
    if prefix == "id":
        hits = index().nearest(local.replace("-", " "), _NEAR)
        return [f"id:{hit.entity}" for hit in hits]
    if prefix == "source":
        ids = (each.id for each in network.project(store).sources())
        return [f"source:{each}" for each in difflib.get_close_matches(local, ids, _NEAR)]
    return []

"""From a data folder, or a store on disk, to a graph that can be asked.

Kept apart from :mod:`kg.build` and light: this is what stands between a user's
question and its answer.
"""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Collection, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pyoxigraph as ox

from kg import corpus, evidence, names, rdf, store
from kg.errors import KGError, KGWarning, Problem
from kg.model import Article, Corpus
from kg.retraction import without as without_sources

if TYPE_CHECKING:
    from kg.scope import Scope

__all__ = ["Empty", "graph", "open_graph", "texts", "texts_of"]

Empty = Literal["fine", "told", "refused"]
"""What an empty store is to who opens it."""

_ANYTHING = "ASK { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
_ARTICLES = "SELECT ?source ?sha256 { ?source a aie:Article ; aie:sha256 ?sha256 }"


def graph(
    data: Corpus, location: str | Path | None = None, *, inferred: bool = False
) -> store.Store:
    """Return a store with the corpus in its default graph and the ontology in a graph of its own.

    In memory, or in the directory or server `location`, whose content is exchanged
    whole or not at all.  If `inferred`, the rules are run, and queries of this store ask what
    they infer as well (see :func:`kg.store.open`).
    """
    opened = store.open(location, inferred=inferred, at_once=False)
    try:
        opened.replace(chain(rdf.quads(data), rdf.ontology()))
        if inferred:
            from kg import reason  # not at the top: most questions need no rules

            reason.infer(opened)
    except BaseException:
        opened.close()
        raise
    return opened


def open_graph(
    location: str | None,
    data: Path,
    *,
    inferred: bool | None = False,
    without: Collection[str] = (),
    at: str | None = None,
    scope: Scope | None = None,
    empty: Empty = "fine",
) -> store.Store:
    """Open the store at `location` for reading, or without one build the graph of `data`.

    If `inferred`, queries ask what the rules infer as well; a store has to hold it
    already (``kg reason --store``), else :class:`~kg.errors.KGError`; None takes what
    there is.  Leaves out the
    sources `without` and all that rests only on them (see :mod:`kg.retraction`), and
    what is not valid on the day `at` (see :mod:`kg.validity`), and keeps only what is
    in `scope` (see :mod:`kg.scope`); of a store's content a graph in memory is made for
    that.  A store that is `empty` is fine, told by a :class:`~kg.errors.KGWarning`, or
    refused where nothing can come of it.
    """
    opened = _whole(location, data, inferred, without, empty)
    if at is not None:
        from kg import validity

        with opened as whole:
            opened = validity.at(whole, at)
    if scope is not None and not scope.everything:
        from kg.scope import narrowed

        with opened as whole:
            opened = narrowed(whole, scope)
    return opened


def _whole(
    location: str | None,
    data: Path,
    inferred: bool | None,
    without: Collection[str],
    empty: Empty,
) -> store.Store:
    wanted = inferred is not False
    if location is None:
        return graph(without_sources(corpus.load(data), without), inferred=wanted)
    if without:
        with store.open(location, read_only=True) as whole:
            _look_for_content(whole, location, empty)
            data_graph = ox.DefaultGraph()
            read = rdf.read(quad for quad in whole.quads() if quad.graph_name == data_graph)
        return graph(without_sources(read, without), inferred=wanted)
    opened = store.open(location, read_only=True, inferred=wanted)
    try:
        _look_for_content(opened, location, empty)
        if inferred:
            _look_for_inferred(opened, location)
    except BaseException:
        opened.close()
        raise
    return opened


def _look_for_content(opened: store.Store, location: str, empty: Empty) -> None:
    if empty == "fine" or opened.query(_ANYTHING, place="open"):
        return
    told = location, "the store is empty", f"fill it: kg build --store {shlex.quote(location)}"
    if empty == "refused":
        raise KGError(*told)
    warnings.warn(KGWarning(*told), stacklevel=4)


def _look_for_inferred(opened: store.Store, location: str) -> None:
    from kg import reason

    if not reason.done(opened):
        remedy = f"run kg reason --store {location}"
        raise KGError(location, "holds nothing inferred", remedy)


def texts_of(read: Corpus, material: Mapping[str, evidence.Material]) -> dict[str, str]:
    """Return the articles' texts among what is at hand, by source id."""
    articles = (id for id, source in read.sources.items() if isinstance(source, Article))
    return {id: str(material[id]) for id in articles if id in material}


def texts(graph: store.Store, articles: Path | None) -> dict[str, str]:
    """Return the texts in the folder `articles` of what the graph rests on, by source id.

    A text that is not the one that its source was made from, and a folder without any of
    them, is told by a :class:`~kg.errors.KGWarning`.
    """
    if articles is None:
        return {}
    evidence.refuse_no_folder(articles)
    rows = store.solutions(graph.query(_ARTICLES, place="open"))
    told = ((row[0].value.removeprefix(names.PREFIXES["source"]), row[1].value) for row in rows)
    # Whoever wrote to the store chose the ids: one that is no slug might lead out of the folder.
    wanted = sorted((id, sha256) for id, sha256 in told if names.SLUG.fullmatch(id))
    found = {}
    problems: list[Problem] = []
    for id, sha256 in wanted:
        if (path := articles / f"{id}.txt").exists():
            problems += evidence.another(path, id, sha256)
            found[id] = evidence.read_text(path)
    if not found:
        files = " or ".join(f"{id}.txt" for id, _ in wanted[:2])
        remedy = f"it should hold {files}" if files else "the graph has no articles"
        problems.append(Problem(str(articles), "holds the text of no source", remedy))
    for each in problems:
        warnings.warn(KGWarning(each.place, each.what, each.remedy), stacklevel=2)
    return found

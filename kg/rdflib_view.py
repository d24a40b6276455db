"""A live view of a store for programs that use rdflib; imported only when one is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import oxrdflib
import pyoxigraph as ox
import rdflib
from rdflib.plugins import sparql
from rdflib.plugins.sparql.sparql import Query, Update
from rdflib.query import Result
from rdflib.term import Identifier

from kg.errors import KGError
from kg.names import PREFIXES
from kg.sparql import Request

if TYPE_CHECKING:
    from kg.store import OxigraphStore

__all__ = ["dataset"]


def dataset(store: OxigraphStore) -> rdflib.Dataset:
    """Return the view that :meth:`kg.store.OxigraphStore.rdflib` promises."""
    sparql.SPARQL_LOAD_GRAPHS = False
    view = rdflib.Dataset(store=_Live(store))
    for prefix, iri in PREFIXES.items():
        view.bind(prefix, iri)
    return view


class _Live(oxrdflib.OxigraphStore):
    """oxrdflib's store, which looks the engine up anew each time: it may be replaced or closed."""

    def __init__(self, store: OxigraphStore) -> None:
        self._owner = store
        super().__init__()

    @property
    def _inner(self) -> ox.Store:
        return self._owner.engine

    def commit(self) -> None:
        """Let others see what was written, where the store is a directory."""
        self._owner.commit()

    def close(self, commit_pending_transaction: bool = False) -> None:
        """Nothing: the view ends with its store."""

    def query(
        self,
        query: str | Query,
        initNs: Mapping[str, Any],  # noqa: N803 rdflib's names
        initBindings: Mapping[str, Identifier],  # noqa: N803
        queryGraph: str,  # noqa: N803
        **kwargs: object,
    ) -> Result:
        _judge(query, update=False)
        return super().query(query, initNs, initBindings, queryGraph, **kwargs)

    def update(
        self,
        update: str | Update,
        initNs: Mapping[str, Any],  # noqa: N803
        initBindings: Mapping[str, Identifier],  # noqa: N803
        queryGraph: str,  # noqa: N803
        **kwargs: object,
    ) -> None:
        _judge(update, update=True)
        super().update(update, initNs, initBindings, queryGraph, **kwargs)


def _judge(text: str | Query | Update, *, update: bool) -> None:
    """Refuse calls to elsewhere; also for what oxrdflib hands back to rdflib's own engine."""
    if isinstance(text, str):
        if any(Request(text, "rdflib", update=update).graphs()):
            raise KGError("rdflib", "FROM has no effect on this view", "ask the store itself")
    elif any(name in repr(text.algebra) for name in ("ServiceGraphPattern", "Load_")):
        raise KGError("rdflib", "SERVICE and LOAD are refused", "load what you need first")

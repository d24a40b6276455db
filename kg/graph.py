"""``kg.open()``: the graph as one object, for Python and notebooks.

Every method is one call of the module that the command of the same name uses.
In a notebook an answer shows as a table, an entity as its card, and the graph as
its page.
"""

from __future__ import annotations

import functools
import html
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from kg import opening, queries, results
from kg.store import Solutions, Store, Term, Triples

if TYPE_CHECKING:
    import rdflib

    from kg.exporters import Losses
    from kg.network import Network
    from kg.scope import Scope
    from kg.search import Hit, Index

__all__ = ["Answer", "Graph", "Words", "export", "open"]


@dataclass(frozen=True)
class Answer:
    """The rows of a ``SELECT``, read to the end: a sequence of tuples that shows as a table."""

    variables: tuple[str, ...]
    rows: tuple[tuple[Term | None, ...], ...]
    labels: results.Labels

    def __iter__(self) -> Iterator[tuple[Term | None, ...]]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, number: int) -> tuple[Term | None, ...]:
        return self.rows[number]

    def records(self) -> list[dict[str, Any]]:
        """Return a dict a row with plain Python values, such as ``pandas.DataFrame`` takes."""
        from kg.results.tools import plain

        named = (zip(self.variables, row, strict=True) for row in self.rows)
        return [{name: plain(term) for name, term in row} for row in named]

    def _shown(self) -> Solutions:
        return Solutions(self.variables, iter(self.rows))

    def __str__(self) -> str:
        from kg.results import people

        return "".join(people.table(self._shown(), self.labels))

    def _repr_html_(self) -> str:
        from kg.results import people

        heads, *rows = people.cells(self._shown(), self.labels)
        lines = ["<table>", _row("th", heads), *(_row("td", row) for row in rows), "</table>"]
        return "\n".join(lines)


def _row(tag: str, cells: Collection[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"


class Words(str):
    """Text for people, which a notebook shows as it stands."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self)}</pre>"


class Graph:
    """A graph that is open; close it, or use it in a ``with`` statement.

    Entities are named by id, IRI, label or alias in any language.  Bad input
    raises :class:`~kg.errors.KGError`, whose text says what to do.
    """

    def __init__(self, store: Store, texts: Mapping[str, str], lang: str = "en") -> None:
        self.store = store
        """The store itself, with ``update``, ``load`` and ``dump``."""
        self.texts = texts
        """The articles' texts that are at hand, by source id."""
        self.lang = lang

    def query(self, text: str, /, **parameters: str) -> Answer | Triples | bool:
        """Ask in SPARQL, or a named question with its parameters.

        >>> import kg
        >>> with kg.open(data="tests/toy/data") as graph:
        ...     for who, *_ in graph.query("SELECT ?who { ?who aie:partOf id:mirae-group }"):
        ...         print(who.value)
        https://w3id.org/aieco/id/mirae-ai-lab
        """
        question = queries.find(text)
        given = [f"{name}={value}" for name, value in parameters.items()]
        bindings = queries.bind(self.store, question.name, question.parameters, given)
        answer = self.store.query(question.text, bindings=bindings, place=question.name)
        if not isinstance(answer, Solutions):
            return answer
        rows = tuple(answer.rows)
        return Answer(answer.variables, rows, results.Labels(self.store, self.lang))

    def search(self, text: str, limit: int = 10) -> list[Hit]:
        """Find entities by what they may be called, the likeliest first.

        >>> import kg
        >>> with kg.open(data="tests/toy/data") as graph:
        ...     graph.search("ㄱㅎㄴ")[0].entity
        'kim-haneul'
        """
        return self._index.search(text, limit)

    @functools.cached_property
    def _index(self) -> Index:
        from kg.search import Index

        return Index.of(self.store)

    def show(self, entity: str) -> Words:
        """Return what is said of one entity, and who says so."""
        from kg import lookup, show

        card = show.card(self.store, lookup.find(self.store, entity), self.lang)
        return Words(card.text(self.texts))

    def path(self, start: str, end: str, *, max_hops: int = 4, limit: int = 3) -> Words:
        """Return the shortest ways from one entity to another, with the evidence of each step."""
        from kg import lookup, path

        one, other = (lookup.find(self.store, each) for each in (start, end))
        found = path.find(self.store, one, other, max_hops=max_hops, limit=limit, lang=self.lang)
        return Words(found.text(self.texts))

    def explain(self, subject: str, predicate: str, object: str) -> Words:
        """Return why something holds, down to the sentences it rests on."""
        from kg import explain

        found = explain.answer(self.store, subject, predicate, object)
        return Words(explain.write(self.store, found, "text", self.lang, self.texts))

    def network(self) -> Network:
        """Return the graph as nodes and edges; ``.to_networkx()`` for networkx."""
        from kg import network

        return network.project(self.store)

    def export(self, path: str | Path, format: str | None = None) -> Losses:
        """Write the graph for another program; the format is told by the suffix, or named.

        Returns what the format could not hold, as ``losses.records()`` tells.

        >>> import kg, tempfile
        >>> with kg.open(data="tests/toy/data") as graph, tempfile.TemporaryDirectory() as folder:
        ...     graph.export(f"{folder}/toy.graphml").records()
        []
        """
        from kg import exporters

        langs = (self.lang, *(other for other in ("en", "ko") if other != self.lang))
        return exporters.export(self.store, path, format, langs=langs)

    def rdflib(self) -> rdflib.Dataset:
        """Return the same data as a live ``rdflib.Dataset``."""
        return self.store.rdflib()

    def _repr_html_(self) -> str:
        """The page, in a frame of its own that can reach nothing of the notebook."""
        from kg import network, view

        page = view.render(network.project(self.store), lang=self.lang, texts=self.texts)
        quoted = html.escape(page)
        return (
            '<iframe sandbox="allow-scripts allow-downloads" '
            'style="width: 100%; height: 720px; border: 0" '
            f'srcdoc="{quoted}"></iframe>'
        )

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open(
    store: str | Path | None = None,
    *,
    data: str | Path | None = None,
    articles: str | Path | None = None,
    inferred: bool = False,
    without: Collection[str] = (),
    at: str | None = None,
    scope: Scope | None = None,
    lang: str = "en",
) -> Graph:
    """Open the store directory `store` for reading, or build the graph of a data folder.

    By default the data that ship with the package.  `articles` is a folder with
    the articles' texts; `inferred`, `without`, `at` and `scope` are as the commands' options.
    """
    from kg.paths import shipped

    folder = Path(data) if data else shipped("data")
    location = str(store) if store else None
    opened = opening.open_graph(
        location, folder, inferred=inferred, without=without, at=at, scope=scope
    )
    texts = opening.texts(opened, Path(articles) if articles else None)
    return Graph(opened, texts, lang)


def export(path: str | Path, format: str | None = None, **opened: Any) -> Losses:
    """Write a graph for another program; `opened` says which, as for :func:`open`.

    >>> import kg, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     kg.export(f"{folder}/toy.ttl", data="tests/toy/data", at="2022").records()
    []
    """
    with open(**opened) as graph:
        return graph.export(path, format)

"""What a store answers with: read as the engine finds it, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pyoxigraph as ox

from kg.errors import KGError
from kg.failures import failed

__all__ = ["Result", "Rows", "Solutions", "Term", "Triples", "solutions"]

Term = ox.NamedNode | ox.Literal | ox.BlankNode | ox.Triple
T = TypeVar("T", covariant=True)


class Rows(Iterator[T], Generic[T]):
    """What an engine yields while it is still computing; can be read once.

    Reading on after the store was closed raises :class:`KGError`: a cut-off answer
    must not look like a whole one.
    """

    def __init__(self, found: Iterator[T], held: object = None) -> None:
        self._found: Iterator[T] | None = found
        self._held = held  # what it reads stays there, also if the store is forgotten

    def __next__(self) -> T:
        if self._found is None:
            raise KGError("store", "was closed before the answer was read", "read it first")
        try:
            return next(self._found)
        except (OSError, RuntimeError) as error:
            raise failed("query", error) from error

    def close(self) -> None:
        """Let go of the engine's snapshot."""
        self._found = self._held = None


@dataclass(frozen=True, slots=True)
class Solutions:
    """The answer to a ``SELECT``: one tuple a row, None where a variable is unbound."""

    variables: tuple[str, ...]
    rows: Iterator[tuple[Term | None, ...]]
    """In the query's order, as they are found."""

    def __iter__(self) -> Iterator[tuple[Term | None, ...]]:
        return self.rows


@dataclass(frozen=True, slots=True)
class Triples:
    """The answer to a ``CONSTRUCT`` or ``DESCRIBE``, as it is found; a triple may come twice."""

    triples: Iterator[ox.Triple]

    def __iter__(self) -> Iterator[ox.Triple]:
        return self.triples


Result = Solutions | Triples | bool


def solutions(answer: Result) -> Iterator[tuple[Any, ...]]:
    """Return the rows of a ``SELECT`` of ours, whose terms' kinds we know."""
    if not isinstance(answer, Solutions):
        raise TypeError(f"a SELECT was answered with {type(answer).__name__}")
    return answer.rows

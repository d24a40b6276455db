"""Long lists on several pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from kg.errors import KGError
from kg.web.pages.frame import Frame

__all__ = ["Paged", "paged"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Paged(Generic[T]):
    """One page of a list."""

    items: Sequence[T]
    number: int
    """From 1."""
    links: Sequence[tuple[int, str]]
    """Number and address of every page."""


def paged(frame: Frame, items: Sequence[T], size: int, path: str, **parameters: str) -> Paged[T]:
    """Return the page of `items` that ``?page=`` asks for, `size` of them.

    `path` and `parameters` make the addresses of the other pages.  Raises
    :class:`~kg.errors.KGError` for a page that there is not.
    """
    asked = frame.request.query_params.get("page", "1")
    last = max(1, -(-len(items) // size))
    if not asked.isdecimal() or len(asked) > 9 or not 1 <= int(asked) <= last:
        what = f"there are pages 1 to {last}"
        raise KGError(f"page={asked[:20]}", what, "choose one of them")
    number = int(asked)
    links = [(each, frame.link(path, **parameters, page=each)) for each in range(1, last + 1)]
    return Paged(items[(number - 1) * size : number * size], number, links)

"""Long lists on several pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from kg.errors import KGError
from kg.web.pages.frame import Frame

__all__ = ["Paged", "paged", "turned"]

T = TypeVar("T")

_AROUND = 3
"""Pages before and after this one that are linked, beside the first and the last."""


@dataclass(frozen=True, slots=True)
class Paged(Generic[T]):
    """One page of a list."""

    items: Sequence[T]
    number: int
    """From 1."""
    links: Sequence[tuple[int, str]]
    """Number and address of the pages around; ``(0, "")`` where some are left out."""


def paged(frame: Frame, items: Sequence[T], size: int, path: str, **parameters: str) -> Paged[T]:
    """Return the page of `items` that ``?page=`` asks for, `size` of them.

    `path` and `parameters` make the addresses of the other pages.  Raises
    :class:`~kg.errors.KGError` for a page that there is not.
    """
    number, links = turned(frame, len(items), size, path, **parameters)
    return Paged(items[(number - 1) * size : number * size], number, links)


def turned(
    frame: Frame, count: int, size: int, path: str, **parameters: str
) -> tuple[int, Sequence[tuple[int, str]]]:
    """Return number and links of the page that is asked for, of a list that is read by page."""
    asked = frame.request.query_params.get("page", "1")
    last = max(1, -(-count // size))
    if not asked.isdecimal() or len(asked) > 9 or not 1 <= int(asked) <= last:
        what = f"there are pages 1 to {last}"
        raise KGError(f"page={asked[:20]}", what, "choose one of them")
    number = int(asked)
    links: list[tuple[int, str]] = []
    for each in sorted({1, last, *range(number - _AROUND, number + _AROUND + 1)}):
        if links and 1 < each <= last and each > links[-1][0] + 1:
            links.append((0, ""))
        if 1 <= each <= last:
            links.append((each, frame.link(path, **parameters, page=each)))
    return number, links

"""Short answers that were given already: the same question of the same data has the same one."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg.web.workers import Answer

__all__ = ["Kept"]

_LONGEST = 64 << 10
_ROOM = 32 << 20
"""Bytes of all together."""
_OVERHEAD = 1 << 10
"""Bytes that an answer takes beside its text, and more: there is no end of empty ones."""


class Kept:
    """Answers by their tag; the one that was not asked for the longest goes first.

    >>> from kg.web.workers import Answer
    >>> kept = Kept()
    >>> kept.put('W/"1"', Answer("csv", False, 3, b"a,b"))
    >>> kept.get('W/"1"').body, kept.get('W/"2"')
    (b'a,b', None)
    """

    def __init__(self) -> None:
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._size = 0

    def get(self, tag: str) -> Answer | None:
        """Return the answer with this tag, if it is still there."""
        if tag in self._answers:
            self._answers.move_to_end(tag)
        return self._answers.get(tag)

    def put(self, tag: str, answer: Answer) -> None:
        """Keep an answer, unless it is long."""
        if not tag or answer.file is not None or answer.size > _LONGEST or tag in self._answers:
            return
        self._answers[tag] = answer
        self._size += answer.size + _OVERHEAD
        while self._size > _ROOM:
            self._size -= self._answers.popitem(last=False)[1].size + _OVERHEAD

"""Which of many keys share letters with a text: a filter before they are compared one by one.

Keys that are similar have letters in common.  For each letter there is a set of the keys that
have it, one of those that have it twice, and so on, each set the bits of one whole number; so
in how many letters every key agrees with a text is added up in some twenty operations on
numbers, however many keys there are.  62,000 keys of 12 letters take 2 MB.
"""

from __future__ import annotations

import bisect
import math
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence

__all__ = ["Letters"]

_SLACK = 1e-9
"""Similarities are rounded; what is let through in vain is found out when it is compared."""


class Letters:
    """The letters of many keys, none of which is forgotten."""

    def __init__(self, keys: Sequence[str]) -> None:
        # Bits are in the order of length: what is too short or too long is cut off as a whole.
        self._order = array("I", sorted(range(len(keys)), key=lambda number: len(keys[number])))
        self._lengths = array("I", (len(keys[number]) for number in self._order))
        self._all_lengths = sorted(set(self._lengths))
        having: dict[tuple[str, int], bytearray] = {}
        for bit, number in enumerate(self._order):
            byte, mask = bit >> 3, 1 << (bit & 7)
            seen: dict[str, int] = {}
            for letter in keys[number]:
                nth = seen[letter] = seen.get(letter, 0) + 1
                held = having.get((letter, nth))
                if held is None:
                    held = having[letter, nth] = bytearray((len(keys) >> 3) + 1)
                held[byte] |= mask
        self._having = {each: int.from_bytes(held, "little") for each, held in having.items()}

    def like(self, text: str, least: float) -> list[int]:
        """Return the numbers of all keys that can be similar to `text` by at least so much.

        Similarity is rapidfuzz' ratio, 0 to 100: twice the letters that stand in both in the
        same order, of the letters of both.  No more can than are in both in any order.

        >>> Letters(["seoul", "busan", "soul"]).like("seoull", 80)
        [0, 2]
        """
        sums, found = self._shared(text), list[int]()
        for length in self._all_lengths:
            needed = math.ceil(least * (len(text) + length) / 200 - _SLACK)
            if needed <= min(len(text), length):
                found += self._with(sums, needed, length, length)
        return sorted(found)

    def beginning_like(self, text: str, least: float) -> list[int]:
        """Return the numbers of longer keys whose heads, as long as `text`, can be so similar.

        >>> Letters(["seoul", "seoulnational", "busan"]).beginning_like("seool", 80)
        [1]
        """
        needed = math.ceil(least * len(text) / 100 - _SLACK)
        longest = self._lengths[-1] if self._lengths else 0
        return sorted(self._with(self._shared(text), needed, len(text) + 1, longest))

    def _shared(self, text: str) -> list[int]:
        """In how many letters each key agrees with `text`, as binary digits: the lowest first."""
        sums: list[int] = []
        for letter, count in Counter(text).items():
            for nth in range(1, count + 1):
                carry = self._having.get((letter, nth), 0)
                for digit, held in enumerate(sums):
                    sums[digit], carry = held ^ carry, held & carry
                if carry:
                    sums.append(carry)
        return sums

    def _with(self, sums: Sequence[int], needed: int, shortest: int, longest: int) -> list[int]:
        """The numbers of the keys between these lengths that agree in so many letters."""
        first = bisect.bisect_left(self._lengths, shortest)
        count = bisect.bisect_right(self._lengths, longest) - first
        more, equal = 0, (1 << count) - 1
        for digit in reversed(range(max(len(sums), needed.bit_length()))):
            held = sums[digit] >> first if digit < len(sums) else 0
            if needed >> digit & 1:
                equal &= held
            else:
                more |= equal & held
                equal &= ~held
        return [self._order[first + bit] for bit in _bits(more | equal)]


def _bits(number: int) -> Iterator[int]:
    digits = bin(number)[:1:-1]
    bit = digits.find("1")
    while bit >= 0:
        yield bit
        bit = digits.find("1", bit + 1)

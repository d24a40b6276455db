"""The errors a user can meet.

Every one prints as a single line, ``place: what is wrong; what to do``, and
ends the command with exit code 2 ("could not run").  Loaders collect all the
problems of their input before they raise :class:`Problems`.
"""

from __future__ import annotations

import difflib
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = ["KGError", "KGWarning", "Problem", "Problems", "near", "warned_in_lines"]


@dataclass(frozen=True, order=True, slots=True)
class Problem:
    """One thing that is wrong with the input: where, what, and what to do about it.

    >>> print(Problem("claims.toml: parent", "no entity 'lg-ia'", "did you mean 'lg-ai'?"))
    claims.toml: parent: no entity 'lg-ia'; did you mean 'lg-ai'?
    """

    place: str
    what: str
    remedy: str = ""

    def __str__(self) -> str:
        text = f"{self.place}: {self.what}"
        return f"{text}; {self.remedy}" if self.remedy else text


class KGError(Exception):
    """Base of all errors that bad input can cause; carries one :class:`Problem`."""

    def __init__(self, place: object, what: str, remedy: str = "") -> None:
        self.problem = Problem(str(place), what, remedy)
        super().__init__(str(self.problem))

    def __reduce__(self) -> tuple[object, ...]:
        """Let an error go from process to process, which would take its text for a place."""
        return KGError, (self.problem.place, self.problem.what, self.problem.remedy)


class KGWarning(UserWarning):
    """What is no error, and most likely not what was meant: one line like those of errors."""

    def __init__(self, place: object, what: str, remedy: str = "") -> None:
        super().__init__(str(Problem(str(place), what, remedy)))


@contextmanager
def warned_in_lines() -> Iterator[None]:
    """Write what is warned of to standard error as errors are, without the place in the code."""

    def warned(message: Warning | str, *_: object) -> None:
        if sys.stderr is not None:
            sys.stderr.write(f"{message}\n")

    with warnings.catch_warnings():
        warnings.simplefilter("always", KGWarning)
        warnings.showwarning = warned  # type: ignore[assignment]
        yield


class Problems(KGError):
    """All that is wrong with an input, sorted by place; its text is one line a problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        first = self.problems[0]
        super().__init__(first.place, first.what, first.remedy)
        self.args = ("\n".join(map(str, self.problems)),)

    def __reduce__(self) -> tuple[object, ...]:
        """See :class:`KGError`."""
        return Problems, (self.problems,)


def near(word: str, words: Iterable[str], otherwise: str = "") -> str:
    """Return ``did you mean 'x'?`` for the closest of `words`, or `otherwise`.

    >>> near("partof", ["partOf", "partnerOf"])
    "did you mean 'partOf'?"
    >>> near("zzz", ["partOf"], "see the ontology")
    'see the ontology'
    """
    by_lower = {known.lower(): known for known in sorted(words, reverse=True)}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"did you mean '{by_lower[found[0]]}'?" if found else otherwise

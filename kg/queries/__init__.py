"""Questions that have a name: one ``.rq`` file a question, and the folder is the list.

A file begins with a header (:mod:`kg.headers`): ``title.en``, ``title.ko`` and
``description``.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kg import headers
from kg.errors import KGError, near

__all__ = ["Question", "catalogue", "find"]


@dataclass(frozen=True, slots=True)
class Question:
    """A query with its name and what it answers."""

    name: str
    """The file's name without suffix; ``query`` for a text that has none."""
    text: str
    """SPARQL 1.1, the prefixes of :mod:`kg.names` undeclared."""
    titles: Mapping[str, str]
    """By language."""
    description: str = ""


@functools.cache
def catalogue() -> Mapping[str, Question]:
    """Return every question that has a name, sorted.

    >>> catalogue()["reported"].titles["en"]
    'Who said what, and when was it published?'
    """
    found = {}
    for file in sorted(Path(__file__).parent.glob("*.rq")):
        fields, text = headers.read(file, ["title.en", "title.ko", "description"])
        titles = {lang: fields[f"title.{lang}"] for lang in ("en", "ko")}
        found[file.stem] = Question(file.stem, text, titles, fields["description"])
    return found


def find(asked: str) -> Question:
    """Return the question meant by a name, the path of a file, ``-`` (stdin) or SPARQL itself.

    Raises :class:`~kg.errors.KGError` for one word that is neither, with the near match.
    """
    if asked in catalogue():
        return catalogue()[asked]
    if asked == "-":
        return Question("stdin", sys.stdin.read(), {})
    if any(mark in asked for mark in "{ \n"):
        return Question("query", asked, {})
    try:
        return Question(asked, Path(asked).read_text(encoding="utf-8"), {})
    except FileNotFoundError:
        remedy = near(asked, catalogue(), "see kg queries")
        raise KGError(asked, "is no question, no file and no SPARQL", remedy) from None
    except (OSError, UnicodeDecodeError) as error:
        raise KGError(asked, f"cannot be read: {error}", "name a text file") from None

"""Questions that have a name: one ``.rq`` file a question, and the folder is the list.

A file begins with a header (:mod:`kg.headers`): ``title`` and ``description``, each with
``.en`` and ``.ko``, ``example`` (a command line that runs), a ``parameter.<name>`` for
each variable that a user can give a value, described by ``parameter.<name>.en`` and
``.ko``, and ``inferred: yes`` where the question needs what rules infer.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kg import headers, names
from kg.errors import KGError, near
from kg.queries.parameters import Parameter, bind, choices, of_header, value_of

__all__ = ["Parameter", "Question", "bind", "catalogue", "choices", "find", "value_of"]


@dataclass(frozen=True, slots=True)
class Question:
    """A query with its name and what it answers."""

    name: str
    """The file's name without suffix; ``query`` for a text that has none."""
    text: str
    """SPARQL 1.1, the prefixes of :mod:`kg.names` undeclared."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """By language; none of a text that has no name."""
    descriptions: Mapping[str, str] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    example: str = ""
    inferred: bool = False
    """Whether it asks what rules infer, too."""


@functools.cache
def catalogue() -> Mapping[str, Question]:
    """Return every question that has a name, sorted.

    >>> catalogue()["alumni"].titles["en"]
    'Who studied or once held a post at an organisation?'
    """
    return {file.stem: _read(file) for file in sorted(Path(__file__).parent.glob("*.rq"))}


def _read(file: Path) -> Question:
    written = [f"{each}.{lang}" for each in ("title", "description") for lang in headers.LANGS]
    fields, text = headers.read(file, [*written, "example"], ["parameter.*", "inferred"])
    titles, descriptions = (headers.by_language(fields, each) for each in ("title", "description"))
    inferred = fields.get("inferred") == "yes"
    parameters = of_header(file.name, fields)
    return Question(file.stem, text, titles, descriptions, parameters, fields["example"], inferred)


def find(asked: str) -> Question:
    """Return the question meant by a name, the path of a file, ``-`` (stdin) or SPARQL itself.

    Raises :class:`~kg.errors.KGError` for one word that is neither, with the near match.
    """
    named = Path(__file__).with_name(f"{asked}.rq") if names.SLUG.fullmatch(asked) else None
    if named and named.exists():
        return _read(named)
    if not asked.strip():
        raise KGError("query", "is empty", "write SPARQL, or a name that kg queries lists")
    try:
        if asked == "-":
            return Question("stdin", _text(sys.stdin.buffer.read()))
        if any(mark in asked for mark in "{ \n"):
            return Question("query", asked)
        return Question(asked, _text(Path(asked).read_bytes()))
    except FileNotFoundError:
        remedy = near(asked, catalogue(), "see kg queries")
        raise KGError(asked, "is no question, no file and no SPARQL", remedy) from None
    except UnicodeDecodeError as error:
        raise KGError(asked, f"is not UTF-8 at byte {error.start}", "save it as UTF-8") from None
    except OSError as error:
        raise KGError(asked, f"cannot be read: {error.strerror}", "name a text file") from None


def _text(content: bytes) -> str:
    """A byte order mark, which some editors write, is no part of the query."""
    return content.decode("utf-8-sig")

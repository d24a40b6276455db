"""What follows from what sources say: one ``.rq`` file an inference, and the folder is the list.

A rule is a ``SELECT`` of ``?subject ?predicate ?object`` and the claims that they
follow from, ``?premise1``, ``?premise2``, ...  It is asked of the claims that may be
built upon, and only of those (see :mod:`kg.reason`): nothing planned, reported or
deprecated is there.  Of a claim there are ``rdf:subject``, ``rdf:predicate``,
``rdf:object`` and its qualifiers, beside it its flat triple and the entities' classes.

The header (:mod:`kg.headers`) says ``title.en``, ``title.ko``, ``description``, and
``gloss.en``, ``gloss.ko``: what a claim made by the rule says, with ``{subject}``,
``{object}`` and every other selected entity for its label.  Korean templates do
without particles that change with the word before them (은/는, 이/가, ...).
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kg import headers

__all__ = ["Rule", "catalogue"]

_FIELDS = ("title.en", "title.ko", "description", "gloss.en", "gloss.ko")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as its file says it."""

    name: str
    text: str
    """The SPARQL, with its header."""
    titles: Mapping[str, str]
    """By language."""
    description: str
    glosses: Mapping[str, str]
    """Templates, by language."""
    mentions: frozenset[str]
    """Local names of all terms of the ontology that stand in the query."""


@functools.cache
def catalogue(folder: Path = Path(__file__).parent) -> Mapping[str, Rule]:
    """Return the rules of a folder, sorted by name.

    >>> catalogue()["within-organisation"].titles["en"]
    'A part is within the whole'
    """
    return {file.stem: _rule(file) for file in sorted(folder.glob("*.rq"))}


def _rule(file: Path) -> Rule:
    fields, text = headers.read(file, _FIELDS)
    titles, glosses = (headers.by_language(fields, each) for each in ("title", "gloss"))
    code = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    mentions = frozenset(re.findall(r"\baie:(\w+)", code))
    return Rule(file.stem, text, titles, fields["description"], glosses, mentions)

"""The claims behind each row of an answer, as footnotes.

A row rests on the triples that its solution matched.  A flat triple stands for the
claims that say it; a pattern that matches a claim's own node cites that claim.  What
a row does not rest on is never cited: branches of ``OPTIONAL`` and ``UNION`` count
only where they had a part in the solution, and ``MINUS`` and ``FILTER`` not at all.
A row of groups or of distinct values rests on all the solutions it was made of.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from kg.cite.footnotes import Footnotes
from kg.cite.grounds import Asked, Row
from kg.cite.reader import matched
from kg.cite.tokens import Unreadable
from kg.errors import KGError
from kg.sparql import Value
from kg.store import Solutions, Store

__all__ = ["COLUMNS", "Cited", "cite"]

_BATCH = 200
"""Rows whose claims are looked up at once."""
COLUMNS = ("cite_marks", "cite_claims", "cite_notes")
"""What is added to each row: marks, the claims' IRIs, and footnotes.

Marks are planned, reported, inferred, deprecated and contradicted, in a graph of one day also
possible and undated (see :mod:`kg.validity`); uncited for a row that rests on no claim;
partly for one that also rests on what cannot be traced, and untraced for one that rests on
nothing else."""


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer whose rows end in :data:`COLUMNS`, and the footnotes they refer to."""

    solutions: Solutions
    notes: list[str] = field(default_factory=list)
    """``[1] …``, in the order of first use; complete when the last row has been read."""


def cite(
    store: Store,
    text: str,
    *,
    bindings: Mapping[str, Value] | None = None,
    place: str = "query",
    lang: str = "en",
    texts: Mapping[str, str] | None = None,
    short: bool = False,
) -> Cited:
    """Ask a ``SELECT`` and cite: the answer streams, a few hundred rows at a time.

    `texts` are articles' texts by source id, for the quoted words.  If `short`, the
    one column ``cited`` holds numbers and marks for a table with footnotes.  Raises
    :class:`~kg.errors.KGError` for what is no ``SELECT``, and for a query written in
    a way that cannot be traced (see :mod:`kg.cite.reader`).
    """
    plain = store.query(text, bindings=bindings, place=place)
    if not isinstance(plain, Solutions):
        raise KGError(place, "only the rows of a SELECT can be cited", "ask it as a SELECT")
    try:
        query = matched(text)
    except Unreadable as error:
        remedy = "write it without comparing < to an IRI, or ask without --cite"
        raise KGError(place, f"cannot be traced to claims: {error}", remedy) from error
    asked = Asked(store, query, plain.variables, bindings or {}, place)
    footnotes = Footnotes(store, lang, texts or {})
    cited = Cited(Solutions((), iter(())), [])
    added = ("cited",) if short else COLUMNS
    if clash := set(added) & set(plain.variables):
        raise KGError(place, f"has a variable ?{min(clash)} of its own", "give it another name")
    rows = _rows(asked, footnotes, cited.notes, short=short)
    return Cited(Solutions((*plain.variables, *added), rows), cited.notes)


def _rows(asked: Asked, footnotes: Footnotes, notes: list[str], *, short: bool) -> Iterator[Row]:
    answered = asked.rows()
    size = 1
    while batch := list(itertools.islice(answered, size)):
        size = min(size * 8, _BATCH)
        grounds = asked.grounds(batch)
        footnotes.learn(itertools.chain.from_iterable(ground.triples for ground in grounds))
        for (row, _), ground in zip(batch, grounds, strict=True):
            claims = footnotes.claims(ground)
            marks = footnotes.marks(claims)
            if not claims:
                marks = ["uncited" if ground.whole else "untraced"]
            elif not ground.whole:
                marks.append("partly")
            numbers = [footnotes.number(claim, notes) for claim in claims]
            if short:
                signs = "".join(f"[{number}]" for number in numbers)
                yield (*row, ox.Literal(" ".join(filter(None, [signs, *marks]))))
                continue
            told = " ".join(notes[number - 1] for number in numbers)
            cells = (" ".join(marks), " ".join(claims), told)
            yield (*row, *map(ox.Literal, cells))

"""Rows for people: a table that fits the terminal, and Markdown."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from kg import names
from kg.results.labels import Labels, batches
from kg.results.w3c import value
from kg.store import Solutions, Term

__all__ = ["cells", "markdown", "table"]

_MEASURED = 500
"""Rows held to find how wide the columns are; later rows are folded into these widths."""
_GAP = "   "
_NARROWEST = 8
# A terminal would obey escape sequences; bidi controls would turn the rest of the line around.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
_MARKUP = re.compile(r"([\\`*\[\]<>|&]|(?<!\w)_|_(?!\w))")

Cells = list[str]


def table(answer: Solutions, labels: Labels | None, width: int | None = None) -> Iterator[str]:
    """A table at most `width` wide; without one, as wide as its first rows need it to be."""
    from rich.cells import cell_len  # how wide Korean is: Unicode's East Asian Width

    rows = _texts(answer, labels)
    first = list(itertools.islice(rows, _MEASURED))
    columns = zip(answer.variables, *first, strict=True)
    widths = _fitting([max(map(cell_len, column)) for column in columns], width)
    heads = [_fold(name, width) for name, width in zip(answer.variables, widths, strict=True)]
    yield from _lines(heads, widths)
    yield "─" * (sum(widths) + len(_GAP) * (len(widths) - 1)) + "\n"
    count = 0
    for row in itertools.chain(first, rows):
        yield from _lines([_fold(*cell) for cell in zip(row, widths, strict=True)], widths)
        count += 1
    yield f"{count:,} row{'' if count == 1 else 's'}\n"


def markdown(answer: Solutions, labels: Labels | None) -> Iterator[str]:
    """A table of GitHub Flavored Markdown, section 4.10."""
    yield f"| {' | '.join(map(_escaped, answer.variables))} |\n"
    yield f"|{' --- |' * len(answer.variables)}\n"
    for row in _texts(answer, labels):
        yield f"| {' | '.join(map(_escaped, row))} |\n"


def cells(answer: Solutions, labels: Labels | None) -> Iterator[list[str]]:
    """Yield the heads and then each row, in the words that a table has."""
    yield list(answer.variables)
    yield from _texts(answer, labels)


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", text)


def _texts(answer: Solutions, labels: Labels | None) -> Iterator[Cells]:
    for rows in batches(answer.rows):
        if labels:
            labels.learn(itertools.chain.from_iterable(rows))
        for row in rows:
            yield [_CONTROLS.sub(" ", _text(term, labels)) for term in row]


def _text(term: Term | None, labels: Labels | None) -> str:
    if term is None:
        return ""
    called = labels.of(term) if labels else None
    return names.compact(value(term)) if called is None else called


def _fitting(widths: Sequence[int], room: int | None) -> list[int]:
    """Take from the widest columns until all fit, but leave each something to read."""
    fitted = list(widths)
    if room is None:
        return fitted
    over = sum(fitted) + len(_GAP) * (len(fitted) - 1) - room
    while over > 0 and max(fitted) > _NARROWEST:
        fitted[fitted.index(max(fitted))] -= 1
        over -= 1
    return fitted


def _fold(text: str, width: int) -> Cells:
    """Break a text into lines no wider than `width`, between words where it can."""
    from rich.cells import cell_len, chop_cells

    if cell_len(text) <= width:
        return [text]
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(joined) <= width:
            lines[-1] = joined
        else:
            lines += chop_cells(word, width)
    return [line for line in lines if line]


def _lines(cells: Sequence[Cells], widths: Sequence[int]) -> Iterable[str]:
    from rich.cells import cell_len

    for parts in itertools.zip_longest(*cells, fillvalue=""):
        padded = (
            part + " " * (at - cell_len(part)) for part, at in zip(parts, widths, strict=True)
        )
        yield _GAP.join(padded).rstrip() + "\n"

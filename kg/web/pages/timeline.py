"""Roles over time: each claim with its dates in words and as a bar on one common scale.

A bar is as sure as the dates are: solid where both ends are known, open where one is
not.  A claim without dates is known to hold, or to have held, on the day its source
was published: that day is its mark.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from kg.literals import period
from kg.model import Claim, Literal
from kg.web.pages.reading import Reader

__all__ = ["roles"]

_MOST = 15
"""Roles shown; of more, the latest."""
_YEARS = range(2, 9990)
_WIDE = 1000
"""Units from the first day to the last."""
_ROLES = frozenset({"role", "degree", "field"})
_POSTS = frozenset({"holdsPost", "heldPost", "educatedAt", "appointed", "recruited"})


def roles(reader: Reader, claims: Mapping[str, Claim], about: str) -> dict[str, Any] | None:
    """Return the roles among these claims on a common scale, in order of time, or None."""
    rows = []
    for iri, claim in claims.items():
        qualifiers = dict(claim.qualifiers)
        if not (claim.predicate in _POSTS or _ROLES & qualifiers.keys()):
            continue
        if claim.rank.value == "deprecated":
            continue
        said = reader.said(iri, claim)
        other = said["object"] if claim.subject == about else said["subject"]
        dates = {name: value for name, value in qualifiers.items() if isinstance(value, Literal)}
        rows.append({"claim": said, "other": other, "bar": {}, **_span(reader, claim, dates)})
    latest = sorted(rows, key=_order)[-_MOST:]
    return _scaled(latest) | {"left_out": len(rows) - len(latest)} if rows else None


def _span(reader: Reader, claim: Claim, dates: Mapping[str, Literal]) -> dict[str, str]:
    """First and last day as far as they are said, and the days on which sources say so."""

    def day(names: Iterable[str], end: int) -> str:
        known = (dates[name] for name in names if name in dates)
        return next((_day(each, end) for each in known), "")

    published = (reader.sources[each.source].published for each in claim.evidence
                 if each.source in reader.sources)  # fmt: skip
    days = sorted(filter(None, (_day(Literal(date), 0) for date in published if date)))
    begun = day(("start", "at", "earliest"), 0)
    ended = day(("end", "latest", "due"), 1)
    at = claim.predicate in {"appointed", "recruited"} and begun
    # Only a present post is told to be the case on the day of its source.
    seen = days[0] if days and claim.predicate == "holdsPost" else ""
    return {"first": begun, "last": begun if at else ended, "seen": seen}


def _day(date: Literal, end: int) -> str:
    """The first or last day of a date, ``""`` for one that no scale of years can hold."""
    day = period(date)[end]
    try:
        year = datetime.date.fromisoformat(day).year
    except ValueError:  # a store may hold anything
        return ""
    return day if _YEARS.start <= year < _YEARS.stop else ""


def _order(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["first"] or row["last"] or row["seen"] or "9999", row["claim"]["iri"]


def _scaled(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Rows with their bars on one scale, and the years below it."""
    days = [row[name] for row in rows for name in ("first", "last", "seen") if row[name]]
    if not days:
        return {"rows": rows, "years": []}
    first, last = int(min(days)[:4]), int(max(days)[:4]) + 1
    first -= any(row["last"] and not row["first"] for row in rows)  # room for what began before
    step = -(-(last - first) // 6)
    last += -(last - first) % step  # the years stand at even distances
    for row in rows:
        row["bar"] = _bar(row, first, last)
    return {"rows": rows, "years": [*range(first, last + 1, step)]}


def _bar(row: Mapping[str, Any], first: int, last: int) -> dict[str, Any]:
    """Where the bar lies, and which of its ends are open."""
    begun, ended, seen = row["first"], row["last"], row["seen"]
    if not begun and not ended:
        return {"x": _at(seen, first, last), "width": 0, "open": "seen"} if seen else {}
    start = _at(begun, first, last) if begun else 0
    end = _at(ended, first, last) if ended else _WIDE
    side = "" if begun and ended else "end" if begun else "start"
    return {"x": start, "width": max(6, end - start), "open": side}


def _at(day: str, first: int, last: int) -> int:
    date = datetime.date.fromisoformat(day)
    start, end = datetime.date(first, 1, 1), datetime.date(last, 1, 1)
    return round((date - start) / (end - start) * _WIDE)

"""Roles over time: each claim with its dates in words and as a bar on one common scale.

A bar is solid only where a role is known to have lasted, and dashed where it may have: since
when, or until when, is then not said, and words beside it say that.  A claim without dates is
known to hold, or to have held, on the day its source was published: that day is its mark.
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
_WIDE, _LEAST = 1000, 6
"""Units from the first day to the last, and of what is drawn at least."""
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
        span = _span(reader, claim)
        rows.append({"claim": said, "other": other, "bar": {}, "unsaid": [], **span})
    latest = sorted(rows, key=_order)[-_MOST:]
    for row in latest:
        row["unsaid"] = _unsaid(reader, row)
    return _scaled(latest) | {"left_out": len(rows) - len(latest)} if rows else None


def _span(reader: Reader, claim: Claim) -> dict[str, str]:
    """First and last day as far as they are said, and the day on which sources say so.

    What is a bound only, not the day itself, has its date as ``first_bound``, ``last_bound``.
    """
    dates = {name: value for name, value in claim.qualifiers if isinstance(value, Literal)}

    def day(names: Iterable[str], bound: str, end: int) -> tuple[str, str]:
        for name in names:
            if found := _day(dates[name], end) if name in dates else "":
                return found, dates[name].value if name == bound else ""
        return "", ""

    published = (reader.sources[each.source].published for each in claim.evidence
                 if each.source in reader.sources)  # fmt: skip
    days = sorted(filter(None, (_day(Literal(date), 0) for date in published if date)))
    first, first_bound = day(("start", "at", "earliest"), "earliest", 0)
    last, last_bound = day(("end", "latest", "due"), "latest", 1)
    if claim.predicate in {"appointed", "recruited"} and first and not first_bound:
        last, last_bound = first, ""
    # Only a present post is told to be the case on the day of its source.
    seen = days[0] if days and claim.predicate == "holdsPost" else ""
    return {"first": first, "last": last, "seen": seen,
            "first_bound": first_bound, "last_bound": last_bound}  # fmt: skip


def _unsaid(reader: Reader, row: Mapping[str, Any]) -> list[str]:
    """In words, what is not said of when a role began and ended; nothing if no day is."""
    words = reader.frame.words
    if not (row["first"] or row["last"]):
        return [words["seen"].format(date=row["seen"])] if row["seen"] else []
    told = []
    if row["first_bound"]:
        told.append(words["earliest"].format(date=row["first_bound"]))
    if row["last_bound"]:
        told.append(words["latest_end"].format(date=row["last_bound"]))
    if not row["first"]:
        told.append(words["since_unsaid"])
    if not row["last"]:
        told.append(words["until_unsaid"])
    return told


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
    """Where the role is known to have lasted, and from and to where it may have, around that."""
    begun, ended, seen = row["first"], row["last"], row["seen"]
    if not begun and not ended:
        return {"dot": _at(seen, first, last)} if seen else {}
    start = _at(begun, first, last) if begun else 0
    end = max(start, _at(ended, first, last)) if ended else _WIDE
    known = [start] if begun and not row["first_bound"] else []
    known += [end] if ended and not row["last_bound"] else []
    if seen and start <= (at := _at(seen, first, last)) <= end:
        known.append(at)
    if not known:
        return {"open": [(start, max(end, start + _LEAST))], "x": start, "width": 0}
    left, right = min(known), max(known)
    width = max(_LEAST, right - left)
    x = min(left, right - width) if right == end and left > start else left
    sides = [(start, x), (x + width, end)]
    return {"open": [each for each in sides if each[0] < each[1]], "x": x, "width": width}


def _at(day: str, first: int, last: int) -> int:
    date = datetime.date.fromisoformat(day)
    start, end = datetime.date(first, 1, 1), datetime.date(last, 1, 1)
    return round((date - start) / (end - start) * _WIDE)

"""Typed values: from what a curator writes to one canonical literal.

The ontology's ``aie:valueForm`` says which form a property takes.  Forms and
their datatypes (XML Schema 1.1 Part 2, in the canonical spelling that Oxigraph
stores, so that a value read back is the value written):

=========  ==========================================================
text       ``rdf:langString``, words in a language
string     ``xsd:string``
date       ``xsd:gYear``, ``gYearMonth``, ``date`` or ``dateTime``, by its precision
year       ``xsd:gYear``
uri        ``xsd:anyURI``, absolute, http or https
decimal    ``xsd:decimal``
integer    ``xsd:integer``
duration   ``xsd:duration`` such as ``P3Y``
=========  ==========================================================
"""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from kg.model import Literal

__all__ = ["FORMS", "period", "text_problem", "typed"]

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_URI = re.compile(r"https?://[^\s<>\"{}|\\^`/]+[^\s<>\"{}|\\^`]*")
_ZONE = r"(?:Z|[+-]\d\d:\d\d)?"
_DURATION = re.compile(
    r"P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?"
)


def text_problem(value: object) -> str:
    """Say what keeps `value` from being words that any tool can carry, or ``""``.

    Control characters but tab and line ends, lone surrogates and non-characters
    are refused here, at the door; XML and JSON readers choke on them later.

    >>> text_problem("LG AI연구원"), text_problem(" ")
    ('', 'is empty')
    """
    if not isinstance(value, str):
        return f"must be text, not {type(value).__name__}"
    if not value.strip():
        return "is empty"
    bad = _CONTROL.search(value)
    return f"holds the control character U+{ord(bad[0]):04X}" if bad else ""


def _string(value: object) -> Literal:
    if problem := text_problem(value):
        raise ValueError(problem)
    return Literal(str(value))


def _date(value: object) -> Literal:
    if isinstance(value, datetime.date):  # a datetime is one too
        value = value.isoformat()
    elif isinstance(value, int) and not isinstance(value, bool):
        value = f"{value:04}"
    expected = "must be a date: YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss"
    if not isinstance(value, str):
        raise ValueError(expected)
    for pattern, datatype, rest in (
        (r"\d{4}", "xsd:gYear", "-01-01"),
        (r"\d{4}-\d\d", "xsd:gYearMonth", "-01"),
        (r"\d{4}-\d\d-\d\d", "xsd:date", ""),
        (rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d{_ZONE}", "xsd:dateTime", ""),
    ):
        if re.fullmatch(pattern, value, re.ASCII):
            try:
                datetime.datetime.fromisoformat(value + rest)
            except ValueError:
                raise ValueError(f"{value} is not in the calendar") from None
            return Literal(re.sub(r"[+-]00:00$", "Z", value), datatype)
    raise ValueError(expected)


def _year(value: object) -> Literal:
    literal = _date(value)
    if literal.datatype != "xsd:gYear":
        raise ValueError("must be a year: YYYY")
    return literal


def _uri(value: object) -> Literal:
    if not isinstance(value, str) or not _URI.fullmatch(value) or text_problem(value):
        raise ValueError("must be an absolute http or https address")
    return Literal(value, "xsd:anyURI")


def _decimal(value: object) -> Literal:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise InvalidOperation
        number = Decimal(str(value))
        if not number.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise ValueError("must be a number") from None
    plain = f"{number:f}"
    plain = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return Literal(plain if plain not in {"-0", ""} else "0", "xsd:decimal")


def _integer(value: object) -> Literal:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number")
    return Literal(str(value), "xsd:integer")


def _duration(value: object) -> Literal:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError("must be a duration such as P3Y, P18M or P10D (ISO 8601)")
    years, months, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    years, months = divmod(12 * years + months, 12)
    minutes, seconds = divmod(seconds + 60 * (minutes + 60 * (hours + 24 * days)), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    date = "".join(f"{n}{unit}" for n, unit in ((years, "Y"), (months, "M"), (days, "D")) if n)
    time = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    canonical = f"P{date}T{time}" if time else f"P{date}"
    return Literal("PT0S" if canonical == "P" else canonical, "xsd:duration")


FORMS: dict[str, Callable[[object], Literal]] = {
    "string": _string,
    "date": _date,
    "year": _year,
    "uri": _uri,
    "decimal": _decimal,
    "integer": _integer,
    "duration": _duration,
}
"""All forms but ``text``, which needs a language beside its words."""


def typed(form: str, value: object) -> Literal:
    """Return `value` as a canonical literal of `form`; :class:`ValueError` says what is wrong.

    >>> typed("date", "2020-12")
    Literal(value='2020-12', datatype='xsd:gYearMonth', lang='')
    >>> typed("duration", "P36M").value, typed("decimal", 2.50).value
    ('P3Y', '2.5')
    >>> typed("date", "2021-02-30")
    Traceback (most recent call last):
    ValueError: 2021-02-30 is not in the calendar
    """
    return FORMS[form](value)


def period(literal: Literal) -> tuple[str, str]:
    """Return the first and last day (ISO 8601) that a date of any precision covers.

    What is in no calendar, as a store may hold it, stands for itself.

    >>> period(Literal("2020-02", "xsd:gYearMonth"))
    ('2020-02-01', '2020-02-29')
    """
    text = literal.value[:10]
    if len(text) == 4:
        return f"{text}-01-01", f"{text}-12-31"
    if len(text) == 7:
        with contextlib.suppress(ValueError, OverflowError):
            first = datetime.date.fromisoformat(f"{text}-01")
            following = (first + datetime.timedelta(days=31)).replace(day=1)
            return first.isoformat(), (following - datetime.timedelta(days=1)).isoformat()
    return text, text

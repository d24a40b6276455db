"""Look-ups: questions that need no process of their own, since they cannot run away.

A ``SELECT`` or ``ASK`` of one triple pattern reads one range of an index and has a row for
each entry: who stops reading after some kilobytes has stopped it.  Most of what programs
ask is of that kind, and the way to a worker and back takes longer than the answer.
What it is, is told by a pattern that knows the plainest SPARQL only: any other text, and
any long answer, is for the workers.

Only what was deleted can still stand in that range, and is read as well, though it is no
row: 0.2 s for 400,000 triples that one update deleted.  So the first look-up that takes
long is the last one that is answered here, until other data are served.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from kg.store import OxigraphStore
from kg.web import answering
from kg.web.tasks import Query
from kg.web.workers import Answer

if TYPE_CHECKING:
    from kg.store import Store
    from kg.web.served import Served

__all__ = ["answer", "is_one"]

_LONGEST_TEXT = 2_000
_LONGEST = 64 << 10
"""Bytes of an answer that the server itself gives."""
_LONG_S = 0.1
"""Seconds of the processor; the longest answer takes a tenth of that."""

_IRI = r"<[^\x00-\x20<>\"{}|^`\\]*>"
_NAME = r"(?:[A-Za-z][A-Za-z0-9_-]*)?:[A-Za-z0-9_-]*"
_VARIABLE = r"[?$][A-Za-z0-9_]+"
_LITERAL = rf"(?:\"[^\"\\\r\n]*\"(?:@[A-Za-z]+(?:-[A-Za-z0-9]+)*|\^\^(?:{_IRI}|{_NAME}))?|[0-9]+)"
_TEXT = re.compile(
    rf"""
    \s* (?: PREFIX \s+ (?:[A-Za-z][A-Za-z0-9_-]*)?: \s* {_IRI} \s* )*
    (?: SELECT (?: \s* \* | (?: \s+ {_VARIABLE} )+ ) | ASK ) \s* (?: WHERE \s* )?
    {{ \s* (?P<s> {_IRI} | {_NAME} | {_VARIABLE} )
       \s+ (?P<p> {_IRI} | {_NAME} | {_VARIABLE} | a )
       \s+ (?P<o> {_IRI} | {_NAME} | {_VARIABLE} | {_LITERAL} ) \s* (?: \s \. \s* )?
    }} \s* (?: LIMIT \s+ [0-9]+ \s* )? (?: \# [^\r\n]* )?
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


def is_one(text: str) -> bool:
    """Return whether a query is a look-up.

    >>> is_one("PREFIX ex: <http://example.org/> SELECT * { ex:lab ?p ?o } LIMIT 9")
    True
    >>> is_one("SELECT * { ?s ?p ?o . ?o ?q ?r }"), is_one("ASK { ?s ?p ?s }")
    (False, False)
    """
    if len(text) > _LONGEST_TEXT or not (found := _TEXT.fullmatch(text)):
        return False
    # The same variable twice makes it a search among all entries, most of them no row.
    variables = [term[1:] for term in found.groups() if term[0] in "?$"]
    return len(variables) == len(set(variables))


def answer(served: Served, task: Query) -> Answer | None:
    """Answer a look-up, or return None if the workers have to; raises as they do."""
    if not served.quick:
        return None
    began = time.thread_time()
    found = _found(served.store, task)
    served.quick = time.thread_time() - began < _LONG_S
    return found


def _found(store: Store, task: Query) -> Answer | None:
    if not isinstance(store, OxigraphStore) or task.default is not None or not is_one(task.text):
        return None
    limit = min(task.limit, _LONGEST)
    brief = Query(task.text, task.base, task.rows_form, None, rows=task.rows, limit=limit)
    told = answering.briefly(store, brief)
    if told is None or told.sink is None:
        return None
    return Answer(told.form, told.truncated, told.sink.size, told.sink.finish())

"""``SERVICE`` and ``LOAD``, which call other machines: refused, or told what they call.

pyoxigraph cannot be told not to call, or whom.  So the text is judged before the engine
sees it, and the judgement must not be fooled.  A text without the words anywhere passes.
In any other, what is set aside is what :mod:`kg.lexer` is sure of, and each word that is
left must be a call whose address is written in it, as an IRI or a prefixed name, or the
text is refused.  What takes the address's place is what the engine calls, however it
reads the rest.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kg.errors import KGError
from kg.lexer import blanked, closing, code_of, tokens
from kg.names import PREFIXES

__all__ = ["Call", "Instead", "calls", "may_call", "refuse_calls"]

_IRI = r"<[^\x00-\x20<>\"{}|^`\\]*>"
_NAME = r"(?:[A-Za-z][\w-]*)?:(?:[\w-]|[.:](?=\w))*"
_SILENT = r"(?:(?P<silent>SILENT)(?=[\s<])\s*)?"
# The engine needs no space around words; who writes none makes it hard to tell.
_CALLS = {
    "SERVICE": re.compile(
        rf"(?<![\w@:?$%-])SERVICE(?=[\s<])\s*{_SILENT}(?P<to>{_IRI}|{_NAME})\s*(?={{)",
        re.IGNORECASE,
    ),
    "LOAD": re.compile(
        rf"(?<![\w@:?$%-])LOAD(?=[\s<])\s*{_SILENT}(?P<to>{_IRI}|{_NAME})"
        rf"(?:\s*INTO(?=\s)\s*GRAPH(?=[\s<])\s*(?P<graph>{_IRI}|{_NAME}))?\s*(?=;|\Z)",
        re.IGNORECASE,
    ),
}
_WRITE = {
    "SERVICE": "write SERVICE <https://HOST/PATH> {…}, the address in full or with a prefix",
    "LOAD": "write LOAD <https://HOST/PATH>, the address in full or with a prefix",
}
_WORDS = {
    update: re.compile(words, re.IGNORECASE | re.ASCII)
    for update, words in ((False, "SERVICE"), (True, "SERVICE|LOAD"))
}
"""What calls, in queries and in updates."""
_MOST = 16
"""Calls of one text."""
_DECLARED = re.compile(r"(?<![\w.-])PREFIX\s*([\w.-]*):\s*<([^<>]*)>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Call:
    """One call, and what of the text can be replaced: a ``SERVICE``'s IRI, all of a ``LOAD``."""

    word: str
    """``SERVICE`` or ``LOAD``."""
    iri: str
    silent: bool
    graph: str
    """Where a ``LOAD`` goes to, as it is written; ``""`` for the default graph."""
    place: str
    """For messages."""
    start: int
    end: int


Instead = Callable[[Call], str]
"""What to write instead of a call; raises for one that is not to be made."""
At = Callable[[int], str]
"""The place, for messages, of a position in the text."""


def may_call(text: str) -> bool:
    """Return whether the text has one of the words anywhere.

    >>> may_call("ASK { ?s rdfs:label 'customer service' }"), may_call("ASK {}")
    (True, False)
    """
    return bool(_WORDS[True].search(text))


def refuse_calls(text: str, at: At, *, update: bool) -> None:
    """Raise :class:`KGError` if the text calls another machine, or may do."""
    words = _WORDS[update]
    if not words.search(text):
        return
    # No word boundaries: the engine reads SERVICESILENT as two words.
    if found := words.search(code_of(text)):
        what = f"{found[0].upper()} is refused: it would call another machine"
        raise KGError(at(found.start()), what, "load what you need into the store first")
    _refuse_unclear(text, at)


def calls(text: str, at: At, *, update: bool) -> list[Call]:
    """Return the calls of a text, in order.

    Raises :class:`KGError` for one whose address cannot be told, for a ``SERVICE`` inside
    another (that server would call), and in updates for one inside ``EXISTS`` or ``MINUS``:
    there the engine goes on when a call fails, and would change the store on no grounds.

    >>> text = "SELECT * { SERVICE <https://example.org/sparql> { ?s ?p ?o } }"
    >>> [call.iri for call in calls(text, str, update=False)]
    ['https://example.org/sparql']
    """
    words = _WORDS[update]
    if not words.search(text):
        return []
    _refuse_unclear(text, at)
    code = code_of(text)
    places = [(found[0].upper(), found.start()) for found in words.finditer(code)]
    if len(places) > _MOST:
        raise KGError(at(places[_MOST][1]), f"calls more than {_MOST} times", "ask in several")
    with_iris = blanked(text, "comment", "string", "variable")
    found = [_call(with_iris, word, start, at) for word, start in places]
    _refuse_inner(code, places, at, update=update)
    return found


def _call(text: str, word: str, start: int, at: At) -> Call:
    found = _CALLS[word].match(text, start)
    if not found:
        raise KGError(at(start), f"cannot tell what this {word} calls", _WRITE[word])
    whole = word == "LOAD"
    return Call(
        word,
        _resolved(text, found["to"], at(found.start("to"))),
        bool(found["silent"]),
        (found["graph"] or "") if whole else "",
        at(start),
        start if whole else found.start("to"),
        found.end("graph" if whole and found["graph"] else "to"),
    )


def _resolved(text: str, name: str, place: str) -> str:
    if name.startswith("<"):
        return name[1:-1]
    prefix, _, local = name.partition(":")
    declared = {iri for each, iri in _DECLARED.findall(text) if each == prefix}
    if len(declared) > 1:
        raise KGError(place, f"prefix '{prefix}:' is declared twice", "use one name for each")
    if not declared and prefix not in PREFIXES:
        remedy = f"declare it: PREFIX {prefix}: <…>"
        raise KGError(place, f"prefix '{prefix}:' is not known", remedy)
    return (declared.pop() if declared else PREFIXES[prefix]) + local


def _refuse_unclear(text: str, at: At) -> None:
    for kind, start, end in tokens(text):
        if kind == "unclear":
            what = f"cannot tell whether {text[start:end]} hides a SERVICE"
            remedy = "write IRIs in full or with a prefix, and spaces around < and >"
            raise KGError(at(start), what, remedy)


def _refuse_inner(code: str, places: list[tuple[str, int]], at: At, *, update: bool) -> None:
    services = list(_groups(code, "SERVICE"))
    unnoticed = list(_groups(code, "EXISTS|MINUS")) if update else []
    for word, start in places:
        if word == "LOAD" and code.count("{", 0, start) != code.count("}", 0, start):
            raise KGError(at(start), "a LOAD stands inside a group", "put it before or after")
        if any(outer < start < end for outer, end in services):
            what = "a SERVICE inside another would be called by that server"
            raise KGError(at(start), what, "put them side by side")
        if any(outer < start < end for outer, end in unnoticed):
            what = "a SERVICE inside EXISTS or MINUS may fail unnoticed"
            raise KGError(at(start), what, "match what it finds instead")


def _groups(code: str, words: str) -> Iterator[tuple[int, int]]:
    for found in re.finditer(words, code, re.IGNORECASE | re.ASCII):
        yield found.start(), closing(code, found.start())

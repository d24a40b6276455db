"""What is wrong, in the reader's language: our own sentences translated, others' as they are.

They come as one line in English, which the endpoint, the command line and a worker share.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kg.errors import Problem

__all__ = ["Complaint", "Part", "of_problem", "of_query"]

_FILE = Path(__file__).parent.parent / "complaints.toml"
_LONGEST = 2_000
"""Letters: what is quoted may be long."""
_IN_QUERY = re.compile(r"query:(\d+):(\d+): (.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """A sentence."""

    text: str
    lang: str = ""
    """If it is not in the page's language."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong, and what to do."""

    parts: tuple[Part, ...]
    place: str = ""
    at: tuple[int, int] | None = None
    """Line and column in a query."""


def of_query(lang: str, line: str, place: str) -> Complaint:
    """Return what an error says of a query; `place` has room for ``line`` and ``column``.

    >>> told = of_query("ko", "query:2:9: '{' is never closed; close it", "{line}행 {column}열")
    >>> told.place, [part.text for part in told.parts]
    ('2행 9열', ['여는 괄호 ‘{’의 짝이 없습니다.', '괄호를 닫아 주세요.'])
    """
    line = line[:_LONGEST]
    found = _IN_QUERY.fullmatch(line)
    if not found:
        return Complaint(_parts(lang, line.removeprefix("query: ")))
    at = int(found[1]), int(found[2])
    return Complaint(_parts(lang, found[3]), place.format(line=at[0], column=at[1]), at)


def of_problem(lang: str, problem: Problem, words: Mapping[str, str]) -> Complaint:
    """Return the same of a problem; what is one of the page's own `words` stays."""
    told = [each for each in (problem.what, problem.remedy) if each]
    if lang == "en":
        return Complaint((Part("; ".join(told)),), problem.place)
    own = set(words.values())
    parts = (Part(_ended(each)) if each in own else _part(lang, each) for each in told)
    return Complaint(tuple(parts), problem.place)


def _parts(lang: str, line: str) -> tuple[Part, ...]:
    """The sentences of a line; what it quotes may hold a semicolon, too."""
    if lang == "en":
        return (Part(line),)
    pieces = line.split("; ")
    for number in range(len(pieces), 0, -1):
        what, remedy = "; ".join(pieces[:number]), "; ".join(pieces[number:])
        if _translated(lang, what) and (not remedy or _translated(lang, remedy)):
            return tuple(_part(lang, each) for each in (what, remedy) if each)
    return (_part(lang, line),)


def _part(lang: str, sentence: str) -> Part:
    found = _translated(lang, sentence)
    return Part(_ended(found)) if found else Part(sentence, "en")


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith(("?", ".")) else f"{sentence}."


def _translated(lang: str, sentence: str) -> str:
    """The sentence in another language, ``""`` if it is none of ours."""
    for pattern, wording in _wordings(lang):
        if found := pattern.fullmatch(sentence):
            first, *others = wording.split("{}")
            quoted = zip(found.groups(), others, strict=True)
            return first + "".join(word + after for word, after in quoted)
    return ""


@functools.cache
def _wordings(lang: str) -> list[tuple[re.Pattern[str], str]]:
    told = tomllib.loads(_FILE.read_text(encoding="utf-8"))[lang]
    # What begins with what is quoted fits too much, and is tried last.
    return [
        (re.compile("(.+?)".join(map(re.escape, sentence.split("{}"))), re.DOTALL), wording)
        for sentence, wording in sorted(told.items(), key=lambda each: each[0].startswith("{}"))
    ]

"""SPARQL that the engine has accepted, token by token.

A ``<`` that compares can be taken for the start of an IRI here.  That can hide a
pattern, which then is not cited; it cannot make one up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["CLOSING", "Cursor", "Token", "Unreadable"]

_TOKEN = re.compile(
    r"""
      (?P<skip> (?: \s+ | \#[^\r\n]* )+ )
    | (?P<iri> <[^\x00-\x20<>"{}|^`\\]*> )
    | (?P<string> \"\"\"(?:\\.|[^\\])*?\"\"\" | '''(?:\\.|[^\\])*?'''
                | "(?:\\.|[^"\\\r\n])*" | '(?:\\.|[^'\\\r\n])*' )
    | (?P<lang> @[A-Za-z]+(?:-[A-Za-z0-9]+)* )
    | (?P<variable> [?$]\w+ )
    | (?P<blank> _:[\w.-]*[\w-] )
      # No longer prefix: at each letter of `a.a.a.a…` it would be looked for to the end.
    | (?P<name> (?:[^\W\d_](?:[\w.-]{0,99}[\w-])?)?:(?:(?:[\w:.%-]|\\.)*(?:[\w:%-]|\\.))? )
    | (?P<number> [+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)? )
    | (?P<word> [A-Za-z_]\w* )
    | (?P<mark> \^\^ | \|\| | && | != | <= | >= | <<\( | \)>> | << | >> | \{\| | \|\} | . )
    """,
    re.VERBOSE | re.DOTALL,
)
CLOSING = {"(": ")", "[": "]", "{": "}"}


class Unreadable(Exception):
    """The query, or a part of it, is written in a way that this reader does not know."""


class Token(NamedTuple):
    """A token, and where it stands."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """The text; a keyword in capitals."""
        return self.text.upper() if self.kind == "word" else self.text


class Cursor:
    """Goes through the tokens of a text from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = [token for token in _tokens(text) if token.kind != "skip"]
        self.tokens.append(Token("end", "", len(text), len(text)))
        self.at = 0

    @property
    def next(self) -> Token:
        """The token that comes next; at the end one of kind ``end``."""
        return self.tokens[self.at]

    def take(self) -> Token:
        """Return the next token and go past it."""
        token = self.next
        if token.kind == "end":
            raise Unreadable("the text ends too early")
        self.at += 1
        return token

    def expect(self, text: str) -> Token:
        """Go past a token that must be this one."""
        token = self.take()
        if token.word != text:
            raise Unreadable(f"'{token.text}' where '{text}' should be")
        return token

    def skip_brackets(self) -> None:
        """Go past a bracket and all up to its partner."""
        open_brackets = [self.take().text]
        while open_brackets:
            token = self.take()
            if token.text in CLOSING:
                open_brackets.append(token.text)
            elif token.text == CLOSING[open_brackets[-1]]:
                open_brackets.pop()


def _tokens(text: str) -> Iterator[Token]:
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if not found:
            raise Unreadable(f"'{text[position : position + 10]}'")
        yield Token(found.lastgroup or "", found[0], found.start(), found.end())
        position = found.end()

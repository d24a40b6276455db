"""SPARQL text as tokens, none of which is there under one reading only.

pyoxigraph offers no parsed query, so what has to be known of a text is told from the text
itself, and SPARQL can be read in two ways: in ``?a<?b)#>"`` the engine, which goes by
context, sees a comparison and a comment where a lexer sees an IRI and the start of a
string.  So only what is a string, comment, IRI, variable or local name *under every
reading* is one here; what may be one is ``unclear``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["DECLARED", "blanked", "closing", "code_of", "line_column", "tokens"]

# The engine's own escapes: any other, or half a surrogate pair, ends its string elsewhere.
_ESCAPE = (
    r"\\(?:[tbnrf\"'\\]|u(?![dD][89a-fA-F])[0-9A-Fa-f]{4}"
    r"|U(?:0000(?![dD][89a-fA-F])[0-9A-Fa-f]{4}|000[1-9A-Fa-f][0-9A-Fa-f]{4}|0010[0-9A-Fa-f]{4}))"
)
_INSIDE, _SIGN = r'[^\x00-\x20<>"{}|^`]', r"(?: ['\#\\] | // )"
_LEXER = re.compile(
    rf"""
      (?P<comment> \# [^\r\n]* )
    | (?P<string> \"\"\" (?: "{{0,2}} (?: [^"\\] | {_ESCAPE} ) )* \"\"\"
                | ''' (?: '{{0,2}} (?: [^'\\] | {_ESCAPE} ) )* '''
                | " (?: [^"\\\r\n] | {_ESCAPE} )* "
                | ' (?: [^'\\\r\n] | {_ESCAPE} )* ' )
      # `<` cannot be a comparison before `scheme://`; without a path after the authority
      # an IRI could be a namespace that turns invalid when a local name is appended.
    | (?P<iri> < [A-Za-z][A-Za-z0-9+.-]* ://
                 [^\x00-\x20<>"{{}}|^`\\/?\#]* [/?\#] [^\x00-\x20<>"{{}}|^`\\]* > )
      # Any other `<…>` may be no IRI, so that a string or comment begins in it.  Nothing is
      # tried twice, or a text of some 60 kB would hold up all others.
    | (?P<unclear> < (?= {_INSIDE}* > ) (?: (?! {_SIGN} ) {_INSIDE} )*+ {_SIGN} {_INSIDE}* >
                 | ["'\\] )
    | (?P<variable> [?$] \w+ )
    | (?P<local> : [A-Za-z0-9_:\u00c0-\ud7ff] [A-Za-z0-9_:.%\u00c0-\ud7ff-]* )
    """,
    re.VERBOSE,
)
DECLARED = re.compile(r"(?<![\w?$:-])PREFIX\s+([\w.-]*):\s*<([^<>]*)>", re.IGNORECASE)
"""``PREFIX name: <IRI>``, in a text without comments and strings."""


def tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """Yield each token's kind, beginning and end; all else is keywords and punctuation."""
    for found in _LEXER.finditer(text):
        yield found.lastgroup or "", found.start(), found.end()


def blanked(text: str, *kinds: str) -> str:
    """Return the text with all tokens of these kinds overwritten by spaces, every position kept.

    >>> blanked("ASK { ?s ?p '{' } # {", "string", "comment")
    'ASK { ?s ?p     }    '
    """
    pieces, position = [], 0
    for kind, start, end in tokens(text):
        if kind in kinds:
            pieces += [text[position:start], re.sub(r"[^\r\n]", " ", text[start:end])]
            position = end
    return "".join(pieces) + text[position:]


def code_of(text: str) -> str:
    """Return the text with its comments, strings, IRIs and names overwritten by spaces."""
    return blanked(text, "comment", "string", "iri", "variable", "local")


def closing(code: str, start: int) -> int:
    """Return the position behind the bracket that closes the first one from `start` on."""
    depth = 0
    for found in re.finditer(r"[{}]", code[start:]):
        depth += 1 if found[0] == "{" else -1
        if depth == 0:
            return start + found.end()
    return len(code)


def line_column(text: str, offset: int) -> str:
    """Return ``line:column`` of a position, both from 1."""
    before = text[:offset]
    return f"{before.count(chr(10)) + 1}:{offset - before.rfind(chr(10))}"

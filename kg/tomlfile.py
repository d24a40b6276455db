"""The curators' TOML: read, or what is wrong with its form in words that a curator can act on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomli

from kg.errors import Problem

__all__ = ["parsed", "read"]

_CURLY = "“”„‘’"


def parsed(place: str, text: str) -> dict[str, Any] | Problem:
    """Return what a TOML text holds, or what is wrong with its form.

    >>> print(parsed("new.toml", 'class = “Person”'))
    new.toml: is not TOML: Invalid value (at line 1, column 9); put text in straight quotes: "…"
    """
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        return Problem(place, f"is not TOML: {error}", _remedy(error))


def read(path: Path, place: str) -> dict[str, Any] | Problem:
    """Return what a file holds, or why it cannot be read; raises ``FileNotFoundError``."""
    try:
        return parsed(place, path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise
    except OSError as error:
        return Problem(place, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        return Problem(place, f"is not UTF-8 at byte {error.start}", "save it as UTF-8")


def _remedy(error: tomli.TOMLDecodeError) -> str:
    line = error.doc.split("\n")[error.lineno - 1].strip()
    if "twice" in error.msg and line == "[claim]":
        return "write [[claim]] above each"
    if "twice" in error.msg or "overwrite" in error.msg:
        return "write each table and key once"
    word = error.doc[error.pos : error.pos + 1]
    if word and (word in _CURLY or (error.msg == "Invalid value" and word.isalpha())):
        return 'put text in straight quotes: "…"'
    if error.msg.startswith("Illegal character '\\n'"):
        return "end the text with a straight quote on its own line"
    return ""

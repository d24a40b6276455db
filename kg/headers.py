"""Headers of ``.rq`` files: the comments on top that say what a query is for."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from kg.errors import Problem, Problems, near

__all__ = ["LANGS", "by_language", "read"]

LANGS = ("en", "ko")
"""What is for people to read stands in each of these: ``title.en``, ``title.ko``."""

_FIELD = re.compile(r"#\s?([a-z][\w.-]*):\s*(.*?)\s*")
_CONTINUED = re.compile(r"#\s{2,}(\S.*?)\s*")


def read(
    file: Path, required: Collection[str], optional: Collection[str] = ()
) -> tuple[Mapping[str, str], str]:
    """Return the header of a query file, by field in its order, and the file's whole text.

    The header is the comment lines that the file begins with, up to an empty one:
    ``# field: text``, and lines indented by two or more spaces after the ``#``, which
    continue the field above.  A field of `optional` that ends in ``*`` admits any name
    in its place.  Raises :class:`~kg.errors.Problems` with all that is wrong: a line
    that is neither, a field unknown, twice or missing.

    >>> fields, text = read(Path("kg/checks/flat-missing.rq"), ["title"], ["*"])
    >>> fields["severity"], "SELECT" in text
    ('error', True)
    """
    text = file.read_text(encoding="utf-8")
    fields: dict[str, str] = {}
    problems, last = [], ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith("#"):
            break
        place = f"{file.name}:{number}"
        if found := _FIELD.fullmatch(line):
            last = found[1]
            if last in fields:
                problems.append(Problem(place, f"'{last}' is there already", "keep one"))
            elif not _admitted(last, required, optional):
                remedy = near(last, [*required, *optional], "drop it")
                problems.append(Problem(place, f"header field '{last}' is not known", remedy))
            fields[last] = found[2]
        elif line.strip() == "#":
            break
        elif last and (found := _CONTINUED.fullmatch(line)):
            fields[last] = f"{fields[last]} {found[1]}".strip()
        else:
            problems.append(Problem(place, "is no header field", "write '# field: text'"))
    problems += [
        Problem(file.name, f"has no header field '{field}'", "add it")
        for field in required
        if not fields.get(field)
    ]
    if problems:
        raise Problems(problems)
    return fields, text


def _admitted(field: str, required: Collection[str], optional: Collection[str]) -> bool:
    if field in required or field in optional:
        return True
    return any(each.endswith("*") and field.startswith(each[:-1]) for each in optional)


def by_language(fields: Mapping[str, str], field: str) -> Mapping[str, str]:
    """Return a field's text by language; it must be there in each.

    >>> by_language({"title.en": "Who?", "title.ko": "누구?"}, "title")
    {'en': 'Who?', 'ko': '누구?'}
    """
    return {lang: fields[f"{field}.{lang}"] for lang in LANGS}

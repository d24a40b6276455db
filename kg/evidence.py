"""Evidence without the text: pin a quote, find it again, prove it, see what is left.

An article's words stay outside the project.  What stays inside is a span, in
Unicode code points of the text file exactly as stored (no normalisation, a byte
order mark counts), and the SHA-256 of the quoted characters in UTF-8.  A
dataset's records may be shipped, so its evidence is a record, an RFC 6901 JSON
Pointer into it, and the SHA-256 of the value as canonical JSON.
"""

from __future__ import annotations

import bisect
import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from kg.errors import KGError, Problem
from kg.model import Article, Corpus, Evidence, Record, Source, Span

__all__ = [
    "Material",
    "Proof",
    "Sentence",
    "another",
    "coverage",
    "find",
    "fingerprint",
    "pin",
    "prove",
    "quote",
    "read_material",
    "read_records",
    "read_text",
    "refuse_no_folder",
    "sentences",
]

Material = str | Mapping[str, Any]
"""What a source is made of: an article's text, or a dataset's records by id."""

_INVISIBLE = "\ufeff\u00ad\u200b\u200c\u200d\u2060"
"""Byte order mark, soft hyphen, zero-width space and joiners: no reader sees them."""


# -- reading what sources say ------------------------------------------------


def read_text(path: Path) -> str:
    """Read an article's file as stored: UTF-8, line ends and byte order mark untouched."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise KGError(path, f"is not UTF-8 at byte {error.start}", "save it as UTF-8") from None


def read_material(
    corpus: Corpus, data: Path, articles: Path | None
) -> tuple[dict[str, Material], list[Problem]]:
    """Read what is at hand of the corpus' sources, by source id, and what is wrong with it.

    Articles are ``<id>.txt`` in the folder `articles`; a dataset's records are
    ``sources/<id>/records.json`` in the folder `data` (an array of objects with an
    ``id``).  A file whose SHA-256 is not the source's is reported and still read.
    """
    refuse_no_folder(articles)
    found: dict[str, Material] = {}
    problems = []
    for source in corpus.sources.values():
        path = _file(source, data, articles)
        if path is None or not path.exists():
            continue
        problems += another(path, source.id, source.sha256)
        found[source.id] = read_text(path) if isinstance(source, Article) else read_records(path)
    return found, problems


def refuse_no_folder(articles: Path | None) -> None:
    """Raise :class:`~kg.errors.KGError` if what was named for the texts is no folder."""
    if articles is not None and not articles.is_dir():
        raise KGError(articles, "is not a folder", "name the folder that holds the articles' texts")


def another(path: Path, source: str, sha256: str) -> list[Problem]:
    """Return what is wrong if a file is not the one that a source was made from."""
    actual = hashlib.sha256(path.read_bytes()).hexdigest()
    if actual == sha256:
        return []
    what = f"is not the file that source '{source}' was pinned to (its SHA-256 differs)"
    remedy = f'restore that version, or write sha256 = "{actual}" and pin again'
    return [Problem(str(path), what, remedy)]


def _file(source: Source, data: Path, articles: Path | None) -> Path | None:
    if isinstance(source, Article):
        return articles / f"{source.id}.txt" if articles else None
    return data / "sources" / source.id / "records.json"


def read_records(path: Path) -> Mapping[str, Any]:
    """Read a dataset's records, a JSON array of objects, by their ``id``."""
    try:
        return {record["id"]: record for record in json.loads(path.read_bytes())}
    except (ValueError, TypeError, KeyError) as error:
        raise KGError(path, f"is no JSON array of records with an id: {error}") from None


# -- pinning -----------------------------------------------------------------


def fingerprint(words: str) -> str:
    """Return the SHA-256 of `words` in UTF-8, as 64 hex digits."""
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()


class _Unit(NamedTuple):
    """A character as a reader sees it, and where it stands in the file."""

    seen: str
    start: int
    end: int


def _units(text: str) -> Iterator[_Unit]:
    """Fold `text` for comparison: composed (NFC), white space as one blank, invisible ones gone.

    Each unit knows the code points it came from, so that a match in the folded
    text has an exact place in the stored one.
    """
    blank = re.compile(r"\s+")
    # A base character with what combines with it, conjoining Hangul jamo included.
    cluster = re.compile(
        r"\s+|.[\u0300-\u036f\u1160-\u11ff\u3099\u309a\u20d0-\u20ff\ufe00-\ufe0f]*", re.S
    )
    for match in cluster.finditer(text):
        seen = unicodedata.normalize("NFC", match[0])
        if blank.fullmatch(seen):
            yield _Unit(" ", *match.span())
        elif seen not in _INVISIBLE:
            yield _Unit(seen, *match.span())


def find(text: str, quote: str) -> list[Span]:
    r"""Return every place where a reader of `text` would find `quote`.

    Composed and decomposed Korean (NFC, NFD) are the same to a reader, and so
    are blanks, no-break spaces and line ends; the spans are of the text as stored.

    >>> find("AI 연구원\u00a0출범", "연구원 출범")
    [Span(start=3, end=9)]
    """
    units = list(_units(text))
    wanted = [unit.seen for unit in _units(quote.strip())]
    if not wanted:
        return []
    seen = [unit.seen for unit in units]
    starts = (i for i in range(len(seen) - len(wanted) + 1) if seen[i] == wanted[0])
    return [
        Span(units[i].start, units[i + len(wanted) - 1].end)
        for i in starts
        if seen[i : i + len(wanted)] == wanted
    ]


def pin(text: str, quote: str, occurrence: int = 0) -> tuple[Span, str]:
    """Return the span and fingerprint of `quote` in `text`.

    A quote that stands there more than once needs `occurrence` (1 for the first).
    Raises :class:`ValueError`, saying where it stands, if it is not found or
    could mean several places: a span is never guessed.

    >>> span, _ = pin("one two one", "one", occurrence=2)
    >>> span
    Span(start=8, end=11)
    """
    spans = find(text, quote)
    if not spans:
        raise ValueError(_not_there(text, quote))
    if not occurrence and len(spans) > 1:
        places = ", ".join(f"{n}: {place(text, span)}" for n, span in enumerate(spans, 1))
        raise ValueError(f"the quote stands in {len(spans)} places ({places}); say occurrence = N")
    if occurrence and not 1 <= occurrence <= len(spans):
        raise ValueError(
            f"there is no occurrence {occurrence}, the quote stands there {len(spans)}x"
        )
    span = spans[max(occurrence, 1) - 1]
    return span, fingerprint(text[span.start : span.end])


def _not_there(text: str, quote: str) -> str:
    """Which quote it is, and how far the text agrees with it."""
    words = quote.split()
    what = f"the quote '{_begun(words)}' is not in the text"
    # As many of its first words as stand in the text stand there with all before them, too.
    agreed = bisect.bisect_left(
        range(1, len(words) + 1), True, key=lambda many: not find(text, " ".join(words[:many]))
    )
    if not agreed:
        return what
    here = place(text, find(text, " ".join(words[:agreed]))[0])
    return f"{what}; it agrees with {here}, up to '{_ended(words[:agreed])}'"


def _begun(words: list[str]) -> str:
    return " ".join(words[:5]) + (" …" if len(words) > 5 else "")


def _ended(words: list[str]) -> str:
    return ("… " if len(words) > 5 else "") + " ".join(words[-5:])


def place(text: str, span: Span) -> str:
    """Return where a span starts as an editor shows it, ``line 3, column 7``."""
    before = text[: span.start]
    return f"line {before.count(chr(10)) + 1}, column {span.start - before.rfind(chr(10))}"


def pin_record(records: Material, locator: Record) -> str:
    """Return the fingerprint of the value at `locator`; :class:`ValueError` if there is none."""
    return fingerprint(_canonical(_value(records, locator)))


def _value(records: Material, locator: Record) -> object:
    """Follow the JSON Pointer (RFC 6901) into the record."""
    if isinstance(records, str) or locator.record not in records:
        raise ValueError(f"there is no record '{locator.record}'")
    value = records[locator.record]
    for part in locator.pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        try:
            value = value[int(key)] if isinstance(value, list) else value[key]
        except (LookupError, ValueError, TypeError):
            message = f"record '{locator.record}' has nothing at {locator.pointer}"
            raise ValueError(message) from None
    return value


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# -- proving -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proof:
    """What proving a corpus against its sources gave."""

    proven: int
    """Evidences whose words stand where they should."""
    unproven: Mapping[str, int]
    """Evidences whose source is not at hand, by source id."""
    problems: tuple[Problem, ...]
    """Evidences whose words do not stand there, one for each claim they break."""


def quote(evidence: Evidence, material: Mapping[str, Material]) -> str | None:
    """Return the quoted words, or the record's value as JSON; None if not at hand or not proven."""
    source = material.get(evidence.source)
    if source is None:
        return None
    try:
        if isinstance(evidence.locator, Record):
            words = _canonical(_value(source, evidence.locator))
        else:
            words = str(source)[evidence.locator.start : evidence.locator.end]
    except ValueError:
        return None
    return words if fingerprint(words) == evidence.sha256 else None


def prove(corpus: Corpus, material: Mapping[str, Material]) -> Proof:
    """Compare every evidence with what its source says at that place.

    A span that no longer fits is looked for elsewhere in the text, and where its
    words stand now is said, but never taken.
    """
    proven = 0
    unproven: dict[str, int] = {}
    problems = []
    for claim in corpus.claims:
        for evidence in claim.evidence:
            source = material.get(evidence.source)
            if source is None:
                unproven[evidence.source] = unproven.get(evidence.source, 0) + 1
            elif quote(evidence, material) is not None:
                proven += 1
            else:
                problems.append(_broken(claim.place, evidence, source))
    return Proof(proven, unproven, tuple(sorted(problems)))


def _broken(claim_place: str, evidence: Evidence, source: Material) -> Problem:
    where = f"of '{evidence.source}' is not what the claim was pinned to"
    if isinstance(evidence.locator, Record):
        record, pointer = evidence.locator
        return Problem(
            claim_place,
            f"{pointer} in record '{record}' {where}",
            "read it, drop its sha256 and run kg pin",
        )
    start, end = evidence.locator
    moved = _moved(str(source), end - start, evidence.sha256)
    remedy = f"the same words now stand at {moved}; " if moved else ""
    what = f"the text at {start}-{end} {where}"
    return Problem(
        claim_place, what, f"{remedy}restore the text, or write the quote again and run kg pin"
    )


def _moved(text: str, length: int, sha256: str) -> str:
    """Where a passage of this length and fingerprint stands, ``130-170, 300-340``."""
    starts = range(len(text) - length + 1)
    found = (i for i in starts if fingerprint(text[i : i + length]) == sha256)
    return ", ".join(f"{i}-{i + length}" for i in found)


# -- coverage ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a text, and the places of the claims that rest on a part of it."""

    span: Span
    claims: tuple[str, ...]


def sentences(text: str) -> Iterator[Span]:
    """Yield the sentences of `text`, blanks around them left out.

    A line ends a sentence, and so does ``.``, ``!`` or ``?`` with its closing
    quotes before a blank.  That is enough for Korean and English news; it does
    cut after ``Dr.``.

    >>> [text[a:b] for text in ["Hi. 안녕하세요!"] for a, b in sentences(text)]
    ['Hi.', '안녕하세요!']
    """
    for line in re.finditer(r"[^\r\n]+", text):
        begin = line.start()
        for stop in re.finditer(r"[.!?]+[”’\"')]*(?=\s)|$", line[0]):
            end = line.start() + stop.end()
            words = text[begin:end]
            left = len(words) - len(words.lstrip().lstrip(_INVISIBLE))
            if stripped := words[left:].rstrip():
                yield Span(begin + left, begin + left + len(stripped))
            begin = end


def coverage(corpus: Corpus, source: str, text: str) -> list[Sentence]:
    """Return the sentences of `text` in order, each with the claims of `source` on it."""
    spans = [
        (evidence.locator, claim.place)
        for claim in corpus.claims
        for evidence in claim.evidence
        if evidence.source == source and isinstance(evidence.locator, Span)
    ]
    return [Sentence(each, _touching(each, spans)) for each in sentences(text)]


def _touching(sentence: Span, spans: Iterable[tuple[Span, str]]) -> tuple[str, ...]:
    touching = {
        claim for span, claim in spans if span.start < sentence.end and sentence.start < span.end
    }
    return tuple(sorted(touching))

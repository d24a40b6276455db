"""``kg pin``: turn the quotes of a claims file into spans and fingerprints.

The file is edited in place, comments and layout kept, whole or not at all.  A
curator writes ``evidence = [{ quote = "…" }]`` (with ``occurrence = 2`` where the
words stand more than once), or ``[{ record = "…", pointer = "/…" }]`` for a
dataset, and never commits a quote.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable

from kg import evidence, tomlfile
from kg.errors import KGError, Problem, Problems
from kg.model import Record
from kg.paths import replacing

__all__ = ["pin_folder"]


def pin_folder(data: Path, articles: Path | None) -> dict[str, int]:
    """Pin every ``claims.toml`` of a data folder; return how many quotes each source had.

    All problems of all files (a quote that is not found, or stands in several
    places, a text that is not at hand) are raised together as
    :class:`~kg.errors.Problems`, and then no file is changed.
    """
    evidence.refuse_no_folder(articles)
    problems: list[Problem] = []
    done = {}
    written: dict[Path, str] = {}
    for home in sorted(each.parent for each in (data / "sources").glob("*/claims.toml")):
        path = home / "claims.toml"
        document = _parse(path)
        count = _pin(document, home, articles, problems)
        if count:
            written[path] = tomlkit.dumps(document)
        done[home.name] = count
    if problems:
        raise Problems(problems)
    for path, text in written.items():
        with replacing(path) as out:
            out.write(text.encode())
    return done


def _parse(path: Path) -> Any:
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8-sig"))
    except (TOMLKitError, UnicodeDecodeError) as error:
        told = tomlfile.read(path, str(path))
        if isinstance(told, Problem):
            raise KGError(told.place, told.what, told.remedy) from None
        raise KGError(path, f"is not TOML: {error}") from None


def _pin(document: Any, home: Path, articles: Path | None, problems: list[Problem]) -> int:
    unpinned = list(_unpinned(document))
    if not unpinned:
        return 0
    article = (home / "article.toml").exists()
    file = articles / f"{home.name}.txt" if article and articles else home / "records.json"
    if article and not articles:
        what = f"has {len(unpinned)} quotes to pin and no text"
        raise KGError(home.name, what, "say --articles FOLDER (or set KG_ARTICLES)")
    if not file.exists():
        raise KGError(file, "is missing", f"it is what source '{home.name}' quotes")
    _refuse_another(home, file)
    material = evidence.read_text(file) if article else evidence.read_records(file)
    for id, tables, index in unpinned:
        try:
            tables[index] = _pinned(tables[index], material)
        except ValueError as error:
            problems.append(Problem(f"sources/{home.name}/claims.toml: {id}", str(error)))
    return len(unpinned)


def _refuse_another(home: Path, file: Path) -> None:
    """A span in a text that the source does not name would be a span in nothing."""
    for toml in (home / "article.toml", home / "dataset.toml"):
        named = _parse(toml).get("sha256", "") if toml.exists() else None
        actual = hashlib.sha256(file.read_bytes()).hexdigest()
        if named is not None and named != actual:
            what = f"is not the file that {toml.name} of '{home.name}' names"
            raise KGError(file, what, f'restore that version, or write sha256 = "{actual}" there')


def _unpinned(document: Any) -> Iterator[tuple[str, Any, int]]:
    """Yield the claim's id, its list of evidence, and the index of one to pin."""
    for claim in document.get("claim", []):
        tables = claim.get("evidence", [])
        for index, table in enumerate(tables):
            if "quote" in table or "sha256" not in table:
                yield str(claim.get("id", "?")), tables, index


def _pinned(table: Any, material: evidence.Material) -> InlineTable:
    """The evidence with its quote exchanged for a span, or its record completed."""
    pinned = tomlkit.inline_table()
    if isinstance(material, str):
        if not isinstance(table.get("quote"), str):
            raise ValueError("evidence has no quote that is text")
        span, sha256 = evidence.pin(material, str(table["quote"]), int(table.get("occurrence", 0)))
        pinned.update({"start": span.start, "end": span.end, "sha256": sha256})
    else:
        locator = Record(str(table.get("record", "")), str(table.get("pointer", "")))
        sha256 = evidence.pin_record(material, locator)
        pinned.update({"record": locator.record, "pointer": locator.pointer, "sha256": sha256})
    return pinned

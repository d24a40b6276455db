"""The graph in the words of one language: names, values, places, for people to read."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from kg import vocabulary
from kg.errors import KGError, near
from kg.model import Article, Evidence, Literal, Ref, Source, Span, Value
from kg.network import Node, label

__all__ = ["Wording", "languages", "words"]


@functools.cache
def _catalogue() -> dict[str, dict[str, str]]:
    file = Path(__file__).parent / "templates" / "words.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def languages() -> list[str]:
    """Return the languages that the page is written in, sorted."""
    return sorted(_catalogue())


def words(lang: str) -> dict[str, str]:
    """Return the page's own words in `lang`; :class:`KGError` for a language it is not in.

    >>> words("ko")["details"]
    '자세히'
    """
    catalogue = _catalogue()
    if lang not in catalogue:
        remedy = near(lang, catalogue, f"choose one of {', '.join(sorted(catalogue))}")
        raise KGError(f"language '{lang}'", "the page is not written in it", remedy)
    return catalogue[lang]


class Wording:
    """Says what records hold in one language, or in another where that one is missing."""

    def __init__(
        self, lang: str, entities: Mapping[str, Node], sources: Mapping[str, Source]
    ) -> None:
        self.words = words(lang)
        self.langs = (lang, *(other for other in languages() if other != lang))
        self._entities = entities
        self._sources = sources

    def term(self, name: str) -> str:
        """Return the ontology's label of a class, relation, qualifier or status."""
        return vocabulary.load().label(name, self.langs[0])

    def entity(self, id: str) -> str:
        """Return an entity's name, or its id where it has none."""
        return label(self._entities[id], self.langs) if id in self._entities else id

    def text(self, texts: Mapping[str, str]) -> str:
        """Return one of several texts by language, or ``""``."""
        order = (*self.langs, *sorted(texts))
        return next((texts[lang] for lang in order if lang in texts), "")

    def value(self, value: Value) -> str:
        """Return a value as people write it: a name, 200,000, 3 years, 2021-01-19 09:33."""
        match value:
            case Ref():
                return self.entity(value.id)
            case Literal(text, "xsd:decimal" | "xsd:integer"):
                return f"{Decimal(text):,f}"
            case Literal(text, "xsd:duration"):
                return self._duration(text)
            case Literal(text, "xsd:dateTime"):
                return text.replace("T", " ")
            case Literal(text, datatype) if datatype.startswith("aie:"):
                return self.term(text.capitalize())
        return value.value

    def qualifiers(self, qualifiers: Mapping[str, Value]) -> list[tuple[str, str]]:
        """Return name and value of each, in the order of their local names."""
        return [(self.term(name), self.value(value)) for name, value in sorted(qualifiers.items())]

    def language(self, id: str) -> str:
        """Return the language that a source is written in, or ``""``."""
        source = self._sources.get(id)
        return source.language if isinstance(source, Article) else ""

    def source(self, id: str) -> str:
        """Return a source's title, or its id where it has none."""
        return self.text(dict(self._sources[id].titles)) if id in self._sources else id

    def date(self, id: str) -> str:
        """Return the day, month or year that a source was published, or ``""``."""
        return self._sources[id].published[:10] if id in self._sources else ""

    def place(self, evidence: Evidence) -> str:
        """Return where in its source an evidence stands."""
        if isinstance(evidence.locator, Span):
            start, end = evidence.locator
            return self.words["characters"].format(start=start, end=end)
        return " ".join(evidence.locator)

    def _duration(self, text: str) -> str:
        units = {"Y": "year", "M": "month", "D": "day"}
        date, _, time = text.removeprefix("P").partition("T")
        parts = re.findall(r"(\d+)([YMD])", date)
        if time or not parts:
            return text
        named = ((n, units[unit] if n == "1" else units[unit] + "s") for n, unit in parts)
        return " ".join(self.words[name].format(n=n) for n, name in named)

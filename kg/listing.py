"""Text for a terminal: columns, wrapped lines, footnotes, and what a claim says in one line."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kg import evidence, network, validity
from kg.contradiction import contradictions
from kg.model import Evidence, Rank, Ref, Status
from kg.network import Edge, Fact, Node
from kg.search import Hit
from kg.store import Store, solutions
from kg.wording import Wording

__all__ = ["Footnotes", "Page", "columns", "hits", "mentioned", "words", "wrapped"]


@functools.cache
def _catalogue() -> dict[str, dict[str, str]]:
    file = Path(__file__).parent / "templates" / "finding.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def words(lang: str) -> dict[str, str]:
    """Return the words of these commands in `lang`.

    >>> words("ko")["initials"]
    '초성'
    """
    return _catalogue()[lang]


def columns(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield rows as lines with aligned columns; a Korean letter is two wide.

    >>> list(columns([("이홍락", "person"), ("LG", "group")]))
    ['이홍락  person', 'LG      group']
    """
    from rich.cells import cell_len

    table = [list(map(str, row)) for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*table, strict=True)]
    for row in table:
        padded = (
            text + " " * (width - cell_len(text)) for text, width in zip(row, widths, strict=True)
        )
        yield "  ".join(padded).rstrip()


def wrapped(line: str, width: int) -> Iterator[str]:
    """Yield a line cut to `width` cells, what follows indented like it and two more; 0: uncut.

    >>> list(wrapped("  가나 다라 마바", 10))
    ['  가나', '    다라', '    마바']
    """
    from rich.cells import cell_len

    start = line[: len(line) - len(line.lstrip())]
    if not width or cell_len(line) <= width:
        yield line
        return
    current = start
    for word in line.split():
        gap = "" if not current.strip() else " "
        if gap and cell_len(current + gap + word) > width:
            yield current
            current, gap = f"{start}  ", ""
        current += gap + word
    yield current


def hits(store: Store, found: Sequence[Hit], lang: str) -> tuple[list[str], list[dict[str, Any]]]:
    """Return what was found as lines for people and as records for programs."""
    graph = network.project(store)
    nodes = {node.id: node for node in graph.nodes([hit.entity for hit in found])}
    wording, said = Wording(lang, nodes, {}), words(lang)
    rows, records = [], []
    for hit in found:
        node = nodes[hit.entity]
        why = f"{said[hit.how]} ({said[hit.name.kind]}): {hit.name.text}"
        rows.append((wording.entity(hit.entity), wording.term(node.cls), hit.entity, why))
        records.append({**asdict(hit), "class": node.cls, "labels": dict(node.labels)})
    return list(columns(rows)), records


class Footnotes:
    """Numbers the passages of sources in the order in which they are first called for."""

    def __init__(self) -> None:
        self._numbers: dict[Evidence, int] = {}

    def mark(self, passages: Iterable[Evidence]) -> str:
        """Return ``[1][3]`` for these passages."""
        numbers = (self._numbers.setdefault(each, len(self._numbers) + 1) for each in passages)
        return "".join(f"[{number}]" for number in numbers)

    def lines(self, wording: Wording, texts: Mapping[str, str]) -> Iterator[str]:
        """Yield each passage with its number: source, date, place, and the words if at hand."""
        for passage, number in self._numbers.items():
            where = (
                wording.source(passage.source),
                wording.date(passage.source),
                wording.place(passage),
            )
            yield f"  [{number}] {', '.join(filter(None, where))}"
            if quoted := evidence.quote(passage, texts):
                yield f"      “{' '.join(quoted.split())}”"

    def records(self, wording: Wording, texts: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return the passages for programs; the first has number 1."""
        return [
            {
                "number": number,
                **network.plain(passage),
                "title": wording.source(passage.source),
                "published": wording.date(passage.source),
                **({"quote": quoted} if (quoted := evidence.quote(passage, texts)) else {}),
            }
            for passage, number in self._numbers.items()
        ]


class Page:
    """What one answer needs to put its claims into words: names, sources, marks, footnotes."""

    def __init__(
        self, store: Store, claims: Collection[Edge | Fact], ids: Iterable[str], lang: str
    ) -> None:
        graph = network.project(store)
        self.nodes: dict[str, Node] = {
            node.id: node for node in graph.nodes({*ids, *mentioned(claims)})
        }
        sources = {source.id: source for source in graph.sources()}
        self.wording = Wording(lang, self.nodes, sources)
        self.words = words(lang)
        self.marks = validity.marks(store)
        relations = {claim.id: network.predicate_of(claim) for claim in claims}
        self.contradicted = contradictions(store, relations).keys()
        self.premises = self._glosses(store, claims)
        self.notes = Footnotes()

    def _glosses(self, store: Store, claims: Iterable[Edge | Fact]) -> dict[str, str]:
        """What the premises of these claims say, by IRI."""
        premises = sorted({iri for claim in claims for iri in claim.premises})
        keys = " ".join(f"<{iri}>" for iri in premises)
        query = f"SELECT ?claim ?gloss {{ VALUES ?claim {{ {keys} }} ?claim aie:gloss ?gloss }}"
        glosses: dict[str, dict[str, str]] = {}
        for iri, gloss in solutions(store.query(query, place="claims")) if premises else ():
            glosses.setdefault(iri.value, {})[gloss.language] = gloss.value
        return {iri: self.wording.text(texts) for iri, texts in glosses.items()}

    def particulars(self, claim: Edge | Fact) -> str:
        """Return ``; role chairman  [planned]``: the qualifiers, and what is not plainly so."""
        named = (f"; {name} {value}" for name, value in self.wording.qualifiers(claim.qualifiers))
        states = [] if claim.status is Status.STATED else [self._term(claim.status)]
        if claim.rank is not Rank.NORMAL:
            states.append(self._term(claim.rank))
        if (mark := self.marks.get(claim.id, "dated")) != "dated":
            states.append(self.words[mark])
        if claim.id in self.contradicted:
            states.append(self.words["contradicted"])
        return "".join(named) + (f"  [{', '.join(states)}]" if states else "")

    def record(self, claim: Edge | Fact) -> dict[str, Any]:
        """Return a claim for programs: as :func:`kg.network.plain`, with its marks."""
        mark = self.marks.get(claim.id)
        return {
            **network.plain(claim),
            **({"validity": mark} if mark else {}),
            **({"contradicted": True} if claim.id in self.contradicted else {}),
        }

    def _term(self, word: str) -> str:
        return self.wording.term(word.capitalize())


def mentioned(claims: Iterable[Edge | Fact]) -> set[str]:
    """Return the ids of the entities that these claims link or name in their qualifiers."""
    found = set()
    for claim in claims:
        if isinstance(claim, Edge):
            found |= {claim.source, claim.target}
        found |= {value.id for value in claim.qualifiers.values() if isinstance(value, Ref)}
    return found

"""Obsidian vault: a note an entity with its properties, a link a claim.

Notes of entities lie in ``entities/``, of sources in ``sources/``, and
``_index.md`` lists them all.  Front matter has what is known of the entity
itself; below it stand its facts and relations, each with dates, status, gloss
and the place it rests on, and a block id that is the claim's.  Text is in the
first of the languages asked for that there is.

A node's edges come from all over the graph, so what is said of it waits in a
temporary database.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kg import names, records, tables, wording
from kg.model import Literal, Rank, Ref, Source, Status, Value
from kg.network import Edge, Fact, Network, Node
from kg.tables import Cleaner, Row

if TYPE_CHECKING:
    import sqlite3

    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write_folder"]

SUFFIXES: tuple[str, ...] = ()
MEDIA_TYPE = "text/markdown"
LOSSES = {
    "characters": "control character or lone surrogate: written as U+FFFD",
    "languages": "gloss or note on a claim in a further language: left out",
    "values": "value of a fact or a qualifier: written as people write it, without its datatype",
    "fingerprints": "SHA-256 of the words that an evidence quotes: left out",
}

_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DATES = ("start", "at", "earliest", "end", "latest", "due")
"""By what a claim is put in time, the first that it has."""

_TABLES = """
CREATE TABLE notes (id TEXT PRIMARY KEY, label TEXT, class TEXT, head TEXT, lead TEXT);
CREATE TABLE said (id TEXT, inward INTEGER, relation TEXT, day TEXT, other TEXT, claim TEXT,
    text TEXT);
"""


def write_folder(network: Network, folder: Path, losses: Losses, langs: Sequence[str]) -> None:
    """Write ``entities/*.md``, ``sources/*.md`` and ``_index.md``."""
    for name in ("entities", "sources"):
        (folder / name).mkdir()
    with tables.database() as waiting:
        waiting.executescript(_TABLES)
        waiting.execute("BEGIN")
        vault = _Vault(waiting, Cleaner(losses, _BAD, lists=True), langs)
        vault.read(network)
        waiting.execute("CREATE INDEX said_of ON said (id, inward, relation, day, other, claim)")
        vault.write(folder)


class _Vault:
    def __init__(self, waiting: sqlite3.Connection, cleaner: Cleaner, langs: Sequence[str]) -> None:
        self._waiting = waiting
        self._cleaner = cleaner
        self._langs = langs
        self._lang = next((lang for lang in langs if lang in _catalogue()), "en")
        self._words = _catalogue()[self._lang]
        self._sources: dict[str, Source] = {}
        self._named: set[str] = set()
        self._wording = wording.Wording(self._lang, {}, self._sources)
        self._link = functools.lru_cache(10_000)(self._link_to)
        self._source_link = functools.cache(self._link_to_source)

    # -- what is known, into the database --

    def read(self, network: Network) -> None:
        self._sources.update((source.id, source) for source in network.sources())
        for node, row in self._cleaner.nodes(network, self._langs):
            row.pop("facts", None)
            note = (node.id, row["label"], node.cls, _front(_properties(node, row)))
            lead = self._lead(node)
            self._waiting.execute("INSERT INTO notes VALUES (?, ?, ?, ?, ?)", (*note, lead))
            for fact in node.facts:
                said = self._value(fact.value, fact.id)
                self._say(fact, fact.predicate, [(node.id, said)])
        for edge in network.edges():
            outward, inward = (
                (edge.source, _mention(edge.target)),
                (edge.target, _mention(edge.source)),
            )
            self._say(edge, edge.relation, [outward, inward])

    def _lead(self, node: Node) -> str:
        cls = self._escaped(self._wording.term(node.cls), node.id) if node.cls else ""
        note = self._escaped(self._wording.text(node.notes), node.id)
        return "\n\n".join(filter(None, (cls and f"*{cls}*", note)))

    def _say(self, claim: Fact | Edge, relation: str, ends: Sequence[tuple[str, str]]) -> None:
        """Note what a claim says of its subject and, second of the `ends`, of its object."""
        dates = (claim.qualifiers[name] for name in _DATES if name in claim.qualifiers)
        day = next((self._wording.value(value) for value in dates), "9999")
        term = self._escaped(self._wording.term(relation), claim.id)
        particulars, about = self._particulars(claim), list(self._about(claim))
        for inward, (id, other) in enumerate(ends):
            first = f"- {other}{particulars}{'' if inward else _anchor(claim.id)}"
            row = (id, inward, term, day, other, claim.id, "\n    - ".join([first, *about]))
            self._waiting.execute("INSERT INTO said VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        spare = max(len(claim.gloss) - 1, 0) + max(len(claim.notes) - 1, 0)
        self._cleaner.losses.count("languages", claim.id, spare)
        values = sum(isinstance(value, Literal) for value in claim.qualifiers.values())
        self._cleaner.losses.count("values", claim.id, values + isinstance(claim, Fact))
        self._cleaner.losses.count("fingerprints", claim.id, len(claim.evidence))

    def _particulars(self, claim: Fact | Edge) -> str:
        """``; role [[chair]] *(planned)*``: the qualifiers, and what is not plainly so."""
        plainly = (Status.STATED, Rank.NORMAL)
        states = [each for each in (claim.status, claim.rank) if each not in plainly]
        named = (
            f"; {self._wording.term(name)} {self._value(value, claim.id)}"
            for name, value in sorted(claim.qualifiers.items())
        )
        shown = ", ".join(self._wording.term(state.capitalize()) for state in states)
        return "".join(named) + (f" *({shown})*" if states else "")

    def _about(self, claim: Fact | Edge) -> Iterator[str]:
        for texts in (claim.gloss, claim.notes):
            if text := self._wording.text(texts):
                yield self._escaped(text, claim.id)
        if claim.rule:
            yield f"{self._words['rule']}: {self._escaped(claim.rule, claim.id)}"
        if claim.premises:
            named = (self._escaped(iri, claim.id) for iri in claim.premises)
            yield f"{self._words['premises']}: {', '.join(named)}"
        for each in claim.evidence:
            self._named.add(each.source)
            date = self._wording.date(each.source)
            place = self._escaped(self._wording.place(each), claim.id)
            link = self._source_link(each.source, "../sources/")
            yield ", ".join(filter(None, (link, date, place)))

    def _value(self, value: Value, where: str) -> str:
        if isinstance(value, Ref):
            return _mention(value.id)
        if value.datatype == "xsd:anyURI" and _ADDRESS.fullmatch(value.value):
            return f"<{value.value}>"
        return self._escaped(self._wording.value(value), where)

    def _escaped(self, text: str, where: str) -> str:
        """Text on one line that Markdown takes for nothing else."""
        marked = _MARKS.sub(_ESCAPED, self._cleaner.text(text, where).lstrip())
        return _LINES.sub("<br>", _BLOCK.sub(r"\1\\\2", marked))

    # -- the notes, out of it --

    def write(self, folder: Path) -> None:
        notes = "SELECT id, label, head, lead FROM notes ORDER BY id"
        for id, name, head, lead in self._waiting.execute(notes):
            body = "\n".join(self._note(id, name, lead))
            _write(folder / "entities" / f"{_file(id)}.md", f"{head}{body}\n")
        for id in sorted(self._named | self._sources.keys()):
            _write(folder / "sources" / f"source_{_file(id)}.md", self._source(id))
        _write(folder / "_index.md", "\n".join(self._index()) + "\n")

    def _note(self, id: str, name: str, lead: str) -> Iterator[str]:
        yield f"# {self._escaped(name, id)}"
        if lead:
            yield f"\n{lead}"
        said = self._waiting.execute(
            "SELECT inward, relation, text FROM said WHERE id = ? "
            "ORDER BY inward, relation, day, other, claim",
            (id,),
        )
        before = 0
        for (inward, relation), rows in itertools.groupby(said, key=lambda row: row[:2]):
            if inward and not before:
                yield f"\n## {self._words['said_of']}"
            before = inward
            yield f"\n### ← {relation}\n" if inward else f"\n## {relation}\n"
            yield from (_MENTIONS.sub(self._mentioned, text) for _, _, text in rows)

    def _mentioned(self, found: re.Match[str]) -> str:
        return self._link(found[1], "")

    def _link_to(self, id: str, folder: str) -> str:
        query = "SELECT label FROM notes WHERE id = ?"
        row = self._waiting.execute(query, (id,)).fetchone()
        return _wiki(_file(id), row[0], folder) if row else self._escaped(id, id)

    def _link_to_source(self, id: str, folder: str) -> str:
        title = self._cleaner.text(self._wording.source(id), id)
        return _wiki(f"source_{_file(id)}", title, folder)

    def _source(self, id: str) -> str:
        title = self._wording.source(id)
        known = self._sources.get(id)
        row = self._cleaner.row(records.source(known), id) if known else {"source": id}
        aliases = [text for _, text in known.titles] if known else []
        aliases = [self._cleaner.text(each, id) for each in aliases]
        head = _front({"aliases": aliases, "tags": ["Source"], **row})
        return f"{head}# {self._escaped(title, id)}\n"

    def _index(self) -> Iterator[str]:
        yield f"# {self._words['index']}\n\n{self._words['lead']}"
        listed = self._waiting.execute(
            "SELECT id, label, class FROM notes ORDER BY class, label, id"
        )
        for cls, rows in itertools.groupby(listed, key=lambda row: row[2]):
            yield f"\n## {self._escaped(self._wording.term(cls), cls) or '?'}\n"
            yield from (f"- {_wiki(_file(id), name, 'entities/')}" for id, name, _ in rows)
        if sources := sorted(self._named | self._sources.keys()):
            yield f"\n## {self._words['sources']}\n"
            yield from (f"- {self._source_link(id, 'sources/')}" for id in sources)


# -- Markdown and YAML -------------------------------------------------------

_MARKS = re.compile(r"[\\`*_\[\]{}<>|~$#&%=^]")
_BLOCK = re.compile(r"^([0-9]{0,9})([-+.)])")
"""What begins a list or a rule, at the start of a line."""
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
_LINES = re.compile("\r\n|[\n\r\u2028\u2029]")
_MENTIONS = re.compile("\x00([^\x00]*)\x00")
_DEVICES = re.compile("con|prn|aux|nul|com[0-9]|lpt[0-9]")
"""Names that Windows keeps for itself, whatever the suffix."""


@functools.cache
def _catalogue() -> dict[str, dict[str, str]]:
    file = Path(__file__).parent.parent / "templates" / "vault.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _file(id: str) -> str:
    """A name that every file system takes and keeps apart, without the suffix."""
    if names.SLUG.fullmatch(id) and len(id) <= 100 and not _DEVICES.fullmatch(id):
        return id
    digest = hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{re.sub('[^a-z0-9]+', '-', id.lower())[:80]}-{digest}"


def _mention(id: str) -> str:
    """What stands for a link until the label of what it leads to is known."""
    return f"\x00{id}\x00"


def _wiki(file: str, text: str, folder: str) -> str:
    """A link as Obsidian writes it, or as Markdown does where the text has marks of its own."""
    if not _MARKS.search(text) and not _LINES.search(text):
        return f"[[{file}|{text}]]"
    return f"[{_LINES.sub(' ', _MARKS.sub(_ESCAPED, text))}]({folder}{file}.md)"


_ESCAPED = r"\\\g<0>"


def _anchor(claim: str) -> str:
    """The block id of a claim: the part of its IRI that is its own."""
    own = claim.removeprefix(names.PREFIXES["claim"])
    return f" ^{own}" if re.fullmatch("[0-9a-f]+", own) else ""


def _front(properties: Row) -> str:
    """Properties as YAML 1.2: every value is JSON, which is YAML."""
    lines = (f"{_key(name)}: {_yaml(value)}" for name, value in properties.items())
    return "\n".join(["---", *lines, "---", ""])


def _key(name: str) -> str:
    return name if re.fullmatch("[A-Za-z_][A-Za-z0-9_-]*", name) else _yaml(name)


def _yaml(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _NO_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


_NO_YAML = re.compile("[\u2028\u2029\ufeff]")
"""Line ends to YAML but not to JSON, and a mark that it reads over."""


def _properties(node: Node, row: Row) -> Row:
    """What Obsidian knows by name, then the record."""
    known = (cell for name, cell in row.items() if name.startswith(("label_", "aliases_")))
    called = itertools.chain.from_iterable(x if isinstance(x, list) else [str(x)] for x in known)
    others = [each for each in dict.fromkeys(called) if each != row["label"]]
    tags = [re.sub(r"[^\w-]", "_", node.cls)] if node.cls else []
    return {"aliases": others, "tags": tags, **row}


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")

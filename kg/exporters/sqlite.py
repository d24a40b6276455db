"""SQLite: tables with keys, indexes and full-text search; opens in Datasette.

===========  ================================================================
table        holds
===========  ================================================================
nodes        entities; ``name`` is the label in the first language there is
types        the class of a node and those above it, the narrowest first
labels       by language
aliases      other names, and ``kind`` misspelling
notes        of nodes
claims       edges, which have an ``object``, and facts, which have a ``value``
qualifiers   of claims: a ``value``, or a ``node``
glosses      of claims, with notes on how they were read
evidence     of claims: a source, and a span or a record in it
premises     of inferred claims
sources      articles and datasets
titles       of sources, by language
===========  ================================================================

``edges`` and ``facts`` are views of claims.  ``nodes_fts`` finds nodes by any of
their names and, in Korean, by any piece of one.  Columns are called ``name`` and
``title`` where Datasette is to show them in place of a key.
"""

from __future__ import annotations

import itertools
import json
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from kg import tables
from kg.model import Article, Dataset, Evidence, Literal, Ref, Source, Span
from kg.network import Edge, Fact, Network, Node, label, plain
from kg.records import Value
from kg.tables import Cleaner

if TYPE_CHECKING:
    import sqlite3

    from kg.exporters import Losses

__all__ = ["LOSSES", "MEDIA_TYPE", "SUFFIXES", "write"]

SUFFIXES = (".sqlite", ".sqlite3", ".db")
MEDIA_TYPE = "application/vnd.sqlite3"
LOSSES = {"characters": "lone surrogate: written as U+FFFD"}

_BAD = re.compile("[\ud800-\udfff]")

# Datasette follows a reference only where it names the column.
_TABLES = """
CREATE TABLE nodes (id TEXT PRIMARY KEY, name TEXT NOT NULL, class TEXT, iri TEXT NOT NULL);
CREATE TABLE types (node TEXT REFERENCES nodes (id), number INTEGER, type TEXT NOT NULL,
    PRIMARY KEY (node, number)) WITHOUT ROWID;
CREATE TABLE labels (node TEXT REFERENCES nodes (id), lang TEXT, label TEXT NOT NULL,
    PRIMARY KEY (node, lang)) WITHOUT ROWID;
CREATE TABLE aliases (node TEXT REFERENCES nodes (id), kind TEXT, lang TEXT, number INTEGER,
    alias TEXT NOT NULL, PRIMARY KEY (node, kind, lang, number)) WITHOUT ROWID;
CREATE TABLE notes (node TEXT REFERENCES nodes (id), lang TEXT, note TEXT NOT NULL,
    PRIMARY KEY (node, lang)) WITHOUT ROWID;
CREATE TABLE sources (id TEXT PRIMARY KEY, title TEXT NOT NULL, class TEXT, published TEXT,
    url TEXT, licence TEXT, sha256 TEXT, language TEXT, publisher TEXT, authors TEXT,
    accessed TEXT, version TEXT, creator TEXT);
CREATE TABLE titles (source TEXT REFERENCES sources (id), lang TEXT, title TEXT NOT NULL,
    PRIMARY KEY (source, lang)) WITHOUT ROWID;
CREATE TABLE claims (id INTEGER PRIMARY KEY, title TEXT NOT NULL,
    subject TEXT NOT NULL REFERENCES nodes (id), predicate TEXT NOT NULL,
    object TEXT REFERENCES nodes (id), value, datatype TEXT, lang TEXT,
    status TEXT NOT NULL, rank TEXT NOT NULL, flat INTEGER NOT NULL, rule TEXT,
    claim TEXT NOT NULL, CHECK ((object IS NULL) <> (value IS NULL)));
CREATE TABLE qualifiers (claim INTEGER REFERENCES claims (id), name TEXT, value,
    node TEXT REFERENCES nodes (id), PRIMARY KEY (claim, name)) WITHOUT ROWID;
CREATE TABLE glosses (claim INTEGER REFERENCES claims (id), kind TEXT, lang TEXT,
    text TEXT NOT NULL,
    PRIMARY KEY (claim, kind, lang)) WITHOUT ROWID;
CREATE TABLE evidence (claim INTEGER REFERENCES claims (id), number INTEGER,
    source TEXT NOT NULL REFERENCES sources (id), "start" INTEGER, "end" INTEGER, record TEXT,
    pointer TEXT, sha256 TEXT NOT NULL, PRIMARY KEY (claim, number)) WITHOUT ROWID;
CREATE TABLE premises (claim INTEGER REFERENCES claims (id), number INTEGER, premise TEXT NOT NULL,
    PRIMARY KEY (claim, number)) WITHOUT ROWID;
CREATE VIRTUAL TABLE nodes_fts USING fts5(name, content="nodes",
    tokenize="unicode61 remove_diacritics 2");
"""
_LOOSE_ENDS = """
UPDATE qualifiers SET value = node, node = NULL WHERE node NOT IN (SELECT id FROM nodes);
INSERT INTO sources (id, title) SELECT DISTINCT source, source FROM evidence
    WHERE source NOT IN (SELECT id FROM sources) ORDER BY source;
"""
"""What is named and described nowhere: a reference must not dangle."""
_INDEXES = """
CREATE UNIQUE INDEX claims_claim ON claims (claim);
CREATE INDEX claims_subject ON claims (subject, predicate);
CREATE INDEX claims_object ON claims (object, predicate);
CREATE INDEX claims_predicate ON claims (predicate, status);
CREATE INDEX qualifiers_node ON qualifiers (node);
CREATE INDEX evidence_source ON evidence (source, "start");
CREATE INDEX types_type ON types (type);
CREATE VIEW edges AS SELECT id, subject AS source, predicate AS relation, object AS target,
    status, rank, flat, rule, title, claim FROM claims WHERE object IS NOT NULL;
CREATE VIEW facts AS SELECT id, subject, predicate, value, datatype, lang,
    status, rank, flat, rule, title, claim FROM claims WHERE object IS NULL;
INSERT INTO nodes_fts (nodes_fts) VALUES ('optimize');
"""


def write(network: Network, out: BinaryIO, losses: Losses, langs: Sequence[str]) -> None:
    """Make the database in a temporary folder, and copy it to `out`.

    Nothing in it depends on the clock; the bytes depend on the graph and on the
    version of SQLite.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.sqlite"
        with tables.database(path) as database:
            database.executescript(_TABLES)
            database.execute("BEGIN")
            _Writer(database, Cleaner(losses, _BAD), langs).write(network)
            database.execute("COMMIT")
            database.executescript(_LOOSE_ENDS)
            database.executescript(_INDEXES)
        with path.open("rb") as made:
            shutil.copyfileobj(made, out)


class _Writer:
    def __init__(
        self, database: sqlite3.Connection, cleaner: Cleaner, langs: Sequence[str]
    ) -> None:
        self._database = database
        self._cleaner = cleaner
        self._langs = langs
        self._nodes = self._claims = 0

    def write(self, network: Network) -> None:
        for source in network.sources():
            self._source(source)
        for node in network.nodes():
            self._node(node)
        for edge in network.edges():
            self._claim(edge, edge.source, edge.relation, edge.target, None)

    def _insert(self, table: str, where: str, *values: Value | None) -> None:
        cells = [self._cleaner.cell(value, f"{where}: {table}") for value in values]
        marks = ", ".join("?" * len(cells))
        self._database.execute(f"INSERT INTO {table} VALUES ({marks})", cells)  # noqa: S608 ours

    def _source(self, source: Source) -> None:
        article = source if isinstance(source, Article) else Article("", (), "")
        dataset = source if isinstance(source, Dataset) else Dataset("", (), "")
        authors = json.dumps(article.authors, ensure_ascii=False) if article.authors else None
        about = (source.published, source.url, source.licence, source.sha256, article.language)
        made = (article.publisher, authors, article.accessed, dataset.version, dataset.creator)
        title = _first(dict(source.titles), self._langs) or source.id
        kind = type(source).__name__
        cells = (value or None for value in (*about, *made))
        self._insert("sources", source.id, source.id, title, kind, *cells)
        for lang, text in source.titles:
            self._insert("titles", source.id, source.id, lang, text)

    def _node(self, node: Node) -> None:
        id = node.id
        self._insert("nodes", id, id, label(node, self._langs), node.cls or None, node.iri)
        for number, name in enumerate(node.types):
            self._insert("types", id, id, number, name)
        for lang, text in sorted(node.labels.items()):
            self._insert("labels", id, id, lang, text)
        for kind, by_language in (("alias", node.aliases), ("misspelling", node.misspellings)):
            for lang, texts in sorted(by_language.items()):
                for number, text in enumerate(texts):
                    self._insert("aliases", id, id, kind, lang, number, text)
        for lang, text in sorted(node.notes.items()):
            self._insert("notes", id, id, lang, text)
        for fact in node.facts:
            self._claim(fact, id, fact.predicate, None, fact.value)
        names = [each for group in (node.aliases, node.misspellings) for each in group.values()]
        words = _words([*node.labels.values(), *itertools.chain.from_iterable(names)])
        self._nodes += 1
        self._insert("nodes_fts (rowid, name)", id, self._nodes, words)

    def _claim(
        self, claim: Edge | Fact, subject: str, predicate: str, target: str | None,
        value: Literal | None,
    ) -> None:  # fmt: skip
        self._claims += 1
        number, where = self._claims, claim.id
        said = plain(value) if value else target
        title = _first(claim.gloss, self._langs) or f"{subject} {predicate} {said}"
        literal = (
            (plain(value), value.datatype, value.lang or None) if value else (None, None, None)
        )
        about = (str(claim.status), str(claim.rank), claim.flat, claim.rule or None, claim.id)
        self._insert("claims", where, number, title, subject, predicate, target, *literal, *about)
        for name, each in sorted(claim.qualifiers.items()):
            pair = (None, each.id) if isinstance(each, Ref) else (plain(each), None)
            self._insert("qualifiers", where, number, name, *pair)
        for kind, texts in (("gloss", claim.gloss), ("note", claim.notes)):
            for lang, text in sorted(texts.items()):
                self._insert("glosses", where, number, kind, lang, text)
        for place, evidence in enumerate(claim.evidence):
            self._insert("evidence", where, number, place, *_evidence(evidence))
        for place, premise in enumerate(claim.premises):
            self._insert("premises", where, number, place, premise)


def _evidence(evidence: Evidence) -> tuple[Value | None, ...]:
    locator = evidence.locator
    places = (*locator, None, None) if isinstance(locator, Span) else (None, None, *locator)
    return evidence.source, *places, evidence.sha256


def _first(texts: Mapping[str, str], langs: Sequence[str]) -> str:
    return next((texts[lang] for lang in (*langs, *sorted(texts)) if lang in texts), "")


def _words(names: Sequence[str]) -> str:
    """What a node is found by: its names, and the pieces that Korean ones are searched by.

    The tokens of ``unicode61`` are whole words, and Korean writes compounds as one,
    with Latin letters in them: to find 화학 or LG in LG화학 they have to be there too.
    """
    pieces = list(names)
    for run in _RUNS.findall(" ".join(names)):
        lengths = range(2, _LONGEST + 1) if "가" <= run[0] <= "힣" else ()
        pieces.append(run)
        pieces += (run[at : at + n] for n in lengths for at in range(len(run) - n + 1))
    return "\n".join(dict.fromkeys(pieces))


_RUNS = re.compile("[가-힣]+|[^\\W가-힣_]+")
_LONGEST = 8
"""Syllables in a piece; whoever types more has typed the whole word."""

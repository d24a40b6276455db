"""What the formats with rows and columns share: clean values, columns known last, CSV.

Records are as :mod:`kg.records` flattens them.  Which columns there are is known
when the last record is, so records wait in a temporary file: memory holds one of
them, whatever the size of the graph.
"""

from __future__ import annotations

import contextlib
import errno
import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO, TypeVar

from kg import records
from kg.model import Source
from kg.network import Edge, Network, Node
from kg.records import Record, Value

if TYPE_CHECKING:
    import sqlite3

    from kg.exporters import Losses

__all__ = [
    "LOSSES",
    "NODE",
    "NO_TEXT",
    "Cell",
    "Cleaner",
    "Row",
    "Spool",
    "Table",
    "backticked",
    "labels",
]

Cell = Value | list[str]
Row = dict[str, Cell]
"""A record, in formats that have lists with real ones in it."""

V = TypeVar("V", bound=Value | None)

NO_TEXT = re.compile("[\x00\ud800-\udfff]")
"""What most readers of text stumble over, or cannot be written at all."""

LOSSES = {"characters": "NUL or lone surrogate: written as U+FFFD"}

NODE = ("entity", "label", "iri", "class", "types")
"""The columns that a table of nodes begins with."""


@dataclass(frozen=True, slots=True)
class Cleaner:
    """The records of a graph, with only what a format can hold."""

    losses: Losses
    bad: re.Pattern[str] = NO_TEXT
    """What becomes U+FFFD, counted as ``characters``."""
    lists: bool = False
    """Whether JSON lists of strings become lists."""

    def nodes(self, network: Network, langs: Sequence[str]) -> Iterator[tuple[Node, Row]]:
        """Yield every node with its record."""
        for node in network.nodes():
            yield node, self.row(records.node(node, langs), node.id)

    def edges(self, network: Network) -> Iterator[tuple[Edge, Row]]:
        """Yield every edge with its record, and in it the ids of its ``sources``."""
        for edge in network.edges():
            record = records.edge(edge)
            if named := sorted({each.source for each in edge.evidence}):
                record["sources"] = json.dumps(named, ensure_ascii=False)
            yield edge, self.row(record, edge.id)

    def sources(self, network: Network) -> Iterator[tuple[Source, Row]]:
        """Yield every source with its record."""
        for source in network.sources():
            yield source, self.row(records.source(source), source.id)

    def row(self, record: Record, where: str) -> Row:
        """Return the record as the format can hold it; `where` names the thing that it is of."""
        return {
            name: [self.text(each, f"{where}: {name}") for each in json.loads(str(value))]
            if self.lists and _is_list(name)
            else self.cell(value, f"{where}: {name}")
            for name, value in record.items()
        }

    def text(self, text: str, where: str) -> str:
        """Return the text as the format can hold it."""
        clean, changed = self.bad.subn("\ufffd", text)
        self.losses.count("characters", where, changed)
        return clean

    def cell(self, value: V, where: str) -> V | str:
        """Return one value as the format can hold it."""
        return self.text(value, where) if isinstance(value, str) else value


def _is_list(name: str) -> bool:
    """Whether :mod:`kg.records` has a JSON list of strings under this name."""
    known = {"types", "premises", "sources", "authors"}
    return name in known or name.startswith(("aliases_", "misspellings_"))


def labels(node: Node) -> list[str]:
    """Return a node's labels in graph databases: its types, and ``Entity`` in any case."""
    return list(dict.fromkeys((*node.types, "Entity")))


def backticked(name: str) -> str:
    """Return a label, type or property name as Cypher has it; a backtick is doubled.

    >>> backticked("label_ko"), backticked("label_zh-hant"), backticked("a`b")
    ('label_ko', '`label_zh-hant`', '`a``b`')
    """
    plain = re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name) and name not in _RESERVED
    return name if plain else "`" + name.replace("`", "``") + "`"


_RESERVED = {"from", "to", "end", "start", "order", "by", "in", "is", "not", "or", "and", "xor"}
"""Words that Cypher gives a meaning of its own (LadybugDB does not take them as names)."""


@contextlib.contextmanager
def database(path: str | Path = "") -> Iterator[sqlite3.Connection]:
    """Open an SQLite database to fill, ours alone until it is whole; by default a temporary one.

    Raises :class:`OSError` if it cannot be written, as a file would.
    """
    import sqlite3  # not at the top: few exports need it

    full = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as opened:
        try:
            opened.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
            yield opened
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in full:
                raise OSError(errno.EIO, f"temporary database: {error}") from error
            raise


class Spool:
    """Records in a temporary file, and the columns that they have between them.

    `first` are columns that there are in any case, before the others, with text.

    >>> with Spool("id") as spool:
    ...     spool.add({"b": 1, "id": "x"})
    ...     spool.add({"a": "y", "b": 2.5})
    ...     spool.columns()
    {'id': 'string', 'a': 'string', 'b': 'double'}
    """

    def __init__(self, *first: str) -> None:
        self._file: TextIO = tempfile.TemporaryFile("w+", encoding="ascii")  # noqa: SIM115
        self._kinds: dict[str, set[type]] = {name: {str} for name in first}
        self._first = first

    def add(self, row: Mapping[str, Cell]) -> None:
        """Put a record after the others."""
        for name, value in row.items():
            self._kinds.setdefault(name, set()).add(type(value))
        self._file.write(json.dumps(row))
        self._file.write("\n")

    def columns(self) -> dict[str, str]:
        """Return ``string``, ``long``, ``double``, ``boolean`` or ``list`` by name, sorted.

        A column of whole and other numbers is ``double``, one of anything else mixed
        is ``string``.
        """
        names = (*self._first, *sorted(self._kinds.keys() - set(self._first)))
        return {name: _kind(self._kinds[name]) for name in names}

    def __iter__(self) -> Iterator[Row]:
        self._file.seek(0)
        return map(json.loads, self._file)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def _kind(kinds: set[type]) -> str:
    if list in kinds:
        return "list"
    if kinds == {bool}:
        return "boolean"
    if kinds == {int}:
        return "long"
    return "double" if kinds <= {int, float} else "string"


_QUOTED = re.compile('[",\r\n]|^\\s|\\s$|^$')


def _csv(cell: object) -> str:
    """A cell as RFC 4180 has it.

    Not the writer of the standard library: it leaves a carriage return unquoted where
    rows end in a line feed, and blanks at the ends, which some readers trim.
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    text = str(cell)
    if _QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


class Table:
    """A CSV file (RFC 4180, UTF-8) written row by row; what is absent is an empty cell."""

    def __init__(
        self, path: Path, header: Iterable[str], *, end: str = "\n", bom: bool = False
    ) -> None:
        # newline="": the writer alone says how a row ends, and a line end in a cell stays.
        encoding = "utf-8-sig" if bom else "utf-8"
        self._file = path.open("w", encoding=encoding, newline="")
        self._end = end
        self.row(header)

    def row(self, cells: Iterable[object]) -> None:
        """Write a row; None is an empty cell, truth values are ``true`` and ``false``."""
        self._file.write(",".join(map(_csv, cells)) + self._end)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

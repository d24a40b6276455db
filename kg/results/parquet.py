"""Rows as an Apache Parquet file, for data frames; needs the extra ``parquet`` (pyarrow)."""

from __future__ import annotations

import io
import itertools
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from kg.errors import KGError
from kg.results.tools import Plain, plain
from kg.store import Solutions

__all__ = ["parquet"]

_GROUP = 20_000
"""Rows in a row group: what is held at once."""


def parquet(answer: Solutions) -> Iterator[bytes]:
    """One column a variable; numbers and truth values where all of the first group are.

    A later row whose value is of another kind is a :class:`~kg.errors.KGError`.
    """
    try:
        import pyarrow
        from pyarrow import parquet as writing
    except ImportError as error:
        what, remedy = "pyarrow is not installed", f"{sys.executable} -m pip install pyarrow"
        raise KGError("format 'parquet'", what, remedy) from error
    rows = (tuple(map(plain, row)) for row in answer)
    first = list(itertools.islice(rows, _GROUP))
    columns = range(len(answer.variables))
    fields = [
        (name, _kind(pyarrow, [row[at] for row in first]))
        for at, name in zip(columns, answer.variables, strict=True)
    ]
    schema = pyarrow.schema(fields)
    sink = _Sink()
    with writing.ParquetWriter(sink, schema) as writer:
        group = first
        while group:
            writer.write_table(_table(pyarrow, schema, group))
            yield sink.taken()
            group = list(itertools.islice(rows, _GROUP))
    yield sink.taken()


def _kind(pyarrow: Any, values: Sequence[Plain]) -> Any:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pyarrow.bool_()
    if kinds == {int}:
        return pyarrow.int64()
    return pyarrow.float64() if kinds and kinds <= {int, float} else pyarrow.string()


def _table(pyarrow: Any, schema: Any, group: Sequence[Sequence[Plain]]) -> Any:
    arrays = []
    for column, values in zip(schema, zip(*group, strict=True), strict=True):
        text = column.type == pyarrow.string()
        cells = [str(each) if text and each is not None else each for each in values]
        try:
            arrays.append(pyarrow.array(cells, type=column.type))
        except (pyarrow.ArrowException, TypeError, OverflowError) as error:
            what = f"column {column.name} begins with {column.type} and goes on otherwise"
            raise KGError("format 'parquet'", what, "use STR(?…) in the query, or csv") from error
    return pyarrow.table(arrays, schema=schema)


class _Sink(io.RawIOBase):
    """A file that only knows how long it is: what is written to it is handed on."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._length = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._length

    def write(self, piece: Any) -> int:
        self._pieces.append(bytes(piece))
        self._length += len(piece)
        return len(piece)

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)

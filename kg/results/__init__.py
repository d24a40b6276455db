"""Answers as people and programs read them, written while they are being found.

``csv``, ``tsv``, ``json`` and ``xml`` follow the W3C's SPARQL 1.1 Query Results
formats; ``jsonl`` (one object a row) and ``parquet`` are for data tools, ``table`` and
``markdown`` for people; graphs are ``ttl``, ``nt`` or ``jsonld``.

Rows stream: all formats but ``ttl``, ``nt`` and ``jsonld``, which are sorted, hold a
few hundred rows at a time.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable, Sequence

import pyoxigraph as ox

from kg.errors import KGError, near
from kg.paths import replacing
from kg.results import parquet, people, tools, w3c
from kg.results.labels import Labels
from kg.serialize import serialize
from kg.store import Result, Solutions, Triples

__all__ = ["FORMATS", "Labels", "Result", "form_of", "write"]

_GRAPHS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
}
_FOR_PEOPLE = ("table", "markdown")
_FOR_PROGRAMS: dict[str, Callable[[Solutions], Iterable[bytes]]] = {
    "csv": w3c.csv,
    "tsv": w3c.tsv,
    "json": w3c.json,
    "xml": w3c.xml,
    "jsonl": tools.jsonl,
    "parquet": parquet.parquet,
}
_SUFFIXES = {"txt": "table", "md": "markdown", "srj": "json", "srx": "xml", "ndjson": "jsonl"}

FORMATS = (*_FOR_PEOPLE, *_FOR_PROGRAMS, *_GRAPHS)
"""For rows: table, markdown, csv, tsv, json, xml, jsonl, parquet; for graphs: ttl, nt, jsonld."""


def write(
    answer: Result,
    path: str,
    form: str = "",
    *,
    labels: Labels | None = None,
    label_columns: bool = False,
    notes: Sequence[str] = (),
) -> None:
    """Write an answer to the file at `path` (``-`` is stdout).

    `form` is one of :data:`FORMATS`; without one it is the path's suffix, else a
    table for rows and Turtle for graphs.  `labels` say what things are called in
    ``table`` and ``markdown`` (without them IRIs are shown, by prefix); the formats
    for programs keep IRIs, and with `label_columns` get a column ``<name>Label``
    beside each that holds them.  `notes` stand below a table: they are read when its
    last row is written.  Raises :class:`~kg.errors.KGError` for a format that does
    not exist or cannot hold this kind of answer.
    """
    form = _form(answer, path, form)
    with replacing(path) as out:
        if isinstance(answer, Triples):
            serialize((ox.Quad(*triple) for triple in answer), out, _GRAPHS[form])
        elif isinstance(answer, bool):
            out.write(_BOOLEAN[form](answer).encode())
        elif form in _FOR_PEOPLE:
            fit = path == "-" and sys.stdout.isatty()  # cut for nobody is lost to grep
            width = shutil.get_terminal_size().columns if fit else None
            table = people.table(answer, labels, width)
            for text in table if form == "table" else people.markdown(answer, labels):
                out.write(text.encode())
            below = ["", *notes] if notes else []
            out.write("".join(f"{line}\n" for line in below).encode())
        else:
            rows = labels.beside(answer) if labels and label_columns else answer
            for piece in _FOR_PROGRAMS[form](rows):
                out.write(piece)


def form_of(path: str, form: str = "") -> str:
    """Return `form`, or else the format that the path's suffix tells, or ``""``.

    >>> form_of("answer.md"), form_of("-")
    ('markdown', '')
    """
    suffix = path.rpartition(".")[2]
    suffix = _SUFFIXES.get(suffix, suffix)
    return form or (suffix if suffix in FORMATS else "")


def _form(answer: Result, path: str, form: str) -> str:
    form = form_of(path, form) or ("ttl" if isinstance(answer, Triples) else "table")
    if form not in FORMATS:
        remedy = near(form, FORMATS, f"one of {', '.join(FORMATS)}")
        raise KGError(f"format '{form}'", "is none", remedy)
    fitting: Iterable[str] = (*_FOR_PEOPLE, *_FOR_PROGRAMS)
    kind = "rows"
    if isinstance(answer, Triples):
        fitting, kind = _GRAPHS, "a graph"
    elif isinstance(answer, bool):
        fitting, kind = _BOOLEAN, "yes or no"
    if form not in fitting:
        raise KGError(f"format '{form}'", f"cannot hold {kind}", f"use one of {', '.join(fitting)}")
    return form


def _yes(answer: bool) -> str:
    return ("yes" if answer else "no") + "\n"


def _true(answer: bool) -> str:
    return ("true" if answer else "false") + "\n"


_BOOLEAN: dict[str, Callable[[bool], str]] = {
    "table": _yes,
    "markdown": _yes,
    "csv": _true,
    "tsv": _true,
    "json": w3c.json_boolean,
    "xml": w3c.xml_boolean,
    "jsonl": _true,
}

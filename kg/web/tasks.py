"""What workers are asked to do, as it goes to their process: plain values only."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kg.calls import may_call

if TYPE_CHECKING:
    from kg.web.settings import Settings

__all__ = ["HEAD", "Dump", "Query", "Task", "Update", "Write", "allow_calls", "packed", "unpacked"]

HEAD = struct.Struct("!II")
"""Before each message: the length of its JSON, and of the bytes that follow it."""


@dataclass(slots=True)
class Query:
    """A query, with the dataset and the formats that its request names."""

    text: str
    base: str
    rows_form: str | None
    """Name of the format for rows, None if the client accepts none."""
    graph_form: str | None
    default: tuple[str, ...] | None = None
    named: tuple[str, ...] | None = None
    rows: int = 0
    limit: int = 0
    """Bytes."""
    client: str = ""
    """Whom it is for, see :func:`kg.web.spool.client`."""
    spool: str = ""
    """Where a long answer goes; told by who sends the task."""
    room: int = 0
    """Bytes that all long answers may have; told by who sends the task."""
    services: tuple[str, ...] = ()
    """Whom it may call, and for so long; told by who sends the task."""
    service_s: float = 0.0


@dataclass(slots=True)
class Dump:
    """A graph (its IRI, or ``default``), or with ``""`` the whole store."""

    graph: str
    form: str
    limit: int = 0
    client: str = ""
    spool: str = ""
    room: int = 0


@dataclass(slots=True)
class Update:
    """A SPARQL Update."""

    text: str
    base: str
    default: tuple[str, ...] | None = None
    named: tuple[str, ...] | None = None
    services: tuple[str, ...] = ()
    """Whom it may call, and for so long; told by who sends the task."""
    service_s: float = 0.0
    limit: int = 0
    """Bytes of one document that it loads."""


@dataclass(slots=True)
class Write:
    """A change of one graph: ``PUT``, ``POST`` or ``DELETE`` of the graph store."""

    method: str
    graph: str
    files: list[tuple[str, str]] = field(default_factory=list)
    """The content: the name of each file's format, and where it lies."""
    base: str = ""


Task = Query | Dump | Update | Write
_KINDS: dict[str, Any] = {kind.__name__: kind for kind in (Query, Dump, Update, Write)}


def allow_calls(task: Query | Update, told: Settings) -> None:
    """Tell a task that may call other machines which, and within what limits."""
    if told.services and may_call(task.text):
        task.services, task.service_s = told.services, told.timeout_s / 2
        if isinstance(task, Update):
            task.limit = told.body_mib << 20


def packed(task: Task) -> bytes:
    """Return the message of a task."""
    fields = {name: getattr(task, name) for name in task.__slots__}
    text = json.dumps([type(task).__name__, fields]).encode()
    return HEAD.pack(len(text), 0) + text


def unpacked(text: bytes) -> Task:
    """Return the task of a message."""
    kind, fields = json.loads(text)
    for name in ("default", "named", "services"):
        if fields.get(name) is not None:
            fields[name] = tuple(fields[name])
    task: Task = _KINDS[kind](**fields)
    return task

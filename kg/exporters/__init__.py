"""Files that other programs open: one module a format, and the folder is the list.

The name of a module is the name of its format.  Its docstring's first line is
the format's title, and it defines::

    SUFFIXES = (".ttl",)        # the first is the usual one
    MEDIA_TYPE = "text/turtle"

    def write(network: Network, out: BinaryIO) -> None: ...

Formats of graph programs write ``network.nodes()`` and ``network.edges()``; RDF
formats dump ``network.store``.  Writing is deterministic and ends in a newline.

Where a format has no lists or maps, :func:`flat` is the one way to flatten them.
"""

from __future__ import annotations

import functools
import importlib
import json
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from kg import network, paths
from kg.errors import KGError, near

if TYPE_CHECKING:
    from kg.network import Network
    from kg.store import Store

__all__ = ["Format", "export", "find", "flat", "formats"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format that the graph can be written in."""

    name: str
    title: str
    suffixes: tuple[str, ...]
    media_type: str
    write: Callable[[Network, BinaryIO], None]


@functools.cache
def formats() -> Mapping[str, Format]:
    """Return every format by name, sorted.

    >>> formats()["turtle"].suffixes
    ('.ttl',)
    """
    found = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        module = importlib.import_module(f"{__name__}.{name}")
        title = (module.__doc__ or name).partition("\n")[0].rstrip(".")
        found[name] = Format(name, title, module.SUFFIXES, module.MEDIA_TYPE, module.write)
    return found


def find(path: str | Path, name: str | None = None) -> Format:
    """Return the format with this name, or the one that the suffix of `path` tells.

    Raises :class:`KGError`, with the near match or all there are, if there is none.

    >>> find("graph.nq").name, find("-", "turtle").name
    ('nquads', 'turtle')
    """
    known = formats()
    if name is not None:
        if name not in known:
            what = f"format '{name}' is not known"
            raise KGError("--format", what, near(name, known, f"choose one of {', '.join(known)}"))
        return known[name]
    if str(path) == "-":
        remedy = f"say --format with one of {', '.join(known)}"
        raise KGError("-", "standard output does not tell a format", remedy)
    suffixes = {suffix: each for each in known.values() for suffix in each.suffixes}
    suffix = Path(path).suffix.lower()
    if suffix not in suffixes:
        what = f"the suffix '{suffix}' tells no format" if suffix else "has no suffix"
        choice = f"use one of {', '.join(sorted(suffixes))}, or say --format"
        raise KGError(path, what, near(suffix, suffixes, choice))
    return suffixes[suffix]


def export(store: Store, path: str | Path, format: str | None = None) -> None:
    """Write the graph of `store` to `path`, whole or not at all; ``-`` is standard output.

    Raises :class:`KGError` as :func:`find` does, and if `path` cannot be written.
    """
    chosen = find(path, format)
    with paths.replacing(path) as out:
        chosen.write(network.project(store), out)


def flat(record: Mapping[str, object]) -> dict[str, str | int | float | bool]:
    """Return a :func:`kg.network.plain` record without lists and maps, for formats that have none.

    A map becomes one value a key (``labels_ko``, ``qualifiers_start``), a list
    becomes JSON text, and what is empty is left out.

    >>> flat({"labels": {"ko": "가"}, "types": ["Company", "Agent"], "rule": ""})
    {'labels_ko': '가', 'types': '["Company", "Agent"]'}
    """
    found: dict[str, str | int | float | bool] = {}
    for name, value in record.items():
        if isinstance(value, Mapping):
            found |= {f"{name}_{key}": each for key, each in flat(value).items()}
        elif isinstance(value, list):
            if value:
                found[name] = json.dumps(value, ensure_ascii=False, sort_keys=True)
        elif isinstance(value, int | float) or value:
            found[name] = value if isinstance(value, int | float) else str(value)
    return found

"""An evidence-first knowledge graph of the AI ecosystem.

Every edge can answer: who says so, where exactly, when, and is it a fact, a
plan or somebody's words?  Importing this package loads nothing else;
:func:`kg.open` gives the graph as one object, :func:`kg.export` writes it for other
programs, and the modules (``kg.corpus``, ``kg.store``, ...) give its parts.

>>> import kg
>>> with kg.open() as graph:
...     len(graph.query("SELECT ?who { ?who aie:attended id:ai-talk-concert-2020 }"))
5
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kg.graph import export as export
    from kg.graph import open as open

__all__ = ["__version__", "export", "open"]

# The one place where the version stands: the packaging reads it from here.
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Load what :mod:`kg.graph` gives when it is first asked for."""
    if name in {"export", "open"}:
        from kg import graph

        return getattr(graph, name)
    raise AttributeError(f"module 'kg' has no attribute '{name}'")

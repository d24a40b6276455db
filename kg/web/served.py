"""What is served until somebody writes: the data, and all that was worked out from them.

Who answers takes it once (``site.served``) and stays with it to the end: it may be
exchanged meanwhile, and what was read from the old data must not be kept for the new.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from kg.search import Index
    from kg.store import Store

__all__ = ["Served"]

T = TypeVar("T")

_FRESH_S = 60.0
"""How long a number of a store that others may write to is good."""


@dataclass(slots=True)
class _Slot:
    """Something worked out from a store, or about to be."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    until: float = 0.0
    value: Any = None


@dataclass(eq=False)
class Served:
    """The data as they stand at one time; `store` is for queries of our own, in any thread."""

    store: Store
    source: str
    """Where workers find it."""
    fingerprint: str
    """``""`` where it may change at any time."""
    seen: str
    """The fingerprint of the directory, if it is in one."""
    folder: int | None = None
    """The open directory, whatever has its name by now; workers read that one."""
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The articles' texts that are at hand, by source id."""
    described: object = None
    """What :mod:`kg.web.description` counted."""
    quick: bool = True
    """Whether no look-up has taken long, see :mod:`kg.web.lookups`."""
    _slots: dict[str, _Slot] = field(default_factory=dict, repr=False)

    def once(self, name: str, make: Callable[[Store], T], *, anew: bool = False) -> T:
        """Return what `make` works out from the data, once for as long as they are the same.

        Who asks for the same meanwhile waits for it.  If `anew`, it is worked out once more.
        """
        slot = self._slots.setdefault(name, _Slot())
        with slot.lock:
            if anew or slot.until < time.monotonic():
                slot.value = make(self.store)
                slot.until = float("inf") if self.fingerprint else time.monotonic() + _FRESH_S
            result: T = slot.value
            return result

    @property
    def index(self) -> Index:
        """What finds entities by name."""
        from kg.search import Index

        return self.once("index", Index.of)

"""The names of stores: which are addresses of servers, and which only look like one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypeGuard

from kg.errors import KGError

__all__ = ["is_remote", "refuse_address"]


def is_remote(location: object) -> TypeGuard[str]:
    """Say whether this is the address of a server."""
    return isinstance(location, str) and location.lower().startswith(("http://", "https://"))


_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|(?:[\w.-]+|\[[\da-f:.]+\]):\d{1,5}(?:/|$)", re.I)
"""What is meant for a server, but not as we call one."""


def refuse_address(location: str) -> None:
    """Raise :class:`KGError` for what is meant for a server, but not named as one."""
    found = _ADDRESS.match(location)
    if not found or Path(location).exists():
        return
    place = re.sub(r"//[^/@]*@", "//…@", location)  # a login is not for everybody's eyes
    if found[0].endswith("://"):
        what = f"{found[0]} leads to no store"
        raise KGError(place, what, "say http://… or https://… for a server, or name a directory")
    raise KGError(place, "looks like a server", f"say http://{location}, or ./… for a directory")

"""Long answers lie in files until their clients have taken them: how much room all have.

The folder is the account.  A file that is being written counts with its size; once it is
being sent it has no name any more, so that nothing is left of it whatever happens to us,
and an empty file of its length, which takes no room, stands for it until it is closed.
Who writes adds up the folder: so the server and the processes that answer need nothing in
common but that.

An answer that would go beyond the room is refused with 503, and none that is being sent is
ended for its sake: what a client has begun to take is a 200, and shall be whole.  That
nobody keeps his answer for ever is up to :mod:`kg.web.server`.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self

from kg.web.refused import Refused

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["STEP", "Spooled", "client", "full", "see_to_room"]

STEP = 4 << 20
"""Bytes that are written between two looks at the room there is."""
_LATER_S = 30


def client(request: Request) -> str:
    """Return whom an answer is for, as far as addresses tell: a network (/64) for IPv6.

    ``""`` is anybody: behind a proxy all have the same address.
    """
    if request.client is None or request.app.state.site.settings.public_url:
        return ""
    address = ipaddress.ip_address(request.client.host.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)  # of IPv4, where we listen to both
    return (mapped or address).packed[:8].hex()


def see_to_room(path: Path, room: int) -> None:
    """Raise :class:`~kg.web.refused.Refused` if a long answer may not grow any more.

    All in the folder of `path` together may have `room` bytes, but never more than half of
    what is free without them; those of one client, who is named behind the `-` of `path`,
    half of that.
    """
    every = own = 0
    whose = path.name.partition("-")[2]
    for entry in os.scandir(path.parent):
        try:
            size = entry.stat().st_size
        except FileNotFoundError:
            continue
        every += size
        own += size if whose and entry.name.endswith(f"-{whose}") else 0
    room = min(room, (every + shutil.disk_usage(path.parent).free) // 2)
    if own > room // 2:
        what = "there is no room for so long an answer beside those that you have not taken yet"
        raise Refused(503, f"{what}; take them first, or ask for less", retry_after_s=_LATER_S)
    if every > room:
        what = "there is no room for so long an answer beside those that others have not taken"
        raise Refused(503, f"{what}; try again, or ask for less", retry_after_s=_LATER_S)


def full(what: str = "an answer") -> Refused:
    """Return what is said when the disk is full."""
    told = f"there is no room on the server's disk for {what} of this length; try again later"
    return Refused(503, told, retry_after_s=_LATER_S)


class Spooled:
    """A long answer that is being sent; its room is free when it is closed, or forgotten."""

    _file: BinaryIO | None = None

    def __init__(self, path: Path, size: int) -> None:
        self._counted = path
        try:
            self._file = path.open("rb")
            path.unlink()
            with path.open("wb") as empty:
                empty.truncate(size)
        except OSError as error:
            self.close()
            raise full() from error

    def read(self, size: int) -> bytes:
        """Return the next piece; empty at the end."""
        return self._file.read(size) if self._file else b""

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._counted.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

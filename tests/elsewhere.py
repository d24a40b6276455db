"""``kg`` in a small world: names under ``.test`` are on this machine, and 127.0.0.1 is public.

The tests start it instead of ``kg``, whose servers call public addresses only, while tests
may use none but this machine's.  Nothing else is changed, and no name is looked up.  Its
processes do the same: each runs this file again.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from kg.cli import main
from kg.web import allowed

PRIVATE = "127.0.0.2"
NAMES = {
    "open.test": ["127.0.0.1"],
    "private.test": [PRIVATE],
    "mixed.test": ["127.0.0.1", PRIVATE],
    "mapped.test": [f"::ffff:{PRIVATE}"],
    "nat64.test": ["64:ff9b::7f00:2"],
}
"""Their addresses; each time that one is asked for, ``rebinding.test`` has another."""

_is_public = allowed.is_public
_asked = 0


def is_public(address: str) -> bool:
    return address == "127.0.0.1" or _is_public(address)


def getaddrinfo(host: Any, port: Any, *_: object, **__: object) -> list[Any]:
    global _asked  # noqa: PLW0603
    name = str(host)
    if name == "rebinding.test":
        _asked += 1
        found = ["127.0.0.1"] if _asked % 2 else [PRIVATE]
    elif name in NAMES:
        found = NAMES[name]
    else:
        try:
            found = [str(ipaddress.ip_address(name))]
        except ValueError:
            raise socket.gaierror(socket.EAI_NONAME, "no such name") from None
    return [
        (
            socket.AF_INET6 if ":" in each else socket.AF_INET,
            socket.SOCK_STREAM,
            socket.IPPROTO_TCP,
            "",
            (each, port, 0, 0) if ":" in each else (each, port),
        )
        for each in found
    ]


if __name__ in ("__main__", "__mp_main__"):  # and not where pytest looks for doctests
    allowed.is_public = is_public
    socket.getaddrinfo = getaddrinfo

if __name__ == "__main__":
    raise SystemExit(main())

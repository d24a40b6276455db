"""One call to another machine: to an address that was checked, and within limits.

httpcore alone, without httpx around it: no redirections, cookies, logins, proxies of the
environment or unpacking have to be switched off.  The name is resolved here, and the
connection made to the very address that was found to be public; a certificate is still
checked against the name.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpcore

from kg import __version__
from kg.calls import Call
from kg.errors import KGError
from kg.web import allowed
from kg.web.allowed import Target

__all__ = ["Document", "fetch"]

_AGENT = f"kg/{__version__}"


@dataclass(frozen=True, slots=True)
class Document:
    """What came back, whole."""

    type: str
    """The value of ``Content-Type``."""
    content: bytes


def fetch(
    call: Call,
    target: Target,
    accept: str,
    *,
    seconds: float,
    limit: int,
    form: dict[str, str] | None = None,
) -> Document:
    """Get what is at `target`, or post `form` to it.

    Raises :class:`~kg.errors.KGError` for an address that is not public, whatever is no
    whole and plain answer with 200, and one that takes more than `seconds` or is longer
    than `limit` bytes.
    """
    where = target.origin
    try:
        return _fetched(target, accept, time.monotonic() + seconds, limit, form)
    except _Refused as refused:
        raise KGError(call.place, f"{where} {refused.what}", refused.remedy) from refused
    except httpcore.TimeoutException as error:
        what = f"{where} has no whole answer after {seconds:g} seconds"
        raise KGError(call.place, what, "ask it for less") from error
    except httpcore.ConnectError as error:
        reason = " ".join(str(error).split())[:200].rpartition("] ")[2]
        what = f"{where} cannot be reached: {reason or 'no answer'}"
        raise KGError(call.place, what, "is it up, and the address right?") from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        what = f"{where} broke its answer off, or speaks no HTTP"
        raise KGError(call.place, what, "ask again") from error


class _Refused(Exception):
    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


def _fetched(
    target: Target, accept: str, end: float, limit: int, form: dict[str, str] | None
) -> Document:
    headers = [("Accept", accept), ("Accept-Encoding", "identity"), ("User-Agent", _AGENT)]
    content = None
    if form is not None:  # the one way that every SPARQL server takes
        headers.append(("Content-Type", "application/x-www-form-urlencoded"))
        content = urlencode(form).encode()
    address = httpcore.URL(
        scheme=target.scheme, host=target.host, port=target.port, target=target.path
    )
    with (
        httpcore.ConnectionPool(network_backend=_Checked(end)) as pool,
        pool.stream(
            "GET" if form is None else "POST", address, headers=headers, content=content
        ) as response,
    ):
        told = {name.lower(): value.decode("latin-1") for name, value in response.headers}
        _refuse(response.status, told)
        pieces, size = [], 0
        for piece in response.iter_stream():
            size += len(piece)
            if size > limit:
                raise _Refused(f"answers with more than {limit >> 20} MiB", "ask it for less")
            pieces.append(piece)
    return Document(told.get(b"content-type", ""), b"".join(pieces))


def _refuse(status: int, headers: dict[bytes, str]) -> None:
    if 300 <= status < 400:
        raise _Refused("points elsewhere", "write the address that it points to")
    if status != 200:
        raise _Refused(f"answers with {status}", "is the address right?")
    if headers.get(b"content-encoding", "identity").strip().lower() not in ("identity", ""):
        raise _Refused("sends a packed answer unasked", "use another server")
    if b"content-length" not in headers and b"transfer-encoding" not in headers:
        raise _Refused("does not say where its answer ends", "use another server")


class _Checked(httpcore.NetworkBackend):
    """Connects to public addresses only."""

    def __init__(self, end: float) -> None:
        self._end = end

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 one time limit for all
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a connection to the first address of `host` that answers."""
        failed: Exception = httpcore.ConnectError("it has no address")
        for address in _addresses(host, port):
            try:
                made = httpcore.SyncBackend().connect_tcp(
                    address, port, _left(self._end), local_address, socket_options
                )
                return _Line(made, self._end)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise failed


def _addresses(host: str, port: int) -> list[str]:
    """The addresses of a name; refused if any of them is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _Refused("has no address", "is the name right?") from error
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not all(map(allowed.is_public, addresses)):
        raise _Refused("is at a private address", "only public ones are called")
    return addresses


def _left(end: float) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time is up")
    return left


class _Line(httpcore.NetworkStream):
    """A connection that ends at a certain time, however busy it is."""

    def __init__(self, inner: httpcore.NetworkStream, end: float) -> None:
        self._inner = inner
        self._end = end

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """Return the next piece."""
        return self._inner.read(max_bytes, _left(self._end))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Send `buffer`."""
        self._inner.write(buffer, _left(self._end))

    def start_tls(
        self,
        ssl_context: Any,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        """Return the connection, encrypted."""
        made = self._inner.start_tls(ssl_context, server_hostname, _left(self._end))
        return _Line(made, self._end)

    def close(self) -> None:
        """Hang up."""
        self._inner.close()

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore wants to know of the socket."""
        return self._inner.get_extra_info(info)

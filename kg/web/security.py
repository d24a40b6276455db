"""What every request and every answer goes through: names, origins, headers, time, the log.

See ``docs/threat-model.md`` for what this is against.
"""

from __future__ import annotations

import functools
import hmac
import ipaddress
import re
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse, Response

from kg.web.negotiation import joined
from kg.web.refused import Refused

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from kg.web.settings import Settings

__all__ = [
    "CONTENT_POLICY",
    "READING",
    "Guard",
    "allow_writing",
    "may_be_called",
    "preflight",
    "readable",
]

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Nothing inline, nothing from elsewhere; a page that needs other rules sets its own header."""

_HEADERS = [
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),  # addresses carry what was asked
]
_PAGE_HEADERS = [
    *_HEADERS,
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
READING = ("GET", "HEAD", "OPTIONS")
"""The methods of what can only be read."""
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
"""A name or an address, and a port; of IPv6 without a zone, which is no part of a URL."""
_OPEN = ("/sparql", "/store", "/.well-known/void")
"""Where scripts of other sites may read, if any may."""


class Guard:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._cors: list[tuple[bytes, bytes]] = []
        if settings.open_to:
            self._cors = [
                (b"access-control-allow-origin", settings.open_to.encode()),
                (b"access-control-expose-headers", b"ETag, Kg-Truncated, Link, Retry-After"),
            ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the request, let it be answered, and see to the answer's headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = {**scope, "headers": joined(scope["headers"])}
        began, status, size = time.monotonic(), 0, 0

        async def guarded(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = message["status"]
                self._complete(scope, message["headers"])
            else:
                size += len(message.get("body", b""))
            await send(message)

        try:
            names = [value for name, value in scope["headers"] if name == b"host"]
            if len(names) != 1:
                reason = "a request says once for which host it is"
                await PlainTextResponse(f"{reason}\n", 400)(scope, receive, guarded)
            elif may_be_called(names[0].decode("latin-1"), scope["path"], self._settings):
                await self._app(scope, receive, guarded)
            else:
                reason = "the server does not go by this name; start it with --allow-host"
                await PlainTextResponse(f"{reason}\n", 421)(scope, receive, guarded)
        except Exception:  # a bug of ours: uvicorn's log says where
            if not status:
                reason = "a bug of ours; the server's log says where"
                await PlainTextResponse(f"{reason}\n", 500)(scope, receive, guarded)
            raise
        finally:
            if self._settings.log:
                _note(scope, status, size, time.monotonic() - began)

    def _complete(self, scope: Scope, headers: list[tuple[bytes, bytes]]) -> None:
        there = dict(headers)
        is_page = there.get(b"content-type", b"").startswith(b"text/html")
        more = _PAGE_HEADERS if is_page else _HEADERS
        headers += [each for each in more if each[0] not in there]
        # Any site may read what is open to all, without credentials; none may write.
        opened = scope["path"].startswith(_OPEN) or b"access-control-allow-origin" in there
        if self._cors and opened:
            if b"access-control-allow-origin" in there:
                headers[:] = [each for each in headers if each[0] != b"access-control-allow-origin"]
            headers += self._cors


def may_be_called(host: str, path: str, settings: Settings) -> bool:
    """Return whether a ``Host`` header names this server.

    A page of another site can reach us under its own name by changing what the name
    stands for (DNS rebinding), and would then count as ours; an IP address cannot be
    changed like that, so all are allowed.  ``/healthz`` is for any name.
    """
    if path == "/healthz":
        return True
    return _may_be_called(host, settings)


@functools.lru_cache(256)
def _may_be_called(host: str, settings: Settings) -> bool:
    if not _HOST.fullmatch(host):  # what it holds would stand in our IRIs
        return False
    try:
        called = urlsplit(f"//{host}")
        _, name = called.port, (called.hostname or "").rstrip(".")
    except ValueError:
        return False
    published = urlsplit(settings.public_url).hostname
    if name == "localhost" or name == published or name in settings.allowed_hosts:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def readable(settings: Settings) -> dict[str, str]:
    """Return the header of an answer that scripts of other sites may read, if any may."""
    return {"access-control-allow-origin": settings.open_to} if settings.open_to else {}


def preflight(request: Request, methods: tuple[str, ...], reading: tuple[str, ...]) -> Response:
    """Return what an address of ours allows, for ``OPTIONS`` and for browsers (CORS).

    To scripts of other sites only `reading` is open: neither the methods that write, nor
    the header that carries the token.
    """
    headers = {"Allow": ", ".join(methods), **readable(request.app.state.site.settings)}
    if len(headers) > 1:
        headers["Access-Control-Allow-Methods"] = ", ".join(reading)
        headers["Access-Control-Allow-Headers"] = "Accept, Content-Type, If-None-Match"
        headers["Access-Control-Max-Age"] = "86400"
    return Response(status_code=204, headers=headers)


def allow_writing(request: Request) -> None:
    """Raise :class:`~kg.web.refused.Refused` unless this request may write."""
    settings: Settings = request.app.state.site.settings
    if not settings.write:
        raise Refused(403, "the server is read-only; it is started with --write to be written to")
    origin = request.headers.get("origin")
    ours = {
        request.app.state.site.url(request),
        f"{request.url.scheme}://{request.headers['host']}",
    }
    if origin is not None and origin not in {_origin(each) for each in ours}:
        raise Refused(403, "a page of another site may not write here")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        refused = Refused(401, "writing needs a token: Authorization: Bearer …")
        refused.headers["WWW-Authenticate"] = 'Bearer realm="kg"'
        raise refused
    if not hmac.compare_digest(token.strip().encode(), settings.token.encode()):
        raise Refused(403, "the token is not the right one")


def _origin(url: str) -> str:
    split = urlsplit(url)
    return f"{split.scheme}://{split.netloc}"


def _note(scope: Scope, status: int, size: int, seconds: float) -> None:
    """One line a request: no query strings, no headers, nothing of what was sent."""
    client = (scope.get("client") or ("-",))[0]
    path = scope["path"].encode("ascii", "backslashreplace").decode()[:200]
    path = path if path.isprintable() else repr(path)
    line = f"{client} {scope['method']} {path} {status} {size} B {seconds * 1e3:.0f} ms\n"
    sys.stderr.write(line)

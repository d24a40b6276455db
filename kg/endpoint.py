"""HTTP to a SPARQL 1.1 endpoint: login, time-outs, repeating, and what goes wrong in one line.

Requests are posted as forms, the one way that every server takes (Virtuoso 7.2 never
answers a query that is posted as it is).  Who asks is told by the environment, never
by the address, which ends up in shell histories and logs:

- ``KG_STORE_USER`` and ``KG_STORE_PASSWORD`` (basic, or digest if the server wants it),
  or ``KG_STORE_TOKEN`` (bearer);
- ``KG_STORE_UPDATE``: where updates go, if :func:`update_address` guesses wrong;
- ``KG_STORE_TIMEOUT``: seconds to wait for the next piece of an answer (300; 30 when a
  store is opened).
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit, urlunsplit

from kg import __version__
from kg.errors import KGError
from kg.unanswered import failed, is_worth_repeating, refused, sent_nothing

if TYPE_CHECKING:
    import ssl

    import httpx

__all__ = ["Answer", "Endpoint", "update_address"]

_TRIES = 4
_PAUSE_S = 0.25
"""Before the second try; doubled before each further one."""
_LONGEST_PAUSE_S = 10.0
"""Who asks to be left alone for longer is not asked again."""
_SILENT_S = 1.0
"""A longer pause is told on a terminal."""
_CONNECT_S = 10.0
_BUSY = {429, 500, 502, 503, 504}
"""What may be better the next time; 500 is also what some say of a query that they cannot do."""
_AHEAD = 1 << 16
"""Bytes read before an answer is given: if it breaks off in these, it is asked for again."""


def update_address(query: str) -> str:
    """Return where a server takes updates, from where it takes queries, as the makers have it.

    >>> update_address("http://localhost:7878/query")
    'http://localhost:7878/update'
    >>> update_address("http://localhost:7200/repositories/kg")
    'http://localhost:7200/repositories/kg/statements'
    >>> update_address("http://localhost:8890/sparql")
    'http://localhost:8890/sparql'
    """
    scheme, host, path, parameters, _ = urlsplit(query)
    if path.endswith("/query"):  # Oxigraph, Fuseki, Stardog
        path = path.removesuffix("query") + "update"
    elif re.search(r"/repositories/[^/]+$", path):  # RDF4J, GraphDB
        path += "/statements"
    return urlunsplit((scheme, host, path, parameters, ""))


class Answer:
    """What a server sends, as it comes; a file for parsers.

    Reading raises :class:`KGError` when the connection breaks.
    """

    def __init__(self, response: httpx.Response, place: str) -> None:
        self.response = response
        self.place = place
        self._pieces = response.iter_bytes()
        self._ahead = b""

    def prefetch(self) -> None:
        """Read the beginning; raises what httpx raises."""
        pieces, size = [], 0
        for piece in self._pieces:
            pieces.append(piece)
            size += len(piece)
            if size >= _AHEAD:
                break
        self._ahead = b"".join(pieces)

    @property
    def type(self) -> str:
        """The media type, without parameters."""
        return str(self.response.headers.get("content-type", "")).partition(";")[0].strip().lower()

    @property
    def maker(self) -> str:
        """What the server says of itself, such as ``Virtuoso/07.20.3229``."""
        return str(self.response.headers.get("server", ""))

    @property
    def framed(self) -> bool:
        """Whether HTTP itself tells where the answer ends, so that a part is known for one."""
        headers = self.response.headers
        return "content-length" in headers or "chunked" in headers.get("transfer-encoding", "")

    @property
    def most_rows(self) -> int | None:
        """The rows at which a Virtuoso cuts answers off, if it says so."""
        told = self.response.headers.get("x-sparql-maxrows", "")
        return int(told) if told.isdecimal() else None

    def read(self, size: int = -1) -> bytes:
        """Return the next piece, of whatever size; empty at the end."""
        if size < 0:
            return b"".join(iter(lambda: self.read(_AHEAD), b""))
        import httpx

        if not self._ahead:
            try:
                self._ahead = next(self._pieces, b"")
            except httpx.ReadTimeout as error:
                raise sent_nothing(self.place, _timeout_s(), "") from error
            except httpx.RequestError as error:
                raise failed(self.place, error, "", again=True) from error
        found, self._ahead = self._ahead[:size], self._ahead[size:]
        return found

    def close(self) -> None:
        """Give the connection back, or up if there is more to come."""
        self.response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Endpoint:
    """A server that takes queries at an address, and updates there or at another one.

    Raises :class:`KGError` for an address with a login in it.  Safe to use from
    several threads.
    """

    def __init__(self, address: str) -> None:
        import httpx  # not at the top: it takes as long to load as all of kg

        self.address = _checked(address, "")
        told = os.environ.get("KG_STORE_UPDATE", "")
        self.updates = _checked(told, "KG_STORE_UPDATE: ") if told else update_address(address)
        # Each update on a connection of its own: one that was kept may have been closed by
        # the server, and then nobody knows whether the update arrived.
        once = httpx.Limits(max_keepalive_connections=0)
        try:
            known = _certificates(*map(os.environ.get, ("SSL_CERT_FILE", "SSL_CERT_DIR")))
            self._client = httpx.Client(**_login(), verify=known)
            self._writer = httpx.Client(**_login(), verify=known, limits=once)
        except OSError as error:
            place, what = "SSL_CERT_FILE", f"cannot be read: {error.strerror or error}"
            raise KGError(place, what, "name a file with certificates, or unset it") from error
        except (ValueError, ImportError) as error:
            what = str(error).partition(". ")[0]
            raise KGError("HTTP_PROXY, ALL_PROXY", what, "say it like http://HOST:PORT") from error

    def query(self, fields: Sequence[tuple[str, str]], accept: str, place: str) -> Answer:
        """Post a query; again if the server is busy or breaks off before the answer begins."""
        return self._post(self._client, self.address, fields, accept, place, again=True)

    def update(self, text: str, place: str, *, again: bool = False) -> None:
        """Post an update; once, unless repeating it would change nothing (`again`)."""
        fields = [("update", text)]
        self._post(self._writer, self.updates, fields, "*/*", place, again=again).close()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()
        self._writer.close()

    def _post(
        self,
        client: httpx.Client,
        address: str,
        fields: Sequence[tuple[str, str]],
        accept: str,
        place: str,
        *,
        again: bool,
    ) -> Answer:
        import httpx

        form: dict[str, list[str]] = {}
        for name, value in fields:
            form.setdefault(name, []).append(value)
        patience = _timeout_s(30.0 if place == "open" else 300.0)
        given: dict[str, Any] = {
            "data": form,
            "headers": {"Accept": accept},
            "timeout": httpx.Timeout(patience, connect=_CONNECT_S),
        }
        for pause in _pauses():
            try:
                request = client.build_request("POST", address, **given)
                answer = Answer(client.send(request, stream=True), address)
                status, asked = answer.response.status_code, _asked_for(answer.response)
                if pause is None or not again or status not in _BUSY or asked > _LONGEST_PAUSE_S:
                    answer.prefetch()
                    return _accepted(answer, place, asked)
                answer.close()
                _pause(max(pause, asked), f"{address} is busy ({status})")
            except httpx.ReadTimeout as error:
                raise sent_nothing(address, patience, place) from error
            except httpx.RequestError as error:
                if pause is None or not is_worth_repeating(error, again=again):
                    raise failed(address, error, place, again=again) from error
                _pause(pause, f"{address} does not answer")
        raise AssertionError("the last try returns or raises")


def _checked(address: str, place: str) -> str:
    """Return an address that can be one; else say which it is that cannot, without a login."""
    hidden = place + re.sub(r"//[^/]*@", "//…@", address)
    remedy = "say http://HOST:PORT/PATH"
    try:
        parts = urlsplit(address)
        _ = parts.port, (parts.hostname or "").encode("idna")
    except ValueError as error:  # an IPv6 address without its end, a port of six digits
        raise KGError(hidden, f"is no address: {error}", remedy) from error
    if not parts.hostname or parts.scheme not in ("http", "https"):
        raise KGError(hidden, "names no server", remedy)
    if "@" in parts.netloc:
        remedy = "set KG_STORE_USER and KG_STORE_PASSWORD, which no log keeps"
        raise KGError(hidden, "an address may not hold a login", remedy)
    return address


def _pauses() -> Iterator[float | None]:
    """Seconds to wait after each try that fails; None after the last."""
    yield from (_PAUSE_S * 2**number for number in range(_TRIES - 1))
    yield None


def _pause(seconds: float, why: str) -> None:
    """Wait; a terminal is told why if it takes long, a pipe is left alone."""
    shown = seconds > _SILENT_S and sys.stderr is not None and sys.stderr.isatty()
    if shown:
        sys.stderr.write(f"\r\x1b[K{why}; asking again in {seconds:g} s …")
        sys.stderr.flush()
    time.sleep(seconds)
    if shown:
        sys.stderr.write("\r\x1b[K")


@cache
def _certificates(*named: str | None) -> ssl.SSLContext:  # noqa: ARG001 httpx looks itself
    """Whom to trust, by what the environment has `named`; read once, since it takes 20 ms."""
    import httpx

    return httpx.create_ssl_context()


def _asked_for(response: httpx.Response) -> float:
    """Seconds for which the server asks to be left alone (RFC 9110, section 10.2.3)."""
    told = str(response.headers.get("retry-after", "")).strip()
    if told.isdecimal():
        return float(told)
    try:
        when = parsedate_to_datetime(told)
    except ValueError:
        return 0.0
    if when.tzinfo is None:  # "-0000": a time of Greenwich all the same
        when = when.replace(tzinfo=UTC)
    return max(0.0, round((when - datetime.now(UTC)).total_seconds()))


def _timeout_s(usual: float = 300.0) -> float:
    told = os.environ.get("KG_STORE_TIMEOUT", f"{usual:g}")
    try:
        seconds = float(told)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise KGError("KG_STORE_TIMEOUT", f"'{told}' is no number of seconds", "say 300")
    return seconds


# -- who asks ----------------------------------------------------------------


def _login() -> dict[str, Any]:
    """How requests say who asks, as settings of a client."""
    told = os.environ
    user, password = told.get("KG_STORE_USER"), told.get("KG_STORE_PASSWORD")
    token = told.get("KG_STORE_TOKEN")
    if token and (user or password):
        what = "both a token and a user are set"
        raise KGError("KG_STORE_TOKEN", what, "unset it, or KG_STORE_USER and KG_STORE_PASSWORD")
    if bool(user) != bool(password):
        missing = "KG_STORE_PASSWORD" if user else "KG_STORE_USER"
        raise KGError(missing, "is not set, but the other half of the login is", "set both")
    if re.search(r"[^\x21-\x7e]", token or ""):
        raise KGError("KG_STORE_TOKEN", "holds what no token has, such as a blank", "set it anew")
    agent = {"User-Agent": f"kg/{__version__}"}
    if token:
        return {"headers": {**agent, "Authorization": f"Bearer {token}"}}
    return {"headers": agent, "auth": _user(user, password) if user and password else None}


def _user(user: str, password: str) -> httpx.Auth:
    """Basic, or digest where the server asks for that, as Virtuoso's ``/sparql-auth`` does."""
    import httpx

    class User(httpx.Auth):
        def __init__(self) -> None:
            self.way: httpx.Auth = httpx.BasicAuth(user, password)

        def auth_flow(
            self, request: httpx.Request
        ) -> Generator[httpx.Request, httpx.Response, None]:
            flow = self.way.auth_flow(request)
            response = yield next(flow)
            if isinstance(self.way, httpx.BasicAuth) and response.status_code == 401:
                if "basic" in response.headers.get("www-authenticate", "").lower():
                    return
                # Virtuoso says what it wants only to who says nothing yet.
                del request.headers["Authorization"]
                self.way = httpx.DigestAuth(user, password)
                yield from self.auth_flow(request)
            elif response.status_code == 401:
                with suppress(StopIteration):
                    yield flow.send(response)

    return User()


def _accepted(answer: Answer, place: str, wait_s: float) -> Answer:
    """Return the answer to a query or update, or raise what the server says instead."""
    wanted = {200} if answer.response.request.headers["accept"] != "*/*" else range(200, 300)
    if answer.response.status_code not in wanted:
        refused(answer, place, wait_s)
    return answer

"""HTTP to a SPARQL 1.1 endpoint: login, time-outs, repeating, and what goes wrong in one line.

Requests are posted as forms, the one way that every server takes (Virtuoso 7.2 never
answers a query that is posted as it is).  Who asks is told by the environment, never
by the address, which ends up in shell histories and logs:

- ``KG_STORE_USER`` and ``KG_STORE_PASSWORD`` (basic, or digest if the server wants it),
  or ``KG_STORE_TOKEN`` (bearer);
- ``KG_STORE_UPDATE``: where updates go, if :func:`update_address` guesses wrong;
- ``KG_STORE_TIMEOUT``: seconds to wait for the next piece of an answer (300).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn, Self
from urllib.parse import urlsplit, urlunsplit

from kg import __version__
from kg.errors import KGError

if TYPE_CHECKING:
    import httpx

__all__ = ["Answer", "Endpoint", "update_address"]

_TRIES = 4
_PAUSE_S = 0.25
"""Before the second try; doubled before each further one."""
_LONGEST_PAUSE_S = 10.0
"""However long a server asks to be left alone."""
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
            except httpx.TransportError as error:
                raise _failed(self.place, error, again=True) from error
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

        parts = urlsplit(address)
        if not parts.hostname:
            raise KGError(address, "names no server", "say http://HOST:PORT/PATH")
        if "@" in parts.netloc:
            hidden = urlunsplit(parts._replace(netloc="…@" + parts.netloc.rpartition("@")[2]))
            remedy = "set KG_STORE_USER and KG_STORE_PASSWORD, which no log keeps"
            raise KGError(hidden, "an address may not hold a login", remedy)
        self.address = address
        self.updates = os.environ.get("KG_STORE_UPDATE") or update_address(address)
        settings: dict[str, Any] = {
            **_login(),
            "timeout": httpx.Timeout(_timeout_s(), connect=10),
        }
        self._client = httpx.Client(**settings)
        # Each update on a connection of its own: one that was kept may have been closed by
        # the server, and then nobody knows whether the update arrived.
        self._writer = httpx.Client(**settings, limits=httpx.Limits(max_keepalive_connections=0))

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
        for pause in _pauses():
            request = client.build_request("POST", address, data=form, headers={"Accept": accept})
            try:
                answer = Answer(client.send(request, stream=True), address)
                if pause is None or not again or answer.response.status_code not in _BUSY:
                    answer.prefetch()
                    return _accepted(answer, place)
                answer.close()
                time.sleep(max(pause, _asked_for(answer.response)))
            except httpx.TransportError as error:
                # A connection that was never made sent nothing: anything may be sent again.
                harmless = again or isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
                if pause is None or not harmless or isinstance(error, httpx.ReadTimeout):
                    raise _failed(address, error, again) from error
                time.sleep(pause)
        raise AssertionError("the last try returns or raises")


def _pauses() -> Iterator[float | None]:
    """Seconds to wait after each try that fails; None after the last."""
    yield from (_PAUSE_S * 2**number for number in range(_TRIES - 1))
    yield None


def _asked_for(response: httpx.Response) -> float:
    told = str(response.headers.get("retry-after", ""))
    return min(float(told), _LONGEST_PAUSE_S) if told.isdecimal() else 0.0


def _timeout_s() -> float:
    told = os.environ.get("KG_STORE_TIMEOUT", "300")
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


# -- what goes wrong ---------------------------------------------------------


def _failed(address: str, error: httpx.TransportError, again: bool) -> KGError:
    import httpx

    reason = " ".join(str(error).split())[:200]
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        what = f"cannot be reached: {reason.rpartition('] ')[2] or 'no answer'}"
        return KGError(address, what, "is the server up, and the address right?")
    if isinstance(error, httpx.TimeoutException):
        what = f"sent nothing for {_timeout_s():g} seconds"
        return KGError(address, what, "ask for less, or allow more with KG_STORE_TIMEOUT")
    what = f"broke the connection off: {reason}"
    return KGError(address, what, "ask again" if again else "see whether the update was done")


def _accepted(answer: Answer, place: str) -> Answer:
    """Return the answer to a query or update, or raise what the server says instead."""
    wanted = {200} if answer.response.request.headers["accept"] != "*/*" else range(200, 300)
    if answer.response.status_code not in wanted:
        _refused(answer, place)
    return answer


def _refused(answer: Answer, place: str) -> NoReturn:
    """Raise what an answer that is none means."""
    response, address = answer.response, answer.place
    status = response.status_code
    with answer:
        told = answer.read(4000).decode("utf-8", "replace")
    said = _words(told) if answer.type != "text/html" else ""
    if status in {401, 407}:
        remedy = "set KG_STORE_USER and KG_STORE_PASSWORD, or KG_STORE_TOKEN"
        if "authorization" in response.request.headers:
            remedy = "it does not take the login that is set"
        raise KGError(address, "asks who you are", remedy)
    if status == 403:
        raise KGError(address, f"does not allow this: {said or status}", "ask its owner")
    if status in {404, 405, 410, 415, 501}:
        remedy = "name a SPARQL 1.1 endpoint; KG_STORE_UPDATE is where updates go"
        raise KGError(address, f"takes no such request ({status})", remedy)
    if 300 <= status < 400:
        to = response.headers.get("location", "elsewhere")
        raise KGError(address, f"points to {to}", "name that address if you trust it")
    if status == 400 or (status == 500 and said):
        raise KGError(place, f"{address} refuses it: {said or status}")
    raise KGError(address, f"fails with {status}{': ' if said else ''}{said}", "try again later")


def _words(told: str) -> str:
    """The first lines of a server's complaint, without the query that it repeats."""
    return " ".join(told.partition("SPARQL query:")[0].split())[:200]

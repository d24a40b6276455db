"""What it means when a server does not answer as it should: one line, with what to do.

Beside it, what may be asked again: a server that is busy, or a connection that broke off.
What will be the same the next time is told at once, such as a server that speaks no HTTP.
"""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from kg.errors import KGError

if TYPE_CHECKING:
    import httpx

    from kg.endpoint import Answer

__all__ = ["failed", "is_worth_repeating", "refused", "sent_nothing"]

_BROKEN_OFF = ("Server disconnected", "peer closed connection")
"""How a protocol error begins that is none: the connection was closed."""
_TITLE = re.compile(r"<title>(.*?)</title>", re.IGNORECASE | re.DOTALL)


def is_worth_repeating(error: httpx.RequestError, *, again: bool) -> bool:
    """Return whether a request that failed so may be sent again, and may fare better.

    Where `again`, it may be if it arrived; else only if the connection was never made.
    """
    import httpx

    if isinstance(error, httpx.ConnectError):
        return _tls(error) is None
    if isinstance(error, httpx.RemoteProtocolError):
        return again and str(error).startswith(_BROKEN_OFF)
    return again and isinstance(error, httpx.NetworkError)


def failed(address: str, error: httpx.RequestError, place: str, *, again: bool) -> KGError:
    """Return what happened instead of an answer; `place` is who asked."""
    import httpx

    reason = _words(re.sub(r"^\[Errno -?\d+\] |\[.*?\] | \(_ssl\.c:\d+\)\.?", "", str(error)))
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return _unreachable(address, error, reason)
    if isinstance(error, httpx.ProxyError):
        return KGError(address, f"cannot be reached through the proxy: {reason}", _PROXY)
    if isinstance(error, httpx.LocalProtocolError):  # it repeats what it does not take
        return KGError(address, "cannot be asked so: a login or an address is malformed")
    if isinstance(error, httpx.RemoteProtocolError) and not str(error).startswith(_BROKEN_OFF):
        what = f"does not answer as a web server does: {reason.partition(': bytearray')[0]}"
        return KGError(address, what, f"is the port right? or try {_other(address)}")
    if isinstance(error, httpx.DecodingError):
        return KGError(address, f"sent what cannot be unpacked: {reason}", "ask again")
    remedy = "ask again" if again else "see whether the update was done"
    if place == "open":
        remedy = f"is the port right? or try {_other(address)}"
    return KGError(address, f"broke the connection off: {reason}", remedy)


_PROXY = "see HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY"


def _unreachable(address: str, error: httpx.RequestError, reason: str) -> KGError:
    from urllib import request

    tls = _tls(error)
    if isinstance(tls, ssl.SSLCertVerificationError):
        what = f"shows a certificate that is not trusted: {tls.verify_message}"
        return KGError(address, what, "set SSL_CERT_FILE to a file with one that vouches for it")
    if tls is not None or "handshake" in reason:
        what = f"does not speak https: {reason.partition(': ')[2] or reason}"
        return KGError(address, what, f"try {_other(address)}")
    split = urlsplit(address)
    proxied = split.scheme in request.getproxies() and not request.proxy_bypass(split.netloc)
    remedy = f"is the proxy up? {_PROXY}" if proxied else "is the server up, and the address right?"
    return KGError(address, f"cannot be reached: {reason or 'no answer'}", remedy)


def _tls(error: BaseException) -> ssl.SSLError | None:
    """The error of TLS that another one comes of."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    return cause


def _other(address: str) -> str:
    secure = address.startswith("https:")
    return address.replace("https:" if secure else "http:", "http:" if secure else "https:", 1)


def sent_nothing(address: str, seconds: float, place: str) -> KGError:
    """Return what to say of a server that was connected, and then silent."""
    what = f"sent nothing for {seconds:g} seconds"
    if place == "open":
        remedy = f"is it up, and the port right? or try {_other(address)}, or KG_STORE_TIMEOUT"
    else:
        remedy = "ask for less, or allow more with KG_STORE_TIMEOUT"
    return KGError(address, what, remedy)


def refused(answer: Answer, place: str, wait_s: float) -> NoReturn:
    """Raise what an answer that is none means; it asks to be left alone for `wait_s`."""
    response, address = answer.response, answer.place
    status = response.status_code
    with answer:
        told = answer.read(4000).decode("utf-8", "replace")
    if answer.type == "text/html":
        title = _TITLE.search(told)
        told = title[1] if title else ""
    said = _words(told.partition("SPARQL query:")[0]).removeprefix(f"{status} ")
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
    if 300 <= status < 400 and "location" in response.headers:
        to = _words(response.headers["location"])
        raise KGError(address, f"points to {to}", "name that address if you trust it")
    if status == 400 and place == "open":
        raise KGError(address, f"refuses to be asked: {said or status}", "is it a SPARQL endpoint?")
    if status == 400 or (status == 500 and said):
        raise KGError(place, f"the store's server refuses it: {said or status}")
    remedy = f"try again in {wait_s:g} seconds" if wait_s else "try again later"
    raise KGError(address, f"fails with {status}{': ' if said else ''}{said}", remedy)


def _words(told: str) -> str:
    """The beginning of what a server says, fit for a line on a terminal."""
    shown = "".join(each if each.isprintable() else " " for each in told)
    return " ".join(shown.split())[:200]
